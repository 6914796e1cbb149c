"""All the services of this process by name, and the commands that open, change, question and close them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Any

from helpers.services.conditions import Conditions
from helpers.services.daemon.channel import Channel, Command
from helpers.services.daemon.desk import Desk
from helpers.services.daemon.http import HttpListener
from helpers.services.daemon.listener import Listener, Options
from helpers.services.daemon.sse import SseListener
from helpers.services.daemon.tcp import TcpListener
from helpers.services.daemon.udp import UdpListener
from helpers.services.daemon.websocket import WebSocketListener

ENTRIES_A_LINE = 500  # half a millisecond to encode: a long journal must not make the services late
TURNS_TO_SETTLE = 6  # of the loop, until a disconnect that has reached the machine has reached the journal


LISTENERS: tuple[type[Listener], ...] = (
    HttpListener,
    SseListener,
    TcpListener,
    UdpListener,
    WebSocketListener,
)
_OF_KIND = {listener.kind: listener for listener in LISTENERS}


class Hub:
    """Carries out commands. Each names its service and, once it is open, which opening of that name it means."""

    def __init__(self) -> None:
        self._listeners: dict[str, Listener] = {}
        self._generations: dict[str, int] = {}
        self._opened = 0
        self._opening = asyncio.Lock()  # to replace a service takes several turns of the loop
        self.channel = Channel(self._answer)

    @property
    def idle(self) -> bool:
        """Whether no service has a request in flight."""
        return not any(listener.desk.admission.in_flight for listener in self._listeners.values())

    async def _answer(self, command: Command) -> None:
        number = command["id"]
        try:
            work = getattr(self, f"_do_{command['do']}")
            result = await work(number, **command["args"])
        except Stale as error:
            self.channel.send({"id": number, "stale": str(error)})
        except Exception as error:  # whatever it was, the kernel is waiting for an answer
            self.channel.send({"id": number, "error": f"{type(error).__name__}: {error}"})
        else:
            self.channel.send({"id": number, "result": result})

    async def _do_open(
        self, _number: int, *, kind: str, name: str, ports: list[int], conditions: dict[str, Any], options: Options
    ) -> dict[str, Any]:
        desk = Desk(Conditions.from_wire(conditions))
        async with self._opening:
            listener = self._listeners.get(name)
            if listener is not None and listener.lives_on and (listener.kind, listener.options) == (kind, options):
                listener.recover()
                listener.desk = desk
            else:
                if listener is not None:
                    del self._listeners[name], self._generations[name]
                    await listener.stop()
                listener = _OF_KIND[kind](name, desk, options)
                try:
                    await listener.start(ports)
                except BaseException:
                    await listener.stop()  # the ports that it has already
                    raise
                self._listeners[name] = listener
            self._opened += 1
            self._generations[name] = self._opened
            return {"ports": listener.ports, "generation": self._opened, "authority": listener.authority}

    async def _do_change(
        self, _number: int, *, name: str, generation: int, conditions: dict[str, Any], restart_fail_first: bool
    ) -> None:
        self._find(name, generation).desk.change(
            Conditions.from_wire(conditions), restart_fail_first=restart_fail_first
        )

    async def _do_journal(self, number: int, *, name: str, generation: int, since_ns: int | None) -> dict[str, Any]:
        listener = self._find(name, generation)
        desk = listener.desk
        for _ in range(TURNS_TO_SETTLE):
            await asyncio.sleep(0)
        entries = await self._send_parts(number, desk.recorder.rows(since_ns))
        await self._send_parts(number, listener.connections.rows(since_ns))
        return {"entries": entries, "capacity": desk.conditions.capacity, "dropped": desk.recorder.dropped}

    async def _send_parts(self, number: int, rows: Iterator[Any]) -> int:
        sent = 0
        while part := list(islice(rows, ENTRIES_A_LINE)):
            self.channel.send({"id": number, "part": part})
            sent += len(part)
            await asyncio.sleep(0)
        return sent

    async def _do_broadcast(self, _number: int, *, name: str, generation: int, text: str) -> int:
        return self._find(name, generation).broadcast(text)

    async def _do_outage(self, _number: int, *, name: str, generation: int, start_s: float, duration_s: float) -> None:
        self._find(name, generation).outage(start_s, duration_s)

    async def _do_close(self, _number: int, *, name: str, generation: int) -> None:
        listener = self._find(name, generation)
        del self._listeners[name], self._generations[name]
        await listener.stop()

    def _find(self, name: str, generation: int) -> Listener:
        if self._generations.get(name) == generation:
            return self._listeners[name]
        happened = "replaced by a newer one" if name in self._listeners else "closed"
        raise Stale(f"The service {name!r} was {happened}.")


class Stale(LookupError):
    """A command about a service that has been closed or replaced."""

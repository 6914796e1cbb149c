"""A board under siege: so many hostile requests, an honest learner and an open screen beside them, and what it cost."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import psutil

from helpers.classroom.events import Event
from helpers.classroom.store import Store
from tests.classroom.hostile import Insider
from tests.classroom.running import RunningBoard, running_board
from tests.services.hostile.attack import AT_ONCE, attack
from tests.services.hostile.cases import broken
from tests.services.hostile.siege import Figures as Common

HONEST_EVERY_S = 0.25  # within the rate that a learner has
SILENT = 200  # clients that connect, and say nothing or half a request
SOON_S = 30.0
SPOKEN = "Philippa the honest"
NUMBER = 271828.25  # the honest learner's first guess: nobody else may ever be told
KEY = "01-honest"


@dataclass
class Figures(Common):
    """What was measured of a siege of a board.

    Attributes:
        acknowledged: the honest learner's events, each of which is kept at the end.
        kept: how many events are in the file at the end, all that hostile learners got in included.
        learners: how many there are at the end: to join is anybody's right who has the code.
    """

    acknowledged: list[str] = field(default_factory=list)
    kept: int = 0
    learners: int = 0


def besiege(folder: Path, cases: int, *, number: int | None = None) -> Figures:
    """Attack a board in a process of its own with so many requests, a third of them of broken bytes; then kill it.

    Args:
        folder: where the class is kept.
        number: the seed; None makes other requests on every run.

    Raises:
        AssertionError: when the board complained, ended, told what is not the client's, or lost an acknowledged event.
    """
    figures = Figures("board of a class")
    began, rng = time.monotonic(), Random(number)
    with running_board(folder) as board, asyncio.Runner() as runner:
        siege = Siege(board, figures, warm=cases // 10)
        runner.run(siege.begin())
        try:
            for _ in range(max(1, cases // AT_ONCE)):
                runner.run(siege.wave(rng))
            runner.run(siege.last_look())
        finally:
            runner.run(siege.end())
        board.process.kill()  # what is acknowledged must be whole, however it ends
        board.process.wait()
        assert not (said := board.stderr.read_text(encoding="utf-8")), said
    asyncio.run(_look_at_what_is_kept(folder, figures))
    figures.seconds = time.monotonic() - began
    return figures


async def _look_at_what_is_kept(folder: Path, figures: Figures) -> None:
    async with Store(folder / "class.sqlite") as store:
        learners, events = await store.everything()  # reads each event as strictly as it came in
    honest = [event.id for learner, event in events if event.key == KEY and learner == 1]
    assert honest == figures.acknowledged, "not every acknowledged event is there, once and in its order"
    figures.kept, figures.learners = len(events), len(learners)


class Siege:
    """An attack on one board in waves, and its witnesses."""

    def __init__(self, board: RunningBoard, figures: Figures, *, warm: int) -> None:
        self._board = board
        self._figures = figures
        self._warm = warm
        self._process = psutil.Process(board.process.pid)
        self._exit = AsyncExitStack()
        self._session: aiohttp.ClientSession
        self._screen: aiohttp.ClientResponse
        self._honest_key = ""
        self._values = 0
        self._due = 0.0
        self._silent: list[asyncio.StreamWriter] = []
        self.insider: Insider

    async def begin(self) -> None:
        """Let an honest learner and a hostile one join, open the instructor's screen, and hold connections open."""
        self._session = await self._exit.enter_async_context(aiohttp.ClientSession())
        self._honest_key = await self._join(SPOKEN)
        host = f"127.0.0.1:{self._board.port}"
        self.insider = Insider(host, f"/{self._board.learners_url.rpartition('/')[2]}", await self._join("Mallory"))
        self._screen = await self._exit.enter_async_context(
            self._session.get(f"{self._board.instructors_url}/stream?page=01", timeout=aiohttp.ClientTimeout())
        )
        for n in range(SILENT):
            _, writer = await asyncio.open_connection(*self._board.address)
            writer.write([b"", b"POST /", self.insider.corpus[0][:-5]][n % 3])
            self._silent.append(writer)

    async def end(self) -> None:
        """Close what the witnesses have open."""
        for writer in self._silent:
            writer.transport.abort()
        await self._exit.aclose()

    async def wave(self, rng: Random) -> None:
        """Let some clients loose, and look at what came of it."""
        corpus = self.insider.corpus
        cases = [self.insider.client(rng) if n % 3 else broken(corpus, rng) for n in range(AT_ONCE)]
        told, _ = await asyncio.gather(attack(Address(self._board.address), cases), self._go_on())
        for case, answer in zip(cases, told, strict=True):
            assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), f"{answer[:300]!r}\nto: {case}"
            for theirs in self._not_for_others:
                assert theirs not in answer, f"{theirs!r} was told to: {case}"
        assert not (said := self._board.complaint()), said + "\n".join(["\nsent by one of these:", *map(str, cases)])
        self._figures.cases += len(cases)
        if self._figures.cases <= self._warm or not self._figures.before:
            self._figures.before = self.memory()

    @property
    def _not_for_others(self) -> list[bytes]:
        secret = self._board.instructors_url.rpartition("/")[2]
        return [one.encode() for one in (secret, self._honest_key.partition(".")[2], SPOKEN, str(NUMBER))]

    async def last_look(self) -> None:
        """Check that the screen has heard the honest learner's last guess, and that no hostile client is left."""
        last = NUMBER + self._values - 1
        async with asyncio.timeout(SOON_S):
            while last not in await self._shown():
                pass
        for writer in self._silent:
            writer.transport.abort()
        deadline = time.monotonic() + SOON_S
        while (left := self._connections()) > 2:  # the screen, and the honest learner's
            assert time.monotonic() < deadline, f"{left} connections are left after all clients had gone"
            await asyncio.sleep(0.02)
        self._figures.after = self.memory()

    async def _shown(self) -> list[float]:
        """Return what the screen is told next of the honest learner's guess."""
        line = b""
        while not line.startswith(b"data: "):
            line = await self._screen.content.readuntil(b"\n\n")
        seen = json.loads(line.removeprefix(b"data: "))
        return [value for one in seen["guesses"] if one["key"] == KEY for value in one["guessed"]]

    def _connections(self) -> int:
        return sum(one.status == "ESTABLISHED" for one in self._process.net_connections("tcp"))

    def memory(self) -> int:
        """Return how much memory the board has for itself."""
        return int(self._process.memory_full_info().uss)

    async def _join(self, nickname: str) -> str:
        async with self._session.post(f"{self._board.learners_url}/join", json={"nickname": nickname}) as answer:
            seat: dict[str, Any] = await answer.json()
            return f"{seat['learner']}.{seat['key']}"

    async def _guess(self) -> None:
        value = NUMBER + self._values
        self._values += 1
        event = Event(kind="guess", page="01", key=KEY, value=value, text="How many?", unit="ms")
        began = time.perf_counter()
        headers = {"Authorization": f"Bearer {self._honest_key}"}
        body = {"events": [event.to_wire()]}
        async with self._session.post(f"{self._board.learners_url}/events", json=body, headers=headers) as answer:
            assert answer.status == 200, f"the honest learner was told: {answer.status} {await answer.text()}"
        self._figures.acknowledged.append(event.id)
        self._figures.exchanges += 1
        self._figures.slowest_s = max(self._figures.slowest_s, time.perf_counter() - began)

    async def _go_on(self) -> None:
        """Guess, if the last guess is long enough ago: a learner has a rate, the honest one, too."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + HONEST_EVERY_S
            async with asyncio.timeout(10):
                await self._guess()


@dataclass(frozen=True)
class Address:
    """What a hostile client needs to know of a service."""

    address: tuple[str, int]
    kind: str = "http"
    ssl_context: None = None

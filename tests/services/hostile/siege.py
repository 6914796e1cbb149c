"""So many hostile clients on one service, an honest one beside them, and what it cost."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random

import psutil
from hypothesis import strategies as st

from helpers.services import Service, _running
from tests.services.hostile.attack import AT_ONCE, attack
from tests.services.hostile.cases import Case, broken, drawn, sent
from tests.services.hostile.targets import Exchange, Target

HONEST_EVERY_S = 0.005
DRAWN = 50  # waves at a time: some bodies are long
COMPLAINT = 4000  # bytes of it
Batch = tuple[list[Case], int]


@dataclass
class Figures:
    """What was measured of one siege.

    Attributes:
        cases: how many hostile clients there were.
        exchanges: how many the honest client had meanwhile, each right.
        slowest_s: the slowest of them, this process's own work included.
        before: memory of the daemon (its own, in bytes) when a tenth of the cases was over.
        after: the same at the end.
    """

    target: str
    cases: int = 0
    seconds: float = 0.0
    exchanges: int = 0
    slowest_s: float = 0.0
    before: int = 0
    after: int = 0


def besiege(target: Target, cases: int, *, number: int | None = None) -> Figures:
    """Attack a service with so many clients, half of them by grammar, half by broken bytes.

    Args:
        number: the seed; None draws other cases on every run.

    Raises:
        AssertionError: when the daemon complained, died or kept a connection; when the honest client was disturbed.
    """
    figures = Figures(target.name)
    began, waves = time.monotonic(), max(1, cases // AT_ONCE)
    with target.open(f"besieged-{target.name}") as service, asyncio.Runner() as runner:
        siege = Siege(target, service, figures, warm=cases // 10)
        for done in range(0, waves, DRAWN):
            for batch in drawn(
                batches(target), min(DRAWN, waves - done), number=None if number is None else number + done
            ):
                runner.run(siege.wave(batch))
        runner.run(siege.end())
    figures.seconds = time.monotonic() - began
    return figures


def batches(target: Target) -> st.SearchStrategy[Batch]:
    """Draw what attacks at once: clients by grammar, and the number from which the others' bytes are made."""
    half = AT_ONCE // 2
    return st.tuples(st.lists(sent(target.sent), min_size=half, max_size=half), st.integers(0, 2**32))


class Siege:
    """An attack on one service in waves, and its witnesses."""

    def __init__(self, target: Target, service: Service, figures: Figures, *, warm: int) -> None:
        self._target = target
        self._service = service
        self._figures = figures
        self._warm = warm
        self._daemon = _running.current()
        self._process = psutil.Process(self._daemon.pid)
        self._stderr = self._daemon._stderr.fileno()
        self._heard = os.fstat(self._stderr).st_size

    async def wave(self, batch: Batch) -> None:
        """Let some clients loose, and look at what came of it."""
        by_grammar, number = batch
        rng = Random(number)
        cases = [*by_grammar, *(broken(self._target.corpus, rng) for _ in range(AT_ONCE - len(by_grammar)))]
        async with self._honest_client():
            told = await attack(self._service, cases, inside=self._target.inside)
        for case, answer in zip(cases, told, strict=True):
            assert b"Server got itself in trouble" not in answer, str(case)
        if complaint := self._complaint():
            raise AssertionError(f"{complaint}\nsent by one of these:\n{await self._guilty(cases)}")
        self._figures.cases += len(cases)
        if self._figures.cases <= self._warm or not self._figures.before:
            self._figures.before = self.memory()

    async def end(self) -> None:
        """Check that every connection has ended, and nothing is in flight."""
        deadline = time.monotonic() + 10
        while (journal := self._service.journal()).open_connections or journal.outcomes["in flight"]:
            left = [
                each
                for each in (*journal.held, *journal)
                if None in (getattr(each, "closed_ns", 0), getattr(each, "last_byte_ns", 0))
            ]
            assert time.monotonic() < deadline, f"left open after all clients had gone: {left}"
            await asyncio.sleep(0.01)
        self._figures.after = self.memory()

    def memory(self) -> int:
        """Return how much memory the daemon has for itself."""
        return int(self._process.memory_full_info().uss)

    def _complaint(self) -> str:
        """Return what the daemon wrote to stderr since it was last asked, or that it has died."""
        new = os.pread(self._stderr, COMPLAINT, self._heard)
        self._heard = os.fstat(self._stderr).st_size
        return new.decode(errors="replace") if self._daemon.alive else f"the daemon has died: {new.decode()}"

    async def _guilty(self, cases: list[Case]) -> str:
        """Let the clients of a wave come again one by one; return those of which the daemon complains, or all."""
        guilty = []
        for case in cases:
            with suppress(AssertionError):
                await attack(self._service, [case], inside=self._target.inside)
            await asyncio.sleep(0.02)
            if self._complaint():
                guilty.append(case)
        return "\n".join(map(str, guilty)) or "\n".join(["(none of them alone)", *map(str, cases)])

    @asynccontextmanager
    async def _honest_client(self) -> AsyncIterator[None]:
        over = asyncio.Event()

        async def go_on(exchange: Exchange) -> None:
            n = 0
            while not over.is_set() or n < 2:
                n += 1
                began = time.perf_counter()
                async with asyncio.timeout(10):
                    await exchange(n)
                self._figures.exchanges += 1
                self._figures.slowest_s = max(self._figures.slowest_s, time.perf_counter() - began)
                await asyncio.sleep(HONEST_EVERY_S)

        async with self._target.honest(self._service) as exchange, asyncio.TaskGroup() as group:
            group.create_task(go_on(exchange))
            await asyncio.sleep(0)
            yield
            over.set()

"""7.1: an asynchronous context manager that closes on success, error and cancel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.ending import ended
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.expectations import never_ran
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_07._shared import CLOSED

OPENING_S, CLOSING_S = 0.01, 0.02


@asynccontextmanager
async def connected(pool: Any) -> AsyncIterator[Any]:
    connection = await pool.open()
    try:
        yield connection
    finally:
        # What this does not survive: a second cancel, which lands in `close()`; and a `close()` that raises, whose
        # error comes out in place of the block's.
        await connection.close()


class Connection:
    """What `pool.open` gives: closing it takes a moment."""

    def __init__(self, log: list[str], name: str) -> None:
        self._log = log
        self._name = name

    async def close(self) -> None:
        await asyncio.sleep(CLOSING_S)
        self._log.append(f"closed{self._name}")

    def use(self) -> None:
        self._log.append(f"used{self._name}")


class Pool:
    """What the answer gets: it notes what happens to its connections, in order. The second one is called " 2"."""

    def __init__(self, *, refuses: bool = False) -> None:
        self._refuses = refuses
        self._opened = 0
        self.log: list[str] = []

    async def open(self) -> Connection:
        await asyncio.sleep(OPENING_S)
        if self._refuses:
            self._refuses = False  # once: who asks again gets a connection, and the error is lost
            raise ConnectionRefusedError("no connection left")
        self._opened += 1
        name = "" if self._opened == 1 else f" {self._opened}"
        self.log.append(f"open{name}")
        return Connection(self.log, name)


async def _well(answer: Any, bench: Bench) -> None:
    pool = Pool()
    bench.note("log", pool.log)
    async with answer(pool) as connection:
        _use(pool, connection)
        await asyncio.sleep(0.01)
    bench.note("log", list(pool.log))  # what comes later comes too late


def _use(pool: Pool, connection: Any) -> None:
    if isinstance(connection, Connection):
        connection.use()
    else:
        pool.log.append(f"used a {type(connection).__name__}")


async def _two(answer: Any, bench: Bench) -> None:
    """Two blocks on one pool: the second begins within the first, and ends before it."""
    pool = Pool()
    first_used, second_left = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with answer(pool) as connection:
            _use(pool, connection)
            first_used.set()
            with suppress(TimeoutError):  # an answer with one lock for all lets the second in when the first is out
                await asyncio.wait_for(second_left.wait(), 0.5)

    async def second() -> None:
        await first_used.wait()
        async with answer(pool) as connection:
            _use(pool, connection)
        second_left.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(first())
        group.create_task(second())
    bench.note("log", list(pool.log))


async def _error(answer: Any, bench: Bench) -> None:
    await _inside(answer, bench, Pool(), _raises(LookupError("of the body's own")))


async def _gone(answer: Any, bench: Bench) -> None:
    """Let the block raise what an answer may take for an error of its own connection."""
    await _inside(answer, bench, Pool(), _raises(ConnectionResetError("of the body's own")))


async def _cancel(answer: Any, bench: Bench) -> None:
    await _inside(answer, bench, Pool(), _is_cancelled())


async def _refused(answer: Any, bench: Bench) -> None:
    await _inside(answer, bench, Pool(refuses=True), _raises(LookupError("of the body's own")))


async def _inside(answer: Any, bench: Bench, pool: Pool, body: Any) -> None:
    async def used() -> None:
        async with answer(pool):
            await body

    bench.note("ended", await ended(asyncio.ensure_future(used())))
    bench.note("log", list(pool.log))
    body.close()  # where it was not come to


async def _raises(error: Exception) -> None:
    raise error


async def _is_cancelled() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.cancel()
    await asyncio.sleep(1)


@expectation("It opens one connection and hands it to the block")
def _hands_over(evidence: Evidence) -> Found:
    log = evidence.notes["log"]
    if log[:2] == ["open", "used"]:
        return None
    used = next((entry for entry in log if entry.startswith("used")), "")
    if used == "used a coroutine" or "open" not in log:
        return Finding(
            "Await `pool.open()`.",
            "The connection was never opened.",
            "Calling an `async def` runs nothing: it makes a coroutine.",
            CLOSED,
        )
    if "open 2" in log:
        return Finding("Open once for each block.", f"For one block, it opened {sum('open' in one for one in log)}.")
    return Finding(
        "Give the connection to the block: it is what `as` gets.",
        f"The block got {used.removeprefix('used ')}.",
        section=CLOSED,
    )


@expectation("It closes the connection when the block is done")
def _closes(evidence: Evidence) -> Found:
    log = evidence.notes["log"]
    times = log.count("closed")
    if "open" not in log or "open 2" in log:
        return NOT_ASKED
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    if times > 1:
        return Finding("Close the connection once.", f"It was closed {times} times.")
    if times and log[-1] != "closed":
        return Finding("Close after the block, not before it.", "The block was given a closed connection.")
    if not times:
        return Finding("Close the connection, and wait until it is closed.", "It was still open after the block.")
    return _each_its_own(evidence.trials["two"].notes["log"])


def _each_its_own(log: list[str]) -> Finding | None:
    wanted = ["open", "used", "open 2", "used 2", "closed 2", "closed"]
    if sorted(log) == sorted(wanted) and log.index("closed 2") < log.index("closed"):
        return None
    return Finding(
        "Open and close a connection for each block.",
        f"Two blocks used the pool, the second within the first: {', '.join(log)}.",
    )


@expectation("It closes the connection on error and on cancel, too")
def _closes_anyway(evidence: Evidence) -> Found:
    log = evidence.notes["log"]
    if "closed" not in log or "open 2" in log or never_ran(evidence) is not None:
        return NOT_ASKED  # what does not close when all is well has another fault than a missing `finally`
    trials = ("error", "gone", "cancel")
    on_error, when_gone, on_cancel = (evidence.trials[name].notes["log"].count("closed") for name in trials)
    if not on_error or not when_gone:
        return Finding(
            "Close where the block fails, too.",
            "The block raised, and the connection stayed open.",
            "An error in the block comes out of the `yield`. What stands below it is then not run, unless it stands in "
            "a `finally`.",
            CLOSED,
        )
    if not on_cancel:
        return Finding(
            "Close where the block is cancelled, too.",
            "The block was cancelled, and the connection stayed open.",
            "CancelledError is not an Exception, but a BaseException: `except Exception` does not see it.",
            CLOSED,
        )
    if max(on_error, when_gone, on_cancel) > 1:
        return Finding("Close the connection once.", "When the block failed, it was closed twice.")
    return None


@expectation("It lets error and cancel out again")
def _lets_out(evidence: Evidence) -> Found:
    if "open" not in evidence.notes["log"]:
        return NOT_ASKED
    for trial, wanted in (("error", "LookupError"), ("gone", "ConnectionResetError"), ("cancel", "CancelledError")):
        got = evidence.trials[trial].notes["ended"]
        if got == "returned":
            return Finding(
                "Let the block's exception out: cleaning up does not need to catch it.",
                f"The block ended with {wanted}, and after `async with` the program went on as if nothing were wrong.",
                section=CLOSED,
            )
        if got != wanted:
            return Finding(f"Let {wanted} out as it is.", f"What came out was {got}.", section=CLOSED)
    return None


@expectation("Where nothing could be opened, its error comes out")
def _opens_first(evidence: Evidence) -> Found:
    if "open" not in evidence.notes["log"]:
        return NOT_ASKED
    got = evidence.trials["refused"].notes["ended"]
    if got == "ConnectionRefusedError":
        return None
    return Finding(
        "Let the error of `pool.open` out: until it has returned there is nothing to close.",
        f"`pool.open` raised ConnectionRefusedError, and what came out was {got}.",
        section=CLOSED,
    )


@expectation("It yields once")
def _yields_once(evidence: Evidence) -> Found:
    """Explain a run that raised because there was no `yield`, or a second one."""
    message = evidence.exception.message if evidence.exception is not None else ""
    if "async iterator" in message or "didn't yield" in message:
        return Finding(
            "Put a `yield` between opening and closing.",
            "It never yielded, and `async with` had nothing to begin its block with.",
            "What is above the `yield` runs before the block, what is below it after the block.",
            CLOSED,
        )
    if "didn't stop" in message:
        return Finding("Yield once.", "It yielded a second time after the block.", section=CLOSED)
    return NOT_ASKED


EXERCISE = Exercise(
    number="7.1",
    title="Closed, whatever happens",
    reference=connected,
    run=_well,
    trials={"two": _two, "error": _error, "gone": _gone, "cancel": _cancel, "refused": _refused},
    expectations=(_hands_over, _closes, _closes_anyway, _lets_out, _opens_first),
    hints=(
        "`@asynccontextmanager` before an `async def` with one `yield`: above it you open, below it you close.",
        "An exception in the block is raised at your `yield`. Which part of a `try` statement runs in any case?",
        "`pool.open` and `connection.close` are coroutine functions. And `open` may fail: then there is no connection.",
    ),
    why="`finally` runs on every way out of the `yield`, and lets the exception go on its way.",
    section=CLOSED,
    explains=(_yields_once,),
    own=frozenset({"coroutines"}),
    takes="context manager",
    deadline_s=4.0,
)

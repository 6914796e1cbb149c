"""2.5: an asynchronous context manager that closes on success, error and cancel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.expectations import never_ran
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_02._shared import CLOSED, ended

CLOSING_S = 0.02


@asynccontextmanager
async def connected(pool: Any) -> AsyncIterator[Any]:
    connection = await pool.open()
    try:
        yield connection
    finally:
        await connection.close()


class Connection:
    """What `pool.open` gives: closing it takes a moment."""

    def __init__(self, log: list[str]) -> None:
        self._log = log

    async def close(self) -> None:
        await asyncio.sleep(CLOSING_S)
        self._log.append("closed")


class Pool:
    """What the answer gets: it notes what happens to its connections, in order."""

    def __init__(self, *, refuses: bool = False) -> None:
        self._refuses = refuses
        self.log: list[str] = []

    async def open(self) -> Connection:
        await asyncio.sleep(0.01)
        if self._refuses:
            raise ConnectionRefusedError("no connection left")
        self.log.append("open")
        return Connection(self.log)


async def _well(answer: Any, bench: Bench) -> None:
    pool = Pool()
    bench.note("log", pool.log)
    async with answer(pool) as connection:
        pool.log.append("used" if isinstance(connection, Connection) else f"used a {type(connection).__name__}")
        await asyncio.sleep(0.01)
    bench.note("log", list(pool.log))  # what comes later comes too late


async def _error(answer: Any, bench: Bench) -> None:
    await _inside(answer, bench, Pool(), _raises())


async def _cancel(answer: Any, bench: Bench) -> None:
    await _inside(answer, bench, Pool(), _is_cancelled())


async def _refused(answer: Any, bench: Bench) -> None:
    await _inside(answer, bench, Pool(refuses=True), _raises())


async def _inside(answer: Any, bench: Bench, pool: Pool, body: Any) -> None:
    async def used() -> None:
        async with answer(pool):
            await body

    bench.note("ended", await ended(asyncio.ensure_future(used())))
    bench.note("log", list(pool.log))
    body.close()  # where it was not come to


async def _raises() -> None:
    raise LookupError("of the body's own")


async def _is_cancelled() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.cancel()
    await asyncio.sleep(1)


@expectation("It opens a connection and hands it to the block")
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
    return Finding("Yield the connection.", f"The block got {used.removeprefix('used ')}.", section=CLOSED)


@expectation("It closes the connection when the block is done")
def _closes(evidence: Evidence) -> Found:
    log = evidence.notes["log"]
    times = log.count("closed")
    if "open" not in log:
        return NOT_ASKED
    if times == 1 and log[-1] == "closed":
        return None
    if (unrun := never_ran(evidence)) is not None:
        return unrun
    if times > 1:
        return Finding("Close the connection once.", f"It was closed {times} times.")
    if times:
        return Finding(
            "Close after the `yield`, not before it.", "The block was given a connection that was closed already."
        )
    return Finding("Await `connection.close()` after the `yield`.", "It was still open after the block.")


@expectation("It closes the connection on error and on cancel, too")
def _closes_anyway(evidence: Evidence) -> Found:
    if "open" not in evidence.notes["log"] or never_ran(evidence) is not None:
        return NOT_ASKED
    on_error, on_cancel = (evidence.trials[name].notes["log"].count("closed") for name in ("error", "cancel"))
    if not on_error:
        return Finding(
            "Put the `yield` into a `try`, and the close into its `finally`.",
            "The block raised, and the connection stayed open.",
            "An error in the block comes out of the `yield`. What stands below it without a `finally` is never run.",
            CLOSED,
        )
    if not on_cancel:
        return Finding(
            "Close in a `finally`: `except Exception` does not see a cancel.",
            "The block was cancelled, and the connection stayed open.",
            "CancelledError is no Exception, but a BaseException, so that nobody catches it by mistake.",
            CLOSED,
        )
    if max(on_error, on_cancel) > 1:
        return Finding("Close the connection once.", "When the block failed, it was closed twice.")
    return None


@expectation("It lets error and cancel out again")
def _lets_out(evidence: Evidence) -> Found:
    for trial, wanted in (("error", "LookupError"), ("cancel", "CancelledError")):
        got = evidence.trials[trial].notes["ended"]
        if got == "returned":
            return Finding(
                "Do not keep the block's exception: `finally` cleans up and lets it pass.",
                f"The block ended with {wanted}, and after `async with` the program went on as if nothing were wrong.",
                section=CLOSED,
            )
        if got != wanted:
            return Finding(f"Let {wanted} out as it is.", f"What came out was {got}.", section=CLOSED)
    return None


@expectation("Where nothing could be opened, nothing is closed")
def _opens_first(evidence: Evidence) -> Found:
    if "open" not in evidence.notes["log"]:
        return NOT_ASKED
    got = evidence.trials["refused"].notes["ended"]
    if got == "ConnectionRefusedError":
        return None
    return Finding(
        "Open before the `try`: until then there is nothing to close.",
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
    return None


EXERCISE = Exercise(
    number="2.5",
    title="Closed, whatever happens",
    reference=connected,
    run=_well,
    trials={"error": _error, "cancel": _cancel, "refused": _refused},
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

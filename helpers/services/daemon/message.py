"""One message and its answer: how protocols of messages apply a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter_ns

from helpers.services.conditions import Failure
from helpers.services.daemon.admission import Rejected
from helpers.services.daemon.desk import Desk
from helpers.services.daemon.recorder import Record
from helpers.services.daemon.timer import at

SHOWN = 100  # characters of a message in the journal
Answer = Callable[[Failure | None], Awaitable[None] | None]


def brief(message: bytes) -> str:
    """Return the beginning of a message as the journal shows it."""
    return message[:SHOWN].decode("utf-8", "backslashreplace")


async def attend(desk: Desk, record: Record, answer: Answer) -> str | None:
    """Queue, wait, and call `answer` with the failure that the conditions ask for, or None.

    Only a broken connection can befall a message: a status is HTTP's.

    Returns:
        Why the message was rejected; None when it was not.
    """
    verdict = desk.verdict(f"{record.method} {record.path}", failures=str)
    try:
        record.admitted_ns = admitted_ns = await desk.admission.enter(record.arrived_ns)
    except Rejected as rejected:
        record.first_byte_ns = perf_counter_ns()
        record.end("rejected", status=rejected.status)
        return str(rejected)
    try:
        record.due_ns = admitted_ns + round(verdict.delay_s * 1e9)
        if verdict.delay_s:
            more = await at(record.due_ns, partial(answer, verdict.failure))
        else:
            more = answer(verdict.failure)
        if more is not None:
            await more
        if verdict.failure == "no_answer":
            await asyncio.get_running_loop().create_future()  # until the client goes
    finally:
        record.end("aborted")
        desk.admission.leave()
    return None

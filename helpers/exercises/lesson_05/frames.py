"""5.4: frames with their length before them, however the bytes arrive."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, Run, expectation
from helpers.exercises.expectations import not_a_list, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found

BYTES = "reads-seen"
HEAD_BYTES = 4
PAYLOADS = [b"oslo", b"two\nlines", b"", bytes(range(256)) * 2, b"x" * 70_000, b"lima"]
BYTE_BY_BYTE, ALL_AT_ONCE, CUT_SHORT = "byte by byte", "all at once", "cut short"


async def read_frames(reader: asyncio.StreamReader) -> list[bytes]:
    frames: list[bytes] = []
    while True:
        try:
            head = await reader.readexactly(4)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise  # the connection has ended within the length
            return frames
        frames.append(await reader.readexactly(int.from_bytes(head, "big")))


def framed(payload: bytes) -> bytes:
    """Return a payload with its length before it."""
    return len(payload).to_bytes(HEAD_BYTES, "big") + payload


FRAMES = [framed(payload) for payload in PAYLOADS]


def _byte_by_byte() -> list[bytes]:
    """Cut into single bytes, but for the long run of one letter, which would only take time."""
    stream = b"".join(FRAMES)
    begin = stream.index(b"x" * 100)
    ends = [*range(begin), *range(begin, begin + 69_900, 700), *range(begin + 69_900, len(stream))]
    return [stream[start:end] for start, end in zip(ends, [*ends[1:], len(stream)], strict=True)]


async def _fed(answer: Answer, pieces: Iterable[bytes]) -> Any:
    """Call the answer with a stream into which the pieces come, one after another, and then its end."""
    reader = asyncio.StreamReader()

    async def feed() -> None:
        for piece in pieces:
            reader.feed_data(piece)
            for _ in range(3):  # turns in which a reader takes what is there
                await asyncio.sleep(0)
        reader.feed_eof()

    feeding = asyncio.create_task(feed())
    try:
        return await answer(reader)
    finally:
        feeding.cancel()
        await asyncio.wait([feeding])


async def _frame_by_frame(answer: Answer, bench: Bench) -> Any:
    return await _fed(answer, FRAMES)


def _trial(pieces: Iterable[bytes]) -> Run:
    """Return a run whose exceptions are data: to raise may be right, or say more than an error would."""

    async def run(answer: Answer, bench: Bench) -> Any:
        try:
            return await _fed(answer, pieces)
        except Exception as error:
            bench.note("raised", f"{type(error).__name__}: {error}")
            return None

    return run


@expectation("Six frames, a frame at a time")
def _reads_frames(evidence: Evidence) -> Found:
    result = evidence.result
    if (wrong := not_a_list(result, of="payloads")) is not None:
        return wrong
    if list(result) == PAYLOADS:
        return None
    if list(result) == FRAMES:
        return Finding("Return what follows the length, without the length.", "Your frames begin with their length.")
    if list(result) == [payload for payload in PAYLOADS if payload]:
        return Finding(
            "Keep the empty frame: a length of 0 is a length.",
            f"There are {len(PAYLOADS)} frames, one of them empty; you returned {len(result)}.",
            "Only the end of the connection is the end.",
        )
    if list(result) == PAYLOADS[: len(result)]:
        return Finding(
            f"Go on until the connection ends: return all {len(PAYLOADS)} frames.", f"You returned {len(result)}."
        )
    place = next((n for n, pair in enumerate(zip(result, PAYLOADS, strict=False)) if pair[0] != pair[1]), len(PAYLOADS))
    if place == len(PAYLOADS):
        return Finding("Return nothing after the last frame.", f"You returned {len(result)} items.")
    return Finding(
        "Read the length, then as many bytes: both with `readexactly`.",
        f"Frame {place + 1} has {len(PAYLOADS[place])} bytes; yours is {shown(result[place])}.",
        section=BYTES,
    )


@expectation("The same, byte by byte")
def _any_pieces(evidence: Evidence) -> Found:
    return _same(
        evidence,
        BYTE_BY_BYTE,
        "Wait for as many bytes as you need: `readexactly`.",
        "`read(n)` returns what has arrived, n bytes at the most. Over a network that may be a single one.",
    )


@expectation("The same, all at once")
def _coalesced(evidence: Evidence) -> Found:
    return _same(
        evidence,
        ALL_AT_ONCE,
        "Keep what comes after a frame: it is the beginning of the next.",
        "One read may bring several frames, and a part of one more.",
    )


def _same(evidence: Evidence, trial: str, advice: str, belief: str) -> Found:
    if _reads_frames(evidence) is not None:
        return NOT_ASKED
    run = evidence.trials[trial]
    if "raised" in run.notes:
        return Finding(advice, f"Fed {trial}, it raised {run.notes['raised']}.", belief, BYTES)
    got = run.result if isinstance(run.result, (list, tuple)) else []
    if list(got) == PAYLOADS:
        return None
    return Finding(
        advice,
        f"Fed a frame at a time it returned all {len(PAYLOADS)}; fed {trial}, {_right(got)} of them were right.",
        belief,
        BYTES,
    )


def _right(got: Iterable[Any]) -> int:
    return sum(one == wanted for one, wanted in zip(got, PAYLOADS, strict=False))


@expectation("A frame that is cut short is an error")
def _notices_the_cut(evidence: Evidence) -> Found:
    run = evidence.trials[CUT_SHORT]
    if _reads_frames(evidence) is not None:
        return NOT_ASKED
    if "raised" in run.notes:
        return None
    frames = len(run.result) if isinstance(run.result, (list, tuple)) else 0
    return Finding(
        "Raise when the connection ends within a frame; `readexactly` does it for you.",
        f"The second frame broke off after 2 of its 9 bytes. Your function returned {frames} as if nothing were wrong.",
        "What is cut short is no message. Whoever takes it for one works on with wrong data.",
    )


@expectation("The end between two frames is no error")
def _ends_well(evidence: Evidence) -> Found:
    error = evidence.exception
    if evidence.outcome != "raised" or error is None or not error.is_a("EOFError"):
        return None
    of = re.search(r"(\d+) bytes read on a total of (\d+)", error.message)
    if of is not None and int(of[2]) > 10 * len(PAYLOADS[4]):
        return Finding(
            'Read the length as big-endian: `int.from_bytes(head, "big")`.',
            f"It waited for a frame of {int(of[2]):,} bytes.",
            "Network protocols put the most significant byte first, as a rule.",
        )
    if of is not None and of[1] != "0":
        return Finding(
            "Read the length, then as many bytes: both with `readexactly`.",
            f"{error.type}: {error.message}. The stream was whole.",
            section=BYTES,
        )
    return Finding(
        "Return when the connection ends between two frames: there `readexactly` raises with an empty `partial`.",
        f"{error.type}: {error.message}.",
        "An end is an error only within a frame.",
    )


@expectation("The end of the connection is noticed")
def _notices_the_end(evidence: Evidence) -> Found:
    outcomes = {evidence.outcome, *(trial.outcome for trial in evidence.trials.values())}
    if not outcomes & {"spun", "never ended", "took too much memory"}:
        return None
    return Finding(
        "Notice the end of the connection: there `read` returns b'', at once and every time.",
        "It asked for more without end, after the end.",
        "A loop that waits for more bytes needs a way out for the case that no more will come.",
    )


@expectation("The length says where a frame ends")
def _by_length(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or not any("chunk" in one.message and one.is_a("ValueError") for one in error.leaves()):
        return None
    return Finding(
        "Read the length, then as many bytes: both with `readexactly`.",
        f"It looked for the end of a line in a frame of {len(PAYLOADS[4]):,} bytes that has none ({error.type}).",
        "A frame may hold any bytes, a line's end too. Only its length says where it ends.",
        BYTES,
    )


EXERCISE = Exercise(
    number="5.4",
    title="Frames, however they arrive",
    reference=read_frames,
    run=_frame_by_frame,
    trials={
        BYTE_BY_BYTE: _trial(_byte_by_byte()),
        ALL_AT_ONCE: _trial([b"".join(FRAMES)]),
        CUT_SHORT: _trial([FRAMES[0], FRAMES[1][: HEAD_BYTES + 2]]),
    },
    expectations=(_reads_frames, _any_pieces, _coalesced, _notices_the_cut),
    hints=(
        "`await reader.readexactly(n)` returns n bytes, never fewer. How many do you need first?",
        '`int.from_bytes(head, "big")` makes a number of the four bytes.',
        "At the end `readexactly` raises `asyncio.IncompleteReadError`. Its `partial` is empty if nothing was begun.",
    ),
    why="`readexactly` waits for as many bytes as the frame says, and leaves the rest for the next call.",
    section="exercise-5-4",
    explains=(_ends_well, _notices_the_end, _by_length),
    deadline_s=3.0,
)

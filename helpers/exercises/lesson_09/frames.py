"""9.1: frames with their length before them, however the bytes arrive."""

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
from helpers.exercises.hosts import connected

CUTS = "cuts-seen"
HEAD_BYTES = 4
PAYLOADS = [b"oslo", b"two\nlines", b"", bytes(range(256)) * 2, b"x" * 70_000, b"lima"]
OTHERS = [b"", b"\x00\x00\x00\x05hello", "Zürich".encode(), b"\n" * 300, b""]
BYTE_BY_BYTE, ALL_AT_ONCE, CUT_SHORT = "byte by byte", "all at once", "cut short"
CUT_IN_LENGTH, CUT_AFTER_LENGTH = "cut short in the length", "cut short right after the length"
REAL = "over a real connection"


async def read_frames(reader: asyncio.StreamReader) -> list[bytes]:
    frames: list[bytes] = []
    while True:
        try:
            head = await reader.readexactly(4)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise  # the connection has ended within the length
            return frames
        # Not looked at: how long the frame is. The other side chooses it, up to 4 GiB. Have a limit of your own.
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
            bench.note("raised", f"{type(error).__name__}: {error}".rstrip(": "))
            return None

    return run


async def _over_a_connection(answer: Answer, bench: Bench) -> Any:
    """Read other frames from a connection on which they come all at once, and then the end."""

    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(framed(payload) for payload in OTHERS))
        await writer.drain()

    async with connected(send) as (reader, _):
        try:
            return await answer(reader)
        except Exception as error:
            bench.note("raised", f"{type(error).__name__}: {error}")
            return None


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
        "Read the four bytes of the length, then as many bytes as it says.",
        f"Frame {place + 1} has {len(PAYLOADS[place])} bytes; yours is {shown(result[place])}.",
        section=CUTS,
    )


@expectation("The same, byte by byte")
def _any_pieces(evidence: Evidence) -> Found:
    return _same(
        evidence,
        BYTE_BY_BYTE,
        "Wait until as many bytes have come as you need.",
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


@expectation("Other frames, over a real connection")
def _real(evidence: Evidence) -> Found:
    return _same(
        evidence,
        REAL,
        "Read any frames, not only those of one example.",
        "A frame may hold anything, or nothing: also what looks like a length, or like the end of a line.",
        OTHERS,
    )


def _same(evidence: Evidence, trial: str, advice: str, belief: str, payloads: list[bytes] = PAYLOADS) -> Found:
    if _reads_frames(evidence) is not None:
        return NOT_ASKED
    run = evidence.trials[trial]
    if "raised" in run.notes:
        return Finding(advice, f"Fed {trial}, it raised {run.notes['raised']}.", belief, CUTS)
    got = run.result if isinstance(run.result, (list, tuple)) else []
    if list(got) == payloads:
        return None
    right = sum(one == wanted for one, wanted in zip(got, payloads, strict=False))
    return Finding(
        advice,
        f"Fed a frame at a time it returned all {len(PAYLOADS)}; fed {trial}, {right} of {len(payloads)} were right.",
        belief,
        CUTS,
    )


@expectation("A frame that is cut short is an error, wherever it is cut")
def _notices_the_cut(evidence: Evidence) -> Found:
    if _reads_frames(evidence) is not None:
        return NOT_ASKED
    cuts = {
        CUT_SHORT: "after 2 of its 5 bytes",
        CUT_IN_LENGTH: "within the four bytes of its length",
        CUT_AFTER_LENGTH: "right after its length, before the first of its 5 bytes",
    }
    for trial, where in cuts.items():
        run = evidence.trials[trial]
        if "raised" in run.notes:
            continue
        frames = len(run.result) if isinstance(run.result, (list, tuple)) else 0
        return Finding(
            "Raise when the connection ends within a frame, its length included.",
            f"The second frame broke off {where}. Your function returned {frames} as if nothing were wrong.",
            "What is cut short is not a message. A program that takes it for one works on with wrong data.",
        )
    return None


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
            "Read the four bytes of the length, then as many bytes as it says.",
            f"{error.type}: {error.message}. The stream was whole.",
            section=CUTS,
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
        "Read the four bytes of the length, then as many bytes as it says.",
        f"It looked for the end of a line in a frame of {len(PAYLOADS[4]):,} bytes that has none ({error.type}).",
        "A frame may hold any bytes, a line's end too. Only its length says where it ends.",
        CUTS,
    )


EXERCISE = Exercise(
    number="9.1",
    title="Frames, however they arrive",
    reference=read_frames,
    run=_frame_by_frame,
    trials={
        BYTE_BY_BYTE: _trial(_byte_by_byte()),
        ALL_AT_ONCE: _trial([b"".join(FRAMES)]),
        REAL: _over_a_connection,
        CUT_SHORT: _trial([FRAMES[0], framed(b"lunch")[: HEAD_BYTES + 2]]),
        CUT_IN_LENGTH: _trial([FRAMES[0] + FRAMES[1][: HEAD_BYTES - 1]]),
        CUT_AFTER_LENGTH: _trial([FRAMES[0], framed(b"lunch")[:HEAD_BYTES]]),
    },
    expectations=(_reads_frames, _any_pieces, _coalesced, _real, _notices_the_cut),
    hints=(
        "`await reader.readexactly(n)` returns n bytes, never fewer. How many do you need first?",
        '`int.from_bytes(head, "big")` makes a number of the four bytes.',
        "At the end `readexactly` raises `asyncio.IncompleteReadError`. Its `partial` is empty if nothing was begun.",
    ),
    why="`readexactly` waits for as many bytes as the frame says, and leaves the rest for the next call.",
    section="exercise-9-1",
    explains=(_ends_well, _notices_the_end, _by_length),
    deadline_s=3.0,
)

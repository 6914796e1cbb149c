"""5.1: read a whole answer from a stream, though it comes in pieces."""

from __future__ import annotations

import asyncio
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import shown
from helpers.exercises.findings import Finding, Found
from helpers.exercises.lesson_05._server import connected

ANSWERS = {b"capital of Norway": b"Oslo", b"capital of Peru": b"Lima", b"capital of Ethiopia": b"Addis Ababa"}
PIECE_BYTES = 2
PAUSE_S = 0.03
BYTES = "polling-seen"


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: bytes) -> bytes:
    writer.write(question + b"\n")
    await writer.drain()
    return await reader.readline()


async def _in_pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each line with a line, a few bytes at a time."""
    while line := await reader.readline():
        answer = ANSWERS.get(line.strip(), b"?") + b"\n"
        for start in range(0, len(answer), PIECE_BYTES):
            writer.write(answer[start : start + PIECE_BYTES])
            await asyncio.sleep(PAUSE_S)


async def _run(answer: Answer, bench: Bench) -> Any:
    async with connected(_in_pieces) as (reader, writer):
        return [await answer(reader, writer, question) for question in ANSWERS]


@expectation("Three questions, three whole answers")
def _whole(evidence: Evidence) -> Found:
    for got, (question, wanted) in zip(evidence.result, ANSWERS.items(), strict=True):
        text = got.encode() if isinstance(got, str) else got
        if text is None:
            return Finding(
                "Return what you read.",
                "Your function returned None.",
                "`drain` waits until there is room for more to be sent. It reads nothing.",
                BYTES,
            )
        if not isinstance(text, bytes):
            return Finding("Return the answer as bytes.", f"Your function returned {shown(got)}.")
        if text.strip() != wanted:
            return Finding(
                "Read up to the end of the line: `reader.readline()`.",
                f"The answer to {question!r} is {wanted!r}; your function returned {shown(got)}.",
                "`read(n)` returns what has arrived, n bytes at the most: a part of an answer, or more than one.",
                BYTES,
            )
    return None


@expectation("It does not wait for the end of the connection")
def _does_not_wait_for_the_end(evidence: Evidence) -> Found:
    if evidence.outcome != "never ended":
        return None
    return Finding(
        "Read to the end of the line, not to the end of the connection.",
        "It still waited at the deadline. The server had answered, and keeps the connection open for more.",
        "`read()` without a number waits until the other side has closed; `readexactly(n)` until n bytes have come.",
        BYTES,
    )


@expectation("The method is called")
def _calls_the_method(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or error.type != "TypeError" or "method" not in error.message:
        return None
    return Finding(
        "Call the method, with parentheses: `reader.readline()`.",
        f"It awaited the method itself ({error.message}).",
        "A method is not yet a call. The call makes the coroutine that `await` takes.",
    )


EXERCISE = Exercise(
    number="5.1",
    title="A whole answer",
    reference=ask,
    run=_run,
    expectations=(_whole,),
    hints=(
        "`reader.read(1000)` returns as soon as something is there. Which method waits for the end of the line?",
        "The answer ends where its line ends: `reader.readline()`.",
    ),
    why="`readline` collects what comes until the line's end is there, however many pieces it takes.",
    section=BYTES,
    explains=(_does_not_wait_for_the_end, _calls_the_method),
    deadline_s=2.0,
)

"""5.1: read a whole answer from a stream, though it comes in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, Run, expectation
from helpers.exercises.expectations import shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.hosts import Client, connected

TWO_BYTES = {b"capital of Norway": b"Oslo", b"capital of Peru": b"Lima", b"capital of Ethiopia": b"Addis Ababa"}
LATE = {b"capital of Peru": b"Cuzco", b"river in Egypt": b"Nile", b"capital of Norway": b"Trondheim, and later Bergen"}
"""Another server, of long ago: who answers from memory is told so."""
PAUSE_S = 0.03
LATE_S = 0.7  # before the second half of an answer: longer than anybody sleeps in the hope that all has come
ANOTHER = "another server"
READS = "reads-seen"
UNHEARD = "unheard"
"""The note that says whether the server still waits for the end of a question."""


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: bytes) -> bytes:
    writer.write(question + b"\n")
    await writer.drain()
    return await reader.readline()  # a part of a line, or b"", where the connection ends before


def _answering(answers: Mapping[bytes, bytes], heard: list[bytes], *, piece: int, late: bytes = b"") -> Client:
    """Answer each line with a line, a few bytes at a time; one question's answer stops half-way for a while."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            heard.append(line)
            answer = answers.get(line.strip(), b"?") + b"\n"
            for start in range(0, len(answer), piece):
                writer.write(answer[start : start + piece])
                await writer.drain()  # ends it when the answer that is checked has left
                await asyncio.sleep(LATE_S if line.strip() == late and start == 0 else PAUSE_S)

    return client


def _asked(answers: Mapping[bytes, bytes], *, piece: int, late: bytes = b"") -> Run:
    async def run(answer: Answer, bench: Bench) -> Any:
        asked: list[bytes] = []
        heard: list[bytes] = []

        async def ask_one(question: bytes) -> Any:
            asked.append(question)
            return await answer(reader, writer, question)

        async with connected(_answering(answers, heard, piece=piece, late=late)) as (reader, writer):
            try:
                return [await ask_one(question) for question in answers]
            finally:
                bench.note(UNHEARD, len(heard) < len(asked))

    return run


def _wrong(result: Any, answers: Mapping[bytes, bytes]) -> Finding | None:
    for got, (question, wanted) in zip(result, answers.items(), strict=True):
        text = got.encode(errors="replace") if isinstance(got, str) else got
        if text is None:
            return Finding(
                "Return what you read.",
                "Your function returned None.",
                "`drain` waits until there is room for more to be sent. It reads nothing.",
                READS,
            )
        if not isinstance(text, bytes):
            return Finding("Return the answer as bytes.", f"Your function returned {shown(got)}.")
        if text.strip() != wanted:
            return Finding(
                "Read up to the end of the line, however many pieces it takes.",
                f"The answer to {question!r} is {wanted!r}; your function returned {shown(got)}.",
                "`read(n)` returns what has arrived, n bytes at the most: a part of an answer, or more than one.",
                READS,
            )
    return None


@expectation("Three questions, three whole answers")
def _whole(evidence: Evidence) -> Found:
    return _wrong(evidence.result, TWO_BYTES)


@expectation("Another server, other pieces: the answers are whole again")
def _again(evidence: Evidence) -> Found:
    if _wrong(evidence.result, TWO_BYTES) is not None:
        return NOT_ASKED
    return _wrong(evidence.trials[ANOTHER].result, LATE)


@expectation("It does not wait for the end of the connection")
def _does_not_wait_for_the_end(evidence: Evidence) -> Found:
    waits = next((one for one in (evidence, *evidence.trials.values()) if one.outcome == "never ended"), None)
    if waits is None:
        return None
    if waits.notes[UNHEARD]:
        return Finding(
            'Send the question as one line: with a line end, `question + b"\\n"`.',
            "It still waited at the deadline. The server waits, too: the end of the question's line never came.",
            section=READS,
        )
    return Finding(
        "Read to the end of the line, not to the end of the connection.",
        "It still waited at the deadline. The server had answered, and keeps the connection open for more.",
        "`read()` without a number waits until the other side has closed; `readexactly(n)` until n bytes have come.",
        READS,
    )


@expectation("The method is called")
def _calls_the_method(evidence: Evidence) -> Found:
    error = evidence.exception
    if error is None or error.type != "TypeError" or "method" not in error.message:
        return None
    return Finding(
        "Call the method: put parentheses after its name.",
        f"It awaited the method itself ({error.message}).",
        "A method is not yet a call. The call makes the coroutine that `await` takes.",
    )


EXERCISE = Exercise(
    number="5.1",
    title="A whole answer",
    reference=ask,
    run=_asked(TWO_BYTES, piece=2),
    trials={ANOTHER: _asked(LATE, piece=3, late=b"river in Egypt")},
    expectations=(_whole, _again),
    hints=(
        "`reader.read(1000)` returns as soon as something is there. Which method waits for the end of the line?",
        "The answer ends where its line ends: `reader.readline()`.",
    ),
    why="`readline` collects what comes until the line's end is there, however many pieces it takes.",
    section=READS,
    explains=(_does_not_wait_for_the_end, _calls_the_method),
    deadline_s=4.0,
)

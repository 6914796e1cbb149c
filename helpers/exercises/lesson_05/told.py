"""5.3: the server's side of Server-Sent Events, which notices that a visitor has left."""

from __future__ import annotations

import asyncio

from aiohttp import web

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.expectations import not_in_asyncio
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_05._visitors import texts_of, visited

BUILT_IN, TOLD, SERVER = "built-in-seen", "told", "server"
TWO_VISITORS = ("one", "one", "two\nlines", "data: drei Äpfel, 三")
A_CROWD = ("", "12:30", "  indented\n\n  after an empty line", "last")
CROWD = "left without a word"


async def events_for(request: web.Request, queues: set[asyncio.Queue[str]]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    queue: asyncio.Queue[str] = asyncio.Queue()  # it grows if this visitor does not read: bound it (page 06)
    queues.add(queue)
    try:
        while True:
            text = await queue.get()
            text = text.replace("\r\n", "\n").replace("\r", "\n")  # all three end a line of an event
            data = "".join(f"data: {line}\n" for line in text.split("\n"))
            await response.write(f"{data}\n".encode())
    except ConnectionError:  # the visitor had left, and aiohttp had not yet noticed
        return response
    finally:  # aiohttp cancels this when the visitor leaves, if it runs with handler_cancellation=True
        queues.discard(queue)


@expectation("An answer of the right type begins at once, with a queue for each visitor")
def _begins(evidence: Evidence) -> Found:
    for run in (evidence, evidence.trials[CROWD]):
        notes = run.notes
        if notes["type"] is None:
            return Finding(
                "Begin the answer as soon as the visitor comes: `await response.prepare(request)`.",
                "A visitor asked, and not even the head of an answer came.",
                "Until the head is sent, the visitor can't know that there is a stream.",
                SERVER,
            )
        if notes["type"] != "text/event-stream":
            return Finding(
                "Say what it is: `Content-Type: text/event-stream`, in the headers of the answer.",
                f"A visitor got {notes['type']}.",
                "By its type a browser knows that the answer is a stream of events.",
                SERVER,
            )
        if not notes["joined"] and notes["queues"] == 0:
            return Finding(
                "Put an `asyncio.Queue` of the visitor's own into `queues`.",
                "A visitor was there, and `queues` was empty.",
                "Publishing is to put a text into each queue of the set. What isn't in it hears nothing.",
            )
        if not notes["joined"]:
            return Finding(
                "Give each visitor a queue of its own.",
                f"Another visitor came, and there {_are(notes['queues'], 'queue')} in `queues`.",
                "A queue hands each text to one reader only.",
            )
    return None


def _are(n: int, what: str) -> str:
    return f"was 1 {what}" if n == 1 else f"were {n} {what}s"


@expectation("Each text arrives at once, as one event, whatever its lines are")
def _tells(evidence: Evidence) -> Found:
    if _begins(evidence) is not None:
        return NOT_ASKED
    run = next((one for one in (evidence, evidence.trials[CROWD]) if one.notes.get("unheard")), None)
    if run is None:
        return None
    text, got = run.notes["unheard"]
    seen = f"After {text!r} was published, a visitor got {got!r}."
    if not got:
        if "returned" in run.notes:
            return Finding(
                "Don't return while the visitor is there: wait for the next text.",
                f"After {text!r} was published, a visitor got nothing: the answer had ended.",
                "A stream of events is an answer that doesn't end.",
                TOLD,
            )
        return Finding("Write each text as soon as it comes, to every visitor.", seen, section=SERVER)
    if not text and b"data:" not in got:
        return Finding("Send an event for an empty text, too: it has one line, an empty one.", seen, section=TOLD)
    if b"data:" not in got:
        return Finding("Begin each line of a text with `data: `.", seen, section=TOLD)
    if not texts_of(got):
        return Finding("End each event with an empty line.", seen, "Without it the event isn't complete.", TOLD)
    if "\n" in text:
        return Finding(
            "Begin each line of a text with `data: `, also the second.",
            seen,
            "To a visitor, a line without it is no data, and an empty line ends the event.",
            TOLD,
        )
    return Finding("Send each text as it is, once, to each visitor.", seen, section=TOLD)


@expectation("A visitor that leaves leaves no queue behind")
def _notices(evidence: Evidence) -> Found:
    if _begins(evidence) is not None or _tells(evidence) is not None:
        return NOT_ASKED
    if all(one.notes.get("noticed") for one in (evidence, evidence.trials[CROWD])):
        return None
    if any(one.notes.get("too few") for one in (evidence, evidence.trials[CROWD])):
        return Finding(
            "Take out only the visitor's own queue.",
            "One visitor had left, and the queues of others were gone, too.",
            "The others are still there, and would hear nothing any more.",
        )
    return Finding(
        "Take the queue out of `queues` when the visitor leaves.",
        "A visitor had left, and its queue was still in `queues` a second later.",
        "When a visitor leaves, CancelledError comes out of the `await` at which your function waits. "
        "What follows in the function doesn't run; what stands in a `finally` does.",
        SERVER,
    )


EXERCISE = Exercise(
    number="5.3",
    title="The server's side",
    reference=events_for,
    run=visited(TWO_VISITORS, 2),
    trials={CROWD: visited(A_CROWD, 4)},
    expectations=(_begins, _tells, _notices),
    hints=(
        "`events` in section 2 has nearly everything: the response, its type, `prepare`, `write`.",
        "Make a queue, add it to the set; then for ever: `text = await queue.get()`, and write one event.",
        "Lines: `text.split('\\n')`. To leave the set whatever happens: `try … finally: queues.discard(queue)`.",
    ),
    why="`finally` runs however the function ends: when aiohttp cancels it, and when a write fails.",
    section="exercise-5-3",
    explains=(not_in_asyncio("web.StreamResponse", section=BUILT_IN),),
    deadline_s=6.0,
)

"""9.2: Server-Sent Events, resumed where they broke off."""

from __future__ import annotations

import asyncio

import aiohttp

from helpers.exercises._words import count
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Exercise, expectation
from helpers.exercises.expectations import not_a_list, not_in_asyncio, shown
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_09._stream import BREAKS, ENDS, Plan, cancelled, listened
from helpers.timeline import State

RESUME = "resume-seen"
AGAIN, CANCELLED = "another stream", "cancelled"


async def listen(session: aiohttp.ClientSession, count: int) -> list[str]:
    events: list[str] = []
    last_id = ""
    silence = aiohttp.ClientTimeout(total=None, sock_read=60)  # the default would end every stream after 5 minutes
    while len(events) < count:
        id = ""
        data: list[str] = []
        headers = {"Last-Event-ID": last_id} if last_id else {}
        try:
            async with session.get("/events", headers=headers, timeout=silence) as response:
                async for raw in response.content:  # one that is too long raises (aiohttp 3.14: 512 KiB)
                    line = raw.decode(errors="replace").rstrip("\r\n")  # the last one may end within a letter
                    if line.startswith("id:"):
                        id = line[3:].removeprefix(" ")
                    elif line.startswith("data:"):
                        data.append(line[5:].removeprefix(" "))
                    elif line == "" and data:  # the event is whole
                        events.append("\n".join(data))
                        last_id, data = id or last_id, []
                        if len(events) == count:
                            return events
        except aiohttp.ClientError:
            pass  # it broke off; a program with users would wait longer each time, and not for ever
        await asyncio.sleep(0.02)
    return events


@expectation(f"{BREAKS.count} events, each once, in order, though the stream breaks in the middle of one")
def _all_once(evidence: Evidence) -> Found:
    return _wrong(evidence, BREAKS)


@expectation(f"Another stream, that ends in the middle of an event: {ENDS.count} events")
def _again(evidence: Evidence) -> Found:
    return NOT_ASKED if _wrong(evidence, BREAKS) is not None else _wrong(evidence.trials[AGAIN], ENDS)


def _wrong(run: Evidence, plan: Plan) -> Finding | None:
    if (wrong := not_a_list(run.result, of="events' data")) is not None:
        return wrong
    got = list(run.result)
    if strange := [one for one in got if not isinstance(one, str)]:
        return Finding("Return each event's data as a string.", f"In your list there is {shown(strange[0])}.")
    if got == plan.wanted:
        return _told_nothing(run)
    return _misread(got, plan) or _came_back_badly(got, run, plan)


def _told_nothing(run: Evidence) -> Finding | None:
    """Say so when a client came back without an id though events had come whole."""
    last_ids, whole = run.notes["last ids"], run.notes["whole"]
    if not any(sum(whole[:n]) and not last for n, last in enumerate(last_ids) if n):
        return None
    return Finding(
        "Send the header `Last-Event-ID` when you come back.",
        "Whole events had come, and your next request did not say so. The server began again with the first.",
        "Events that have come whole count, even when the answer breaks off later. Read it line by line.",
        RESUME,
    )


def _misread(got: list[str], plan: Plan) -> Finding | None:
    """Say what is wrong with the way in which the lines were read."""
    wanted = [data for _, data in plan.events]
    lines = {line for data in wanted for line in data.split("\n")}
    several = next(data for data in wanted if "\n" in data)
    first = several.split("\n")[0]
    strange = [one for one in got if one not in wanted]
    seen = f"In your list there is {shown(strange[0])}." if strange else ""
    begins = {data.split("\n")[0] for data in wanted}
    after = [one.removeprefix(f"{first}\n").split("\n")[0] for one in strange if one.startswith(f"{first}\n")]
    if any(one in begins for one in after) or any(one in (f"{first}\nof f", "of f") for one in got):
        return Finding(
            "Throw away what came of an event that broke off.",
            f"Half of an event was left over from the connection before, and you put it into your list: "
            f"{shown(next(one for one in got if one not in wanted))}.",
            "A connection that breaks off leaves half an event behind. The next connection brings it whole.",
            RESUME,
        )
    if strange == [first]:
        return Finding(
            "Wait for the empty line: only then is an event whole.",
            f"In your list there is {first!r}. The event has several lines of data: {several!r}.",
            "A line of data is not an event, and what came of one that broke off is thrown away.",
            RESUME,
        )
    if any(one in lines for one in strange) and several not in got:
        return Finding(
            "Collect the `data:` lines of an event until its empty line, and join them with a line's end.",
            f"An event has several lines of data: {several!r}. In your list they are not one string.",
            "An event ends at an empty line, not at its first line of data.",
            RESUME,
        )
    if strange and any(strange[0] == _stripped(data) for data in wanted):
        return Finding(
            "Keep a line of data as it is, but for the one space after `data:`.",
            f"{seen[:-1]}; the server sent {next(data for data in wanted if _stripped(data) == strange[0])!r}.",
            "Spaces at the beginning of a line may mean something.",
        )
    if strange and any(strange[0] in (data.split(":")[0].strip(), data.split(":")[-1].strip()) for data in wanted):
        return Finding("Split a line at its first colon only.", seen, "Data may hold colons, as in `time: 12:30`.")
    if strange:
        return Finding(
            "Read lines, `async for line in response.content`, and keep what comes after `data: `.",
            seen,
            "The bytes of a stream come in pieces of any size. The protocol's units are its lines.",
            RESUME,
        )
    if len(got) < plan.count and got == list(dict.fromkeys(got)):
        return Finding(
            "Tell events apart by their ids, not by their data.",
            f"You returned {len(got)} events, all different. Two of the {plan.count} say the same.",
            "Two events may carry the same data. They are two events all the same.",
        )
    return None


def _stripped(data: str) -> str:
    return "\n".join(line.strip() for line in data.split("\n"))


def _came_back_badly(got: list[str], run: Evidence, plan: Plan) -> Finding:
    last_ids = run.notes["last ids"]
    if len(last_ids) <= 1:
        return Finding(
            "Connect again when the stream ends or breaks off.",
            f"You made {'one connection' if last_ids else 'no connection'} and returned {len(got)} events.",
            "A stream that ends is no error, and neither is one that breaks: there is more to come.",
            RESUME,
        )
    if (silent := _told_nothing(run)) is not None:
        return silent
    broken = plan.events[plan.connections[0][0]]
    if last_ids[1] == str(broken[0]):
        return Finding(
            "Take an id as yours only when the event is whole: at the empty line.",
            f"You came back with {last_ids[1]}. That event had broken off, and you never heard it.",
            "An event counts when its empty line has come. What came of it before is thrown away, its id too.",
            RESUME,
        )
    if got[: plan.count] == plan.wanted:
        return Finding(
            "Return as soon as you have `count` events.",
            f"You returned {len(got)}; it was called with a count of {plan.count}.",
            "More events may come at any time. The client decides when it has enough.",
        )
    ids = {str(id) for id, _ in plan.events}
    if strange := [last for last in last_ids[1:] if last and last not in ids]:
        return Finding(
            "Send the id of the last event that you have, as the server sent it.",
            f"You came back with {strange[0]}; no event has this id.",
            "Ids grow, but not by one each time. How many events you have is not the id of the last.",
            RESUME,
        )
    if len(got) > len(plan.wanted) or any(got.count(one) > plan.wanted.count(one) for one in got):
        return Finding(
            "Send the id of the last event that you have.",
            f"Some event is in your list too often; you came back with {', '.join(last_ids[1:])}.",
            "The server goes on after the id that it is told.",
            RESUME,
        )
    return Finding(
        f"Return the data of the first {plan.count} events, in order.", f"You returned {shown(got)}.", section=RESUME
    )


@expectation("When it has enough, it closes the connection")
def _closes(evidence: Evidence) -> Found:
    if _wrong(evidence, BREAKS) is not None:
        return NOT_ASKED
    if not evidence.notes.get("open"):
        return None
    return Finding(
        "Close the response when you have enough: `async with session.get(…)` does it.",
        "Your function had returned, and its last stream was still open.",
        "An open stream costs the server a place and memory for as long as it stays.",
    )


@expectation("Cancelled while it waits, it ends")
def _can_be_cancelled(evidence: Evidence) -> Found:
    notes = evidence.trials[CANCELLED].notes
    if not notes.get("waited"):
        return NOT_ASKED
    if notes.get("ended"):
        return None
    return Finding(
        "Let CancelledError out: catch `aiohttp.ClientError`, and not everything.",
        "It was cancelled while it waited for an event, and went on.",
        "Cancellation is an exception, thrown into the await. A bare `except` catches it, too.",
    )


@expectation("What the first run shows is said first")
def _first(evidence: Evidence) -> Found:
    return _wrong(evidence, BREAKS) if evidence.outcome == "returned" else None


@expectation("A stream that breaks off is not the end")
def _survives_the_break(evidence: Evidence) -> Found:
    run = next((one for one in (evidence, *evidence.trials.values()) if one.outcome == "raised"), None)
    error = run.exception if run is not None else None
    if error is None or not any(one.is_a("ClientError") for one in error.leaves()):
        return None
    return Finding(
        "Catch `aiohttp.ClientError` around the request, and connect again.",
        f"A connection broke off in the middle ({error.leaves()[0].type}).",
        "A stream may end well or break. Both mean: come back, with the last id.",
        RESUME,
    )


@expectation("It ends when it has enough")
def _ends(evidence: Evidence) -> Found:
    run = next((one for one in (evidence, *evidence.trials.values()) if one.outcome in ("never ended", "spun")), None)
    if run is None or not run.notes.get("last ids"):
        return None
    last_ids = run.notes["last ids"]
    if (silent := _told_nothing(run)) is not None:
        return silent
    if any(_slept(one) for one in (evidence, *evidence.trials.values())):
        return Finding(
            "Come back within a second.",
            f"It slept for more than a second. At the deadline it had made {count(len(last_ids), 'connection')}.",
            "`asyncio.sleep` takes seconds: 50 ms are 0.05.",
        )
    if len(last_ids) > 3 and not any(last_ids):
        return Finding(
            "Send the header `Last-Event-ID` when you come back.",
            f"You made {len(last_ids)} requests, and none said which event you have.",
            "The server keeps no note of what it has sent to whom. The client tells it.",
            RESUME,
        )
    return Finding(
        "Return as soon as you have `count` events.",
        f"It still waited at the deadline, after {count(len(last_ids), 'connection')}. The server had no more news.",
        "More events may come at any time. The client decides when it has enough.",
    )


def _slept(run: Evidence) -> bool:
    """Tell whether any task waited for a timer much longer than it may."""
    lanes = run.record.lanes if run.record else ()
    return any(one.state is State.TIMER and one.length_s > 1.5 for lane in lanes for one in lane.segments)


EXERCISE = Exercise(
    number="9.2",
    title="Events, resumed",
    reference=listen,
    run=listened(BREAKS),
    trials={AGAIN: listened(ENDS), CANCELLED: cancelled},
    expectations=(_all_once, _again, _closes, _can_be_cancelled),
    hints=(
        "`async for line in response.content` gives one line after another, as bytes.",
        "Collect the lines of an event. At the empty line it is whole: now keep its data, and its id.",
        'Around it: a loop that connects, with `headers={"Last-Event-ID": last_id}` from the second time on.',
    ),
    why="Only whole events count: their data goes into the list, and their id into the header of the next request.",
    section="exercise-9-2",
    explains=(_first, _survives_the_break, _ends, not_in_asyncio("session.get", section="05:built-in-seen")),
    deadline_s=10.0,
)

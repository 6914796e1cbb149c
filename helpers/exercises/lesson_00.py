"""The exercises of 00: await it; in what order; which one never ran."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import RAISED, asks_once, runs_what_it_makes, shown
from helpers.exercises.findings import Finding

if TYPE_CHECKING:
    import aiohttp

GUESTS = ("Ada", "Grace", "Edsger")
COROUTINES = "Your-first-timeline:-one-wait"
TASKS = "Two-waits"

# --- 0.1 ---


async def temperature(session: aiohttp.ClientSession, city: str) -> float:
    async with session.get(f"/cities/{city}/weather") as response:
        weather = await response.json()
    return float(weather["temperature_c"])


async def in_oslo(session: aiohttp.ClientSession) -> float:
    return await temperature(session, "oslo")


async def _ask(answer: Answer, bench: Bench) -> Any:
    async with bench.session() as session:
        return await answer(session)


@expectation("The temperature in Oslo, as a number")
def _is_the_temperature(evidence: Evidence) -> Finding | None:
    from helpers.services.daemon import world

    wanted, got = world.weather("oslo", 0)["temperature_c"], evidence.result
    if got == wanted and not isinstance(got, bool):
        return None
    if got is None:
        return Finding(
            "Return the number.",
            "Your function returned None.",
            "A function without `return` returns None; to print is not to return.",
        )
    if isinstance(got, dict):
        return Finding(
            "Return the number alone.",
            "Your function returned the whole answer of the service.",
            "`temperature` picks the number out of it: call that.",
        )
    return Finding("Return what `temperature` gives, as it is.", f"Your function returned {shown(got)}, not {wanted}.")


# --- 0.2 ---


async def child(say: Callable[[str], None]) -> None:
    say("B")
    await asyncio.sleep(0)  # let the others have a turn
    say("C")


async def program(say: Callable[[str], None]) -> None:
    say("A")
    task = asyncio.create_task(child(say))
    say("D")
    await task


async def _watch(answer: Any, bench: Bench) -> Any:
    said: list[str] = []
    await program(said.append)
    bench.note("said", said)
    return answer


@expectation("The order in which the four lines ran")
def _is_the_order(evidence: Evidence) -> Finding | None:
    ran = list(evidence.notes["said"])
    expected = _letters(evidence.result)
    if expected == ran:
        return None
    advice, seen = "Follow the turns: who has it, and where is it given away?", f"They ran {' '.join(ran)}"
    if sorted(expected) != sorted(ran):
        return Finding(
            'Give each of the four letters once: ["A", "B", "C", "D"] in your order.',
            f"You gave {shown(evidence.result)}.",
        )
    seen = f"You said {' '.join(expected)}. It ran otherwise."
    if expected[0] != "A":
        return Finding(
            "Begin with A.", seen, "Nothing runs before `program` has its first turn, and A is its first line."
        )
    if expected.index("C") < expected.index("B"):
        return Finding("Put B before C.", seen, "Within one coroutine the lines run from top to bottom, always.")
    if expected == ["A", "B", "C", "D"]:
        return Finding(
            "Put D before B and C.",
            seen,
            "`create_task` is no call that runs to its end. It puts the task in line and returns at once.",
            TASKS,
        )
    if expected == ["A", "B", "D", "C"]:
        return Finding(
            "Put D before B.",
            seen,
            "`create_task` does not begin the task either. Its first step comes when the block waits, at `await task`.",
            TASKS,
        )
    return Finding(advice, seen)


def _letters(value: Any) -> list[str]:
    if isinstance(value, str):
        return [letter for letter in value.upper() if letter.isalpha()]
    if isinstance(value, (list, tuple)):
        return [str(letter).strip().upper() for letter in value]
    return []


# --- 0.3 ---


async def party(greet: Callable[[str], Awaitable[None]]) -> None:
    ada = greet("Ada")
    grace = greet("Grace")
    edsger = asyncio.ensure_future(greet("Edsger"))
    await ada
    await grace
    await edsger


async def _greet_all(answer: Answer, bench: Bench) -> Any:
    greeted: list[str] = []

    async def greet(name: str) -> None:
        await asyncio.sleep(0.02)
        greeted.append(name)

    await answer(greet)
    return list(greeted)  # as it is when the answer returns: who comes later is late


@expectation("All three are greeted, each once, before the party is over")
def _all_greeted(evidence: Evidence) -> Finding | None:
    greeted = Counter(str(name) for name in evidence.result)
    if greeted == Counter(GUESTS):
        return None
    if twice := [name for name in GUESTS if greeted[name] > 1]:
        return Finding(f"Greet {twice[0]} once.", f"{twice[0]} was greeted {greeted[twice[0]]} times.")
    missing = [name for name in GUESTS if name not in greeted]
    if not missing:
        return Finding("Greet only the three.", f"Others were greeted, too: {', '.join(set(greeted) - set(GUESTS))}.")
    if evidence.never_awaited:
        return None  # that is said already
    if evidence.tasks_left:
        return Finding(
            f"Await the task that greets {missing[0]}.",
            f"The party was over, and {missing[0]} was still being greeted.",
            "`create_task` starts a task; only `await` waits for its end.",
            TASKS,
        )
    return Finding(f"Greet {missing[0]}, too.", f"Only {', '.join(greeted) or 'nobody'} was greeted.")


EXERCISES = (
    Exercise(
        number="0.1",
        title="Await it",
        reference=in_oslo,
        helpers=(temperature,),
        run=_ask,
        services={"weather": {"latency_s": 0.1}},
        expectations=(
            asks_once(["/cities/oslo/weather"], label="The service was asked for Oslo's weather, once"),
            _is_the_temperature,
        ),
        hints=(
            "Calling an `async def` function runs nothing. It makes a coroutine, and somebody must wait for it.",
            "In an `async def` you may write `await` before the call.",
            '`return await temperature(session, "oslo")`',
        ),
        why="The call makes a coroutine; `await` runs it to its end and gives what it returns.",
        section=COROUTINES,
        explains=RAISED,
        own=frozenset({"coroutines"}),
    ),
    Exercise(
        number="0.2",
        title="In what order?",
        takes="value",
        reference=["A", "D", "B", "C"],
        run=_watch,
        expectations=(_is_the_order,),
        hints=(
            "`create_task` runs nothing. It puts the task in line, and the line moves when the block waits.",
            "Nothing that is in line runs before the block comes to its first `await` that really has to wait.",
            "The block waits at `await task`. Which letters have been said by then?",
        ),
        why="`create_task` only puts `child` in line; it gets its first turn when `program` waits, after D.",
        section=TASKS,
    ),
    Exercise(
        number="0.3",
        title="Which one never ran?",
        reference=party,
        run=_greet_all,
        expectations=(runs_what_it_makes(), _all_greeted),
        hints=(
            "Three coroutines are made. For each, look for who awaits it, or makes a task of it.",
            "`ada` is awaited, `edsger` is a task and awaited. And `grace`?",
        ),
        why="A coroutine that nobody awaits never runs. Python says so, but only when it throws it away.",
        section=COROUTINES,
        explains=RAISED,
        own=frozenset({"coroutines", "tasks"}),
    ),
)

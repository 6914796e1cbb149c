"""What an answer returned: a list, of answers, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from helpers.exercises._plain import shown as as_repr
from helpers.exercises._words import a
from helpers.exercises.evidence import Evidence, Other
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.findings import Finding, Found


def returns_in_order(keys: Sequence[str], *, key: str, section: str = "") -> Expectation:
    """Expect a list of dicts whose `key` has these values, in this order."""

    @expectation(f"All {len(keys)} answers, in the order of the cities")
    def in_order(evidence: Evidence) -> Found:
        result = evidence.result
        if (wrong := not_a_list(result, of="answers")) is not None:
            return wrong
        if (wrong := _unusable(result, section)) is not None:
            return wrong
        got = [item.get(key) if isinstance(item, dict) else None for item in result]
        if got == list(keys):
            return None
        if Counter(got) == Counter(keys):
            place = next(n for n, (one, wanted) in enumerate(zip(got, keys, strict=True)) if one != wanted)
            where = "first" if place == 0 else f"number {place + 1}"
            return Finding(
                "Put the answers in the order of the cities.",
                f"They came in another order: {got[place]} is {where}, not {keys[place]}.",
                "Which task ends first is up to chance. Tasks in a list keep their order, whichever ends first.",
                section,
            )
        if len(got) != len(keys):
            return Finding(f"Return {len(keys)} answers.", f"There are {len(got)} in what you return.", section=section)
        place = next(n for n, (one, wanted) in enumerate(zip(got, keys, strict=True)) if one != wanted)
        return Finding(
            "Return each city's answer in the city's place.",
            f"In place {place + 1} there is {shown(result[place])}, not the answer for {keys[place]}.",
            section=section,
        )

    return in_order


def not_a_list(result: Any, *, of: str) -> Finding | None:
    """Say what is wrong with a result that is neither a list nor a tuple; None where it is one."""
    if isinstance(result, (list, tuple)):
        return None
    if result is None:
        return Finding(
            f"Return the {of}.",
            "Your function returned None.",
            "Printing a value does not return it, nor does putting it into a list.",
        )
    if isinstance(result, Other) and result.type in _AWAITABLES:
        return Finding(
            f"Await it, and return the {of}.",
            f"Your function returned a {result.type} and not a list.",
            "A coroutine or a task is a promise. `await` makes an answer of it.",
        )
    return Finding(f"Return the {of} as a list.", f"Your function returned {shown(result)}.")


def _unusable(items: Sequence[Any], section: str) -> Finding | None:
    """Say what is wrong with a list that holds tasks, responses or exceptions in place of answers."""
    kinds = {item.type for item in items if isinstance(item, Other)}
    if tasks := kinds & _AWAITABLES:
        return Finding(
            "Return the tasks' results, not the tasks.",
            f"Your list holds objects of the type {tasks.pop()}.",
            "A task is not its answer. When it has ended, `task.result()` is; `await task` waits for it.",
            section,
        )
    if "ClientResponse" in kinds:
        return Finding(
            "Return what `await response.json()` gives.",
            "Your list holds responses, not answers.",
            "A response is not yet its answer: that has to be read, before the block of the response ends.",
            section,
        )
    if empty := sum(item is None for item in items):
        return Finding(
            "Let every task return its answer.",
            f"{empty} of {len(items)} in your list are None.",
            "A function without `return` returns None.",
            section,
        )
    return None


_AWAITABLES = {"Task", "Future", "_GatheringFuture", "coroutine"}


def shown(value: Any) -> str:
    """Return a value as the learner would recognise it, cut short."""
    text = a(value.type) if isinstance(value, Other) and value.type != "ellipsis" else as_repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"

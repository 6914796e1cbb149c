"""Whom a lane waits for, and whom that one waits for, down to what all of them wait for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from . import _aims
from .lanes import Lane
from .states import duration

if TYPE_CHECKING:
    from ._steps import Marks

NOBODY = -1  # in the place of a lane: a callback, or a task that has none

# What is said of an obstacle: with who lets the next one through and when, and with who has it where nobody does.
_SAID = {
    ("Lock", "acquire"): "which {who} has until {when}",
    ("Semaphore", "acquire"): "which {who} is the next to release, at {when}",
    ("Queue", "get"): "into which {who} is the next to put, at {when}",
    ("Queue", "put"): "from which {who} is the next to take, at {when}",
    ("Queue", "join"): "of which {who} finishes the last item, at {when}",
    ("Event", "wait"): "which {who} sets, at {when}",
    ("Condition", "wait"): "which {who} is the next to notify, at {when}",
}
_OTHERWISE = "where {who} is the next to let one through, at {when}"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What lanes have waited for in one way: a lock, to acquire it; a queue, to get from it, or to put.

    `passed` has when one of them was let through, and by which lane (or `NOBODY`); `held` which lanes had it at a
    moment, where nobody was let through after it. Lanes are told by their numbers.
    """

    name: str
    said: str
    passed: tuple[tuple[float, int], ...] = ()
    held: tuple[tuple[float, tuple[int, ...]], ...] = ()


class Aim(NamedTuple):
    """Whom a lane waits for from a moment on: other lanes, by their numbers, or an obstacle, by its own."""

    since_s: float
    lanes: tuple[int, ...] = ()
    obstacle: int | None = None


Aims = dict[int, tuple[Aim, ...]]
"""By the numbers of the lanes that wait."""


class Whom(NamedTuple):
    """Whom a lane waits for at a moment, in words and by numbers."""

    words: str
    lanes: tuple[int, ...]


def whom(
    lanes: Sequence[Lane], aims: Mapping[int, Sequence[Aim]], obstacles: Sequence[Obstacle], lane: int, at_s: float
) -> Whom | None:
    """Return whom a lane waits for at a moment; None where it does not wait, or that is not known."""
    segment = next((one for one in reversed(lanes[lane].segments) if one.start_s <= at_s), None)
    own = aims.get(lane, ())
    place = bisect_right([aim.since_s for aim in own], at_s) - 1
    if segment is None or not segment.state.is_waiting or at_s > segment.end_s:
        return None
    if place < 0 or own[place].since_s < segment.start_s:
        return None
    aim = own[place]
    if aim.obstacle is None:
        left = tuple(n for n in aim.lanes if lanes[n].ended_s > at_s) or aim.lanes
        return Whom(_listed([lanes[n].name for n in left]), left)
    return _at(obstacles[aim.obstacle], lanes, at_s)


def _at(obstacle: Obstacle, lanes: Sequence[Lane], at_s: float) -> Whom:
    place = bisect_left(obstacle.passed, (at_s, -2))
    if place < len(obstacle.passed):
        when_s, by = obstacle.passed[place]
        who = "a callback" if by == NOBODY else lanes[by].name
        said = obstacle.said.format(who=who, when=duration(when_s))
        return Whom(f"{obstacle.name}, {said}", () if by == NOBODY else (by,))
    held = next((holders for when_s, holders in obstacle.held if when_s >= at_s), ())
    if not held:
        return Whom(obstacle.name, ())
    return Whom(f"{obstacle.name}, which {_listed([lanes[n].name for n in held])} had", held)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def settled(
    all_obstacles: Sequence[_aims.Obstacle], numbered: Sequence[tuple[int, Marks]], begin_ns: int, end_ns: int
) -> tuple[Aims, tuple[Obstacle, ...]]:
    """Return the aims of lanes and what they waited for, with the numbers of the lanes that are shown."""
    number_of = {id(marks): number for number, marks in numbered}
    place_of = {id(obstacle): place for place, obstacle in enumerate(all_obstacles)}
    names = _names(all_obstacles)

    def seconds(ns: int) -> float:
        return (min(max(ns, begin_ns), end_ns) - begin_ns) / 1e9

    def lanes_of(some: Sequence[Marks]) -> tuple[int, ...]:
        return tuple(sorted(number_of[id(one)] for one in some if id(one) in number_of))

    def aims_of(marks: Marks) -> tuple[Aim, ...]:
        pairs = zip(*[iter(marks.aims or ())] * 2, strict=True)
        told = (
            Aim(seconds(ns), obstacle=place_of.get(id(target)))
            if isinstance(target, _aims.Obstacle)
            else Aim(seconds(ns), lanes_of(target))
            for ns, target in pairs
        )
        return tuple(aim for aim in told if aim.lanes or aim.obstacle is not None)

    aims = {number: found for number, marks in numbered if marks.aims and (found := aims_of(marks))}
    obstacles = tuple(
        Obstacle(
            name,
            _SAID.get((one.kind, one.action), _OTHERWISE),
            tuple((seconds(ns), number_of.get(id(by), NOBODY)) for ns, by in zip(*[iter(one.passed)] * 2, strict=True)),
            tuple((seconds(ns), lanes_of(holders)) for ns, holders in one.held),
        )
        for one, name in zip(all_obstacles, names, strict=True)
    )
    return aims, obstacles


def _names(all_obstacles: Sequence[_aims.Obstacle]) -> list[str]:
    """Return what each is called: as `watch` named it, else by its kind, with a number where there are others."""
    things: dict[str, dict[int, int]] = {}
    for one in sorted(all_obstacles, key=attrgetter("since_ns")):
        if one.name is None:
            known = things.setdefault(one.kind, {})
            known.setdefault(id(one.thing), len(known) + 1)  # a weak reference: one for each object
    count = Counter({kind: len(known) for kind, known in things.items()})
    return [
        one.name
        if one.name is not None
        else (_one(one.kind) if count[one.kind] == 1 else f"{one.kind} {things[one.kind][id(one.thing)]}")
        for one in all_obstacles
    ]


def _one(kind: str) -> str:
    return f"an {kind}" if kind[0] in "AEIOU" else f"a {kind}"

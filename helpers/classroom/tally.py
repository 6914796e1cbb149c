"""What a class believes, has measured, and stumbles over: counted as events come."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.classroom.events import Event

OFTEN = 3  # tries at one exercise without getting it
MOST_ADVICE = 5
MOST_UNKNOWN = 50  # questions, and exercises, that no schedule names: an instructor's own page has some
MOST_WORDINGS = 20  # of one question
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Section:
    """A part of a page as a schedule has it.

    Attributes:
        page: its two digits.
        cell: the id of the cell with its heading.
        title: the heading, without its minutes.
        minutes: as the heading says; 0 where it says none.
        keys: the guesses and exercises in it, in their order: "01-tasks", "1.2".
    """

    page: str
    cell: str
    title: str
    minutes: int
    keys: tuple[str, ...]


@dataclass
class Guesses:
    """One question: how it is worded, and each learner's guess and measured number."""

    wordings: Counter[tuple[str, str]] = field(default_factory=Counter)
    guessed: dict[int, float] = field(default_factory=dict)
    measured: dict[int, float] = field(default_factory=dict)


@dataclass
class Tries:
    """One exercise: who has got it, how often the others tried, and the advice that each got last."""

    right: set[int] = field(default_factory=set)
    tries: Counter[int] = field(default_factory=Counter)
    advice: dict[int, tuple[str, str]] = field(default_factory=dict)


class Tally:
    """Counts events of learners. The last guess counts, and the first right answer.

    Args:
        schedule: the sections of all pages, in order.
    """

    def __init__(self, schedule: Sequence[Section] = ()) -> None:
        self.nicknames: dict[int, str] = {}
        self._schedule = tuple(schedule)
        self._where = {(one.page, key): n for n, one in enumerate(self._schedule) for key in one.keys}
        self._guesses: dict[tuple[str, str], Guesses] = defaultdict(Guesses)
        self._tries: dict[tuple[str, str], Tries] = defaultdict(Tries)
        self._ready: dict[int, tuple[bool, str]] = {}
        self._at: dict[int, tuple[str, str]] = {}

    def join(self, learner: int, nickname: str) -> None:
        """Count one learner more."""
        self.nicknames[learner] = nickname

    def add(self, learner: int, events: Iterable[Event]) -> None:
        """Count what a learner did."""
        for event in events:
            if event.kind == "ready":
                self._ready[learner] = bool(event.right), event.text
                continue
            found = self._tries if event.kind == "check" else self._guesses
            if not self._takes(found, (event.page, event.key)):
                continue
            self._at[learner] = event.page, event.key
            if event.kind == "check":
                self._checked(learner, event)
            else:
                self._told(learner, event)

    def _takes(self, found: Mapping[tuple[str, str], object], at: tuple[str, str]) -> bool:
        """Return whether it is counted: who has the code could make up questions for ever."""
        return at in found or at in self._where or len(found.keys() - self._where.keys()) < MOST_UNKNOWN

    def _told(self, learner: int, event: Event) -> None:
        one = self._guesses[event.page, event.key]
        wording = event.text, event.unit
        is_new = learner not in one.guessed and learner not in one.measured
        if is_new and event.text and (wording in one.wordings or len(one.wordings) < MOST_WORDINGS):
            one.wordings[wording] += 1  # what most learners were asked is shown: one alone can't reword it for all
        assert event.value is not None
        (one.guessed if event.kind == "guess" else one.measured)[learner] = event.value

    def _checked(self, learner: int, event: Event) -> None:
        one = self._tries[event.page, event.key]
        one.tries[learner] += 1
        if event.right:
            one.right.add(learner)
            one.advice.pop(learner, None)
        elif learner not in one.right:
            one.advice[learner] = event.text, event.section

    @property
    def page(self) -> str:
        """The page where most learners were last; the first page of the schedule while nobody did anything."""
        pages = Counter(page for page, _ in self._at.values())
        first = self._schedule[0].page if self._schedule else "00"
        return max(sorted(pages), key=pages.__getitem__, default=first)

    @property
    def pages(self) -> list[str]:
        """The pages of the schedule, in order."""
        return list(dict.fromkeys(one.page for one in self._schedule))

    def seen(self, page: str) -> dict[str, Any]:
        """Return what everybody in the room may see of a page: counts and distributions, no names."""
        return {
            "page": page,
            "pages": self.pages,
            "joined": len(self.nicknames),
            "checked": len(self._ready),
            "ready": sum(ready for ready, _ in self._ready.values()),
            "guesses": [
                self._of_guess(key, one) for (where, key), one in self._in_order(self._guesses) if where == page
            ],
            "exercises": [
                self._of_exercise(key, one) for (where, key), one in self._in_order(self._tries) if where == page
            ],
            "schedule": self._of_schedule(page),
        }

    def seen_by_instructor(self, page: str) -> dict[str, Any]:
        """Return that, and what is for the instructor only: who tries in vain, and whose machine is not ready."""
        stuck = [
            {
                "nickname": self.nicknames.get(learner, "?"),
                "exercise": key,
                "tries": tries,
                "advice": one.advice[learner][0],
            }
            for (where, key), one in self._in_order(self._tries)
            if where == page
            for learner, tries in one.tries.most_common()
            if tries >= OFTEN and learner in one.advice
        ]
        lacking = [
            {"nickname": self.nicknames.get(learner, "?"), "lacks": lacks}
            for learner, (ready, lacks) in self._ready.items()
            if not ready
        ]
        return self.seen(page) | {"stuck": stuck, "not_ready": lacking}

    def _in_order(self, found: dict[tuple[str, str], Any]) -> list[tuple[tuple[str, str], Any]]:
        return sorted(found.items(), key=lambda item: (self._where.get(item[0], len(self._schedule)), item[0]))

    def _of_guess(self, key: str, one: Guesses) -> dict[str, Any]:
        guessed, measured = sorted(one.guessed.values()), sorted(one.measured.values())
        question, unit = max(one.wordings, key=one.wordings.__getitem__, default=("", ""))
        return {"key": key, "question": question, "unit": unit, "guessed": guessed, "measured": measured}

    def _of_exercise(self, key: str, one: Tries) -> dict[str, Any]:
        alike: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # "saw 12 at once" and "saw 11 at once" are
        for text, section in one.advice.values():
            alike[_NUMBER.sub("0", text), section][text] += 1
        advice = sorted(alike.items(), key=lambda item: -item[1].total())
        return {
            "key": key,
            "right": len(one.right),
            "tried": len(one.tries.keys() - one.right),
            "advice": [
                {"text": texts.most_common(1)[0][0], "section": section, "learners": texts.total()}
                for (_, section), texts in advice[:MOST_ADVICE]
            ],
        }

    def _of_schedule(self, page: str) -> list[dict[str, Any]]:
        here = Counter(self._where[at] for at in self._at.values() if at in self._where)
        return [
            {"cell": one.cell, "title": one.title, "minutes": one.minutes, "learners": here[n]}
            for n, one in enumerate(self._schedule)
            if one.page == page
        ]

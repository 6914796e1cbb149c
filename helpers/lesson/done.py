"""The exercises of the course as a map: what is done, and what is next."""

from __future__ import annotations

import html
from dataclasses import dataclass

from helpers.exercises import progress
from helpers.exercises.exercise import Exercise, lesson_numbers, of_lesson
from helpers.lesson import navigation
from helpers.lesson.course import Course


@dataclass(frozen=True)
class Lesson:
    """One lesson's exercises, and those of them that are done or were tried."""

    title: str
    exercises: tuple[Exercise, ...]
    done: frozenset[str]
    tried: frozenset[str]

    @property
    def count(self) -> str:
        """How many are done, in words."""
        return f"{sum(each.number in self.done for each in self.exercises)} of {len(self.exercises)} done"

    @property
    def marks(self) -> str:
        """Each exercise with a mark: done, tried, or not yet."""
        return " ".join(f"{each.number} {self._mark(each.number)}" for each in self.exercises)

    def _mark(self, number: str) -> str:
        return "✓" if number in self.done else "✗" if number in self.tried else "·"


@dataclass(frozen=True)
class Map:
    """All lessons that have exercises; a notebook shows it as a table."""

    lessons: tuple[Lesson, ...]

    @property
    def following(self) -> str:
        """What to do next, as a sentence."""
        for lesson in self.lessons:
            for exercise in lesson.exercises:
                if exercise.number not in lesson.done:
                    return f"Next: {exercise.number} · {exercise.title}"
        return "All exercises are done."

    def __repr__(self) -> str:
        width = max((len(lesson.title) for lesson in self.lessons), default=0)
        lines = [f"{lesson.title:<{width}}  {lesson.count}:  {lesson.marks}" for lesson in self.lessons]
        return "\n".join([*lines, self.following])

    def _repr_html_(self) -> str:
        rows = "\n".join(
            f'<tr><th scope="row">{html.escape(lesson.title)}</th><td>{lesson.count}</td><td>{lesson.marks}</td></tr>'
            for lesson in self.lessons
        )
        return (
            "<table>\n<thead><tr><th>Lesson</th><th>Exercises</th>"
            "<th>✓ done, ✗ tried, · not yet</th></tr></thead>\n"
            f"<tbody>\n{rows}\n</tbody>\n</table>\n<p>{html.escape(self.following)}</p>"
        )


def exercises_done() -> Map:
    """Return the map of what is done. In a notebook, put it on the last line of a cell."""
    course, done, tried = Course.here(), progress.done(), progress.attempted()
    lessons = (
        Lesson(navigation.title(course.find(number)), of_lesson(number), done, tried) for number in lesson_numbers()
    )
    return Map(tuple(lessons))

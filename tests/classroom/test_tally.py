"""The last guess counts, the first right answer counts, and names are for the instructor only."""

from __future__ import annotations

import json

import pytest

from helpers.classroom.events import Event
from helpers.classroom.tally import MOST_UNKNOWN, Tally
from tests.classroom.conftest import SCHEDULE, guess, right, wrong


@pytest.fixture
def tally() -> Tally:
    made = Tally(SCHEDULE)
    for number, name in enumerate(["Ada", "Grace", "Edsger"], 1):
        made.join(number, name)
    return made


def test_the_last_guess_of_a_learner_counts(tally: Tally) -> None:
    tally.add(1, [guess(2000), guess(100)])
    tally.add(2, [guess(50)])
    (one,) = tally.seen("01")["guesses"]
    assert (one["guessed"], one["measured"], one["question"], one["unit"]) == ([50, 100], [], "How many ms?", "ms")


def test_a_question_is_worded_as_most_learners_were_asked(tally: Tally) -> None:
    tally.add(1, [guess(1)])
    tally.add(2, [guess(2)])
    rude = Event(kind="guess", page="01", key="01-tasks", value=3, text="Something rude", unit="?")
    tally.add(3, [rude, rude, rude])
    (one,) = tally.seen("01")["guesses"]
    assert (one["question"], one["unit"], one["guessed"]) == ("How many ms?", "ms", [1, 2, 3])


def test_questions_and_exercises_that_no_schedule_names_are_counted_up_to_a_limit(tally: Tally) -> None:
    for n in range(2 * MOST_UNKNOWN):
        tally.add(1, [guess(key=f"01-mine-{n}"), wrong(key=f"1.{100 + n}")])
    tally.add(1, [guess(), wrong(key="1.2")])
    seen = tally.seen("01")
    assert (len(seen["guesses"]), len(seen["exercises"])) == (MOST_UNKNOWN + 1, MOST_UNKNOWN + 1)


def test_measured_numbers_stand_beside_the_guesses(tally: Tally) -> None:
    tally.add(1, [guess(2000), Event(kind="measured", page="01", key="01-tasks", value=110.5)])
    assert tally.seen("01")["guesses"][0]["measured"] == [110.5]


def test_an_exercise_that_was_right_once_stays_right(tally: Tally) -> None:
    tally.add(1, [wrong(), right(), wrong()])
    (one,) = tally.seen("01")["exercises"]
    assert (one["right"], one["tried"], one["advice"]) == (1, 0, [])


def test_the_advice_given_most_often_comes_first_once_a_learner(tally: Tally) -> None:
    tally.add(1, [wrong("A."), wrong("B."), wrong("B.")])
    tally.add(2, [wrong("B.")])
    tally.add(3, [wrong("C.")])
    (one,) = tally.seen("01")["exercises"]
    assert [(advice["text"], advice["learners"]) for advice in one["advice"]] == [("B.", 2), ("C.", 1)]


def test_advice_that_differs_in_a_number_only_is_the_same_advice(tally: Tally) -> None:
    for learner, seen in enumerate([12, 11, 12], 1):
        tally.add(learner, [wrong(f"Let only 3 run at a time: the service saw {seen} at once.")])
    ((one,),) = (exercise["advice"] for exercise in tally.seen("01")["exercises"])
    assert (one["text"], one["learners"]) == ("Let only 3 run at a time: the service saw 12 at once.", 3)


def test_the_schedule_shows_where_learners_are(tally: Tally) -> None:
    tally.add(1, [guess()])
    tally.add(2, [guess(), wrong(key="1.2")])
    assert [(one["title"], one["learners"]) for one in tally.seen("01")["schedule"]] == [("Tasks", 1), ("The limit", 1)]


def test_the_page_is_the_one_where_most_are(tally: Tally) -> None:
    assert tally.page == "00"
    tally.add(1, [guess()])
    tally.add(2, [guess()])
    tally.add(3, [guess(key="00-lima")])
    assert tally.page == "01"


def test_what_all_may_see_names_nobody(tally: Tally) -> None:
    tally.add(1, [wrong()] * 3)
    assert "Ada" not in json.dumps(tally.seen("01"))


def test_the_instructor_sees_who_tries_in_vain(tally: Tally) -> None:
    tally.add(1, [wrong()] * 3)
    tally.add(2, [wrong()] * 2)
    tally.add(3, [wrong()] * 3 + [right()])
    assert [(one["nickname"], one["tries"]) for one in tally.seen_by_instructor("01")["stuck"]] == [("Ada", 3)]


def test_a_machine_that_is_not_ready_is_seen_before_the_class(tally: Tally) -> None:
    tally.add(1, [Event(kind="ready", page="00", key="machine", right=False, text="Memory")])
    tally.add(2, [Event(kind="ready", page="00", key="machine", right=True)])
    seen = tally.seen_by_instructor("00")
    assert (seen["checked"], seen["ready"], seen["not_ready"]) == (2, 1, [{"nickname": "Ada", "lacks": "Memory"}])

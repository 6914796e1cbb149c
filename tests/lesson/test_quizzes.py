"""The code in every question is run, and the option called right is what happens."""

from __future__ import annotations

import ast
import asyncio
import gc
import math
import os
import subprocess
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from helpers.lesson.quizzes import Option, Question, lessons, questions
from tests.lesson.virtual_time import Ran, run_cell

ALL = [(lesson, question) for lesson in lessons() for question in questions(lesson)]
LONGEST_OPTION = 80  # a radio button's label stays on one line


def find(lesson: str, key: str) -> Question:
    return next(question for question in questions(lesson) if question.key == key)


def call(question: Question) -> str:
    ran = run_cell(question.code)
    kind = "a coroutine" if asyncio.iscoroutine(ran.names["answer"]) else "the page"
    ran.names["answer"].close()
    return f"{len(ran.lines)} lines; `answer` holds {kind}"


def script(question: Question) -> str:
    done = subprocess.run(
        [sys.executable, "-c", question.code], capture_output=True, text=True, check=False, timeout=60
    )
    return f"{len(done.stdout.splitlines())} lines; {done.stderr.splitlines()[-1].partition(':')[0]}"


def seconds(question: Question) -> str:
    return f"{run_cell(question.code).seconds:g}"


def when_polite(question: Question) -> str:
    ((at_s, _),) = run_cell(question.code).lines
    return f"{at_s:g}"


def seconds_and_first(question: Question) -> str:
    ran = run_cell(question.code)
    return f"{ran.seconds:g} s; {ran.names['answers'][0]}"


def how_many_late(question: Question) -> str:
    return str(sum(lag > 0.001 for lag in run_cell(question.code).names["late"]))


def really(question: Question) -> dict[str, Any]:
    """Run code with a real event loop, for what threads do; return its names and, as `error`, what it raised."""
    names: dict[str, Any] = {"asyncio": asyncio, "threading": threading, "time": time, "error": None}
    cell = types.FunctionType(compile(question.code, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    try:
        asyncio.run(cell())
    except Exception as error:
        names["error"] = error
    return names


def where_and_how(question: Question) -> str:
    names = really(question)
    where = "the loop's" if names["ran_in"] == [threading.main_thread()] else "another"
    return f"In {where} thread; {type(names['error']).__name__}"


def first_and_then(question: Question) -> str:
    names = really(question)
    return f"{names['first']}, then {len(names['work'])}"


def in_a_script(question: Question) -> str:
    """Run code that starts event loops, in a thread that has none; say what it raised."""

    def run() -> str:
        try:
            exec(question.code, {"asyncio": asyncio})
        except Exception as error:
            return type(error).__name__
        return "nothing"

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def longest_queue(question: Question) -> str:
    return str(run_cell(question.code).names["longest"])


def a_second(question: Question) -> str:
    return f"{1000 / run_cell(question.code).seconds:g}"


def how_many_timed_out(question: Question) -> str:
    return str(run_cell(question.code).names["late"])


def how_a_test_ends(question: Question) -> str:
    ran = run_cell(question.code)
    return f"it {'passes' if ran.error is None else 'fails'} after {ran.seconds:g} s"


def how_a_plain_test_ends(question: Question) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its coroutine was never awaited is what the question is about
        result = run_cell(question.code).names["result"]
        gc.collect()
    return "it is skipped" if result.skipped else "it passes" if result.wasSuccessful() else "it fails"


WHAT_HAPPENS: dict[tuple[str, str], Callable[[Question], str]] = {
    ("00", "call"): call,
    ("00", "two waits"): seconds,
    ("00", "rude"): when_polite,
    ("00", "script"): script,
    ("01", "await in a loop"): seconds,
    ("01", "gather"): seconds_and_first,
    ("01", "too late"): seconds,
    ("01", "late"): how_many_late,
    ("02", "siblings"): lambda question: str(len(run_cell(question.code).names["done"])),
    ("02", "except"): lambda question: f"An {type(run_cell(question.code).error).__name__} comes out",
    ("02", "who is first"): lambda question: str(run_cell(question.code).names["log"][0]),
    ("02", "race"): lambda question: str(run_cell(question.code).names["account"]["balance"]),
    ("02", "cancel"): lambda question: ", ".join(run_cell(question.code).names["log"]),
    ("04", "blocking"): seconds,
    ("04", "too early"): where_and_how,
    ("04", "goes on"): first_and_then,
    ("05", "reads"): lambda question: f"{len(run_cell(question.code).names['answer'])}",
    ("05", "exactly"): lambda question: type(run_cell(question.code).error).__name__,
    ("05", "to the end"): lambda question: type(run_cell(question.code).error).__name__,
    ("07", "late"): seconds,
    ("07", "swallowed"): lambda question: type(run_cell(question.code).error).__name__.replace("NoneType", "nothing"),
    ("07", "shield"): lambda question: ", ".join(run_cell(question.code).names["log"]),
    ("07", "return_exceptions"): lambda question: f"It prints {run_cell(question.code).lines[0][1]}",
    ("07", "break"): lambda question: ", ".join(line for _, line in run_cell(question.code).lines),
    ("05", "polling"): lambda question: f"{run_cell(question.code).names['answer']:g}",
    ("08", "another loop"): in_a_script,
    ("06", "queue"): longest_queue,
    ("06", "semaphore"): a_second,
    ("06", "timeouts"): how_many_timed_out,
    ("10", "lag"): lambda question: f"{run_cell(question.code).names['late'][0]:.2g}",
    ("10", "frames"): lambda question: run_cell(question.code).names["name"],
    ("10", "told"): lambda question: "{first}, {second}".format(**run_cell(question.code).names),
    ("10", "callback"): lambda question: ", ".join(run_cell(question.code).names["log"]),
    ("10", "context"): lambda question: ", ".join(run_cell(question.code).names["log"]),
    ("11", "nobody"): how_a_plain_test_ends,
    ("11", "sleep"): how_a_test_ends,
    ("11", "limit"): how_a_test_ends,
    ("11", "mock"): lambda question: run_cell(question.code).lines[0][1],
    ("09", "half"): lambda question: f"It returns {run_cell(question.code).names['answer']!r}",
    ("12", "promise"): lambda question: str(len(run_cell(question.code).names["lost"])),
    ("12", "full"): lambda question: run_cell(question.code).lines[0][1],
    ("12", "together"): lambda question: str(len(run_cell(question.code).names["batches"])),
    ("12", "grace"): seconds,
}


@pytest.mark.parametrize(("lesson", "key"), WHAT_HAPPENS)
def test_the_option_called_right_is_what_happens(lesson: str, key: str) -> None:
    question = find(lesson, key)
    assert WHAT_HAPPENS[lesson, key](question) == question.right.text


def test_every_question_with_code_has_its_code_run() -> None:
    assert {(lesson, question.key) for lesson, question in ALL if question.code} == set(WHAT_HAPPENS)


def test_the_default_pool_has_as_many_threads_as_the_question_says(monkeypatch: pytest.MonkeyPatch) -> None:
    question = find("04", "rounds")
    assert "4 cores you start 24 calls of 100 ms" in question.text
    monkeypatch.setattr(os, "process_cpu_count" if sys.version_info >= (3, 13) else "cpu_count", lambda: 4)
    with ThreadPoolExecutor() as pool:
        assert question.right.text == f"{math.ceil(24 / pool._max_workers) * 100}"


def test_a_call_costs_what_the_question_says() -> None:
    question = find("08", "pays")
    assert all(said in question.text for said in ("10,000 jobs of 0.1 ms", "four workers", "costs 1 ms"))
    assert question.right.text == f"{10_000 / 4 * (0.1 + 1) / 1000:g}"


def test_a_full_bucket_lets_through_what_the_question_says() -> None:
    question = find("06", "bucket")
    assert all(said in question.text for said in ("10 tokens", "10 a second", "0.95 s"))
    assert question.right.text == str(10 + int(0.95 * 10))


def test_a_thread_is_as_busy_as_the_question_says() -> None:
    question = find("03", "busy")
    assert all(said in question.text for said in ("10,000 clients", "every 10 s", "0.2 ms"))
    assert question.right.text == f"{10_000 / 10 * 0.0002 * 100:g} %"


@pytest.mark.parametrize("lesson", lessons())
def test_a_quiz_has_three_to_five_questions(lesson: str) -> None:
    assert 3 <= len(questions(lesson)) <= 5


@pytest.mark.parametrize(("lesson", "question"), ALL)
def test_every_option_is_explained_and_fits_on_a_line(lesson: str, question: Question) -> None:
    assert len(question.options) >= 3
    assert [option for option in question.options if not option.why] == []
    assert [option.text for option in question.options if len(option.text) > LONGEST_OPTION] == []


def test_the_right_option_is_not_always_in_the_same_place() -> None:
    assert len({question.options.index(question.right) for _, question in ALL}) == 3


@pytest.mark.parametrize("rights", [0, 2])
def test_a_question_has_one_right_option(rights: int) -> None:
    with pytest.raises(ValueError, match="one option of the question 'x' is right"):
        Question("x", "?", tuple(Option(str(n), "why", right=n < rights) for n in range(3)))


def test_a_lesson_without_a_quiz_is_named_with_those_that_have_one() -> None:
    with pytest.raises(ValueError, match=r"no quiz '77'.*00, 01"):
        questions("77")


def test_virtual_time_moves_by_waiting_only() -> None:
    ran: Ran = run_cell("await asyncio.sleep(2)\ntime.sleep(1)\nprint('x')")
    assert (ran.lines, ran.seconds) == ([(3.0, "x")], 3.0)

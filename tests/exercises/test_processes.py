"""The grader's process: forked or started, what it reports, and what is charged to the answer."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from helpers.exercises import report, spare
from helpers.exercises._memory import memory_bytes
from helpers.exercises.evidence import Evidence, Other
from helpers.exercises.forked import Template
from helpers.exercises.grader import grade, judge
from helpers.exercises.job import Done, Ended, Garbled, received
from tests.exercises.practice import CITIES, EXERCISE, HASTY, NAMES, VALUE, fetch_all

FORKS = pytest.mark.skipif(not spare.FORKS, reason="needs a process that can be forked")


def evidence_of(answer: Any, exercise: Any = EXERCISE) -> Evidence:
    evidence = grade(exercise, answer).evidence
    assert evidence is not None
    return evidence


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Processes that are started, as where none can be forked."""
    spare.shut_down()
    monkeypatch.setattr(spare, "_may_fork", False)
    yield
    spare.shut_down()


def test_an_answer_is_right_in_a_process_that_was_started(started: None) -> None:
    assert grade(EXERCISE, fetch_all).right


async def identify(session: Any, cities: Any) -> Any:
    return [os.getpid(), os.getppid()]


@FORKS
def test_each_answer_has_a_process_of_its_own_forked_from_the_one_that_waits() -> None:
    one, other = evidence_of(identify).result, evidence_of(identify).result
    assert one[0] != other[0]
    assert [one[1]] == [other[1]] == spare.waiting()


@FORKS
def test_a_template_that_was_killed_is_started_again() -> None:
    spare.warm_up()
    (pid,) = spare.waiting()
    psutil.Process(pid).kill()
    assert grade(EXERCISE, fetch_all).right
    assert spare.waiting() != [pid]


@FORKS
def test_what_may_not_fork_is_left_for_processes_that_are_started(monkeypatch: pytest.MonkeyPatch) -> None:
    spare.shut_down()
    monkeypatch.setattr(spare, "_may_fork", True)
    monkeypatch.setattr(spare, "template", _broken)
    assert grade(EXERCISE, fetch_all).right
    assert spare._may_fork is False
    spare.shut_down()


SAME_ID = """
import json, socket, sys
ends = socket.socket(fileno=int(sys.argv[2]))
ends.send(json.dumps({"ready": True}).encode())
for status in (0, None):
    socket.recv_fds(ends, 1 << 20, 3)
    ends.send(json.dumps({"forked": 4242}).encode())
    if status is not None:
        ends.send(json.dumps({"pid": 4242, "status": status}).encode())
ends.recv(1)
"""


@FORKS
def test_a_process_whose_id_an_earlier_one_had_is_not_taken_for_that_one(tmp_path: Path) -> None:
    program = tmp_path / "template.py"
    program.write_text(SAME_ID, encoding="utf-8")
    template = Template(str(program), dict(os.environ), str(tmp_path), mark="x")
    first = template.fork({}, "nowhere")
    ended = first.wait()
    second = template.fork({}, "nowhere")
    seen = (ended, first.poll(), second.poll())
    template.close()
    for file in (first.stdin, first.stdout, first.stderr, second.stdin, second.stdout, second.stderr):
        file.close()
    assert seen == (0, 0, None)


def _broken() -> Any:
    """Make a template that never comes up."""
    return Template("/nowhere/at/all.py", dict(os.environ), "/", mark="x")


async def sees_the_environment(session: Any, cities: Any) -> Any:
    return os.environ.get("SEEN_BY_THE_ANSWER")


def test_the_environment_is_that_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    spare.warm_up()
    monkeypatch.setenv("SEEN_BY_THE_ANSWER", "yes")
    assert evidence_of(sees_the_environment).result == "yes"


async def writes_where_it_can(session: Any, cities: Any) -> Any:
    folders = (Path(os.environ["TMPDIR"]), Path("/proc/self/fd"))
    for place in [*sys.argv, *(str(path) for folder in folders for path in folder.glob("*"))]:
        try:
            if "reports" in os.path.realpath(place):  # noqa: ASYNC240
                with open(place, "ab") as file:  # noqa: ASYNC230, PTH123
                    file.write(b"\0" * 7 + b"\4spam")
        except OSError:
            continue
    return await fetch_all(session, cities)


def test_whatever_is_written_into_the_report_there_is_a_verdict() -> None:
    verdict = grade(EXERCISE, writes_where_it_can)
    text = report.text(verdict)
    assert text.startswith(("✓", "✗"))


@pytest.mark.parametrize(
    "data",
    [b"", b"spam", pickle.dumps(print), pickle.dumps(os.system), pickle.dumps({"a": 1}), pickle.dumps(Path("/"))],
    ids=["nothing", "no pickle", "a builtin", "a function that runs programs", "no message", "another class"],
)
def test_what_is_no_message_is_not_loaded(data: bytes) -> None:
    assert received(data) == Garbled()


def test_a_message_is_loaded_with_what_it_holds() -> None:
    ended = Ended("", result=[{1, 2j}, Other("Task", "<Task>")])
    assert received(pickle.dumps(ended)) == ended
    assert received(pickle.dumps(Done())) == Done()


def test_a_garbled_report_is_told_as_such() -> None:
    (finding,) = judge(EXERCISE, Evidence("garbled")).findings
    assert finding.advice == "Write only into files of your own."


async def many_items(session: Any, cities: Any) -> Any:
    return list(range(2_000_000))


def test_a_result_that_is_far_too_large_is_told_by_what_it_is() -> None:
    evidence = evidence_of(many_items)
    assert evidence.outcome == "returned"
    assert evidence.result[-1] == Other("more", "1,900,000 more")


async def slow_to_look_at(session: Any, cities: Any) -> Any:
    class Slow:
        def __repr__(self) -> str:
            time.sleep(0.5)
            return "slow"

    await asyncio.sleep(1.0)
    return [Slow(), Slow(), Slow(), Slow()]


def test_what_the_check_does_with_a_result_is_not_on_the_deadline() -> None:
    evidence = evidence_of(slow_to_look_at, HASTY)  # two seconds, and its result alone takes two
    assert evidence.outcome == "returned"
    assert evidence.result == [Other("Slow", "slow")] * 4
    assert evidence.seconds < 1.9


async def patches_the_clocks(session: Any, cities: Any) -> Any:
    time.perf_counter_ns = lambda: 0
    time.perf_counter = time.monotonic = lambda: 0.0
    return await fetch_all(session, cities)


def test_an_answer_that_stops_the_clocks_is_seen_all_the_same() -> None:
    evidence = evidence_of(patches_the_clocks)
    assert evidence.result == NAMES
    assert len(evidence.journal) == len(CITIES)


async def waits_busily(session: Any, cities: Any) -> Any:
    ready = False
    while not ready:  # noqa: ASYNC110
        await asyncio.sleep(0)


def test_to_ask_all_the_time_is_told_for_what_it_is() -> None:
    (finding,) = grade(HASTY, waits_busily).findings
    assert finding.advice.startswith("Wait for what has to happen, such as an `asyncio.Event`")


async def logs(session: Any, cities: Any) -> Any:
    print("to stderr", file=sys.stderr)  # noqa: T201
    logging.getLogger("mine").warning("careful")
    return await fetch_all(session, cities)


def test_what_goes_to_stderr_is_shown_and_marked() -> None:
    text = report.text(grade(EXERCISE, logs))
    assert "It wrote to stderr (warnings and logging go there, too):\n  ┆ to stderr\n  ┆ careful" in text


def test_the_memory_of_children_counts_and_what_is_shared_counts_once() -> None:
    own = memory_bytes(os.getpid())
    assert own > 2**20
    assert memory_bytes(2**22 - 1) == 0


async def child_with_memory(session: Any, cities: Any) -> Any:
    code = "data = bytearray(900 * 2**20)\nimport time\ntime.sleep(30)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    await process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere to look at children costs too much")
def test_memory_of_a_child_is_the_answers() -> None:
    assert evidence_of(child_with_memory).outcome == "took too much memory"


async def raises_from(session: Any, cities: Any) -> Any:
    try:
        dict[str, int]()["oslo"]
    except KeyError as error:
        raise LookupError("could not fetch") from error


def test_the_cause_of_an_exception_is_told() -> None:
    (finding,) = grade(EXERCISE, raises_from).findings
    assert "LookupError: could not fetch" in finding.seen
    assert "It came from KeyError: 'oslo'" in finding.seen


async def fails_with_odd_text(session: Any, cities: Any) -> Any:
    raise ValueError("half \ud83d \x1b[31mred\x1b[0m \u202e")


def test_text_that_is_no_text_is_written_out() -> None:
    text = report.text(grade(EXERCISE, fails_with_odd_text))
    text.encode()
    assert r"half \ud83d \x1b[31mred\x1b[0m \u202e" in text


def test_a_value_exercise_survives_an_answer_that_can_not_be_compared() -> None:
    class Array:
        def __eq__(self, other: object) -> Any:
            raise ValueError("the truth value of an array is ambiguous")

        __hash__ = None  # type: ignore[assignment]

    assert not grade(VALUE, Array()).right


def test_a_deadline_is_for_all_runs_together() -> None:
    async def slow(answer: Any, bench: Any) -> Any:
        await asyncio.sleep(1.2)

    exercise = replace(HASTY, run=slow, trials={"again": slow}, services={})
    evidence = evidence_of(fetch_all, exercise)
    assert evidence.trials["again"].outcome == "never ended"

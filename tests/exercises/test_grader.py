"""What the evidence holds, and what is made of it."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from helpers import services
from helpers.exercises import grader, spare, verdicts
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import runs_what_it_makes
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.grader import grade, judge
from tests.exercises.practice import CITIES, EXERCISE, FUNCTION, HASTY, NAMES, VALUE, fetch_all, name_of


def evidence_of(answer: Any, exercise: Exercise = EXERCISE) -> Evidence:
    """Run an answer and return how it ran."""
    evidence = grade(exercise, answer).evidence
    assert evidence is not None
    return evidence


async def one_by_one(session: Any, cities: Any) -> Any:
    return [await name_of(session, city) for city in cities]


async def wait_and_fail(session: Any, cities: Any) -> Any:
    await name_of(session, "oslo")
    raise ValueError


def test_the_service_is_a_witness() -> None:
    journal = evidence_of(fetch_all).journals["weather"]
    assert journal.peak_in_flight == len(CITIES)
    assert journal.count(outcome="ok") == len(CITIES)


async def with_semaphores(session: Any, cities: Any) -> Any:
    one, other = asyncio.Semaphore(2), asyncio.BoundedSemaphore(value=3)
    async with one, other:
        return await fetch_all(session, cities)


def test_the_semaphores_of_an_answer_are_seen_with_their_tokens() -> None:
    assert evidence_of(with_semaphores).semaphores == (2, 3)


def test_the_timeline_shows_the_answer_and_the_service() -> None:
    record = evidence_of(fetch_all).record
    assert record is not None
    assert [lane.name for lane in record.lanes[1:]] == [f'name_of("{city}")' for city in CITIES]
    assert [(watch.name, watch.peak_in_flight) for watch in record.watched] == [("weather", len(CITIES))]


def test_a_wrong_answer_is_told_what_was_seen_and_keeps_what_is_right() -> None:
    verdict = grade(EXERCISE, one_by_one)
    assert verdict.passed == ("Three names in order",)
    assert verdict.findings == (
        Finding("Start all before you await one.", "The service saw 1 at once.", "`await` starts nothing."),
    )


@expectation("Whether it is quick")
def never_asked(evidence: Evidence) -> Found:
    return NOT_ASKED


def test_what_is_not_asked_gets_neither_a_tick_nor_a_cross_and_what_comes_after_it_is_asked() -> None:
    exercise = replace(EXERCISE, expectations=(never_asked, *EXERCISE.expectations))
    assert judge(exercise, evidence_of(fetch_all)).passed == ("Three names in order", "All at once")
    wrong = judge(exercise, replace(evidence_of(fetch_all), result=[]))
    assert [len(wrong.passed), len(wrong.findings)] == [1, 1]


@expectation("It is as long as its first")
def has_no_idea(evidence: Evidence) -> Found:
    return None if len(evidence.result) == evidence.result[0] else Finding("Make it so.", "It was not.")


def test_an_expectation_that_fails_over_a_result_is_a_finding_and_no_traceback() -> None:
    verdict = judge(replace(EXERCISE, expectations=(has_no_idea,)), replace(evidence_of(fetch_all), result=None))
    assert [(finding.advice, finding.seen) for finding in verdict.findings] == [
        (
            "Return what the exercise asks for, and in its shape.",
            "Your function returned None. “It is as long as its first” can't be told from that.",
        )
    ]


def test_what_an_expectation_has_said_in_the_engines_words_is_not_said_twice() -> None:
    evidence = replace(evidence_of(fetch_all), never_awaited=("fetch",))
    exercise = replace(EXERCISE, expectations=(runs_what_it_makes(), *EXERCISE.expectations))
    assert [finding.advice for finding in judge(exercise, evidence).findings] == [
        "Await each call of fetch, or make a task of it."
    ]
    assert len(judge(EXERCISE, evidence).findings) == 1


def test_an_answer_that_fails_keeps_its_timeline_and_its_journal() -> None:
    evidence = evidence_of(wait_and_fail)
    assert evidence.record is not None
    assert len(evidence.journal) == 1


def test_an_answer_that_is_killed_keeps_its_journal() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        await name_of(session, "oslo")
        time.sleep(60)  # noqa: ASYNC251

    assert len(evidence_of(answer, HASTY).journal) == 1


def test_each_check_has_a_journal_of_its_own() -> None:
    assert len(evidence_of(fetch_all).journal) == len(evidence_of(fetch_all).journal)


def test_the_services_of_a_check_leave_those_of_the_notebook_alone() -> None:
    with services.http("weather", latency_s=0.0) as own:
        grade(EXERCISE, fetch_all)
        assert own.journal().entries == ()


def test_threads_are_counted() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        await asyncio.to_thread(int)
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        return await fetch_all(session, cities)

    assert evidence_of(answer).threads_used == 2


def test_a_step_that_holds_the_loop_is_in_the_evidence() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        time.sleep(0.12)  # noqa: ASYNC251
        return await fetch_all(session, cities)

    assert evidence_of(answer).longest_blocking_s > 0.1


def test_a_value_is_an_answer_where_the_exercise_takes_one() -> None:
    assert grade(VALUE, NAMES).right


def test_a_function_is_none_where_the_exercise_takes_a_value() -> None:
    (finding,) = grade(VALUE, fetch_all).findings
    assert finding.advice == "Give the value itself."


def test_an_ordinary_function_is_an_answer_where_the_exercise_takes_one() -> None:
    def answer() -> list[str]:
        return NAMES

    assert grade(FUNCTION, answer).right


def test_a_coroutine_function_is_none_where_the_exercise_takes_an_ordinary_one() -> None:
    async def answer() -> list[str]:
        return NAMES

    (finding,) = grade(FUNCTION, answer).findings
    assert finding.advice == "Begin with `def names`, without `async`: the caller doesn't await it."


def test_the_signature_of_an_ordinary_function_is_held_to_the_exercise() -> None:
    def answer(cities: Any) -> list[str]:
        return NAMES

    (finding,) = grade(FUNCTION, answer).findings
    assert finding.advice == "Give it these parameters: `def names()`."


async def cancelled(answer: Answer, bench: Bench) -> Any:
    async with bench.session() as session:
        task = asyncio.ensure_future(answer(session, CITIES))
        await asyncio.sleep(0.02)
        task.cancel()
        bench.note("ended", type((await asyncio.gather(task, return_exceptions=True))[0]).__name__)


@expectation("It can be cancelled")
def ended_cancelled(evidence: Evidence) -> Found:
    ended = evidence.trials["cancelled"].notes["ended"]
    return None if ended == "CancelledError" else Finding("Let the cancellation out.", f"It ended with {ended}.")


TRIED = replace(EXERCISE, trials={"cancelled": cancelled}, expectations=(*EXERCISE.expectations, ended_cancelled))


def test_trials_are_runs_with_evidence_of_their_own() -> None:
    verdict = grade(TRIED, fetch_all)
    assert verdict.right
    assert verdict.evidence is not None
    assert verdict.evidence.trials["cancelled"].journal.count(outcome="aborted") == len(CITIES)


def test_a_task_left_in_a_trial_is_found() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        tasks = [asyncio.create_task(name_of(session, city)) for city in cities]
        try:
            return [await asyncio.shield(task) for task in tasks]
        except asyncio.CancelledError:
            asyncio.create_task(asyncio.sleep(60))  # noqa: RUF006
            raise

    (finding, *_) = grade(TRIED, answer).findings
    assert "still running" in finding.seen


def test_what_an_exercise_judges_by_itself_is_left_to_it() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        time.sleep(0.01)  # noqa: ASYNC251
        return await fetch_all(session, cities)

    assert grade(replace(EXERCISE, own=frozenset({"blocking"})), answer).right


def test_an_exercise_may_explain_a_failure_in_its_own_words() -> None:
    @expectation("It does not fail")
    def explain(evidence: Evidence) -> Found:
        failed = evidence.exception is not None and evidence.exception.is_a("ValueError")
        return Finding("Do not fail.", "It failed.") if failed else None

    verdict = grade(replace(EXERCISE, explains=(explain,)), wait_and_fail)
    assert verdict.findings == (Finding("Do not fail.", "It failed."),)


@pytest.mark.parametrize("ahead", [False, True], ids=["started on demand", "waiting"])
def test_a_process_is_there_whether_one_waits_or_not(ahead: bool) -> None:
    spare.shut_down()
    if ahead:
        spare.warm_up()
    assert grade(EXERCISE, fetch_all).right


async def say_hello(address: Any) -> Any:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"hello\n")
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


async def with_an_address(answer: Answer, bench: Bench) -> Any:
    assert bench.urls["line"] == "tcp://{}:{}".format(*bench.address())
    return await answer(bench.addresses("line")[2])


def test_an_exercise_may_open_another_kind_of_service() -> None:
    line = {"kind": "tcp", "ports": 3, "latency_s": 0.01}
    evidence = evidence_of(say_hello, replace(EXERCISE, run=with_an_address, services={"line": line}))
    assert evidence.result == b"hello\n"
    assert [(entry.path, entry.outcome) for entry in evidence.journal] == [("hello", "ok")]
    assert evidence.journal.peak_connections == 1


async def chat(session: Any) -> Any:
    async with session.ws_connect("/") as socket:
        await socket.send_str("hello")
        return await socket.receive_str()


async def with_a_session(answer: Answer, bench: Bench) -> Any:
    async with bench.session() as session:
        return await answer(session)


def test_a_session_of_the_bench_speaks_websocket_and_verifies_tls() -> None:
    secret = {"kind": "websocket", "tls": True}
    evidence = evidence_of(chat, replace(EXERCISE, run=with_a_session, services={"chat": secret}))
    assert evidence.result == "hello"
    assert [entry.method for entry in evidence.journal] == ["GET", "MESSAGE"]


def test_an_unknown_kind_of_service_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"kind must be one of 'http', 'https', .*'websocket', got 'carrier pigeon'"):
        grade(replace(EXERCISE, services={"x": {"kind": "carrier pigeon"}}), fetch_all)


def starved_for(monkeypatch: pytest.MonkeyPatch, *times_s: float) -> list[Evidence]:
    """Let each run be seen as starved for its time; return what will have been seen."""
    run = grader._run
    made: list[Evidence] = []

    def starved(exercise: Exercise, packed: Any) -> Evidence:
        made.append(dataclasses.replace(run(exercise, packed), most_starved_s=times_s[len(made)]))
        return made[-1]

    monkeypatch.setattr(grader, "_run", starved)
    return made


@pytest.mark.parametrize(
    ("times_s", "counts"),
    [((0.0,), 0), ((0.3, 0.0), 1), ((0.3, 0.2), 1), ((0.3, 0.4), 0)],
    ids=["not at all", "at first", "less at last", "more at last"],
)
def test_a_wrong_answer_that_was_kept_from_running_is_run_once_more_and_the_better_run_counts(
    times_s: tuple[float, ...], counts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = starved_for(monkeypatch, *times_s)
    verdict = grade(EXERCISE, one_by_one)
    assert (verdict.right, len(made)) == (False, len(times_s))
    assert verdict.evidence is made[counts]


def test_an_answer_that_was_starved_in_one_of_its_runs_alone_is_starved() -> None:
    evidence = Evidence("returned", trials={"again": Evidence("returned", most_starved_s=0.3)})
    assert verdicts.starved(evidence)
    assert not verdicts.starved(dataclasses.replace(evidence, trials={}))


async def succeeds_once(session: Any, cities: Any) -> Any:
    if len(cities) < len(CITIES):
        raise ValueError("range() arg 3 must not be zero")
    return await fetch_all(session, cities)


def test_of_a_run_that_is_not_the_first_it_is_said_which_one_it_was() -> None:
    async def without_cities(answer: Answer, bench: Bench) -> Any:
        async with bench.session() as session:
            return await answer(session, [])

    verdict = grade(replace(EXERCISE, trials={"no cities": without_cities}), succeeds_once)
    assert verdict.findings[0].seen.startswith("In another run (no cities): ValueError: range() arg 3 must not be zero")


async def gives_the_loop_what_a_call_returned(session: Any, cities: Any) -> Any:
    asyncio.get_running_loop().call_soon(len(cities))  # type: ignore[arg-type] # as a learner writes it
    return await fetch_all(session, cities)


async def fails_in_a_callback(session: Any, cities: Any) -> Any:
    asyncio.get_running_loop().call_soon(dict[str, int]().__getitem__, "oslo")
    return await fetch_all(session, cities)


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (gives_the_loop_what_a_call_returned, "Give the loop the function itself, without calling it"),
        (fails_in_a_callback, "Let your callback raise nothing."),
    ],
)
def test_what_a_callback_raises_is_a_fault(answer: Any, advice: str) -> None:
    (finding,) = grade(EXERCISE, answer).findings
    assert finding.advice.startswith(advice)


def test_what_a_callback_raises_is_left_to_an_exercise_that_looks_at_it_itself() -> None:
    assert grade(replace(EXERCISE, own=frozenset({"callbacks"})), fails_in_a_callback).right


def test_an_answer_that_never_ended_is_not_run_once_more() -> None:
    assert not verdicts.starved(Evidence("never ended", most_starved_s=0.3))


def test_a_right_answer_that_was_kept_from_running_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    made = starved_for(monkeypatch, 9.0)
    assert grade(EXERCISE, fetch_all).right
    assert len(made) == 1


def test_a_run_that_was_kept_from_its_deadline_gets_time_to_end_when_it_is_cancelled() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        time.sleep(0.84 * 8)  # noqa: ASYNC251 - as if the process had not been let run: beyond the cancel, and the end
        await asyncio.Event().wait()

    assert evidence_of(answer, dataclasses.replace(EXERCISE, deadline_s=8.0)).outcome == "never ended"

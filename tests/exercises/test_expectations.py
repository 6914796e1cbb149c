"""Each expectation, on evidence made by hand: what it lets through, and what it says of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from helpers.exercises import expectations as e
from helpers.exercises.evidence import Evidence, Other, Outcome, Raised
from helpers.exercises.exercise import Expectation
from helpers.exercises.expectations import raised as explained
from helpers.exercises.findings import NOT_ASKED, Finding
from helpers.services import Entry, Journal

MS = 1_000_000
Request = tuple[str, int, int]  # path, from, to in ms


def journal(requests: Iterable[Request], *, connections: int = 1) -> Journal:
    entries = [
        Entry("GET", path, begin * MS, begin * MS, end * MS, end * MS, "ok", 200, number % connections, 0)
        for number, (path, begin, end) in enumerate(requests)
    ]
    return Journal("weather", entries)


def evidence(requests: Iterable[Request] = (), *, outcome: Outcome = "returned", **more: Any) -> Evidence:
    return Evidence(outcome, journals={"weather": journal(requests)}, **more)


def advice(expectation: Expectation, seen: Evidence) -> str:
    """Return what is advised; nothing where it holds; "not asked" where it is not."""
    match expectation(seen):
        case None:
            return ""
        case Finding() as finding:
            return finding.advice
        case _:
            return "not asked"


def side_by_side(n: int) -> list[Request]:
    return [(f"/{number}", 0, 100) for number in range(n)]


def in_a_row(n: int) -> list[Request]:
    return [(f"/{number}", number * 100, number * 100 + 100) for number in range(n)]


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        ([("/a", 0, 1), ("/b", 0, 1)], ""),
        ([("/b", 0, 1), ("/a?limit=1", 0, 1)], ""),
        ([], "Ask the service, with the session that your function gets."),
        ([("/a", 0, 1)], "Ask for /b, too."),
        ([("/a", 0, 1), ("/c", 0, 1)], "Ask for /b."),
        ([("/a", 0, 1), ("/a", 2, 3), ("/b", 2, 3)], "Ask for each page once."),
        ([("/a", 0, 1), ("/b", 0, 1), ("/c", 0, 1)], "Ask only for what is needed."),
    ],
)
def test_each_page_is_asked_for_once_and_no_other(requests: list[Request], said: str) -> None:
    assert advice(e.asks_once(["/a", "/b"], label="x"), evidence(requests)) == said


def test_a_coroutine_that_never_ran_explains_why_nothing_was_asked() -> None:
    seen = evidence(never_awaited=("main.<locals>.fetch",))
    assert advice(e.asks_once(["/a"], label="x"), seen) == "Await each call of fetch, or make a task of it."
    assert advice(e.runs_what_it_makes(), seen) == "Await each call of fetch, or make a task of it."
    assert advice(e.runs_what_it_makes(), evidence()) == ""


def test_requests_through_other_sessions_are_counted() -> None:
    given = evidence(side_by_side(3), notes={e.THROUGH_THE_SESSION: 3})
    assert e.uses_the_session()(given) is None
    finding = e.uses_the_session()(evidence(side_by_side(3), notes={e.THROUGH_THE_SESSION: 1}))
    assert isinstance(finding, Finding)
    assert finding.seen.startswith("2 of 3 requests came through other sessions")


def test_an_answer_that_leaves_its_tasks_running_is_told_to_await_them() -> None:
    assert advice(e.asks_once(["/a"], label="x"), evidence(tasks_left=('fetch("a")',))).startswith("Await every task")


ONCE = e.in_each_run(
    "x", {"": ("weather", e.asks_once(["/a"], label="")), "Again": ("2nd", e.asks_once(["/b"], label=""))}
)


def two_runs(first: list[Request], again: list[Request], **more: Any) -> Evidence:
    trial = Evidence("returned", journals={"weather": journal([]), "2nd": journal(again)}, **more)
    return Evidence("returned", journals={"weather": journal(first), "2nd": journal([])}, trials={"Again": trial})


def test_something_that_holds_in_each_of_two_runs_holds() -> None:
    assert ONCE(two_runs([("/a", 0, 1)], [("/b", 0, 1)])) is None


def test_what_is_missing_in_the_second_run_is_said_with_the_runs_name() -> None:
    finding = ONCE(two_runs([("/a", 0, 1)], [("/a", 0, 1)]))
    assert isinstance(finding, Finding)
    assert finding.advice == "Ask for /b."
    assert finding.seen.startswith("Again: The service was never asked for it")


def test_a_question_that_one_run_leaves_open_gets_no_tick() -> None:
    overlaps = e.in_each_run("x", {"": ("weather", e.overlaps(1)), "Again": ("2nd", e.overlaps(1))})
    assert overlaps(two_runs([("/a", 0, 1)], [])) is NOT_ASKED


def test_what_is_asked_for_after_the_answer_has_returned_does_not_count() -> None:
    late = two_runs([("/a", 0, 1)], [("/b", 5, 6)], notes={e.RETURNED_NS: 3 * MS})
    assert advice(ONCE, late) == "Ask the service, with the session that your function gets."


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        (side_by_side(4), ""),
        (in_a_row(4), "Start all 4 before you await the first."),
        (side_by_side(3), "Start all 4 at once."),
        ([], "not asked"),
    ],
)
def test_all_requests_overlap(requests: list[Request], said: str) -> None:
    assert advice(e.overlaps(4), evidence(requests)) == said


@pytest.mark.parametrize(("n", "said"), [(0, "not asked"), (2, ""), (3, ""), (4, "Let only 3 run at a time.")])
def test_no_more_than_k_are_in_flight(n: int, said: str) -> None:
    assert advice(e.at_most(3), evidence(side_by_side(n))) == said


@pytest.mark.parametrize(
    ("semaphores", "said"),
    [
        ((), "Let only 3 run at a time."),
        ((3, 3, 3, 3), "Make one semaphore for all requests, not one for each."),
        ((4,), "Give the semaphore 3 tokens."),
        ((3,), "Take a token for each request, before it is started, and keep it until its answer has come."),
    ],
)
def test_too_many_in_flight_are_explained_by_the_semaphores(semaphores: tuple[int, ...], said: str) -> None:
    assert advice(e.at_most(3), replace(evidence(side_by_side(4)), semaphores=semaphores)) == said


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        (side_by_side(3), ""),
        (side_by_side(4), "not asked"),
        ([], "not asked"),
        (side_by_side(2), "Let 3 run at a time, not fewer."),
        (in_a_row(3), "Start them as tasks; a bound alone starts nothing."),
    ],
)
def test_no_fewer_than_k_are_in_flight(requests: list[Request], said: str) -> None:
    assert advice(e.as_many_as(3), evidence(requests)) == said


# Two at a time. One request takes 300 ms, the others 100.
SHARED = [("/a", 0, 300), ("/b", 0, 100), ("/c", 101, 201), ("/d", 202, 302), ("/e", 303, 403)]
BATCHES = [("/a", 0, 300), ("/b", 0, 100), ("/c", 301, 401), ("/d", 301, 401), ("/e", 402, 502)]
CUT = [("/a", 0, 300), ("/c", 301, 401), ("/e", 402, 502), ("/b", 0, 100), ("/d", 101, 201)]


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        (SHARED, ""),
        (BATCHES, "Start the next request as soon as one has ended, not when a whole batch has."),
        (CUT, "Let whoever is done take the next request: share one list of what is left."),
    ],
)
def test_a_place_that_becomes_free_is_taken(requests: list[Request], said: str) -> None:
    assert advice(e.stays_full(2, share=0.8), evidence(requests)) == said


def test_whether_places_are_taken_is_not_asked_where_the_bound_is_another() -> None:
    assert e.stays_full(3, share=0.8)(evidence(BATCHES)) is NOT_ASKED


def test_which_session_is_not_asked_where_there_was_no_request() -> None:
    assert e.uses_the_session()(evidence(notes={e.THROUGH_THE_SESSION: 0})) is NOT_ASKED


def test_which_request_waited_is_not_asked_where_one_is_missing() -> None:
    assert e.asks_in_time({"/b": "/a", "/a": None}, late_s=0.1)(evidence([("/a", 0, 1)])) is NOT_ASKED


def test_those_in_flight_when_another_begins_are_counted_from_the_third_on() -> None:
    assert e.others_in_flight(journal(SHARED), after=2) == pytest.approx(2 / 3)
    assert e.others_in_flight(journal(BATCHES), after=2) == pytest.approx(1 / 3)
    assert e.others_in_flight(journal([]), after=2) == 0.0


ORDERED = [{"slug": "oslo"}, {"slug": "lima"}]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (ORDERED, ""),
        (tuple(ORDERED), ""),
        (ORDERED[::-1], "Put the answers in the order of the cities."),
        (ORDERED[:1], "Return 2 answers."),
        ([{"slug": "oslo"}, {"slug": "oslo"}], "Return each city's answer in the city's place."),
        (["oslo", "lima"], "Return each city's answer in the city's place."),
        (None, "Return the answers."),
        ({"oslo": 1}, "Return the answers as a list."),
        (Other("Task", "<Task>"), "Await it, and return the answers."),
        ([Other("Task", "<Task>")] * 2, "Return the tasks' results, not the tasks."),
        ([Other("ClientResponse", "<ClientResponse>")] * 2, "Return what `await response.json()` gives."),
        ([{"slug": "oslo"}, None], "Let every task return its answer."),
    ],
)
def test_the_answers_come_in_order(result: Any, said: str) -> None:
    assert advice(e.returns_in_order(["oslo", "lima"], key="slug"), evidence(result=result)) == said


NEEDS = {"/page": None, "/weather": "/page", "/next": "/page", "/last": "/next"}


@pytest.mark.parametrize(
    ("weather", "following", "last", "said"),
    [
        ((101, 500), (102, 200), (203, 300), ""),
        ((101, 500), (501, 600), (601, 700), "Ask for /next as soon as /page is there."),
        ((101, 500), (102, 200), (501, 600), "Ask for /last as soon as /next is there."),
        ((301, 700), (101, 200), (201, 300), "Ask for /weather as soon as /page is there."),
    ],
)
def test_a_request_waits_for_nothing_that_it_does_not_need(
    weather: tuple[int, int], following: tuple[int, int], last: tuple[int, int], said: str
) -> None:
    requests = [("/page", 0, 100), ("/weather", *weather), ("/next", *following), ("/last", *last)]
    assert advice(e.asks_in_time(NEEDS, late_s=0.1), evidence(requests)) == said


def test_the_longest_chain_is_computed_from_what_the_service_saw() -> None:
    requests = [("/page", 0, 100), ("/weather", 101, 400), ("/next", 401, 500), ("/last", 501, 800)]
    finding = e.asks_in_time(NEEDS, late_s=0.1)(evidence(requests, seconds=0.8))
    assert isinstance(finding, Finding)
    assert "It was asked for 301 ms later, when /weather had ended as well." in finding.seen
    assert "The longest chain takes 498 ms; your function took 800." in finding.seen


def test_tokens_that_are_never_given_back_explain_a_run_without_end() -> None:
    stuck = evidence(side_by_side(3), outcome="never ended")
    assert advice(e.gives_back(3), stuck) == "Give every token back: `async with tokens:` does it for you."
    assert advice(e.gives_back(4), stuck) == ""
    assert advice(e.gives_back(3), evidence(side_by_side(3))) == ""


def raised(type_: str, message: str, code: str = "", within: str = "", **given: str) -> Raised:
    return Raised(type_, (type_,), message, line=(3, code), code=code, within=within, given=given)


RUNNERS = raised("RuntimeError", "asyncio.run() cannot be …", "asyncio.run(f())", "asyncio.runners:run")
IS_RUNNING = raised(
    "RuntimeError", "This event loop is …", "loop.run_until_complete(f())", "asyncio.base_events:_check_running"
)
NO_LOOP = raised("RuntimeError", "no running event loop", "asyncio.create_task(f())", "asyncio.tasks:create_task")
OPERANDS = "unsupported operand type(s) for -: '{}' and 'float'"
NOT_ITERABLE = "'X' object is not iterable"
REQUIRES = "requires an object with __aiter__ method, got list"
WANTED = "a coroutine was expected, got …"
TASKS = "asyncio.taskgroups:create_task"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RUNNERS, "Write `await` where"),
        (IS_RUNNING, "Write `await` where"),
        (NO_LOOP, "Call it on the event loop's thread"),
        (raised("RuntimeError", "no running event loop", "asyncio.get_running_loop()"), "Call it on the event loop's"),
        (raised("RuntimeError", "Cannot close a running event loop", "loop.close()", "asyncio.base_events:close"), ""),
        (raised("RuntimeError", "no running event loop", 'raise RuntimeError("no running event loop")'), ""),
        (raised("RuntimeError", "cannot reuse already awaited coroutine", "await c"), "Await each coroutine once."),
        (raised("TypeError", WANTED, "create_task(await f(x))", TASKS), "Leave out the `await`: `create_task` wants"),
        (raised("TypeError", WANTED, "group.create_task(f)", TASKS, f="coroutine function"), "Call the function:"),
        (raised("TypeError", WANTED, "group.create_task(...)", TASKS), "Fill in the blank"),
        (raised("TypeError", WANTED, 'group.create_task("f(x)")', TASKS), "Write it without quotes"),
        (raised("TypeError", WANTED, "create_task(answer)", TASKS, answer="dict"), "Give it a coroutine"),
        (raised("TypeError", "takes 2 …", "create_task(f, 1)"), "Call the function yourself, and give `create_task`"),
        (raised("TypeError", "unhashable", "await gather([f(x) for x in y])", "asyncio.tasks:gather"), "Put a `*`"),
        (raised("TypeError", "unhashable", "gather(tasks)", "asyncio.tasks:gather", tasks="list"), "Put a `*`"),
        (raised("RuntimeError", "Task got bad yield: <…>", "await gather(f(x) for x in y)"), "Put a `*`"),
        (raised("InvalidStateError", "Result is not set.", "task.result()"), "Await the task first"),
        (raised("InvalidStateError", "mine", "raise InvalidStateError"), ""),
        (raised("TypeError", "…", "with lock"), "Write `async with lock`."),
        (raised("TypeError", "…", "async with suppress(E)"), "Write `with suppress(E)`, without `async`."),
        (raised("TypeError", "…", "await store.save(3)"), "Leave out the `await` before `store.save(3)`"),
        (raised("TypeError", "…", "await reader.readline"), "Call it, with parentheses: `await reader.readline(...)`."),
        (raised("TypeError", "…", "await tasks", tasks="list"), "Await them together"),
        (
            raised("TypeError", "…", "await pages", pages="asynchronous iterable"),
            "Write `async for … in pages`: it has",
        ),
        (raised("TypeError", "object async_generator can't …", "await f(x)"), "Write `async for … in f(x)`: it has"),
        (raised("TypeError", NOT_ITERABLE, "pages", pages="asynchronous iterable"), "Write `async for … in pages`."),
        (raised("TypeError", "'async_generator' object is not iterable", "f(x)"), "Write `async for … in f(x)`."),
        (
            raised("TypeError", "'async_generator' object is not iterable", "for a in f(x):\n    b"),
            "Write `async for … in f(x)`.",
        ),
        (raised("TypeError", OPERANDS.format("method"), "loop.time - due"), "Call the function: put parentheses"),
        (raised("TypeError", OPERANDS.format("str"), "a - due"), ""),
        (
            raised("TypeError", "'<' not supported between instances of 'float' and 'method'", "a < b.c"),
            "Call the func",
        ),
        (raised("TypeError", NOT_ITERABLE, "x", x="int"), ""),
        (raised("TypeError", NOT_ITERABLE, "list(pages)", "mine:f", pages="asynchronous iterable"), ""),
        (raised("TypeError", f"'async for' {REQUIRES}", "cities", cities="list"), "Write `for`, without `async`."),
        (raised("TypeError", "missing …", "f()"), ""),
        (raised("TypeError", "…", "await f(x)", "mine:f"), ""),
        (raised("TypeError", "'coroutine' object is not subscriptable", 'f(x)["a"]'), "Put `await` before the call."),
        (raised("TypeError", "…", "round(c)", c="coroutine"), "Put `await` before the call."),
        (raised("TypeError", "no coroutine was found", "raise TypeError(…)"), ""),
        (raised("ValueError", "a coroutine is mentioned", "f(x)"), ""),
        (raised("RuntimeError", "…", "await s.acquire()", "asyncio.mixins:_get_loop"), "Make the semaphore, lock or"),
        (raised("EOFError", "EOF …", "int(input())"), "Do without `input()`."),
        (raised("EOFError", "mine", "raise EOFError"), ""),
        (replace(raised("NameError", "name 'fecth' …", "fecth(x)"), near="fetch"), "Write `fetch`."),
        (raised("NameError", "name 'x' …", "x"), "Define `x`, or run the cell that does."),
        (raised("UnboundLocalError", "cannot access …", "x"), ""),
        (raised("KeyError", "'slug'", 'answer["slug"]'), ""),
        (raised("TypeError", "…", "not whole ("), ""),
    ],
    ids=lambda one: one.code if isinstance(one, Raised) else "",
)
def test_an_exception_that_beginners_meet_is_explained_by_what_raised_it(error: Raised, said: str) -> None:
    group = Raised("ExceptionGroup", ("ExceptionGroup",), "x", inside=(error,))
    for one in (error, group):
        found = [advice(explain, evidence(outcome="raised", exception=one)) for explain in e.RAISED]
        first = next(filter(None, found), "")
        assert first.startswith(said)
        assert bool(first) == bool(said)


def test_a_page_that_there_is_not_explains_what_is_missing_in_its_answer() -> None:
    entry = Entry("GET", "/cities/Oslo", 0, 0, 1, 1, "ok", 404, 0, 0)
    seen = Evidence(
        "raised",
        exception=replace(raised("KeyError", "'slug'", 'answer["slug"]'), bases=("KeyError", "LookupError")),
        journals={"weather": Journal("weather", [entry])},
    )
    finding = explained.asks_for_what_there_is(seen)
    assert isinstance(finding, Finding)
    assert "The service was asked for /cities/Oslo, and answered 404: not found." in finding.seen


def test_what_as_completed_gives_is_told_from_a_coroutine_of_the_learners() -> None:
    seen = evidence(never_awaited=("as_completed.<locals>._wait_for_one",))
    assert advice(e.runs_what_it_makes(), seen) == "Await what `as_completed` gives you."

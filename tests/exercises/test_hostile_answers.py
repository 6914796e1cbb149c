"""Answers that block, spin, crash, leak or lie: each gets its own verdict, and nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import requests

from helpers.exercises.exercise import Exercise
from helpers.exercises.grader import Verdict, grade
from tests.benchmarks.standstill import stopped
from tests.exercises.practice import EXERCISE, HASTY, NAMES, fetch_all

pytestmark = [
    pytest.mark.usefixtures("nothing_is_left"),
    pytest.mark.skipif(os.name != "posix", reason="some of these need signals and fork"),
]


def told(answer: Any, exercise: Exercise = EXERCISE) -> str:
    """Grade an answer that has one thing wrong with it; return what is said of it."""
    verdict = grade(exercise, answer)
    assert len(verdict.findings) == 1, verdict.findings
    return f"{verdict.findings[0].advice} {verdict.findings[0].seen}"


def outcome(verdict: Verdict) -> str:
    """Return how the run ended."""
    assert verdict.evidence is not None
    return verdict.evidence.outcome


def test_a_right_answer_has_nothing_wrong_with_it() -> None:
    verdict = grade(EXERCISE, fetch_all)
    assert verdict.right
    assert verdict.passed == ("Three names in order", "All at once")


def test_one_that_blocks_for_ever() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        time.sleep(60)  # noqa: ASYNC251

    said = told(answer, HASTY)
    assert said.startswith("Await instead of blocking")
    assert "`time.sleep(60)" in said


def test_one_that_blocks_for_a_moment() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        time.sleep(0.01)  # noqa: ASYNC251
        return await fetch_all(session, cities)

    assert "kept waiting once by time.sleep" in told(answer)


def test_one_that_asks_with_a_blocking_client() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        requests.get(str(session._base_url))  # noqa: ASYNC210
        return await fetch_all(session, cities)

    assert "kept waiting once by a blocking connection" in told(answer)


def test_blocking_in_a_thread_is_fine() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        await asyncio.to_thread(time.sleep, 0.01)
        return await fetch_all(session, cities)

    assert grade(EXERCISE, answer).right


def test_one_that_computes_for_long_between_two_awaits() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        give_up = time.process_time() + 1.0
        while time.process_time() < give_up:
            pass
        return await fetch_all(session, cities)

    assert "One step blocked the loop" in told(answer)


def test_one_that_spins() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        while True:
            pass

    verdict = grade(HASTY, answer)
    assert outcome(verdict) == "spun"
    assert "still computing in line" in verdict.findings[0].seen


def test_one_in_c_code_that_holds_the_gil() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return sum(range(10**12))

    verdict = grade(HASTY, answer)
    assert outcome(verdict) == "held the GIL"
    assert "`return sum(range(10**12))`" in verdict.findings[0].seen


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs a process that can be stopped for a while")
def test_one_that_says_only_after_its_deadline_where_it_is_stuck_is_heard() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return sum(range(10**12))

    with stopped(0.85 * HASTY.deadline_s, 0.3 * HASTY.deadline_s):  # as if others had its core
        verdict = grade(HASTY, answer)
    assert outcome(verdict) == "held the GIL"
    assert "`return sum(range(10**12))`" in verdict.findings[0].seen


def test_one_that_awaits_what_never_comes() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        await asyncio.Event().wait()

    verdict = grade(HASTY, answer)
    assert outcome(verdict) == "never ended"
    assert "lock or queue" in verdict.findings[0].seen


def test_one_that_swallows_its_cancellation() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        while True:
            with contextlib.suppress(BaseException):
                await asyncio.sleep(0.1)

    verdict = grade(HASTY, answer)
    assert outcome(verdict) == "would not be cancelled"
    assert "CancelledError" in verdict.findings[0].advice


def test_one_that_blocks_when_it_is_cancelled() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        try:
            await asyncio.sleep(60)
        finally:
            time.sleep(60)  # noqa: ASYNC251

    assert outcome(grade(HASTY, answer)) == "blocked"


def test_one_that_awaits_itself_without_end() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return await answer(session, cities)

    assert told(answer).startswith("Give the recursion an end.")


def test_sys_exit() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        sys.exit(3)

    assert "It called sys.exit(3)." in told(answer)


def test_sys_exit_in_a_task() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        async def leave() -> None:
            sys.exit()

        await asyncio.gather(leave())

    assert "It called sys.exit(0)." in told(answer)


def test_os_exit() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        os._exit(7)

    assert "with exit status 7" in told(answer)


def test_os_abort() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        os.abort()

    assert "signal 6: it aborted" in told(answer)


def test_one_that_crashes() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        os.kill(os.getpid(), signal.SIGSEGV)
        await asyncio.sleep(10)

    assert "signal 11: it crashed" in told(answer)


def test_one_that_kills_its_whole_group() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        os.killpg(0, signal.SIGKILL)

    assert "it was killed" in told(answer)


def test_one_that_closes_every_file() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        os.closerange(3, 256)

    assert "Return or raise" in told(answer)


@pytest.mark.parametrize(
    "error",
    [ValueError("no such city"), KeyError("oslo"), KeyboardInterrupt(), GeneratorExit(), StopAsyncIteration()],
    ids=lambda error: type(error).__name__,
)
def test_exceptions_are_told_with_their_line(error: BaseException) -> None:
    async def answer(session: Any, cities: Any) -> Any:
        raise error

    said = told(answer)
    assert type(error).__name__ in said
    assert "`raise error`" in said


def test_exceptions_in_a_group_are_told_one_by_one() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        async def fail(city: str) -> None:
            raise ValueError(city)

        async with asyncio.TaskGroup() as group:
            for city in cities:
                group.create_task(fail(city))

    assert "3 exceptions in an ExceptionGroup, the first ValueError: oslo" in told(answer)


def test_an_exception_that_can_not_be_shown() -> None:
    class Shy(Exception):
        def __str__(self) -> str:
            raise ValueError

    async def answer(session: Any, cities: Any) -> Any:
        raise Shy

    assert "Shy in line" in told(answer)


def test_memory_without_end() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        kept = []
        while True:
            kept.append(bytearray(10_000_000))

    assert "more memory than the limit of 512 MiB" in told(answer)


def test_an_absurd_amount_of_memory_at_once() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return len(bytearray(10**13))

    assert "more memory than the limit of 512 MiB" in told(answer)


def test_a_wrong_signature() -> None:
    async def answer(cities: Any) -> Any:
        return NAMES

    said = told(answer)
    assert "`async def fetch_all(session" in said
    assert "too many positional arguments" in said


def test_a_type_error_inside_is_no_wrong_signature() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return len(3)  # type: ignore[arg-type]

    assert "TypeError: object of type 'int' has no len()" in told(answer)


def test_no_coroutine_function() -> None:
    def answer(session: Any, cities: Any) -> Any:
        return NAMES

    assert "Calling it returned a list, which can't be awaited" in told(answer)


def test_a_plain_function_that_returns_a_coroutine_will_do() -> None:
    def answer(session: Any, cities: Any) -> Any:
        return fetch_all(session, cities)

    assert grade(EXERCISE, answer).right


def test_the_coroutine_and_not_the_function() -> None:
    assert "without calling it" in told(fetch_all(None, ()))  # type: ignore[arg-type]


def test_something_that_is_no_function() -> None:
    assert "a list, which can't be called" in told(NAMES)


def test_one_that_returns_a_coroutine() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return fetch_all(session, cities)

    assert told(answer) == "Await what you return. It returned a coroutine."


def test_one_that_returns_coroutines_in_a_list() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return [fetch_all(session, (city,)) for city in cities]

    assert "It returned 3 of type coroutine" in told(answer)


def test_one_that_returns_a_task() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return asyncio.create_task(fetch_all(session, cities))

    assert told(answer).startswith("Await the task")


def test_one_that_returns_a_generator() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return (city for city in cities)

    assert "It returned a generator." in told(answer)


def test_a_generator_function() -> None:
    def answer(session: Any, cities: Any) -> Iterator[str]:
        yield from cities

    assert "It is a generator" in told(answer)


def test_an_asynchronous_generator_function() -> None:
    async def answer(session: Any, cities: Any) -> AsyncIterator[str]:
        yield "Oslo"

    assert "There is a `yield` in it" in told(answer)


def test_one_that_forgets_an_await() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        asyncio.sleep(1)  # type: ignore[unused-coroutine]
        return await fetch_all(session, cities)

    assert "1 coroutine of sleep never ran." in told(answer)


def test_a_megabyte_of_print() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        print("x" * 1_000_000)  # noqa: T201
        return await fetch_all(session, cities)

    verdict = grade(EXERCISE, answer)
    assert verdict.right
    assert verdict.evidence is not None
    assert verdict.evidence.printed_bytes == 1_000_001
    assert len(verdict.evidence.stdout) == 2_000


def test_one_that_prints_without_end() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        while True:
            print("again")  # noqa: T201

    assert outcome(grade(HASTY, answer)) == "spun"


def test_what_it_prints_before_it_dies_is_kept() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        print("so far")  # noqa: T201
        os._exit(1)

    verdict = grade(EXERCISE, answer)
    assert verdict.evidence is not None
    assert verdict.evidence.stdout == "so far\n"


def test_one_that_asks_for_input() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        return input()  # noqa: ASYNC250

    assert "in the check nobody sits at the keyboard" in told(answer)


def test_one_that_leaves_tasks_running() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        kept = [asyncio.create_task(asyncio.sleep(60)) for _ in range(2)]
        return kept and await fetch_all(session, cities)

    assert "2 tasks (`sleep(60)` (×2)) were still running" in told(answer)


def test_one_that_leaves_a_task_which_will_not_be_cancelled() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        async def stay() -> None:
            while True:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(60)

        kept = [asyncio.create_task(stay())]
        return kept and await fetch_all(session, cities)

    assert "went on after a cancel" in told(answer)


def test_one_that_loses_an_error() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        async def fail() -> None:
            raise ValueError

        kept = [asyncio.create_task(fail())]
        return kept and await fetch_all(session, cities)

    assert "`ValueError` went unseen" in told(answer)


def test_one_that_leaves_a_thread_running() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        threading.Thread(target=time.sleep, args=(60,)).start()
        return await fetch_all(session, cities)

    assert "1 thread still ran" in told(answer)


def test_one_that_leaves_a_thread_of_the_pool_at_work() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await asyncio.to_thread(time.sleep, 60)
        return await fetch_all(session, cities)

    assert "1 thread still ran" in told(answer)


def test_one_that_leaves_a_process_running() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        subprocess.Popen(["sleep", "60"])  # noqa: ASYNC220
        return await fetch_all(session, cities)

    assert "1 process still ran" in told(answer)


def test_one_that_leaves_a_process_in_a_session_of_its_own() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        subprocess.Popen(["sleep", "60"], start_new_session=True)  # noqa: ASYNC220
        return await fetch_all(session, cities)

    assert "1 process still ran" in told(answer)


def test_one_that_leaves_a_process_and_dies() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        subprocess.Popen(["sleep", "60"], start_new_session=True)  # noqa: ASYNC220
        os._exit(0)

    assert "with exit status 0" in told(answer)


def test_one_that_leaves_a_worker_process() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,)).start()
        return await fetch_all(session, cities)

    assert "1 process still ran" in told(answer)


def test_one_that_forks() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        os.fork()
        return await fetch_all(session, cities)

    grade(HASTY, answer)  # any verdict will do: the fixture sees to it that nothing stays


def test_one_that_leaves_its_own_session_open() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        kept = [aiohttp.ClientSession()]
        return kept and await fetch_all(session, cities)

    assert "It left 1 session open." in told(answer)


def test_one_that_keeps_a_session_open_with_connections() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        own = aiohttp.ClientSession(session._base_url)
        answer.kept = own  # type: ignore[attr-defined]
        return await fetch_all(own, cities)

    assert "It left 1 session open." in told(answer)


def test_one_that_leaves_sockets_open() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        answer.kept = [socket.socket(), socket.socket()]  # type: ignore[attr-defined]
        return await fetch_all(session, cities)

    assert "It left 2 sockets open." in told(answer)


def test_one_that_leaves_a_stream_open() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        answer.kept = await asyncio.open_connection("127.0.0.1", session._base_url.port)  # type: ignore[attr-defined]
        return await fetch_all(session, cities)

    assert "It left 1 socket open." in told(answer)


def test_one_that_drops_a_stream() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        await asyncio.open_connection("127.0.0.1", session._base_url.port)
        return await fetch_all(session, cities)

    assert "It left 1 socket open." in told(answer)


def test_one_that_leaves_an_asynchronous_generator_early() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        async def each() -> AsyncIterator[str]:
            for city in cities:
                yield city

        async for _ in each():
            break
        return await fetch_all(session, cities)

    assert "It left 1 async generator open." in told(answer)


def test_one_that_leans_on_an_open_session() -> None:
    async def make() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    loop = asyncio.new_event_loop()
    mine = loop.run_until_complete(make())

    async def answer(session: Any, cities: Any) -> Any:
        return await fetch_all(mine, cities)

    try:
        said = told(answer)
    finally:
        loop.run_until_complete(mine.close())
        loop.close()
    assert "Use the session that your function gets." in said
    assert "notebook's own `mine`, a ClientSession" in said


def test_a_lock_of_the_notebooks_loop_is_used_with_that_of_the_run() -> None:
    lock = asyncio.Lock()

    async def contend() -> None:
        async def take() -> None:
            async with lock:
                await asyncio.sleep(0)

        await asyncio.gather(take(), take())

    async def answer(session: Any, cities: Any) -> Any:
        async with lock:
            return await fetch_all(session, cities)

    with asyncio.Runner() as runner:
        runner.run(contend())
        assert grade(EXERCISE, answer).right


def test_one_whose_default_value_can_not_travel() -> None:
    async def answer(session: Any, cities: Any, guard: Any = (n for n in "abc")) -> Any:
        return NAMES

    assert "can't send `guard` there, a generator" in told(answer)


def test_one_that_uses_far_too_much() -> None:
    big = bytes(65 * 2**20)

    async def answer(session: Any, cities: Any) -> Any:
        return len(big)

    assert "65 MiB" in told(answer)


def test_one_that_imported_sleep_by_name_is_seen_to_block() -> None:
    from time import sleep

    async def answer(session: Any, cities: Any) -> Any:
        sleep(0.01)  # noqa: ASYNC251
        return await fetch_all(session, cities)

    assert "kept waiting once by time.sleep" in told(answer)


def test_one_that_leaves_a_task_which_exits() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        async def leave() -> None:
            await asyncio.sleep(0)
            sys.exit(4)

        names = await fetch_all(session, cities)
        kept = [asyncio.create_task(leave())]
        return kept and names

    assert "It called sys.exit(4)." in told(answer)


def test_one_that_waits_for_a_program_on_the_loops_thread() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        subprocess.run(["sleep", "0.5"], check=True)  # noqa: ASYNC221
        return await fetch_all(session, cities)

    assert "The loop's thread was kept waiting once by a program that it waited for" in told(answer)


def test_one_that_makes_its_tasks_by_a_factory_of_its_own() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(lambda loop, coroutine, **more: asyncio.Task(coroutine, loop=loop, **more))
        asyncio.create_task(asyncio.sleep(60))  # noqa: RUF006
        return await fetch_all(session, cities)

    verdict = grade(EXERCISE, answer)
    assert "still running after the answer had returned" in verdict.findings[0].seen


def test_one_that_handles_what_the_loop_is_told_of_errors() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        async def fail() -> None:
            raise ValueError

        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        task = asyncio.create_task(fail())
        names = await fetch_all(session, cities)
        del task
        return names

    assert "`ValueError` went unseen" in told(answer)


def test_an_error_in_a_callback_is_shown() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        return await fetch_all(session, cities)

    evidence = grade(EXERCISE, answer).evidence
    assert evidence is not None
    assert "ZeroDivisionError" in evidence.stderr

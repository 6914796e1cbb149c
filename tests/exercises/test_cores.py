"""What a thread computes is told from what it was kept from computing."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.exercises import _cores, behaviour, pulse
from helpers.exercises._cores import Starvation, Turns, starved_s
from helpers.exercises.grader import grade
from helpers.exercises.pulse import Pulse

from .practice import EXERCISE, fetch_all

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says for how long a thread waited for a core")


def burn(cpu_s: float) -> None:
    until = time.thread_time() + cpu_s
    while time.thread_time() < until:
        pass


def test_what_is_computed_in_one_turn_is_not_the_sum_of_all() -> None:
    async def turns() -> None:
        for cpu_s in (0.01, 0.03, 0.01, 0.01):
            burn(cpu_s)
            await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    seen = Turns(loop)
    loop.run_until_complete(turns())
    loop.close()
    assert 0.03 <= seen.most_cpu_s() < 0.045


def test_of_a_turn_that_has_not_ended_it_is_known_too() -> None:
    loop = asyncio.new_event_loop()
    seen = Turns(loop)
    burn(0.01)
    loop.close()
    assert seen.most_cpu_s() >= 0.01


def test_a_thread_that_sleeps_is_not_starved() -> None:
    before_s, began_s = starved_s(), time.perf_counter()
    time.sleep(0.05)
    starved = starved_s() - before_s
    late_s = time.perf_counter() - began_s - 0.05
    assert starved <= late_s + 0.01  # what it waited for a core after its sleep, on a busy machine


def test_of_a_thread_that_has_not_begun_nothing_is_known() -> None:
    assert starved_s(threading.Thread(target=int)) == 0.0


@pytest.fixture
def crowded_core() -> Iterator[int]:
    """Return a core that another process keeps busy."""
    core = min(os.sched_getaffinity(0))
    program = f"import os; os.sched_setaffinity(0, {{{core}}}); print(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        busy.stdout.readline()
        yield core
        busy.kill()


def burn_on(core: int) -> None:
    os.sched_setaffinity(threading.get_native_id(), {core})
    burn(0.1)


@linux
def test_of_all_threads_the_one_that_waited_longest_for_a_core_counts(crowded_core: int) -> None:
    starvation, before_s, over = Starvation(), starved_s(), threading.Event()
    burnt = threading.Event()

    def works() -> None:
        burn_on(crowded_core)
        burnt.set()
        over.wait()

    thread = threading.Thread(target=works)
    thread.start()
    burnt.wait()
    of_this_thread, most_s = starved_s() - before_s, starvation.most_s()
    over.set()
    thread.join()
    assert most_s > max(0.02, of_this_thread)


@linux
def test_what_other_machines_took_of_one_core_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    stolen = [0, 0]

    def stat(path: Path) -> str:
        assert path == Path("/proc/stat")
        lines = (f"cpu{core} 1 2 3 4 5 6 7 {stolen[core]} 0 0\n" for core in range(2))
        return f"cpu 1 2 3 4 5 6 7 {sum(stolen)} 0 0\n" + "".join(lines) + "intr 5 6\n"

    monkeypatch.setattr(_cores, "_of_each_thread", dict)
    monkeypatch.setattr(Path, "read_text", stat)
    starvation = Starvation()
    assert starvation.most_s() == 0.0
    stolen[:] = [ticks, 3 * ticks]
    assert starvation.most_s() == 3.0


@linux
def test_a_thread_of_an_answer_that_has_ended_counts(crowded_core: int) -> None:
    async def answer(session: Any, cities: Any) -> Any:
        thread = threading.Thread(target=burn_on, args=(crowded_core,))
        thread.start()
        await asyncio.to_thread(thread.join)
        return await fetch_all(session, cities)

    evidence = grade(EXERCISE, answer).evidence
    assert evidence is not None
    assert evidence.most_starved_s > max(0.02, evidence.starved_s)


def test_a_step_that_computes_is_held_against_the_answer_and_one_that_was_kept_from_it_is_not() -> None:
    async def answer(session: Any, cities: Any) -> Any:
        burn(0.7)
        return await fetch_all(session, cities)

    evidence = grade(EXERCISE, answer).evidence
    assert evidence is not None
    assert evidence.outcome == "returned"
    (found,) = behaviour.faults(EXERCISE, evidence)
    assert found.advice.startswith("Hand the event loop back more often")
    starved = dataclasses.replace(evidence, turn_cpu_s=0.005, cpu_s=9.0, starved_s=evidence.longest_blocking_s)
    assert behaviour.faults(EXERCISE, starved) == []


async def test_while_the_whole_process_stands_still_patience_does_not_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    still_s, sleep = pulse.PATIENCE_S + 0.1, time.sleep
    looks = [still_s]  # the first takes so long, and the loop wakes a little later than who looks
    monkeypatch.setattr(pulse, "time", SimpleNamespace(sleep=lambda seconds: sleep(looks.pop() if looks else seconds)))
    with Pulse() as beats:
        asyncio.get_running_loop().call_soon(sleep, still_s + 0.05)
        assert await asyncio.to_thread(beats.felt)


async def test_while_the_loops_thread_is_starved_patience_does_not_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    monkeypatch.setattr(pulse, "starved_s", lambda thread: time.monotonic() - began)
    with Pulse() as beats:
        asyncio.get_running_loop().call_soon(time.sleep, pulse.PATIENCE_S + 0.1)
        assert await asyncio.to_thread(beats.felt)

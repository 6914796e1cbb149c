"""What a thread computes is told from what it was kept from computing."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from typing import Any

import pytest

from helpers.exercises import behaviour, pulse
from helpers.exercises._cores import Turns, starved_s
from helpers.exercises.grader import grade
from helpers.exercises.pulse import Pulse

from .practice import EXERCISE, fetch_all


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


async def test_while_the_loops_thread_is_starved_patience_does_not_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    monkeypatch.setattr(pulse, "starved_s", lambda thread: time.monotonic() - began)
    with Pulse() as beats:
        asyncio.get_running_loop().call_soon(time.sleep, pulse.PATIENCE_S + 0.1)
        assert await asyncio.to_thread(beats.felt)

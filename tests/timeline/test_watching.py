"""What a timeline watches beside the loop: what can be, what it is called, and what services say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from helpers.timeline import Timeline, Watch
from helpers.timeline.watching import watch, watchable


@dataclass
class Journal:
    steps: Sequence[tuple[int, int]]
    capacity: int | None = None

    def in_flight(self) -> Sequence[tuple[int, int]]:
        return self.steps


@dataclass
class Service:
    steps: Sequence[tuple[int, int]] = ()
    capacity: int | None = None
    error: Exception | None = None
    name: str = "weather"
    asked: list[int] = field(default_factory=list)

    def journal(self, *, since_ns: int) -> Journal:
        self.asked.append(since_ns)
        if self.error is not None:
            raise self.error
        return Journal(self.steps, self.capacity)


def test_a_service_is_asked_once_from_the_beginning_of_the_block() -> None:
    service = Service()
    watch(service, begin_ns=5, end_ns=10)
    assert service.asked == [5]


def test_what_a_service_had_in_hand_is_cut_to_the_block() -> None:
    service = Service([(1_000_000_000, 3), (3_000_000_000, 4), (9_000_000_000, 0)], capacity=5)
    seen = watch(service, begin_ns=2_000_000_000, end_ns=8_000_000_000)
    assert (seen.steps, seen.capacity, seen.peak_in_flight) == (((0.0, 3), (1.0, 4)), 5, 4)


def test_a_service_that_saw_nothing_had_nothing_in_hand() -> None:
    assert watch(Service(), begin_ns=0, end_ns=1).steps == ((0.0, 0),)


def test_a_service_that_cannot_answer_leaves_its_reason() -> None:
    seen = watch(Service(error=ConnectionError("it is gone")), begin_ns=0, end_ns=1)
    assert (seen.trouble, seen.steps, seen.peak_in_flight) == ("ConnectionError: it is gone", (), 0)


def names(watch: Any) -> list[str]:
    return [one.name for one in watchable(watch)]


def test_a_list_takes_services_by_their_names_and_others_by_their_kind() -> None:
    assert names([Service(), asyncio.Queue(), asyncio.Lock()]) == ["weather", "Queue", "Lock"]


def test_several_of_a_kind_are_numbered() -> None:
    assert names([asyncio.Queue(), asyncio.Lock(), asyncio.LifoQueue()]) == ["Queue 1", "Lock", "Queue 2"]


def test_a_dictionary_says_what_each_is_called() -> None:
    assert names({"jobs": asyncio.Queue(), "api": Service()}) == ["jobs", "api"]


def test_a_service_is_asked_under_another_name_too() -> None:
    service = Service([(5, 3)])
    (renamed,) = watchable({"api": service})
    assert (watch(renamed, begin_ns=0, end_ns=9).name, service.asked) == ("api", [0])


def test_a_service_with_a_level_of_its_own_is_a_service() -> None:
    class Both(asyncio.Queue[int]):
        name = "both"

        def journal(self, *, since_ns: int) -> Journal:
            return Journal([(1, 7)])

    assert watch(watchable([Both()])[0], begin_ns=0, end_ns=9).peak_in_flight == 7


@pytest.mark.parametrize("wrong", [Service(), asyncio.Queue(), "weather", None])
def test_what_is_watched_is_given_as_a_list_or_a_dictionary(wrong: Any) -> None:
    with pytest.raises(TypeError, match="watch takes a list"):
        Timeline("block", watch=wrong)


@pytest.mark.parametrize("wrong", ["weather", 3, asyncio.Queue])
def test_what_can_not_be_watched_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"watch takes services, .*; an asyncio\.Queue"):
        Timeline("block", watch=[wrong])


def test_a_name_in_a_dictionary_is_a_text() -> None:
    with pytest.raises(TypeError, match="calls each by a text"):
        Timeline("block", watch={1: asyncio.Queue()})  # type: ignore[dict-item]


def test_names_can_be_printed() -> None:
    assert names({"a\nb": asyncio.Queue()}) == ["a·b"]


def test_who_waits_counts_for_the_height_of_a_picture() -> None:
    assert Watch("jobs", ((0.0, 2), (1.0, 3)), capacity=3, waiting=(5, 1), kind="Queue").top == 7


def test_the_beginning_has_who_waited_then() -> None:
    cut = Watch("jobs", ((0.0, 2), (1.0, 3)), waiting=(5, 1), kind="Queue").until(0.5)
    assert (cut.steps, cut.waiting) == (((0.0, 2),), (5,))


def test_an_executor_is_watched_in_synchronous_code_too() -> None:
    with ThreadPoolExecutor(1) as pool, Timeline("block", watch=[pool]) as timeline:
        pool.submit(int).result()
    assert timeline.record.watched[0].peak_in_flight == 1


def test_a_queue_in_synchronous_code_says_why_nothing_is_known_of_it() -> None:
    with Timeline("block", watch=[asyncio.Queue()]) as timeline:
        pass
    assert "Queue did not say what it saw (a block of synchronous code runs no event loop)." in timeline.facts

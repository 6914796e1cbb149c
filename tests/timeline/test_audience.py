"""Who looks on: the presenter that shows timelines, and listeners that are told of a block before it begins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from helpers.timeline import Timeline, audience, on_enter, set_presenter


@pytest.fixture
def shown() -> Iterator[list[str]]:
    """Note what a presenter is told."""
    told: list[str] = []

    def present(timeline: Timeline) -> Callable[[], None]:
        told.append(f"begin {timeline.title}")
        return lambda: told.append(f"end {timeline.facts.split(':')[0]}")

    set_presenter(present)
    yield told
    set_presenter(None)


async def test_a_presenter_is_told_of_the_beginning_and_the_end(shown: list[str]) -> None:
    async with Timeline("block"):
        assert shown == ["begin block"]
    assert shown == ["begin block", "end block"]


async def test_a_presenter_is_told_of_the_end_of_a_block_that_fails(shown: list[str]) -> None:
    with pytest.raises(KeyError):
        async with Timeline("block"):
            raise KeyError
    assert shown == ["begin block", "end block"]


async def test_a_presenter_is_not_told_of_a_block_that_was_never_entered(shown: list[str]) -> None:
    async def cancelled() -> None:
        current = asyncio.current_task()
        assert current is not None
        current.cancel()
        async with Timeline("block"):
            pytest.fail("the block began although its task was cancelled")

    await asyncio.gather(asyncio.create_task(cancelled()), return_exceptions=True)
    assert shown == []


async def test_a_presenter_is_not_told_where_nothing_is_to_be_shown(shown: list[str]) -> None:
    async with Timeline("block", show=False):
        pass
    assert shown == []


async def test_the_tasks_of_a_presenter_are_not_recorded() -> None:
    tasks: list[asyncio.Task[None]] = []

    def present(timeline: Timeline) -> Callable[[], None]:
        tasks.append(asyncio.get_running_loop().create_task(asyncio.sleep(0.001)))
        return lambda: None

    set_presenter(present)
    async with Timeline("block") as timeline:
        await tasks[0]
    set_presenter(None)
    assert [lane.kind for lane in timeline.lanes] == ["body"]


async def test_a_picture_that_cannot_be_shown_does_not_take_the_result_away() -> None:
    def present(timeline: Timeline) -> Callable[[], None]:
        def settle() -> None:
            raise OSError("no screen")

        return settle

    set_presenter(present)
    with pytest.warns(UserWarning, match="could not be shown: OSError"):
        async with Timeline("block") as timeline:
            pass
    set_presenter(None)
    assert timeline.makespan_s > 0


async def test_what_a_listener_asks_for_has_ended_before_the_block_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "_listeners", [])
    background = asyncio.create_task(asyncio.sleep(0.01))
    on_enter(lambda timeline: [background])
    async with Timeline("block"):
        assert background.done()

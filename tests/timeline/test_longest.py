"""What took longest is a table, with file and line, and whom it was for."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import time
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from helpers.timeline import Longest, State, Timeline, _waits
from helpers.timeline._steps import Marks
from helpers.timeline.longest import Row, short


async def hold(lock: asyncio.Lock, length_s: float) -> None:
    async with lock:
        await asyncio.sleep(length_s)


async def rude() -> None:
    await asyncio.sleep(0)
    time.sleep(0.08)  # noqa: ASYNC251 - it blocks the loop


async def recorded(*named: tuple[str, Any], timeout_s: float | None = None, **options: Any) -> Timeline:
    async with Timeline("A <b>block</b>", show=False, **options) as timeline:
        tasks = [asyncio.create_task(coro, name=name) for name, coro in named]
        await asyncio.wait(tasks, timeout=timeout_s)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return timeline


def line_of(function: Any, text: str) -> str:
    """Return the place of the line of a function that has a text in it."""
    lines, first = inspect.getsourcelines(function)
    (found,) = [number for number, line in enumerate(lines, start=first) if text in line]
    return f"{Path(__file__).name}:{found}"


async def test_the_longest_waits_come_first() -> None:
    doors = {n: asyncio.Event() for n in range(5, 0, -1)}  # each begins before, and ends after, all that are shorter

    async def waits_for(n: int) -> None:
        asyncio.get_running_loop().call_later(0.002 * n, doors[n].set)
        await doors[n].wait()

    waits = (await recorded(*((f"n{n}", waits_for(n)) for n in doors))).longest(3).waits
    assert [wait.who for wait in waits] == ["n5", "n4", "n3"]


async def test_a_wait_has_the_line_that_waits_and_whom_it_was_for() -> None:
    lock = asyncio.Lock()
    timeline = await recorded(("first", hold(lock, 0.1)), ("second", hold(lock, 0.0)), watch={"door": lock})
    (second,) = [wait for wait in timeline.longest().waits if wait.who == "second"]
    assert (second.what, short(second.place or "")) == (State.LOCK.value, line_of(hold, "async with"))
    assert second.whom.startswith("door, which first has until ")


async def test_the_line_is_the_innermost_that_is_not_of_a_library() -> None:
    async def inner() -> None:
        await asyncio.wait_for(asyncio.Event().wait(), 0.03)

    async def outer() -> None:
        try:
            await inner()
        except TimeoutError:
            return

    (wait,) = (await recorded(("waits", outer()))).longest().waits
    assert short(wait.place or "") == line_of(inner, "wait_for")


async def test_a_wait_that_has_not_ended_is_among_them() -> None:
    timeline = await recorded(("waits", asyncio.Event().wait()), timeout_s=0.05)
    (wait,) = timeline.longest().waits
    assert (wait.who, wait.whom) == ("waits", "an Event")


async def test_waits_for_tasks_are_left_out() -> None:
    async def waits() -> None:
        await asyncio.create_task(asyncio.sleep(0.03), name="naps")

    assert [wait.who for wait in (await recorded(("waits", waits()))).longest().waits] == ["naps"]


async def test_the_wait_of_the_block_itself_is_among_them() -> None:
    async with Timeline("block", show=False) as timeline:
        await asyncio.sleep(0.03)
    assert [wait.who for wait in timeline.longest().waits] == [timeline.lanes[0].name]


async def test_a_blocking_has_its_function() -> None:
    (blocking,) = (await recorded(("rude", rude()))).longest().blockings
    assert (blocking.who, short(blocking.place or "")) == ("rude", line_of(rude, "async def rude"))


def test_no_more_are_kept_than_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_waits, "MOST", 3)
    waits = _waits.Waits()
    for n in (3, 7, 1, 5, 2, 6, 4):
        marks = Marks("task", f"n{n}", 0)
        marks.steps += None, 0, 0, State.TIMER
        waits.add(marks, None, 0, n * 10_000_000)
    assert [marks.call for _, _, marks, _, _ in waits.found()] == ["n7", "n6", "n5"]


async def test_a_coroutine_that_can_not_be_asked_where_it_waits_disturbs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(_: object) -> str:
        raise LookupError("odd")

    monkeypatch.setattr(_waits, "place_of", fails)
    async with Timeline("block", show=False) as timeline:
        assert await asyncio.create_task(asyncio.sleep(0.01, 7)) == 7
    assert (timeline.record.missed.trouble, timeline.record.waits[0].place) == (None, None)


async def test_the_text_has_a_row_for_each_and_a_head() -> None:
    text = str((await recorded(("rude", rude()), ("naps", asyncio.sleep(0.1)))).longest())
    assert text.splitlines()[0].split() == ["how", "long", "what", "who", "from", "where", "for", "what"]
    assert [re.split(r" {2,}", line)[1] for line in text.splitlines()[1:]] == ["blocking the loop", "waiting: timer"]


async def test_where_nothing_took_long_it_says_so() -> None:
    timeline = await recorded(("quick", asyncio.sleep(0)))
    assert str(timeline.longest()) == "Nothing blocked the loop, and no wait took longer than 1 ms."
    assert "text/html" not in timeline.longest()._repr_mimebundle_()


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


async def test_a_notebook_shows_a_table_in_which_names_are_no_markup() -> None:
    timeline = await recorded(("<script>x</script>", asyncio.sleep(0.02)))
    parser = Texts()
    parser.feed(timeline.longest()._repr_mimebundle_()["text/html"])
    assert parser.tags == {"div", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert "<script>x</script>" in parser.texts


async def test_the_saved_page_has_the_table_and_the_trace_its_rows(tmp_path: Path) -> None:
    timeline = await recorded(("naps", asyncio.sleep(0.02)))
    assert timeline.longest().html() in timeline.save(tmp_path / "run.html").read_text(encoding="utf-8")
    trace = json.loads(timeline.save(tmp_path / "run.json").read_text(encoding="utf-8"))
    assert [row["who"] for row in trace["otherData"]["longest"]] == ["naps"]


async def test_the_beginning_has_the_waits_that_began_in_it() -> None:
    async def late() -> None:
        await asyncio.sleep(0.05)
        await asyncio.sleep(0.04)

    record = (await recorded(("late", late()))).record
    within_s = min(wait.start_s for wait in record.waits) + 0.01
    (row,) = Longest(record.until(within_s)).waits
    assert row.start_s + row.length_s == pytest.approx(within_s)


async def test_a_long_run_of_which_the_end_is_kept_has_the_waits_of_the_end() -> None:
    async def turns() -> None:
        await asyncio.sleep(0.2)
        await asyncio.sleep(0.05)

    record = (await recorded(("turns", turns()), last_s=0.1)).record
    assert all(wait.end_s - wait.start_s <= 0.1 + 1e-6 for wait in record.waits)


def test_code_of_a_notebook_is_a_cell() -> None:
    assert short("/tmp/ipykernel_77/1234.py:3") == "a cell, line 3"
    assert short("/home/ada/app.py:12") == "app.py:12"


def test_a_row_without_a_place_says_nothing_of_it() -> None:
    assert Row("waiting: other", "a", 0.5, 0.25, None).cells == ("250 ms", "waiting: other", "a", "500 ms", "", "")


@pytest.mark.parametrize("ask", [lambda t: t.longest(), lambda t: t.record])
async def test_there_is_no_table_before_the_end(ask: Callable[[Timeline], Awaitable[Any]]) -> None:
    async with Timeline("block", show=False) as timeline:
        with pytest.raises(RuntimeError, match="has not ended yet"):
            ask(timeline)
    assert timeline.longest() is not None


async def test_a_program_that_hangs_has_its_waits_meanwhile() -> None:
    async with Timeline("block", show=False) as timeline:
        task = asyncio.create_task(asyncio.Event().wait(), name="hangs")
        await asyncio.wait([task], timeout=0.02)
        record = timeline.so_far()
        task.cancel()
    assert "hangs" in {wait.lane for wait in record.waits}

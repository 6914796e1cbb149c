"""A record knows whom each lane waited for: the task, the lock and who had it, and the chain of these."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from helpers.timeline import Lane, Record, Timeline, _aims
from helpers.timeline.chains import Whom


async def recorded(
    *named: tuple[str, Coroutine[Any, Any, Any]], timeout_s: float | None = None, **options: Any
) -> Record:
    """Run coroutines as tasks with names, and return the record."""
    async with Timeline("block", show=False, **options) as timeline:
        tasks = [asyncio.create_task(coro, name=name) for name, coro in named]
        await asyncio.wait(tasks, timeout=timeout_s)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return timeline.record


def number_of(record: Record, name: str) -> int:
    (number,) = [number for number, lane in enumerate(record.lanes) if lane.name == name]
    return number


def middle_of(lane: Lane) -> float:
    """Return the middle of the longest wait of a lane."""
    longest = max((s for s in lane.segments if s.state.is_waiting), key=lambda segment: segment.length_s)
    return (longest.start_s + longest.end_s) / 2


def whom(record: Record, name: str) -> Whom | None:
    number = number_of(record, name)
    return record.whom(number, middle_of(record.lanes[number]))


def words(record: Record, name: str) -> str:
    found = whom(record, name)
    return "" if found is None else found.words.partition(" until ")[0].partition(", at ")[0]


def chain(record: Record, name: str) -> list[str]:
    number = number_of(record, name)
    return [record.lanes[one].name for one in record.chain(number, middle_of(record.lanes[number]))]


async def hold(lock: Any, length_s: float = 0.05, then: Any = None) -> None:
    async with lock:
        await asyncio.sleep(length_s)
        if then is not None:
            await hold(then)


async def nap(length_s: float = 0.05) -> None:
    await asyncio.sleep(length_s)


async def awaits(task: Any) -> None:
    await task


async def test_whoever_awaits_a_task_waits_for_that_task() -> None:
    async with Timeline("block", show=False) as timeline:
        slow = asyncio.create_task(nap(), name="slow")
        await asyncio.create_task(awaits(slow), name="waits")
    assert words(timeline.record, "waits") == "slow"
    assert chain(timeline.record, "waits") == ["waits", "slow"]


async def through_gather(tasks: list[asyncio.Task[None]]) -> None:
    await asyncio.gather(*tasks)


async def through_wait(tasks: list[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks)


async def through_group(tasks: list[asyncio.Task[None]]) -> None:
    async with asyncio.TaskGroup() as group:
        tasks += [group.create_task(nap(0.03), name="short"), group.create_task(nap(0.07), name="long")]


@pytest.mark.parametrize("through", [through_gather, through_wait, through_group])
async def test_of_several_tasks_those_are_told_that_have_not_ended(through: Callable[..., Any]) -> None:
    async with Timeline("block", show=False) as timeline:
        tasks: list[asyncio.Task[None]] = []
        if through is not through_group:
            tasks = [asyncio.create_task(nap(0.03), name="short"), asyncio.create_task(nap(0.07), name="long")]
        await asyncio.create_task(through(tasks), name="waits")
    record = timeline.record
    number, short = number_of(record, "waits"), record.lanes[number_of(record, "short")]
    long = record.lanes[number_of(record, "long")]
    early, late = record.whom(number, middle_of(short)), record.whom(number, (short.ended_s + long.ended_s) / 2)
    assert (early and early.words, late and late.words) == ("short, long", "long")


async def test_a_shielded_task_is_waited_for() -> None:
    async def shields(task: asyncio.Task[None]) -> None:
        await asyncio.shield(task)

    async with Timeline("block", show=False) as timeline:
        slow = asyncio.create_task(nap(), name="slow")
        await asyncio.create_task(shields(slow), name="waits")
    assert words(timeline.record, "waits") == "slow"


async def test_whoever_waits_for_a_lock_waits_for_who_has_it() -> None:
    lock = asyncio.Lock()
    record = await recorded(("first", hold(lock)), ("second", hold(lock, 0.0)))
    assert (words(record, "second"), chain(record, "second")) == ("a Lock, which first has", ["second", "first"])


async def test_who_has_a_lock_changes_while_others_wait() -> None:
    lock = asyncio.Lock()
    record = await recorded(*((name, hold(lock)) for name in ("a", "b", "c")))
    number = number_of(record, "c")
    ends_s = [lane.ended_s for lane in record.lanes[1:3]]
    early, late = record.whom(number, ends_s[0] - 0.01), record.whom(number, sum(ends_s) / 2)
    assert [one and one.lanes for one in (early, late)] == [(1,), (2,)]


async def test_a_lock_that_is_watched_is_called_as_there() -> None:
    lock = asyncio.Lock()
    record = await recorded(("first", hold(lock)), ("second", hold(lock, 0.0)), watch={"door": lock})
    assert words(record, "second") == "door, which first has"


async def test_two_locks_without_names_are_told_apart() -> None:
    one, two = asyncio.Lock(), asyncio.Lock()
    record = await recorded(("a", hold(one)), ("b", hold(two)), ("c", hold(one, 0.0)), ("d", hold(two, 0.0)))
    assert (words(record, "c"), words(record, "d")) == ("Lock 1, which a has", "Lock 2, which b has")


async def test_a_chain_goes_on_to_what_all_of_them_wait_for() -> None:
    one, two = asyncio.Lock(), asyncio.Lock()
    record = await recorded(("slow", hold(two, 0.15)), ("middle", hold(one, 0.0, two)), ("last", hold(one, 0.0)))
    assert chain(record, "last") == ["last", "middle", "slow"]


@pytest.mark.parametrize("ended", ["left", "cancelled"])
async def test_tasks_that_wait_for_each_other_are_a_circle(ended: str) -> None:
    one, two = asyncio.Lock(), asyncio.Lock()
    tasks: list[asyncio.Task[None]] = []
    async with Timeline("block", show=False) as timeline:
        for name, coro in (("a", hold(one, 0.01, two)), ("b", hold(two, 0.01, one)), ("c", hold(one, 0.0))):
            tasks.append(asyncio.create_task(coro, name=name))
        while not (len(two._waiters or ()) == 1 and len(one._waiters or ()) == 2):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.03)
        if ended == "cancelled":
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    record = timeline.record
    a, b, c = (number_of(record, name) for name in "abc")
    late_s = record.lanes[c].segments[-2 if ended == "cancelled" else -1].end_s - 0.01
    assert record.chain(c, late_s) == (c, a, b, a)
    assert record.whom(a, late_s) == ("Lock 2, which b had", (b,))


async def test_a_program_that_hangs_says_whom_it_waits_for_meanwhile() -> None:
    lock = asyncio.Lock()
    async with Timeline("block", show=False) as timeline:
        first = asyncio.create_task(hold(lock, 9), name="first")
        second = asyncio.create_task(hold(lock), name="second")
        await asyncio.wait([first], timeout=0.02)
        record = timeline.so_far()
        for task in (first, second):
            task.cancel()
    assert words(record, "second") == "a Lock, which first had"


async def test_who_has_a_lock_is_not_guessed() -> None:
    lock = asyncio.Lock()
    await lock.acquire()  # before the block, by nobody in it
    record = await recorded(("waits", hold(lock, 0.0)), ("sleeps", nap()), timeout_s=0.02)
    assert whom(record, "waits") == ("a Lock", ())


async def test_whoever_waits_for_a_semaphore_waits_for_the_next_that_releases_it() -> None:
    door = asyncio.Semaphore(2)
    record = await recorded(("slow", hold(door, 0.1)), ("quick", hold(door, 0.05)), ("waits", hold(door, 0.0)))
    assert words(record, "waits") == "a Semaphore, which quick is the next to release"


async def test_a_getter_waits_for_who_puts_next_and_a_putter_for_who_takes_next() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(1)

    async def puts() -> None:
        await asyncio.sleep(0.03)
        for number in range(3):
            await queue.put(number)

    async def gets() -> None:
        for _ in range(3):
            await queue.get()
            await asyncio.sleep(0.06)

    record = await recorded(("puts", puts()), ("gets", gets()), watch={"jobs": queue})
    assert words(record, "puts") == "jobs, from which gets is the next to take"
    number = number_of(record, "gets")
    first = next(segment for segment in record.lanes[number].segments if segment.state.is_waiting)
    gets_at = record.whom(number, (first.start_s + first.end_s) / 2)
    assert gets_at is not None
    assert gets_at.words.startswith("jobs, into which puts is the next to put, at ")


async def test_who_sets_an_event_is_told_and_a_callback_too() -> None:
    event, other = asyncio.Event(), asyncio.Event()

    async def sets() -> None:
        await asyncio.sleep(0.03)
        event.set()

    asyncio.get_running_loop().call_later(0.05, other.set)
    record = await recorded(("sets", sets()), ("waits", event.wait()), ("too", other.wait()))
    assert words(record, "waits") == "Event 1, which sets sets"
    assert words(record, "too") == "Event 2, which a callback sets"


async def test_whoever_waits_for_a_notification_waits_for_who_notifies() -> None:
    condition = asyncio.Condition()

    async def waits() -> None:
        async with condition:
            await condition.wait()

    async def notifies() -> None:
        await asyncio.sleep(0.03)
        async with condition:
            condition.notify()

    record = await recorded(("notifies", notifies()), ("waits", waits()))
    assert words(record, "waits") == "a Condition, which notifies is the next to notify"


async def test_a_bare_future_is_waited_for_without_a_word() -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.02, future.set_result, None)
    record = await recorded(("waits", awaits(future)))
    assert whom(record, "waits") is None


async def test_who_is_ready_waits_for_nobody_any_more() -> None:
    lock = asyncio.Lock()
    record = await recorded(("first", hold(lock)), ("second", hold(lock, 0.0)))
    second = number_of(record, "second")
    wait = max((s for s in record.lanes[second].segments if s.state.is_waiting), key=lambda s: s.length_s)
    assert record.whom(second, wait.end_s) is None


async def test_a_lane_that_runs_waits_for_nobody() -> None:
    record = await recorded(("nap", nap()))
    assert record.whom(number_of(record, "nap"), 99.0) is None


async def test_a_lock_is_not_kept_alive_by_its_record() -> None:
    lock = asyncio.Lock()
    record = await recorded(("a", hold(lock)), ("b", hold(lock)))
    gone = weakref.ref(lock)
    del lock
    gc.collect()
    assert gone() is None
    assert len(record.obstacles) == 1


async def test_what_is_known_of_waits_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_aims, "MOST_AIMS", 2)
    lock = asyncio.Lock()
    record = await recorded(*((f"n{n}", hold(lock, 0.001)) for n in range(9)))
    assert sum(map(len, record.aims.values())) <= 2
    assert record.missed.aims == 2


async def test_where_the_bound_is_not_reached_nothing_is_missed() -> None:
    lock = asyncio.Lock()
    record = await recorded(*((f"n{n}", hold(lock, 0.001)) for n in range(3)))
    assert record.missed.aims is None


async def test_a_fault_in_it_leaves_the_wait_without_an_aim_and_disturbs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any) -> None:
        raise LookupError("odd")

    monkeypatch.setattr(_aims, "_tasks", fails)
    async with Timeline("block", show=False) as timeline:
        assert sum(await asyncio.gather(asyncio.sleep(0.01, 1), asyncio.sleep(0.01, 2))) == 3
    assert (timeline.record.missed.trouble, timeline.record.aims) == (None, {})

"""Answers to the milestones of 12, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import math
import random
from concurrent.futures import ThreadPoolExecutor

import aiohttp
from aiohttp import web

from tests.exercises.answers import right, wrong

# --- 12.1 ---

KEPT = "Forty measurements: each is answered after its commit, with its id"
SLEEPS = "It waits for measurements without looking again and again"
TOGETHER = "Measurements that wait are committed together"
IN_A_THREAD = "The event loop goes on during a commit"
AT_MOST_100 = "At most 100 in a commit"
SURVIVES = "Clients hear of a commit that fails, and the next one is tried"
OTHERS = "A client that has left costs the others nothing"


def all_that_wait(waiting, first):
    batch = [first]
    while len(batch) < 100 and not waiting.empty():
        batch.append(waiting.get_nowait())
    return batch


@right("12.1")
async def in_a_pool_of_its_own(waiting, commit):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as pool:
        while True:
            batch = [await waiting.get()]
            try:
                while len(batch) < 100:
                    batch.append(waiting.get_nowait())
            except asyncio.QueueEmpty:
                pass
            measurements, futures = zip(*batch)
            try:
                ids = await loop.run_in_executor(pool, commit, list(measurements))
            except Exception as error:
                ids = [error] * len(batch)
            for future, id in zip(futures, ids):
                if future.done():
                    continue
                if isinstance(id, Exception):
                    future.set_exception(id)
                else:
                    future.set_result(id)


@right("12.1")
async def suppresses_what_has_left(waiting, commit):
    while True:
        first = await waiting.get()
        await asyncio.sleep(0)
        batch = all_that_wait(waiting, first)
        try:
            ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
            for (_, kept), id in zip(batch, ids):
                if not kept.cancelled():
                    kept.set_result(id)
        except Exception as error:
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)


@wrong(
    "12.1",
    "Put all measurements that wait into one commit.",
    passes=(SLEEPS, IN_A_THREAD, SURVIVES, OTHERS),
)
async def a_commit_for_each(waiting, commit):
    while True:
        measurement, kept = await waiting.get()
        try:
            (id,) = await asyncio.to_thread(commit, [measurement])
        except Exception as error:
            if not kept.done():
                kept.set_exception(error)
        else:
            if not kept.done():
                kept.set_result(id)


@wrong("12.1", "Set the results after the commit has returned.", passes=(IN_A_THREAD,))
async def acknowledges_first(waiting, commit):
    number = 0
    while True:
        batch = all_that_wait(waiting, await waiting.get())
        for _, kept in batch:
            number += 1
            if not kept.done():
                kept.set_result(number)
        with contextlib.suppress(Exception):
            await asyncio.to_thread(commit, [measurement for measurement, _ in batch])


@wrong(
    "12.1",
    "Call `commit` in a thread: `await asyncio.to_thread(commit, batch)`.",
    passes=(KEPT, TOGETHER, SLEEPS, AT_MOST_100, SURVIVES),
)
async def commits_on_the_loop(waiting, commit):
    while True:
        batch = all_that_wait(waiting, await waiting.get())
        try:
            ids = commit([measurement for measurement, _ in batch])
        except Exception as error:
            for _, kept in batch:
                kept.set_exception(error)
        else:
            for (_, kept), id in zip(batch, ids):
                kept.set_result(id)


@wrong(
    "12.1",
    "When `commit` raises, pass the exception to the futures of the batch, and go on.",
    passes=(KEPT, TOGETHER, SLEEPS, IN_A_THREAD, AT_MOST_100, OTHERS),
)
async def dies_of_it(waiting, commit):
    while True:
        batch = all_that_wait(waiting, await waiting.get())
        ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        for (_, kept), id in zip(batch, ids):
            if not kept.done():
                kept.set_result(id)


@wrong(
    "12.1",
    "When `commit` raises, give the exception to each future of the batch: `kept.set_exception(error)`.",
    passes=(KEPT, TOGETHER, SLEEPS, IN_A_THREAD, AT_MOST_100, OTHERS),
)
async def prints_the_error(waiting, commit):
    while True:
        batch = all_that_wait(waiting, await waiting.get())
        try:
            ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        except Exception as error:
            print(error)
            continue
        for (_, kept), id in zip(batch, ids):
            if not kept.done():
                kept.set_result(id)


@wrong(
    "12.1",
    "Before you set a future, ask whether it is `done()`.",
    passes=(KEPT, TOGETHER, SLEEPS, IN_A_THREAD, AT_MOST_100, SURVIVES),
)
async def sets_every_future(waiting, commit):
    while True:
        batch = all_that_wait(waiting, await waiting.get())
        try:
            ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        except Exception as error:
            for _, kept in batch:
                kept.set_exception(error)
        else:
            for (_, kept), id in zip(batch, ids):
                kept.set_result(id)


@wrong("12.1", "Commit what is there; do not wait for more.", passes=(IN_A_THREAD,))
async def waits_for_ten(waiting, commit):
    while True:
        batch = [await waiting.get() for _ in range(10)]
        try:
            ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        except Exception as error:
            for _, kept in batch:
                kept.set_exception(error)
        else:
            for (_, kept), id in zip(batch, ids):
                if not kept.done():
                    kept.set_result(id)


@wrong("12.1", "Commit 100 at most at a time.", passes=(KEPT, TOGETHER, SLEEPS, IN_A_THREAD, SURVIVES, OTHERS))
async def takes_them_all(waiting, commit):
    while True:
        batch = [await waiting.get()]
        while not waiting.empty():
            batch.append(await waiting.get())
        try:
            ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        except Exception as error:
            ids = None
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
        for (_, kept), id in zip(batch, ids or []):
            if not kept.done():
                kept.set_result(id)


@wrong("12.1", "Give `commit` the measurements alone, as a list.", passes=(IN_A_THREAD,))
async def commits_the_pairs(waiting, commit):
    while True:
        batch = all_that_wait(waiting, await waiting.get())
        ids = await asyncio.to_thread(commit, batch)
        for (_, kept), id in zip(batch, ids):
            if not kept.done():
                kept.set_result(id)


@wrong("12.1", "Give each client the id of its own measurement.", passes=(IN_A_THREAD,))
async def all_ids_for_each(waiting, commit):
    while True:
        batch = [await waiting.get()]
        while not waiting.empty() and len(batch) < 100:
            batch.append(waiting.get_nowait())
        ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        for _, kept in batch:
            kept.set_result(ids)


@wrong("12.1", "Give each client the id of its own measurement.", passes=(IN_A_THREAD,))
async def the_first_id_for_all(waiting, commit):
    while True:
        batch = all_that_wait(waiting, await waiting.get())
        try:
            ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        except Exception as error:
            for _, kept in batch:
                kept.set_exception(error)
        else:
            for _, kept in batch:
                if not kept.done():
                    kept.set_result(ids[0])


@right("12.1")
async def sets_them_in_a_callback(waiting, commit):
    while True:
        taken = [await waiting.get()]
        try:
            while len(taken) != 100:
                taken.append(waiting.get_nowait())
        except asyncio.QueueEmpty:
            ...

        def settle(task):
            if task.cancelled():
                return
            e = task.exception()
            for i, (_, kept) in enumerate(taken):
                if kept.done():
                    continue
                kept.set_exception(e) if e else kept.set_result(task.result()[i])
                waiting.task_done()

        job = asyncio.create_task(asyncio.to_thread(commit, [m for m, _ in taken]))
        job.add_done_callback(settle)
        with contextlib.suppress(Exception):
            await job


@right("12.1")
async def asks_forgiveness_of_an_async_generator(waiting, commit):

    async def batches():
        while True:
            batch = [await waiting.get()]
            while len(batch) < 100 and (not waiting.empty()):
                batch.append(waiting.get_nowait())
            yield batch

    async for batch in batches():
        outcome = asyncio.ensure_future(asyncio.to_thread(commit, [m for m, f in batch]))
        await asyncio.wait([outcome])
        for n, (_, kept) in enumerate(batch):
            try:
                if outcome.exception():
                    kept.set_exception(outcome.exception())
                else:
                    kept.set_result(outcome.result()[n])
            except asyncio.InvalidStateError:
                pass


@wrong(
    "12.1",
    "Before you give a future an exception, too, ask whether it is `done()`.",
    passes=(
        KEPT,
        TOGETHER,
        SLEEPS,
        IN_A_THREAD,
        AT_MOST_100,
    ),
)
async def asks_only_when_all_went_well(waiting, commit):
    while True:
        batch = [await waiting.get()]
        while len(batch) < 100 and (not waiting.empty()):
            batch.append(waiting.get_nowait())
        try:
            ids = await asyncio.to_thread(commit, [m for m, _ in batch])
        except Exception as e:
            for _, f in batch:
                f.set_exception(e)
            continue
        for id, (_, f) in zip(ids, batch):
            if not f.done():
                f.set_result(id)


@wrong(
    "12.1",
    "Catch whatever `commit` raises: `except Exception as error`.",
    passes=(
        KEPT,
        TOGETHER,
        SLEEPS,
        IN_A_THREAD,
        AT_MOST_100,
        OTHERS,
    ),
)
async def catches_what_sqlite_raises(waiting, commit):
    import sqlite3

    while True:
        batch = [await waiting.get()]
        while len(batch) < 100 and (not waiting.empty()):
            batch.append(waiting.get_nowait())
        try:
            ids = await asyncio.to_thread(commit, [m for m, _ in batch])
        except sqlite3.Error as e:
            for _, f in batch:
                if not f.done():
                    f.set_exception(e)
            continue
        for id, (_, f) in zip(ids, batch):
            if not f.done():
                f.set_result(id)


@wrong(
    "12.1",
    "Give each client the id of its own measurement, even if another has left.",
    passes=(
        KEPT,
        TOGETHER,
        SLEEPS,
        IN_A_THREAD,
        AT_MOST_100,
        SURVIVES,
    ),
)
async def pairs_the_ids_with_those_who_stayed(waiting, commit):
    while True:
        batch = [await waiting.get()]
        while len(batch) < 100 and (not waiting.empty()):
            batch.append(waiting.get_nowait())
        try:
            ids = await asyncio.to_thread(commit, [m for m, _ in batch])
        except Exception as e:
            for _, f in batch:
                if not f.done():
                    f.set_exception(e)
            continue
        for id, f in zip(ids, [f for _, f in batch if not f.done()]):
            f.set_result(id)


@wrong(
    "12.1",
    "Let the thread do nothing but `commit`. Set the futures after that, on the event loop.",
    passes=(
        KEPT,
        TOGETHER,
        SLEEPS,
        AT_MOST_100,
        SURVIVES,
        OTHERS,
    ),
)
async def sets_them_in_the_thread(waiting, commit):

    def work(batch):
        try:
            ids = commit([m for m, _ in batch])
        except Exception as e:
            for _, f in batch:
                if not f.done():
                    f.set_exception(e)
            return
        for id, (_, f) in zip(ids, batch):
            if not f.done():
                f.set_result(id)

    while True:
        batch = [await waiting.get()]
        while len(batch) < 100 and (not waiting.empty()):
            batch.append(waiting.get_nowait())
        await asyncio.to_thread(work, batch)


@wrong(
    "12.1",
    "Let a cancel end your function: `except Exception` doesn't catch it.",
    passes=(
        KEPT,
        TOGETHER,
        SLEEPS,
        IN_A_THREAD,
        AT_MOST_100,
        OTHERS,
    ),
)
async def catches_its_cancel(waiting, commit):
    while True:
        batch = [await waiting.get()]
        while len(batch) < 100 and (not waiting.empty()):
            batch.append(waiting.get_nowait())
        try:
            ids = await asyncio.to_thread(commit, [m for m, _ in batch])
        except BaseException as e:
            for _, f in batch:
                if not f.done():
                    f.set_exception(e)
            continue
        for id, (_, f) in zip(ids, batch):
            if not f.done():
                f.set_result(id)


@wrong(
    "12.1",
    "Wait for the first with `await waiting.get()`: it sleeps until there is one.",
    passes=(KEPT, TOGETHER, IN_A_THREAD, AT_MOST_100, SURVIVES, OTHERS),
)
async def looks_again_and_again(waiting, commit):
    while True:
        batch = []
        while not waiting.empty() and len(batch) < 100:
            batch.append(waiting.get_nowait())
        if batch:
            try:
                ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
            except Exception as error:
                for _, kept in batch:
                    if not kept.done():
                        kept.set_exception(error)
            else:
                for (_, kept), id in zip(batch, ids, strict=True):
                    if not kept.done():
                        kept.set_result(id)
        await asyncio.sleep(0)


@wrong(
    "12.1",
    "Wait for the first with `await waiting.get()`: it sleeps until there is one.",
    passes=(KEPT, TOGETHER, IN_A_THREAD, AT_MOST_100, SURVIVES, OTHERS),
)
async def looks_every_ten_milliseconds(waiting, commit):
    while True:
        batch = []
        while not waiting.empty() and len(batch) < 100:
            batch.append(waiting.get_nowait())
        if not batch:
            await asyncio.sleep(0.01)
            continue
        try:
            ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        except Exception as error:
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
        else:
            for (_, kept), id in zip(batch, ids, strict=True):
                if not kept.done():
                    kept.set_result(id)


@wrong("12.1", "Commit what is there; do not wait for more.")
async def waits_for_a_hundred(waiting, commit):
    while True:
        batch = [await waiting.get() for _ in range(100)]
        ids = await asyncio.to_thread(commit, [measurement for measurement, _ in batch])
        for (_, kept), id in zip(batch, ids, strict=True):
            if not kept.done():
                kept.set_result(id)


# --- 12.2 ---

HEAR = "Three clients by events and one by WebSocket hear all texts, in order, and the end"
DROPS = "A slow follower is dropped, and holds nobody up"
LAST = "A follower gets what waits for it before the end"
FORGETS = "Nothing is kept for a follower that has left"


class Follower:
    def __init__(self):
        self.texts, self.reason, self.changed = collections.deque(), "", asyncio.Event()

    def end(self, reason):
        self.reason = reason
        self.changed.set()


@right("12.2")
def with_an_event(room):
    all_of_them = []

    async def follow(send):
        me = Follower()
        all_of_them.append(me)
        try:
            while True:
                await me.changed.wait()
                me.changed.clear()
                while me.texts:
                    await send(me.texts.popleft())
                if me.reason:
                    return me.reason
        finally:
            if me in all_of_them:
                all_of_them.remove(me)

    def tell(text):
        for one in list(all_of_them):
            if text is None:
                one.end("the end")
            elif len(one.texts) == room:
                all_of_them.remove(one)
                one.texts.clear()
                one.end("too slow")
            else:
                one.texts.append(text)
                one.changed.set()

    return follow, tell


@right("12.2")
def makes_room_for_the_last_word(room):
    queues = set()

    async def follow(send):
        queue = asyncio.Queue(room)
        queues.add(queue)
        try:
            while (text := await queue.get()) not in (None, False):
                await send(text)
            return "the end" if text is None else "too slow"
        finally:
            queues.discard(queue)

    def tell(text):
        for queue in queues.copy():
            try:
                queue.put_nowait(text)
            except asyncio.QueueFull:
                if text is None:
                    asyncio.get_running_loop().create_task(queue.put(None))
                else:
                    queues.discard(queue)
                    queue.get_nowait()
                    while not queue.empty():
                        queue.get_nowait()
                    queue.put_nowait(False)

    return follow, tell


def queues_with(bound, on_full, *, copy=True, forget=True):
    def feed(room):
        queues = set()

        async def follow(send):
            queue = asyncio.Queue(bound(room))
            queues.add(queue)
            try:
                while (text := await queue.get()) not in (None, False):
                    await send(text)
                return "the end" if text is None else "too slow"
            finally:
                if forget:
                    queues.discard(queue)

        def tell(text):
            for queue in tuple(queues) if copy else queues:
                if text is not None and queue.qsize() >= room:
                    on_full(queues, queue, text)
                else:
                    queue.put_nowait(text)

        return follow, tell

    return feed


def drops(queues, queue, text):
    queues.discard(queue)
    queue.put_nowait(False)


@wrong("12.2", "Bound what waits for one follower: when `room` texts wait, drop it.", passes=(HEAR, FORGETS))
def unbounded(room):
    return queues_with(lambda room: 0, lambda queues, queue, text: queue.put_nowait(text))(room)


@wrong("12.2", "Drop the follower, not the text.", passes=(HEAR, FORGETS))
def loses_the_text(room):
    return queues_with(lambda room: 0, lambda queues, queue, text: None)(room)


@wrong("12.2", "Drop the follower, not the text.", passes=(HEAR, FORGETS))
def loses_the_oldest_text(room):
    def on_full(queues, queue, text):
        queue.get_nowait()
        queue.put_nowait(text)

    return queues_with(lambda room: 0, on_full)(room)


@wrong("12.2", "When a follower's queue is full, drop that follower, and tell the others.", passes=(HEAR, FORGETS))
def lets_queue_full_out(room):
    return queues_with(lambda room: room, lambda queues, queue, text: queue.put_nowait(text))(room)


@wrong("12.2", "Go through a copy of the followers: `for … in tuple(followers)`.", passes=(HEAR, FORGETS))
def changes_the_set_meanwhile(room):
    return queues_with(lambda room: 0, drops, copy=False)(room)


@wrong("12.2", "Forget a follower however its `follow` ends: in a `finally`.", passes=(HEAR, DROPS, LAST))
def never_forgets(room):
    return queues_with(lambda room: 0, drops, forget=False)(room)


@wrong(
    "12.2",
    'When a follower has been dropped, let its `follow` return "too slow".',
    passes=(HEAR, FORGETS),
)
def drops_without_a_word(room):
    return queues_with(lambda room: 0, lambda queues, queue, text: queues.discard(queue))(room)


@wrong("12.2", "Keep room for the last word: the end, or the reason.", passes=(HEAR, DROPS, FORGETS))
def no_room_for_the_last_word(room):
    def on_full(queues, queue, text):
        queues.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(False)

    return queues_with(lambda room: room, on_full)(room)


@wrong("12.2", "Let a cancel come out of `follow`.", passes=(HEAR, DROPS, LAST))
def takes_each_cancel_for_a_drop(room):
    follow, tell = with_an_event(room)

    async def swallows(send):
        try:
            return await follow(send)
        except asyncio.CancelledError:
            return "too slow"

    return swallows, tell


@wrong("12.2", "Make `tell` an ordinary function, with `put_nowait`.")
def waits_for_the_slowest(room):
    queues = set()

    async def follow(send):
        queue = asyncio.Queue(room)
        queues.add(queue)
        try:
            while (text := await queue.get()) is not None:
                await send(text)
            return "the end"
        finally:
            queues.discard(queue)

    async def tell(text):
        for queue in tuple(queues):
            await queue.put(text)

    return follow, tell


@wrong("12.2", "Give each follower a queue of its own.")
def one_queue_for_all(room):
    queue = asyncio.Queue()

    async def follow(send):
        while (text := await queue.get()) is not None:
            await send(text)
        queue.put_nowait(None)
        return "the end"

    def tell(text):
        queue.put_nowait(text)

    return follow, tell


@wrong("12.2", "Let `follow` return when `tell(None)` has come.")
def never_ends(room):
    queues = set()

    async def follow(send):
        queue = asyncio.Queue(room)
        queues.add(queue)
        try:
            while True:
                await send(await queue.get())
        finally:
            queues.discard(queue)

    def tell(text):
        for queue in tuple(queues):
            if text is None:
                continue
            try:
                queue.put_nowait(text)
            except asyncio.QueueFull:
                queues.discard(queue)

    return follow, tell


@right("12.2")
def waits_for_a_future_that_drops(room):
    queues = {}
    state = {"over": False}

    class TooSlow(Exception):
        pass

    async def follow(send):
        if state["over"]:
            return "the end"
        key = object()
        q = asyncio.Queue()
        dropped = asyncio.get_running_loop().create_future()
        queues[key] = (q, dropped)

        async def pump():
            while (text := (await q.get())) is not None:
                await send(text)
            return "the end"

        task = asyncio.create_task(pump())
        try:
            done, _ = await asyncio.wait([task, dropped], return_when=asyncio.FIRST_COMPLETED)
            if dropped in done:
                return "too slow"
            return task.result()
        finally:
            queues.pop(key, None)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def tell(text):
        if text is None:
            state["over"] = True
        for key, (q, dropped) in list(queues.items()):
            if text is not None and q.qsize() >= room:
                del queues[key]
                dropped.done() or dropped.set_result(None)
            else:
                q.put_nowait(text)

    return (follow, tell)


@wrong(
    "12.2",
    "Drop a follower as soon as a text comes while `room` texts wait for it.",
    passes=(
        HEAR,
        FORGETS,
    ),
)
def has_room_for_one_more(room):
    queues, dropped = (set(), set())

    async def follow(send):
        q = asyncio.Queue()
        queues.add(q)
        try:
            while True:
                t = await q.get()
                if q in dropped:
                    return "too slow"
                if t is None:
                    return "the end"
                await send(t)
        finally:
            queues.discard(q)
            dropped.discard(q)

    def tell(text):
        for q in list(queues):
            if text is None:
                q.put_nowait(None)
            elif q.qsize() > room:
                dropped.add(q)
                queues.discard(q)
                q.put_nowait(None)
            else:
                q.put_nowait(text)

    return (follow, tell)


@wrong(
    "12.2",
    "Send an empty text, too: only None is the end.",
    passes=(
        HEAR,
        FORGETS,
    ),
)
def takes_an_empty_text_for_the_end(room):
    queues, dropped = (set(), set())
    over = False

    async def follow(send):
        if over:
            return "the end"
        q = asyncio.Queue()
        queues.add(q)
        try:
            while True:
                t = await q.get()
                if q in dropped:
                    return "too slow"
                if not t:
                    return "the end"
                await send(t)
        finally:
            queues.discard(q)
            dropped.discard(q)

    def tell(text):
        nonlocal over
        for q in list(queues):
            if not text:
                q.put_nowait(None)
                over = True
            elif q.qsize() >= room:
                dropped.add(q)
                queues.discard(q)
                q.put_nowait(None)
            else:
                q.put_nowait(text)

    return (follow, tell)


@wrong(
    "12.2",
    "Go through a copy of the followers: `for … in tuple(followers)`.",
    passes=(
        HEAR,
        FORGETS,
    ),
)
def changes_the_list_meanwhile(room):
    queues, dropped = ([], [])
    over = False

    async def follow(send):
        if over:
            return "the end"
        q = asyncio.Queue()
        queues.append(q)
        try:
            while True:
                t = await q.get()
                if q in dropped:
                    return "too slow"
                if t is None:
                    return "the end"
                await send(t)
        finally:
            if q in queues:
                queues.remove(q)

    def tell(text):
        nonlocal over
        for q in queues:
            if text is None:
                q.put_nowait(None)
                over = True
            elif q.qsize() >= room:
                dropped.append(q)
                queues.remove(q)
                q.put_nowait(None)
            else:
                q.put_nowait(text)

    return (follow, tell)


@wrong(
    "12.2",
    "Keep for each follower by itself why it ends.",
    passes=(
        HEAR,
        FORGETS,
    ),
)
def drops_with_a_flag_for_all(room):
    queues = set()
    slow = over = False

    async def follow(send):
        if over:
            return "the end"
        q = asyncio.Queue()
        queues.add(q)
        try:
            while True:
                t = await q.get()
                if slow and t is None:
                    return "too slow"
                if t is None:
                    return "the end"
                await send(t)
        finally:
            queues.discard(q)

    def tell(text):
        nonlocal over, slow
        for q in list(queues):
            if text is None:
                q.put_nowait(None)
                over = True
            elif q.qsize() >= room:
                slow = True
                queues.discard(q)
                q.put_nowait(None)
            else:
                q.put_nowait(text)

    return (follow, tell)


@wrong(
    "12.2",
    "Forget a follower that you drop: its queue, too.",
    passes=(
        HEAR,
        DROPS,
        LAST,
    ),
)
def remembers_whom_it_dropped(room):
    queues, dropped = (set(), set())
    over = False

    async def follow(send):
        if over:
            return "the end"
        q = asyncio.Queue()
        queues.add(q)
        try:
            while True:
                t = await q.get()
                if q in dropped:
                    return "too slow"
                if t is None:
                    return "the end"
                await send(t)
        finally:
            queues.discard(q)

    def tell(text):
        nonlocal over
        for q in list(queues):
            if text is None:
                q.put_nowait(None)
                over = True
            elif q.qsize() >= room:
                dropped.add(q)
                queues.discard(q)
                q.put_nowait(None)
            else:
                q.put_nowait(text)

    return (follow, tell)


@wrong("12.2", "Make `follow` a coroutine function, and return it first: `return follow, tell`.")
def returns_them_in_another_order(room):
    follow, tell = with_an_event(room)
    return tell, follow


@wrong("12.2", "Find out why it raises.")
def a_dictionary_for_a_set(room):
    queues = {}

    async def follow(send):
        queue = asyncio.Queue()
        queues.add(queue)
        while (text := await queue.get()) is not None:
            await send(text)
        return "the end"

    def tell(text):
        for queue in tuple(queues):
            queue.put_nowait(text)

    return follow, tell


@wrong("12.2", "Give each follower a queue of its own.")
def one_queue_and_one_end(room):
    waiting = asyncio.Queue(room)

    async def follow(send):
        while (text := await waiting.get()) is not None:
            await send(text)
        return "the end"

    return follow, waiting.put_nowait


# --- 12.3 ---

BOUNDS = "Five requests get in at a time, and the others are refused immediately"
RATES = "A client that comes too often is told when to come again"
LIMITS = "A handler that takes too long is cancelled, and its client gets 504"
GIVES_BACK = "A slot is given back however the handler ends"
LETS_OUT = "Exceptions of the handler are not caught"


def refused(request, wait_s, slots, round_up=math.ceil):
    seconds = wait_s(request.remote)
    if seconds:
        return web.Response(status=429, headers={"Retry-After": str(round_up(seconds))})
    if slots.locked():
        return web.Response(status=503, headers={"Retry-After": "1"})
    return None


@right("12.3")
async def acquires_and_releases(request, handler, wait_s, slots, limit_s):
    no = refused(request, wait_s, slots)
    if no is not None:
        return no
    await slots.acquire()
    task = asyncio.ensure_future(handler(request))
    try:
        done, _ = await asyncio.wait([task], timeout=limit_s)
        return task.result() if done else web.Response(status=504)
    finally:
        task.cancel()
        await asyncio.wait([task])
        slots.release()


@right("12.3")
async def raises_its_refusals(request, handler, wait_s, slots, limit_s):
    if (seconds := wait_s(request.remote)) > 0:
        raise web.HTTPTooManyRequests(headers={"Retry-After": f"{math.ceil(seconds)}"})
    if slots.locked():
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"})
    limit = asyncio.timeout(limit_s)
    try:
        async with slots, limit:
            return await handler(request)
    except TimeoutError:
        if limit.expired():
            raise web.HTTPGatewayTimeout from None
        raise


@wrong(
    "12.3",
    "When no slot is free, answer 503 at once: do not let it wait for one.",
    passes=(RATES, LIMITS, LETS_OUT),
)
async def lets_them_wait(request, handler, wait_s, slots, limit_s):
    if (seconds := wait_s(request.remote)) > 0:
        return web.Response(status=429, headers={"Retry-After": str(math.ceil(seconds))})
    async with slots:
        try:
            async with asyncio.timeout(limit_s) as limit:
                return await handler(request)
        except TimeoutError:
            if not limit.expired():
                raise
            return web.Response(status=504)


@wrong(
    "12.3",
    "Give the slot back however the handler ends: `async with slots`, or a `finally`.",
    passes=(BOUNDS, RATES, LIMITS, LETS_OUT),
)
async def releases_after_it_went_well(request, handler, wait_s, slots, limit_s):
    no = refused(request, wait_s, slots)
    if no is not None:
        return no
    await slots.acquire()
    try:
        async with asyncio.timeout(limit_s) as limit:
            response = await handler(request)
    except TimeoutError:
        slots.release()
        if limit.expired():
            return web.Response(status=504)
        raise
    slots.release()
    return response


@wrong(
    "12.3",
    "Give the handler a time limit: `async with asyncio.timeout(limit_s)`.",
    passes=(BOUNDS, RATES, GIVES_BACK, LETS_OUT),
)
async def without_a_limit(request, handler, wait_s, slots, limit_s):
    no = refused(request, wait_s, slots)
    if no is not None:
        return no
    async with slots:
        return await handler(request)


@wrong(
    "12.3",
    "Answer 504 only for your own limit: ask `limit.expired()`.",
    passes=(BOUNDS, RATES, GIVES_BACK, LETS_OUT),
)
async def takes_every_timeout_for_its_own(request, handler, wait_s, slots, limit_s):
    no = refused(request, wait_s, slots)
    if no is not None:
        return no
    async with slots:
        try:
            return await asyncio.wait_for(handler(request), limit_s)
        except TimeoutError:
            return web.Response(status=504)


@wrong("12.3", "When the limit is over, answer 504.", passes=(BOUNDS, RATES, GIVES_BACK, LETS_OUT))
async def lets_the_timeout_out(request, handler, wait_s, slots, limit_s):
    no = refused(request, wait_s, slots)
    if no is not None:
        return no
    async with slots, asyncio.timeout(limit_s):
        return await handler(request)


@wrong(
    "12.3",
    "Put the seconds into the header Retry-After, as a whole number, rounded up.",
    passes=(BOUNDS, LIMITS, GIVES_BACK, LETS_OUT),
)
async def rounds_down(request, handler, wait_s, slots, limit_s):
    no = refused(request, wait_s, slots, int)
    if no is not None:
        return no
    limit = asyncio.timeout(limit_s)
    try:
        async with slots, limit:
            return await handler(request)
    except TimeoutError:
        if limit.expired():
            return web.Response(status=504)
        raise


@wrong("12.3", "A header is text: `str(math.ceil(seconds))`.", passes=(BOUNDS, LIMITS, GIVES_BACK, LETS_OUT))
async def a_number_in_the_header(request, handler, wait_s, slots, limit_s):
    if (seconds := wait_s(request.remote)) > 0:
        return web.Response(status=429, headers={"Retry-After": math.ceil(seconds)})
    return await acquires_and_releases(request, handler, lambda _: 0, slots, limit_s)


@wrong("12.3", "Do not catch what the handler raises.", passes=(BOUNDS, RATES, LIMITS, GIVES_BACK))
async def catches_everything(request, handler, wait_s, slots, limit_s):
    no = refused(request, wait_s, slots)
    if no is not None:
        return no
    async with slots:
        try:
            async with asyncio.timeout(limit_s) as limit:
                return await handler(request)
        except Exception:
            return web.Response(status=504 if limit.expired() else 500)


@wrong("12.3", "Hold a slot while the handler runs: `async with slots`.", passes=(RATES, LIMITS, LETS_OUT))
async def looks_and_takes_none(request, handler, wait_s, slots, limit_s):
    no = refused(request, wait_s, slots)
    if no is not None:
        return no
    try:
        async with asyncio.timeout(limit_s) as limit:
            return await handler(request)
    except TimeoutError:
        if limit.expired():
            return web.Response(status=504)
        raise


@wrong(
    "12.3",
    "Ask `wait_s(request.remote)` first, and answer 429 when it says more than 0.",
    passes=(BOUNDS, LIMITS, GIVES_BACK, LETS_OUT),
)
async def no_rate(request, handler, wait_s, slots, limit_s):
    no = refused(request, lambda client: 0, slots)
    if no is not None:
        return no
    limit = asyncio.timeout(limit_s)
    try:
        async with slots, limit:
            return await handler(request)
    except TimeoutError:
        if limit.expired():
            return web.Response(status=504)
        raise


def a_refusal(status, after=None):
    return web.Response(status=status, headers={} if after is None else {"Retry-After": str(after)})


@right("12.3")
async def acquires_with_no_time_at_all(request, handler, wait_s, slots, limit_s):
    s = wait_s(request.remote)
    if s > 0:
        return a_refusal(429, math.ceil(s))
    try:
        async with asyncio.timeout(0):
            await slots.acquire()
    except TimeoutError:
        return a_refusal(503, 1)
    t = asyncio.timeout(limit_s)
    try:
        async with t:
            return await handler(request)
    except TimeoutError:
        if t.expired():
            return a_refusal(504)
        raise
    finally:
        slots.release()


@wrong(
    "12.3",
    "Round the seconds up with `math.ceil`: 0.4 to 1, and 4 to 4.",
    passes=(
        BOUNDS,
        LIMITS,
        GIVES_BACK,
        LETS_OUT,
    ),
)
async def adds_one_to_the_whole_seconds(request, handler, wait_s, slots, limit_s):
    s = wait_s(request.remote)
    if s > 0:
        return a_refusal(429, int(s) + 1)
    if slots.locked():
        return a_refusal(503, 1)
    async with slots:
        t = asyncio.timeout(limit_s)
        try:
            async with t:
                return await handler(request)
        except TimeoutError:
            if t.expired():
                return a_refusal(504)
            raise


@wrong(
    "12.3",
    "When no slot is free, answer 503 at once: ask `slots.locked()`.",
    passes=(
        RATES,
        LIMITS,
        LETS_OUT,
    ),
)
async def waits_a_little_for_a_slot(request, handler, wait_s, slots, limit_s):
    s = wait_s(request.remote)
    if s > 0:
        return a_refusal(429, math.ceil(s))
    try:
        await asyncio.wait_for(slots.acquire(), 0.05)
    except TimeoutError:
        return a_refusal(503, 1)
    try:
        t = asyncio.timeout(limit_s)
        try:
            async with t:
                return await handler(request)
        except TimeoutError:
            if t.expired():
                return a_refusal(504)
            raise
    finally:
        slots.release()


@wrong(
    "12.3",
    "Give back each slot that you take once, and no more.",
    passes=(
        BOUNDS,
        RATES,
        LIMITS,
        LETS_OUT,
    ),
)
async def gives_back_two(request, handler, wait_s, slots, limit_s):
    s = wait_s(request.remote)
    if s > 0:
        return a_refusal(429, math.ceil(s))
    if slots.locked():
        return a_refusal(503, 1)
    async with slots:
        t = asyncio.timeout(limit_s)
        try:
            async with t:
                return await handler(request)
        except TimeoutError:
            if t.expired():
                slots.release()
                return a_refusal(504)
            raise


@wrong(
    "12.3",
    "Let a cancel come out: don't catch CancelledError.",
    passes=(
        BOUNDS,
        RATES,
        LIMITS,
        GIVES_BACK,
    ),
)
async def takes_every_cancel_for_its_limit(request, handler, wait_s, slots, limit_s):
    s = wait_s(request.remote)
    if s > 0:
        return a_refusal(429, math.ceil(s))
    if slots.locked():
        return a_refusal(503, 1)
    async with slots:
        task = asyncio.ensure_future(handler(request))
        asyncio.get_running_loop().call_later(limit_s, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return a_refusal(504)


# --- 12.4 ---

GOES_ON = "It goes on through failures, and keeps each temperature"
BACKS_OFF = "It pauses for 5 s after an answer, and longer after each failure in a row, up to 30 s"
JITTERS = "Its pauses are spread over the whole time, from 0 on"
GIVES_UP = "It gives up a request that is not answered within a second"
ALL_KINDS = "Every answer that it can't read counts as a failure"
HEALTH = "`health` says how many failures there were in a row"
BUGS = "A bug in `keep` is not caught"
ENDS = "A cancel ends it"
SOURCE_FAILS = (aiohttp.ClientError, TimeoutError, ValueError, KeyError)


async def temperature_of(session, limit_s=1):
    async with session.get("/weather", timeout=aiohttp.ClientTimeout(total=limit_s)) as response:
        response.raise_for_status()
        return (await response.json())["temperature_c"]


@right("12.4")
async def with_a_function_for_the_request(session, keep, pause, health):
    failures = 0
    while True:
        try:
            temperature = await temperature_of(session)
        except SOURCE_FAILS:
            failures += 1
            health["failures"] = failures
            await pause(random.random() * min(30, 2**failures))
            continue
        failures = health["failures"] = 0
        await keep(temperature)
        await pause(5)


@right("12.4")
async def with_wait_for(session, keep, pause, health):
    async def ask():
        response = await session.get("/weather")
        async with response:
            if response.status != 200:
                raise aiohttp.ClientError(response.status)
            return json.loads(await response.text())["temperature_c"]

    longest = 1
    health["failures"] = 0
    while True:
        temperature = None
        try:
            temperature = await asyncio.wait_for(ask(), 1)
        except (aiohttp.ClientError, TimeoutError, json.JSONDecodeError, KeyError, OSError):
            health["failures"] += 1
            longest = min(30, longest * 2)
        if temperature is None:
            await pause(random.uniform(0, longest))
        else:
            health["failures"], longest = 0, 1
            await keep(temperature)
            await pause(5)


def polls(longest, *, expected=SOURCE_FAILS, limit_s=1, drawn=lambda longest: random.uniform(0, longest)):
    async def poll(session, keep, pause, health):
        health["failures"] = 0
        while True:
            try:
                temperature = await temperature_of(session, limit_s)
            except expected:
                health["failures"] += 1
                await pause(drawn(longest(health["failures"])))
            else:
                health["failures"] = 0
                await keep(temperature)
                await pause(5)

    return poll


def doubled(failures):
    return min(30, 2**failures)


@wrong(
    "12.4",
    "Draw each pause at random: `random.uniform(0, longest)`.",
    passes=(GOES_ON, BACKS_OFF, GIVES_UP, ALL_KINDS, HEALTH, BUGS, ENDS),
)
async def no_jitter(session, keep, pause, health):
    await polls(doubled, drawn=lambda longest: longest)(session, keep, pause, health)


@wrong(
    "12.4",
    "Draw each pause from 0 on: `random.uniform(0, longest)`.",
    passes=(GOES_ON, BACKS_OFF, GIVES_UP, ALL_KINDS, HEALTH, BUGS, ENDS),
)
async def a_little_jitter(session, keep, pause, health):
    await polls(doubled, drawn=lambda longest: longest * random.uniform(0.8, 1))(session, keep, pause, health)


@wrong(
    "12.4",
    "Let the pauses grow: up to `min(30, 2 ** failures)`.",
    passes=(GOES_ON, GIVES_UP, ALL_KINDS, HEALTH, BUGS, ENDS),
)
async def always_a_second(session, keep, pause, health):
    await polls(lambda failures: 1)(session, keep, pause, health)


@wrong(
    "12.4",
    "Pause for 30 s at the most: `min(30, 2 ** failures)`.",
    passes=(GOES_ON, GIVES_UP, ALL_KINDS, HEALTH, BUGS, ENDS),
)
async def without_a_longest(session, keep, pause, health):
    await polls(lambda failures: 2**failures)(session, keep, pause, health)


@wrong(
    "12.4",
    "Give each request a time limit: `async with asyncio.timeout(1)`, the reading of its body included.",
    passes=(GOES_ON, BACKS_OFF, JITTERS, ALL_KINDS, HEALTH, BUGS, ENDS),
)
async def waits_for_ever(session, keep, pause, health):
    await polls(doubled, limit_s=None)(session, keep, pause, health)


@wrong(
    "12.4",
    "Count an answer that you can't read as a failure, too: ValueError and KeyError.",
    passes=(GOES_ON, BACKS_OFF, JITTERS, GIVES_UP, HEALTH, BUGS, ENDS),
)
async def trusts_what_it_reads(session, keep, pause, health):
    await polls(doubled, expected=(aiohttp.ClientError, TimeoutError))(session, keep, pause, health)


@wrong(
    "12.4",
    "Catch what the source can do, and nothing else: call `keep` outside of the `try`.",
    passes=(GOES_ON, BACKS_OFF, JITTERS, GIVES_UP, ALL_KINDS, HEALTH, ENDS),
)
async def catches_bugs_too(session, keep, pause, health):
    health["failures"] = 0
    while True:
        try:
            await keep(await temperature_of(session))
            health["failures"] = 0
            await pause(5)
        except Exception:
            health["failures"] += 1
            await pause(random.uniform(0, doubled(health["failures"])))


@wrong(
    "12.4",
    'After an answer, set `health["failures"]` back to 0.',
    passes=(GOES_ON, BACKS_OFF, JITTERS, GIVES_UP, ALL_KINDS, BUGS, ENDS),
)
async def counts_them_all(session, keep, pause, health):
    health["failures"] = 0
    while True:
        try:
            temperature = await temperature_of(session)
        except SOURCE_FAILS:
            health["failures"] += 1
            await pause(random.uniform(0, doubled(health["failures"])))
        else:
            await keep(temperature)
            await pause(5)


@wrong(
    "12.4",
    "Give each request a time limit: `async with asyncio.timeout(1)`, the reading of its body included.",
    passes=(GOES_ON, BACKS_OFF, JITTERS, ALL_KINDS, HEALTH, BUGS, ENDS),
)
async def reads_the_body_without_a_limit(session, keep, pause, health):
    health["failures"] = 0
    while True:
        try:
            async with asyncio.timeout(1):
                response = await session.get("/weather")
            response.raise_for_status()
            temperature = (await response.json())["temperature_c"]
        except SOURCE_FAILS:
            health["failures"] += 1
            await pause(random.uniform(0, doubled(health["failures"])))
        else:
            health["failures"] = 0
            await keep(temperature)
            await pause(5)


@wrong("12.4", 'Ask the source: `session.get("/weather")`.')
async def asks_nobody(session, keep, pause, health):
    health["failures"] = 0


@wrong("12.4", "Look at the status: `response.raise_for_status()`.")
async def takes_any_answer(session, keep, pause, health):
    health["failures"] = 0
    while True:
        try:
            async with asyncio.timeout(1), session.get("/weather") as response:
                temperature = (await response.json())["temperature_c"]
        except SOURCE_FAILS:
            health["failures"] += 1
            await pause(random.uniform(0, doubled(health["failures"])))
        else:
            health["failures"] = 0
            await keep(temperature)
            await pause(5)


@wrong(
    "12.4",
    "Catch what the source can do to you: `aiohttp.ClientError`, `TimeoutError`, an answer that is not JSON.",
)
async def expects_no_failure(session, keep, pause, health):
    while True:
        await keep(await temperature_of(session))
        await pause(5)


def drawn(failures):
    return random.uniform(0, min(2**failures, 30))


@right("12.4")
async def waits_for_a_task(session, keep, pause, health):

    async def ask():
        async with session.get("/weather") as response:
            assert response.ok
            return (await response.json())["temperature_c"]

    n = 0
    while True:
        job = asyncio.ensure_future(ask())
        try:
            await asyncio.wait([job], timeout=1)
        finally:
            job.cancel()
        await asyncio.gather(job, return_exceptions=True)
        if not job.cancelled() and job.exception() is None:
            n = 0
            health["failures"] = n
            await keep(job.result())
            await pause(5)
        else:
            n += 1
            health["failures"] = n
            await pause(random.uniform(0, min(2**n, 30)))


@wrong(
    "12.4",
    "Catch what the source can do, and nothing else: call `keep` outside of the `try`.",
    passes=(
        GOES_ON,
        BACKS_OFF,
        JITTERS,
        GIVES_UP,
        ALL_KINDS,
        HEALTH,
        ENDS,
    ),
)
async def limits_the_keeping_too(session, keep, pause, health):
    n = 0
    while True:
        try:
            async with asyncio.timeout(1):
                async with session.get("/weather") as resp:
                    resp.raise_for_status()
                    t = (await resp.json())["temperature_c"]
                n = 0
                health["failures"] = 0
                await keep(t)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
            n += 1
            health["failures"] = n
            await pause(drawn(n))
        else:
            await pause(5)


@wrong(
    "12.4",
    "After the nth failure in a row, draw from 0 to 2 ** n seconds: for the first, from 0 to 2.",
    passes=(
        GOES_ON,
        GIVES_UP,
        ALL_KINDS,
        HEALTH,
        BUGS,
        ENDS,
    ),
)
async def doubles_from_one(session, keep, pause, health):
    n = 0
    while True:
        try:
            async with asyncio.timeout(1), session.get("/weather") as resp:
                resp.raise_for_status()
                t = (await resp.json())["temperature_c"]
        except Exception:
            n += 1
            health["failures"] = n
            await pause(random.uniform(0, min(2 ** (n - 1), 30)))
        else:
            n = 0
            health["failures"] = 0
            await keep(t)
            await pause(5)


@wrong(
    "12.4",
    "Keep a temperature of 0, too.",
    passes=(
        GOES_ON,
        BACKS_OFF,
        JITTERS,
        GIVES_UP,
        HEALTH,
        BUGS,
        ENDS,
    ),
)
async def takes_zero_for_nothing(session, keep, pause, health):
    n = 0
    while True:
        t = None
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1), session.get("/weather") as resp:
                resp.raise_for_status()
                t = (await resp.json())["temperature_c"]
        if not t:
            n += 1
            health["failures"] = n
            await pause(drawn(n))
        else:
            n = 0
            health["failures"] = 0
            await keep(t)
            await pause(5)


@wrong(
    "12.4",
    "Look at the status: `response.raise_for_status()`.",
    passes=(
        GOES_ON,
        BACKS_OFF,
        JITTERS,
        GIVES_UP,
        HEALTH,
        BUGS,
        ENDS,
    ),
)
async def looks_for_500_and_more(session, keep, pause, health):
    n = 0
    while True:
        try:
            async with asyncio.timeout(1), session.get("/weather") as resp:
                assert resp.status < 500
                t = (await resp.json())["temperature_c"]
        except Exception:
            n += 1
            health["failures"] = n
            await pause(drawn(n))
        else:
            n = 0
            health["failures"] = 0
            await keep(t)
            await pause(5)


@wrong(
    "12.4",
    "Let a cancel end your function: `except Exception` doesn't catch it.",
    passes=(
        GOES_ON,
        BACKS_OFF,
        JITTERS,
        GIVES_UP,
        ALL_KINDS,
        HEALTH,
        BUGS,
    ),
)
async def counts_a_cancel_as_a_failure(session, keep, pause, health):
    n = 0
    while True:
        try:
            async with asyncio.timeout(1), session.get("/weather") as resp:
                resp.raise_for_status()
                t = (await resp.json())["temperature_c"]
        except BaseException:
            n += 1
            health["failures"] = n
            await pause(drawn(n))
        else:
            n = 0
            health["failures"] = 0
            await keep(t)
            await pause(5)


@wrong("12.4", 'Before the first request set `health["failures"]` to 0: you get `health` empty.')
async def adds_to_what_is_not_there(session, keep, pause, health):
    while True:
        try:
            temperature = await temperature_of(session)
        except SOURCE_FAILS:
            health["failures"] += 1
            await pause(random.uniform(0, doubled(health["failures"])))
        else:
            await keep(temperature)
            health["failures"] = 0
            await pause(5)


@right("12.4")
async def draws_whole_seconds(session, keep, pause, health):
    health["failures"] = 0
    while True:
        try:
            temperature = await temperature_of(session)
        except SOURCE_FAILS:
            health["failures"] += 1
            await pause(random.randint(0, doubled(health["failures"])))
        else:
            await keep(temperature)
            health["failures"] = 0
            await pause(5)


# --- 12.5 ---

SERVES = "It serves until it is told to stop"
REFUSES = "No new client after the stop"
FINISHES = "Requests in flight are answered, and only then is the store closed"
TELLS = "Followers are told at once"
IN_TIME = "It waits for requests in flight, but not for ever"
CLOSES = "The store is closed however it ends"


@right("12.5")
async def with_an_exit_stack(app, store, followers, stop, announce, grace_s):
    async with contextlib.AsyncExitStack() as stack:
        await store.open()
        stack.push_async_callback(store.close)
        runner = web.AppRunner(app, shutdown_timeout=grace_s)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stack.callback(followers.end)
        announce(runner.addresses[0][1])
        await stop.wait()


@right("12.5")
async def with_the_hooks_of_the_application(app, store, followers, stop, announce, grace_s):
    async def end_the_followers(_):
        followers.end()

    async def open_and_close(_):
        await store.open()
        yield
        await store.close()

    app.on_shutdown.append(end_the_followers)
    app.cleanup_ctx.append(open_and_close)
    runner = web.AppRunner(app, shutdown_timeout=grace_s)
    try:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        announce(site._server.sockets[0].getsockname()[1])
        await stop.wait()
    finally:
        try:
            await runner.cleanup()
        finally:
            await app.cleanup()  # does nothing a second time


async def begun(app, store, announce, grace_s):
    await store.open()
    runner = web.AppRunner(app, shutdown_timeout=grace_s)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    announce(runner.addresses[0][1])
    return runner, site


@wrong("12.5", 'Listen on 127.0.0.1 alone: `web.TCPSite(runner, "127.0.0.1", 0)`.')
async def listens_on_every_address(app, store, followers, stop, announce, grace_s):
    await store.open()
    try:
        runner = web.AppRunner(app, shutdown_timeout=grace_s)
        try:
            await runner.setup()
            site = web.TCPSite(runner, "0.0.0.0", 0)
            await site.start()
            announce(runner.addresses[0][1])
            await stop.wait()
            await site.stop()
        finally:
            followers.end()
            await runner.cleanup()
    finally:
        await store.close()


@wrong(
    "12.5",
    "Close the store last, when no request is in flight any more.",
    passes=(SERVES, REFUSES, IN_TIME, CLOSES),
)
async def closes_the_store_first(app, store, followers, stop, announce, grace_s):
    runner, site = await begun(app, store, announce, grace_s)
    try:
        await stop.wait()
        await site.stop()
    finally:
        followers.end()
        await store.close()
        await runner.cleanup()


@wrong(
    "12.5",
    "Let requests in flight end before you do: `await runner.cleanup()` waits, for `shutdown_timeout`.",
    passes=(SERVES, REFUSES, IN_TIME, CLOSES),
)
async def waits_for_nothing(app, store, followers, stop, announce, grace_s):
    runner, site = await begun(app, store, announce, 0.01)
    try:
        await stop.wait()
        await site.stop()
    finally:
        followers.end()
        await runner.cleanup()
        await store.close()


@wrong(
    "12.5",
    "End the followers before you wait: `followers.end()`.",
    passes=(SERVES, REFUSES, FINISHES, IN_TIME),
)
async def forgets_the_followers(app, store, followers, stop, announce, grace_s):
    runner, _ = await begun(app, store, announce, grace_s)
    try:
        await stop.wait()
    finally:
        await runner.cleanup()
        followers.end()
        await store.close()


@wrong(
    "12.5",
    "Bound the wait: `web.AppRunner(app, shutdown_timeout=grace_s)`.",
    passes=(SERVES, REFUSES, FINISHES, TELLS),
)
async def waits_as_long_as_it_takes(app, store, followers, stop, announce, grace_s):
    runner, site = await begun(app, store, announce, 60)
    try:
        await stop.wait()
        await site.stop()
    finally:
        followers.end()
        await runner.cleanup()
        await store.close()


@wrong(
    "12.5",
    "Bound the wait: `web.AppRunner(app, shutdown_timeout=grace_s)`.",
    passes=(SERVES, REFUSES, FINISHES, TELLS),
)
async def waits_a_second_whatever_it_is_given(app, store, followers, stop, announce, grace_s):
    runner, site = await begun(app, store, announce, 1)
    try:
        await stop.wait()
        await site.stop()
    finally:
        followers.end()
        await runner.cleanup()
        await store.close()


@wrong(
    "12.5",
    "Close the store in a `finally`: a cancel ends your function, too.",
    passes=(SERVES, REFUSES, FINISHES, TELLS, IN_TIME),
)
async def without_a_finally(app, store, followers, stop, announce, grace_s):
    runner, site = await begun(app, store, announce, grace_s)
    await stop.wait()
    await site.stop()
    followers.end()
    await runner.cleanup()
    await store.close()


@wrong(
    "12.5",
    "After a cancel, stop the server as well, and let the cancel come out.",
    passes=(SERVES, REFUSES, FINISHES, TELLS, IN_TIME),
)
async def closes_only_the_store_after_a_cancel(app, store, followers, stop, announce, grace_s):
    runner, site = await begun(app, store, announce, grace_s)
    try:
        await stop.wait()
        await site.stop()
        followers.end()
        await runner.cleanup()
    finally:
        await store.close()


@wrong("12.5", "Go on serving until `stop` is set.")
async def awaits_an_event(app, store, followers, stop, announce, grace_s):
    runner, _ = await begun(app, store, announce, grace_s)
    try:
        await stop
    finally:
        await runner.cleanup()
        await store.close()


@wrong("12.5", "First of all stop listening: `await site.stop()`.", passes=(SERVES, FINISHES, TELLS, IN_TIME))
async def keeps_the_door_open(app, store, followers, stop, announce, grace_s):
    runner, _ = await begun(app, store, announce, grace_s)
    try:
        await stop.wait()
        followers.end()
        await asyncio.sleep(min(0.8, grace_s / 2))
    finally:
        followers.end()
        await runner.cleanup()
        await store.close()


@wrong("12.5", "Close the store: `await store.close()`.", passes=(SERVES, REFUSES, IN_TIME))
async def leaves_it_open(app, store, followers, stop, announce, grace_s):
    runner, _ = await begun(app, store, announce, grace_s)
    try:
        await stop.wait()
    finally:
        followers.end()
        await runner.cleanup()


@wrong("12.5", "Open the store before you serve: `await store.open()`.")
async def never_opens_it(app, store, followers, stop, announce, grace_s):
    runner = web.AppRunner(app, shutdown_timeout=grace_s)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    announce(runner.addresses[0][1])
    try:
        await stop.wait()
    finally:
        followers.end()
        await runner.cleanup()
        await store.close()


@wrong("12.5", "Announce the port alone, as a number: `announce(runner.addresses[0][1])`.")
async def announces_the_address(app, store, followers, stop, announce, grace_s):
    runner, _ = await begun(app, store, lambda port: announce(("127.0.0.1", port)), grace_s)
    try:
        await stop.wait()
    finally:
        followers.end()
        await runner.cleanup()
        await store.close()


@wrong("12.5", "Go on serving until `stop` is set.")
async def returns_at_once(app, store, followers, stop, announce, grace_s):
    runner, _ = await begun(app, store, announce, grace_s)
    followers.end()
    await runner.cleanup()
    await store.close()


async def listening(app, grace_s, **kw):
    runner = web.AppRunner(app, shutdown_timeout=grace_s, **kw)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return (runner, site)


@right("12.5")
async def with_a_stack(app, store, followers, stop, announce, grace_s):
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        await store.open()
        runner = web.AppRunner(app, shutdown_timeout=grace_s)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        announce(runner.addresses[0][1])
        await stop.wait()
        await site.stop()
        followers.end()


@wrong(
    "12.5",
    "Begin the `try` right after `store.open()`: the lines that start the server may raise, too.",
    passes=(
        SERVES,
        REFUSES,
        FINISHES,
        TELLS,
        IN_TIME,
    ),
)
async def tries_once_it_listens(app, store, followers, stop, announce, grace_s):
    await store.open()
    runner, site = await listening(app, grace_s)
    try:
        announce(runner.addresses[0][1])
        await stop.wait()
        await site.stop()
        followers.end()
    finally:
        try:
            await runner.cleanup()
        finally:
            await store.close()


@wrong(
    "12.5",
    "Close the store in a `finally` of its own: `runner.cleanup()` can be cancelled, too.",
    passes=(
        SERVES,
        REFUSES,
        FINISHES,
        TELLS,
        IN_TIME,
    ),
)
async def closes_in_the_same_finally(app, store, followers, stop, announce, grace_s):
    await store.open()
    runner = None
    try:
        runner, site = await listening(app, grace_s)
        announce(runner.addresses[0][1])
        await stop.wait()
        await site.stop()
        followers.end()
    finally:
        if runner:
            await runner.cleanup()
        await store.close()

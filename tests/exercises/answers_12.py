"""Answers to the milestones of 12, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import collections
import contextlib
import math
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from tests.exercises.answers import right, wrong

# --- 12.1 ---

KEPT = "Forty measurements: each is answered after its commit, with its id"
TOGETHER = "What waits is committed together"
IN_A_THREAD = "The event loop goes on during a commit"
AT_MOST_100 = "At most 100 in a commit"
SURVIVES = "A commit that fails is told to those who wait, and the next one is tried"
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
    "Take all that wait into one commit, not one alone.",
    passes=(IN_A_THREAD, SURVIVES, OTHERS),
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
    passes=(KEPT, TOGETHER, AT_MOST_100, SURVIVES),
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
    "When `commit` raises, tell those who wait, and go on.",
    passes=(KEPT, TOGETHER, IN_A_THREAD, AT_MOST_100, OTHERS),
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
    passes=(KEPT, TOGETHER, IN_A_THREAD, AT_MOST_100, OTHERS),
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
    passes=(KEPT, TOGETHER, IN_A_THREAD, AT_MOST_100, SURVIVES),
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


@wrong("12.1", "Commit 100 at most at a time.", passes=(KEPT, TOGETHER, IN_A_THREAD, SURVIVES, OTHERS))
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


# --- 12.2 ---

HEAR = "Three clients by events and one by WebSocket hear all texts, in order, and the end"
DROPS = "One that is slow is dropped, and keeps nobody from hearing"
LAST = "What waits comes before the end"
FORGETS = "A follower that has left is forgotten"


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


@wrong("12.2", "Let `follow` return when `tell(None)` has come.", passes=(FORGETS,))
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


# --- 12.3 ---

BOUNDS = "Five at once get in, and the others are turned away at once"
RATES = "Who comes too often is told when to come again"
LIMITS = "A handler that takes too long is cancelled, and its client gets 504"
GIVES_BACK = "A slot is given back however the handler ends"
LETS_OUT = "What the handler raises comes out"


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


@wrong("12.3", "Let out what the handler raises.", passes=(BOUNDS, RATES, LIMITS, GIVES_BACK))
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

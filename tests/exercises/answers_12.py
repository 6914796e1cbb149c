"""Answers to the milestones of 12, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor

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

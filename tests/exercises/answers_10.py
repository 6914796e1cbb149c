"""Answers to the exercises of 10, as learners write them: right ones, and wrong ones with what they must be told."""

# Learners write no types.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, check-untyped-defs=False
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import inspect
import time
from collections import Counter

from tests.exercises.answers import right, wrong

# --- 10.1 ---

GOES_ON = "It reports again and again, until it is cancelled"
SMALL = "The lag is near 0 while nothing blocks the loop"
SEEN = "The step that blocks is in the lag"


@right("10.1")
async def fills_the_blank(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        report(loop.time() - due)


@right("10.1")
async def with_another_clock(interval_s, report):
    while True:
        begin = time.perf_counter()
        await asyncio.sleep(interval_s)
        report(max(0.0, time.perf_counter() - begin - interval_s))


@wrong(
    "10.1",
    "Subtract `due` from the time now, not the other way round.",
    passes=(GOES_ON,),
)
async def the_other_way_round(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        report(due - loop.time())


@wrong("10.1", "Use the clock that `due` was read from: `loop.time()`.", passes=(GOES_ON,))
async def asks_another_clock(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        report(time.time() - due)


@wrong("10.1", "Report how late it is, not what time it is.", passes=(GOES_ON,))
async def tells_the_time(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        report(due)


@wrong("10.1", "Leave the interval out: `due` has it in it already.", passes=(GOES_ON,))
async def subtracts_the_interval_twice(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        report(loop.time() - due - interval_s)


@wrong("10.1", "Report each lag by itself: how late it is *this* time.", passes=(GOES_ON, SMALL, SEEN))
async def tells_the_worst_so_far(interval_s, report):
    loop = asyncio.get_running_loop()
    worst = 0.0
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        worst = max(worst, loop.time() - due)
        report(worst)


@wrong("10.1", "Report each lag by itself: how late it is *this* time.", passes=(GOES_ON, SMALL, SEEN))
async def keeps_its_first_plan(interval_s, report):
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due += interval_s
        await asyncio.sleep(interval_s)
        report(loop.time() - due)


@wrong("10.1", "Leave the interval out: only what comes on top of it is lag.", passes=(GOES_ON,))
async def tells_the_whole_wait(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time()
        await asyncio.sleep(interval_s)
        report(loop.time() - due)


@wrong(
    "10.1",
    "Look at the clock *after* the sleep: how much later is it than `due`?",
    passes=(GOES_ON, SMALL),
)
async def looks_too_early(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        late = loop.time() + interval_s - due
        await asyncio.sleep(interval_s)
        report(late)


@wrong("10.1", "Report seconds.", passes=(GOES_ON,))
async def in_milliseconds(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        report(max(0, loop.time() - due) * 1000)


@wrong("10.1", "Go on until you are cancelled.")
async def reports_once(interval_s, report):
    loop = asyncio.get_running_loop()
    due = loop.time() + interval_s
    await asyncio.sleep(interval_s)
    report(loop.time() - due)


@wrong("10.1", "Report a number of seconds.")
async def as_text(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        report(f"{loop.time() - due:.3f} s")


@wrong("10.1", "Report after every interval.")
async def only_when_late(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        if loop.time() - due > 0.1:
            report(loop.time() - due)


@wrong("10.1", "Call the function: put parentheses after its name.")
async def subtracts_from_the_function(interval_s, report):
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        report(loop.time - due)


# --- 10.2 ---

EVERY = "Every other task that has not ended, by its name"


@right("10.2")
def goes_inwards():
    found = {}
    for task in asyncio.all_tasks():
        if task is asyncio.current_task():
            continue
        chain, coroutine = [], task.get_coro()
        while inspect.iscoroutine(coroutine):
            chain.append(coroutine.__qualname__)
            coroutine = coroutine.cr_await
        found[task.get_name()] = chain
    return found


def _inner(coroutine):
    code = getattr(coroutine, "cr_code", None)
    return [] if code is None else [code.co_name, *_inner(coroutine.cr_await)]


@right("10.2")
def calls_itself():
    others = [task for task in asyncio.all_tasks() if task != asyncio.current_task()]
    return {task.get_name(): _inner(task.get_coro()) for task in others}


@wrong("10.2", "Go on inwards: `cr_await` is what a coroutine awaits.", passes=(EVERY,))
def uses_the_stack():
    return {
        task.get_name(): [frame.f_code.co_name for frame in task.get_stack()]
        for task in asyncio.all_tasks()
        if task is not asyncio.current_task()
    }


@wrong("10.2", "Leave out the task that calls `waiting`: `asyncio.current_task()`.")
def counts_itself():
    return {task.get_name(): _inner(task.get_coro()) for task in asyncio.all_tasks()}


@wrong("10.2", "Begin with the outermost function.", passes=(EVERY,))
def from_inside():
    return {name: chain[::-1] for name, chain in calls_itself().items()}


@wrong("10.2", "Use the name of the task as the key: `task.get_name()`.")
def by_task():
    return {task: _inner(task.get_coro()) for task in asyncio.all_tasks() if task is not asyncio.current_task()}


@wrong("10.2", "Stop at the first thing that isn't a coroutine: it has no `cr_await`.")
def goes_too_far():
    found = {}
    for task in asyncio.all_tasks():
        if task is asyncio.current_task():
            continue
        chain, coroutine = [], task.get_coro()
        while coroutine is not None:
            chain.append(coroutine.cr_code.co_name)
            coroutine = coroutine.cr_await
        found[task.get_name()] = chain
    return found


@wrong("10.2", "Begin with the task's own coroutine, and go on to the last one.", passes=(EVERY,))
def leaves_out_the_last():
    found = {}
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        chain, coroutine = [], task.get_coro()
        while hasattr(getattr(coroutine, "cr_await", None), "cr_await"):
            chain.append(coroutine.__name__)
            coroutine = coroutine.cr_await
        found[task.get_name()] = chain
    return found


@wrong("10.2", "Give a list of names for each task, such as `coroutine.__name__`.", passes=(EVERY,))
def as_one_text():
    return {name: " → ".join(chain) for name, chain in calls_itself().items()}


@wrong("10.2", "Follow `cr_await` from coroutine to coroutine, as far as it goes, for each task anew.", passes=(EVERY,))
def one_list_for_all():
    chain, found = [], {}
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        coroutine = task.get_coro()
        while hasattr(coroutine, "cr_await"):
            chain.append(coroutine.__name__)
            coroutine = coroutine.cr_await
        found[task.get_name()] = chain
    return found


@wrong("10.2", "Give only the name of each function, without its line.", passes=(EVERY,))
def with_the_lines():
    found = {}
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        chain, coroutine = [], task.get_coro()
        while hasattr(coroutine, "cr_frame"):
            chain.append(f"{coroutine.__name__}, line {coroutine.cr_frame.f_lineno}")
            coroutine = coroutine.cr_await
        found[task.get_name()] = chain
    return found


@wrong("10.2", "Stop at the last coroutine.", passes=(EVERY,))
def with_the_future():
    found = {}
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        chain, coroutine = [], task.get_coro()
        while coroutine is not None:
            chain.append(getattr(coroutine, "__name__", repr(coroutine)))
            coroutine = getattr(coroutine, "cr_await", None)
        found[task.get_name()] = chain
    return found


@wrong("10.2", "Only look: leave the tasks as they are.")
def cancels_as_the_page_does():
    found = calls_itself()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    return found


# --- 10.3 ---

STARTS = "It starts a task with that name and returns it"
KEEPS = "The task is in `running` until it has ended"
REPORTS = "Each error is reported once, with the task's name"
WORKS = "Nothing goes wrong in a callback when a task ends"
PASSES_ON = "Whoever awaits the task gets what it returns or raises"
CANCELS = "A cancel is not reported, and gets through"


@right("10.3")
def one_callback(running, coroutine, name, report):
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)

    def ended(task):
        running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            report(task.get_name(), error)

    task.add_done_callback(ended)
    return task


@right("10.3")
def wraps_and_raises_again(running, coroutine, name, report):
    async def watched():
        try:
            return await coroutine
        except Exception as error:
            report(name, error)
            raise

    task = asyncio.create_task(watched(), name=name)
    running.add(task)
    task.add_done_callback(running.discard)
    return task


@right("10.3")
def two_callbacks(running, coroutine, name, report):
    def tell(task):
        try:
            task.result()
        except asyncio.CancelledError:
            pass
        except Exception as error:
            report(name, error)

    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    running.add(task)
    task.add_done_callback(tell)
    task.add_done_callback(running.discard)
    return task


@wrong(
    "10.3",
    "Ask `task.cancelled()` before you ask for its exception.",
    passes=(STARTS, KEEPS, REPORTS, PASSES_ON),
)
def forgets_the_cancel(running, coroutine, name, report):
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)

    def ended(task):
        running.discard(task)
        if task.exception():
            report(name, task.exception())

    task.add_done_callback(ended)
    return task


@wrong("10.3", "Put the task into `running`.", passes=(STARTS, WORKS, REPORTS, PASSES_ON, CANCELS))
def keeps_no_reference(running, coroutine, name, report):
    task = asyncio.create_task(coroutine, name=name)

    def ended(task):
        if not task.cancelled() and task.exception():
            report(name, task.exception())

    task.add_done_callback(ended)
    return task


@wrong(
    "10.3",
    "Take the task out of `running` when it has ended, however it ends.",
    passes=(STARTS, WORKS, REPORTS, PASSES_ON, CANCELS),
)
def takes_out_only_what_works(running, coroutine, name, report):
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)

    def ended(task):
        if task.cancelled():
            return
        if task.exception():
            report(name, task.exception())
            return
        running.discard(task)

    task.add_done_callback(ended)
    return task


@wrong(
    "10.3",
    "Report the error without catching it: code that awaits the task has to get it, too.",
    passes=(STARTS, WORKS, KEEPS, REPORTS, CANCELS),
)
def swallows_the_error(running, coroutine, name, report):
    async def watched():
        try:
            return await coroutine
        except Exception as error:
            report(name, error)

    task = asyncio.create_task(watched(), name=name)
    running.add(task)
    task.add_done_callback(running.discard)
    return task


@wrong(
    "10.3",
    "Let a cancel through: if you catch a CancelledError, raise it again.",
    passes=(STARTS, WORKS, KEEPS, REPORTS, PASSES_ON),
)
def swallows_the_cancel(running, coroutine, name, report):
    async def watched():
        try:
            return await coroutine
        except asyncio.CancelledError:
            pass
        except Exception as error:
            report(name, error)
            raise

    task = asyncio.create_task(watched(), name=name)
    running.add(task)
    task.add_done_callback(running.discard)
    return task


@wrong(
    "10.3",
    "Ask first whether the task was cancelled: a cancel isn't an error.",
    passes=(STARTS, WORKS, KEEPS, REPORTS, PASSES_ON),
)
def reports_the_cancel(running, coroutine, name, report):
    async def watched():
        try:
            return await coroutine
        except BaseException as error:
            report(name, error)
            raise

    task = asyncio.create_task(watched(), name=name)
    running.add(task)
    task.add_done_callback(running.discard)
    return task


@wrong(
    "10.3",
    "Call `report(name, error)` when a task has failed, even if nobody awaits it.",
    passes=(STARTS, WORKS, KEEPS, PASSES_ON, CANCELS),
)
def reports_nothing(running, coroutine, name, report):
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)
    task.add_done_callback(running.discard)
    return task


@wrong(
    "10.3", "Give the task its name: `create_task(…, name=name)`.", passes=(WORKS, KEEPS, REPORTS, PASSES_ON, CANCELS)
)
def gives_no_name(running, coroutine, name, report):
    task = asyncio.create_task(coroutine)
    running.add(task)

    def ended(task):
        running.discard(task)
        if not task.cancelled() and task.exception():
            report(name, task.exception())

    task.add_done_callback(ended)
    return task


@wrong("10.3", "Return the task.")
def returns_nothing(running, coroutine, name, report):
    one_callback(running, coroutine, name, report)


@wrong("10.3", "Report only where there is an error.", passes=(STARTS, WORKS, KEEPS, PASSES_ON))
def reports_every_end(running, coroutine, name, report):
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)

    def ended(task):
        running.discard(task)
        report(name, None if task.cancelled() else task.exception())

    task.add_done_callback(ended)
    return task


@wrong("10.3", "Begin with `def spawn`, without `async`: the caller doesn't await it.")
async def is_a_coroutine_function(running, coroutine, name, report):
    return one_callback(running, coroutine, name, report)


@wrong(
    "10.3", "Report the error itself: `report` gets the exception.", passes=(STARTS, WORKS, KEEPS, PASSES_ON, CANCELS)
)
def reports_the_text(running, coroutine, name, report):
    return one_callback(running, coroutine, name, lambda name, error: report(name, str(error)))


@wrong("10.3", "Report every error, of whichever type.", passes=(STARTS, WORKS, KEEPS, PASSES_ON, CANCELS))
def reports_one_type(running, coroutine, name, report):
    return one_callback(
        running, coroutine, name, lambda name, error: report(name, error) if isinstance(error, OSError) else None
    )


@wrong(
    "10.3",
    "Take out of `running` only the task that has ended.",
    passes=(STARTS, WORKS, REPORTS, PASSES_ON, CANCELS),
)
def empties_the_set(running, coroutine, name, report):
    task = one_callback(running, coroutine, name, report)
    task.add_done_callback(lambda task: running.clear())
    return task


@wrong(
    "10.3",
    "Let a cancel get to the coroutine: it has to stop, too.",
    passes=(STARTS, WORKS, KEEPS, REPORTS, PASSES_ON),
)
def shields_the_work(running, coroutine, name, report):
    inner = asyncio.create_task(coroutine)

    async def watched():
        return await asyncio.shield(inner)

    return one_callback(running, watched(), name, report)


@wrong(
    "10.3",
    "Let your callback raise nothing: the task is its only argument, and its error may be None.",
    passes=(STARTS, PASSES_ON, CANCELS),
)
def takes_no_argument(running, coroutine, name, report):
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)

    def ended():
        running.discard(task)
        if not task.cancelled() and task.exception():
            report(name, task.exception())

    task.add_done_callback(ended)
    return task


@wrong("10.3", "Give `add_done_callback` the function itself, without calling it.", passes=(STARTS, PASSES_ON, CANCELS))
def takes_it_out_at_once(running, coroutine, name, report):
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)
    task.add_done_callback(running.discard(task))
    return task


@wrong("10.3", "Give `add_done_callback` the function itself, without calling it.")
def calls_its_callback(running, coroutine, name, report):
    task = asyncio.create_task(coroutine, name=name)
    running.add(task)

    def ended(task):
        running.discard(task)
        if not task.cancelled() and task.exception():
            report(name, task.exception())

    task.add_done_callback(ended(task))
    return task


@right("10.3")
def reports_from_a_coroutine_around_it(running, coroutine, name, report):
    async def watched():
        try:
            return await coroutine
        except Exception as error:
            report(name, error)
            raise

    task = asyncio.create_task(watched(), name=name)
    running.add(task)
    task.add_done_callback(running.discard)
    return task


@wrong(
    "10.3",
    "Take the task out of `running` in a callback: `task.add_done_callback(running.discard)`.",
    passes=(STARTS, WORKS, REPORTS, PASSES_ON, CANCELS),
)
def takes_it_out_in_a_finally(running, coroutine, name, report):

    async def watched():
        try:
            return await coroutine
        except Exception as e:
            report(name, e)
            raise
        finally:
            running.discard(t)

    t = asyncio.create_task(watched(), name=name)
    running.add(t)
    return t


# --- 10.4 ---

USES = "It uses the client several times, one use after another"
FINDS = "It finds the functions whose tasks pile up"
NOTHING_ELSE = "Nothing else: not what is kept, not what is about to end"
ONLY_LOOKS = "It only looks at the tasks"


def _count():
    return Counter(task.get_coro().__name__ for task in asyncio.all_tasks())


@right("10.4")
async def counts_twice(use):
    await use()
    await asyncio.sleep(0.1)
    before = _count()
    for _ in range(5):
        await use()
    await asyncio.sleep(0.1)
    return {name: more // 5 for name, more in (_count() - before).items()}


@right("10.4")
async def compares_each_round(use):
    counts = []
    for _ in range(3):
        await use()
        await asyncio.sleep(0.08)
        counts.append(Counter(task.get_coro().__qualname__ for task in asyncio.all_tasks()))
    steps = [after - before for before, after in zip(counts, counts[1:])]
    return {name: steps[0][name] for name in steps[0] if all(step[name] > 0 for step in steps)}


@wrong(
    "10.4",
    "Begin to count after a first use: what that one starts and keeps isn't a leak.",
    passes=(USES, FINDS, ONLY_LOOKS),
)
async def begins_too_early(use):
    before = _count()
    for _ in range(3):
        await use()
    await asyncio.sleep(0.1)
    return {name: max(1, more // 3) for name, more in (_count() - before).items()}


@wrong("10.4", "Before you count, wait a moment for the tasks that are about to end.", passes=(USES, FINDS, ONLY_LOOKS))
async def gives_no_moment(use):
    await use()
    await asyncio.sleep(0.1)
    before = _count()
    for _ in range(2):
        await use()
    return {name: more // 2 for name, more in (_count() - before).items()}


@wrong("10.4", "Use it several times: one use can't tell a leak from what is kept on purpose.", passes=(ONLY_LOOKS,))
async def uses_it_once(use):
    before = _count()
    await use()
    await asyncio.sleep(0.1)
    return dict(_count() - before)


@wrong("10.4", "Divide the growth by the number of uses.", passes=(USES, FINDS, NOTHING_ELSE, ONLY_LOOKS))
async def does_not_divide(use):
    await use()
    await asyncio.sleep(0.1)
    before = _count()
    for _ in range(3):
        await use()
    await asyncio.sleep(0.1)
    return dict(_count() - before)


@wrong(
    "10.4",
    "Count the tasks that have not ended by the name of their function: `task.get_coro().__name__`.",
    passes=(USES, ONLY_LOOKS),
)
async def by_the_tasks_name(use):
    await use()
    before = asyncio.all_tasks()
    await use()
    await asyncio.sleep(0.1)
    return {task.get_name(): 1 for task in asyncio.all_tasks() - before}


@wrong("10.4", "Return only what has grown.", passes=(USES, FINDS, ONLY_LOOKS))
async def returns_all_that_is_there(use):
    await use()
    await asyncio.sleep(0.1)
    before = _count()
    for _ in range(3):
        await use()
    await asyncio.sleep(0.1)
    return {name: (number - before[name]) // 3 for name, number in _count().items() if name != "pool_worker"}


@wrong("10.4", "Await each use before the next one.", passes=(ONLY_LOOKS,))
async def all_together(use):
    await use()
    before = _count()
    await asyncio.gather(use(), use(), use())
    await asyncio.sleep(0.1)
    return {name: more // 3 for name, more in (_count() - before).items()}


@wrong("10.4", "Return a dictionary.", passes=(USES, ONLY_LOOKS))
async def returns_a_list(use):
    return list(await counts_twice(use))


@wrong(
    "10.4",
    "Leave the tasks alone: in a program that runs you don't know who needs them.",
    passes=(USES, FINDS, NOTHING_ELSE, "How many more there are after each use"),
)
async def tidies_up(use):
    there = asyncio.all_tasks()
    found = await counts_twice(use)
    for task in asyncio.all_tasks() - there:
        task.cancel()
    return found

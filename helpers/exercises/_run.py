"""One run of an answer in the grader's process: on a loop of its own, recorded, cancelled at the deadline."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Mapping
from time import monotonic, perf_counter, perf_counter_ns, thread_time  # ours, whatever an answer makes of them
from typing import Any

from helpers.exercises._arrival import forget_loops, stands_for
from helpers.exercises._cores import Starvation, Turns, starved_s
from helpers.exercises._failure import as_data
from helpers.exercises._guard import Guarded
from helpers.exercises._plain import plain
from helpers.exercises._witness import Witness, children
from helpers.exercises.bench import Bench, Place
from helpers.exercises.exercise import Takes
from helpers.exercises.job import Ended
from helpers.timeline import Timeline, lane_name_of

_TURNS = 10  # of the loop, in which tasks that can end do so before they count as left
_CANCELLED_END_S = 0.2


class Trial:
    """One run of an answer.

    Args:
        name: of the run, FIRST or the trial's.
        answer: as it was given.
        run: the exercise's function that calls it.
        takes: what the exercise takes: an answer that is to be called is guarded.
        files: the names of the learner's source files.
        names: what is defined where the learner works.
    """

    def __init__(
        self,
        name: str,
        answer: Any,
        run: Callable[..., Any],
        *,
        takes: Takes,
        files: frozenset[str],
        names: tuple[str, ...] = (),
    ) -> None:
        self.ended = Ended(name)
        self._answer = answer if takes == "value" else Guarded(answer, takes=takes)
        self._run = run
        self._files = files
        self._names = names
        self._result: Any = None
        self._over: Callable[[], None] = lambda: None
        self._witness = Witness(files)
        self._cancelled = False
        self._gave_up = False

    def go(
        self,
        title: str,
        places: Mapping[str, Place],
        *,
        cancel_at: float,
        give_up_at: float,
        over: Callable[[str], None],
    ) -> Ended:
        """Run it to its end and return what was seen; the times are of `time.monotonic`.

        At `cancel_at` the run is cancelled; at `give_up_at` the loop is stopped, whatever the run does. `over` is
        called once, with the run's name, when it has ended: what comes after that is the check's own work.
        """
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        stands_for(loop)
        forget_loops()
        timeline = Timeline(title, show=False)
        bench = Bench(places, timeline)
        self._witness.start(loop)
        main = loop.create_task(self._recorded(timeline, bench))
        at_deadline: list[asyncio.Handle] = []

        def cancel() -> None:
            self._cancelled = True
            main.cancel()
            # A process that was not let run may have come here late. Then the run gets time to end all the same.
            left_s = max(give_up_at - monotonic(), (give_up_at - cancel_at) / 2)
            at_deadline.append(loop.call_later(left_s, self._stop, loop))

        at_deadline.append(loop.call_later(cancel_at - monotonic(), cancel))
        turns, starvation = Turns(loop), Starvation()
        began, cpu_s, waited_s = perf_counter(), thread_time(), starved_s()

        def stop_the_clock() -> None:
            self._over = lambda: None
            self.ended.seconds = perf_counter() - began
            self.ended.cpu_s, self.ended.starved_s = thread_time() - cpu_s, starved_s() - waited_s
            self.ended.most_starved_s = max(starvation.most_s(), self._witness.thread_starved_s)
            self.ended.turn_cpu_s = turns.most_cpu_s()
            for handle in at_deadline:
                handle.cancel()
            over(self.ended.name)

        self._over = stop_the_clock
        try:
            loop.run_until_complete(main)
        except BaseException as error:
            self._over()
            self._raised(error)
        self._over()
        try:
            self._look(loop, timeline, bench)
        except BaseException as error:  # a task that was left raised SystemExit, say
            if self.ended.outcome == "returned":
                self._raised(error)
        self.ended.end_ns = perf_counter_ns()
        return self.ended

    async def _recorded(self, timeline: Timeline, bench: Bench) -> None:
        async with timeline:
            try:
                self._result = await self._run(self._answer, bench)
            finally:
                self._over()

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        self._gave_up = True
        loop.stop()

    def _raised(self, error: BaseException) -> None:
        ended = self.ended
        if isinstance(error, SystemExit):
            ended.outcome, ended.exit_status = "exited", _status(error)
        elif self._gave_up:
            ended.outcome = "would not be cancelled"
        elif self._cancelled:
            ended.outcome = "never ended"
        else:
            ended.outcome = "raised"
            ended.exception = as_data(error, self._files, names=self._names)

    def _look(self, loop: asyncio.AbstractEventLoop, timeline: Timeline, bench: Bench) -> None:
        """Note what is left. In this order: what is looked at later must not be ended earlier."""
        ended, witness = self.ended, self._witness
        ended.result, self._result = plain(self._result), None
        if isinstance(self._answer, Guarded) and self._answer.refusal:
            ended.outcome, ended.refusal = "refused", self._answer.refusal
        if self._cancelled and ended.outcome == "returned":
            ended.outcome = "never ended"
        _stop_clock(timeline)
        ended.record = timeline.record
        ended.clock_begin_ns, ended.clock_end_ns = timeline.clock_ns
        ended.notes = {str(name): plain(value) for name, value in bench.notes.items()}
        ended.blocking_calls = witness.blocking_calls
        ended.threads_used = witness.threads_used
        ended.semaphores = tuple(witness.semaphores)
        loop.run_until_complete(_turns())
        displaced = loop.get_task_factory() is not None  # by the answer's own: the timeline has not seen its tasks
        left = {task: name for task in asyncio.all_tasks(loop) if (name := _name_of(task, self._files, displaced))}
        ended.tasks_left = tuple(left.values())
        gc.collect()
        ended.left_open = witness.left_open(bench.sessions)
        still = list(children())
        ended.children_left = tuple(name for name, _, _ in still)
        ended.children = tuple((pid, created) for _, pid, created in still)
        ended.threads_left, ended.threads_idle = witness.threads_left(), witness.threads_idle()
        if left:
            loop.run_until_complete(_cancel_all(list(left)))
            ended.ignored_cancels = sum(not task.done() for task in left)
        loop.run_until_complete(_close_all(bench))
        gc.collect()
        ended.never_awaited = tuple(witness.never_awaited)
        ended.lost_errors = tuple(witness.lost_errors)
        ended.callback_errors = tuple(witness.callback_errors)


async def _close_all(bench: Bench) -> None:
    """Close the exercise's own sessions, now that nothing that a task does with them can be held against the answer."""
    for session in bench.sessions:
        await session.close()


def _name_of(task: asyncio.Task[Any], files: frozenset[str], displaced: bool) -> str | None:
    """Return what to call a task that is the answer's; None of a library's."""
    if (name := lane_name_of(task)) is not None:
        return name
    coroutine = task.get_coro()
    code = getattr(coroutine, "cr_code", None)
    theirs = code is not None and code.co_filename in files
    return getattr(coroutine, "__name__", "a task") if theirs or displaced else None


def _stop_clock(timeline: Timeline) -> None:
    """End a timeline whose block was not left: its `__aexit__` awaits nothing."""
    try:
        _ = timeline.record
    except RuntimeError:
        with contextlib.suppress(StopIteration):
            timeline.__aexit__(None, None, None).send(None)


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def _cancel_all(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=_CANCELLED_END_S)


def _status(error: SystemExit) -> int:
    return error.code if isinstance(error.code, int) else int(error.code is not None)

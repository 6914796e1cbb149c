"""Record what an event loop does while a block of code runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import audience
from ._recorder import Recorder
from ._steps import clock
from .facts import facts
from .gauges import Gauge
from .lanes import Blocking, Lane
from .live.feed import Feed
from .live.replay import Replay
from .longest import COUNT, Longest
from .names import clean
from .picture import Picture
from .record import Limit, Record, record_from, settling
from .states import duration
from .timed import Timed
from .watching import Watchable, watch, watchable


class Timeline:
    """Record what the event loop does while a block of code runs, without a change to that code.

        async with Timeline("Two waits", watch=[api]) as timeline:
            await asyncio.gather(fetch("/cities/oslo"), fetch("/cities/lima"))
        timeline.makespan_s, timeline.peak_in_flight, timeline.lanes

        jobs, door = asyncio.Queue(10), asyncio.Semaphore(3)
        async with Timeline("Workers", watch={"jobs": jobs, "door": door, "weather": api}) as timeline:
            ...

    Each task made inside the block is a lane; so is the block itself, and each `span`. In synchronous code use
    plain `with`: then spans are all there is.

    Args:
        title: what the picture is called.
        watch: what is drawn under the lanes, over time. A service: its requests in flight (it is asked once, after the
            clock stops). An `asyncio.Queue`: its length; a `Semaphore`, `Lock` or `Condition`: its holders; an
            `Event`: whether it is set; each with how many wait for it. An executor: its jobs. A list takes services
            by their names and others by their kind ("Queue"); a dictionary says what each is called.
        blocking_s: a step that keeps the loop for longer than this is drawn red from then on.
        limit_s: the time that theory allows, drawn as a line.
        limit_label: the formula behind `limit_s`.
        include_library_tasks: show the tasks that libraries start for themselves, too.
        show: show the picture when the block ends (in a notebook).
        last_s: keep only so many seconds before the end of a block (None: all of it), in bounded memory.

    What it changes, while the block lasts: in debug mode the place where a task was made is two frames too far down,
    in this package; entering is one `await asyncio.sleep(0)`. A step costs some 2 µs more, one that waits for another
    task, or for longer than 50 µs for a lock or a queue, some 5 µs, and a task some 5 µs
    (`python -m tests.benchmarks.timeline` measures them). Where another task factory makes the tasks, where one is to
    begin at once, and on uvloop, `task.get_coro()` is a wrapper with the `cr_*`, `__name__` and `__qualname__` of the
    coroutine, and a traceback has two frames more, which IPython folds away.

    What blocks the loop is found whoever does it: tasks of libraries and callbacks (a protocol's `data_received`) have
    no lane, but what takes longer than `blocking_s` in them is in `blockings` and in a lane "event loop". What the
    recorder itself takes, to make lanes for tasks, counts for nothing. `greenback.await_` in a task is a step of it,
    for as long as it takes.

    What it can't see: on uvloop the block itself, callbacks, tasks made by `asyncio.Task(coro)`, and what tasks wait
    for in executors. A task factory that is set in the block takes the place of ours: its tasks are seen from the
    first time that they wait on, and the facts say so. They also say when there were too many tasks or steps to keep,
    and when the recorder has failed: that never disturbs the code it watches.

    A queue or a lock is read after each callback of the loop, and nothing of it is replaced: what goes up and down
    within one step is not seen, and on uvloop nothing. An executor's `submit` is replaced while the block lasts, since
    its jobs end in other threads: those that were submitted before are not counted. Each of what is watched costs some
    0.3 µs more a step.

    Whom a lane waits for is told by `record.whom(number, at_s)` and by the replay: a task, or a lock and who has it.
    Who has it is known from who lets the next one through; where nobody does, as in a deadlock, from who is in
    `async with` of it; else nothing is said, nor of waits for a lock or a queue that were shorter than 50 µs.
    """

    def __init__(
        self,
        title: str,
        *,
        watch: Watchable = (),
        blocking_s: float = 0.05,
        limit_s: float | None = None,
        limit_label: str = "limit",
        include_library_tasks: bool = False,
        show: bool = True,
        last_s: float | None = None,
    ) -> None:
        if not isinstance(title, str):
            raise TypeError(f'the first argument is the title, such as Timeline("Two waits"), got {title!r}')
        if not blocking_s > 0:
            raise ValueError(f"blocking_s is a time in seconds greater than 0, got {blocking_s!r}")
        if last_s is not None and not last_s > 0:
            raise ValueError(f"last_s is a time in seconds greater than 0, or None; got {last_s!r}")
        self.title = clean(title)
        self._watch = watchable(watch)
        self._blocking_s = blocking_s
        self._limit = None if limit_s is None else Limit(limit_s, limit_label)
        self._include_library_tasks = include_library_tasks
        self._show = show
        self._recorder = Recorder(blocking_s, last_s)
        self._recorder.gauges += (one for one in self._watch if isinstance(one, Gauge))
        self._entered = False
        self._settle: Callable[[], None] = _nothing_to_settle
        self._record: Record | None = None

    async def __aenter__(self) -> Self:
        self._use()
        if ending := audience.entered(self):
            await asyncio.wait(ending)
        try:
            self._recorder.attach(asyncio.get_running_loop())
            await asyncio.sleep(0)  # so that the block begins with a step of its own, which the recorder sees
            self._announce()
        except BaseException:
            self._recorder.detach()
            raise
        self._recorder.start_clock()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._recorder.detach(error)
        work = self._exit(synchronous=False)
        try:
            for _ in work:
                await asyncio.sleep(0)  # many lanes: others go on meanwhile
        finally:
            for _ in work:  # cancelled meanwhile
                pass

    def __enter__(self) -> Self:
        self._use()
        audience.entered(self)  # nothing can be waited for here; but the block keeps the loop to itself anyway
        self._announce()
        self._recorder.start_clock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._recorder.add_synchronous_block(error)
        self._recorder.detach()
        for _ in self._exit(synchronous=True):
            pass

    def span(self, name: str) -> AbstractContextManager[None]:
        """Give a stretch of synchronous code a lane of its own; call it from any thread.

            with timeline.span("oslo"):
                requests.get(url)

        A span that ends after the block is drawn as still running; one that begins after it is not recorded.
        """
        return self._recorder.span(name)

    def add_span(self, name: str, ran: Timed[Any]) -> None:
        """Give a call that ran in another process a lane of its own.

            ran = await loop.run_in_executor(processes, timed, count_primes, 20_000)
            timeline.add_span("a process", ran)

        One that is added after the block is not recorded.
        """
        self._recorder.add_span(name, ran.begin_ns, ran.end_ns, ran.cpu_ns)

    @property
    def record(self) -> Record:
        """Everything that is known of the block, as data.

        Raises:
            RuntimeError: while the block lasts.
        """
        if self._record is None:
            raise RuntimeError(f"the block of {self.title!r} has not ended yet: ask its timeline after it")
        return self._record

    def so_far(self) -> Record:
        """Return the record of what has happened until now; the whole once the block has ended.

        Raises:
            RuntimeError: before the block has begun.
        """
        if self._record is not None:
            return self._record
        if self._recorder.begin_ns == 0:
            raise RuntimeError(f"the block of {self.title!r} has not begun yet")
        taken = self._recorder.snapshot()
        begin_ns, end_ns = taken.begin_ns, taken.end_ns or 0
        watched = tuple(watch(gauge, begin_ns=begin_ns, end_ns=end_ns) for gauge in taken.gauges)
        return record_from(taken, **self._options(), watched=watched, synchronous=taken.loop is None)

    @property
    def clock_ns(self) -> tuple[int, int]:
        """When the block began and when it ended, as `time.perf_counter_ns` told it.

        Raises:
            RuntimeError: while the block lasts.
        """
        _ = self.record
        return self._recorder.begin_ns, self._recorder.end_ns or 0

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The block itself, then its tasks and spans, in the order in which they were made."""
        return self.record.lanes

    @property
    def blockings(self) -> tuple[Blocking, ...]:
        """The steps that kept the loop from everybody else for longer than `blocking_s`."""
        return self.record.blockings

    @property
    def makespan_s(self) -> float:
        """How long the block took."""
        return self.record.makespan_s

    @property
    def peak_in_flight(self) -> int:
        """How many tasks and spans had begun and not ended at once, at the most."""
        return self.record.peak_in_flight

    @property
    def busy_share(self) -> float | None:
        """The share of the block in which the loop was not idle; None in synchronous code."""
        return self.record.busy_share

    @property
    def facts(self) -> str:
        """What the picture shows, in a few sentences, one a line."""
        return facts(self.record)

    def against(self, *, limit_s: float, label: str = "limit") -> Picture:
        """Return the picture with a line where theory says that the block could have ended.

        Raises:
            ValueError: unless limit_s > 0.
        """
        return Picture((replace(self.record, limit=Limit(limit_s, label)),))

    def picture(self) -> Picture:
        """Return the settled picture: a notebook shows it, `.save(path)` stores it."""
        return Picture((self.record,))

    def longest(self, count: int = COUNT) -> Longest:
        """Return the longest blockings and the longest waits, `count` of each: a table with file and line.

            print(timeline.longest())

        A wait for another task is left out: what that task waited for is in the table.
        """
        return Longest(self.record, count)

    def save(self, path: str | Path, *, speed: float = 0.1) -> Path:
        """Store what was recorded in a file, of the kind that its name says, and return where.

            timeline.save("run.html")    # opens anywhere: the picture, the facts, and the replay
            timeline.save("run.json")    # opens at https://ui.perfetto.dev

        Args:
            path: ends with ".html", ".png", ".svg" or ".json" (a trace in Chrome's format).
            speed: how fast the page replays it, as a share of the speed it had.

        Raises:
            ValueError: when the name ends otherwise, or unless 0 < speed <= 10.
        """
        from .export import save

        return save(self.record, path, speed=speed)

    def replay(self, *, speed: float = 0.1, until_s: float | None = None) -> Replay:
        """Return the recorded run, to be looked at in slow motion: a notebook shows it, `.save(path)` stores a page.

            timeline.replay(speed=0.1)    # ten times slower than it was
            timeline.replay(speed=0.002, until_s=0.01)    # the first 10 ms of it, in 5 seconds

        With `until_s`, picture and player show the beginning only. What the player says of a lane is said of the
        whole run: a wait that goes on after the beginning is as long as it was.

        Raises:
            ValueError: unless 0 < speed <= 10 and until_s > 0.
        """
        return Replay(self.record, speed=speed, until_s=until_s)

    def feed(self) -> Feed:
        """Return what a live view reads while the block lasts."""
        return Feed(
            self._recorder,
            title=self.title,
            blocking_s=self._blocking_s,
            limit=self._limit,
            watched=self._watch,
            include_library_tasks=self._include_library_tasks,
        )

    def __repr__(self) -> str:
        if self._record is None:
            return f"<Timeline {self.title!r}, {'running' if self._entered else 'not begun'}>"
        return f"<Timeline {self.title!r}, {duration(self.makespan_s)}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self.picture()._repr_mimebundle_(include, exclude)

    def _use(self) -> None:
        if self._entered:
            raise RuntimeError(f"the timeline {self.title!r} has been used: make a new one for each block")
        self._entered = True

    def _announce(self) -> None:
        if self._show:
            self._settle = audience.begun(self)

    def _exit(self, *, synchronous: bool) -> Iterator[None]:
        recorder = self._recorder
        end_ns = recorder.end_ns or clock()
        watched = tuple(watch(service, begin_ns=recorder.begin_ns, end_ns=end_ns) for service in self._watch)
        self._record = yield from settling(recorder, **self._options(), watched=watched, synchronous=synchronous)
        self._settle()

    def _options(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "blocking_s": self._blocking_s,
            "limit": self._limit,
            "include_library_tasks": self._include_library_tasks,
        }


def _nothing_to_settle() -> None: ...

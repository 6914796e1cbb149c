"""How an answer ran: everything that a check knows, as data.

It comes from two witnesses: the process in which the answer ran, and the services that answered it. Nothing in it is
an object of the learner's: results travel as plain data (see `Other`), exceptions as `Raised`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from helpers.services import Journal
from helpers.timeline import Record

Outcome = Literal[
    "returned",
    "raised",
    "refused",
    "never ended",
    "would not be cancelled",
    "blocked",
    "spun",
    "held the GIL",
    "exited",
    "process ended",
    "took too much memory",
    "could not be looked at",
    "garbled",
]
"""How the run came to its end: it returned; raised; was never begun, because the answer could not be called as the
exercise says (`refusal` has the reason); still awaited something at the deadline; went on after it was cancelled
there; was stuck at the deadline in a call that blocks, in Python code that spins, or in C code that lets no other
thread run; called sys.exit; ended its whole process; took more memory than the limit; left more than can be looked at
in time; or wrote into what its process reports."""

OpenKind = Literal["session", "socket", "async generator"]


@dataclass(frozen=True)
class Other:
    """What stands in a result for something that is no plain data (such as a response, or a coroutine).

    None, numbers, strings, bytes, and lists, tuples, sets and dicts of them stay what they are. A dataclass that the
    learner wrote, an exception, an open response arrive as their type's name and their `repr`, cut short.
    """

    type: str
    text: str

    def __repr__(self) -> str:
        return self.text or f"<{self.type}>"


@dataclass(frozen=True)
class Raised:
    """An exception as data.

    Attributes:
        type: the name of its class: "ClientResponseError".
        bases: the names of all classes that it is an instance of, its own first.
        message: `str()` of it, cut short.
        inside: of an exception group, its exceptions.
        line: the number, within the answer's cell, of the last line of the learner's in the traceback, and its text.
        code: the expression or statement in that line which raised: "task.result()", "with lock", "raise ValueError".
        within: where it was raised, when not in the learner's own code: "asyncio.tasks:gather".
        given: for each name in `code` the kind of thing that it held: "coroutine", "ended coroutine",
            "coroutine function", "function", "asynchronous iterable", or the name of its type.
        near: of a name or an attribute that there is not, the one that was probably meant.
        cause: what it was raised from.
    """

    type: str
    bases: tuple[str, ...]
    message: str
    inside: tuple[Raised, ...] = ()
    line: tuple[int, str] | None = None
    code: str = ""
    within: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    near: str = ""
    cause: Raised | None = None

    def is_a(self, name: str) -> bool:
        """Tell whether it is an instance of the class with this name."""
        return name in self.bases

    def leaves(self) -> tuple[Raised, ...]:
        """Return the exceptions in a group, in groups within it too; of anything else itself."""
        return tuple(leaf for one in self.inside for leaf in one.leaves()) if self.inside else (self,)


@dataclass(frozen=True)
class BlockingCall:
    """A call that kept the event loop's thread waiting: `time.sleep`, or a connection of a blocking socket."""

    name: str
    times: int
    line: tuple[int, str] | None = None


@dataclass(frozen=True)
class Open:
    """Something that the answer opened and left open."""

    kind: OpenKind
    name: str


@dataclass(frozen=True)
class Evidence:
    """How an answer ran, once.

    Attributes:
        outcome: how the run came to its end. Expectations see "returned" only.
        result: what the exercise's `run` returned, as plain data.
        exception: what it raised.
        refusal: why it could not be called: "signature", "not awaitable", "async generator", "generator",
            "no context manager"; "coroutine", where an ordinary function was wanted; or "unreadable", when it did not
            survive the journey. `exception` has the details.
        record: the timeline; None when the run never came to its end.
        journals: what each service saw during this run, by the service's name.
        tasks_left: the calls that made the tasks which were still running after the answer had returned.
        never_awaited: the names of coroutines that were made and never ran.
        left_open: sessions, sockets and async generators that were left open.
        blocking_calls: calls that kept the loop's thread waiting.
        threads_used: how many threads the run started.
        semaphores: for each `asyncio.Semaphore` that the answer made, with how many tokens it began.
        threads_left: the names of the threads that were still running after it. Those that wait for work in a pool are
            not counted, nor is what an installed library keeps for itself.
        threads_idle: the names of the threads that waited for work in a pool that was kept, asyncio's own left out.
            That is no fault, unless the exercise says so.
        children_left: the command names of the processes that it left running.
        lost_errors: the exceptions of tasks that nobody asked for their result.
        callback_errors: what callbacks raised that the event loop called (`call_soon` and the like, readers, timers,
            done callbacks): the loop tells its exception handler, and goes on.
        ignored_cancels: how many tasks went on after they were cancelled at the end of the run.
        notes: what the exercise's `run` noted with `bench.note(name, value)`, as plain data.
        seconds: how long the run took.
        cpu_s: how much processor time its thread took; turn_cpu_s: in one turn of the loop, at the most.
        starved_s: for how long the loop's thread could have run and was not let, because others had the cores (Linux;
            0.0 elsewhere).
        most_starved_s: the same of all threads of the run, at the most, and of a core that other machines had.
        stdout: what it printed, cut short.
        printed_bytes: how much it printed.
        stderr: what it wrote to stderr, warnings and logging among it, cut short.
        exit_status: of the process, when that ended; negative for a signal.
        stuck: where it was stuck at the deadline, if it was.
        trials: the evidence of the exercise's further runs, by name.
    """

    outcome: Outcome
    result: Any = None
    exception: Raised | None = None
    refusal: str = ""
    record: Record | None = None
    journals: Mapping[str, Journal] = field(default_factory=dict)
    tasks_left: tuple[str, ...] = ()
    never_awaited: tuple[str, ...] = ()
    left_open: tuple[Open, ...] = ()
    blocking_calls: tuple[BlockingCall, ...] = ()
    threads_used: int = 0
    semaphores: tuple[int, ...] = ()
    threads_left: tuple[str, ...] = ()
    threads_idle: tuple[str, ...] = ()
    children_left: tuple[str, ...] = ()
    lost_errors: tuple[Raised, ...] = ()
    callback_errors: tuple[Raised, ...] = ()
    ignored_cancels: int = 0
    notes: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_s: float = 0.0
    turn_cpu_s: float = 0.0
    starved_s: float = 0.0
    most_starved_s: float = 0.0
    stdout: str = ""
    printed_bytes: int = 0
    stderr: str = ""
    exit_status: int | None = None
    stuck: tuple[int, str] | None = None
    trials: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def journal(self) -> Journal:
        """The journal of the exercise's only service.

        Raises:
            ValueError: when it has none, or several.
        """
        (journal,) = self.journals.values()
        return journal

    @property
    def peak_in_flight(self) -> int:
        """How many tasks had begun and not ended at once, at the most. What a service saw is in its journal."""
        return self.record.peak_in_flight if self.record else 0

    @property
    def longest_blocking_s(self) -> float:
        """The longest time for which one step kept the event loop; 0.0 when none kept it longer than 50 ms.

        A busy machine makes it longer: `blocking_calls` is the surer witness.
        """
        return max((blocking.length_s for blocking in self.record.blockings), default=0.0) if self.record else 0.0

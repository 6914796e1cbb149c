"""Is a verdict the same when an answer's process stands still for a while? `python -m tests.benchmarks.standstill`.

A crowded machine, or a virtual one whose cores another takes, stops a process for a tenth of a second now and then, and
that can't always be seen. Each stored answer is checked once as it is; then again and again, stopped for `--seconds`
(0.12) at a moment drawn by chance from the time that the first check took. Prints the verdicts that differ from what
the answer is to be told, or to be ticked for, with the moment. The goal is 0.

`--runs 5` stops each answer five times (2), `--only 4.4 10.3` those of some exercises, `--at-once 6` checks so many at
the same time (4), which mostly wait; `--seed` draws other moments, `--quick` is a smoke test.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import platform
import random
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from helpers.exercises import spare
from helpers.exercises.exercise import find
from helpers.exercises.grader import Verdict, grade
from helpers.exercises.worker import Worker
from tests.exercises.answers import Right, Stored, stored

QUICK = "1.2 gathers_all"


@dataclass(frozen=True)
class Probe:
    """One answer to be stopped, by its place among the stored ones."""

    place: int
    runs: int
    seconds: float
    seed: int


@dataclass(frozen=True)
class Different:
    """A verdict that was not as expected: how long after its start the process was stopped (None: not at all)."""

    answer: str
    stopped_s: float | None
    said: str

    def __str__(self) -> str:
        when = "never stopped" if self.stopped_s is None else f"stopped after {self.stopped_s:.3f} s"
        return f"{self.answer}, {when}\n    {self.said}"


def differs(one: Stored, verdict: Verdict) -> str:
    """Say how a verdict differs from the expected one; nothing, when it does not."""
    said = [finding.advice for finding in verdict.findings][:1]
    if said != ([] if isinstance(one, Right) else [one.advice]):
        return "; ".join(finding.seen for finding in verdict.findings) or "nothing was wrong with it"
    labels = [expectation.label for expectation in verdict.exercise.expectations]
    wanted = labels if isinstance(one, Right) else one.passes
    if odd := sorted({*wanted} ^ {*verdict.passed}):
        return f"the ticks differ: {', '.join(odd)}"
    return ""


@contextlib.contextmanager
def stopped(after_s: float, seconds: float) -> Iterator[None]:
    """Let the next process that runs an answer stand still for so long, some time after its start."""
    run = Worker.run

    def runs(worker: Worker, job: Any) -> Any:
        stop = threading.Thread(target=_stop, args=(worker.pid, after_s, seconds))
        stop.start()
        try:
            return run(worker, job)
        finally:
            Worker.run = run  # type: ignore[method-assign]
            stop.join()

    Worker.run = runs  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Worker.run = run  # type: ignore[method-assign]


def _stop(pid: int, after_s: float, seconds: float) -> None:
    time.sleep(after_s)
    with contextlib.suppress(OSError):  # it has ended
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)


def stop_again_and_again(probe: Probe) -> list[Different]:
    """Check one answer as it is, and stopped at several moments; return what differed."""
    one = stored()[probe.place]
    chance = random.Random(f"{probe.seed} {one}")
    spare.warm_up()
    began = time.perf_counter()
    found = [Different(str(one), None, differs(one, grade(find(one.number), one.answer)))]
    took_s = time.perf_counter() - began
    for _ in range(probe.runs):
        after_s = chance.uniform(0, took_s)
        with stopped(after_s, probe.seconds):
            found.append(Different(str(one), after_s, differs(one, grade(find(one.number), one.answer))))
    return [different for different in found if different.said]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what differed; return 1 if anything did."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.standstill", description=__doc__)
    parser.add_argument("--runs", type=int, default=2, help="how often each answer is stopped (2)")
    parser.add_argument("--seconds", type=float, default=0.12, help="for how long (0.12)")
    parser.add_argument("--only", nargs="*", default=[], metavar="EXERCISE", help="answers to these: 4.4")
    parser.add_argument("--at-once", type=int, default=4, help="how many are checked at the same time (4)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (1)")
    parser.add_argument("--quick", action="store_true", help="a smoke test: one answer, stopped once")
    options = parser.parse_args(arguments)
    if not hasattr(signal, "SIGSTOP"):
        parser.error("this system can't stop a process and let it go on: use Linux or macOS")
    runs = 1 if options.quick else options.runs
    probes = [
        Probe(place, runs, options.seconds, options.seed)
        for place, one in enumerate(stored())
        if (str(one) == QUICK if options.quick else not options.only or one.number in options.only)
    ]
    print(f"Python {platform.python_version()}, {len(probes)} answers, each stopped {runs} times", flush=True)
    count = 0
    with contextlib.ExitStack() as stack:
        if options.quick:
            every: Iterable[list[Different]] = map(stop_again_and_again, probes)
        else:
            pool = stack.enter_context(multiprocessing.get_context("spawn").Pool(options.at_once))
            every = pool.imap_unordered(stop_again_and_again, probes)
        for different in chain.from_iterable(every):
            count += 1
            print(different, flush=True)
    print(f"{count} of {len(probes) * (runs + 1)} verdicts differed (goal 0)")
    return int(bool(count))


if __name__ == "__main__":
    sys.exit(main())

"""Are verdicts the same every time? Each stored answer, many times, while a process burns each core.

`python -m tests.benchmarks.exercises` prints, by exercise, how many verdicts differed: from what the answer is to be
told, and from one run to the next. The goal is 0. `--runs 100` asks more often, `--only 1.3` of one exercise,
`--calm` without the burning. A verdict is whether the answer is right and what it is told to do, in order.

It also prints how much longer a check of a right answer took than the answer itself, from the call of `grade` to the
verdict, with the next process already waiting; and how much processor time a check took beyond the answer's own work:
of this process, the one that forks, its forks and the services, their start included. The goal is 0.15 s.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from helpers import services
from helpers.exercises import spare
from helpers.exercises.exercise import find
from helpers.exercises.grader import Verdict, grade
from tests.exercises.answers import Right, Stored, stored

BURN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"  # no longer than there is somebody to end it
READY_S = 0.5  # with idle cores a process is warmed up by then


@dataclass
class Row:
    """What came of the stored answers to one exercise."""

    number: str
    answers: int = 0
    checks: int = 0
    unexpected: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)
    overhead_s: list[float] = field(default_factory=list)
    own_s: float = 0.0

    def __str__(self) -> str:
        times = sorted(self.overhead_s)
        longer = f"{statistics.median(times):.2f} s, {times[-1]:.2f} s" if times else "-"
        return (
            f"{self.number:<10}{self.answers:>8}{self.checks:>8}{len(self.unexpected):>12}{len(self.unsteady):>10}"
            f"{longer:>20}"
        )


def told(verdict: Verdict) -> tuple[str, ...]:
    """Return what an answer is told to do; nothing, when it is right."""
    return tuple(finding.advice for finding in verdict.findings)


def measure(one: Stored, runs: int, row: Row, *, wait_s: float) -> None:
    """Check one answer many times."""
    seen: Counter[tuple[str, ...]] = Counter()
    wanted = () if isinstance(one, Right) else (one.advice,)
    for _ in range(runs):
        spare.warm_up()
        time.sleep(wait_s)
        began = time.perf_counter()
        verdict = grade(find(one.number), one.answer)
        took_s = time.perf_counter() - began
        advice = told(verdict)
        seen[advice] += 1
        if advice[:1] != wanted:
            row.unexpected.append(f"{one}: {advice[:1]} and not {wanted}; {_seen(verdict)}")
        if verdict.evidence is not None:
            ran = [verdict.evidence, *verdict.evidence.trials.values()]
            row.own_s += sum(run.cpu_s for run in ran)
            if isinstance(one, Right):
                row.overhead_s.append(took_s - sum(run.seconds for run in ran))
    row.answers += 1
    row.checks += runs
    (usual, _), *others = seen.most_common()
    row.unsteady += [f"{one}: {advice} and not {usual} ({times} of {runs})" for advice, times in others]


def _seen(verdict: Verdict) -> str:
    return "; ".join(finding.seen for finding in verdict.findings) or "nothing wrong"


def processor_s() -> float:
    """Return the processor time of this process and of its children that have ended, theirs included."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@contextmanager
def burning(processes: int) -> Iterator[None]:
    """Keep this many cores busy."""
    with ExitStack() as stack:
        for _ in range(processes):
            burner = stack.enter_context(subprocess.Popen([sys.executable, "-c", BURN, str(os.getpid())]))
            stack.callback(burner.kill)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=20, help="checks of each answer")
    parser.add_argument("--only", nargs="*", default=[], metavar="NUMBER", help="exercises, such as 1.3")
    parser.add_argument("--calm", action="store_true", help="without burning the cores")
    options = parser.parse_args(arguments)
    cores = 0 if options.calm else os.cpu_count() or 1
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {cores} processes burning, {options.runs} runs\n"
    )
    print(f"{'exercise':<10}{'answers':>8}{'checks':>8}{'unexpected':>12}{'unsteady':>10}{'longer: med, max':>20}")
    rows = []
    with burning(cores):
        began_s = processor_s()
        for number, answers in itertools.groupby(stored(*options.only), key=lambda one: one.number):
            rows.append(Row(number))
            for one in answers:
                measure(one, options.runs, rows[-1], wait_s=READY_S * (2 if cores else 1))
            print(rows[-1], flush=True)
        spare.shut_down()
        services.shut_down()
        spent_s = processor_s() - began_s
    checks, own_s = sum(row.checks for row in rows), sum(row.own_s for row in rows)
    each_s, its_own_s = (spent_s - own_s) / max(1, checks), own_s / max(1, checks)
    print(f"\nprocessor: {each_s:.3f} s a check, beside {its_own_s:.3f} s of the answer's own work")
    for trouble in itertools.chain.from_iterable((*row.unexpected, *row.unsteady) for row in rows):
        print(f"  {trouble}")
    return int(any(row.unexpected or row.unsteady for row in rows))


if __name__ == "__main__":
    sys.exit(main())

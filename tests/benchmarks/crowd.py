"""Many learners on one machine: `python -m tests.benchmarks.crowd` runs 20 kernels through notebook 01 at once.

Each learner's outputs are compared strictly with the stored ones. Headline numbers are held to their bands, too, but
counted apart: a band says how fast a lesson is on a machine of one's own, and 20 kernels on 2 cores are no such thing.
Prints the time and the most memory (PSS) per learner, kernel, services and graders together.

`--kernels N` and `--notebook 00` change the crowd, `--quick` is a smoke test: two kernels, one cell.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain, islice

import psutil

from helpers.lesson.course import Course
from tests.benchmarks import strict
from tests.benchmarks.family import Peak, peak_of_descendants

CELL_TIMEOUT_S = 600
OPTIONS = ("-n", "0", f"--nbval-cell-timeout={CELL_TIMEOUT_S}", f"--timeout={CELL_TIMEOUT_S}")


def crowd(notebook: str, kernels: int) -> tuple[list[strict.Outcome], list[Peak], Peak, float]:
    """Return what came of each learner, the most memory of each and of all together, and the seconds of all."""
    began = time.perf_counter()
    with ExitStack() as stack:
        runs = [stack.enter_context(strict.run([notebook], *OPTIONS)) for _ in range(kernels)]
        every_s = 0.1 * kernels  # sampling a crowd is work, too
        peaks = [stack.enter_context(peak_of_descendants(run.pid, every_s=every_s)) for run in runs]
        outcomes = [run.finish() for run in runs]
        return outcomes, peaks, Peak(sum(peak.memory_mib for peak in peaks)), time.perf_counter() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every figure; return 1 if an output of any learner differed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.crowd", description=__doc__)
    parser.add_argument("--kernels", type=int, default=20, help="how many learners (20)")
    parser.add_argument("--notebook", default="01", help="which notebook (01)")
    parser.add_argument("--quick", action="store_true", help="a smoke test: two kernels, one cell")
    options = parser.parse_args(arguments)
    kernels, name = (2, "00") if options.quick else (options.kernels, options.notebook)
    path = Course.here().find(name)
    free_gib = psutil.virtual_memory().available / 2**30
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {free_gib:.1f} GiB free, "
        f"load {os.getloadavg()[0]:.1f}; {kernels} kernels, {path.stem}"
    )
    outcomes, peaks, total, seconds = crowd(f"{path}::Cell 0" if options.quick else str(path), kernels)
    outputs = [[one for one in outcome.differences if not one.of_band] for outcome in outcomes]
    bands = [[one for one in outcome.differences if one.of_band] for outcome in outcomes]
    memory = [peak.memory_mib for peak in peaks]
    times = [outcome.seconds for outcome in outcomes]
    print(f"{sum(not differing for differing in outputs)} of {kernels} passed: every output as it is stored")
    print(f"time: median {statistics.median(times):.0f} s, longest {max(times):.0f} s; all {seconds:.0f} s")
    print(
        f"memory of a learner, at its peak: median {statistics.median(memory):.0f} MiB, "
        f"most {max(memory):.0f} MiB; all peaks together {total.memory_mib / 1024:.1f} GiB"
    )
    print(f"headline numbers out of their bands: {sum(map(len, bands))}")
    for what in (outputs, bands):
        for test, times_seen in Counter(one.test for one in chain(*what)).most_common():
            print(f"  {times_seen} of {kernels}: {test}")
    for one in islice(chain(*outputs), 3):
        print(f"\n{one.test}\n{one.said}")
    return int(any(outputs))


if __name__ == "__main__":
    sys.exit(main())

"""Does everything come out the same on a busy machine? `python -m tests.benchmarks.steady --runs 5`.

Runs the whole suite again and again, while a process burns each core; `--one-core` pins all of it, the burning process
too, to one. Prints what differed. The goal is 0.

`--pages` takes the notebooks (outputs compared strictly, headline numbers held to their bands) and the stored answers
(the advice that each is to get) alone, `--only 00 01` those of these pages. `--extended` takes the extended tests of
all that as well: more than half of the stored answers are. `--calm` burns nothing, `--quick` is a smoke test.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections import Counter
from collections.abc import Sequence

from helpers.exercises.sections import page_of
from helpers.lesson.course import Course
from tests.benchmarks import strict
from tests.benchmarks.exercises import burning
from tests.exercises.answers import Right, Wrong, stored

ROOT = Course.here().root
ANSWERS = "tests/exercises/test_answers.py"
_TEST = {
    Right: "test_a_right_answer_passes",
    Wrong: "test_a_wrong_answer_is_told_what_to_do_about_it_and_ticked_for_what_holds",
}
QUICK = ("notebooks/00_start_here.ipynb::Cell 0",)


def chosen(only: Sequence[str], *, pages: bool = False) -> list[str]:
    """Return the tests to run: all, those of notebooks and stored answers, or those of some pages."""
    if not only and not pages:
        return ["tests", "notebooks"]
    course = Course.here()
    paths = [course.find(name) for name in only] if only else course.notebooks()
    notebooks = [path.relative_to(ROOT).as_posix() for path in paths]
    if not only:
        return [*notebooks, ANSWERS]
    numbers = {path.stem[:2] for path in paths}
    answers = [one for one in stored() if page_of(one.number) in numbers]
    return [*notebooks, *(f"{ANSWERS}::{_TEST[type(one)]}[{one}]" for one in answers)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each run and what differed in it; return 1 if anything did."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.steady", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often everything is run (5)")
    parser.add_argument("--one-core", action="store_true", help="pinned to one core, with one process that burns it")
    parser.add_argument("--pages", action="store_true", help="notebooks and stored answers alone")
    parser.add_argument("--extended", action="store_true", help="the extended tests among them as well")
    parser.add_argument("--only", nargs="*", default=[], metavar="NOTEBOOK", help="which ones: 03, or 03_scalability")
    parser.add_argument("--calm", action="store_true", help="without burning the cores")
    parser.add_argument("--quick", action="store_true", help="a smoke test: one run of one cell, calm")
    options = parser.parse_args(arguments)
    runs, calm = (1, True) if options.quick else (options.runs, options.calm)
    tests = QUICK if options.quick else chosen(options.only, pages=options.pages)
    more = ("-m", "extended or not extended") if options.extended else ()
    if options.one_core:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # what is started from here inherits it
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    burners = 0 if calm else cores
    print(f"Python {platform.python_version()}, {cores} cores, {burners} processes burning, {runs} runs")
    differed: Counter[str] = Counter()
    for number in range(1, runs + 1):
        with burning(burners), strict.run(tests, *more, *(("-n", "0") if options.quick else ())) as started:
            outcome = started.finish()
        found = len(outcome.differences)
        print(f"run {number}: {outcome.tests} tests, {outcome.seconds:.0f} s, {found} differed", flush=True)
        for difference in outcome.differences:
            differed[difference.test] += 1
            print(f"  {difference.test}\n    " + difference.said.replace("\n", "\n    "), flush=True)
    print(f"{sum(differed.values())} verdicts or outputs differed in {runs} runs (goal 0)")
    for test, times in differed.most_common():
        print(f"  {times} of {runs}: {test}")
    return int(bool(differed))


if __name__ == "__main__":
    sys.exit(main())

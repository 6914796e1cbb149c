"""Notebooks on bad days: `python -m tests.benchmarks.bad_day` (a minute for each notebook and condition).

Runs notebooks in each of the conditions of tests/bad_day/days.py, one at a time: one core, 256 files, 512 MiB, a path
with spaces, a read-only checkout, a HOME that can't be written, a proxy, 24 ports. Outputs are compared strictly with
the stored ones, headline numbers held to their bands. Prints what differed. The goal is 0, the table of `ready()` left
out where it says what to do: it is there for that.

`--only 00 01` takes these notebooks, `--days "24 ports"` these conditions, `--quick` is a smoke test of one cell.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from collections.abc import Sequence

from helpers.lesson.course import Course
from tests.bad_day.days import DAYS, together
from tests.benchmarks import strict

ADVICE = re.compile(r"<td>(to know|PROBLEM)</td><td>[^<]+</td></tr>")  # a row of the table of ready()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each condition and notebook; return 1 if anything differed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bad_day", description=__doc__)
    parser.add_argument("--only", nargs="*", metavar="NOTEBOOK", help="which ones: 03, or 03_scalability (all)")
    parser.add_argument(
        "--days", nargs="*", default=list(DAYS), choices=list(DAYS), metavar="DAY", help=", ".join(DAYS)
    )
    parser.add_argument("--quick", action="store_true", help="a smoke test: one cell, with a proxy in the environment")
    options = parser.parse_args(arguments)
    course = Course.here()
    names = ["00"] if options.quick else options.only
    paths = [course.find(name) for name in names] if names else course.notebooks()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print(f"{'day':<32}{'notebook':<44}{'tests':>6}{'seconds':>9}{'differed':>9}")
    differed = 0
    for name in ["a proxy in the environment"] if options.quick else options.days:
        for path in paths:
            test = path.relative_to(course.root).as_posix() + ("::Cell 0" if options.quick else "")
            with together(name) as (day, missing):
                if missing:
                    print(f"{name:<32}not here: {missing[0]}")
                    break
                with strict.run([test], "-n", "0", day=day) as started:
                    outcome = started.finish()
            advised = [one for one in outcome.differences if ADVICE.search(one.said)]
            found = len(outcome.differences) - len(advised)
            differed += found
            figures = f"{outcome.tests:>6}{outcome.seconds:>9.0f}{found:>9}"
            said = "   ready() says what to do" if advised else ""
            print(f"{name:<32}{path.stem:<44}{figures}{said}", flush=True)
            for difference in set(outcome.differences) - set(advised):
                print(f"  {difference.test}\n    " + difference.said.replace("\n", "\n    "), flush=True)
    print(f"{differed} outputs or headline numbers differed (goal 0)")
    return int(bool(differed))


if __name__ == "__main__":
    sys.exit(main())

"""Show that nothing is left behind: `python -m tests.left_behind` (a minute; `--notebooks` some minutes more).

A row is printed when a case has ended, nothing of the course remained (no process, port, temporary file; where a
kernel goes on, no task, thread, child or open file more than before), and the next cells worked at once.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from helpers.lesson.course import Course
from tests.left_behind import cases


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases; return 1 when one of them left something."""
    parser = argparse.ArgumentParser(prog="python -m tests.left_behind", description="Nothing is left behind.")
    parser.add_argument("--only", nargs="+", default=list(cases.CASES), choices=list(cases.CASES))
    parser.add_argument("--notebooks", action="store_true", help="run every notebook of the course, too")
    options = parser.parse_args(arguments)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    print(f"{'':<48}{'gone after':>12}{'next cells':>12}{'in all':>9}")
    notebooks = Course.here().notebooks() if options.notebooks else []
    wrong = 0
    for case in [*options.only, *notebooks]:
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory() as folder:
                ended = (
                    cases.run(case, Path(folder)) if isinstance(case, str) else cases.run_notebook(case, Path(folder))
                )
        except AssertionError as error:
            wrong += 1
            print(f"{case} LEFT SOMETHING BEHIND\n{error}")
            continue
        whole_s = time.monotonic() - began
        for left in ended:
            print(f"{left.case:<48}{left.gone_s:>10.2f} s{left.next_s:>10.2f} s{whole_s:>7.1f} s", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

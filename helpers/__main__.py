"""The course's command: `python -m helpers` opens it. See `python -m helpers --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - the virtual environment may have been made with any Python
    sys.exit(f"The course needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).")

from helpers.lesson import packages, ready
from helpers.lesson.course import Course, CourseError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 (something is not right), 2 (asked for something impossible)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    to_jupyter: list[str] = []
    if "--" in arguments:
        split = arguments.index("--")
        arguments, to_jupyter = arguments[:split], arguments[split + 1 :]
    options = build_parser().parse_args(arguments)
    options.to_jupyter = to_jupyter
    try:
        code: int = options.run(Course.here(), options)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        missing = packages.problems()
        if not missing:
            raise
        print(f"{error}. {packages.advice(missing)}", file=sys.stderr)
        return 1
    return code


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line. Its result has `run`, the function of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers",
        description="Asyncio, Measured: open the course, check this machine, start a lesson afresh.",
        epilog="Without a command: open. What follows -- goes to JupyterLab as it is.",
    )
    _open_options(parser)
    parser.set_defaults(run=_open)
    commands = parser.add_subparsers(title="commands", metavar="")
    opens = commands.add_parser(
        "open",
        help="copy the notebooks to workbook/ and start JupyterLab there (the default)",
        epilog="What follows -- goes to JupyterLab as it is.",
        argument_default=argparse.SUPPRESS,  # or it would undo the options in front of it
    )
    _open_options(opens)
    opens.set_defaults(run=_open)
    prepares = commands.add_parser("prepare", help="only copy the notebooks to workbook/")
    prepares.set_defaults(run=_prepare)
    resets = commands.add_parser("reset", help="put a fresh copy of a notebook into workbook/; the old one is kept")
    resets.add_argument("notebook", help="03, or 03_scalability")
    resets.set_defaults(run=_reset)
    checks = commands.add_parser("ready", help="check that this machine is ready; exit code 1 if it is not")
    checks.add_argument("--class", dest="board", metavar="ADDRESS", help="tell the board of this class, too")
    checks.set_defaults(run=_ready)
    classes = commands.add_parser("class", help="for instructors: start the board of a class")
    classes.add_argument("--port", type=int, default=8765, help="where it listens (8765; 0 for any that is free)")
    classes.add_argument("--open", action="store_true", help="let other machines reach it, not this one alone")
    classes.add_argument(
        "--name", action="append", default=[], help="a name that this machine goes by; may be repeated"
    )
    classes.add_argument("--file", help="where the class is kept (workbook/class.sqlite)")
    classes.add_argument("--prefix", default="", help="the path that it is below, behind a proxy")
    classes.set_defaults(run=_class)
    books = commands.add_parser("book", help="build the course as a static site, in which every timeline replays")
    books.add_argument("--output", metavar="FOLDER", help="where to (book/); the folder is emptied first")
    books.set_defaults(run=_book)
    refreshes = commands.add_parser("refresh", help="for maintainers: run notebooks/ and store the outputs")
    refreshes.add_argument("notebook", nargs="*", help="which ones: 03, or 03_scalability (all, if none is named)")
    refreshes.set_defaults(run=_refresh)
    return parser


def _open_options(parser: argparse.ArgumentParser) -> None:
    off = parser.argument_default or False
    parser.add_argument("--no-browser", action="store_true", default=off, help="start JupyterLab without a browser")
    parser.add_argument("--port", type=int, help="where JupyterLab listens (8888, or the next that is free)")
    parser.add_argument("--class", dest="board", metavar="ADDRESS", help="every page joins the class at this address")


def _open(course: Course, options: argparse.Namespace) -> int:
    from helpers.lesson import jupyter

    if options.board:
        from helpers.lesson.joining import join_every_page

        try:
            join_every_page(options.board)
        except ValueError as error:
            raise CourseError(str(error)) from None
    _prepare(course, options)
    print("JupyterLab opens on your copy, in workbook/. To stop it: Control-C here, twice.", flush=True)
    with jupyter.writable_folders() as temporary:
        if temporary:
            print(
                f"Your home folder can't be written: JupyterLab keeps its settings in {temporary}, until it stops.",
                flush=True,
            )
        jupyter.start(course, browser=not options.no_browser, port=options.port, extra=options.to_jupyter)
    return 0


def _prepare(course: Course, options: argparse.Namespace) -> int:
    from helpers.lesson import workbook

    beside = 0
    for copied in workbook.prepare(course):
        if copied.outcome == "yours, and the course's own has changed":
            print(f"workbook/{copied.name} is yours and stays as it is, though the course's own has changed since.")
            if copied.name.endswith(".ipynb"):
                print(f"  For a fresh copy (yours is kept beside it): python -m helpers reset {copied.name[:2]}")
        elif copied.outcome != "unchanged" and copied.name.endswith(".ipynb"):
            print(f"workbook/{copied.name}: {copied.outcome}")
        else:
            beside += copied.outcome != "unchanged"
    if beside:
        print(f"and {beside} of the files that they link to: pictures, scripts, questions, a glossary.")
    return 0


def _reset(course: Course, options: argparse.Namespace) -> int:
    from helpers.lesson import workbook

    fresh = workbook.reset(course, options.notebook)
    print(f"workbook/{fresh.path.name} is a fresh copy.")
    if fresh.kept:
        print(f"What you had is workbook/{fresh.kept.name}.")
    print("If it is open in JupyterLab: File > Reload Notebook from Disk.")
    return 0


def _book(course: Course, options: argparse.Namespace) -> int:
    from helpers.lesson.book.build import build

    site = Path(options.output).resolve() if options.output else course.root / "book"
    warnings = build(course, site)
    print("\n".join(warnings), file=sys.stderr)
    print(f"The book: {site / 'index.html'}" if not warnings else f"{len(warnings)} warnings: see above")
    return 1 if warnings else 0


def _class(course: Course, options: argparse.Namespace) -> int:
    from helpers.classroom import serve
    from helpers.lesson.schedule import sections

    path = Path(options.file) if options.file else course.workbook / "class.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        serve.run(
            path,
            sections(course),
            port=options.port,
            everywhere=options.open,
            names=options.name,
            prefix=options.prefix,
        )
    except OSError as error:
        raise CourseError(f"The board can't be started: {error}. Another port: --port 0") from None
    return 0


def _ready(course: Course, options: argparse.Namespace) -> int:
    if options.board:
        from helpers.lesson.joining import join

        try:
            join(options.board)
        except (ConnectionError, ValueError) as error:
            print(error, file=sys.stderr)
    report = ready()
    print(report.details())
    return 0 if report.ready else 1


def _refresh(course: Course, options: argparse.Namespace) -> int:
    from helpers.lesson import refresh

    paths = [course.find(name) for name in options.notebook] or course.notebooks()
    code = 0
    for path in paths:
        result = refresh.refresh(course, path)
        print(f"{path.name}: {'stored' if result.stored else 'NOT stored'}, ran {result.seconds:.1f} s", flush=True)
        for problem in result.problems:
            print(f"  {problem}")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())

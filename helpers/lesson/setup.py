"""The set-up cell, the same in every notebook, and what it starts."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import signal
import sys
import urllib.request

from IPython.core.getipython import get_ipython
from IPython.display import display

from helpers.lesson import packages, page
from helpers.lesson.shell_channel import send_replies_through_the_stream

# Holds no `await`: a kernel in which only cells with an `await` have run hangs on the first uncaught ExceptionGroup
# (ipykernel 7.3 with IPython 9). `python -m helpers refresh` writes it into every notebook; a test compares.
SET_UP_CELL = """\
import sys
from pathlib import Path

root = next((f for f in (Path.cwd(), *Path.cwd().parents) if (f / "helpers" / "lesson").is_dir()), None)
if root is None:
    raise FileNotFoundError("No helpers/ here. Keep this notebook in the course's notebooks/ or workbook/ folder.")
sys.path.insert(0, str(root))
from helpers.lesson import set_up

set_up()"""
LOOPBACK = ("127.0.0.1", "localhost")


def set_up() -> None:
    """Get a notebook ready: check Python and the packages, start the services, show timelines, make Stop work.

    Prints nothing; in a browser it puts a script into the page (see `helpers.lesson.page`). It may run again.

    Raises:
        RuntimeError: if this Python is too old for the course.
        ModuleNotFoundError: if packages are missing; the message has the line that installs them.
    """
    __tracebackhide__ = True  # IPython folds this frame: what counts is the message
    if sys.version_info < (3, 11):  # noqa: UP036 - a notebook may have picked any kernel
        raise RuntimeError(packages.python_too_old())
    missing = [problem for problem in packages.problems() if problem.installed is None]
    if missing:
        raise ModuleNotFoundError(packages.advice(missing))
    from helpers import exercises, services, timeline
    from helpers.exercises import latest
    from helpers.lesson import advice
    from helpers.lesson.live import a_browser_looks_on, show_replays
    from helpers.lesson.present import present, show_words

    exempt_loopback_from_proxies()  # first: what is started next inherits it
    services.warm_up()
    exercises.warm_up()
    # The first import of aiohttp takes 0.1 to 0.3 s: here it can't land in the middle of a timeline. That of matplotlib
    # takes 0.4 to 1.5 s: here nobody waits for the first picture.
    importlib.import_module("aiohttp")
    import_matplotlib_quietly()
    timeline.set_presenter(present)
    show_replays()
    show_words()
    if (shell := get_ipython()) is not None:
        latest.watch(shell)
        advice.give_with_errors(shell)
    make_stop_work()
    send_replies_through_the_stream(get_ipython())
    keep_collections_short()
    if os.environ.get("COURSE_CLASS"):
        from helpers.lesson.joining import join_where_a_hub_says

        join_where_a_hub_says()
    if a_browser_looks_on():
        display({"text/html": page.html(), "text/plain": ""}, raw=True)


def exempt_loopback_from_proxies() -> None:
    """Let clients reach the services where the environment names a proxy, in this kernel and in what it starts.

    aiohttp asks no proxy unless it is told to, but `requests` takes the environment's, and a proxy knows nothing of
    this machine's 127.0.0.1. Without such a variable nothing is set: Python would then no longer look at the proxies
    that Windows and macOS have in their own settings.
    """
    if not urllib.request.getproxies_environment().keys() - {"no"}:
        return
    if all(urllib.request.proxy_bypass(host) for host in LOOPBACK):
        return
    for name in [name for name in os.environ if name.lower() == "no_proxy"] or ["NO_PROXY"]:
        exempt = [host.strip() for host in os.environ.get(name, "").split(",") if host.strip()]
        os.environ[name] = ",".join([*exempt, *(host for host in LOOPBACK if host not in exempt)])


def import_matplotlib_quietly() -> None:
    """Import what draws, without what matplotlib would log to stderr.

    It warns where HOME can't be written (and then works all the same, from a temporary folder), and when its list of
    fonts, made on its first import, takes longer than 5 s.
    """
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        importlib.import_module("helpers.timeline.draw")
    finally:
        logger.setLevel(level)


def keep_collections_short() -> None:
    """Put what the kernel has made so far out of the garbage collector's sight.

    A full collection of a fresh kernel's 120,000 objects takes 60 ms (measured), which would look in a timeline as if
    the learner's own code had held the loop. After this it takes 0.1 ms.
    """
    gc.collect()
    gc.freeze()


def make_stop_work() -> bool:
    """Let the Stop button end an `await`, and return whether it will.

    ipykernel's handler of an interrupt cancels the running cell, but the event loop goes on sleeping in its selector
    until something else wakes it: `await asyncio.sleep(20)` takes 20 s to stop (ipykernel #881). A loop that handles
    any signal at all is woken by every signal. Not on Windows, whose loops handle none, nor where no loop runs.
    """
    if sys.platform == "win32":
        return False
    try:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: None)
    except RuntimeError:  # no loop runs here, or not in the main thread
        return False
    return True

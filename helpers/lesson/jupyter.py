"""JupyterLab, started on the first page of the learner's workbook."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from helpers import _scratch
from helpers.lesson.course import FIRST_PAGE, Course, CourseError

# Where things are kept, by the variable that says so, and below HOME without it. macOS and Windows use other folders
# there; what is looked at is whether the nearest one that exists can be written.
FOLDERS = {
    "JUPYTER_RUNTIME_DIR": ".local/share/jupyter/runtime",
    "JUPYTER_DATA_DIR": ".local/share/jupyter",
    "JUPYTER_CONFIG_DIR": ".jupyter",
    "IPYTHONDIR": ".ipython",
    "MPLCONFIGDIR": ".config/matplotlib",
}

# Jupyter's short names for what we set.
_ALIASES = {
    "log-level": "Application.log_level",
    "debug": "Application.log_level",
    "no-browser": "ServerApp.open_browser",
    "port": "ServerApp.port",
    "notebook-dir": "ServerApp.root_dir",
}
_APPLICATIONS = ("Application", "JupyterApp", "ServerApp", "ExtensionApp", "LabServerApp", "LabApp")


def arguments(course: Course, *, browser: bool = True, port: int | None = None, extra: Sequence[str] = ()) -> list[str]:
    """Return JupyterLab's command line.

    Its root is the course's folder, so that links from the workbook to the README work. Neither news nor updates are
    asked for: the course needs no network, and a newcomer no pop-up. Of its log, what is left is the address.
    What `extra` sets takes the place of our own setting of the same name.
    """
    page = f"/{FIRST_PAGE}" if (course.workbook / FIRST_PAGE).exists() else ""
    ours = [
        f"--ServerApp.root_dir={course.root}",
        f"--LabApp.default_url=/lab/tree/workbook{page}",
        "--Application.log_level=WARN",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        *([] if browser else ["--ServerApp.open_browser=False"]),
        *([] if port is None else [f"--ServerApp.port={port}"]),
    ]
    given = {_setting(one) for one in extra}
    return [*(one for one in ours if _setting(one) not in given), *extra]


def _setting(argument: str) -> tuple[str, ...]:
    """Return which setting an argument sets, whichever class of an application it names.

    A setting that stands twice in a command line becomes a list of two, and JupyterLab does not start.
    """
    name = argument.partition("=")[0].removeprefix("--")
    owner, _, trait = _ALIASES.get(name, name).rpartition(".")
    return ("an application", trait) if owner in _APPLICATIONS else (owner, trait)


def prefer_our_config() -> None:
    """Let Jupyter read `jupyter_config/` beside this file, before the user's own folders.

    It turns off the extension that asks every newcomer whether to get Jupyter's news: JupyterLab 4.6 asks even when
    there are none to get (`news_url=None`). It lets JupyterLab keep the state of sliders and guesses in the notebook,
    and kernels listen on Unix sockets.
    A kernel takes every request from its first cell on, and says what to do where a page's set-up cell was not run,
    unless the user has a PYTHONSTARTUP of their own.
    """
    os.environ.setdefault("PYTHONSTARTUP", str(Path(__file__).with_name("before_set_up.py")))
    ours = str(Path(__file__).with_name("jupyter_config"))
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([ours, others] if others else [ours])


@contextmanager
def writable_folders() -> Iterator[Path | None]:
    """Give Jupyter, IPython and matplotlib a temporary folder in place of each of theirs that can't be written.

    Without them JupyterLab ends with a traceback in a container whose HOME is read-only. Yields the folder that holds
    them, which is gone at the end; None where none is needed.
    """
    folders = {name: Path(os.environ.get(name) or Path.home() / usual) for name, usual in FOLDERS.items()}
    refused = [name for name, folder in folders.items() if not _can_be_written(folder)]
    if not refused:
        yield None
        return
    before = {name: os.environ.get(name) for name in refused}
    with TemporaryDirectory(prefix="jupyter-", dir=_scratch.folder(), ignore_cleanup_errors=True) as temporary:
        for name in refused:
            (folder := Path(temporary) / name.lower()).mkdir()
            os.environ[name] = str(folder)
        try:
            yield Path(temporary)
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _can_be_written(folder: Path) -> bool:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def start(course: Course, *, browser: bool = True, port: int | None = None, extra: Sequence[str] = ()) -> None:
    """Start JupyterLab in this process, and return when it has been stopped.

    Raises:
        CourseError: if JupyterLab would refuse to start because it runs as root.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in extra:
        raise CourseError(
            "JupyterLab refuses to run as root, because whoever reaches its page could do anything. In a container "
            f"of your own that is all right: {sys.executable} -m helpers open -- --allow-root"
        )
    prefer_our_config()
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(arguments(course, browser=browser, port=port, extra=extra))

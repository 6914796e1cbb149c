"""JupyterLab, started on the first page of the learner's workbook."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.lesson.course import FIRST_PAGE, Course, CourseError


def arguments(course: Course, *, browser: bool = True, port: int | None = None, extra: Sequence[str] = ()) -> list[str]:
    """Return JupyterLab's command line.

    Its root is the course's folder, so that links from the workbook to the README work. Neither news nor updates are
    asked for: the course needs no network, and a newcomer no pop-up. Of its log, what is left is the address.
    """
    page = f"/{FIRST_PAGE}" if (course.workbook / FIRST_PAGE).exists() else ""
    return [
        f"--ServerApp.root_dir={course.root}",
        f"--LabApp.default_url=/lab/tree/workbook{page}",
        "--log-level=WARN",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        *([] if browser else ["--no-browser"]),
        *([] if port is None else [f"--ServerApp.port={port}"]),
        *extra,
    ]


def prefer_our_config() -> None:
    """Let Jupyter read `jupyter_config/` beside this file, before the user's own folders.

    It turns off the extension that asks every newcomer whether to get Jupyter's news: JupyterLab 4.6 asks even when
    there are none to get (`news_url=None`).
    """
    ours = str(Path(__file__).with_name("jupyter_config"))
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([ours, others] if others else [ours])


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

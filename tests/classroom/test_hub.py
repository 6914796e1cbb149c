"""A real hub: everybody gets a workbook, is in the class from the first cell on, and the instructor sees it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.classroom.hub import HubLearner, RunningHub, jupyterhub, proxy_command

LEARNERS = 10
PAGE = "01_improved_performance.ipynb"
PYTHON = Path(os.environ.get("COURSE_HUB_PYTHON", sys.executable))

pytestmark = [
    pytest.mark.extended,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="JupyterHub needs POSIX"),
    pytest.mark.skipif(proxy_command() is None, reason="npm install -g configurable-http-proxy: the hub needs it"),
    pytest.mark.skipif(
        not PYTHON.with_name("jupyterhub").exists(),
        reason="COURSE_HUB_PYTHON names no Python that has jupyterhub and the course's requirements",
    ),
]


def cells_of(hub: RunningHub, name: str) -> list[str]:
    """The code of the learner's own copy of the page."""
    path = hub.folder / "homes" / name / "asyncio-measured" / "workbook" / PAGE
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


async def work_through(hub: RunningHub, name: str) -> list[str]:
    """Sign in, and run the page to its end; return its errors."""
    async with HubLearner(hub, name) as learner:
        await learner.sign_in()
        url = await learner.server()
        return await learner.run(url, f"workbook/{PAGE}", cells_of(hub, name))


async def board_of(hub: RunningHub) -> tuple[int, dict[str, Any]]:
    """What the instructor sees who comes from the hub: the status of the screen, and what it is told first."""
    async with HubLearner(hub, "instructor") as instructor:
        await instructor.sign_in()
        async with instructor.session.get(f"{hub.url}/services/class/") as screen:
            status, url = screen.status, screen.url.with_query("")
        async with instructor.session.get(f"{url}/stream?page=01") as stream:
            return status, json.loads((await stream.content.readline()).removeprefix(b"data: "))


async def status_of_a_learner(hub: RunningHub) -> int:
    async with HubLearner(hub, "learner0") as learner:
        await learner.sign_in()
        async with learner.session.get(f"{hub.url}/services/class/") as screen:
            return screen.status


def test_ten_learners_work_through_a_page_at_once_and_the_instructor_sees_them(tmp_path: Path) -> None:
    command = proxy_command()
    assert command is not None
    names = [f"learner{n}" for n in range(LEARNERS)]

    async def all_at_once(hub: RunningHub) -> list[list[str]]:
        return await asyncio.gather(*(work_through(hub, name) for name in names))

    with jupyterhub(tmp_path, python=PYTHON, proxy=command) as hub:
        assert asyncio.run(all_at_once(hub)) == [[] for _ in names]
        status, seen = asyncio.run(board_of(hub))
        assert (status, seen["joined"]) == (200, LEARNERS)
        assert {len(one["measured"]) for one in seen["guesses"]} == {LEARNERS}
        assert asyncio.run(status_of_a_learner(hub)) == 403

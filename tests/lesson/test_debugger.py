"""With JupyterLab's debugger on, services start and answers are judged as without it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.lesson.course import Course
from helpers.lesson.setup import SET_UP_CELL
from tests.lesson.kernels import Kernel, kernel

pytestmark = [
    pytest.mark.extended,
    pytest.mark.skipif(importlib.util.find_spec("debugpy") is None, reason="there is no debugpy here"),
    pytest.mark.timeout(300),
]
# The check's picture needs no browser; what counts is the tick.
ANSWER = """\
import asyncio, aiohttp
from helpers import check, services
api = services.http("weather", latency_s=0.1)

async def fetch(session, city):
    async with session.get(f"/cities/{city}") as response:
        return await response.json()

async def three_cities(session):
    await asyncio.gather(*(fetch(session, city) for city in ["oslo", "lima", "cairo"]))

check("1.1", three_cities)"""


@pytest.fixture
def debugged() -> Iterator[Kernel]:
    """A kernel whose debugger was turned on before its first cell."""
    with kernel(Path(Course.here().source)) as running:
        running.debug()
        yield running


def test_the_services_start_and_answer(debugged: Kernel) -> None:
    assert (
        debugged.run(SET_UP_CELL, timeout_s=120).status == "ok"
    )  # 30 s were not enough beside a hub with ten learners
    asked = debugged.run(
        "import aiohttp\nfrom helpers import services\napi = services.http('debugged')\n"
        "async with aiohttp.ClientSession(api.url) as session, session.get('/cities/oslo') as response:\n"
        "    print(response.status)",
        timeout_s=60,
    )
    assert (asked.status, asked.text) == ("ok", "200\n")


def test_a_right_answer_is_right_twice(debugged: Kernel) -> None:
    assert (
        debugged.run(SET_UP_CELL, timeout_s=120).status == "ok"
    )  # 30 s were not enough beside a hub with ten learners
    for _ in range(2):
        assert "✓ 1.1" in debugged.run(ANSWER, timeout_s=60).text

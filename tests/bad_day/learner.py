"""A learner's first minutes, in whatever conditions this process runs: `python -m tests.bad_day.learner FOLDER`.

Runs the cells of a short notebook in that folder in a real kernel: set-up, a service that aiohttp and requests ask, a
timeline, a checked answer. Prints what each showed, as JSON. The kernel inherits limits, cores and environment.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from helpers.lesson.setup import SET_UP_CELL
from tests.lesson.kernels import kernel

CELLS = {
    "set-up": SET_UP_CELL,
    "ready": "from helpers.lesson import ready\n\nready()",
    "timeline": """\
import asyncio

import aiohttp
import requests

from helpers import Timeline, check, services

api = services.http("weather", latency_s=0.1)


async def temperature(session, city):
    async with session.get(f"/cities/{city}/weather") as response:
        return (await response.json())["temperature_c"]


async with aiohttp.ClientSession(api.url) as session:
    async with Timeline("Three at once", watch=[api]):
        await asyncio.gather(*[temperature(session, city) for city in ("oslo", "lima", "cairo")])""",
    "journal": "print(len(api.journal()), 'requests')",
    "requests": "print(requests.get(f'{api.url}/cities/oslo', timeout=10).json()['name'])",
    "check": 'async def in_oslo(session):\n    return await temperature(session, "oslo")\n\n\ncheck("0.1", in_oslo)',
}


def shown_by_each(folder: Path) -> dict[str, str]:
    """Run the cells in this folder, and return what each showed: text, stderr and error in one."""
    shown = {}
    with kernel(folder) as running:
        for name, source in CELLS.items():
            ran = running.run(source, timeout_s=60)
            shown[name] = ran.text + ran.error
    return shown


if __name__ == "__main__":
    json.dump(shown_by_each(Path(sys.argv[1])), sys.stdout)

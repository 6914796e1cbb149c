"""A lesson in a few cells: the set-up cell, a service, an experiment on a timeline, a check; and ways to get stuck."""

from __future__ import annotations

from helpers.lesson.setup import SET_UP_CELL

SET_UP = SET_UP_CELL
OPEN = """
import asyncio
import os
from pathlib import Path

import aiohttp

from helpers import Timeline, check, legacy, services

legacy.city_database()  # a temporary file
api = services.http("weather", latency_s=0.02)


async def fetch(session, path):
    async with session.get(path) as response:
        return await response.json()


async def temperature(session, city):
    return (await fetch(session, f"/cities/{city}/weather"))["temperature_c"]
"""
EXPERIMENT = """
async with aiohttp.ClientSession(api.url) as session:
    async with Timeline("An experiment", watch=[api]):
        async with asyncio.TaskGroup() as group:
            for city in ("oslo", "lima", "perth"):
                group.create_task(fetch(session, f"/cities/{city}"))
"""
CHECK = """
async def in_oslo(session):
    return await temperature(session, "oslo")

check("0.1", in_oslo)
"""
LESSON = (OPEN, EXPERIMENT, CHECK)

# Each makes a file when it is under way, and then takes 20 seconds.
LONG_EXPERIMENT = """
async with aiohttp.ClientSession(api.url) as session:
    async with Timeline("A long experiment", watch=[api]):
        async with asyncio.TaskGroup() as group:
            for city in ("oslo", "lima", "perth"):
                group.create_task(fetch(session, f"/cities/{city}?latency_s=20"))
            while len(api.journal()) < 3:
                await asyncio.sleep(0.01)
            Path(os.environ["BEGUN"]).touch()
"""
LONG_CHECK = """
here = Path(os.environ["BEGUN"])


async def in_oslo(session):
    here.touch()
    await asyncio.sleep(20)


check("0.1", in_oslo)
"""
CENSUS = """
import asyncio as _asyncio, json as _json, threading as _threading
import psutil as _psutil

_me = _psutil.Process()
_service = {port for _, port in api.addresses} if "api" in globals() else set()
print(_json.dumps({
    "tasks": sorted(task.get_coro().__qualname__ for task in _asyncio.all_tasks()),
    "threads": sorted(thread.name.rstrip("0123456789") for thread in _threading.enumerate()),
    "children": sorted(
        part.rpartition("/")[2] for child in _me.children() for part in child.cmdline() if part.endswith(".py")
    ),
    "sockets": sum(each.status == "ESTABLISHED" and each.raddr.port in _service for each in _me.net_connections()),
    "open": _me.num_fds(),
}))
"""
END = """
from helpers import services
from helpers.exercises import spare
services.shut_down()
spare.shut_down()
"""

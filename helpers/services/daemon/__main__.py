"""Host services for the kernel that started this process: `python -P daemon/__main__.py PARENT_PID`."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from pathlib import Path

PARENT_CHECK_S = 0.25
GARBAGE = 20_000  # objects since the last collection that are worth one while nothing is in flight


async def host(parent: int) -> None:
    """Answer commands until the kernel is gone, then end the process."""
    from helpers.services import world
    from helpers.services.daemon.hub import Hub

    hub = Hub()
    world.cities()  # read now, so that the first request is not late
    hub.channel.open()
    hub.channel.send({"ready": os.getpid()})
    gc.collect()
    gc.freeze()
    while os.name != "posix" or os.getppid() == parent:  # elsewhere a lost parent keeps its number
        await asyncio.sleep(PARENT_CHECK_S)
        garbage = gc.get_count()[0]
        if (garbage > GARBAGE and hub.idle) or garbage > 50 * GARBAGE:
            gc.collect(1)  # not the oldest: that is a long journal, and going through it takes tens of milliseconds
    os._exit(0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # this checkout, wherever the learner's process runs
    for library in ("aiohttp", "asyncio"):  # they warn of what clients do; that is in the journal
        logging.getLogger(library).setLevel(logging.ERROR)
    gc.disable()  # a collection in the middle of 1000 requests makes them all late; so only in quiet moments
    asyncio.run(host(int(sys.argv[1])))

"""What is acknowledged is kept, however the board ends."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.classroom.store import Store
from tests.classroom.conftest import guess

# Adds events for as long as it lives, and says the id of each that is acknowledged.
ADDING = """
import asyncio, sys
from pathlib import Path
from helpers.classroom.events import Event
from helpers.classroom.store import Store

async def main():
    async with Store(Path(sys.argv[1])) as store:
        learner, _ = await store.join("Ada")
        while True:
            event = Event(kind="guess", page="01", key="k", value=1)
            await store.add(learner.number, [event])
            print(event.id, flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGKILL")
def test_every_acknowledged_event_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "class.sqlite"
    with subprocess.Popen([sys.executable, "-c", ADDING, str(path)], stdout=subprocess.PIPE, text=True) as adding:
        assert adding.stdout is not None
        acknowledged = [adding.stdout.readline().strip() for _ in range(50)]
        adding.send_signal(signal.SIGKILL)
        acknowledged += adding.stdout.read().split("\n")[:-1]

    async def kept() -> set[str]:
        async with Store(path) as store:
            _, events = await store.everything()
            return {event.id for _, event in events}

    assert len(acknowledged) >= 50
    assert set(acknowledged) <= asyncio.run(kept())


async def test_only_what_was_not_there_is_fresh(tmp_path: Path) -> None:
    async with Store(tmp_path / "class.sqlite") as store:
        learner, _ = await store.join("Ada")
        first, second = guess(), guess()
        assert await store.add(learner.number, [first]) == [first]
        assert await store.add(learner.number, [first, second, second]) == [second]


async def test_many_at_once_are_all_kept_in_a_few_commits(tmp_path: Path) -> None:
    async with Store(tmp_path / "class.sqlite") as store:
        learner, _ = await store.join("Ada")
        events = [guess(n) for n in range(500)]
        await asyncio.gather(*(store.add(learner.number, [event]) for event in events))
        _, kept = await store.everything()
    assert [event.value for _, event in kept] == [event.value for event in events]


async def test_a_key_is_kept_nowhere(tmp_path: Path) -> None:
    async with Store(tmp_path / "class.sqlite") as store:
        learner, key = await store.join("Ada")
        assert learner.has_key(key)
        assert not learner.has_key(key + "x")
    assert key.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())  # noqa: ASYNC240

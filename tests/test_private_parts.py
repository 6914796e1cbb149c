"""The private parts of others that the course relies upon, in one place: what to look at when a new version comes.

Most degrade well where a part is gone (a wait is called "other", an alert is not sent); each says so where it stands.
"""

from __future__ import annotations

import asyncio
import asyncio.mixins
import asyncio.sslproto
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from aiohttp import web

from helpers.lesson.course import Course

ROOT = Course.here().root


@dataclass(frozen=True)
class Part:
    """A private part: its owner (a class, a module or an instance), its name, and the file that relies on it."""

    owner: object
    name: str
    used_in: str

    def __str__(self) -> str:
        owner = self.owner if isinstance(self.owner, type) else type(self.owner)
        return f"{owner.__name__}.{self.name}"


def of_cpython() -> list[Part]:
    loop = asyncio.new_event_loop()
    pool = ThreadPoolExecutor(1)
    try:
        task_class, future_class = asyncio.tasks.Task, asyncio.futures.Future
        return [
            Part(asyncio.BaseEventLoop, "_call_soon", "helpers/timeline/_callbacks.py"),
            Part(loop, "_selector", "helpers/timeline/_loop_hooks.py"),
            Part(asyncio.Handle, "_run", "helpers/timeline/_callbacks.py"),
            Part(loop.call_later(0, print), "_callback", "helpers/timeline/_recorder.py"),
            Part(loop.call_later(0, print), "_loop", "helpers/timeline/_callbacks.py"),
            Part(task_class, "_fut_waiter", "helpers/timeline/_callbacks.py"),
            Part(task_class, "_exception", "helpers/timeline/_callbacks.py"),
            Part(asyncio.tasks, "_PyTask", "helpers/timeline/_callbacks.py"),
            Part(asyncio.futures, "_PyFuture", "helpers/timeline/reasons.py"),
            Part(future_class, "_callbacks", "helpers/timeline/reasons.py"),
            Part(asyncio.tasks, "_GatheringFuture", "helpers/timeline/reasons.py"),
            Part(asyncio.Queue(), "_getters", "helpers/timeline/gauges.py"),
            Part(asyncio.Queue(), "_putters", "helpers/timeline/gauges.py"),
            Part(asyncio.Semaphore(), "_value", "helpers/timeline/gauges.py"),
            Part(asyncio.Semaphore(), "_waiters", "helpers/timeline/gauges.py"),
            Part(asyncio.BoundedSemaphore(), "_bound_value", "helpers/timeline/gauges.py"),
            Part(asyncio.Lock(), "_waiters", "helpers/timeline/gauges.py"),
            Part(asyncio.Condition(), "_waiters", "helpers/timeline/gauges.py"),
            Part(asyncio.Condition(), "_lock", "helpers/timeline/gauges.py"),
            Part(asyncio.Event(), "_waiters", "helpers/timeline/gauges.py"),
            Part(pool, "_max_workers", "helpers/timeline/gauges.py"),
            Part(asyncio.TaskGroup(), "_tasks", "helpers/timeline/_aims.py"),
            Part(asyncio.tasks, "_current_tasks", "helpers/timeline/_aims.py"),
            Part(loop, "_asyncgens", "helpers/exercises/_witness.py"),
            Part(asyncio.BaseEventLoop, "_asyncgen_finalizer_hook", "helpers/exercises/_witness.py"),
            Part(asyncio, "_get_running_loop", "helpers/exercises/_witness.py"),
            Part(asyncio.sslproto.SSLProtocol, "_process_outgoing", "helpers/services/daemon/tls.py"),
            Part(asyncio.sslproto.SSLProtocol, "_on_handshake_complete", "helpers/services/daemon/tls.py"),
            Part(threading.Thread(), "_target", "helpers/exercises/_witness.py"),
            Part(pool, "_max_workers", "helpers/exercises/_departure.py"),
            Part(asyncio.mixins, "_LoopBoundMixin", "helpers/exercises/_departure.py"),
        ]
    finally:
        pool.shutdown()
        loop.close()


PARTS = [
    *of_cpython(),
    Part(web.StreamResponse(), "_keep_alive", "helpers/services/daemon/exchange.py"),
]


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_private_part_that_is_relied_upon_is_there(part: Part) -> None:
    assert hasattr(part.owner, part.name)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_each_part_is_still_used_where_the_list_says(part: Part) -> None:
    assert part.name in (ROOT / part.used_in).read_text(encoding="utf-8")

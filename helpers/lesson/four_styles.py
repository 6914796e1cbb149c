"""One small job in four styles, run side by side and broken at every step: the apparatus of page 02.

A style is a function. Its first parameter says which one it is: `get` for blocking code, `session` for a coroutine
function, `session` and a last `done` for callbacks. The second is the store, which is open; the function closes it.

    broken = await break_each_step({"coroutines": with_coroutines})
    broken["coroutines"].left_open      # in none of the runs: 0
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import textwrap
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import requests  # here: it takes 0.1 s, and the first run that is measured must not pay for it

from helpers import services
from helpers.services import HttpService
from helpers.timeline import Timeline

if TYPE_CHECKING:
    import aiohttp

Style = Callable[..., Any]
Then = Callable[[BaseException | None, Any], None]

PAGES = ("/cities/oslo", "/cities/oslo/weather", "/cities/oslo/neighbours")
SAVE = "save"
STEPS = (*PAGES, SAVE)
ANSWER_S, FAILURE_S = 0.05, 0.01  # a step fails while the others still wait for their answers
PATIENCE_S = 0.5  # a caller who has not been told by then never is: the slowest job takes 0.15 s
_begun: set[asyncio.Task[Any]] = set()  # the event loop keeps only weak references to tasks


class Store:
    """Stands for a database: `save` keeps a report, and whoever is given the store closes it."""

    def __init__(self, *, full: bool = False) -> None:
        self._full = full
        self.is_open = True
        self.reports: list[tuple[Any, ...]] = []

    def save(self, *report: Any) -> None:
        """Keep a report.

        Raises:
            OSError: when the disk is full.
        """
        if self._full:
            raise OSError("disk full")
        self.reports.append(report)

    def close(self) -> None:
        """Close the store; once is enough."""
        self.is_open = False


def begin(session: aiohttp.ClientSession, path: str, then: Then) -> None:
    """Schedule a request, return at once, and call `then(error, answer)` when it has ended: a library in callbacks."""

    def ended(task: asyncio.Task[Any]) -> None:
        _begun.discard(task)
        error = task.exception()
        then(error, None if error else task.result())

    task = asyncio.get_running_loop().create_task(_fetch(session, path), name=path)
    _begun.add(task)
    task.add_done_callback(ended)


async def _fetch(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as response:
        response.raise_for_status()
        return await response.json()


@dataclass
class Outcome:
    """How one style took a fault at each of the four steps.

    Attributes:
        told: in how many of the four runs the caller was told of the error.
        in_a_group: how many of these errors came in an ExceptionGroup.
        left_open: in how many runs the store was left open.
        for_nobody: how many requests were answered although the job had failed already.
        lines: of the style's source.
        checks: how many places of its source look at an error.
    """

    told: int = 0
    in_a_group: int = 0
    left_open: int = 0
    for_nobody: int = 0
    lines: int = 0
    checks: int = 0


class Broken(dict[str, Outcome]):
    """The outcome of each style, by its name; printed, a table."""

    def __str__(self) -> str:
        head = (
            f"{'':18}{'lines':>6}{'error checks':>14}{'told':>9}{'in a group':>12}"
            f"{'store left open':>17}{'answers for nobody':>20}"
        )
        rows = [
            f"{name:18}{one.lines:6}{one.checks:14}{f'{one.told} of {len(STEPS)}':>9}"
            f"{one.in_a_group:12}{one.left_open:17}{one.for_nobody:20}"
            for name, one in self.items()
        ]
        return "\n".join([head, *rows])


async def run_each(styles: Mapping[str, Style], api: HttpService) -> list[Timeline]:
    """Run each style once against the service, in this order, and return their timelines."""
    timelines = []
    for name, style in styles.items():
        timeline = Timeline(name, watch=[api], show=False)
        if _kind(style) == "blocking":
            with timeline:
                style(partial(_get, api.url, None, timeline), Store())
        else:
            async with _session(api.url, None) as session, timeline:
                await _wait_for(style, session, Store())
        timelines.append(timeline)
    return timelines


async def break_each_step(styles: Mapping[str, Style]) -> Broken:
    """Break each step for each style, one at a time, and return what became of caller, store and requests."""
    api = services.http("faults", latency_s=ANSWER_S)
    found = Broken({name: Outcome(lines=_lines(style), checks=_checks(style)) for name, style in styles.items()})
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda *_: None)  # an error in a callback reaches nobody else: it is counted below
    try:
        for step in STEPS:
            for name, style in styles.items():
                await _break(style, step, api, found[name])
    finally:
        loop.set_exception_handler(handler)
    return found


async def _break(style: Style, step: str, api: HttpService, outcome: Outcome) -> None:
    store, before = Store(full=step == SAVE), len(api.journal())
    async with _session(api.url, step) as session:
        try:
            if _kind(style) == "blocking":
                await asyncio.to_thread(style, partial(_get, api.url, step, None), store)
            else:
                await _wait_for(style, session, store)
        except TimeoutError:
            pass  # nobody called back
        except Exception as error:
            outcome.told += 1
            outcome.in_a_group += isinstance(error, ExceptionGroup)
        entries = list(api.journal())[before:]
        while any(entry.last_byte_ns is None for entry in entries):
            await asyncio.sleep(FAILURE_S)
            entries = list(api.journal())[before:]
    outcome.left_open += store.is_open
    failed_ns = min((entry.last_byte_ns or 0 for entry in entries if entry.outcome == "failed"), default=None)
    if failed_ns is not None:
        outcome.for_nobody += sum(one.outcome == "ok" and (one.last_byte_ns or 0) > failed_ns for one in entries)


async def _wait_for(style: Style, session: aiohttp.ClientSession, store: Store) -> None:
    if _kind(style) == "coroutine":
        await style(session, store)
        return
    finished: asyncio.Queue[BaseException | None] = asyncio.Queue()
    style(session, store, finished.put_nowait)
    async with asyncio.timeout(PATIENCE_S):
        error = await finished.get()
    if error is not None:
        raise error


def _kind(style: Style) -> str:
    if inspect.iscoroutinefunction(style):
        return "coroutine"
    return "callbacks" if "done" in inspect.signature(style).parameters else "blocking"


def _get(url: str, broken: str | None, timeline: Timeline | None, path: str) -> Any:
    with requests.Session() as session, nullcontext() if timeline is None else timeline.span(path):
        session.trust_env = False  # a proxy set in the environment must not see what is meant for this machine
        response = session.get(url + path, params=_fault() if path == broken else None, timeout=10)
        response.raise_for_status()
        return response.json()


def _session(url: str, broken: str | None) -> aiohttp.ClientSession:
    import aiohttp

    async def break_it(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        if request.url.path == broken:
            request.url = request.url.update_query(_fault())
        return await send(request)

    return aiohttp.ClientSession(url, middlewares=[break_it])


def _fault() -> dict[str, str]:
    return {"failure_rate": "1", "latency_s": str(FAILURE_S)}


def _lines(style: Style) -> int:
    return sum(bool(line.strip()) for line in inspect.getsource(style).splitlines())


def _checks(style: Style) -> int:
    nodes = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(style))))
    return sum(
        isinstance(node, ast.ExceptHandler) or (isinstance(node, ast.If) and "error" in ast.unparse(node.test))
        for node in nodes
    )

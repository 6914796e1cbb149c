"""The service that page 12 gives to take home, as a process of its own: what real clients see, and what is left."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import importlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from helpers.lesson.course import Course

FOLDER = Course.here().source / "take_home" / "12_service"
LONG_S = 60.0  # what hangs is told from what is slow, also on a crowded machine
MOST_LINES = 400

posix = pytest.mark.skipif(os.name != "posix", reason="Windows can't send a process a signal that it could handle")


@dataclass
class Running:
    """The service, running."""

    process: subprocess.Popen[str]
    session: aiohttp.ClientSession
    database: Path
    sent: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    async def post(self, key: str, value: Any = 21.5, **more: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.post(
            "/measurements", json={"key": key, "sensor": "roof", "value": value} | more
        ) as got:
            return got.status, await got.json()

    async def health(self) -> dict[str, Any]:
        async with self.session.get("/health") as got:
            return dict(await got.json())

    async def until(self, **wanted: Any) -> dict[str, Any]:
        """Ask for its health until it is as wanted."""
        async with asyncio.timeout(LONG_S):
            while not wanted.items() <= (health := await self.health()).items():  # noqa: ASYNC110 - it is asked
                await asyncio.sleep(0.02)
        return health

    async def load(self, clients: int) -> None:
        """Send as fast as it answers, until it no longer does."""

        async def client(number: int) -> None:
            for turn in range(1_000_000):
                key = f"{number}-{turn}"
                try:
                    status, _ = await self.post(key)
                except aiohttp.ClientConnectorError:
                    return  # nobody listens: it was never sent
                except aiohttp.ClientError:
                    self.unanswered.append(key)
                    return
                self.sent.append(key)
                if status == 201:
                    self.acknowledged.append(key)

        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(client(number))

    async def acknowledges(self, number: int) -> None:
        """Wait until so many have been acknowledged."""
        while len(self.acknowledged) < number:  # noqa: ASYNC110 - each of them would have to set an event
            await asyncio.sleep(0.01)

    def ended(self) -> int:
        return self.process.wait(LONG_S)

    def kept(self) -> list[str]:
        """Return the keys in the file."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return [key for (key,) in database.execute("SELECT key FROM measurement ORDER BY id")]


@contextlib.asynccontextmanager
async def running(folder: Path, *options: object, stderr_is_empty: bool = True) -> AsyncIterator[Running]:
    command = [sys.executable, "-W", "error", str(FOLDER), "--port", "0", "--database", str(folder / "it.sqlite")]
    process = subprocess.Popen(  # noqa: ASYNC220 - a moment
        [*command, *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    )
    try:
        assert process.stdout is not None
        word, _, address = (await asyncio.to_thread(process.stdout.readline)).strip().partition(" ")
        assert word == "ready"
        connector = aiohttp.TCPConnector(limit=0)
        async with asyncio.timeout(LONG_S), aiohttp.ClientSession(address, connector=connector) as session:
            yield Running(process, session, folder / "it.sqlite")
    finally:
        process.kill()
        _, error = process.communicate()
        assert error == "" or not stderr_is_empty


async def events(session: aiohttp.ClientSession, *, after: str = "") -> AsyncIterator[tuple[str, str]]:
    """Yield each event of the stream: its id or its name, and its data."""
    headers = {"Last-Event-ID": after} if after else {}
    async with session.get("/events", headers=headers) as response:
        name = ""
        async for raw in response.content:
            label, _, text = raw.decode().strip().partition(": ")
            if label == "data":
                yield name, text
            elif label:
                name = text


UNLIMITED = ("--per-s", 1e6, "--burst", 1_000_000)


def test_it_has_no_more_than_four_hundred_lines_of_code() -> None:
    lines = 0
    for path in FOLDER.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        told: set[int] = set()
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if ast.get_docstring(node) is not None:
                told |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
        code = (line for number, line in enumerate(source.splitlines(), 1) if number not in told)
        lines += sum(bool(line.strip()) and not line.strip().startswith("#") for line in code)
    assert lines <= MOST_LINES


async def test_a_measurement_is_kept_once_however_often_it_is_sent(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        assert await service.post("a") == (201, {"id": 1})
        assert await service.post("b") == (201, {"id": 2})
        assert await service.post("a") == (201, {"id": 1})
        assert service.kept() == ["a", "b"]


async def test_another_measurement_with_the_same_key_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        assert await service.post("a", 1.5) == (201, {"id": 1})
        assert (await service.post("a", 2.5))[0] == 409
        assert (await service.post("a", 1.5, sensor="cellar"))[0] == 409
        assert await service.post("a", 1.5) == (201, {"id": 1})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"7",
        b"null",
        b'{"key": "k", "sensor": "roof"}',
        b'{"key": "k", "sensor": "roof", "value": NaN}',
        b'{"key": "k", "sensor": "roof", "value": true}',
        b'{"key": "k", "sensor": "roof", "value": "21"}',
        b'{"key": "k", "sensor": "roof", "value": 1e999}',
        b'{"key": "k", "sensor": "", "value": 1}',
        b'{"key": 7, "sensor": "roof", "value": 1}',
        b'{"key": "\\ud800", "sensor": "roof", "value": 1}',
        b'[["key", "k"], ["sensor", "roof"], ["value", 1]]',
        b"[" * 4000,
        b"\xff",
    ],
)
def test_what_is_no_measurement_is_a_value_error(body: bytes, modules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        modules["store"].Measurement.parse(body)


async def test_bad_and_oversized_bodies_are_refused_and_the_next_one_is_taken(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        async with service.session.post("/measurements", data=b"{") as bad:
            assert bad.status == 400
        async with service.session.post("/measurements", data=b"x" * 100_000) as large:
            assert large.status == 413
        assert await service.post("a") == (201, {"id": 1})


async def test_a_body_that_can_not_be_unpacked_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, stderr_is_empty=False) as service:  # aiohttp logs what it can't unpack
        headers = {"Content-Encoding": "gzip"}
        async with service.session.post("/measurements", data=b"abcde", headers=headers) as bad:
            assert bad.status == 400


async def test_who_comes_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    async with running(tmp_path, "--burst", 3, "--per-s", 0.01) as service:
        answers = [await service.post(str(n)) for n in range(5)]
        async with service.session.post("/measurements", data=b"{}") as refused:
            assert int(refused.headers["Retry-After"]) > 50
        assert [status for status, _ in answers] == [201, 201, 201, 429, 429]


async def test_more_at_once_than_it_can_work_on_are_refused_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, "--at-once", 1) as service:
        address = service.session._base_url
        assert address is not None
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"POST /measurements HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")  # and no body
        await service.until(in_flight=1)
        assert (await service.post("a"))[0] == 503
        writer.close()
        await service.until(in_flight=0)
        assert (await service.post("a"))[0] == 201
        del reader


async def test_a_body_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    async with running(tmp_path, "--answer-s", 0.2) as service:
        address = service.session._base_url
        assert address is not None
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"POST /measurements HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        assert b" 503 " in await reader.readline()
        writer.close()


async def test_followers_hear_all_in_order_by_events_and_by_websocket(tmp_path: Path) -> None:
    async with running(tmp_path, *UNLIMITED) as service, service.session.ws_connect("/socket") as socket:
        stream = events(service.session)
        hearing = asyncio.ensure_future(anext(stream))
        await service.until(followers=2)
        for number in range(20):
            await service.post(f"k{number}", number)
        told = [await hearing, *[await anext(stream) for _ in range(19)]]
        assert [number for number, _ in told] == [str(n) for n in range(1, 21)]
        assert [json.loads(text)["value"] for _, text in told] == list(range(20))
        assert [(await socket.receive_json())["id"] for _ in range(20)] == list(range(1, 21))
        await stream.aclose()  # type: ignore[attr-defined]


async def test_who_comes_back_misses_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, *UNLIMITED) as service:
        for begin in range(0, 1200, 300):
            await asyncio.gather(*[service.post(f"k{n}") for n in range(begin, begin + 300)])
        stream = events(service.session, after="100")
        told = [(await anext(stream))[0] for _ in range(1100)]
        assert told == [str(n) for n in range(101, 1201)]
        async with service.session.ws_connect("/socket?after=1190") as socket:
            assert [(await socket.receive_json())["id"] for _ in range(10)] == list(range(1191, 1201))
        await stream.aclose()  # type: ignore[attr-defined]


async def test_a_follower_that_leaves_is_forgotten(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        async with service.session.ws_connect("/socket"), service.session.get("/events"):
            await service.until(followers=2)
        await service.until(followers=0)


async def test_who_leaves_in_the_middle_of_a_write_leaves_nothing_in_the_log(tmp_path: Path) -> None:
    async with running(tmp_path, *UNLIMITED) as service:
        await asyncio.gather(*[service.post(f"k{n}") for n in range(300)])
        address = service.session._base_url
        assert address is not None
        for _ in range(30):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            writer.write(b"GET /events?after=0 HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readline()
            writer.transport.abort()
        await service.until(followers=0)


@posix
async def test_a_stop_does_not_wait_for_those_who_read_the_history(tmp_path: Path) -> None:
    async with running(tmp_path, *UNLIMITED, "--write-s", 3600, "--grace-s", 3600) as service:
        for begin in range(0, 8000, 1000):
            await asyncio.gather(*[service.post(f"k{begin + n}", sensor="\u00a1" * 100) for n in range(1000)])
        stream = events(service.session, after="0")
        assert (await anext(stream))[0] == "1"
        service.process.send_signal(signal.SIGTERM)
        told = [number async for number, _ in stream]
        assert told[-1] == "end"
        assert told[:-1] == [str(n) for n in range(2, len(told) + 1)]  # no gap before the end
        assert service.ended() == 0


async def test_a_follower_whose_history_can_not_be_read_is_not_left_waiting(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        await service.post("a")
        with contextlib.closing(sqlite3.connect(service.database)) as database:
            database.execute("ALTER TABLE measurement RENAME TO elsewhere")
        async with service.session.ws_connect("/socket?after=0") as socket:
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 1011


async def test_a_follower_that_is_too_slow_is_dropped_and_the_others_hear_all(tmp_path: Path) -> None:
    options = (*UNLIMITED, "--behind", 400, "--a-commit", 100)
    async with running(tmp_path, *options) as service, service.session.ws_connect("/socket") as socket:
        address = service.session._base_url
        assert address is not None
        slow = await asyncio.open_connection(address.host, address.port, limit=1024)
        slow[1].write(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        await slow[0].readline()  # and never again
        await service.until(followers=2)
        heard = asyncio.ensure_future(_ids(socket))
        dropped, sent = False, 0
        while not dropped:  # until the buffers of two systems are full
            sent += 400
            await asyncio.gather(*[service.post(f"k{sent}-{n}", sensor="\u00a1" * 100) for n in range(400)])
            dropped = bool((await service.health())["dropped"])
        health = await service.until(followers=1)
        assert set(health["dropped"]) <= {"too slow", "does not read"}
        await service.post("last")
        assert (await heard) == list(range(1, sent + 2))
        slow[1].close()


async def _ids(socket: aiohttp.ClientWebSocketResponse) -> list[int]:
    """Return the ids that are told, up to the sensor on the roof."""
    found: list[int] = []
    while True:
        told = await socket.receive_json()
        found.append(told["id"])
        if told["sensor"] == "roof":
            return found


async def test_it_polls_an_upstream_that_fails_and_comes_back(tmp_path: Path) -> None:
    answers = iter(["down", '{"temperature_c": "warm"}', "x" * 100_000, "[]", "[" * 4000, '{"temperature_c": 6.5}'])

    async def answer(_: web.Request) -> web.Response:
        text = next(answers, '{"temperature_c": 7.5}')
        return web.Response(status=500 if text == "down" else 200, text=text)

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        upstream = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        options = ("--upstream", upstream, "--longest-pause-s", 0.05, "--poll-every-s", 60)
        async with running(tmp_path, *options) as service:
            stream = events(service.session, after="0")
            _, text = await anext(stream)
            assert json.loads(text) | {"at": 0} == {"id": 1, "sensor": "upstream", "value": 6.5, "at": 0}
            health = await service.until(upstream_failures=0, status="ok")
            assert health["upstream_age_s"] < LONG_S
            await stream.aclose()  # type: ignore[attr-defined]
    finally:
        await runner.cleanup()


async def test_its_health_tells_of_a_file_that_can_not_be_written(tmp_path: Path) -> None:
    async with running(tmp_path, "--lock-s", 0.05) as service:
        with contextlib.closing(sqlite3.connect(service.database, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            assert (await service.post("a"))[0] == 503
            health = await service.health()
            assert (health["status"], health["store_error"]) == ("degraded", "database is locked")
            database.execute("ROLLBACK")
        assert (await service.post("a"))[0] == 201
        assert (await service.health())["status"] == "ok"


async def test_its_health_tells_of_an_upstream_that_fails(tmp_path: Path) -> None:
    async with running(tmp_path, "--upstream", "http://127.0.0.1:9/") as service:
        health = await service.until(status="degraded")
        assert health["upstream_error"].startswith("ClientConnectorError")
        assert health["upstream_age_s"] is None
        assert (await service.post("a"))[0] == 201


@posix
async def test_a_sigterm_under_load_loses_nothing_and_answers_everybody(tmp_path: Path) -> None:
    async with running(tmp_path, *UNLIMITED) as service:
        stream = events(service.session)
        hearing = asyncio.ensure_future(_all(stream))
        loading = asyncio.ensure_future(service.load(50))
        await service.until(followers=1)
        await service.acknowledges(200)
        service.process.send_signal(signal.SIGTERM)
        await loading
        told = await hearing
        assert service.ended() == 0
        assert set(service.acknowledged) <= set(service.kept())
        assert len(service.unanswered) <= 5  # whose request came in the moment in which its connection was closed
        assert told[-1] == ("end", "the service stops")


async def _all(stream: AsyncIterator[tuple[str, str]]) -> list[tuple[str, str]]:
    return [one async for one in stream]


@posix
@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL", "OFF"])
async def test_a_sigkill_under_load_loses_nothing_that_was_acknowledged(tmp_path: Path, synchronous: str) -> None:
    async with running(tmp_path, *UNLIMITED, "--synchronous", synchronous) as service:
        loading = asyncio.ensure_future(service.load(50))
        await service.acknowledges(200)
        service.process.kill()
        await loading
        assert service.ended() == -signal.SIGKILL
        assert set(service.acknowledged) <= set(service.kept())
        assert service.unanswered
        kept = len(service.kept())
    async with running(tmp_path) as again:
        assert await again.post("after") == (201, {"id": kept + 1})


@posix
async def test_a_second_sigterm_ends_it_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, "--grace-s", 3600) as service:
        assert (await service.post("a"))[0] == 201
        address = service.session._base_url
        assert address is not None
        _, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"POST /measurements HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        await service.until(in_flight=1)
        service.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(aiohttp.ClientError):
            await service.until(status="stopping")
        service.process.send_signal(signal.SIGTERM)
        assert service.ended() == 128 + signal.SIGTERM
        assert service.kept() == ["a"]
        writer.close()


@pytest.mark.parametrize(
    "option", [("--per-s", 0), ("--silence-s", 0), ("--answer-s", "nan"), ("--waiting", -1), ("--synchronous", "MAYBE")]
)
def test_what_would_be_no_bound_is_refused(option: tuple[str, object]) -> None:
    command = [sys.executable, str(FOLDER), *map(str, option)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


@pytest.fixture
def modules() -> Iterator[dict[str, Any]]:
    """The modules of the service, imported as it does; afterwards none of them is left behind."""
    names = ("settings", "rate", "store", "followers", "upstream")
    sys.path.insert(0, str(FOLDER))
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(FOLDER))
        for name in names:
            sys.modules.pop(name, None)


def test_a_rate_lets_each_client_do_so_much_at_once_and_so_much_a_second(modules: dict[str, Any]) -> None:
    now = [100.0]
    rate = modules["rate"].Rate(2.0, 3, lambda: now[0])
    assert [rate.wait_s("a") for _ in range(4)] == [0, 0, 0, 1]
    assert rate.wait_s("b") == 0
    now[0] += 0.5
    assert [rate.wait_s("a") for _ in range(2)] == [0, 1]


async def test_a_disk_that_fails_costs_one_batch_and_the_store_goes_on(tmp_path: Path, modules: dict[str, Any]) -> None:
    settings = modules["settings"].Settings(database=str(tmp_path / "it.sqlite"))
    told: list[Any] = []
    store = modules["store"].Store(settings, told.append)
    measurements = [modules["store"].Measurement(f"k{n}", "roof", float(n)) for n in range(4)]
    await store.open()
    commit = store._commit

    def fails(batch: Any) -> Any:
        commit(batch)
        raise sqlite3.OperationalError("disk I/O error")

    store._commit = fails
    failed = await asyncio.gather(*map(store.add, measurements[:2]), return_exceptions=True)
    store._commit = commit
    assert await store.add(measurements[2]) > 0
    leaving = asyncio.ensure_future(store.add(measurements[3]))
    await asyncio.sleep(0)
    leaving.cancel()
    await store.close()
    assert [type(one) for one in failed] == [sqlite3.OperationalError] * 2
    assert [json.loads(text)["value"] for _, text in told] == [2.0, 3.0]  # who left before the commit is kept

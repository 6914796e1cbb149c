"""The line to the daemon: never a hang, never another call's reply, and clear words when it is cut."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
import requests

from helpers import services
from helpers.services import ServiceDied, ServiceError, _process, _running
from helpers.services._process import DaemonProcess
from tests.services.conftest import Open

posix = pytest.mark.skipif(os.name != "posix", reason="needs signals and fork")


@pytest.fixture
def stopped() -> Iterator[int]:
    """Stop the daemon as a debugger would, for the length of the test."""
    pid = _running.current().pid
    os.kill(pid, signal.SIGSTOP)
    yield pid
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


@posix
def test_a_daemon_that_does_not_answer_gives_an_error_after_two_seconds(
    http: Open, request: pytest.FixtureRequest
) -> None:
    api = http()
    request.getfixturevalue("stopped")
    began = time.monotonic()
    with pytest.raises(ServiceError, match=r"did not answer 'journal' within 2 s. services.shut_down\(\) ends them"):
        api.journal()
    assert 1.9 <= time.monotonic() - began < 10


def test_a_long_answer_may_take_longer_as_long_as_parts_of_it_come(http: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    http()
    monkeypatch.setattr(_process, "ANSWER_LIMIT_S", 0.5)
    replies: SimpleQueue[dict[str, Any]] = SimpleQueue()
    for number in range(4):
        threading.Timer(
            0.2 * (number + 1), replies.put, ({"part": [number]} if number < 3 else {"result": "done"},)
        ).start()
    assert _running.current()._collect("journal", replies) == ("done", [0, 1, 2])


@posix
def test_an_interrupt_in_mid_exchange_leaves_the_line_in_order(http: Open) -> None:
    first, second = http(capacity=1), http(capacity=2)
    pid = _running.current().pid

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    os.kill(pid, signal.SIGSTOP)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            first.journal()
    finally:
        os.kill(pid, signal.SIGCONT)
        signal.signal(signal.SIGALRM, before)
    assert [second.journal().capacity for _ in range(3)] == [2, 2, 2]


def test_many_threads_get_each_its_own_reply(http: Open) -> None:
    opened = [http(capacity=n) for n in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        capacities = list(pool.map(lambda i: opened[i % 8].journal().capacity, range(400)))
    assert capacities == [i % 8 + 1 for i in range(400)]


@posix
def test_a_dead_daemon_says_that_it_died_and_what_to_do(http: Open) -> None:
    api = http()
    os.kill(_running.current().pid, signal.SIGKILL)
    with pytest.raises(
        ServiceDied, match=r"has ended \(exit status -9\)(.|\n)*Run the cell that opens the service again"
    ):
        api.journal()


@posix
def test_after_a_death_the_same_cell_starts_a_new_daemon_on_the_same_port(http: Open) -> None:
    api = http()
    daemon = _running.current()
    os.kill(daemon.pid, signal.SIGKILL)
    while daemon.alive:
        time.sleep(0.005)
    with services.http(api.name, latency_s=0.0) as again:
        assert again.url == api.url
        assert requests.get(f"{again.url}/cities/oslo", timeout=10).json()["name"] == "Oslo"


@posix
def test_a_death_in_mid_exchange_ends_the_wait(http: Open) -> None:
    api = http()
    pid = _running.current().pid
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.1, os.kill, (pid, signal.SIGKILL)).start()
    began = time.monotonic()
    with pytest.raises(ServiceDied):
        api.journal()
    assert time.monotonic() - began < 1.9


def test_a_daemon_that_can_not_start_gives_the_end_of_its_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ImportError('aiohttp is not what it was')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    daemon = DaemonProcess()
    with pytest.raises(ServiceDied, match=r"exit status 1(.|\n)*ImportError: aiohttp is not what it was"):
        daemon.ask("open")
    daemon.close()


def test_a_mistake_in_the_daemon_is_told_and_ends_nothing(http: Open) -> None:
    api = http()
    with pytest.raises(ServiceError, match="could not carry out 'dance': AttributeError"):
        _running.current().ask("dance")
    assert len(api.journal()) == 0


def test_a_command_too_long_for_the_pipe_is_refused() -> None:
    with pytest.raises(ServiceError, match="too long; 4096 is the limit"):
        _running.current().ask("open", name="x" * 5000)


@posix
def test_a_full_pipe_is_an_error_and_no_hang(stopped: int) -> None:
    daemon = _running.current()
    began = time.monotonic()

    def fill_the_pipe() -> None:
        while True:
            daemon._write({"id": 0, "do": "nothing", "args": {"filler": "x" * 3000}})

    with pytest.raises(ServiceError, match="takes no more commands"):
        fill_the_pipe()
    assert time.monotonic() - began < 5
    services.shut_down()


@posix
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_may_not_use_the_line_but_the_parent_still_can(http: Open) -> None:
    api = http()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            api.journal()
        except ServiceError as error:
            os.write(write_end, str(error).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        assert f"belongs to process {os.getpid()}" in pipe.read().decode()
    os.waitpid(child, 0)
    assert len(api.journal()) == 0


@posix
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_may_have_services_of_its_own(http: Open) -> None:
    api = http()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with services.http("child", latency_s=0.0) as own:
                os.write(write_end, str(requests.get(own.url, timeout=10).status_code).encode())
            services.shut_down()
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        assert pipe.read() == b"200"
    os.waitpid(child, 0)
    assert len(api.journal()) == 0


def test_warm_up_starts_the_daemon_once_and_returns_at_once() -> None:
    services.shut_down()
    assert not services.is_running()
    began = time.monotonic()
    services.warm_up()
    returned_s = time.monotonic() - began
    daemon = _running.current()
    services.warm_up()
    assert _running.current() is daemon
    assert services.is_running()
    daemon._wait_until_ready()
    assert returned_s < (time.monotonic() - began) / 2


def test_shut_down_twice_does_no_harm() -> None:
    services.warm_up()
    services.shut_down()
    services.shut_down()
    assert not services.is_running()


def test_the_daemon_is_not_disturbed_by_what_lies_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("random", "json", "helpers", "asyncio"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    services.shut_down()
    with services.http("elsewhere", latency_s=0.0) as api:
        assert len(api.journal()) == 0
    services.shut_down()


@posix
def test_the_daemon_is_in_a_session_of_its_own() -> None:
    assert os.getsid(_running.current().pid) != os.getsid(0)


@posix
def test_the_line_is_not_inherited_by_other_programs(http: Open) -> None:
    http()
    process = _running.current()._process
    assert process.stdin is not None
    assert not os.get_inheritable(process.stdin.fileno())

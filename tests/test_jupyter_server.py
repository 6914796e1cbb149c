"""A JupyterLab counts as started when it answers, not when it has written a file."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import jupyter_server

# Writes half of its file, then the whole, and listens last: jupyter_server's order, slowed down.
SLOW = """
import http.server, json, sys, time
from pathlib import Path
path = Path(sys.argv[1]) / "jpserver-1.json"
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), http.server.SimpleHTTPRequestHandler, False)
whole = json.dumps({"port": int(sys.argv[2]), "token": "secret"})
path.write_text(whole[:9])
time.sleep(0.2)
path.write_text(whole)
time.sleep(0.2)
server.server_bind(), server.server_activate()
(Path("api")).write_text("here")
server.serve_forever()
"""


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def slow(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", SLOW, str(tmp_path), str(port)]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def test_it_is_waited_for_until_it_answers(slow: subprocess.Popen[bytes], tmp_path: Path, port: int) -> None:
    address = jupyter_server.started(slow, runtime=tmp_path, log=tmp_path / "log")
    assert address == jupyter_server.Address(f"http://127.0.0.1:{port}", "secret")
    assert jupyter_server.reached(f"{address.url}/api") == 200


def test_one_that_ends_is_told_with_what_it_said(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("no such option")
    (tmp_path / "jpserver-1.json").write_text(json.dumps({"port": 9, "token": ""}))
    with subprocess.Popen([sys.executable, "-c", ""]) as process, pytest.raises(RuntimeError, match="no such option"):
        jupyter_server.started(process, runtime=tmp_path, log=tmp_path / "log")


def test_what_is_no_http_there_is_not_yet_the_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet() -> None:
            accepted, _ = other.accept()
            with accepted:
                accepted.sendall(b"\xff\0\0\0\0\0\0\0\x01\x7f\r\n")  # as ZeroMQ does
                accepted.recv(4096)

        with ThreadPoolExecutor() as pool:
            greeting = pool.submit(greet)
            assert not jupyter_server.answers(f"http://127.0.0.1:{other.getsockname()[1]}/api")
            greeting.result()

"""The line between kernel and daemon when either end says what it should not."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import psutil
from hypothesis import strategies as st

from helpers.services import _process
from helpers.services.conditions import Conditions
from tests.services.hostile.attack import AT_ONCE
from tests.services.hostile.cases import broken, drawn
from tests.services.hostile.siege import Figures

OPEN = {
    "kind": "tcp",
    "name": "x",
    "ports": [0],
    "conditions": Conditions(latency_s=0.0).to_wire(),
    "options": {"framing": "line", "echo_to": "sender"},
}
COMMANDS = [
    json.dumps({"id": 1_000_000, "do": do, "args": args}).encode()
    for do, args in (
        ("open", OPEN),
        ("open", OPEN | {"kind": "http", "options": {}}),
        ("journal", {"name": "x", "generation": 1, "since_ns": None}),
        ("change", {"name": "x", "generation": 1, "conditions": OPEN["conditions"], "restart_fail_first": True}),
        ("broadcast", {"name": "x", "generation": 2, "text": "hello"}),
        ("close", {"name": "x", "generation": 1}),
    )
]
REPLIES = [
    b'{"id":1000000,"result":null}',
    b'{"id":1000000,"part":[[1,2,3]]}',
    b'{"id":1000000,"error":"TypeError: no"}',
    b'{"ready":123}',
]


def _containers(inner: Any) -> Any:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)


_anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    _containers,
    max_leaves=6,
)
_arguments = st.sampled_from(sorted({*OPEN, "generation", "since_ns", "restart_fail_first", "text", "self", "number"}))
_does = st.sampled_from(["open", "close", "change", "journal", "broadcast", "", "answer", "_init__", "find"])
_nested = st.sampled_from([b"[" * 5000, b'{"id":' * 2000])
_numbers = st.just(1_000_000) | _anything  # of no command of ours


@st.composite
def _commands(draw: st.DrawFn) -> bytes:
    arguments = dict(OPEN) if draw(st.booleans()) else {}
    arguments |= draw(st.dictionaries(_arguments, _anything, max_size=3))
    command = {"id": draw(_numbers), "do": draw(_does | _anything), "args": arguments}
    if draw(st.integers(0, 4)) == 0:
        command[draw(st.sampled_from(sorted(command)))] = draw(_anything)
    return json.dumps(command).encode()


commands = st.one_of(_commands(), _commands(), _anything.map(lambda value: json.dumps(value).encode()), _nested)
replies = st.one_of(
    st.dictionaries(
        st.sampled_from(["id", "result", "part", "error", "stale", "ready", ""]), _anything, max_size=3
    ).map(lambda reply: json.dumps({"id": 1_000_000} | reply).encode()),
    _anything.map(lambda value: json.dumps(value).encode()),
    _nested,
)


@dataclass
class Daemon:
    """A daemon, and the bare line to it."""

    process: subprocess.Popen[bytes]

    def tell(self, line: bytes) -> None:
        """Send a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")

    def hear(self) -> dict[str, Any]:
        """Return its next reply.

        Raises:
            EOFError: when it has ended.
        """
        assert self.process.stdout is not None
        if not (line := self.process.stdout.readline()):
            raise EOFError("the daemon has ended")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def ask(self, number: int) -> None:
        """Ask something harmless, and wait for the answer to it; what else it says is passed over."""
        self.tell(json.dumps({"id": number, "do": "close", "args": {"name": "none", "generation": 0}}).encode())
        while (reply := self.hear()).get("id") != number:
            pass
        assert reply == {"id": number, "stale": "The service 'none' was closed."}


@contextlib.contextmanager
def bare_daemon(stderr: Path) -> Iterator[Daemon]:
    """Start a daemon with nobody but us at the other end of its line."""
    with (
        stderr.open("wb") as said,
        subprocess.Popen(
            [sys.executable, "-P", str(_process.PROGRAM), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            bufsize=0,
        ) as process,
    ):
        daemon = Daemon(process)
        assert "ready" in daemon.hear()
        yield daemon
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def besiege_daemon(cases: int, folder: Path, *, number: int | None = None) -> Figures:
    """Tell a daemon so many lines that are no commands, or wrong ones; among them it is asked something harmless.

    Raises:
        EOFError, AssertionError: when it ends, answers wrongly, or writes to stderr.
    """
    figures = Figures("control, daemon")
    began = time.monotonic()
    with bare_daemon(folder / "stderr") as daemon:
        memory = psutil.Process(daemon.process.pid)
        for lines in waves(commands, COMMANDS, cases, number):
            for line in lines:
                daemon.tell(line)
            asked = time.perf_counter()
            figures.exchanges += 1
            daemon.ask(figures.exchanges)
            figures.slowest_s = max(figures.slowest_s, time.perf_counter() - asked)
            figures.cases += len(lines)
            if figures.cases <= max(AT_ONCE, cases // 10):
                figures.before = int(memory.memory_full_info().uss)
        figures.after = int(memory.memory_full_info().uss)
    assert not (said := (folder / "stderr").read_text(errors="replace")), said
    figures.seconds = time.monotonic() - began
    return figures


BABBLER = """
import json, os, pathlib, sys
lines = pathlib.Path(__file__).with_name("lines").read_bytes().split(b"\\n")
os.write(1, b'{"ready":1}\\n')
for n, command in enumerate(sys.stdin.buffer):
    reply = json.dumps({"id": json.loads(command)["id"], "result": n}).encode()
    os.write(1, lines[n] + b"\\n" + reply + b"\\n")
"""


def besiege_kernel(cases: int, folder: Path, *, number: int | None = None) -> Figures:
    """Be a daemon that says something else before each reply: so many lines that are no replies, or to nobody.

    Raises:
        ServiceError, AssertionError: when a call is not answered with its own reply.
    """
    figures = Figures("control, kernel")
    began = time.monotonic()
    lines = [line for wave in waves(replies, REPLIES, cases, number) for line in wave]
    (folder / "lines").write_bytes(b"\n".join(line for line in lines if not _is_reply(line, to=len(lines))))
    (folder / "babbler.py").write_text(BABBLER)
    with mock.patch.object(_process, "PROGRAM", folder / "babbler.py"):
        daemon = _process.DaemonProcess()
    memory = psutil.Process()
    try:
        for n in range((folder / "lines").read_bytes().count(b"\n") + 1):
            asked = time.perf_counter()
            assert daemon.ask("anything") == (n, [])
            figures.slowest_s = max(figures.slowest_s, time.perf_counter() - asked)
            figures.exchanges += 1
            if n <= cases // 10:
                figures.before = int(memory.memory_full_info().uss)
        figures.after = int(memory.memory_full_info().uss)
    finally:
        daemon.close()
    figures.cases, figures.seconds = figures.exchanges, time.monotonic() - began
    return figures


def waves(
    grammar: st.SearchStrategy[bytes], corpus: Sequence[bytes], cases: int, number: int | None
) -> Iterator[list[bytes]]:
    """Yield lines, half of them by grammar and half broken, twenty at a time."""
    half = AT_ONCE // 2
    batch = st.tuples(st.lists(grammar, min_size=half, max_size=half), st.integers(0, 2**32))
    for lines, seed in drawn(batch, -(-cases // AT_ONCE), number=number):
        rng = Random(seed)
        bad = [b"".join(broken(corpus, rng).pieces).replace(b"\n", b" ") for _ in range(AT_ONCE - half)]
        yield [line.replace(b"\n", b" ") for line in (*lines, *bad)]


def _is_reply(line: bytes, *, to: int) -> bool:
    """Return whether a line is a good reply to one of so many calls."""
    try:
        reply = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(reply, dict) and isinstance(number := reply.get("id"), int) and 0 < number <= 2 * to

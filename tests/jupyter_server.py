"""Wait until a JupyterLab that a test has started answers, wherever one is started."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

START_LIMIT_S = 60.0
POLL_S = 0.05
# Until it listens itself, somebody else may answer there: a kernel of another test once did, with ZeroMQ's greeting.
_NOT_YET = (urllib.error.URLError, ConnectionError, http.client.HTTPException)
_PAST_ANY_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Address:
    """Where a JupyterLab answers, and the token that it asks for."""

    url: str
    token: str


def started(process: subprocess.Popen[bytes], *, runtime: Path, log: Path) -> Address:
    """Return the address of a JupyterLab, once it answers there.

    Its file `jpserver-*.json` below `runtime` is not yet whole when it appears, and is written before the port listens.

    Raises:
        RuntimeError: when the process ends first, or does not answer in time; with what it wrote to `log`.
    """
    deadline = time.monotonic() + START_LIMIT_S
    while process.poll() is None and time.monotonic() < deadline:
        if (address := _noted(runtime)) is not None and answers(f"{address.url}/api"):
            return address
        time.sleep(POLL_S)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def reached(url: str) -> int:
    """Return the status of an address on loopback, past any proxy, once somebody answers there.

    Raises:
        TimeoutError: when nobody does in time.
    """
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        with suppress(*_NOT_YET), _PAST_ANY_PROXY.open(url, timeout=30) as page:
            return int(page.status)
        time.sleep(POLL_S)
    raise TimeoutError(url)


def _noted(runtime: Path) -> Address | None:
    for path in runtime.glob("jpserver-*.json"):
        with suppress(json.JSONDecodeError, OSError):
            about = json.loads(path.read_text(encoding="utf-8"))
            return Address(f"http://127.0.0.1:{about['port']}", about["token"])
    return None


def answers(url: str) -> bool:
    """Return whether somebody answers at an address on loopback, past any proxy, and well."""
    with suppress(*_NOT_YET, TimeoutError), _PAST_ANY_PROXY.open(url, timeout=10) as page:
        return int(page.status) == 200
    return False

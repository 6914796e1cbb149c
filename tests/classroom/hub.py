"""A real JupyterHub with a proxy, and learners who work in it through its front door."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from helpers.lesson.course import Course
from tests.jupyter_server import answers

START_LIMIT_S = 300.0  # ten at once, beside three other tests: with other work on both cores 120 s were not enough
CONFIGURATION = """
import sys
sys.path.insert(0, {root!r})
from helpers.classroom.hub.configuration import configure

c = get_config()
configure(c, board_port={board_port}, instructors=["instructor"])
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.DummyAuthenticator.password = "{password}"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.environment.update({{"JUPYTER_RUNTIME_DIR": lambda spawner: {runtime!r} + "/" + spawner.user.name}})
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300
c.Spawner.args = ["--allow-root"]
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 300}}
"""
PASSWORD = "only here"


@dataclass(frozen=True)
class RunningHub:
    """Where a hub answers, and where its files are."""

    url: str
    folder: Path
    pid: int


def free_ports(n: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def jupyterhub(folder: Path, *, python: Path, proxy: list[str]) -> Iterator[RunningHub]:
    """Start a hub with the course's configuration, and end it with everything that it started."""
    port, hub_port, api_port, board_port = free_ports(4)
    (folder / "homes").mkdir()
    runtime = tempfile.mkdtemp(prefix="hub-")  # short: the path of a kernel's socket has room for 107 bytes
    settings = {"root": str(Course.here().root), "homes": str(folder / "homes"), "password": PASSWORD, "proxy": proxy}
    settings["runtime"] = runtime
    ports = {"port": port, "hub_port": hub_port, "api_port": api_port, "board_port": board_port}
    (folder / "jupyterhub_config.py").write_text(CONFIGURATION.format(**settings, **ports))
    command = [str(python), "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    log = folder / "hub.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | {"PATH": path}, stdout=stream, stderr=stream, start_new_session=True
        )
    try:
        _until_it_answers(f"http://127.0.0.1:{port}/hub/api/", process, log)
        yield RunningHub(f"http://127.0.0.1:{port}", folder, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        finally:
            _end_group(process.pid)
            shutil.rmtree(runtime)


def _until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + START_LIMIT_S
    while process.poll() is None and time.monotonic() < give_up:
        if answers(url):
            return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterHub did not start:\n{log.read_text(errors='replace')}")


def _end_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


class HubLearner:
    """One learner: signs in, starts a server, and runs a page's cells in a kernel of it."""

    def __init__(self, hub: RunningHub, name: str) -> None:
        self.hub = hub
        self.name = name
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=180)
        )

    async def __aenter__(self) -> HubLearner:
        return self

    async def __aexit__(self, *failed: object) -> None:
        await self.session.close()

    async def sign_in(self) -> None:
        async with self.session.get(f"{self.hub.url}/hub/login") as page:
            token = re.search(r'name="_xsrf" value="([^"]+)"', await page.text())
        assert token is not None
        form = {"username": self.name, "password": PASSWORD, "_xsrf": token[1]}
        async with self.session.post(f"{self.hub.url}/hub/login", data=form) as page:
            assert page.status == 200, await page.text()

    async def server(self) -> str:
        """Start the learner's server, and return its address."""
        async with self.session.get(f"{self.hub.url}/hub/spawn/{self.name}") as page:
            assert page.status == 200
        url = f"{self.hub.url}/user/{self.name}"
        give_up = time.monotonic() + START_LIMIT_S
        while True:
            async with self.session.get(f"{url}/lab") as page:  # as a browser: by way of the hub, which lets them in
                if page.status == 200 and str(page.url).startswith(f"{url}/lab"):
                    return url
            assert time.monotonic() < give_up, await self._why()
            await asyncio.sleep(0.3)

    async def _why(self) -> str:
        return (self.hub.folder / "hub.log").read_text(errors="replace")[-3000:]

    async def run(self, url: str, page: str, cells: list[str]) -> list[str]:
        """Run cells in a fresh kernel of a page; return what each error says."""
        async with open_page(self.session, url, page, {"X-XSRFToken": self._cookie("_xsrf", url)}) as run_cell:
            return [error for code in cells for error in await run_cell(code)]

    def _cookie(self, name: str, url: str) -> str:
        path = url.removeprefix(self.hub.url)
        return next((one.value for one in self.session.cookie_jar if one.key == name and path in one["path"]), "")


@asynccontextmanager
async def open_page(
    session: aiohttp.ClientSession, url: str, page: str, headers: dict[str, str]
) -> AsyncIterator[Callable[[str], Awaitable[list[str]]]]:
    """Start a kernel for a page; give a function that runs a cell in it and returns what each error says."""
    sent = {"path": page, "name": page, "type": "notebook", "kernel": {"name": "python3"}}
    async with session.post(f"{url}/api/sessions", json=sent, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        kernel = (await answer.json())["kernel"]["id"]
    channels = f"{url}/api/kernels/{kernel}/channels"
    async with session.ws_connect(channels, max_msg_size=0, headers=headers) as channel:

        async def run_cell(code: str) -> list[str]:
            await channel.send_json(_request(code))
            return await _errors_until_idle(channel)

        yield run_cell
    async with session.delete(f"{url}/api/kernels/{kernel}", headers=headers):
        pass


def _request(code: str) -> dict[str, Any]:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "username": "",
        "session": "s",
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": False}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}


async def _errors_until_idle(channel: aiohttp.ClientWebSocketResponse) -> list[str]:
    errors: list[str] = []
    answered = idle = False
    while not (answered and idle):
        message = json.loads((await channel.receive(timeout=300)).data)
        kind, content = message["msg_type"], message["content"]
        if kind == "error":
            errors.append(f"{content['ename']}: {content['evalue']}")
        answered = answered or kind == "execute_reply"
        idle = idle or (kind == "status" and content["execution_state"] == "idle" and _is_of_a_cell(message))
    return errors


def _is_of_a_cell(message: dict[str, Any]) -> bool:
    """Whether a message belongs to a cell."""
    return bool(message["parent_header"].get("msg_type") == "execute_request")


def proxy_command() -> list[str] | None:
    """Return how to start configurable-http-proxy, or None where it is not there."""
    found = shutil.which("configurable-http-proxy")
    return [found] if found else None

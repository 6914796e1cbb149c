"""A kernel takes every request, however soon after its start it comes."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from pathlib import Path

import aiohttp
import pytest

from helpers.classroom.hub import start
from helpers.lesson import before_set_up
from helpers.lesson.course import Course
from tests.browser.server import Server, jupyterlab
from tests.lesson.kernels import kernel

KERNELS = 40  # where their replies go past the stream, one in fifteen is deaf
CELLS = 5
THROUGH_THE_STREAM = """\
kernel = get_ipython().kernel
print(kernel.shell_channel_thread.manager._shell_socket is kernel.shell_stream)"""


def test_from_its_first_cell_on_a_kernel_replies_through_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", str(before_set_up.__file__))
    with kernel(Course.here().root / "notebooks" / "images") as fresh:
        assert fresh.run(THROUGH_THE_STREAM).text == "True\n"


def test_a_learners_server_on_a_hub_starts_such_kernels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: dict[str, str] = {}
    monkeypatch.setenv(start.VARIABLE, str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    monkeypatch.delenv("PYTHONSTARTUP", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(start, "lay_out", lambda course, own: None)
    monkeypatch.setattr(os, "execv", lambda *command: started.update(os.environ))
    start.main([])
    assert Path(started["PYTHONSTARTUP"]).relative_to(tmp_path) == Path("helpers/lesson/before_set_up.py")


@pytest.mark.extended
@pytest.mark.timeout(300)
async def test_run_all_right_after_the_start_is_answered(tmp_path: Path) -> None:
    with jupyterlab(tmp_path) as server:
        async with aiohttp.ClientSession(server.url, headers={"Authorization": f"token {server.token}"}) as http:
            unanswered = [await run_all(server, http) for _ in range(KERNELS)]
    assert unanswered == [0] * KERNELS


async def run_all(server: Server, http: aiohttp.ClientSession) -> int:
    """Start a kernel, send it cells as soon as it has said who it is, and return how many are not answered."""
    async with http.post("/api/kernels", json={"name": "python3"}) as response:
        started = (await response.json())["id"]
    asked: set[str] = set()
    async with http.ws_connect(f"/api/kernels/{started}/channels?session_id={uuid.uuid4().hex}", max_msg_size=0) as ws:
        try:
            async with asyncio.timeout(20):
                await ws.send_str(request("kernel_info_request", asked))
                await until_answered(ws, asked)
                await ws.send_str(request("comm_info_request", asked, target_name="jupyter.widget"))
                for n in range(CELLS):
                    await ws.send_str(request("execute_request", asked, code=f"x = {n}", silent=False))
                await until_answered(ws, asked)
        except TimeoutError:
            return len(asked)
    async with http.delete(f"/api/kernels/{started}") as response:
        response.raise_for_status()
    return 0


def request(kind: str, asked: set[str], **content: object) -> str:
    """Return a request as JupyterLab sends it on the shell channel, and note that it was asked."""
    asked.add(message_id := uuid.uuid4().hex)
    header = {"msg_id": message_id, "msg_type": kind, "session": "", "username": "", "version": "5.3", "date": ""}
    whole = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
    return json.dumps(whole | {"channel": "shell"})


async def until_answered(ws: aiohttp.ClientWebSocketResponse, asked: set[str]) -> None:
    """Wait until every request has its reply."""
    while asked:
        message = await ws.receive_json()
        if message["msg_type"].endswith("_reply"):
            asked.discard(message["parent_header"]["msg_id"])

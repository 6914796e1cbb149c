"""Timelines in a notebook: alive where a browser looks on, the settled picture everywhere in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from helpers.lesson import live, present
from helpers.timeline import Timeline
from tests.kernel_manager import kernel_manager
from tests.lesson.kernels import await_reply

ROOT = Path(__file__).parents[2]
BLOCK = f"""
import asyncio, sys
sys.path.insert(0, {str(ROOT)!r})
from helpers.lesson.live import show_replays
from helpers.lesson.present import present
from helpers.timeline import Timeline, set_presenter
set_presenter(present)
show_replays()
async with Timeline("A block") as timeline:
    await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.01))
"""
PLAIN = "text/plain"
PNG = "image/png"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingKernelClient]:
    manager = kernel_manager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path_factory.mktemp("kernel")), extra_arguments=["--log-level=ERROR"])
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def messages_of(kernel: BlockingKernelClient, code: str, **metadata: str) -> list[tuple[str, Any]]:
    """Run a cell as a page sends it, and return what the kernel says about it."""
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "user_expressions": {}}
    request = kernel.session.msg("execute_request", content, metadata=metadata)
    kernel.shell_channel.send(request)
    said: list[tuple[str, Any]] = []
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        try:
            message = kernel.get_iopub_msg(timeout=1)
        except Empty:
            continue
        if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            await_reply(kernel, request["header"]["msg_id"], 60)
            return said
        said.append((kind, content))
    raise TimeoutError(code)


def of_kind(said: list[tuple[str, Any]], *kinds: str) -> list[Any]:
    return [content for kind, content in said if kind in kinds]


def test_without_a_browser_there_is_no_widget_only_the_picture(kernel: BlockingKernelClient) -> None:
    said = messages_of(kernel, BLOCK)
    assert of_kind(said, "error", "comm_open", "comm_msg", "update_display_data") == []
    (shown,) = of_kind(said, "display_data")
    assert set(shown["data"]) == {PNG, PLAIN}


def test_before_a_browser_the_canvas_gives_way_to_the_picture(kernel: BlockingKernelClient) -> None:
    said = messages_of(kernel, BLOCK, cellId="a")
    assert of_kind(said, "error") == []
    assert [stream for stream in of_kind(said, "stream") if stream["name"] == "stderr"] == []  # no warning either
    (shown,), (updated,) = of_kind(said, "display_data"), of_kind(said, "update_display_data")
    assert live.WIDGET_VIEW in shown["data"]
    assert set(updated["data"]) == {PNG, PLAIN}
    assert shown["transient"]["display_id"] == updated["transient"]["display_id"]
    kinds = [kind for kind, _ in said]
    assert kinds.index("comm_open") < kinds.index("display_data") < kinds.index("update_display_data")
    assert len(of_kind(said, "comm_close")) == len(of_kind(said, "comm_open"))  # no widget stays behind


def test_the_facts_are_printed_the_same_with_and_without_a_browser(kernel: BlockingKernelClient) -> None:
    printed = [of_kind(messages_of(kernel, BLOCK, **metadata), "stream") for metadata in ({}, {"cellId": "a"})]
    starts = ["".join(stream["text"] for stream in streams).split(":")[0] for streams in printed]
    assert starts == ["A block", "A block"]


def test_a_replay_plays_before_a_browser_and_is_the_picture_elsewhere(kernel: BlockingKernelClient) -> None:
    messages_of(kernel, BLOCK)
    (page,) = of_kind(messages_of(kernel, "timeline.replay()", cellId="a"), "execute_result")
    (still,) = of_kind(messages_of(kernel, "timeline.replay()"), "execute_result")
    assert 'data-timeline-replay="' in page["data"]["text/html"]
    assert set(still["data"]) == {PNG, PLAIN}
    assert page["data"][PLAIN] == still["data"][PLAIN]


class Widget:
    """What a widget is to a live view."""

    model_id = "model"

    def __init__(self) -> None:
        self.headers: list[dict[str, Any]] = []
        self.closed = False
        self.hear: Any = None

    def on_msg(self, hear: Any) -> None:
        self.hear = hear

    def send(self, header: dict[str, Any], buffers: list[bytes]) -> None:
        self.headers.append(header)

    def close(self) -> None:
        self.closed = True


class Output:
    """What a display handle is to a live view."""

    def __init__(self) -> None:
        self.data: Any = None

    def update(self, data: Any, metadata: Any, raw: bool) -> None:
        self.data = data


@pytest.fixture
def widget(monkeypatch: pytest.MonkeyPatch) -> Widget:
    made = Widget()
    monkeypatch.setattr(live, "_canvas", lambda about: made)
    monkeypatch.setattr(live, "display", lambda *data, **options: Output())
    return made


async def test_only_news_is_sent_until_the_browser_asks_again(widget: Widget) -> None:
    timeline = Timeline("A block", show=False)
    async with timeline:
        view = live.LiveView(timeline)
        for content in ({"again": True}, {}, {}, {"again": True}):
            widget.hear(widget, content, [])
            view.send()
    view.ticker.stop()
    assert [(len(header["lanes"]), header["restart"]) for header in widget.headers] == [
        (1, True),
        (0, False),
        (0, False),
        (1, True),
    ]


async def test_a_browser_that_falls_behind_is_not_sent_more(widget: Widget) -> None:
    timeline = Timeline("A block", show=False)
    async with timeline:
        view = live.LiveView(timeline)
        widget.hear(widget, {"again": True}, [])
        for _ in range(3 * live.AHEAD):
            view.send()
        sent = len(widget.headers)
        widget.hear(widget, {"seen": widget.headers[-1]["frame"]}, [])
        view.send()
    view.ticker.stop()
    assert (sent, len(widget.headers)) == (live.AHEAD + 1, live.AHEAD + 2)


async def test_where_what_a_browser_says_waits_for_the_cell_some_frames_begin_from_nothing(
    widget: Widget, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.05, 0.1, 0.31, 0.35, 0.61, 0.65, 1.1, 1.21]).__next__
    monkeypatch.setattr("helpers.lesson.live.time.perf_counter", clock)
    timeline = Timeline("A block", show=False)
    async with timeline:
        view = live.LiveView(timeline)
        for _ in range(8):
            view.send()
    view.ticker.stop()
    assert [header["restart"] for header in widget.headers] == [True, False, True, False, True, False, False, True]


async def test_once_a_browser_is_heard_no_frame_begins_from_nothing_unasked(
    widget: Widget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "UNASKED_S", 0.0)
    timeline = Timeline("A block", show=False)
    async with timeline:
        view = live.LiveView(timeline)
        for _ in range(4):
            widget.hear(widget, {}, [])
            view.send()
    view.ticker.stop()
    assert [header["restart"] for header in widget.headers] == [True, False, False, False]


async def test_the_end_is_sent_before_the_picture_is_drawn(widget: Widget) -> None:
    timeline = Timeline("A block", show=False)
    async with timeline:
        view = live.LiveView(timeline)
        widget.hear(widget, {"again": True}, [])
        await asyncio.create_task(asyncio.sleep(0))
    view.stop()
    assert widget.headers[-1]["sizes"][3] == 2  # both lanes have ended
    view.settle({}, {})
    assert widget.closed


async def test_a_view_that_can_not_be_made_costs_the_learner_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(about: Any) -> Any:
        raise ImportError("anywidget")

    shown: list[Any] = []
    monkeypatch.setattr(live, "_canvas", broken)
    monkeypatch.setattr(present, "a_browser_looks_on", lambda: True)
    monkeypatch.setattr(present, "display", lambda data, **options: shown.append(data))
    timeline = Timeline("A block", show=False)
    with pytest.warns(UserWarning, match="no live view of 'A block'"):
        settle = present.present(timeline)
    async with timeline:
        pass
    settle()
    assert set(shown[0]) == {PNG, PLAIN}


def test_outside_a_notebook_no_browser_looks_on() -> None:
    assert not live.a_browser_looks_on()

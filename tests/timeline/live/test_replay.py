"""A replay is the recorded run as a page of its own."""

from __future__ import annotations

import asyncio
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from helpers.timeline import Picture, Replay, Timeline


async def recorded(name: str = "nap") -> Timeline:
    async with Timeline(f"A block with {name}", show=False) as timeline:
        await asyncio.create_task(asyncio.sleep(0.01), name=name)
    return timeline


class Tags(HTMLParser):
    """Notes the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)


def tags_of(page: str) -> list[str]:
    parser = Tags()
    parser.feed(page)
    return parser.seen


async def test_where_scripts_do_not_run_it_is_the_settled_picture() -> None:
    timeline = await recorded()
    assert timeline.replay()._repr_mimebundle_() == timeline.picture()._repr_mimebundle_()


async def test_a_page_has_the_picture_and_a_script_in_its_place() -> None:
    assert tags_of((await recorded()).replay().html()) == ["div", "img", "script"]


@pytest.mark.parametrize(
    "name", ["</script><b>x</b>", "<!-- <script>", '"><img src=x onerror=alert(1)>', "\\u003c'`${1}"]
)
async def test_no_name_is_markup_or_code(name: str) -> None:
    replay = (await recorded(name)).replay()
    page = replay.html()
    assert tags_of(page) == ["div", "img", "script"]
    start = re.search(r"^mountAll\(\"[\w-]+\", (.*), (\{\"states\".*\})\);$", page, re.MULTILINE)
    assert start is not None
    assert json.loads(start[1])["run"]["lanes"][1][0] == name


async def test_two_replays_of_one_run_are_two_players() -> None:
    replay = (await recorded()).replay()
    keys = [re.findall(r'data-timeline-replay="([\w-]+)"', replay.html())[0] for _ in range(2)]
    assert len(set(keys)) == 2


async def test_it_is_stored_as_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "replay.html"
    (await recorded("<nap>")).replay().save(path)
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert not re.search(r"""(?:src|href)=["'](?!data:)|https?://""", page)


async def test_what_it_shows_is_said_in_words() -> None:
    timeline = await recorded()
    assert repr(timeline.replay()) == f"<Replay: {timeline.facts}>".replace("\n", " ")


@pytest.mark.parametrize("speed", [0, -1, 11, float("nan"), float("inf")])
async def test_a_speed_that_makes_no_sense_is_refused(speed: float) -> None:
    timeline = await recorded()
    with pytest.raises(ValueError, match="share of the speed it had"):
        timeline.replay(speed=speed)


def test_there_is_no_replay_before_the_end() -> None:
    with pytest.raises(RuntimeError, match="has not ended yet"):
        Timeline("later", show=False).replay()


async def test_everything_in_it_can_be_sent() -> None:
    replay: Replay = (await recorded()).replay(speed=0.03)
    data = json.loads(json.dumps(replay.data()))
    assert (data["speed"], data["run"]["lanes"][1]) == (0.03, ["nap", "task"])


async def test_of_the_beginning_the_picture_shows_no_more() -> None:
    timeline = await recorded()
    replay = timeline.replay(until_s=0.005)
    assert replay.facts.startswith("A block with nap, the beginning: 5.0 ms.")
    assert replay._repr_mimebundle_() == Picture((timeline.record.until(0.005),))._repr_mimebundle_()


async def test_of_the_beginning_the_player_knows_the_whole() -> None:
    timeline = await recorded()
    whole, beginning = timeline.replay().data(), timeline.replay(until_s=0.005).data()
    assert (beginning["until_us"], whole["until_us"]) == (5000, whole["run"]["now_us"])
    assert (beginning["run"], beginning["events"]) == (whole["run"], whole["events"])
    assert beginning["about"]["title"] == "A block with nap, the beginning"


async def test_a_beginning_of_no_length_is_refused() -> None:
    timeline = await recorded()
    with pytest.raises(ValueError, match="until_s is a time in seconds greater than 0"):
        timeline.replay(until_s=0)

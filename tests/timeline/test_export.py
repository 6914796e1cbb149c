"""A record leaves the notebook: as a page, a picture, or a trace for other tools."""

from __future__ import annotations

import asyncio
import json
import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from helpers.timeline import Record, State, Timeline, Watch
from helpers.timeline.export import save, trace_of

from .looking import lane

PHASES = {"M": {"args"}, "X": {"dur", "cat"}, "C": {"args"}, "i": {"s"}}


@pytest.fixture
async def timeline() -> Timeline:
    async def nap(tag: str) -> None:
        await asyncio.sleep(0.01)

    async with Timeline("A run </script>", blocking_s=0.02) as made:
        asyncio.get_running_loop().call_soon(time.sleep, 0.03)
        await asyncio.gather(nap("<b>"), nap("two"))
    return made


def many(lanes: int, steps: int) -> Record:
    """Return a record of so many lanes, each of so many steps."""
    length_s = 10 / steps
    parts = [
        (n * length_s, (n + 0.5 * (1 + n % 2)) * length_s, (State.TIMER, State.RUNNING)[n % 2]) for n in range(steps)
    ]
    return Record("many", 10.0, tuple(lane(f"work({n})", *parts) for n in range(lanes)), ((0, 1),), 0.05)


@pytest.mark.parametrize("kind", [".html", ".png", ".svg", ".json"])
async def test_the_name_says_of_which_kind_the_file_is(timeline: Timeline, kind: str, tmp_path: Path) -> None:
    first = {".html": b"<!doctype html>", ".png": b"\x89PNG", ".svg": b"<?xml", ".json": b'{"traceEvents":'}
    where = timeline.save(tmp_path / f"run{kind}")
    assert where.read_bytes().startswith(first[kind])


async def test_another_kind_is_refused_with_what_there_is(timeline: Timeline) -> None:
    with pytest.raises(ValueError, match=r"path ends with one of \.html, \.png, \.svg, \.json"):
        timeline.save("run.pdf")


async def test_a_running_block_can_not_be_stored(tmp_path: Path) -> None:
    async with Timeline("block") as timeline:
        with pytest.raises(RuntimeError, match="has not ended yet"):
            timeline.save(tmp_path / "run.html")


async def test_the_page_says_the_facts_in_words_and_loads_nothing(timeline: Timeline, tmp_path: Path) -> None:
    page = timeline.save(tmp_path / "run.html").read_text(encoding="utf-8")
    text = page.partition("<script")[0]
    assert all(fact.replace("<", "&lt;").replace(">", "&gt;") in text for fact in timeline.facts.splitlines())
    assert re.findall(r"""(?:src|href)=["'](?!data:)""", page) == []
    assert re.findall(r"""(?:fetch|import)\(\s*["']http""", page) == []


async def test_the_page_has_no_markup_from_names(timeline: Timeline, tmp_path: Path) -> None:
    page = timeline.save(tmp_path / "run.html").read_text(encoding="utf-8")
    assert page.count("</script>") == page.count("<script") == 2
    assert "<b>" not in page


async def test_the_svg_is_a_document_with_the_facts(timeline: Timeline, tmp_path: Path) -> None:
    text = timeline.save(tmp_path / "run.svg").read_text(encoding="utf-8")
    assert ET.fromstring(text).tag.endswith("svg")
    assert "sleep() blocked the loop for" in text


async def test_the_same_record_makes_the_same_svg(timeline: Timeline) -> None:
    assert timeline.picture().svg() == timeline.picture().svg()


async def test_a_trace_is_as_the_format_says(timeline: Timeline) -> None:
    trace: Any = json.loads(json.dumps(trace_of(timeline.record)))
    for event in trace["traceEvents"]:
        assert {"ph", "name", "pid", "tid", "ts"} <= set(event)
        assert set(event) >= PHASES[event["ph"]]
        assert event["ts"] >= 0
        assert event.get("dur", 0) >= 0


async def test_a_trace_has_each_lane_as_a_thread_of_its_name(timeline: Timeline) -> None:
    events = trace_of(timeline.record)["traceEvents"]
    names = [event["args"]["name"] for event in events if event["name"] == "thread_name"]
    assert names == ["main", 'nap("<b>")', 'nap("two")', "event loop"]


async def test_a_trace_has_the_segments_to_the_microsecond(timeline: Timeline) -> None:
    events = trace_of(timeline.record)["traceEvents"]
    seen = [(event["ts"], event["name"]) for event in events if event["ph"] == "X" and event["tid"] == 2]
    segments = timeline.lanes[1].segments
    assert seen == [(pytest.approx(segment.start_s * 1e6, abs=0.01), segment.state.value) for segment in segments]


def test_a_trace_counts_what_was_in_flight() -> None:
    record = Record("a", 1.0, (lane("a"),), None, 0.05, (Watch("weather", ((0.0, 0), (0.5, 3))),))
    counts = [event["args"]["requests"] for event in trace_of(record)["traceEvents"] if event["ph"] == "C"]
    assert counts == [0, 3]


def test_a_trace_has_the_level_of_a_queue_and_who_waited() -> None:
    jobs = Watch("jobs", ((0.0, 0), (0.5, 3)), waiting=(2, 0), kind="Queue", measure="length of")
    record = Record("a", 1.0, (lane("a"),), None, 0.05, (jobs,))
    counters = [event for event in trace_of(record)["traceEvents"] if event["ph"] == "C"]
    assert [(event["name"], event["args"]) for event in counters] == [
        ("length of jobs", {"level": 0, "waiting": 2}),
        ("length of jobs", {"level": 3, "waiting": 0}),
    ]


def test_a_large_record_makes_a_page_of_less_than_five_megabytes(tmp_path: Path) -> None:
    assert save(many(1000, 100), tmp_path / "run.html").stat().st_size < 5_000_000

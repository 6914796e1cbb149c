"""A picture is shown by notebooks and stored by scripts, with its facts as text."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from helpers.timeline import Timeline, side_by_side


@pytest.fixture
async def timeline() -> Timeline:
    async with Timeline("two sleeps", show=False) as made:
        await asyncio.gather(asyncio.sleep(0.001), asyncio.sleep(0.002))
    return made


async def test_a_notebook_gets_a_picture_and_its_facts(timeline: Timeline) -> None:
    data, _ = timeline._repr_mimebundle_()
    assert (set(data), data["text/plain"]) == ({"image/png", "text/plain"}, timeline.facts)


async def test_the_facts_are_the_alternative_text(timeline: Timeline) -> None:
    _, metadata = timeline.picture()._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == timeline.facts


async def test_the_picture_is_readable_in_a_dark_theme(timeline: Timeline) -> None:
    _, metadata = timeline.picture()._repr_mimebundle_()
    assert metadata["image/png"]["needs_background"] == "light"


async def test_the_picture_is_shown_smaller_than_it_is_stored(timeline: Timeline) -> None:
    _, metadata = timeline.picture()._repr_mimebundle_()
    assert metadata["image/png"]["width"] == 960


async def test_a_picture_is_stored_as_a_file(timeline: Timeline, tmp_path: Path) -> None:
    timeline.picture().save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


async def test_a_picture_says_what_it_shows(timeline: Timeline) -> None:
    assert repr(timeline.picture()) == f"<Picture: {timeline.facts}>".replace("\n", " ")


async def test_timelines_side_by_side_are_compared(timeline: Timeline) -> None:
    picture = side_by_side(timeline, timeline, limit_s=0.1, limit_label="L")
    assert picture.facts.endswith("1.0× as fast.\nThe limit L is 100 ms.")
    assert len(picture.scene.panels) == 2


async def test_side_by_side_without_a_ratio_compares_nothing(timeline: Timeline) -> None:
    picture = side_by_side(timeline, timeline, ratio=False)
    assert "as fast" not in picture.facts
    assert not picture.scene.ratio


def test_nothing_side_by_side_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one timeline"):
        side_by_side()


async def test_a_wrong_limit_is_refused(timeline: Timeline) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        side_by_side(timeline, limit_s=0)


async def test_a_picture_against_a_limit_leaves_the_timeline_as_it_is(timeline: Timeline) -> None:
    picture = timeline.against(limit_s=0.1, label="L")
    assert (picture.scene.limit is not None, timeline.record.limit) == (True, None)

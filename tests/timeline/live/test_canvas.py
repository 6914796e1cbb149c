"""The canvas draws the scene that matplotlib draws."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.timeline import Blocking, Ending, Limit, Picture, Record, Replay, State, Watch
from helpers.timeline._layout import lay_out
from helpers.timeline.draw import draw
from helpers.timeline.lanes import loop_lane
from helpers.timeline.live import canvas, looks
from helpers.timeline.scene import Scene

from ..looking import lane
from .node import ask, lay_out_folder, needs_node, run

STATES = list(State)
LANES = 6


@cache
def record(lanes: int = LANES) -> Record:
    """Return a block in which everything occurs that can be drawn."""
    body = lane("main", (0, 0.002, State.RUNNING), (0.002, 1, State.TASK), kind="body")
    made = []
    for number in range(lanes):
        start_s = 0.8 * number / lanes
        slivers: list[tuple[float, float, State]] = []
        for n in range(30):  # uneven, so that no decision to merge hangs on the last microsecond
            at_s = start_s + 0.01 + n * 0.00074
            slivers += (at_s, at_s + 0.00031, State.RUNNING), (at_s + 0.00031, at_s + 0.00074, State.TIMER)
        after_s = slivers[-1][1]
        made.append(
            lane(
                f'fetch("/{number}")',
                (start_s, start_s + 0.01, State.NOT_STARTED),
                *slivers,
                (after_s, after_s + 0.05, STATES[4 + number % 7]),
                (after_s + 0.05, after_s + 0.06, State.READY),
                (after_s + 0.06, after_s + 0.060001, State.RUNNING),
                ending=list(Ending)[number % 4],
            )
        )
    held = lane("rude()", (0.2, 0.25, State.RUNNING), (0.25, 0.5, State.BLOCKING), blockings=((0.2, 0.5),))
    jobs = Watch("jobs", ((0.0, 0), (0.2, 4), (0.6, 0)), 4, waiting=(2, 3, 0), kind="Queue", measure="length of")
    watched = (Watch("weather", ((0.0, 0), (0.1, 3), (0.4, 1)), capacity=5), jobs)
    idle = ((0.05, 0.2), (0.5, 0.9))
    of_loop = loop_lane([Blocking("burn()", 0.6, 0.8), Blocking("start() of aiohttp", 0.85, 0.95)], 0.05, 1.0)
    return Record("Everything", 1.0, (body, *made, held), idle, 0.05, watched, Limit(0.4, "N·L"), loop=of_loop)


@pytest.fixture(scope="module")
def canvas_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Any]:
    """Return what the canvas makes of a record of so many lanes."""
    return cache(lambda lanes: ask(tmp_path_factory.mktemp("canvas"), {"recording": Replay(record(lanes)).data()}))


def scene_of(made: Record) -> Scene:
    return Picture((made,)).scene


@needs_node
def test_the_pure_part_passes_its_own_tests(tmp_path: Path) -> None:
    assert re.search(r"# fail 0\b", run(lay_out_folder(tmp_path), "--test", "--test-reporter=tap", "canvas.test.js"))


@needs_node
def test_every_module_can_be_loaded_without_a_browser(tmp_path: Path) -> None:
    folder = lay_out_folder(tmp_path)
    (folder / "live.joined.js").write_text(canvas.live_module(), encoding="utf-8")
    (folder / "player.joined.js").write_text(canvas.player_module(), encoding="utf-8")
    (folder / "load.js").write_text(
        'import live from "./live.joined.js"; import "./player.joined.js"; console.log(typeof live.render);',
        encoding="utf-8",
    )
    assert run(folder, "load.js").strip() == "function"


@needs_node
def test_both_renderers_have_the_same_bars(canvas_of: Callable[[int], Any]) -> None:
    made = record()
    (panel,) = scene_of(made).panels
    rows = canvas_of(LANES)["scene"]["rows"]
    assert [row["name"] for row in rows] == [row.name for row in panel.rows]
    for ours, theirs in zip(panel.rows, rows, strict=True):
        assert [STATES[bar["state"]] for bar in theirs["bars"]] == [bar.state for bar in ours.bars]
        assert [bar["start"] / 1e6 for bar in theirs["bars"]] == pytest.approx([b.start_s for b in ours.bars], abs=2e-6)
        assert [bar["end"] / 1e6 for bar in theirs["bars"]] == pytest.approx([b.end_s for b in ours.bars], abs=2e-6)


@needs_node
def test_both_renderers_say_the_same_of_what_blocked_the_loop(canvas_of: Callable[[int], Any]) -> None:
    (panel,) = scene_of(record()).panels
    labels = [row["label"] for row in canvas_of(LANES)["scene"]["rows"]]
    ours = [row.label and (row.label.text, row.label.start_s * 1e6) for row in panel.rows]
    assert [label and (label["text"], pytest.approx(label["start"], abs=2)) for label in labels] == ours
    assert "burn() blocked the loop for 200 ms" in {label["text"] for label in labels if label}


@needs_node
def test_both_renderers_have_the_same_beginning(tmp_path: Path) -> None:
    until_s = 0.3
    ours = scene_of(record().until(until_s))
    theirs = ask(tmp_path, {"recording": Replay(record(), until_s=until_s).data()})["scene"]
    (panel,) = ours.panels
    assert (theirs["title"], theirs["axis"]) == (panel.title, ours.axis_s * 1e6)
    assert [None if row["ending"] is None else list(Ending)[row["ending"]] for row in theirs["rows"]] == [
        row.ending for row in panel.rows
    ]
    for row, other in zip(panel.rows, theirs["rows"], strict=True):
        assert [bar["end"] / 1e6 for bar in other["bars"]] == pytest.approx([b.end_s for b in row.bars], abs=2e-6)
    assert [(band["start"] / 1e6, band["end"] / 1e6) for band in theirs["bands"]] == [
        pytest.approx(band) for band in panel.bands
    ]
    for strip, shown in zip(ours.strips, theirs["strips"], strict=True):
        assert shown["top"] == strip.top
        assert [value for _, value in shown["steps"]] == pytest.approx([value for _, value in strip.steps], abs=1e-3)


@needs_node
def test_both_renderers_have_the_same_endings_and_bands(canvas_of: Callable[[int], Any]) -> None:
    made = record()
    (panel,) = scene_of(made).panels
    scene = canvas_of(LANES)["scene"]
    endings = [None if row["ending"] is None else list(Ending)[row["ending"]] for row in scene["rows"]]
    assert endings == [row.ending for row in panel.rows]
    bands = [(band["start"] / 1e6, band["end"] / 1e6) for band in scene["bands"]]
    assert bands == [pytest.approx(band) for band in panel.bands]


@needs_node
def test_both_renderers_have_the_same_strips_and_limit(canvas_of: Callable[[int], Any]) -> None:
    made = record()
    ours, theirs = scene_of(made), canvas_of(LANES)["scene"]
    assert theirs["limit"] == {"us": 0.4e6, "label": "N·L"}
    assert theirs["axis"] == ours.axis_s * 1e6
    for strip, other in zip(ours.strips, theirs["strips"], strict=True):
        assert (other["kind"], "\n".join(other["label"]), other["top"]) == (strip.kind, strip.label, strip.top)
        assert [value for _, value in other["steps"]] == pytest.approx([value for _, value in strip.steps], abs=1e-3)
        assert (other["capacity"], tuple(other["waiting"])) == (strip.capacity, strip.waiting)


@needs_node
def test_both_renderers_count_the_same(canvas_of: Callable[[int], Any]) -> None:
    made = record(100)
    (panel,) = scene_of(made).panels
    counts = canvas_of(100)["scene"]["counts"]
    assert panel.counts is not None
    assert {STATES[state]: row for state, row in counts["byState"]} == panel.counts.by_state
    assert (counts["total"], counts["noun"]) == (panel.counts.total, panel.counts.noun)


@needs_node
def test_both_renderers_have_the_same_legend(canvas_of: Callable[[int], Any]) -> None:
    made = record()
    legend = canvas_of(LANES)["legend"]
    assert [STATES[state] for state in legend["states"]] == scene_of(made).states
    assert [list(Ending)[ending] for ending in legend["endings"]] == scene_of(made).endings


@needs_node
@pytest.mark.parametrize("state", [State.RUNNING, State.BLOCKING, State.NETWORK, State.NOT_STARTED, State.TASK])
def test_a_bar_is_where_matplotlib_draws_it(state: State, canvas_of: Callable[[int], Any]) -> None:
    made = record()
    theirs = canvas_of(LANES)
    drawn = [box for box in theirs["rectangles"] if box["state"] == STATES.index(state)]
    (artist,) = draw(scene_of(made)).findobj(lambda found: found.get_gid() == f"bar {state.name}")
    corners = np.asarray(artist.get_path().vertices).reshape(-1, 5, 2)  # type: ignore[attr-defined]
    ours, panel = lay_out(scene_of(made)).panels[0], theirs["layout"]["panel"]
    expected = [(box[0][0] - ours.left) / ours.width for box in corners]
    assert [(b["left"] - panel["left"]) / panel["width"] for b in drawn] == pytest.approx(expected, abs=1e-4)
    ends = [(box[2][0] - ours.left) / ours.width for box in corners]
    assert [(b["right"] - panel["left"]) / panel["width"] for b in drawn] == pytest.approx(ends, abs=1e-4)
    tops = [box[0][1] - ours.top for box in corners]
    assert [box["top"] - panel["top"] for box in drawn] == pytest.approx(tops, abs=1e-6)


def test_the_canvas_has_the_very_colours_of_the_palette() -> None:
    from helpers.timeline.palette import look_of

    assert [state["fill"] for state in looks()["states"]] == [look_of(state).fill for state in State]
    assert [ending["marker"] for ending in looks()["endings"]] == [look_of(ending).marker for ending in Ending]


def test_nothing_is_imported_or_left_exported_in_a_joined_module() -> None:
    for module in (canvas.live_module(), canvas.player_module()):
        assert not re.search(r"^import ", module, re.MULTILINE)
    assert re.findall(r"^export .*", canvas.live_module(), re.MULTILINE) == ["export default { render };"]
    assert not re.search(r"^export ", canvas.player_module(), re.MULTILINE)


def test_names_are_never_markup() -> None:
    for path in canvas.FOLDER.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write", path.read_text(encoding="utf-8")), (
            path
        )

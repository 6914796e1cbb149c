"""What is drawn is what the scene says: no more, no less."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image

from helpers.timeline import Blocking, Ending, Lane, Limit, Picture, Record, State, Watch
from helpers.timeline._layout import WIDTH, lay_out
from helpers.timeline.draw import draw
from helpers.timeline.scene import Scene, scene_of

from .looking import lane

BODY = lane("main", (0, 0.002, State.RUNNING), (0.002, 1, State.TASK), kind="body")


def record(*lanes: Lane, **changes: Any) -> Record:
    return replace(Record("a block", 1.0, (BODY, *lanes), ((0.1, 0.9),), 0.05), **changes)


def network(name: str, ending: Ending = Ending.DONE) -> Lane:
    return lane(name, (0, 0.1, State.NOT_STARTED), (0.1, 0.2, State.RUNNING), (0.2, 1, State.NETWORK), ending=ending)


def drawn(scene: Scene, role: str) -> list[Any]:
    """Return the artists of a role."""
    found: list[Any] = draw(scene).findobj(lambda artist: re.fullmatch(role, artist.get_gid() or "") is not None)
    return found


def texts(scene: Scene, role: str) -> list[str]:
    return [artist.get_text() for artist in drawn(scene, role)]


def scene(*records: Record, limit: Limit | None = None) -> Scene:
    return Picture(records, limit=limit).scene


def test_every_lane_is_named() -> None:
    assert texts(scene(record(network("a()"), network("b()"))), "name") == ["main", "a()", "b()"]


@pytest.mark.parametrize("count", [1, 5, 14, 20, 40, 60])
def test_names_are_at_least_six_points_high(count: int) -> None:
    made = drawn(scene(record(*[network(f"fetch({n})") for n in range(count)])), "name")
    assert (len(made), min(artist.get_fontsize() for artist in made) >= 6) == (count + 1, True)


@pytest.mark.parametrize("count", [1, 5, 20, 60])
def test_names_do_not_overlap(count: int) -> None:
    figure = draw(scene(record(*[network(f"fetch({n})") for n in range(count)])))
    boxes = [a.get_window_extent() for a in figure.findobj(lambda artist: artist.get_gid() == "name")]
    assert all(above.y0 >= below.y0 + 0.75 * below.height for above, below in pairwise(boxes))


@pytest.mark.parametrize("role", ["name", "strip label", "title", "limit label", "legend", "value"])
def test_no_text_is_clipped_at_the_edge_of_the_picture(role: str) -> None:
    watched = (Watch("a service with a very long name indeed", ((0.0, 5000),), capacity=10),)
    long = network('fetch("/a/path/as/long/as/names/can/be/at/all")')
    block = record(long, watched=watched, title="A title " * 30, limit=Limit(0.97, "a formula that is long " * 9))
    figure = draw(scene(block))
    boxes = [a.get_window_extent() for a in figure.findobj(lambda artist: artist.get_gid() == role)]
    assert boxes
    assert all(box.x0 >= 0 and box.x1 <= WIDTH for box in boxes)


@pytest.mark.parametrize("title", ["WWW " * 60, "A title that goes on and on " * 9, "iii " * 99, "東京" * 60])
def test_the_title_does_not_run_into_the_length(title: str) -> None:
    figure = draw(scene(record(network("a"), title=title)))
    found: dict[Any, Any] = {artist.get_gid(): artist for artist in figure.findobj()}
    assert found["title"].get_window_extent().x1 < found["length"].get_window_extent().x0


def test_there_is_a_bar_for_each_bar_of_the_scene() -> None:
    made = scene(record(network("a"), network("b")))
    for state in made.states:
        bars = sum(bar.state is state for panel in made.panels for row in panel.rows for bar in row.bars)
        (artist,) = drawn(made, f"bar {state.name}")
        assert len(artist.get_path().vertices) == 5 * bars  # four corners and back


def test_a_bar_is_where_its_time_is() -> None:
    made = scene(record(network("a")))
    (artist,) = drawn(made, "bar NETWORK")
    (axis,) = [a for a in drawn(made, "axis") if len(a.get_segments()) > 4]
    left, right = axis.get_segments()[0][:, 0]
    xs = artist.get_path().vertices[:, 0]
    assert (min(xs) - left) / (right - left) == pytest.approx(0.2 / 1.015, abs=0.001)
    assert (max(xs) - left) / (right - left) == pytest.approx(1 / 1.015, abs=0.001)


def test_each_ending_has_its_marks() -> None:
    lanes = [network("a"), network("b"), network("c", Ending.FAILED), network("d", Ending.CANCELLED)]
    made = scene(record(*lanes))
    marks = {ending: sum(len(a.get_offsets()) for a in drawn(made, f"ending {ending.name}")) for ending in Ending}
    assert list(marks.values()) == [2, 1, 1, 0]


def test_the_legend_names_what_occurs_and_nothing_else() -> None:
    made = scene(record(network("a", Ending.FAILED)))
    assert texts(made, "legend") == [*made.states, *made.endings]


def test_the_legend_has_a_key_for_each_entry() -> None:
    made = scene(record(network("a")))
    assert len(drawn(made, "legend key")) == len(texts(made, "legend"))


def test_a_blocking_is_a_band_across_every_lane() -> None:
    held = lane("parse()", (0, 0.5, State.RUNNING), (0.5, 0.8, State.BLOCKING), blockings=((0.45, 0.8),))
    made = scene(record(held, network("a")))
    (band,) = drawn(made, "band")
    names = [artist.get_position()[1] for artist in drawn(made, "name")]
    ys = band.get_path().vertices[:, 1]
    assert min(ys) < min(names) < max(names) < max(ys)


def test_a_blocking_says_how_long_it_was() -> None:
    held = lane("parse()", (0, 0.5, State.RUNNING), (0.5, 0.8, State.BLOCKING), blockings=((0.45, 0.8),))
    assert texts(scene(record(held)), "blocking") == ["blocked the loop for 350 ms"]


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 0.06), (0.4, 0.46), (0.94, 1.0), (0.1, 0.9)])
def test_the_label_of_a_blocking_stays_in_the_picture(start_s: float, end_s: float) -> None:
    held = lane("parse()", (0, 1, State.RUNNING), blockings=((start_s, end_s),))
    figure = draw(scene(record(held)))
    (label,) = figure.findobj(lambda artist: artist.get_gid() == "blocking")
    box: Any = label.get_window_extent()
    assert (box.x0 > 0, box.x1 < WIDTH) == (True, True)


def test_the_limit_is_a_labelled_line_in_every_panel() -> None:
    made = scene(record(network("a")), record(network("b")), limit=Limit(0.1, "L"))
    (line,) = drawn(made, "limit")
    assert (texts(made, "limit label"), len(line.get_segments())) == (["L = 100 ms"], 2)


def test_nothing_is_said_of_a_limit_where_there_is_none() -> None:
    assert drawn(scene(record(network("a"))), "limit.*") == []


def test_every_strip_is_drawn_and_labelled() -> None:
    block = record(network("a"), watched=(Watch("weather", ((0.0, 2), (0.5, 4)), capacity=5),))
    made = scene(block)
    assert len(drawn(made, "strip .*ed|strip busy|strip in_flight")) == 2
    assert texts(made, "strip label") == ["loop", "busy %", "in flight at", "weather"]


def test_who_waits_lies_on_top_of_what_there_is() -> None:
    jobs = Watch("jobs", ((0.0, 2), (0.5, 4)), capacity=4, waiting=(0, 3), kind="Queue", measure="length of")
    made = scene(record(network("a"), watched=(jobs,)))
    (waiting,), (length,) = drawn(made, "strip waiting"), drawn(made, "strip in_flight")
    tops = [min(artist.get_path().vertices[:, 1]) for artist in (waiting, length)]
    assert tops[0] < tops[1]
    assert texts(made, "strip label")[-2:] == ["length of", "jobs"]


def test_what_nobody_waits_for_has_no_area_of_its_own_nor_an_entry_in_the_legend() -> None:
    jobs = Watch("jobs", ((0.0, 2),), waiting=(0,), kind="Queue")
    made = scene(record(network("a"), watched=(jobs,)))
    assert (drawn(made, "strip waiting"), State.LOCK in made.states) == ([], False)


def test_a_capacity_is_a_line() -> None:
    block = record(watched=(Watch("weather", ((0.0, 2),), capacity=5), Watch("free", ((0.0, 2),))))
    assert len(drawn(scene(block), "capacity")) == 1
    assert texts(scene(block), "capacity label") == ["capacity 5"]


def test_a_label_of_a_blocking_lies_within_one_colour_or_on_a_plate() -> None:
    wide = lane("wide()", (0, 0.05, State.RUNNING), (0.05, 0.8, State.BLOCKING), blockings=((0, 0.8),))
    narrow = lane("narrow()", (0, 0.4, State.TIMER), (0.4, 0.45, State.RUNNING), (0.45, 0.5, State.BLOCKING))
    narrow = replace(narrow, segments=(*narrow.segments, *lane("", (0.5, 1, State.TIMER)).segments))
    narrow = replace(narrow, blockings=(Blocking("narrow()", 0.4, 0.5),))
    made = scene(record(wide, narrow))
    inside, beside = drawn(made, "blocking")
    red = lay_out(made).x(0.05), lay_out(made).x(0.8)
    assert red[0] < inside.get_position()[0] < red[1]
    assert (inside.get_bbox_patch(), beside.get_bbox_patch() is not None) == (None, True)


def test_many_tasks_are_an_area_for_each_state() -> None:
    made = scene(record(*[network(str(n)) for n in range(100)]))
    roles = {artist.get_gid() for artist in drawn(made, "count .*")}
    assert (roles, texts(made, "noun")) == (
        {"count RUNNING", "count NETWORK", "count NOT_STARTED"},
        ["tasks, 100 in all"],
    )


def test_a_blocking_is_seen_over_counts() -> None:
    held = lane("parse()", (0, 0.5, State.RUNNING), (0.5, 0.8, State.BLOCKING), blockings=((0.45, 0.8),))
    made = scene(record(held, *[network(str(n)) for n in range(100)]))
    (band,) = drawn(made, "band")
    assert band.get_zorder() > max(artist.get_zorder() for artist in drawn(made, "count .*"))


def test_panels_say_how_they_compare_with_the_first() -> None:
    made = scene(record(network("a")), record(network("b"), makespan_s=0.1))
    assert texts(made, "length") == ["1.00 s", "100 ms   10.0× as fast"]


def test_without_a_ratio_panels_say_how_long_they_took() -> None:
    made = scene_of([record(network("a")), record(network("b"), makespan_s=0.1)], ratio=False)
    assert texts(made, "length") == ["1.00 s", "100 ms"]


def test_lanes_too_low_for_names_are_counted() -> None:
    many = record(*[network(str(n)) for n in range(30)])
    made = scene(many, many)
    assert (texts(made, "name"), texts(made, "noun")) == ([], ["30 tasks", "30 tasks"])


@pytest.mark.parametrize(("makespan_s", "unit"), [(0.0002, "milliseconds"), (0.9, "milliseconds"), (12.0, "seconds")])
def test_the_axis_is_in_a_unit_that_fits(makespan_s: float, unit: str) -> None:
    block = Record("a block", makespan_s, (lane("a", (0, makespan_s, State.TIMER)),), (), 0.05)
    assert texts(scene(block), "time axis") == [f"{unit} since the start"]


@pytest.mark.parametrize("makespan_s", [0.0, 1e-6, 0.0002, 0.345, 12.0, 3600.0])
def test_the_times_on_the_axis_do_not_overlap(makespan_s: float) -> None:
    block = Record("a block", makespan_s, (lane("a", (0, makespan_s, State.TIMER)),), (), 0.05)
    figure = draw(scene(block))
    boxes: list[Any] = [a.get_window_extent() for a in figure.findobj(lambda a: a.get_gid() == "time")]
    assert len(boxes) >= 2
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize("text", ["cost $5 and $x", "$unbalanced", "a_b^c {d} \\frac{1}{", "%s %d", "<b>&amp;</b>"])
def test_names_are_never_taken_for_formulas(text: str) -> None:
    block = record(network(text), title=text, watched=(Watch(text[:12], ((0.0, 1),)),), limit=Limit(0.5, text))
    picture = Picture([block])
    assert picture.png()[0].startswith(b"\x89PNG")
    assert texts(picture.scene, "name")[1] == text


@pytest.mark.parametrize("text", ["naïve Ærøskøbing", "Москва Αθήνα", "東京", "مراكش", "🎉 done", "\u200b\x00\n\t"])
def test_names_in_any_script_are_drawn_without_a_warning(text: str) -> None:
    assert Picture([record(network(text), title=text)]).png()[0].startswith(b"\x89PNG")


@pytest.mark.parametrize("count", [0, 1, 60, 61, 1000])
def test_a_picture_of_any_number_of_tasks_is_as_wide_as_a_notebook(count: int) -> None:
    data, width, height = Picture([record(*[network(f"fetch({n})") for n in range(count)])]).png()
    image = Image.open(io.BytesIO(data))
    assert width == WIDTH
    assert image.height / image.width == pytest.approx(height / width, abs=0.01)


def test_a_usual_picture_takes_less_than_60_kib() -> None:
    lanes = [network(f'fetch("/cities/{n}")') for n in range(20)]
    assert len(Picture([record(*lanes)]).png()[0]) < 60 * 1024


@pytest.mark.parametrize("parts", [1, 2, 3, 5])
def test_timelines_of_any_length_stand_side_by_side(parts: int) -> None:
    records = [record(*[network(str(n)) for n in range(size)]) for size in (1, 5, 20, 60, 200)[:parts]]
    made = scene(*records, limit=Limit(0.1, "L"))
    assert len(texts(made, "title")) == parts

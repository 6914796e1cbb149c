"""Colours that stay apart, for readers who see fewer of them too."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from helpers.timeline import Ending, State
from helpers.timeline.palette import file_colors, look_of, palette
from helpers.timeline.scene import THICKNESS, WORK

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
# severity 1.0; the matrices apply to linear RGB.
SIGHT = {
    "trichromacy": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ @ np.ones(3)
UNMISTAKABLE = 10.0  # ΔE*ab; about 2.3 can just be told apart


def lab(color: str, sight: str) -> Any:
    """Return a colour in CIELAB as seen."""
    levels = np.frombuffer(bytes.fromhex(color[1:]), dtype=np.uint8) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(SIGHT[sight] @ linear, 0, 1) / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: str, other: str, sight: str) -> float:
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


def too_close(pairs: Iterable[tuple[State, State]], sight: str, least: float) -> list[tuple[State, State, float]]:
    """Return the pairs of states whose colours can be mistaken for each other, with their difference."""
    measured = [(a, b, difference(look_of(a).fill, look_of(b).fill, sight)) for a, b in pairs]
    return [(a, b, distance) for a, b, distance in measured if distance <= least]


@pytest.mark.parametrize("sight", SIGHT)
def test_two_states_differ_in_colour_or_in_hatch_or_in_thickness(sight: str) -> None:
    alike = [(a, b) for a, b in combinations(State, 2) if look_of(a).hatch == look_of(b).hatch]
    alike = [(a, b) for a, b in alike if THICKNESS.get(a) == THICKNESS.get(b)]
    assert too_close(alike, sight, UNMISTAKABLE) == []


@pytest.mark.parametrize("sight", SIGHT)
def test_work_stands_out_from_every_wait(sight: str) -> None:
    pairs = product(WORK, [state for state in State if state.is_waiting])
    assert too_close(pairs, sight, 2 * UNMISTAKABLE) == []


@pytest.mark.parametrize("sight", SIGHT)
def test_states_that_are_not_hatched_in_low_lanes_are_told_apart_by_colour(sight: str) -> None:
    usual = [State.NETWORK, State.TIMER, State.LOCK, State.THREAD, State.PROCESS]
    assert too_close(combinations(usual, 2), sight, UNMISTAKABLE) == []


@pytest.mark.parametrize("sight", SIGHT)
def test_every_state_is_seen_on_white(sight: str) -> None:
    assert [state for state in State if difference(look_of(state).fill, "#ffffff", sight) <= UNMISTAKABLE] == []


@pytest.mark.parametrize("state", [state for state in State if state.is_waiting])
def test_a_wait_is_paler_than_work(state: State) -> None:
    darkest = min(lab(look_of(state).fill, "trichromacy")[0] for state in (State.RUNNING, State.BLOCKING))
    assert lab(look_of(state).fill, "trichromacy")[0] > darkest + 20


def test_every_ending_has_a_marker_of_its_own() -> None:
    assert len({look_of(ending).marker for ending in Ending}) == len(Ending)


def test_there_are_no_looks_for_states_that_do_not_exist() -> None:
    assert (set(palette()["states"]), set(palette()["endings"])) == (set(State.__members__), set(Ending.__members__))


def test_the_colours_of_a_file_fit_its_palette() -> None:
    assert len(file_colors()) <= 256


@pytest.mark.parametrize("what", [*State, *Ending])
def test_a_file_has_the_very_colours_of_the_palette(what: State | Ending) -> None:
    assert tuple(bytes.fromhex(look_of(what).fill[1:])) in file_colors()


def luminance(color: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2 defines it."""
    levels = [level / 255 for level in bytes.fromhex(color[1:])]
    red, green, blue = (level / 12.92 if level <= 0.03928 else ((level + 0.055) / 1.055) ** 2.4 for level in levels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("what", [*State, *Ending])
def test_what_is_drawn_stands_out_from_white_paper(what: State | Ending) -> None:
    look = look_of(what)
    assert 1.05 / (luminance(look.edge or look.fill) + 0.05) >= 3


DARK_PAPER = "#111111"


def dark(state: State) -> str:
    color: str = palette()["dark"]["states"][state.name]
    return color


def test_a_dark_theme_has_a_colour_for_everything() -> None:
    assert set(palette()["dark"]["states"]) == set(State.__members__)
    assert set(palette()["dark"]["endings"]) == set(Ending.__members__)
    assert set(palette()["dark"]) == {"states", "endings", "band", "limit", "busy", "in_flight", "ink"}


@pytest.mark.parametrize("sight", SIGHT)
def test_every_state_is_seen_on_dark_paper(sight: str) -> None:
    assert [state for state in State if difference(dark(state), DARK_PAPER, sight) <= UNMISTAKABLE] == []


@pytest.mark.parametrize("sight", SIGHT)
def test_work_stands_out_from_every_wait_on_dark_paper(sight: str) -> None:
    pairs = product(WORK, [state for state in State if state.is_waiting])
    assert [(a, b) for a, b in pairs if difference(dark(a), dark(b), sight) <= 2 * UNMISTAKABLE] == []


@pytest.mark.parametrize("sight", SIGHT)
def test_waits_that_are_not_hatched_in_low_lanes_are_told_apart_on_dark_paper(sight: str) -> None:
    usual = [State.NETWORK, State.TIMER, State.LOCK, State.THREAD, State.PROCESS]
    alike = [(a, b) for a, b in combinations(usual, 2) if difference(dark(a), dark(b), sight) <= UNMISTAKABLE]
    assert alike == []


@pytest.mark.parametrize("state", [state for state in State if state.is_waiting])
def test_a_wait_is_dimmer_than_work_on_dark_paper(state: State) -> None:
    dimmest = min(lab(dark(work), "trichromacy")[0] for work in (State.RUNNING, State.CALLING))
    assert lab(dark(state), "trichromacy")[0] < dimmest - 20

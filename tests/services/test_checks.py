"""Checks name the parameter, what it got and what it takes."""

from __future__ import annotations

import pytest

from helpers.services.checks import no_unknown, number, whole_number


def test_what_is_in_range_passes() -> None:
    number("x", 0.5, least=0, most=1)
    whole_number("n", 1, least=1, most=1)
    whole_number("n", None, least=1, most=1, or_none=True)
    no_unknown([], ["a"], of="f()")


@pytest.mark.parametrize("wrong", [True, "1", None, 1j])
def test_what_is_no_number_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match=r"x must be a number from 0 to 1, got "):
        number("x", wrong, least=0, most=1)


def test_not_a_number_is_out_of_every_range() -> None:
    with pytest.raises(ValueError, match=r"x must be from 0 to 1, got nan"):
        number("x", float("nan"), least=0, most=1)


def test_an_unknown_name_far_from_all_lists_what_there_is() -> None:
    with pytest.raises(TypeError, match=r"f\(\) has no parameter 'qqq'. It takes: alpha, beta."):
        no_unknown(["qqq"], ["beta", "alpha"], of="f()")

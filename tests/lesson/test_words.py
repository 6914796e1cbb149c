"""Under a picture that ends a cell stand its words: short for the eye, whole for whoever unfolds them."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.lesson import present
from helpers.lesson.charts import chart


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was displayed, one bundle after the other."""
    bundles: list[dict[str, Any]] = []
    monkeypatch.setattr(present, "display", lambda bundle, **_: bundles.append(bundle))
    return bundles


def test_few_lines_are_printed(displayed: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    present.with_words(chart("Two", x=[1, 2], x_label="N", measured={"a": [0.1, 0.2]}))
    assert ["image/png" in bundle for bundle in displayed] == [True]
    assert capsys.readouterr().out == "Two\nN 1: a 100 ms\nN 2: a 200 ms\n"


def test_many_lines_are_unfolded_and_escaped(displayed: list[dict[str, Any]]) -> None:
    sizes = [1, 2, 3, 4, 5]
    present.with_words(chart("a < b", x=sizes, x_label="N", measured={"a": sizes}))
    picture, words = displayed
    assert words["text/plain"] == picture["text/plain"]
    assert words["text/html"].startswith("<details><summary>a &lt; b In numbers</summary><pre>N 1: a 1.00 s\n")

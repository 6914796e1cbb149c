"""What nbval.cfg lets through, and what it holds."""

from __future__ import annotations

import re

import pytest
from nbval.plugin import get_sanitize_patterns

from helpers.lesson.course import Course

CONFIG = Course.here().root / "tests" / "nbval.cfg"
RULES = get_sanitize_patterns(CONFIG.read_text(encoding="ascii"))


def sanitized(text: str) -> str:
    """Apply the rules as nbval does."""
    for regex, replacement in RULES:
        text = re.sub(regex, replacement, text)
    return text


def test_the_file_is_ascii_and_every_section_has_a_reason_and_a_rule() -> None:
    text = CONFIG.read_text(encoding="ascii")
    sections = re.findall(r"^# .+\n\[\w+\]\nregex: .+\nreplace: .+$", text, re.MULTILINE)
    assert len(sections) == len(RULES) == text.count("\n[")


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("took 0.105 s", "took 12 s"),
        ("105 ms", "98.4 ms"),
        ("1,204 ms", "998 ms"),
        ("12 µs", "9.1 μs"),
        ("105\u202fms", "98\u00a0ms"),
        ("0.105s.", "0.2s."),
        ("3.2 seconds", "1 second"),
        ("-0.3 ms", "2 ms"),
        ("9.7× faster", "10.3× faster"),
        ("≈9.7×,", "≈12×,"),
        ("busy 1 % of", "busy 12.5% of"),
        ("470/s", "1,470.5/s"),
        ("470 per second", "9 per second"),
        ("470 requests/s", "12 requests/s"),
        ("470 requests per second", "12 requests per second"),
        ("64.2 KiB/s", "1 MiB/s"),
        ("285 KiB", "1.7 MiB"),
        ("12.9 kB each", "13 kB each"),
        ("http://127.0.0.1:43817/cities", "http://127.0.0.1:1024/cities"),
        ("localhost:1", "localhost:65535"),
        ("<Task at 0x7f3a5c1d2e50>", "<Task at 0x55d0c0ffee00>"),
        ("threads     0.105 s", "threads    12.105 s"),
        ("12.1 ms/request", "9 ms/request"),
        ("20 lanes, at most 20 in flight.", "20 lanes, at most 16 in flight."),
        ("weather had at most 20 in flight.", "weather had at most 14 in flight."),
        ("4.8 in flight, counted", "5.1 in flight, counted"),
        ("Two: 3 ms.\nrude() blocked the loop for 61 ms.\nDone.", "Two: 3 ms.\nDone."),
        (
            "Two.\nThe loop was blocked 2 times. The longest: a() blocked the loop for 1.2 s.",
            "Two.\nb() blocked the loop for 61 ms.",
        ),
        (
            'Two: 3 ms.\n"waiting: other" is a wait for a future, and who will give it a result can\'t be told.\nDone.',
            "Two: 3 ms.\nDone.",
        ),
    ],
)
def test_a_measured_value_is_let_through(one: str, another: str) -> None:
    assert sanitized(one) == sanitized(another)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("20 requests", "19 requests"),
        ("peak 20 in flight", "peak 2 in flight"),
        ("20 lanes: 20 done", "20 lanes: 19 done, 1 failed"),
        ("HTTP 200", "HTTP 503"),
        ("20 × 100", "2 × 100"),
        ("3×4", "12×4"),
        ("L = 0.1", "L = 0.2"),
        ("v1.2s", "v1.3s"),
        ("10 sessions", "9 sessions"),
        ("5 steps", "6 steps"),
        ("3 messages", "4 messages"),
        ("10.0.0.1:80", "10.0.0.1:81"),
        ("http://127.0.0.1:8000/cities/oslo", "http://127.0.0.1:8000/cities/lima"),
        ("0x1f", "0x2f"),
        ("took 0.105 s", "took 105 ms and failed"),
        ("0.105 s", "9.7×"),
        ("12 %", "12 ms"),
        ("470/s", "470 ms"),
        ("one two", "onetwo"),
        ("line\nline", "line line"),
        ("    indented", "indented"),
        ("at noon", "at 0x"),
        ("100 threads per core", "10 threads per core"),
        ("5 per client", "6 per client"),
        ("2026-11-22", "2026-11-23"),
        ("M1s", "M2s"),
    ],
)
def test_a_count_a_name_an_order_or_another_unit_is_held(one: str, another: str) -> None:
    assert sanitized(one) != sanitized(another)

"""The long measurements run, in their quick forms, and would say so if something were wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bad_day.days import Day
from tests.benchmarks import bad_day, board, crowd, family, learner, notebooks, peers, standstill, steady, strict
from tests.exercises import test_answers
from tests.exercises.answers import Wrong, stored


def test_steady_runs_notebooks_and_answers_and_counts_what_differed(capsys: pytest.CaptureFixture[str]) -> None:
    assert steady.main(["--quick"]) == 0
    said = capsys.readouterr().out
    assert "run 1: " in said
    assert "0 verdicts or outputs differed in 1 runs (goal 0)" in said


def test_steady_takes_every_notebook_and_its_answers() -> None:
    notebook, *answers = steady.chosen(["01"])
    assert notebook.startswith("notebooks/01_")
    assert len(answers) > 10
    assert all("[1." in answer for answer in answers)
    assert steady.chosen([], pages=True)[-1] == steady.ANSWERS


def test_steady_names_the_answers_of_a_page_as_the_tests_do() -> None:
    (named,) = [answer for answer in steady.chosen(["01"]) if "[1.2 gathers_all]" in answer]
    assert hasattr(test_answers, named.partition("::")[2].partition("[")[0])


def test_steady_says_what_differed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "test_broken.py"
    path.write_text("def test_it():\n    assert 6 * 9 == 42\n", encoding="utf-8")
    monkeypatch.setattr(steady, "QUICK", [str(path)])
    assert steady.main(["--quick"]) == 1
    said = capsys.readouterr().out
    assert "run 1: 1 tests, " in said
    assert "assert (6 * 9) == 42" in said
    assert "  1 of 1: " in said


def test_an_answer_that_stands_still_for_a_while_gets_the_same_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert standstill.main(["--quick"]) == 0
    assert "0 of 2 verdicts differed (goal 0)" in capsys.readouterr().out


def test_a_verdict_that_differs_is_told_with_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    gathers_all = next(one.answer for one in stored() if str(one) == standstill.QUICK)
    monkeypatch.setattr(standstill, "stored", lambda: [Wrong("1.2", gathers_all, "Not what it is told.")])
    found = standstill.stop_again_and_again(standstill.Probe(0, 1, 0.01, 1))
    assert [(one.stopped_s is None, one.said) for one in found] == [
        (True, "nothing was wrong with it"),
        (False, "nothing was wrong with it"),
    ]


def test_a_run_that_comes_to_nothing_is_no_outcome() -> None:
    day = Day(("sh", "-c", "echo no such option; exit 4"))
    with strict.run([], day=day) as started, pytest.raises(RuntimeError, match="exit code 4:\nno such option"):
        started.finish()


@pytest.mark.parametrize(
    ("test", "of_band"),
    [
        ("00.ipynb::Cell 3 band 1", True),
        ("00.ipynb::Seconds", True),
        ("00.ipynb::Cell 3", False),
        ("t.py::band 1", False),
    ],
)
def test_a_headline_number_is_told_apart_from_an_output(test: str, of_band: bool) -> None:
    assert strict.Difference(test, "").of_band is of_band


@pytest.mark.extended
def test_a_notebook_on_a_bad_day_is_compared_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert bad_day.main(["--quick"]) == 0
    said = capsys.readouterr().out
    assert "\na proxy in the environment      00_start_here " in said
    assert said.endswith("\n0 outputs or headline numbers differed (goal 0)\n")


@pytest.mark.extended
def test_a_crowd_prints_time_and_memory_of_a_learner(capsys: pytest.CaptureFixture[str]) -> None:
    assert crowd.main(["--quick"]) == 0
    said = capsys.readouterr().out
    assert "2 of 2 passed: every output as it is stored" in said
    assert "memory of a learner, at its peak: median " in said


@pytest.mark.extended
def test_a_notebook_has_its_seconds_and_memory(capsys: pytest.CaptureFixture[str]) -> None:
    notebooks.main(["--quick"])
    figures = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("00_start_here")).split()
    seconds, cpu_s, memory_mib = map(float, figures[1:4])
    assert seconds > 1
    assert cpu_s > 0
    assert 50 < memory_mib < 2000


def test_memory_that_children_need_is_seen() -> None:
    hungry = "import sys; data = b'x' * 50_000_000; print(flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with (
        family.peak_of_descendants(os.getpid()) as peak,
        subprocess.Popen([sys.executable, "-c", hungry], stdin=pipe, stdout=pipe) as child,
    ):
        assert child.stdout is not None
        child.stdout.readline()
        assert family.memory_of_descendants_mib(os.getpid()) > 47
    assert peak.memory_mib > 0


def test_peers_prints_ours_and_the_floor_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    peers.main(["--quick"])
    said = capsys.readouterr().out
    for name in (
        "the floor",
        "services.http",
        "httpbin",
        "pytest-httpserver",
        "Timeline",
        "AsyncViz",
        "VizTracer",
        "AsyncFlow",
        "debug mode",
    ):
        assert name in said
    assert all(name in said for peer in peers.PEERS for name in peer.missing)


def test_board_measures_a_class(capsys: pytest.CaptureFixture[str]) -> None:
    board.main(["--quick"])
    said = capsys.readouterr().out
    assert "10 learners, an event a second each" in said
    assert "late: a timer in an idle process" in said


def test_learner_measures_a_server_and_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    learner.main(["--quick"])
    figures = capsys.readouterr().out.splitlines()[-1].split()
    assert figures[0] == "01_improved_performance"
    uss_mib, pss_mib, _, cpu_s, busiest_s = map(float, figures[3:])
    assert 100 < uss_mib <= pss_mib < 2000
    assert 0 < busiest_s <= cpu_s + 0.1  # rounded


def test_the_busiest_minute_is_the_most_within_sixty_seconds() -> None:
    samples = learner.Samples(at_s=[0, 30, 61, 90, 200], cpu_s=[0, 5, 6, 20, 22])
    assert samples.busiest_s() == 15

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from helpers.lesson import machine, packages, ready
from helpers.lesson.machine import Check, Report

GOOD = Check("Python 3.11 or newer", "3.13.1, /home/ada/.venv/bin/python")
NOTE = Check("Open files", "only 256", "Raise the limit.", essential=False)
BAD = Check("Packages", "2 missing", "Install them & restart.")


@pytest.fixture(scope="module")
def report() -> Report:
    return ready()


def test_a_machine_that_runs_these_tests_is_ready(report: Report) -> None:
    assert report.ready, report.details()


def test_every_check_has_a_name_of_its_own_and_says_what_it_saw(report: Report) -> None:
    assert len({check.name for check in report.checks}) == len(report.checks) == 9
    assert all(check.seen for check in report.checks)


def test_the_text_of_a_good_machine_holds_nothing_of_the_machine() -> None:
    assert repr(Report((GOOD,))) == "Python 3.11 or newer  ready\nThis machine is ready."
    assert GOOD.seen not in Report((GOOD,))._repr_html_()


def test_the_details_say_what_was_seen() -> None:
    assert "ready    3.13.1, /home/ada" in Report((GOOD,)).details()


def test_something_to_know_does_not_stop_the_course() -> None:
    report = Report((GOOD, NOTE))
    assert report.ready
    assert "to know" in repr(report)
    assert "Raise the limit." in repr(report)


def test_a_problem_stops_the_course_and_comes_with_what_to_do() -> None:
    report = Report((GOOD, BAD))
    assert not report.ready
    assert "PROBLEM" in repr(report)
    assert "Install them & restart." in repr(report)
    assert repr(report).endswith("see what to do at each PROBLEM.")


def test_the_table_for_the_notebook_has_row_headers_and_escapes_its_text() -> None:
    table = Report((BAD,))._repr_html_()
    assert '<th scope="row">Packages</th><td>PROBLEM</td><td>Install them &amp; restart.</td>' in table


def test_a_check_that_breaks_is_a_problem_and_the_others_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> tuple[str, str, bool]:
        raise OSError("no network here")

    monkeypatch.setattr(machine, "_CHECKS", (("Loopback network", broken), ("Free memory", machine._memory)))
    report = ready()
    assert [check.result for check in report.checks] == ["PROBLEM", "ready"]
    assert "no network here" in report.checks[0].advice


def test_what_cannot_be_told_without_the_packages_says_to_install_them_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lesson.packages.problems", lambda: [packages.Problem("psutil", ">=6", None)])
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert {check.name: check.advice for check in ready().checks if check.advice and check.name != "Packages"} == {
        "Free memory": "Install the missing packages first."
    }


def test_ipykernel_7_4_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "7.4.1")
    assert "stays stuck" in machine._ipykernel()[1]


def test_an_old_python_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 10, 2, "final", 0))
    assert "3.11 or newer" in machine._python()[1]


def test_a_low_file_limit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource", reason="Windows has no such limits")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 256))
    seen, advice, essential = machine._open_files()
    assert (seen, essential) == ("only 256", False)
    assert "256 files" in advice


@pytest.mark.parametrize(
    ("no_proxy", "advised"), [("", True), ("example.org", True), ("127.0.0.1,localhost", False), ("*", False)]
)
def test_a_proxy_of_the_system_is_named_unless_loopback_is_exempt(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, advised: bool
) -> None:
    monkeypatch.setattr("urllib.request.getproxies_environment", lambda: {})
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"http": "http://proxy.example.org:3128"})
    monkeypatch.setattr("urllib.request.proxy_bypass", lambda host: host in no_proxy or no_proxy == "*")
    assert bool(machine._proxies()[1]) is advised


def test_a_proxy_of_the_environment_needs_nothing_done_because_the_lessons_exempt_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example.org:3128")
    monkeypatch.setenv("no_proxy", "example.org")
    seen, advice, _ = machine._proxies()
    assert "exempt 127.0.0.1" in seen
    assert advice == ""


def test_the_services_are_asked_past_any_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert machine._services()[0].endswith("says 200")


def test_a_containers_memory_counts_and_not_the_hosts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(f"{2048 * 2**20}\n")
    (tmp_path / "memory.current").write_text(f"{512 * 2**20}\n")
    assert machine._container_memory_mib(tmp_path) == 1536
    (tmp_path / "memory.max").write_text("max\n")
    assert machine._container_memory_mib(tmp_path) is None
    assert machine._container_memory_mib(tmp_path / "none") is None


def test_a_folder_that_cannot_be_written_to_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**where: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    seen, advice, essential = machine._workbook()
    assert seen.endswith("is read-only")
    assert "Permission denied" in advice
    assert essential

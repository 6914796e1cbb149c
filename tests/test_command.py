"""`python -m helpers`, run as a person runs it, in a checkout whose path has a space and letters beyond ASCII."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from helpers.__main__ import build_parser
from helpers.lesson.course import Course
from tests.jupyter_server import started

ROOT = Course.here().root


class Checkout:
    """A small course of its own, with the real helpers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(ROOT / "helpers", root / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "data", root / "data")
        shutil.copy(ROOT / "requirements.txt", root)
        (root / "notebooks").mkdir()
        for name in ("00_start_here", "03_scalability"):
            cells = [nbformat.v4.new_code_cell("print('course')", id="code")]
            nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "notebooks" / f"{name}.ipynb")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-m", "helpers", *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "Öffentliche Kurse")


def test_prepare_fills_the_workbook_and_says_so_once(checkout: Checkout) -> None:
    done = checkout.run("prepare")
    assert (done.returncode, done.stderr) == (0, "")
    assert "workbook/00_start_here.ipynb: new" in done.stdout
    assert checkout.run("prepare").stdout == ""


def test_prepare_names_what_is_yours_and_how_to_get_a_fresh_copy(checkout: Checkout) -> None:
    checkout.run("prepare")
    for folder in ("workbook", "notebooks"):
        path = checkout.root / folder / "03_scalability.ipynb"
        path.write_text(path.read_text(encoding="utf-8").replace("course", f"of {folder}"), encoding="utf-8")
    done = checkout.run("prepare")
    assert "workbook/03_scalability.ipynb is yours and stays as it is" in done.stdout
    assert "python -m helpers reset 03" in done.stdout
    done = checkout.run("reset", "03")
    assert "What you had is workbook/03_scalability.before-reset-1.ipynb" in done.stdout
    assert "of notebooks" in (checkout.root / "workbook" / "03_scalability.ipynb").read_text(encoding="utf-8")


def test_an_unknown_notebook_gets_the_list_and_exit_code_2(checkout: Checkout) -> None:
    done = checkout.run("reset", "09")
    assert done.returncode == 2
    assert "03_scalability" in done.stderr


def test_ready_prints_what_was_seen(checkout: Checkout) -> None:
    done = checkout.run("ready")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("This machine is ready.\n")


def test_ready_exits_with_1_when_something_essential_is_wrong(checkout: Checkout) -> None:
    (checkout.root / "requirements.txt").write_text("no-such-package\n", encoding="utf-8")
    done = checkout.run("ready")
    assert done.returncode == 1
    assert "no-such-package (missing)" in done.stdout


def test_refresh_stores_what_ran_and_exits_with_1_for_what_did_not(checkout: Checkout) -> None:
    broken = checkout.root / "notebooks" / "03_scalability.ipynb"
    broken.write_text(broken.read_text(encoding="utf-8").replace("print('course')", "1 / 0"), encoding="utf-8")
    done = checkout.run("refresh")
    assert done.returncode == 1
    assert "00_start_here.ipynb: stored" in done.stdout
    assert "03_scalability.ipynb: NOT stored" in done.stdout
    assert "ZeroDivisionError" in done.stdout
    assert checkout.run("refresh", "00").returncode == 0


def test_help_names_every_command(checkout: Checkout) -> None:
    done = checkout.run("--help")
    for command in ("open", "prepare", "reset", "ready", "refresh"):
        assert f"\n    {command} " in done.stdout


def test_a_missing_package_is_explained_and_not_shown_as_a_traceback(checkout: Checkout) -> None:
    (checkout.root / "jupyterlab").mkdir()  # stands in for an installation without JupyterLab
    (checkout.root / "jupyterlab" / "__init__.py").write_text("raise ModuleNotFoundError('No module named jupyterlab')")
    (checkout.root / "requirements.txt").write_text("no-such-package\n", encoding="utf-8")
    done = checkout.run("open", "--", "--allow-root")
    assert done.returncode == 1
    assert "-m pip install -r" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "line",
    ["--no-browser --port 9", "open --no-browser --port 9", "--no-browser open --port 9", "--no-browser --port 9 open"],
)
def test_options_count_before_and_after_the_command(line: str) -> None:
    options = build_parser().parse_args(line.split())
    assert (options.no_browser, options.port) == (True, 9)


def test_without_options_a_browser_opens_at_jupyters_own_port() -> None:
    for line in ([], ["open"]):
        options = build_parser().parse_args(line)
        assert (options.no_browser, options.port, options.run.__name__) == (False, None, "_open")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs to run as root")
def test_root_is_told_why_not_and_how(checkout: Checkout) -> None:
    done = checkout.run("open")
    assert done.returncode == 2
    assert f"{sys.executable} -m helpers open -- --allow-root" in done.stderr


@pytest.mark.parametrize("name", ["__main__.py", "__init__.py"])
def test_an_old_python_can_read_the_command_far_enough_to_say_that_it_is_old(name: str) -> None:
    ast.parse((ROOT / "helpers" / name).read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.fixture
def lab(checkout: Checkout, tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab that `python -m helpers --no-browser` has started."""
    places = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "HOME")
    environment = os.environ | {place: str(tmp_path / place) for place in places}
    command = [sys.executable, "-m", "helpers", "--no-browser", "--port", "0", "--", "--allow-root"]
    command += ["--LabApp.news_url=None"]  # ours already: given twice, it would keep JupyterLab from starting
    log = tmp_path / "lab.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=checkout.root, env=environment, stdout=stream, stderr=stream)
    try:
        address = started(process, runtime=tmp_path / "JUPYTER_RUNTIME_DIR", log=log)
        yield f"{address.url}{{}}?token={address.token}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_open_starts_jupyterlab_on_the_first_page_of_the_workbook(lab: str, checkout: Checkout) -> None:
    page = "/workbook/00_start_here.ipynb"
    with urllib.request.urlopen(lab.format(f"/lab/tree{page}"), timeout=30) as response:
        assert response.status == 200
        assert b"jupyter-config-data" in response.read()
    with urllib.request.urlopen(lab.format(f"/api/contents{page}"), timeout=30) as response:
        assert "print('course')" in json.load(response)["content"]["cells"][0]["source"]
    with urllib.request.urlopen(lab.format("/"), timeout=30) as response:
        assert response.url.partition("?")[0].endswith(f"/lab/tree{page}")

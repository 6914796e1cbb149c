"""The README and the contributing guide promise nothing that is not there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers.__main__ import build_parser
from helpers.lesson.course import Course

ROOT = Course.here().root
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md", *sorted(ROOT.glob("data/*.md"))]


def command(name: str) -> str:
    """The one line of code under <!-- name --> in the README."""
    found = re.findall(rf"^<!-- {re.escape(name)} -->\n```\w+\n(.+)\n```$", README, re.MULTILINE)
    assert len(found) == 1, f"README.md has {len(found)} one-line commands marked <!-- {name} -->"
    return str(found[0])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_and_picture_leads_to_something_that_git_has(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    missing = [link for link in links if link and "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_folder_and_file_that_is_named_as_code_is_there(page: Path) -> None:
    named = re.findall(r"`((?:[\w.]+/)+[\w.]*)`", page.read_text(encoding="utf-8"))
    named = [name for name in named if "NN" not in name and "NAME" not in name]  # a place for any page, any service
    ours = ("workbook/", "book/", ".venv/")  # they appear when the course is opened, built, installed
    missing = [name for name in named if not (ROOT / name).exists() and not name.startswith(ours)]
    assert missing == []


def test_every_picture_has_a_text_in_its_place() -> None:
    assert all(alt.strip() for alt in re.findall(r"!\[([^]]*)\]", README))


def test_every_notebook_is_in_the_table_and_the_planned_ones_are_called_planned() -> None:
    linked = re.findall(r"^\| \[\d\d [^]]+\]\(notebooks/([^)]+)\)", README, re.MULTILINE)
    assert linked == [path.name for path in Course.here().notebooks()]
    rows = re.findall(r"^\| (\[?)\d\d [^|]*", README, re.MULTILINE)
    assert len(rows) == len(linked) + README.count("(planned)")


ROW = re.compile(r"^\| \*?\*?\[?(\d\d) [^|]*\| ([^|]+) \| (\d+) (?:\+|\|) (\d+) \|", re.MULTILINE)


def minutes(path: Path) -> tuple[str, str]:
    """What a page's own title promises: minutes of reading and running, and of exercises."""
    title = next(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.id == "title")
    found = re.search(r"Reading and running:\*\* (\d+) minutes · \*\*Exercises:\*\* (\d+)", title)
    assert found is not None, path.name
    return found[1], found[2]


def test_the_readme_and_the_map_promise_what_each_page_promises() -> None:
    pages = {path.stem[:2]: minutes(path) for path in Course.here().notebooks()}
    first = nbformat.read(Course.here().find("00"), as_version=4)
    course_map = next(cell.source for cell in first.cells if cell.id == "map")
    shown = [{row[0]: row[1:] for row in ROW.findall(text)} for text in (README, course_map)]
    assert {number: row[1:] for number, row in shown[0].items()} == pages
    assert shown[0] == shown[1]


def test_the_commands_install_the_files_that_there_are_and_start_what_there_is() -> None:
    for name, requirements, module in (
        ("the open command", "requirements.txt", "helpers"),
        ("the test command", "tests/requirements.txt", "pytest"),
    ):
        python = ".venv/bin/python"
        assert command(name) == (
            f"python3 -m venv .venv && {python} -m pip install -r {requirements} && {python} -m {module}"
        )
        assert (ROOT / requirements).is_file()


def test_the_windows_commands_do_the_same() -> None:
    for name in ("the open command", "the test command"):
        posix = command(name).replace("python3", "py").replace("/bin/", "/Scripts/").replace(" &&", ";")
        assert command(f"{name} on Windows").replace("\\", "/") == posix


def test_every_command_of_helpers_that_is_mentioned_is_one() -> None:
    for page in PAGES:
        for line in re.findall(r"python -m helpers([^`\n]*)", page.read_text(encoding="utf-8")):
            arguments = shlex.split(line.partition("#")[0])
            if "--help" not in arguments:
                build_parser().parse_args(arguments)


def test_ci_runs_the_test_command_word_for_word() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "run: .ci/run\n" in workflow
    assert f"          {command('the test command on Windows')}\n" in workflow


@pytest.mark.skipif(sys.platform == "win32", reason="CI calls PowerShell there")
def test_ci_finds_the_test_command_in_the_readme(tmp_path: Path) -> None:
    """.ci/run in a folder that has little but a README: it runs what stands there, then the extended tests."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    (tmp_path / ".ci" / "extended").write_text("echo extended", encoding="utf-8")
    readme = README.replace(command("the test command"), "python3 -c 'print(6 * 7)' && echo done")
    (tmp_path / "README.md").write_text(readme, encoding="utf-8")
    for installer in ("npm", "apt-get"):  # nothing is fetched for this
        stub = tmp_path / "bin" / installer
        stub.parent.mkdir(exist_ok=True)
        stub.write_text("#!/bin/sh\n", encoding="utf-8")
        stub.chmod(0o755)
    done = subprocess.run(
        ["bash", ".ci/run"],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("42\ndone\nextended\n")


def test_the_badge_opens_what_binder_prepares() -> None:
    post_build = (ROOT / ".binder" / "postBuild").read_text(encoding="utf-8")
    assert "python -m helpers prepare" in post_build
    assert "urlpath=lab/tree/workbook/00_start_here.ipynb)" in README
    assert (ROOT / "notebooks" / "00_start_here.ipynb").is_file()

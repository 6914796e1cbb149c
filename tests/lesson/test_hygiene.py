from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helpers.lesson import hygiene


@pytest.mark.parametrize(
    "text",
    [
        'File "/home/ada/course/helpers/x.py", line 3',
        "/tmp/ipykernel_1234/567.py",
        "see /Users/ada/x",
        r"C:\Users\Ada\course",
        r'"C:\\Users\\Ada"',
        "<ipykernel_12>",
        "(/root/venvs/3.11/lib/python3.11/site-packages/IPython/core/x.py)",
    ],
)
def test_a_path_of_a_machine_is_found(text: str) -> None:
    assert hygiene.machine_paths(text)


@pytest.mark.parametrize(
    "text",
    [
        "GET /cities/oslo/weather",
        "http://127.0.0.1:1234/home/page",
        "see notebooks/tmp/x",
        "1/2, and/or, 470/s",
        "/root",
        "a ratio of s:\\",
        "../work/x",
    ],
)
def test_a_route_or_a_ratio_is_no_path_of_a_machine(text: str) -> None:
    assert hygiene.machine_paths(text) == []


def test_the_folder_of_the_course_is_found_wherever_it_is() -> None:
    assert hygiene.machine_paths("in /data/course/helpers", root=Path("/data/course")) == [str(Path("/data/course"))]


def cell(*outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"metadata": {"tags": list(tags)}, "outputs": list(outputs)}


def test_text_on_stderr_is_a_problem_and_text_on_stdout_is_not() -> None:
    stream = {"output_type": "stream", "name": "stderr", "text": "DeprecationWarning"}
    assert hygiene.problems(cell(stream)) == ["wrote to stderr: DeprecationWarning"]
    assert hygiene.problems(cell({**stream, "name": "stdout"})) == []


def test_an_error_is_a_problem_unless_the_cell_says_that_it_raises() -> None:
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    assert hygiene.problems(cell(error)) == ["failed: ValueError: no"]
    assert hygiene.problems(cell(error, tags=("raises-exception",))) == []


def test_a_path_in_a_traceback_an_alt_text_or_a_bundle_is_found() -> None:
    path = "/home/ada/x.py"
    outputs: list[dict[str, Any]] = [
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": [path]},
        {"output_type": "display_data", "data": {"image/png": "…"}, "metadata": {"image/png": {"alt": path}}},
        {"output_type": "execute_result", "data": {"text/plain": path}, "metadata": {}},
    ]
    for output in outputs:
        assert hygiene.problems(cell(output, tags=("raises-exception",))) == [f"shows a path of this machine: {path}"]


def test_the_bytes_of_a_picture_are_not_searched() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "/home/ada/x"}, "metadata": {}}
    assert hygiene.problems(cell(picture)) == []

"""Would Binder build this? Asked of repo2docker's own build packs, without Docker."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helpers.lesson import before_set_up
from helpers.lesson.course import Course

ROOT = Course.here().root


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The build pack that repo2docker picks for this repository."""
    app = pytest.importorskip("repo2docker.app", reason="needs POSIX", exc_type=ImportError).Repo2Docker()
    monkeypatch.chdir(ROOT)
    packs = (pack(app.base_image) for pack in app.buildpacks)
    pack = next(pack for pack in packs if pack.detect())  # the first that feels responsible builds
    pack.platform = "linux/amd64"
    return pack


@pytest.fixture
def dockerfile(pack: Any) -> str:
    return str(pack.render({}))


def test_binder_builds_with_the_python_of_runtime_txt_from_the_folder_made_for_it(pack: Any) -> None:
    assert (type(pack).__name__, pack.binder_dir, pack.python_version) == ("PythonBuildPack", ".binder", "3.13")


def test_binder_installs_the_courses_own_requirements_once_the_whole_repository_is_there(dockerfile: str) -> None:
    install = dockerfile.index('pip install --no-cache-dir -r ".binder/requirements.txt"')
    assert dockerfile.index("COPY --chown=1000:1000 src/ ${REPO_DIR}/") < install
    assert (ROOT / ".binder" / "requirements.txt").read_text().split() == ["-r", "../requirements.txt"]


def test_binder_runs_post_build(dockerfile: str) -> None:
    assert "RUN ./.binder/postBuild" in dockerfile


def test_binder_starts_kernels_as_the_course_does(dockerfile: str) -> None:
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/.binder/start"' in dockerfile
    told = subprocess.run(
        ["bash", ROOT / ".binder" / "start", "printenv", "PYTHONSTARTUP"],
        env=os.environ | {"REPO_DIR": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert Path(told).samefile(str(before_set_up.__file__))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
def test_what_binder_and_ci_run_may_be_executed() -> None:
    for script in (ROOT / ".binder" / "postBuild", ROOT / ".binder" / "start", ROOT / ".ci" / "run"):
        assert os.access(script, os.X_OK)

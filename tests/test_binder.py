"""Would Binder build this? Asked of repo2docker's own build packs, without Docker."""

from __future__ import annotations

import os

import pytest

from helpers.lesson.course import Course

ROOT = Course.here().root


@pytest.fixture
def dockerfile(monkeypatch: pytest.MonkeyPatch) -> str:
    app = pytest.importorskip("repo2docker.app", reason="repo2docker does not run on this platform").Repo2Docker()
    monkeypatch.chdir(ROOT)
    packs = (pack(app.base_image) for pack in app.buildpacks)
    pack = next(pack for pack in packs if pack.detect())  # the first that feels responsible builds
    assert (type(pack).__name__, pack.binder_dir) == ("PythonBuildPack", ".binder")
    rendered: str = pack.render({})
    return rendered


def test_binder_takes_the_python_of_runtime_txt(dockerfile: str) -> None:
    version = (ROOT / ".binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    assert f"environment.py-{version}" in dockerfile


def test_binder_installs_the_courses_own_requirements_when_the_whole_repository_is_there(dockerfile: str) -> None:
    install = dockerfile.index('-r ".binder/requirements.txt"')
    assert dockerfile.index("COPY --chown") < install
    wanted = (ROOT / ".binder" / "requirements.txt").read_text().split()
    assert wanted == ["-r", "../requirements.txt"]


def test_binder_runs_post_build(dockerfile: str) -> None:
    assert "RUN ./.binder/postBuild" in dockerfile


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
def test_post_build_and_ci_may_be_executed() -> None:
    for script in (ROOT / ".binder" / "postBuild", ROOT / ".ci" / "run"):
        assert os.access(script, os.X_OK)

"""JupyterLab as a newcomer meets it: the first page, and no question about something else."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from helpers.lesson import jupyter
from helpers.lesson.course import Course


def test_the_extension_that_asks_about_news_is_off() -> None:
    script = (
        "from helpers.lesson import jupyter; jupyter.prefer_our_config()\n"
        "from jupyterlab_server.config import get_static_page_config\n"
        "print(get_static_page_config(level='all')['disabledExtensions'])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "'@jupyterlab/apputils-extension:announcements': True" in shown


def test_a_config_path_of_the_users_own_is_kept_behind_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    jupyter.prefer_our_config()
    ours, theirs = os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert (Path(ours) / "labconfig" / "page_config.json").is_file()
    assert theirs == str(tmp_path)


@pytest.mark.parametrize(
    "extra",
    [
        "--LabApp.news_url=https://example.org",
        "--ServerApp.root_dir=/srv",
        "--notebook-dir=/srv",
        "--log-level=DEBUG",
        "--ServerApp.port=7",
        "--LabApp.default_url=/lab",
        "--ServerApp.default_url=/lab",
        "--no-browser",
    ],
)
def test_what_follows_the_dashes_takes_the_place_of_our_own_setting(extra: str) -> None:
    ours = jupyter.arguments(Course.here(), browser=False, port=9)
    theirs = jupyter.arguments(Course.here(), browser=False, port=9, extra=[extra])
    assert len(theirs) == len(ours)
    assert theirs[-1] == extra


def test_what_we_do_not_set_is_added_as_it_is() -> None:
    ours = jupyter.arguments(Course.here())
    assert jupyter.arguments(Course.here(), extra=["--ServerApp.ip=127.0.0.1", "--allow-root"]) == [
        *ours,
        "--ServerApp.ip=127.0.0.1",
        "--allow-root",
    ]


def transport(runtime: Path) -> str:
    script = (
        "from jupyter_server.serverapp import ServerApp\n"
        "app = ServerApp(); app.load_config_file()\n"
        "print(app.config.KernelManager.get('transport', 'tcp'))"
    )
    ours = {"JUPYTER_CONFIG_PATH": os.environ["JUPYTER_CONFIG_PATH"], "JUPYTER_RUNTIME_DIR": str(runtime)}
    return subprocess.run(
        [sys.executable, "-c", script], env=os.environ | ours, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.skipif(os.name != "posix", reason="there kernels listen on ports")
def test_kernels_listen_where_no_connection_can_take_their_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    jupyter.prefer_our_config()
    with tempfile.TemporaryDirectory() as short:
        assert transport(Path(short) / "runtime") == "ipc"
        assert list((Path(short) / "runtime").iterdir()) == []


def test_kernels_listen_on_ports_where_the_path_is_too_long_for_a_socket(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    jupyter.prefer_our_config()
    assert transport(tmp_path / ("long" * 25)) == "tcp"


def test_kernels_listen_on_ports_where_the_folder_takes_no_sockets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    jupyter.prefer_our_config()
    (tmp_path / "file").write_text("not a folder")
    assert transport(tmp_path / "file") == "tcp"

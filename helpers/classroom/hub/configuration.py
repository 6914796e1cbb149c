"""What a `jupyterhub_config.py` needs for a class."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from helpers.classroom.board import LETTERS

COURSE = Path(__file__).resolve().parents[3]
SERVICE = "class"
PREFIX = f"/services/{SERVICE}"
INSTRUCTORS = "instructors"  # the group of the hub that may see the board; its administrators may, too
IDLE_S = 3600
MEMORY = "2G"  # a learner with one page open took 330 MiB, with seven 1.4 GiB; see README.md


def configure(
    c: Any,
    *,
    folder: Path | None = None,
    python: str = sys.executable,
    board_port: int = 8765,
    names: Sequence[str] = (),
    instructors: Sequence[str] = (),
) -> None:
    """Give everyone on a hub a workbook, and join them to the class's board, which becomes a service of the hub.

    Args:
        c: the configuration, as `get_config()` returns it.
        folder: where the class and its code are kept; the folder that the hub is started in.
        python: what has the course's packages, and runs learners' servers and the board.
        board_port: where the board listens, on loopback.
        names: the names under which the hub is reached from outside, such as "hub.example.org".
        instructors: who may see the board, beside the hub's administrators.
    """
    folder = (folder or Path.cwd()).resolve()
    code = _code(folder / "class-code")
    c.Spawner.cmd = [python, str(COURSE / "helpers" / "classroom" / "hub" / "start.py")]
    c.Spawner.default_url = "/lab/tree/workbook/00_start_here.ipynb"
    c.Spawner.mem_limit = MEMORY  # where the spawner can hold one to it (systemd, Kubernetes)
    c.Spawner.environment.update({"COURSE_CLASS": f"http://127.0.0.1:{board_port}{PREFIX}/{code}"})
    command = [python, "-m", "helpers", "class", "--port", str(board_port), "--prefix", PREFIX]
    command += ["--file", str(folder / "class.sqlite"), *(f"--name={name}" for name in names)]
    board = {
        "name": SERVICE,
        "url": f"http://127.0.0.1:{board_port}",
        "command": command,
        "cwd": str(COURSE),
        "environment": {"COURSE_CODE": code},
        "oauth_no_confirm": True,
    }
    c.JupyterHub.services.extend([board, *_culler()])
    c.JupyterHub.load_groups.update({INSTRUCTORS: {"users": list(instructors)}})
    may_see = {"name": INSTRUCTORS, "groups": [INSTRUCTORS], "scopes": [f"access:services!service={SERVICE}"]}
    c.JupyterHub.load_roles.extend([may_see, *_culling_role()])


def _code(path: Path) -> str:
    """Return the code of the class; it is made once, so that a hub that starts again keeps its class."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("".join(secrets.choice(LETTERS) for _ in range(8)), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def _culler() -> list[dict[str, Any]]:
    if find_spec("jupyterhub_idle_culler") is None:
        return []
    command = [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE_S}"]
    return [{"name": "idle-culler", "command": command}]


def _culling_role() -> list[dict[str, Any]]:
    scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
    return [{"name": "idle-culler", "scopes": scopes, "services": ["idle-culler"]}] if _culler() else []

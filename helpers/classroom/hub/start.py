"""What a learner's server on a hub begins with: their own copy of the course, then `jupyterhub-singleuser`.

A program of its own (`c.Spawner.cmd`), so that any spawner runs it as the learner: it imports nothing of the course.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[3]
COPIED = ("helpers", "notebooks", "data", "README.md", "LICENSE", "requirements.txt", "constraints.txt")
VARIABLE = "COURSE_FOLDER"  # where a learner's copy is
DEFAULT = "~/asyncio-measured"
# A page that was closed leaves its kernel behind, 190 MiB with what belongs to it. One that is open keeps it.
CULLING = ("--MappingKernelManager.cull_idle_timeout=3600", "--MappingKernelManager.cull_interval=300")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")


def lay_out(course: Path, own: Path) -> None:
    """Bring a learner's copy up to date. What is in its workbook/ is theirs; a clone is left to git."""
    own.mkdir(parents=True, exist_ok=True)
    if not (own / ".git").exists() and own.resolve() != course.resolve():
        for name in COPIED:
            if (course / name).is_dir():
                shutil.rmtree(own / name, ignore_errors=True)  # what the course has no longer must not stay
                shutil.copytree(course / name, own / name, ignore=LEFT_OUT, dirs_exist_ok=True)
            elif (course / name).exists():
                shutil.copy(course / name, own / name)
    subprocess.run([sys.executable, "-m", "helpers", "prepare"], cwd=own, check=False)


def main(arguments: list[str]) -> None:
    """Lay out the copy, and become the learner's server."""
    own = Path(os.environ.get(VARIABLE) or DEFAULT).expanduser()
    lay_out(COURSE, own)
    os.chdir(own)
    ours = str(own / "helpers" / "lesson" / "jupyter_config")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [ours, os.environ.get("JUPYTER_CONFIG_PATH")]))
    os.environ.setdefault("PYTHONSTARTUP", str(own / "helpers" / "lesson" / "before_set_up.py"))
    server = Path(sys.executable).with_name("jupyterhub-singleuser")
    os.execv(server, [str(server), f"--ServerApp.root_dir={own}", *CULLING, *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])

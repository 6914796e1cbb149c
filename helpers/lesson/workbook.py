"""The learner's own copy of the notebooks, in workbook/: kept up to date, and never overwritten."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from helpers.lesson.course import Course, CourseError

STATE_FILE = ".copied.json"  # what was copied last: relative path → fingerprint
Outcome = Literal["new", "updated", "unchanged", "yours", "yours, and the course's own has changed"]


@dataclass(frozen=True)
class Copied:
    """What became of one file: its path below workbook/, and why."""

    name: str
    outcome: Outcome


@dataclass(frozen=True)
class Fresh:
    """A notebook that was reset, and where the old one is kept (None if it had never been worked on)."""

    path: Path
    kept: Path | None


def prepare(course: Course) -> list[Copied]:
    """Bring the workbook up to date with notebooks/, and leave alone whatever the learner has worked on.

    A copy has no outputs: stored results would give every prediction away. It counts as worked on when its cells (text,
    order, outputs) are no longer those that were copied; that JupyterLab rewrote its metadata, or numbered the cells
    that were run, does not count.

    Raises:
        CourseError: if the workbook can't be written; what was copied before stays.
    """
    state = _State.of(course)
    report = []
    for source in _files(course.source):
        name = source.relative_to(course.source).as_posix()
        target = course.workbook / name
        fresh = _for_learners(source)
        now, copied, theirs = _fingerprint(name, fresh), state.get(name), None
        if target.exists():
            theirs = _fingerprint(name, target.read_bytes())
        outcome: Outcome
        if theirs is None or (theirs == copied and copied != now):
            _write(target, fresh)
            outcome = "new" if theirs is None else "updated"
        elif theirs == now:
            outcome = "unchanged"
        else:
            outcome = "yours" if copied == now else "yours, and the course's own has changed"
        if not outcome.startswith("yours"):
            state.put(name, now)
        report.append(Copied(name, outcome))
    return report


def reset(course: Course, name: str) -> Fresh:
    """Put a fresh copy of one notebook into the workbook. What the learner had is kept beside it under another name.

    Raises:
        CourseError: if the course has no such notebook, or the workbook can't be written.
    """
    source = course.find(name)
    state = _State.of(course)
    target = course.workbook / source.name
    fresh = _for_learners(source)
    now = _fingerprint(source.name, fresh)
    kept = None
    if target.exists() and _fingerprint(source.name, target.read_bytes()) not in (now, state.get(source.name)):
        kept = _free_name(target)
        with _said_plainly(target.parent):
            target.replace(kept)
    _write(target, fresh)
    state.put(source.name, now)
    return Fresh(target, kept)


def _files(folder: Path) -> Iterator[Path]:
    """Yield what a learner needs of notebooks/: the notebooks, and the pictures and scripts that they link to."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield path


def _for_learners(source: Path) -> bytes:
    raw = source.read_bytes()
    if source.suffix != ".ipynb":
        return raw
    notebook = json.loads(raw)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _fingerprint(name: str, raw: bytes) -> str:
    """Return a hash of what a person would call a file's content: of a notebook the cells, not the metadata."""
    if name.endswith(".ipynb"):
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # no notebook any more: its bytes
            raw = json.dumps([_essence(cell) for cell in json.loads(raw)["cells"]], sort_keys=True).encode()
    return hashlib.sha256(raw).hexdigest()


def _essence(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    essence = {"type": cell["cell_type"], "source": source if isinstance(source, str) else "".join(source)}
    for key in ("outputs", "attachments"):
        if cell.get(key):
            essence[key] = cell[key]
    return essence


def _free_name(path: Path) -> Path:
    """Return the first name beside a file that is free: 03_scalability.before-reset-1.ipynb, then -2."""
    for number in itertools.count(1):
        candidate = path.with_name(f"{path.stem}.before-reset-{number}{path.suffix}")
        if not candidate.exists():
            return candidate
    raise AssertionError("unreachable: count() never ends")


def _write(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    with _said_plainly(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(data)
            draft.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _said_plainly(folder: Path) -> Iterator[None]:
    """Say what to do when a folder can't be written: the checkout is not the learner's, or the disk is full."""
    try:
        yield
    except OSError as error:
        raise CourseError(
            f"{folder} can't be written ({error.strerror}). The course keeps your copy of the notebooks there: clone "
            "it into a folder of your own, on a disk that has room."
        ) from error


class _State:
    """What was copied last. Saved after each file: an interrupted copy loses nothing.

    A file that is lost or damaged counts as empty, and then every copy that differs from the course's is the learner's.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            copied = json.loads(path.read_bytes())
        except (OSError, ValueError):
            copied = {}
        self._copied: dict[str, str] = copied if isinstance(copied, dict) else {}

    @classmethod
    def of(cls, course: Course) -> _State:
        return cls(course.workbook / STATE_FILE)

    def get(self, name: str) -> str | None:
        return self._copied.get(name)

    def put(self, name: str, fingerprint: str) -> None:
        if self._copied.get(name) != fingerprint:
            self._copied[name] = fingerprint
            _write(self._path, (json.dumps(self._copied, indent=1, sort_keys=True) + "\n").encode())

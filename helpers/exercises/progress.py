"""Which exercises the learner has done: a small file of theirs, which git ignores."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

VARIABLE = "ASYNCIO_MEASURED_PROGRESS"
DEFAULT = Path(__file__).resolve().parents[2] / "workbook" / ".progress.json"


def place() -> Path:
    """Return where progress is kept: $ASYNCIO_MEASURED_PROGRESS, or workbook/.progress.json."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else DEFAULT


def done() -> frozenset[str]:
    """Return the numbers of the exercises that are done. A file that is lost or damaged counts as none."""
    return frozenset(number for number, state in _read().items() if state == "done")


def attempted() -> frozenset[str]:
    """Return the numbers of the exercises that were tried, the done ones too."""
    return frozenset(_read())


def note(number: str, *, right: bool) -> None:
    """Note that an exercise was tried. What was done once stays done. A place that can't be written to is no error."""
    states = _read()
    now = "done" if right or states.get(number) == "done" else "tried"
    if states.get(number) == now:
        return
    states[number] = now
    with contextlib.suppress(OSError):
        _write(place(), json.dumps({"exercises": states}, indent=1, sort_keys=True) + "\n")


def forget() -> None:
    """Begin anew: nothing is done."""
    with contextlib.suppress(OSError):
        place().unlink(missing_ok=True)


def _read() -> dict[str, str]:
    try:
        content = json.loads(place().read_text(encoding="utf-8"))
        states = content["exercises"]
        return {number: state for number, state in states.items() if state in ("done", "tried")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _write(path: Path, text: str) -> None:
    """Write the file as a whole or not at all: two notebooks may be open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise

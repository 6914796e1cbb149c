"""One line below an error that a learner meets after a break, or where the set-up cell was not run."""

from __future__ import annotations

from typing import Any

MISSING_NAME = (
    "If a cell further up makes {name}, run it first. After a break or a restart: Run ▸ Run All Above Selected Cell."
)


def give_with_errors(shell: Any) -> None:
    """Let IPython say below a NameError what to do: in a fresh kernel nothing of the page is there."""
    shell.set_custom_exc((NameError,), _shown)


def _shown(shell: Any, kind: type[BaseException], error: BaseException, traceback: Any, tb_offset: Any = None) -> Any:
    name = getattr(error, "name", None)
    if kind is NameError and name and not getattr(error, "__notes__", None):
        error.add_note(MISSING_NAME.format(name=f"`{name}`"))
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)

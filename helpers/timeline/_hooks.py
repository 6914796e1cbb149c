"""Put a function in the place of an event loop's own, and take it out again in any order.

Two timelines may overlap without one being inside the other. So a hook that is removed while another one sits on
top of it only steps aside; the last to leave restores what was there before all of them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import MethodType
from typing import Any

Replacement = Callable[..., Any]
_lock = threading.RLock()  # `Handle` is one class for the loops of all threads


class Hook:
    """Replace the attribute `name` of `owner` by what `make(previous)` returns.

    The replacement must call `previous` once `active` is False.
    """

    def __init__(self, owner: Any, name: str, make: Callable[[Hook], Replacement]) -> None:
        self._owner = owner
        self.name = name
        self.active = True
        with _lock:
            self.previous: Any = self._read()
            function = make(self)
            function.__hook__ = self  # type: ignore[attr-defined]
            self._write(function)

    def remove(self) -> None:
        """Step aside, and restore the newest function below that is still in use.

        Leave alone what somebody else has put on top meanwhile.
        """
        self.active = False
        with _lock:
            current = self._read()
            hook = getattr(current, "__hook__", None)
            if hook is None or hook.active:
                return
            while hook is not None and not hook.active:
                current = hook.previous
                hook = getattr(current, "__hook__", None)
            self._write(current)

    def _read(self) -> Any:
        return getattr(self._owner, self.name)

    def _write(self, function: Any) -> None:
        if isinstance(function, MethodType) and function.__func__ is getattr(type(self._owner), self.name, None):
            delattr(self._owner, self.name)  # the method of the class shows through again
        else:
            setattr(self._owner, self.name, function)


class TaskFactoryHook(Hook):
    """Replace the task factory of an event loop; `previous` is None where the loop had none."""

    def __init__(self, loop: asyncio.AbstractEventLoop, make: Callable[[Hook], Replacement]) -> None:
        super().__init__(loop, "task_factory", make)

    def _read(self) -> Any:
        return self._owner.get_task_factory()

    def _write(self, function: Any) -> None:
        self._owner.set_task_factory(function)

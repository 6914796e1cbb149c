"""Who wants to hear what happened in a page. Nobody, unless a class was joined; and nobody is waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Listener = Callable[..., None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call this with `kind` and plain keywords for whatever happens from now on. It must return at once."""
    if listener not in _listeners:
        _listeners.append(listener)


def forget(listener: Listener) -> None:
    """Call it no longer."""
    if listener in _listeners:
        _listeners.remove(listener)


def anybody() -> bool:
    """Return whether somebody listens."""
    return bool(_listeners)


def tell(kind: str, **what: Any) -> None:
    """Tell all listeners. What one of them raises is its own affair: the page goes on."""
    for listener in tuple(_listeners):
        try:
            listener(kind, **what)
        except Exception:
            forget(listener)

"""Who looks on: one presenter shows timelines to people, and listeners are told that a block begins."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .timeline import Timeline

Presenter = Callable[["Timeline"], Callable[[], None]]
"""Called with a timeline as its block begins; what it returns is called when the block has ended."""

_presenter: Presenter | None = None

Listener = Callable[["Timeline"], Collection[asyncio.Task[Any]]]
"""Called as a block is entered. The tasks that it returns have ended before an asynchronous block begins."""

_listeners: list[Listener] = []


def on_enter(listener: Listener) -> None:
    """Call this listener whenever a block is entered: whoever runs something in the background can stop it first."""
    if listener not in _listeners:
        _listeners.append(listener)


def set_presenter(presenter: Presenter | None) -> None:
    """Say who shows timelines to people; None, as in scripts and tests, shows nothing."""
    global _presenter  # noqa: PLW0603 - one audience a process
    _presenter = presenter


def entered(timeline: Timeline) -> list[asyncio.Task[Any]]:
    """Tell the listeners that a block is entered, and return the tasks that are to end before it begins."""
    return [task for listener in _listeners for task in listener(timeline)]


def begun(timeline: Timeline) -> Callable[[], None]:
    """Tell the presenter that a block begins, and return what to call when it has ended."""
    if _presenter is None:
        return lambda: None
    settle = _presenter(timeline)

    def ended() -> None:
        try:
            settle()
        except Exception as error:  # a picture must not take the learner's result away
            warnings.warn(f"the timeline {timeline.title!r} could not be shown: {error!r}", stacklevel=4)

    return ended

"""Functions of a loop are replaced, and restored in whatever order the replacements leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from helpers.timeline._hooks import Hook, TaskFactoryHook


class Speaker:
    def say(self) -> str:
        return "plain"


def adding(word: str) -> Callable[[Hook], Callable[[], str]]:
    def make(hook: Hook) -> Callable[[], str]:
        previous = hook.previous
        return lambda: f"{previous()} {word}" if hook.active else previous()

    return make


def test_a_hook_takes_the_place_of_the_method_of_one_object_only() -> None:
    one, other = Speaker(), Speaker()
    Hook(one, "say", adding("a"))
    assert (one.say(), other.say()) == ("plain a", "plain")


def test_hooks_stack() -> None:
    speaker = Speaker()
    Hook(speaker, "say", adding("a"))
    Hook(speaker, "say", adding("b"))
    assert speaker.say() == "plain a b"


def test_nothing_is_left_behind_when_nested_hooks_leave() -> None:
    speaker = Speaker()
    outer = Hook(speaker, "say", adding("a"))
    inner = Hook(speaker, "say", adding("b"))
    inner.remove()
    outer.remove()
    assert vars(speaker) == {}


def test_nothing_is_left_behind_when_the_lower_of_two_hooks_leaves_first() -> None:
    speaker = Speaker()
    lower = Hook(speaker, "say", adding("a"))
    upper = Hook(speaker, "say", adding("b"))
    lower.remove()
    upper.remove()
    assert vars(speaker) == {}


def test_a_hook_that_leaves_from_below_steps_aside_and_the_one_above_goes_on() -> None:
    speaker = Speaker()
    lower = Hook(speaker, "say", adding("a"))
    Hook(speaker, "say", adding("b"))
    lower.remove()
    assert speaker.say() == "plain b"


def test_a_hook_leaves_alone_what_somebody_else_put_on_top() -> None:
    speaker = Speaker()
    hook = Hook(speaker, "say", adding("a"))
    speaker.say = lambda: "somebody else's"  # type: ignore[method-assign]
    hook.remove()
    assert speaker.say() == "somebody else's"


def test_an_attribute_of_the_object_itself_comes_back() -> None:
    speaker = Speaker()
    own = speaker.say = lambda: "own"  # type: ignore[method-assign]
    Hook(speaker, "say", adding("a")).remove()
    assert speaker.say is own


async def test_a_loop_without_a_task_factory_is_without_one_again() -> None:
    loop = asyncio.get_running_loop()

    def make(hook: Hook) -> Callable[..., Any]:
        return lambda loop, coro, **options: asyncio.Task(coro, loop=loop, **options)

    hook = TaskFactoryHook(loop, make)
    assert loop.get_task_factory() is not None
    hook.remove()
    assert loop.get_task_factory() is None

"""Exercises, graded on how the answer ran and not only on what it returned.

    check("1.2", fetch_all)     run an answer in a process of its own, and say what was seen
    hint("1.2")                 the next hint
    solution("1.2")             a right answer, and why it is right
    warm_up()                   start the process that will run the next answer; the set-up cell does it

An exercise is declared in a module of `lesson_NN/`; `exercise` says how. The rest, the engine, knows nothing of them:

    exercise, findings, evidence    what an exercise is, what a check can say, what it knows
    bench                           what an exercise's `run` has at hand
    checking, helping, report       `check`; `hint` and `solution`; a verdict as text and picture
    grader, verdicts, behaviour     an answer graded; what can be wrong with an answer to any exercise
    stubs, travel                   has it been attempted? how it gets to the other process
    sections                        where a finding leads back to
    worker, spare, forked, job      the other process, what starts or forks the next, what is exchanged with it
    _departure, _arrival            how an answer is taken apart for it, and put together there
    _child, _template, _run         in the other process: one job, or a fork for each; one run
    _witness, _guard, _plain, _failure          what is seen of a run: left behind, returned, raised
    progress                        what the learner has done
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checking import check
    from .helping import hint, solution
    from .spare import shut_down, warm_up

__all__ = ["check", "hint", "shut_down", "solution", "warm_up"]

_HOMES = {
    "check": "checking",
    "hint": "helping",
    "shut_down": "spare",
    "solution": "helping",
    "warm_up": "spare",
}


def __dir__() -> list[str]:
    return [*globals(), *__all__]


def __getattr__(name: str) -> Any:
    if name in _HOMES:  # when first asked for: the grader's process needs the half of it
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")

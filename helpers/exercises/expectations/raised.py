"""What explains an exception that beginners meet.

Told from what raised it: the type, the expression of the learner's that raised, what its names held, and the function
of a library within which it was raised. Never from the words of a message that the learner or a library may have
written: CPython's own count only where CPython itself has raised, in a line of the learner's that is no `raise`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from helpers.exercises._failure import walk
from helpers.exercises._words import a, at
from helpers.exercises.evidence import Evidence, Raised
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.findings import Finding, Found

_MAKERS = frozenset({"create_task", "ensure_future", "gather", "shield", "wait", "wait_for", "as_completed"})
_ASKS_FOR_THE_LOOP = ("asyncio.tasks:create_task", "asyncio.tasks:sleep", "asyncio.tasks:_ensure_future")
_BAD_REQUEST, _NOT_FOUND = 400, 404
_FUNCTIONS = ("method", "function", "builtin_function_or_method")
_GENERATOR = "async_generator"  # as CPython names it in its own messages
_RUNNERS = frozenset({"run", "run_until_complete", "run_forever"})


def explains(label: str) -> Callable[[Callable[[Raised], Finding | None]], Expectation]:
    """Make an expectation of a function that explains one exception; it is asked of each in a group."""

    def make(explain: Callable[[Raised], Finding | None]) -> Expectation:
        @expectation(label)
        def found(evidence: Evidence) -> Found:
            return next((said for error in _errors(evidence) if (said := explain(error)) is not None), None)

        return found

    return make


@explains("No event loop inside the event loop")
def no_loop_inside(error: Raised) -> Finding | None:
    """Explain a run that raised because it tried to start a second event loop."""
    inside = error.within in ("asyncio.runners:run", "asyncio.base_events:_check_running")
    if not error.is_a("RuntimeError") or not inside or not _calls(error) & _RUNNERS:
        return None
    name = next(iter(sorted(_calls(error) & _RUNNERS)))
    return Finding(
        "Write `await` where you wrote `asyncio.run` or `run_until_complete`.",
        f"`{name}` tried to start an event loop inside the one that runs{at(error.line)}.",
        "`asyncio.run` is for the top of a script. A coroutine is in a running loop already.",
    )


@explains("Tasks are made on the event loop's thread")
def no_task_without_a_loop(error: Raised) -> Finding | None:
    """Explain a run that raised because a thread without an event loop asked for one."""
    if not error.is_a("RuntimeError") or not _raised_by_python(error, *_ASKS_FOR_THE_LOOP):
        return None
    names = _calls(error) & {"create_task", "get_running_loop", "sleep", "ensure_future"}
    if not names or error.message != "no running event loop":
        return None
    return Finding(
        "Call it on the event loop's thread; from another one use `asyncio.run_coroutine_threadsafe(coroutine, loop)`.",
        f"`{min(names)}` was called in a thread in which no event loop runs{at(error.line)}.",
        "Each thread has an event loop of its own, or none. A thread of `to_thread` or of a pool has none.",
    )


@explains("Each coroutine is awaited once")
def no_coroutine_twice(error: Raised) -> Finding | None:
    """Explain a run that raised because it awaited a coroutine a second time."""
    twice = ("cannot reuse already awaited coroutine", "coroutine is being awaited already")
    if not error.is_a("RuntimeError") or error.message not in twice or _is_raise(error):
        return None
    return Finding(
        "Await each coroutine once.",
        "It awaited a coroutine that had run to its end."
        if error.message == twice[0]
        else "It awaited a coroutine that somebody else was awaiting already.",
        "A coroutine runs once. A task can be awaited as often as you like: it keeps its result.",
    )


@explains("What takes a coroutine is given one")
def gives_a_coroutine(error: Raised) -> Finding | None:
    """Explain a run that raised because `create_task`, `gather` and the like were given something else."""
    call = _call(error)
    if call is None or (name := _called(call)) not in _MAKERS or _is_raise(error):
        return None
    if not error.within.startswith("asyncio.") and error.within:
        return None
    given = call.args[0] if call.args else None
    if not error.is_a("TypeError") and not (error.is_a("RuntimeError") and _is_many(given)):
        return None
    if name in ("create_task", "ensure_future") and len(call.args) > 1:
        first = ast.unparse(call.args[0])
        rest = ", ".join(map(ast.unparse, call.args[1:]))
        return Finding(
            f"Call the function yourself, and give `{name}` what it makes: `{name}({first}({rest}))`.",
            f"`{name}` got {len(call.args)} arguments{at(error.line)}.",
            f"`{name}` takes one coroutine. Its second argument is none for your function.",
        )
    if name == "gather" and (_is_many(given) or _kind(error, given) in ("list", "tuple", "set", "generator")):
        return Finding(
            "Put a `*` before the list: `gather(*[...])`.",
            f"`gather` got one list{at(error.line)}.",
            "`gather` takes its coroutines one by one, as arguments of their own. The `*` makes arguments of a list.",
        )
    return _not_a_coroutine(error, call, name)


def _not_a_coroutine(error: Raised, call: ast.Call, name: str) -> Finding | None:
    wanted = f"`{name}` wants the coroutine"
    where = at(error.line)
    for given in call.args:
        code = ast.unparse(given)
        if isinstance(given, ast.Await):
            return Finding(
                f"Leave out the `await`: {wanted}, and you gave it the answer.",
                f"`{code}` waited until the answer was there{where}, and an answer can't be started.",
                f"Give `{name}` the coroutine before it has run.",
            )
        if isinstance(given, ast.Constant) and given.value is ...:
            return Finding("Fill in the blank: put a coroutine in place of `...`.", f"`{name}` got `...`{where}.")
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            return Finding(
                f"Write it without quotes: {wanted}, not its text.", f"`{name}` got the text `{code}`{where}."
            )
        if _kind(error, given) in ("coroutine function", "function", "method"):
            return Finding(
                "Call the function: a task is made of a coroutine, and a call makes one.",
                f"`{name}` got the function `{code}` itself{where}.",
                f"`{code}` is the function; `{code}(...)`, with its arguments, makes a coroutine.",
            )
        if _kind(error, given) not in ("coroutine", "Task", "Future", "ended coroutine"):
            kind = _kind(error, given)
            return Finding(
                f"Give it a coroutine: {wanted}, as a call of an `async def` makes it.",
                f"`{name}` got `{code}`{f', {a(kind)}' if kind else ''}{where}, which can't be awaited.",
            )
    return None


@explains("`gather` gets its coroutines one by one")
def unpacks_a_generator(error: Raised) -> Finding | None:
    """Explain a run that raised because `gather` awaited a generator of coroutines, as it can those of old."""
    if not error.is_a("RuntimeError") or not error.message.startswith("Task got bad yield: ") or _is_raise(error):
        return None
    if error.line is None or "gather(" not in error.line[1]:
        return None
    return Finding(
        "Put a `*` before what you give to `gather`: `gather(*(...))`.",
        f"`gather` got one generator{at(error.line)}.",
        "`gather` takes its coroutines one by one, as arguments of their own. The `*` makes arguments of a list.",
    )


@explains("A result is asked for when it is there")
def waits_for_the_result(error: Raised) -> Finding | None:
    """Explain a run that raised because it asked a task for its result before it had one."""
    if not error.is_a("InvalidStateError") or not _calls(error) & {"result", "exception"}:
        return None
    return Finding(
        "Await the task first: `await task` waits for its end, and gives its result.",
        f"`{error.code}` asked for it before the task had ended{at(error.line)}.",
        "`result()` does not wait. It is for tasks that have ended, such as those of a TaskGroup after its block.",
    )


@explains("What is awaited can be awaited")
def awaits_what_waits(error: Raised) -> Finding | None:
    """Explain a run that raised because it awaited what can't be awaited."""
    node = next((node for node in walk(error.code) if isinstance(node, ast.Await)), None)
    if not error.is_a("TypeError") or node is None or error.within or not error.code.startswith("await"):
        return None
    code, where = ast.unparse(node.value), at(error.line)
    if _GENERATOR in error.message or _kind(error, node.value) == "asynchronous iterable":
        return Finding(
            f"Write `async for … in {code}`: it has many items, one after the other.",
            f"`{code}` was awaited as a whole{where}.",
            "`await` takes one thing that can be waited for. `async for` waits for each item.",
        )
    if isinstance(node.value, ast.Call):
        return Finding(
            f"Leave out the `await` before `{code}`: it is an ordinary call.",
            f"What it returned can't be awaited{where}.",
            "An ordinary function has done its work when it returns. `await` is for coroutines, tasks and futures.",
        )
    if isinstance(node.value, (ast.List, ast.ListComp, ast.Tuple)) or _kind(error, node.value) in ("list", "tuple"):
        return Finding(
            "Await them together: `await asyncio.gather(*them)`.",
            f"`{code}` is a list, which can't be awaited{where}.",
            "`await` takes one thing that can be waited for.",
        )
    if _kind(error, node.value) in ("coroutine function", "function", "method", ""):
        return Finding(
            f"Call it, with parentheses: `await {code}(...)`.",
            f"`{code}` itself was awaited{where}, and not what a call of it makes.",
            "A function is not yet a call. The call makes the coroutine that `await` takes.",
        )
    kind = a(_kind(error, node.value))
    return Finding(f"Leave out the `await` before `{code}`.", f"It is {kind}, which can't be awaited{where}.")


@explains("`async with` where it is needed")
def enters_with_async(error: Raised) -> Finding | None:
    """Explain a run that raised because of a `with` that lacks its `async`, or has one too many."""
    if error.within or error.type not in ("TypeError", "AttributeError"):
        return None
    node = next((node for node in walk(error.code) if isinstance(node, (ast.With, ast.AsyncWith))), None)
    if node is None:
        return None
    code = ast.unparse(node.items[0].context_expr)
    if isinstance(node, ast.AsyncWith):
        return Finding(
            f"Write `with {code}`, without `async`.",
            f"It can't be entered by `async with`{at(error.line)}.",
            "`async with` is for what has to wait when it begins or ends.",
        )
    return Finding(
        f"Write `async with {code}`.",
        f"It can't be entered by `with` alone{at(error.line)}.",
        "To get in may mean to wait, and a coroutine can wait only where `async` or `await` says so.",
    )


@explains("No coroutine is used as if it were its result")
def no_coroutine_as_a_value(error: Raised) -> Finding | None:
    """Explain a run that raised because it used a coroutine in place of what the coroutine returns."""
    if error.type not in ("TypeError", "AttributeError") or _is_raise(error):
        return None
    held = [name for name, kind in error.given.items() if kind == "coroutine"]
    called = error.within == "" and re.search(r"'coroutine' object|type coroutine\b|not 'coroutine'", error.message)
    if not held and not called:
        return None
    what = f"`{held[0]}`" if held else "a coroutine"
    return Finding(
        "Put `await` before the call.",
        f"It used {what} as if it were the result{at(error.line)} ({error.type}: {error.message}).",
        "Calling an `async def` runs nothing. It makes a coroutine, and `await` makes a result of it.",
    )


@explains("What is made outside belongs to another event loop")
def makes_it_inside(error: Raised) -> Finding | None:
    """Explain a run that raised because a semaphore, a lock or a queue is bound to the loop of another run."""
    if not error.is_a("RuntimeError") or error.within != "asyncio.mixins:_get_loop":
        return None
    return Finding(
        "Make the semaphore, lock or queue inside the function, for this call.",
        "It was made outside of your function, and a run before this one had used it with an event loop of its own.",
        "What waits belongs to the event loop that used it first. The check calls your function on several.",
    )


@explains("A function is called before its result is used")
def calls_what_it_calculates_with(error: Raised) -> Finding | None:
    """Explain a run that raised because it calculated or compared with a function, and not with what it returns."""
    operands = (
        error.message.startswith("unsupported operand type(s) for ") or "' not supported between " in error.message
    )
    if not error.is_a("TypeError") or not _raised_by_python(error) or not operands:
        return None
    if not any(f"'{kind}'" in error.message for kind in _FUNCTIONS):
        return None
    return Finding(
        "Call the function: put parentheses after its name.",
        f"{error.type}: {error.message}{at(error.line)}.",
        "A function is not yet a call. The call gives the value.",
    )


@explains("`async for` is for what has to wait for its next item")
def loops_as_it_must(error: Raised) -> Finding | None:
    """Explain a run that raised because of `for` where `async for` was needed, or the other way around."""
    if not error.is_a("TypeError") or not _raised_by_python(error):
        return None
    seen = f"{error.type}: {error.message}{at(error.line)}."
    if error.message.startswith("'async for' requires an object with __aiter__ method"):
        return Finding(
            "Write `for`, without `async`.",
            seen,
            "`async for` is for what has to wait for its next item. A list has all of them.",
        )
    if not error.message.endswith(" object is not iterable"):
        return None
    waits = next((name for name, kind in error.given.items() if kind == "asynchronous iterable"), "")
    if not waits and _GENERATOR not in error.message:
        return None
    # 3.11 and 3.12 give the place of the whole loop.
    loop = re.match(r"for .+? in (.+):$", error.code.partition("\n")[0])
    return Finding(
        f"Write `async for … in {waits or (loop[1] if loop else error.code)}`.",
        seen,
        "Its next item may have to be waited for, and a coroutine can wait only where `async` or `await` says so. "
        "`[one async for one in …]` makes a list of them.",
    )


@explains("Names are written as they were given")
def names_what_there_is(error: Raised) -> Finding | None:
    """Explain a run that raised because of a name that there is not."""
    if not (error.is_a("NameError") or error.is_a("AttributeError")) or _is_raise(error):
        return None
    seen = f"{error.type}: {error.message}{at(error.line)}.".replace("..", ".")
    if error.near:
        return Finding(f"Write `{error.near}`.", seen)
    if error.type != "NameError" or not error.code.isidentifier():
        return None
    return Finding(
        f"Define `{error.code}`, or run the cell that does.",
        seen,
        "After a restart of the kernel only the cells that you have run again have defined anything.",
    )


@explains("Nobody sits at the keyboard")
def asks_nobody(error: Raised) -> Finding | None:
    """Explain a run that raised because it asked the keyboard."""
    if not error.is_a("EOFError") or "input" not in _calls(error):
        return None
    return Finding(
        "Do without `input()`.",
        f"It asked for something to be typed{at(error.line)}, and in the check nobody sits at the keyboard.",
    )


@expectation("It asks for what there is")
def asks_for_what_there_is(evidence: Evidence) -> Found:
    """Explain a run that raised because a service had no such page, and what it said of that was taken for the page."""
    if not any(error.is_a("LookupError") and not _is_raise(error) for error in _errors(evidence)):
        return None
    runs = (evidence, *evidence.trials.values())
    entries = (entry for run in runs for journal in run.journals.values() for entry in journal)
    refused = [entry for entry in entries if entry.status in (_BAD_REQUEST, _NOT_FOUND)]
    if not refused:
        return None
    path, status = refused[-1].path, refused[-1].status
    error = next(one for one in _errors(evidence) if one.is_a("LookupError"))
    small = " Names are in small letters there." if path != path.lower() else ""
    said = f"What it said of that has not what was looked for ({error.type}: {error.message}{at(error.line)})."
    if status == _BAD_REQUEST:
        return Finding(
            "Look at the path that you ask for: the service does not take it.",
            f"The service was asked for {path}, and answered 400: bad request. {said}",
            "An HTTP request that is refused raises nothing: `response.status` says it, or `raise_for_status()`.",
        )
    return Finding(
        "Look at the path that you ask for: there is no such page.",
        f"The service was asked for {path}, and answered 404: not found.{small} {said}",
        "An HTTP request that finds nothing raises nothing: `response.status` says it, or `raise_for_status()`.",
    )


RAISED: tuple[Expectation, ...] = (
    no_loop_inside,
    no_task_without_a_loop,
    no_coroutine_twice,
    gives_a_coroutine,
    unpacks_a_generator,
    waits_for_the_result,
    enters_with_async,
    awaits_what_waits,
    loops_as_it_must,
    calls_what_it_calculates_with,
    no_coroutine_as_a_value,
    makes_it_inside,
    asks_nobody,
    asks_for_what_there_is,
    names_what_there_is,
)
"""What explains an exception that beginners meet; every exercise asks it after what it `explains` itself."""


def _errors(evidence: Evidence) -> tuple[Raised, ...]:
    """Return what was raised in the first run that raised."""
    runs = (evidence, *evidence.trials.values())
    raised = next((run.exception for run in runs if run.exception is not None and run.outcome == "raised"), None)
    return raised.leaves() if raised is not None else ()


def _is_raise(error: Raised) -> bool:
    return error.code.startswith(("raise ", "raise(", "assert ")) or error.code == "raise"


def _raised_by_python(error: Raised, *within: str) -> bool:
    """Tell whether Python itself has raised, in the learner's own line or within one of these functions."""
    return not _is_raise(error) and error.within in ("", *within)


def _call(error: Raised) -> ast.Call | None:
    """Return the outermost call in the code that raised."""
    return next((node for node in walk(error.code) if isinstance(node, ast.Call)), None)


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _calls(error: Raised) -> set[str]:
    """Return the names of all functions and methods that the code that raised calls."""
    return set(_called_in(error))


def _called_in(error: Raised) -> Iterator[str]:
    for node in walk(error.code):
        if isinstance(node, ast.Call) and (name := _called(node)):
            yield name


def _is_many(node: ast.AST | None) -> bool:
    return isinstance(node, (ast.List, ast.ListComp, ast.GeneratorExp, ast.Tuple, ast.SetComp, ast.Set))


def _kind(error: Raised, node: ast.AST | None) -> str:
    """Return what kind of thing a name in the code held; nothing for what is no name."""
    return error.given.get(node.id, "") if isinstance(node, ast.Name) else ""

"""Annotations go, and nothing else does."""

from __future__ import annotations

import ast
import inspect

import pytest

from helpers.exercises import untyped
from helpers.exercises.exercise import lesson_numbers, of_lesson
from helpers.exercises.untyped import without_annotations

REFERENCES = [
    function
    for lesson in lesson_numbers()
    for exercise in of_lesson(lesson)
    for function in (*exercise.helpers, exercise.reference)
    if callable(function)
]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("def f(x: int) -> None: pass", "def f(x): pass"),
        ("def f(x: int = 3, *, y: str='a', z = 1) -> int: pass", "def f(x=3, *, y='a', z = 1): pass"),
        ("async def f(*cities: str, **more: dict[str, int]): pass", "async def f(*cities, **more): pass"),
        (
            "def f(\n    å: C[[int], str],  # why\n) -> list[\n    int\n]:\n    pass",
            "def f(\n    å,  # why\n):\n    pass",
        ),
        ("times: list[float] = []", "times = []"),
        ("times: list[float]", "times: list[float]"),
        ("def f() -> Callable[[int], int]:\n    return lambda x: x", "def f():\n    return lambda x: x"),
        (
            "def f():\n    def g(ö: int) -> int:\n        return ö  # -> ö",
            "def f():\n    def g(ö):\n        return ö  # -> ö",
        ),
        ("x = {'a': 1}[0:1]", "x = {'a': 1}[0:1]"),
    ],
)
def test_annotations_go_and_the_rest_stays(typed: str, plain: str) -> None:
    assert without_annotations(typed) == plain


@pytest.mark.parametrize("function", REFERENCES, ids=lambda function: function.__name__)
def test_a_reference_without_annotations_compiles_to_the_same_code(function: object) -> None:
    source = inspect.getsource(function)  # type: ignore[arg-type]
    assert shape(without_annotations(source)) == shape(source)
    assert "->" not in without_annotations(source)


class _WithoutVariables(ast.NodeTransformer):
    """Makes `x: int = 1` an `x = 1`."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        return node if node.value is None else ast.Assign([node.target], node.value)


def shape(source: str) -> str:
    """The syntax tree without annotations."""
    tree = _WithoutVariables().visit(ast.parse(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
    return ast.dump(tree)


def test_it_can_read_itself() -> None:
    source = inspect.getsource(untyped)
    compile(without_annotations(source), "untyped", "exec")

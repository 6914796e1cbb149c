"""Awaiting one call changes the whole chain of its callers, and nothing else."""

from __future__ import annotations

import ast

from helpers.lesson.colour import PROGRAM, changed_lines, make_async


def test_every_caller_up_the_chain_becomes_async() -> None:
    functions = ast.parse(make_async(PROGRAM, "client.get")).body
    colours = {node.name: type(node) for node in functions if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assert [name for name, colour in colours.items() if colour is ast.FunctionDef] == ["footer"]
    assert len(colours) == 5


def test_a_definition_and_a_call_change_in_each_of_them() -> None:
    lines = changed_lines(PROGRAM, make_async(PROGRAM, "client.get"))
    assert len(lines) == 8
    assert lines[:2] == ["async def get_json(path):", "    return (await client.get(path)).json()"]


def test_a_call_that_nobody_makes_changes_nothing() -> None:
    assert changed_lines(PROGRAM, make_async(PROGRAM, "client.post")) == []


def test_a_call_in_the_arguments_of_another_is_awaited_once() -> None:
    changed = make_async("def a(x):\n    return x\ndef b():\n    return a(a(get()))", "get")
    assert changed.splitlines()[-1] == "    return a(a(await get()))"


def test_a_function_that_calls_itself_is_changed_once() -> None:
    assert make_async("def a(n):\n    return get(n) or a(n - 1)", "get").splitlines() == [
        "async def a(n):",
        "    return await get(n) or await a(n - 1)",
    ]

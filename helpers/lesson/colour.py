"""A program of five small functions, and what has to change when the innermost call is to be awaited (page 02)."""

from __future__ import annotations

import ast

PROGRAM = """\
def get_json(path):
    return client.get(path).json()
def temperature(city):
    return get_json(f'/cities/{city}/weather')['temperature_c']
def warmest(cities):
    return max([temperature(city) for city in cities])
def headline(cities):
    return f'Up to {warmest(cities)} degrees'
def footer():
    return 'all data invented'
"""


def make_async(program: str, call: str) -> str:
    """Return the program with a call, such as "client.get", awaited, and with all that follows from it.

    A function that awaits becomes an `async def`, so that its own calls have to be awaited, and so on up the chain.
    The program is one of top-level functions; layout and comments are lost.
    """
    tree = ast.parse(program)
    todo, done = [call], set[str]()
    while todo:
        name = todo.pop()
        done.add(name)
        for place, node in enumerate(tree.body):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if not any(_calls(inner, name) for inner in ast.walk(node)):
                continue
            body = _Awaited(name).visit(node)
            fields = {field: getattr(body, field) for field in node._fields}
            tree.body[place] = ast.copy_location(ast.AsyncFunctionDef(**fields), node)
            if node.name not in done:
                todo.append(node.name)
    return _text(tree)


def changed_lines(before: str, after: str) -> list[str]:
    """Return the lines of one program that differ from the other's, line by line, with their indentation."""
    pairs = zip(_text(ast.parse(before)).splitlines(), after.splitlines(), strict=True)
    return [new for old, new in pairs if old != new]


def _text(tree: ast.Module) -> str:
    return "\n".join(line for line in ast.unparse(tree).splitlines() if line.strip())


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == name


class _Awaited(ast.NodeTransformer):
    def __init__(self, name: str) -> None:
        self._name = name

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return node if _calls(node.value, self._name) else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return ast.Await(node) if _calls(node, self._name) else node

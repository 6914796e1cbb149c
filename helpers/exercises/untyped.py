"""Source code as learners write it: without annotations, whose names a notebook would have to import."""

from __future__ import annotations

import ast

_Span = tuple[int, int]


def without_annotations(source: str) -> str:
    """Return Python source without the annotations of parameters, results and variables; the rest stays as it is.

    >>> without_annotations("async def f(x: list[str], *, k: int = 3) -> Any: ...")
    'async def f(x, *, k=3): ...'
    """
    text = source.encode()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def begin(node: ast.expr | ast.arg) -> int:
        return starts[node.lineno - 1] + node.col_offset

    def end(node: ast.expr) -> int:
        return starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    cuts: list[_Span] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.arg) and node.annotation is not None:
            cuts.append((begin(node) + len(node.arg.encode()), end(node.annotation)))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.returns is not None:
                closed = text.rindex(b")", 0, text.rindex(b"->", 0, begin(node.returns)))
                cuts.append((closed + 1, end(node.returns)))
            cuts += _spaces(text, [end(one) for one in _annotated_with_default(node.args)])
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            cuts.append((end(node.target), end(node.annotation)))
    for first, past in sorted(cuts, reverse=True):
        text = text[:first] + text[past:]
    return text.decode()


def _annotated_with_default(args: ast.arguments) -> list[ast.expr]:
    """Return the annotations of parameters that have a default: ` = ` becomes `=` after them."""
    positional = [*args.posonlyargs, *args.args]
    with_default = positional[len(positional) - len(args.defaults) :]
    with_default += [arg for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is not None]
    return [arg.annotation for arg in with_default if arg.annotation is not None]


def _spaces(text: bytes, ends: list[int]) -> list[_Span]:
    cuts = []
    for at in ends:
        equals = text.index(b"=", at)
        after = equals + 1
        while text[after : after + 1] == b" ":
            after += 1
        cuts += [(at, equals), (equals + 1, after)]
    return cuts

"""Makes a program that shows a fault as short as it can be, while it shows the same fault."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

MOST_TRIALS = 250


def shrunk(text: str, shows: Callable[[str], bool]) -> str:
    """Return a shorter program for which ``shows`` is still true: with statements and parts left out."""
    trials = 0
    progress = True
    while progress and trials < MOST_TRIALS:
        progress = False
        number = 0
        while trials < MOST_TRIALS:
            shorter = _without(text, number)
            if shorter is None:
                break
            trials += 1
            if shorter != text and len(shorter) < len(text) and shows(shorter):
                text, progress = shorter, True
            else:
                number += 1
    return text


def _without(text: str, number: int) -> str | None:
    """Return a program without one of its parts; None if it has not so many."""
    tree = ast.parse(text)
    for position, leave_out in enumerate(_parts(tree)):
        if position == number:
            leave_out()
            return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return None


def _parts(tree: ast.Module) -> Iterator[Callable[[], object]]:
    """Yield what leaves out the parts of a program, larger ones first; imports and the function ``target`` stay."""
    for node in ast.walk(tree):
        for name in (
            "body",
            "orelse",
            "finalbody",
            "handlers",
            "decorator_list",
            "bases",
            "keywords",
            "elts",
            "args",
        ):
            held = getattr(node, name, None)
            if not isinstance(held, list):
                continue
            for place in range(len(held) - 1, -1, -1):
                item = held[place]
                if isinstance(item, ast.Import | ast.ImportFrom) or getattr(item, "name", "") == "target":
                    continue
                if name == "body" and len(held) == 1 and not isinstance(node, ast.Module):
                    if not isinstance(item, ast.Pass):
                        yield lambda held=held: held.__setitem__(0, ast.Pass())  # type: ignore[misc]
                    continue
                yield lambda held=held, place=place: held.pop(place)  # type: ignore[misc]
        if isinstance(node, ast.Dict):
            for place in range(len(node.keys)):
                yield lambda node=node, place=place: (node.keys.pop(place), node.values.pop(place))  # type: ignore[misc]
        if isinstance(node, ast.arguments):
            if node.defaults:
                yield lambda node=node: node.defaults.pop(0)  # type: ignore[misc]
            for number, default in enumerate(node.kw_defaults):
                if default is not None:
                    yield lambda node=node, number=number: node.kw_defaults.__setitem__(number, None)  # type: ignore[misc]
            if node.vararg:
                yield lambda node=node: setattr(node, "vararg", None)  # type: ignore[misc]
            if node.kwarg:
                yield lambda node=node: setattr(node, "kwarg", None)  # type: ignore[misc]
        if isinstance(node, ast.arg) and node.annotation:
            yield lambda node=node: setattr(node, "annotation", None)  # type: ignore[misc]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield lambda node=node: setattr(node, "returns", None)  # type: ignore[misc]
    for node in ast.walk(tree):
        for name, value in list(ast.iter_fields(node)):
            if (
                name in ("value", "annotation", "test")
                and isinstance(value, ast.expr)
                and not isinstance(value, ast.Constant | ast.Name)
                and not isinstance(node, ast.Attribute | ast.Subscript)
            ):
                yield lambda node=node, name=name: setattr(node, name, ast.Constant(1))  # type: ignore[misc]
                for inner in ast.iter_child_nodes(value):
                    if isinstance(inner, ast.expr):
                        yield lambda node=node, name=name, inner=inner: setattr(
                            node, name, copy.deepcopy(inner)
                        )  # type: ignore[misc]

"""A file with handlers, as far as reading tells: its names, its handlers, and how they are installed."""

from __future__ import annotations

import ast
import builtins
import functools
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from ... import events
from ...capture import process_state
from ...capture.mentions import Mentions, Names, read_parts
from ...capture.nodes import ATOMS
from .installs import installs_in

__all__ = ["Function", "Source"]

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_PACKAGE = "arcapix.fs.gpfs"


class Source:
    """A file, read once.

    Args:
        text: What it holds.
        path: Its name, for messages.

    Raises:
        SyntaxError, ValueError: It is no Python.
    """

    def __init__(self, text: bytes, path: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(text, path)
        self.lines = text.decode("utf-8", "replace").split("\n")
        self.assigned = dict(_assigned(self.tree.body))
        """What is assigned to names at the top of the file: the last of it."""
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef)
        self.functions = [node for node in ast.walk(self.tree) if isinstance(node, definitions)]
        self._values = {**vars(builtins), **_constants(self.assigned)}
        self._names = Names(self._values, process_state.WANTED)
        self._names.note_imports(self.tree)
        self.installs = list(installs_in(self.tree, self)) if self.uses_package() else []

    def name(self, node: ast.expr) -> str:
        """Return the public name of what an expression stands for, such as ``subprocess.run``, or nothing."""
        return self._names.name(node)

    def local_name(self, node: ast.expr) -> str:
        """Return the name of a class of this package that an expression stands for, or nothing."""
        name = self.name(node)
        return name.rpartition(".")[2] if name.startswith(f"{_PACKAGE}.") else ""

    def function(self, name: ast.Name) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """Return the function that a name stands for: of several, the last one before it."""
        alike = [one for one in self.functions if one.name == name.id]
        before = [one for one in alike if one.lineno <= name.lineno]
        return max(before or alike, key=lambda one: one.lineno, default=None)

    def uses_package(self) -> bool:
        """Tell whether the file imports this package."""
        found = (one for one in ast.walk(self.tree) if isinstance(one, ast.Import | ast.ImportFrom))
        return any(
            name.startswith(_PACKAGE)
            for one in found
            for name in (
                [one.module or ""] if isinstance(one, ast.ImportFrom) else [each.name for each in one.names]
            )
        )

    @functools.cached_property
    def handlers(self) -> list[Function]:
        """The functions that are installed, and those whose parameters are variables of GPFS."""
        installed = [one.function for one in self.installs if one.function is not None]
        return list(dict.fromkeys([*installed, *filter(_takes_variables, self.functions)]))

    @functools.cached_property
    def code(self) -> list[Function]:
        """The handlers, and the functions of the file that these use."""
        found = list(self.handlers)
        for function in found:
            for node in ast.walk(function):
                used = self.function(node) if isinstance(node, ast.Name) else None
                if used is not None and used not in found:
                    found.append(used)
        return found

    @functools.cached_property
    def mentions(self) -> Mentions:
        """What the code mentions."""
        parts = [part for function in self.code for part in _body(function)]
        return read_parts(parts, self.tree, self._values, process_state.WANTED)

    def nodes(self) -> Iterator[ast.AST]:
        """Yield every part of the code once, without decorators and defaults."""
        seen: set[int] = set()
        for function in self.code:
            for part in _body(function):
                for node in ast.walk(part):
                    if id(node) not in seen:
                        seen.add(id(node))
                        yield node

    @functools.cached_property
    def outside(self) -> dict[str, ast.Name]:
        """The names outside its functions that the code reads, and where."""
        found: dict[str, ast.Name] = {}
        for function in self.code:
            own = _own_names(function)
            for part in _body(function):
                for node in ast.walk(part):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in own:
                        found.setdefault(node.id, node)
        return found


def _constants(assigned: Mapping[str, ast.expr]) -> dict[str, object]:
    """Return what names stand for whose values are written beside them, paths included."""
    found: dict[str, object] = {}
    for name, value in assigned.items():
        if isinstance(value, ast.Constant) and type(value.value) in ATOMS:
            found[name] = value.value
        elif isinstance(value, ast.Call) and ast.unparse(value.func) == "Path" and len(value.args) == 1:
            (path,) = value.args
            if isinstance(path, ast.Constant) and isinstance(path.value, str):
                found[name] = PurePath(path.value)
    return found


def _assigned(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield names and what is assigned to them outside functions and classes."""
    for statement in body:
        for node in _walk_here(statement):
            if isinstance(node, ast.Assign):
                yield from ((one.id, node.value) for one in node.targets if isinstance(one, ast.Name))
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                yield node.target.id, node.value
            elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
                yield node.optional_vars.id, node.context_expr


def _walk_here(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, Function | ast.ClassDef):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk_here(child)


def _body(function: Function) -> list[ast.AST]:
    return [function.body] if isinstance(function, ast.Lambda) else [*function.body]


def _own_names(function: Function) -> set[str]:
    """Return the names that a function, or one within it, has for itself."""
    found, outside = set(), set()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Global):
            outside |= {*node.names}
    return found - outside


def _takes_variables(function: Function) -> bool:
    """Tell whether a function could be a handler: all that it needs are variables of GPFS."""
    given = function.args
    needed = [*given.posonlyargs, *given.args][
        : len(given.posonlyargs) + len(given.args) - len(given.defaults)
    ]
    needed += [one for one, default in zip(given.kwonlyargs, given.kw_defaults) if default is None]
    names = [one.arg for one in needed]
    return any(name in events.TAKEN_BY_NAME for name in names) and all(
        name in events.TAKEN_BY_NAME or name == "event" for name in names
    )

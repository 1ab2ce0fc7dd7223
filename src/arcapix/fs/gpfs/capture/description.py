"""Shows what a body holds, as text. Nothing in it is rebuilt, imported or called."""

from __future__ import annotations

import ast
import marshal
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from ..driver import operations
from ..driver.compiling import dig
from ..driver.rebuild import PICKLE
from .locate import lines_inside_strings
from .nodes import CLASSES
from .step_texts import COMPLETING, ShownUnit, step_texts, written

_LONGEST = 200
_DEEPEST = 5
_WRAPPER = re.compile(r"def k\d+\((\w+(, \w+)*)?\):\n")


@dataclass(frozen=True)
class Description:
    """What a body holds."""

    statements: tuple[str, ...] = ()
    """What the driver executes of the texts: the imports. Other statements were not written by `capture`."""
    units: tuple[ShownUnit, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    """The captured globals with their values, written much like Python."""
    steps: tuple[str, ...] = ()
    """What the driver does to make the function, step by step, and how it calls it; nothing is left out."""


@dataclass
class _Object:
    operation: str
    arguments: tuple[Any, ...]
    fills: list[tuple[Any, ...]] = field(default_factory=list)


def describe(body: bytes, form: str) -> Description:
    """Return what a body holds, which may be anything: `view` calls this in a process with limits.

    Raises:
        Exception: It is none of ours, or holds more than this process may use.
    """
    if form != "source" and body[:1] == PICKLE:
        return Description(steps=("unpickle what an earlier release has made, which cannot be shown",))
    sources, spaces, steps, function, plan = marshal.loads(body)
    statements = [f"import {space[0]}" for space in spaces if type(space) is tuple]
    units: list[ShownUnit] = []
    for _, text, *given in sources:
        if not given:
            units += [ShownUnit(code.co_filename, code.co_firstlineno, _without_text(code)) for code in text]
            continue
        text = text.replace("\r\n", "\n").replace("\r", "\n")  # as Python reads it, and counts its lines
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            units += _units(text, tree, given[0])
        statements += _executed(tree)
    return Description(
        tuple(sorted(set(statements))),
        tuple(units),
        tuple(_values(spaces, steps, units)),
        tuple(step_texts(steps, units, function, plan)),
    )


def _without_text(code: CodeType) -> str:
    return f"# {code.co_qualname}, which has no text, only bytecode"


def _executed(tree: ast.Module) -> list[str]:
    """Return the statements of a text that do something: all but plain definitions of wrappers."""
    return [
        ast.unparse(statement)
        for statement in tree.body
        if not _is_wrapper(statement)
        and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
    ]


def _is_wrapper(statement: ast.stmt) -> bool:
    """Tell whether a statement only defines a wrapper: no decorator, default or annotation is executed."""
    return bool(_WRAPPER.match(ast.unparse(statement)))


def _units(text: str, tree: ast.Module, names: str) -> list[ShownUnit]:
    lines = text.removesuffix("\n").split("\n")
    file = lines[0][1:]
    whole = compile(text, "<string>", "exec", dont_inherit=True)
    inside = lines_inside_strings(tree)
    starts = [dig(whole, f"k{number}").co_firstlineno for number in range(len(names.split()))]
    shown = []
    for number, (path, start) in enumerate(zip(names.split(), starts)):
        end = min([other for other in starts if other > start], default=len(lines) + 1)
        first = _unit_line(whole, number, path)
        indent = " " * (len(lines[first - 1]) - len(lines[first - 1].lstrip()))
        taken = [
            line
            if place in inside or (place > first and path.endswith("<lambda>"))
            else line.removeprefix(indent)
            for place, line in enumerate(lines[first - 1 : end - 1], first)
        ]
        shown.append(ShownUnit(file, int(lines[start - 1].rpartition("#")[2]), "\n".join(taken)))
    return shown


def _unit_line(whole: Any, number: int, path: str) -> int:
    return dig(dig(whole, f"k{number}"), path).co_firstlineno


def _values(spaces: tuple[Any, ...], steps: tuple[Any, ...], units: list[ShownUnit]) -> list[tuple[str, str]]:
    objects: list[_Object] = []
    named: list[tuple[str, Any]] = []
    for operation, *arguments in steps:
        if operation == operations.SET_GLOBALS:
            space, entries = arguments
            module = spaces[space][0] if type(spaces[space]) is tuple else spaces[space]
            prefix = f"{module}." if space else ""
            named += [(prefix + name, entry) for name, entry in entries.items()]
        elif operation in COMPLETING:
            objects[arguments[0]].fills.append((operation, *arguments[1:]))
        else:
            objects.append(_Object(operation, tuple(arguments)))
    writer = _Writer(objects, units)
    return [(name, writer.text(entry)) for name, entry in sorted(named)]


_BRACKETS = {
    operations.TUPLE: "({})",
    operations.LIST: "[{}]",
    operations.SET: "{{{}}}",
    operations.FROZENSET: "frozenset({{{}}})",
}


class _Writer:
    """Writes objects from the steps that would make them."""

    def __init__(self, objects: list[_Object], units: list[ShownUnit]) -> None:
        self._objects = objects
        self._units = units
        self._open: list[int] = []

    def text(self, entry: Any) -> str:
        """Return the text for an entry, shortened if it is long."""
        text = self._entry(entry)
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."

    def _entry(self, entry: Any) -> str:
        if type(entry) is not frozenset:
            return written(entry)
        (number,) = entry
        if number in self._open or len(self._open) > _DEEPEST:
            return "..."
        self._open.append(number)
        try:
            return self._object(self._objects[number])
        finally:
            self._open.pop()

    def _entries(self, entries: Any) -> str:
        return ", ".join(map(self._entry, entries))

    def _pairs(self, items: Sequence[Any]) -> list[str]:
        return [f"{self._entry(key)}: {self._entry(value)}" for key, value in zip(items[::2], items[1::2])]

    def _object(self, made: _Object) -> str:
        arguments, operation = made.arguments, made.operation
        if operation in _BRACKETS:
            items = self._entries((*arguments, *_filled(made, operations.EXTEND, operations.ADD)))
            return _BRACKETS[operation].format(items)
        if operation == operations.DICT:
            return "{" + ", ".join(self._pairs((*arguments, *_filled(made, operations.UPDATE)))) + "}"
        if operation == operations.CONSTANT:
            return written(arguments[0])
        if operation == operations.MODULE:
            return f"<module {arguments[0]}>"
        if operation == operations.REFERENCE:
            return arguments[1] if arguments[0] == "builtins" else ".".join(arguments)
        if operation == operations.FUNCTION:
            return f"<function at line {self._units[arguments[0]].line} of {self._units[arguments[0]].file}>"
        if operation in CLASSES:
            return f"<class {arguments[0]}>"
        if operation == operations.MEMBER:
            return f"{_name_of_class(self._entry(arguments[0]))}.{arguments[1]}"
        if operation == operations.METHOD:
            return f"<method of {self._entry(arguments[1])}>"
        if operation in (operations.CALL, operations.NEW):
            return self._call(made)
        return "..."

    def _call(self, made: _Object) -> str:
        function, *rest = made.arguments
        parts = [self._entry(item) for item in (rest[0] if rest else ())]
        maker = self._entry(function)
        if maker.endswith(".__new__"):
            maker, *parts = parts
        attributes: dict[str, Any] = dict(rest[1]) if len(rest) > 1 else {}
        for operation, *arguments in made.fills:
            if operation in (operations.FILL_DICT, operations.SET_ATTRIBUTES):
                attributes.update(arguments[0])
            elif operation == operations.APPLY_EACH:
                _, width, *items = arguments
                parts += self._pairs(items) if width == 2 else map(self._entry, items)
        parts += [f"{name}={self._entry(value)}" for name, value in attributes.items()]
        return f"{_name_of_class(maker)}({', '.join(parts)})"


def _name_of_class(text: str) -> str:
    return text.removeprefix("<class ").removesuffix(">")


def _filled(made: _Object, *wanted: str) -> tuple[Any, ...]:
    return tuple(item for operation, *items in made.fills if operation in wanted for item in items)

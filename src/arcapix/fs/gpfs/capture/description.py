"""Shows what a body holds, as text. Nothing in it is rebuilt, imported or called."""

from __future__ import annotations

import ast
import marshal
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..driver import operations
from ..driver.rebuild import dig
from .locate import lines_inside_strings
from .nodes import CLASSES

_LONGEST = 200
_LONGEST_INT = 2_000
"""Bits of an int that is written in decimal, which is slow for long ones."""
_DEEPEST = 5


@dataclass(frozen=True)
class ShownUnit:
    """The text of one captured def or lambda."""

    file: str
    """The file that it came from, without the folder."""
    line: int
    text: str


@dataclass(frozen=True)
class Description:
    """What a body holds."""

    imports: tuple[str, ...] = ()
    """The import statements that the driver runs."""
    units: tuple[ShownUnit, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    """The captured globals with their values, written much like Python."""


@dataclass
class _Object:
    operation: str
    arguments: tuple[Any, ...]
    fills: list[tuple[Any, ...]] = field(default_factory=list)


def describe(body: bytes, form: str) -> Description:
    """Return what a body holds. Bytecode cannot be shown without loading it."""
    if form != "source":
        return Description()
    sources, spaces, steps, _, _ = marshal.loads(body)
    imports: list[str] = []
    units: list[ShownUnit] = []
    for _, text, names, *_ in sources:
        lines = text.split("\n")
        file = lines[0][1:]
        imports += [
            line for line in lines[1:] if line.startswith(("import ", "from ")) and "__future__" not in line
        ]
        units += _units(file, text, names)
    return Description(tuple(sorted(set(imports))), tuple(units), tuple(_values(spaces, steps, units)))


def _units(file: str, text: str, names: str) -> list[ShownUnit]:
    lines = text.removesuffix("\n").split("\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = compile(text, "<string>", "exec", dont_inherit=True)
        inside = lines_inside_strings(ast.parse(text))
    starts = [dig(whole, f"k{number}").co_firstlineno for number in range(len(names.split()))]
    shown = []
    for path, start, end in zip(names.split(), starts, [*starts[1:], len(lines) + 1]):
        first = _unit_line(whole, starts.index(start), path)
        indent = " " * (len(lines[first - 1]) - len(lines[first - 1].lstrip()))
        taken = [
            line
            if number in inside or (number > first and path.endswith("<lambda>"))
            else line.removeprefix(indent)
            for number, line in enumerate(lines[first - 1 : end - 1], first)
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
        elif operation in _COMPLETING:
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
_COMPLETING = frozenset(
    {
        *(operations.FILL_CELL, operations.EXTEND, operations.UPDATE, operations.ADD),
        *(operations.INVOKE, operations.APPLY, operations.APPLY_EACH, operations.SET_STATE),
        *(operations.FILL_DICT, operations.SET_ATTRIBUTES, operations.FILL_MEMBERS),
        *(operations.REMOVE, operations.DATACLASS, operations.ABSTRACT, operations.COROUTINE),
        operations.ANNOTATE_NEW,
    }
)
"""The operations that make no object of their own, except setting globals, which is handled before."""


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
            return _written(entry)
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
            return _written(arguments[0])
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


def _written(value: Any) -> str:
    """Return what stands for a value in a program; Python does not write a very long int in decimal."""
    if type(value) is int and value.bit_length() > _LONGEST_INT:
        return hex(value)
    if type(value) is tuple:
        return f"({', '.join(map(_written, value))}{',' if len(value) == 1 else ''})"
    if type(value) is list:
        return f"[{', '.join(map(_written, value))}]"
    if type(value) is dict:
        return f"{{{', '.join(f'{_written(key)}: {_written(item)}' for key, item in value.items())}}}"
    return repr(value)


def _filled(made: _Object, *wanted: str) -> tuple[Any, ...]:
    return tuple(item for operation, *items in made.fills if operation in wanted for item in items)

"""Writes the steps of a body as text, one line for each: what a node does before it calls the function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..driver import operations

__all__ = ["COMPLETING", "ShownUnit", "step_texts", "written"]

_LONGEST_INT = 2_000
"""Bits of an int that is written in decimal, which is slow for long ones."""

_NAMES = {
    letter: name.lower().replace("_", " ")
    for name, letter in vars(operations).items()
    if name.isupper() and isinstance(letter, str)
}

COMPLETING = frozenset(
    {
        *(operations.FILL_CELL, operations.EXTEND, operations.UPDATE, operations.ADD),
        *(operations.INVOKE, operations.APPLY, operations.APPLY_EACH, operations.SET_STATE),
        *(operations.FILL_DICT, operations.SET_ATTRIBUTES, operations.FILL_MEMBERS),
        *(operations.REMOVE, operations.DATACLASS, operations.ABSTRACT, operations.COROUTINE),
        operations.ANNOTATE_NEW,
    }
)
"""The operations that make no object of their own, except setting globals, which is handled before."""


@dataclass(frozen=True)
class ShownUnit:
    """The text of one captured def or lambda."""

    file: str
    """The file that it came from, without the folder."""
    line: int
    text: str


def step_texts(
    steps: Sequence[tuple[Any, ...]], units: Sequence[ShownUnit], function: object, plan: object
) -> Iterator[str]:
    """Yield a line for each step, and one for the call.

    ``#3`` is an object that a step has made, in their order. An operation that this release does not know is
    shown by its letter.
    """
    made = 0
    for operation, *arguments in steps:
        name = _NAMES.get(operation, written(operation))
        if operation in COMPLETING:
            subject, *arguments = arguments
            name = f"#{written(subject)}: {name}"
        elif operation != operations.SET_GLOBALS:
            name = f"#{made} = {name}"
            made += 1
        if operation == operations.FUNCTION:
            unit = units[arguments[0]]
            name = f"{name} at line {unit.line} of {unit.file}, in space"
            del arguments[0]
        yield " ".join([name, *map(_entry, arguments)])
    yield f"call {_entry(function)} with {_entry(plan)}"


def _entry(value: Any) -> str:
    return written(value, objects=True)


def written(value: Any, *, objects: bool = False) -> str:
    """Return what stands for a value in a program; Python does not write a very long int in decimal.

    Args:
        value: Any value that a body holds.
        objects: Whether a set of one number stands for the object with that number.
    """

    def joined(values: Any) -> str:
        return ", ".join([written(one, objects=objects) for one in values])

    if type(value) is int and value.bit_length() > _LONGEST_INT:
        return hex(value)
    if type(value) is tuple:
        return f"({joined(value)}{',' if len(value) == 1 else ''})"
    if type(value) is list:
        return f"[{joined(value)}]"
    if type(value) is dict:
        pairs = [
            f"{written(key, objects=objects)}: {written(item, objects=objects)}"
            for key, item in value.items()
        ]
        return f"{{{', '.join(pairs)}}}"
    if objects and type(value) is frozenset and len(value) == 1:
        return f"#{written(*value)}"
    return repr(value)

"""Tells whether the same was captured, by a digest of code, types, values and sharing for each object.

It stands apart, since the process that checks a capture uses it too.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .compare import atom_key, essence
from .nodes import ATOMS, Node, UnitMark

if TYPE_CHECKING:
    from .walk import Walk

Fingerprint = tuple[tuple[str, str], ...]
"""For each object, in the order in which they were met, and each namespace: its name for users, a digest."""


def fingerprint(walk: Walk) -> Fingerprint:
    """Return the fingerprint of a graph; graphs are walked in a fixed order, so lines can be compared."""
    numbers = {id(node): number for number, node in enumerate(walk.nodes)}
    lines = []
    for node in walk.nodes:
        fills = [(fill.operation, _written(fill.arguments, numbers)) for fill in node.fills]
        known = (node.operation, _written(node.arguments, numbers), fills)
        lines.append((str(node.path) or walk.name, _digest(known)))
    for space in walk.spaces:
        held = [(name, _written(entry, numbers)) for name, entry in sorted(space.entries.items())]
        lines.append((f"module {space.name!r}", _digest((space.name, space.shared, held))))
    return tuple(lines)


def _digest(known: object) -> str:
    return hashlib.sha256(repr(known).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _written(argument: object, numbers: dict[int, int]) -> object:
    if isinstance(argument, Node):
        return "object", numbers[id(argument)]
    if isinstance(argument, UnitMark):
        return "code", essence(argument.code)
    if type(argument) in ATOMS:
        return atom_key(argument)
    if type(argument) is dict:
        return [(name, _written(item, numbers)) for name, item in argument.items()]
    if type(argument) is tuple:
        return [_written(item, numbers) for item in argument]
    raise TypeError(f"{argument!r} is not an argument of a step")

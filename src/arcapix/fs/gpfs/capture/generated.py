"""Which methods a library has made for a class: those whose code is that of a class made for comparison.

Nothing else tells: their file may be the user's too, and ``__wrapped__`` can be written by anybody.
"""

from __future__ import annotations

import collections
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .compare import essence
from .nodes import Fill, Node

if TYPE_CHECKING:
    from .walk import Walk


_FILES = frozenset({"<string>", collections.namedtuple.__code__.co_filename})
"""Where code of methods comes from that the library makes."""


@dataclass
class Parts:
    """What becomes of the attributes of a class that a library had a hand in."""

    made: set[str] = field(default_factory=set)
    """Those that the library makes."""
    later: set[str] = field(default_factory=set)
    """Those that were set when the library had made its own."""
    module: str = ""
    """What the class called its module when the library made them, if it does not any more."""
    fills: list[Fill] = field(default_factory=list)
    """What has the library make them, once the class has the others."""


def is_same(value: object, made: object) -> bool:
    """Tell whether a library would make a method, or another attribute, just so."""
    if value is made:
        return True
    if type(value) is not type(made):
        return False
    if isinstance(value, types.FunctionType) and isinstance(made, types.FunctionType):
        inner = zip(_functions_in(value), _functions_in(made))
        return essence(value.__code__) == essence(made.__code__) and all(is_same(*pair) for pair in inner)
    return type(value) is tuple and value == made


def _functions_in(function: types.FunctionType) -> list[types.FunctionType]:
    contents = [cell.cell_contents for cell in function.__closure__ or () if cell != types.CellType()]
    return [content for content in contents if type(content) is types.FunctionType]


def is_likely(value: object) -> bool:
    """Tell whether an object may be a function that a library has made for a class, to be met before it."""
    return type(value) is types.FunctionType and value.__code__.co_filename in _FILES


def owner(walk: Walk, function: types.FunctionType) -> Node | None:
    """Return the node of the class for which a library has made a method, if it is one of those."""
    name = function.__name__
    for node, like in walk.generated:
        cls = node.value
        assert isinstance(cls, type)
        named = vars(cls).get(name) is function or function.__qualname__ == f"{cls.__qualname__}.{name}"
        if named and name in like and is_same(function, like[name]):
            return node
    return None

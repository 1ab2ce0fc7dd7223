"""Takes apart classes made by ``collections.namedtuple`` and ``typing.NamedTuple``."""

from __future__ import annotations

import collections
import types
from typing import TYPE_CHECKING, Any

from ..driver import operations
from .nodes import Entry, Node

if TYPE_CHECKING:
    from .walk import Walk

_NEVER_OWN = frozenset({"__new__", "_field_defaults", "__orig_bases__"})
_GENERATED = "namedtuple.<locals>."


def is_one(cls: type) -> bool:
    """Tell whether a class was made as a named tuple; a subclass of one is an ordinary class."""
    return cls.__bases__ == (tuple,) and "_field_defaults" in vars(cls) and "_make" in vars(cls)


def expand(walk: Walk, node: Node, cls: Any, names: dict[str, Entry]) -> set[str]:
    """Take apart a named tuple; return the attributes that the library makes."""
    # Not _field_defaults: it has long been customary to set the defaults of __new__ afterwards.
    defaults = walk.entries(cls.__new__.__defaults__ or (), node.path, "default")
    node.operation = operations.NAMED_TUPLE
    node.arguments = (cls.__name__, cls.__module__, " ".join(cls._fields), defaults, names)
    make: Any = collections.namedtuple
    like = dict(vars(make(cls.__name__, cls._fields, rename=True)))  # the class itself may go at once
    generated = {
        name for name, value in vars(cls).items() if name in like and _is_generated(value, like[name])
    }
    return generated | _NEVER_OWN


def _is_generated(value: object, like: object) -> bool:
    if isinstance(value, types.FunctionType):
        return value.__code__.co_qualname.startswith(_GENERATED)
    return type(value) is type(like) and (not isinstance(value, str | tuple) or value == like)

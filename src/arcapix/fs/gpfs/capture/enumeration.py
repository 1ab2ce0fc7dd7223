"""Takes apart enums; the members are made anew from their values, without the user's ``__new__``."""

from __future__ import annotations

import enum
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..driver import operations
from .nodes import Entry, Fill, Node

if TYPE_CHECKING:
    from .walk import Walk

_DATA: dict[type, Callable[[Any], tuple[object, ...]]] = {
    object: lambda _member: (),
    str: lambda member: (str.__str__(member),),
    int: lambda member: (int.__int__(member),),
    float: lambda member: (float.__float__(member),),
    bytes: lambda member: (bytes.__getitem__(member, slice(None)),),
}
"""How to get the part of a member that comes from a data type without asking the user's class."""

_OF_THE_LIBRARY = frozenset(
    {
        "_member_names_", "_member_map_", "_value2member_map_", "_unhashable_values_",
        "_unhashable_values_map_", "_hashable_values_", "_member_type_", "_value_repr_", "_use_args_",
        "_boundary_", "_flag_mask_", "_singles_mask_", "_all_bits_", "_inverted_", "_iter_member_", "__new__",
        "__orig_bases__",
    }
)  # fmt: skip
_OF_A_MEMBER = frozenset({"_value_", "_name_", "__objclass__", "_sort_order_", "_inverted_"})
_REPLACED = ("__repr__", "__str__", "__format__", "__reduce_ex__")
COPIED = (*_REPLACED, "_generate_next_value_", "__or__", "__and__", "__xor__", "__ror__", "__rand__",
"__rxor__",
          "__invert__")  # fmt: skip
"""Attributes that the library copies into an enum that does not have them."""


def is_one(cls: type) -> bool:
    """Tell whether a class is an enum, with members or without."""
    return isinstance(cls, enum.EnumMeta)


def expand(walk: Walk, node: Node, cls: Any, names: dict[str, Entry]) -> set[str]:
    """Take apart an enum; return the attributes that the library makes."""
    data_type = cls._member_type_
    data_of = _DATA.get(data_type)
    if data_of is None:
        data_of = _DATA[object]
    members = []
    further: dict[str, dict[str, Entry]] = {}
    values: list[Node] = []
    for name, member in cls.__members__.items():
        path = node.path.then("member", name)
        value = walk.entry(member._value_, path)
        values += [value] if isinstance(value, Node) else []
        members.append((name, value, data_of(member)))
        own = [(key, held) for key, held in vars(member).items() if key not in _OF_A_MEMBER]
        if own and member.name == name:
            further[name] = walk.named(own, path, "attribute")
    node.operation = operations.ENUM
    node.arguments = (
        cls.__name__,
        cls.__module__,
        tuple(walk.entry(base, node.path) for base in cls.__bases__),
        names,
        walk.entry(type(cls), node.path),
        walk.entry(data_type, node.path),
        tuple(members),
    )
    if issubclass(cls, enum.Flag):
        node.arguments += (cls._boundary_.name,)
    node.needs = tuple(values)
    if further:
        node.fills.append(Fill(operations.FILL_MEMBERS, (further,)))
    shadowed = tuple(name for name in _REPLACED if name not in vars(cls) and _is_overridden(cls, name))
    if shadowed:
        node.fills.append(Fill(operations.REMOVE, shadowed))
    return {
        *_OF_THE_LIBRARY,
        *cls.__members__,
        *(n for n, value in vars(cls).items() if _is_inherited(walk, n, value)),
    }


def _is_overridden(cls: type, name: str) -> bool:
    """Tell whether one of the user's base classes has the method; it has none yet when the library looks."""
    return any(
        isinstance(vars(base).get(name), types.FunctionType)
        for base in cls.__mro__[1:]
        if base.__module__ != "enum"
    )


def _is_inherited(walk: Walk, name: str, value: object) -> bool:
    """Tell whether an attribute is one that the library copies into every enum."""
    plain = value.__func__ if isinstance(value, staticmethod) else value
    if name in ("_new_member_", "__new_member__"):
        return not isinstance(plain, types.FunctionType)
    if name not in COPIED:
        return False
    return not isinstance(plain, types.FunctionType) or walk.references.find(plain) is not None

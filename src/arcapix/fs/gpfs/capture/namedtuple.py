"""Takes apart classes made by ``collections.namedtuple`` and ``typing.NamedTuple``."""

from __future__ import annotations

import collections
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, cast

from ..driver import operations
from ..driver.rebuild_classes import make_named_tuple
from .annotations import annotations_of
from .generated import Parts, is_same
from .nodes import Entry, Fill, Node

if TYPE_CHECKING:
    from .walk import Walk

_NEVER_OWN = frozenset({"__orig_bases__", "__parameters__"})
_USUAL = cast("Any", collections.namedtuple)("_USUAL", "")
"""A named tuple: the code of most methods does not depend on the fields."""
_FIELD = type(cast("Any", collections.namedtuple)("_USUAL", "a").a)


def is_one(cls: type) -> bool:
    """Tell whether a class was made as a named tuple; a subclass of one is an ordinary class."""
    held = vars(cls)
    return (
        cls.__bases__ in ((tuple,), (tuple, Generic))
        and type(held.get("_fields")) is tuple
        and any(is_same(held.get(name), vars(_USUAL)[name]) for name in ("_replace", "_asdict", "__repr__"))
    )


def expand(walk: Walk, node: Node, cls: Any, names: dict[str, Entry]) -> Parts:
    """Take apart a named tuple; return what the library makes."""
    held = vars(cls)
    like = _like(cls, held)
    walk.generated.append((node, {name: _function(value) for name, value in like.items()}))
    node.operation = operations.NAMED_TUPLE
    bases, defaults = cls.__bases__[1:], _defaults(held)
    names = {name: entry for name, entry in names.items() if name != "__slots__"}
    if bases:
        path = node.path.then("attribute", "__orig_bases__")
        names = {**names, "__orig_bases__": walk.entry(held["__orig_bases__"], path)}
    node.arguments = (
        cls.__name__,
        cls.__module__,
        " ".join(cls._fields),
        None if defaults is None else walk.entries(defaults, node.path, "default"),
        names,
        *([tuple(walk.entry(base, node.path) for base in bases)] if bases else []),
    )
    generated = {name for name, value in held.items() if name in like and _is_generated(value, like[name])}
    is_annotated = "__new__" in generated and annotations_of(held["__new__"].__func__)
    return Parts(
        generated | ({*_NEVER_OWN} if bases else set()),
        fills=[Fill(operations.ANNOTATE_NEW, ())] if is_annotated else [],
    )


def _like(cls: Any, held: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the library makes for a named tuple with the same fields."""
    bases = cls.__bases__[1:]
    extra = {"__orig_bases__": held["__orig_bases__"]} if bases else {}
    made = make_named_tuple(cls.__name__, cls.__module__, cls._fields, _defaults(held), extra, bases)
    return dict(vars(made))  # the class itself may go at once


def _defaults(held: Mapping[str, Any]) -> tuple[object, ...] | None:
    """Return the defaults of the fields; it has long been customary to set them in ``__new__`` afterwards."""
    made = _function(held["__new__"])
    usual = cast("Any", collections.namedtuple)("_USUAL", held["_fields"], rename=True)
    if is_same(made, _function(vars(usual)["__new__"])):
        return cast("tuple[object, ...] | None", made.__defaults__)
    return tuple(held["_field_defaults"].values()) or None


def _function(value: Any) -> Any:
    return value.__func__ if isinstance(value, staticmethod | classmethod) else value


def _is_generated(value: Any, like: Any) -> bool:
    if type(value) is not type(like):
        return False
    if isinstance(value, staticmethod | classmethod):
        return is_same(value.__func__, like.__func__)
    if isinstance(value, types.FunctionType):
        return is_same(value, like)
    if type(value) is dict:
        pairs = zip(value.items(), like.items())
        return len(value) == len(like) and all(one[0] == two[0] and one[1] is two[1] for one, two in pairs)
    if type(value) is _FIELD:
        return bool(value.__reduce__() == like.__reduce__())
    return type(value) in (str, tuple, types.NoneType) and value == like

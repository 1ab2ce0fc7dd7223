"""Takes apart descriptors of the library, and those of classes derived from them.

A descriptor copies names and texts of its function when it is made. So it is made anew, by the library's own
``__init__`` even if a derived class has another, and gets what differs then.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..driver import operations
from . import wrappers
from .nodes import Fill, Node

if TYPE_CHECKING:
    from .walk import Walk

_SELF_MADE = ("lock", "dispatcher", "_method_cache", "_all_weakrefable_instances")
"""Attributes that every descriptor makes for itself."""


_DOC: Any = vars(property)["__doc__"]
"""The text that a property keeps; its class may have another one."""


def _parts_of_property(value: property) -> tuple[object, ...]:
    parts: list[object] = [value.fget, value.fset, value.fdel]
    doc = _DOC.__get__(value)
    if doc != getattr(value.fget, "__doc__", None):
        return (*parts, doc)
    while parts and parts[-1] is None:
        parts.pop()
    return tuple(parts)


def _function_in(value: classmethod[Any, Any, Any] | staticmethod[Any, Any]) -> tuple[object, ...]:
    if value.__func__ is None and None not in gc.get_referents(value):
        raise AttributeError("__func__")
    return (value.__func__,)


def _parts_of_partial(value: functools.partialmethod[Any]) -> tuple[object, ...]:
    return value.func, *value.args


def _attribute_func(value: Any) -> tuple[object, ...]:
    return (value.func,)


_PARTS: dict[type, Callable[[Any], tuple[object, ...]]] = {
    property: _parts_of_property,
    classmethod: _function_in,
    staticmethod: _function_in,
    functools.cached_property: _attribute_func,
    functools.partialmethod: _parts_of_partial,
    functools.singledispatchmethod: _attribute_func,
}


def expand(walk: Walk, node: Node) -> bool:
    """Take apart a descriptor; tell whether the object was one."""
    value: Any = node.value
    kind = type(value)
    base = next((base for base in kind.__mro__ if base in _PARTS), None)
    if base is None:
        return False
    try:
        parts = _PARTS[base](value)
    except AttributeError:  # a derived class has never called its __init__
        return False
    like = base(*parts)
    entries = walk.entries(parts, node.path, "part")
    node.operation = operations.CALL
    if kind is base:
        node.arguments = (walk.entry(base, node.path), entries)
    else:
        given = entries if _is_made_of_its_parts(base) else ()
        node.arguments = (walk.entry(base.__new__, node.path), (walk.entry(kind, node.path), *given))
        if base.__init__ is not object.__init__:  # type: ignore[misc]
            initialise = walk.entry(base.__init__, node.path)  # type: ignore[misc]
            node.fills.append(Fill(operations.APPLY, (initialise, *entries)))
    node.copies = tuple(entry for entry in entries[:1] if isinstance(entry, Node))
    if base is functools.singledispatchmethod:
        _register(walk, node, value)
    own, slots = state_of(value)
    usual, _ = state_of(like)
    self_made = {name: own[name] for name in _SELF_MADE if name in own}
    if base is functools.partialmethod and not value.keywords:
        self_made["keywords"] = value.keywords
    wrappers.add_differences(walk, node, usual, own, self_made, operations.FILL_DICT)
    wrappers.add_differences(walk, node, {}, slots, {})
    if base is property:
        _name_property(walk, node, like)
    return True


def _is_made_of_its_parts(base: type) -> bool:
    """Tell whether the ``__new__`` of a descriptor takes the function; in some versions it must get it."""
    return base in (classmethod, staticmethod) or (
        base is functools.partialmethod and base.__new__ is not object.__new__
    )


def state_of(value: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the attributes in an object's ``__dict__``, and those in its slots."""
    state: Any = object.__getstate__(value)
    own, slots = state if isinstance(state, tuple) else (state, None)
    return own or {}, slots or {}


def _register(walk: Walk, node: Node, value: Any) -> None:
    wrapper = wrappers.recognise(value.dispatcher)
    if wrapper is not None:
        wrappers.note_parts(walk, value.dispatcher)
        walk.parts[id(value.dispatcher)] = value, "dispatcher"
        wrappers.register(walk, node, wrapper.registry)


def _name_property(walk: Walk, node: Node, like: property) -> None:
    """Tell a property the name it was given in its class, which its error messages have."""
    value: Any = node.value
    if type(value) is property and like.__doc__ != value.__doc__:
        entry = walk.entry(value.__doc__, node.path.then("attribute", "__doc__"))
        node.fills.append(Fill(operations.SET_ATTRIBUTES, ({"__doc__": entry},)))
    # Before 3.13 no attribute has the name. It is the last thing that a property refers to, if it has one.
    name = (gc.get_referents(value) or [None])[-1]
    if isinstance(name, str) and name is not value.__doc__:
        entry = walk.entry(property.__set_name__, node.path)  # type: ignore[attr-defined]
        node.fills.append(Fill(operations.APPLY, (entry, None, name)))

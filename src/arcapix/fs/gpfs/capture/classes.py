"""Takes apart classes: a skeleton, then the attributes in order, then what the library adds.

What a dataclass, an enum, a named tuple or an abstract base class gets from the library is not captured but
made anew on the node, by the library there.
"""

from __future__ import annotations

import abc
import collections.abc
import numbers
import types
import typing
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..driver import operations
from . import dataclass, enumeration, generated, hints, namedtuple
from .annotations import HELD_AS, annotations_of
from .nodes import Entry, Fill, Node, Path
from .raw_state import is_compiled, virtual_subclasses

if TYPE_CHECKING:
    from .walk import Walk

_HEAP_TYPE = 1 << 9

_OF_THE_INTERPRETER = frozenset(
    {
        "__dict__",
        "__weakref__",
        "__module__",
        "__qualname__",
        "__abstractmethods__",
        "_abc_impl",
        "__slots__",
        "__slotnames__",
        "__firstlineno__",
        "__static_attributes__",
        "__classdictcell__",
        *HELD_AS,
    }
)
_OF_GENERICS = ("__orig_bases__", "__type_params__", "__parameters__")
_OF_THE_BEGINNING = ("__class__", "__name__", "__bases__", "__mro__")
"""Attributes that a class must have from the beginning: set later, they would change the class itself."""


def expand(walk: Walk, node: Node, cls: type) -> None:
    """Take apart a class, or name it if it travels by name."""
    found = walk.references.find(cls)
    if found is not None:
        walk.by_name(node, *found)
        return
    held: Mapping[str, Any] = dict(vars(cls))
    node.kept = held
    if not cls.__flags__ & _HEAP_TYPE or _is_compiled(cls, held):
        raise walk.refuse_named(
            node.path, f"class {cls.__qualname__}", "its code is compiled; install its module on the nodes"
        )
    names: dict[str, Entry] = {}
    if cls.__qualname__ != cls.__name__:
        names["__qualname__"] = cls.__qualname__
    if "__slots__" in held:
        names["__slots__"] = walk.entry(_slots(held), node.path.then("attribute", "__slots__"))
    parts = generated.Parts()
    if namedtuple.is_one(cls):
        parts = namedtuple.expand(walk, node, cls, names)
    elif enumeration.is_one(cls):
        parts.made = enumeration.expand(walk, node, cls, names, _OF_THE_INTERPRETER)
    else:
        parts.made = _expand_plain(walk, node, cls, held, names)
    is_dataclass = dataclass.is_one(cls) and not dataclass.is_twin(walk, cls)
    if is_dataclass:
        made = dataclass.expand(walk, node, cls)
        parts = generated.Parts(parts.made | made.made, made.later, made.module, parts.fills + made.fills)
    # What a new class has from the beginning comes first, wherever it was defined.
    ordered = {name: held[name] for name in [*({"__doc__"} & held.keys()), *held]}
    attributes = _attributes(walk, node, ordered, parts.made | _OF_THE_INTERPRETER | {*_descriptors(held)})
    later = {name: attributes.pop(name) for name in list(attributes) if name in parts.later}
    if is_dataclass and held.get("__doc__", "") is None:
        # Otherwise the library would write one, and ask the defaults for it, which may be incomplete.
        attributes, later["__doc__"] = {"__doc__": "-", **attributes}, None
    if attributes:
        node.fills.append(Fill(operations.SET_ATTRIBUTES, (attributes,)))
    if parts.module:
        node.arguments = (node.arguments[0], parts.module, *node.arguments[2:])
        later["__module__"] = walk.entry(cls.__module__, node.path.then("attribute", "__module__"))
    for base in _library_bases(walk, cls):
        register = walk.anonymous(operations.REFERENCE, (base[0], f"{base[1]}.register"), node.path)
        node.fills.append(Fill(operations.APPLY, (register,)))
    if "_abc_impl" in held:
        abstract = held.get("__abstractmethods__", ())
        named = [entry for name, entry in attributes.items() if name in abstract]
        marked = tuple(entry for entry in named if isinstance(entry, Node))
        node.fills.append(Fill(operations.ABSTRACT, _registered(walk, cls, node.path), copies=marked))
    node.fills += parts.fills
    if later:
        node.fills.append(Fill(operations.SET_ATTRIBUTES, (later,)))


def _is_compiled(cls: type, held: Mapping[str, Any]) -> bool:
    """Tell whether a class is written in C: then it holds what only the interpreter makes, and for it."""
    made = held.get("__new__")
    return (type(made) is types.BuiltinFunctionType and made.__self__ is cls) or is_compiled(cls)


def _expand_plain(
    walk: Walk, node: Node, cls: type, held: Mapping[str, Any], names: dict[str, Entry]
) -> set[str]:
    extra = dict(names)
    for name in (*_OF_THE_BEGINNING, *(_OF_GENERICS if typing.Generic in cls.__mro__ else ())):
        if name in held:
            extra[name] = walk.entry(held[name], node.path.then("attribute", name))
    node.operation = operations.CLASS
    node.arguments = (cls.__name__, cls.__module__, bases(walk, node, cls), extra)
    if type(cls) is not type:
        node.arguments += (walk.entry(type(cls), node.path.then("metaclass")),)
    # The hook of Generic has set it anew.
    return {*extra} - {"__parameters__"}


def _descriptors(held: Mapping[str, Any]) -> Iterator[str]:
    """Iterate over the names of the slots that a class has itself."""
    return (name for name, value in held.items() if type(value) is types.MemberDescriptorType)


def bases(walk: Walk, node: Node, cls: type) -> tuple[Entry, ...]:
    """Return what stands for the base classes; a lone ``object`` goes without saying."""
    if cls.__bases__ == (object,):
        return ()
    return tuple(walk.entry(base, node.path.then("base class", base.__name__)) for base in cls.__bases__)


def _slots(held: Mapping[str, Any]) -> object:
    given = held["__slots__"]
    if isinstance(given, str | dict) or (
        isinstance(given, tuple | list) and all(type(name) is str for name in given)
    ):
        return given
    return tuple(_descriptors(held))


def _attributes(
    walk: Walk, node: Node, held: Mapping[str, Any], skipped: set[str] | frozenset[str]
) -> dict[str, Entry]:
    attributes: dict[str, Entry] = {}
    for name, value in held.items():
        if name in HELD_AS and (annotations := annotations_of(node.value)):
            kept = hints.put_off(walk, node.path, node.value, annotations, _kind_of_owner(held))
            attributes.setdefault("__annotations__", kept)
        elif name not in skipped and not (name == "__doc__" and value is None):
            attributes[name] = walk.entry(value, node.path.then("attribute", name))
    return attributes


def _kind_of_owner(held: Mapping[str, Any]) -> hints.Kind:
    """Tell whether the annotations of a class describe fields, or keys."""
    has_fields = not held.keys().isdisjoint({"__dataclass_fields__", "_fields", "__required_keys__"})
    return "class with fields" if has_fields else "class"


def _library_bases(walk: Walk, cls: type) -> Iterator[tuple[str, str]]:
    """Yield the names of the library's abstract base classes that a class was registered with."""
    for module in (collections.abc, numbers):
        for name in sorted(vars(module)):
            base = vars(module)[name]
            if isinstance(base, abc.ABCMeta) and any(known is cls for known in virtual_subclasses(base)):
                found = walk.references.find(base)
                if found is not None:
                    yield found


def _registered(walk: Walk, cls: type, path: Path) -> tuple[Entry, ...]:
    """Return the classes that were registered as virtual subclasses."""
    return tuple(
        walk.entry(known, path.then("virtual subclass", known.__name__)) for known in virtual_subclasses(cls)
    )

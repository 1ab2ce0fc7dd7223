"""Takes apart what makes a class a dataclass: its options and fields; the methods are made anew.

Which methods the library has made is found by having it make those of a class with the same fields: a method
whose code is the same is left to the library. All others are the user's, also those around one of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar

from ..driver import operations
from .annotations import annotations_of, is_unknown
from .generated import Parts, is_likely, is_same
from .nodes import Entry, Fill, Node
from .raw_state import behind

if TYPE_CHECKING:
    from .walk import Walk

_OPTIONS = {
    "init": True, "repr": True, "eq": True, "order": False, "unsafe_hash": False, "frozen": False,
    "match_args": True, "kw_only": False, "slots": False, "weakref_slot": False,
}  # fmt: skip
_FIELD_OPTIONS = {"init": True, "repr": True, "hash": None, "compare": True, "kw_only": False}
_METHODS = frozenset(
    {
        "__init__", "__repr__", "__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__setattr__",
        "__delattr__", "__replace__", "__match_args__",
    }
)  # fmt: skip
"""What the library makes of a class that has none of its own."""

_KINDS: Mapping[object, bool | None] = {
    dataclasses._FIELD: False,  # type: ignore[attr-defined]
    dataclasses._FIELD_INITVAR: True,  # type: ignore[attr-defined]
    dataclasses._FIELD_CLASSVAR: None,  # type: ignore[attr-defined]
}
_MADE_WHEN_READ = getattr(dataclasses, "_auto_docstring", object())
"""What a dataclass has for a docstring until somebody reads it, from Python 3.15 on."""
_STAND_INS = {False: object, True: dataclasses.InitVar[object], None: ClassVar[object]}


def is_one(cls: type) -> bool:
    """Tell whether the class itself, and not just a base of it, is a dataclass."""
    return type(vars(cls).get("__dataclass_params__")) is dataclasses._DataclassParams  # type: ignore[attr-defined]


def is_part(value: object) -> bool:
    """Tell whether an object may belong to a dataclass, to be met before it: a field, or all of them."""
    if type(value) is dict:
        value = next(iter(value.values()), None)
    return type(value) is dataclasses.Field


def is_twin(walk: Walk, cls: type) -> bool:
    """Tell whether another class that was met before has the same fields.

    For slots the library makes a class anew. Methods that use ``super`` or ``__class__`` keep the first one.
    """
    owner, _ = walk.parts.get(id(vars(cls)["__dataclass_fields__"]), (cls, ""))
    return owner is not cls


def expand(walk: Walk, node: Node, cls: Any) -> Parts:
    """Take apart what the library has made of a class."""
    held = vars(cls)
    options = _options(held)
    parts = Parts({"__dataclass_params__", "__dataclass_fields__"})
    fields = []
    for name in {**annotations_of(cls), **cls.__dataclass_fields__}:
        one = cls.__dataclass_fields__.get(name)
        if one is None or _is_inherited(cls, name, one):
            continue
        fields.append((name, _KINDS[one._field_type], _field_options(walk, node, one)))
    after = _after(held)
    body = [name for name in held if name not in after]
    like = _like(cls, options, body)
    if "slots" in options and not is_same(held.get("__init__"), like.get("__init__")):
        # Python 3.11 does not remember whether the slots are the user's own.
        own = {name: value for name, value in options.items() if name != "slots"}
        like_own = _like(cls, own, body)
        if is_same(held.get("__init__"), like_own.get("__init__")):
            options, like = own, like_own
    walk.generated.append((node, like))
    parts.made |= {name for name in after if name in like and is_same(held[name], like[name])}
    if held["__doc__"] is _MADE_WHEN_READ:
        parts.made.add("__doc__")
    _note_parts(walk, cls, parts.made, [name for name, _, _ in fields])
    parts.later = {*after} - parts.made
    parts.module = next((module for name in parts.made if (module := _born_in(held.get(name), cls))), "")
    parts.fills.append(Fill(operations.DATACLASS, (options, tuple(fields))))
    removed = tuple(sorted(like.keys() - held.keys()))
    if removed:
        parts.fills.append(Fill(operations.REMOVE, removed))
    return parts


def _note_parts(walk: Walk, cls: Any, made: set[str], own: list[str]) -> None:
    """Note which objects only the class can give again, unless they were taken apart before."""
    held = vars(cls)
    for name in ("__dataclass_fields__", "__dataclass_params__", "__match_args__"):
        known = walk.known(held.get(name))
        if name in made and (known is None or not known.operation):
            walk.parts[id(held[name])] = cls, name
    for name in own if id(held["__dataclass_fields__"]) in walk.parts else ():
        walk.parts[id(held["__dataclass_fields__"][name])] = held["__dataclass_fields__"], name


def _born_in(method: object, cls: Any) -> str:
    """Return the module in which the library has made a method, if the class names another one by now."""
    if type(method) is not FunctionType or not is_likely(method):
        return ""
    module = method.__globals__.get("__name__")
    return module if isinstance(module, str) and module != cls.__module__ else ""


def _after(held: Mapping[str, Any]) -> list[str]:
    """Return what a class got after the library had begun to make it a dataclass."""
    names = list(held)
    return names[names.index("__dataclass_params__") + 1 :]


def _options(held: Mapping[str, Any]) -> dict[str, bool]:
    parameters = held["__dataclass_params__"]
    known = {
        # Python 3.11 remembers less.
        "match_args": "__match_args__" in held,
        "slots": "__slots__" in held,
        **{name: getattr(parameters, name) for name in _OPTIONS if hasattr(parameters, name)},
    }
    return {name: value for name, value in known.items() if value != _OPTIONS[name]}


def _is_inherited(cls: type, name: str, one: object) -> bool:
    return any(getattr(base, "__dataclass_fields__", {}).get(name) is one for base in cls.__mro__[1:])


def _field_options(walk: Walk, node: Node, one: Any) -> dict[str, Entry]:
    options: dict[str, Entry] = {
        name: value
        for name, default in _FIELD_OPTIONS.items()
        if (value := getattr(one, name)) is not default and value is not dataclasses.MISSING
    }
    for name in ("default", "default_factory"):
        if getattr(one, name) is not dataclasses.MISSING:
            options[name] = walk.entry(getattr(one, name), node.path.then("field", one.name))
    if one.metadata is not dataclasses.field().metadata:
        path = node.path.then("metadata of field", one.name)
        options["metadata"] = walk.entry(behind(one.metadata), path)
    kind = annotations_of(node.value).get(one.name)
    if kind is not one.type and is_unknown(one.type):
        walk.naming.as_text[id(one.type)] = str(kind)
    elif kind is not one.type:
        options["type"] = walk.entry(one.type, node.path.then("type of field", one.name))
    return options


def _like(cls: Any, options: Mapping[str, bool], body: list[str]) -> dict[str, object]:
    """Return what the library makes for a class with the same fields, all of its own."""
    namespace: dict[str, Any] = {name: vars(cls)[name] for name in body if name in _METHODS}
    own = {*namespace}
    if hasattr(cls, "__post_init__"):
        namespace["__post_init__"] = None
    kinds = {}
    for name, one in cls.__dataclass_fields__.items():
        given = {
            option: value
            for option in _FIELD_OPTIONS
            if (value := getattr(one, option)) is not dataclasses.MISSING
        }
        if one.default is not dataclasses.MISSING:
            given["default"] = None
        elif one.default_factory is not dataclasses.MISSING:
            given["default_factory"] = list
        kinds[name] = _STAND_INS[_KINDS[one._field_type]]
        namespace[name] = dataclasses.field(**given)
    namespace |= {"__annotations__": kinds, "__doc__": "-"}
    made: Any = dataclasses.dataclass(**options)(type(cls.__name__, (), namespace))
    return {name: value for name, value in vars(made).items() if name in _METHODS - own}

"""Takes apart what makes a class a dataclass: its options and fields; the methods are made anew."""

from __future__ import annotations

import dataclasses
import types
from typing import TYPE_CHECKING, Any

from .nodes import Entry, Node

if TYPE_CHECKING:
    from .walk import Walk

_OPTIONS = {
    "init": True, "repr": True, "eq": True, "order": False, "unsafe_hash": False, "frozen": False,
    "match_args": True, "kw_only": False,
}  # fmt: skip
_FIELD_OPTIONS = {"init": True, "repr": True, "hash": None, "compare": True, "kw_only": False}


def is_one(cls: type) -> bool:
    """Tell whether the class itself, and not just a base of it, is a dataclass."""
    return "__dataclass_params__" in vars(cls)


def expand(walk: Walk, node: Node, cls: Any) -> tuple[set[str], tuple[object, ...]]:
    """Return the attributes that the library makes, and what it makes them from: options and fields."""
    held = vars(cls)
    options = {
        name: value
        for name, default in _OPTIONS.items()
        if (value := getattr(cls.__dataclass_params__, name, default)) != default
    }
    if "__slots__" in held:
        options["slots"] = True
    skipped = {"__dataclass_params__", "__dataclass_fields__"}
    fields = []
    for name, field in cls.__dataclass_fields__.items():
        if _is_inherited(cls, name, field) or field._field_type is dataclasses._FIELD_CLASSVAR:  # type: ignore[attr-defined]
            continue
        if name in held and held[name] is field.default:
            skipped.add(name)
        init_only = field._field_type is dataclasses._FIELD_INITVAR  # type: ignore[attr-defined]
        fields.append((name, init_only, _field_options(walk, node, field)))
    for name, value in held.items():
        if _is_generated(value) or (name == "__hash__" and value is None):
            skipped.add(name)
    if held.get("__match_args__") == _match_args(cls):
        skipped.add("__match_args__")
    return skipped, (options, tuple(fields))


def _is_inherited(cls: type, name: str, field: object) -> bool:
    return any(getattr(base, "__dataclass_fields__", {}).get(name) is field for base in cls.__mro__[1:])


def _field_options(walk: Walk, node: Node, field: Any) -> dict[str, Entry]:
    options: dict[str, Entry] = {
        name: value
        for name, default in _FIELD_OPTIONS.items()
        if (value := getattr(field, name)) is not default
    }
    for name in ("default", "default_factory"):
        if getattr(field, name) is not dataclasses.MISSING:
            options[name] = walk.entry(getattr(field, name), node.path.then("field", field.name))
    if field.metadata:
        kept = dict(field.metadata)
        node.kept = (node.kept, kept)
        options["metadata"] = walk.entry(kept, node.path.then("metadata of field", field.name))
    return options


def _is_generated(value: object) -> bool:
    """Tell whether the library made a method; its file does not tell, as that may be the user's too."""
    function = value
    while isinstance(function, types.FunctionType) and hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    if not isinstance(function, types.FunctionType):
        return False
    made_in = function.__code__.co_qualname
    return made_in.startswith("__create_fn__.<locals>.") or (function.__module__, made_in) == (
        "dataclasses",
        "_replace",
    )


def _match_args(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls) if field.init and not field.kw_only)

"""The operations of `rebuild` that few functions need: classes that are made anew through the library."""

from __future__ import annotations

from . import operations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .rebuild import Program

    Members = tuple[tuple[str, Any, tuple[Any, ...]], ...]
    """For each member of an enum: its name, its value, and what the mixed-in data type is made from."""


def named_tuple(
    program: Program,
    name: str,
    module: str,
    fields: str,
    defaults: tuple[Any, ...] = (),
    extra: dict[str, Any] = {},  # noqa: B006
) -> None:
    """A class made by ``namedtuple``, or by ``typing.NamedTuple``, which does the same."""
    import collections

    make: Any = collections.namedtuple
    made = make(name, fields.split(), rename=True, defaults=program.values(defaults), module=module)
    for attribute, entry in extra.items():
        type.__setattr__(made, attribute, program.value(entry))
    program.objects.append(made)


def enumeration(
    program: Program,
    name: str,
    module: str,
    bases: tuple[Any, ...],
    extra: dict[str, Any],
    metaclass: Any,
    data_type: Any,
    members: Members,
    boundary: str | None = None,
) -> None:
    """An enum, whose members get their values without the user's ``__new__`` or ``__init__``."""
    import enum

    kinds = tuple(program.values(bases))
    new_data = program.value(data_type).__new__
    prepared = [(program.value(value), program.values(data)) for _, value, data in members]

    def new_member(cls: Any, number: int) -> Any:
        value, data = prepared[number]
        member = new_data(cls, *data)
        member._value_ = value
        return member

    namespace: Any = enum.EnumType.__prepare__(name, kinds)
    namespace["__module__"] = module
    namespace["__qualname__"] = name
    namespace.update(program.attributes(extra))
    namespace["__new__"] = new_member
    for number, member in enumerate(members):
        namespace[member[0]] = number
    limits: dict[str, Any] = {} if boundary is None else {"boundary": enum.FlagBoundary[boundary]}
    made: Any = enum.EnumType.__new__(program.value(metaclass), name, kinds, namespace, **limits)
    if "__new_member__" in vars(made):
        type.__delattr__(made, "__new_member__")
    type.__setattr__(made, "_new_member_", new_data)
    type.__setattr__(made, "_use_args_", new_data is not object.__new__)
    if issubclass(
        made, enum.Flag
    ):  # early releases of 3.11 count the bits before the members have their values
        bits = max((int(value).bit_length() for value, _ in prepared), default=0)
        type.__setattr__(made, "_all_bits_", (1 << bits) - 1)
    program.objects.append(made)


def fill_members(program: Program, number: int, members: dict[str, dict[str, Any]]) -> None:
    """Attributes that the members of an enum have besides their values."""
    for name, attributes in members.items():
        program.objects[number]._member_map_[name].__dict__.update(program.attributes(attributes))


def dataclass(
    program: Program,
    number: int,
    parameters: dict[str, Any],
    fields: tuple[tuple[str, bool, dict[str, Any]], ...],
) -> None:
    """What makes a class a dataclass. For each field: name, whether it is an InitVar, options."""
    import dataclasses

    cls = program.objects[number]
    annotations = vars(cls).get("__annotations__")
    kept = {}
    kinds = {}
    for name, init_only, options in fields:
        if name in cls.__dict__:
            kept[name] = cls.__dict__[name]
        kinds[name] = dataclasses.InitVar[object] if init_only else object
        type.__setattr__(cls, name, dataclasses.field(**program.attributes(options)))
    type.__setattr__(cls, "__annotations__", kinds)
    # With slots the library would make the class a second time, but it has its slots already.
    add_slots = dataclasses._add_slots  # type: ignore[attr-defined]
    dataclasses._add_slots = lambda cls, *_: cls  # type: ignore[attr-defined]
    try:
        dataclasses.dataclass(cls, **parameters)
    finally:
        dataclasses._add_slots = add_slots  # type: ignore[attr-defined]
    for name, value in kept.items():
        type.__setattr__(cls, name, value)
    if annotations is None:
        type.__delattr__(cls, "__annotations__")
    else:
        type.__setattr__(cls, "__annotations__", annotations)
    for name, _, _ in fields:
        cls.__dataclass_fields__[name].type = (annotations or {}).get(name, object)


def abstract(program: Program, number: int, *virtual: Any) -> None:
    """What makes a class an abstract base class, and the classes registered with it."""
    import _abc  # type: ignore[import-not-found]

    cls = program.objects[number]
    _abc._abc_init(cls)
    for entry in virtual:
        _abc._abc_register(cls, program.value(entry))


def remove(program: Program, number: int, *names: str) -> None:
    """Attributes that the library gave an enum, because its base class had no methods yet."""
    cls = program.objects[number]
    for name in names:
        if name in vars(cls):
            type.__delattr__(cls, name)


def coroutine(program: Program, number: int) -> None:
    """A generator function that may be awaited."""
    import types

    types.coroutine(program.objects[number])


OPERATIONS: dict[str, Callable[..., None]] = {
    operations.ABSTRACT: abstract,
    operations.ENUM: enumeration,
    operations.DATACLASS: dataclass,
    operations.NAMED_TUPLE: named_tuple,
    operations.FILL_MEMBERS: fill_members,
    operations.REMOVE: remove,
    operations.COROUTINE: coroutine,
}

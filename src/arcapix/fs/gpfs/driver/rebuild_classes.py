"""The operations of `rebuild` that few functions need: classes that are made anew through the library."""

from __future__ import annotations

from . import operations
from .rebuild_objects import unhooked

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
    defaults: tuple[Any, ...] | None = (),
    extra: dict[str, Any] = {},  # noqa: B006
    bases: tuple[Any, ...] = (),
) -> None:
    """A class made by ``namedtuple``, or by ``typing.NamedTuple``, which does the same."""
    made = make_named_tuple(
        name,
        module,
        fields.split(),
        defaults and program.values(defaults),
        program.attributes(extra),
        tuple(program.values(bases)),
    )
    program.objects.append(made)
    program.generated[id(made)] = dict(vars(made))


def make_named_tuple(
    name: str, module: str, fields: Any, defaults: Any, extra: dict[str, Any], bases: tuple[Any, ...]
) -> Any:
    """Return a named tuple that the library has made; with other base classes, ``typing`` makes it."""
    if bases:
        import typing

        typed: Any = typing
        given = dict(zip(reversed(fields), reversed(defaults or ())))
        namespace = {"__module__": module, "__annotations__": dict.fromkeys(fields), **given, **extra}
        return typed.NamedTupleMeta(name, (typed._NamedTuple, *bases), namespace)
    import collections

    make: Any = collections.namedtuple
    made = make(name, fields, rename=True, defaults=defaults, module=module)
    for attribute, value in extra.items():
        type.__setattr__(made, attribute, value)
    return made


def annotate_new(program: Program, number: int) -> None:
    """Annotations of a named tuple, which its ``__new__`` shares with it."""
    cls = program.objects[number]
    program.generated[id(cls)]["__new__"].__func__.__annotations__ = _annotations(cls)


def _annotations(cls: type) -> dict[str, Any] | None:
    """Return the annotations that a class was given; from Python 3.14 on it may keep them elsewhere."""
    held = vars(cls)
    found: dict[str, Any] | None = held.get("__annotations__", held.get("__annotations_cache__"))
    return found


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
    body: tuple[str, ...] = (),
) -> None:
    """An enum, whose members get their values without the user's ``__new__`` or ``__init__``."""
    made = make_enumeration(
        name,
        module,
        tuple(program.values(bases)),
        program.attributes(extra),
        program.value(metaclass),
        program.value(data_type),
        [(member, program.value(value), program.values(data)) for member, value, data in members],
        boundary,
        body,
    )
    program.objects.append(made)


def make_enumeration(
    name: str,
    module: str,
    bases: tuple[Any, ...],
    extra: dict[str, Any],
    metaclass: Any,
    data_type: Any,
    members: list[tuple[str, Any, Any]],
    boundary: str | None,
    body: tuple[str, ...],
) -> Any:
    """Return an enum that the library has made.

    Args:
        name: Its name.
        module: The module that it belongs to.
        bases: Its base classes.
        extra: Attributes that it must have from the beginning.
        metaclass: Its class.
        data_type: What makes the members themselves: ``object``, or the type that is mixed in.
        members: Name, value, and what the data type makes each from.
        boundary: For a flag, what becomes of unknown bits.
        body: Attributes that its body defines, in order; their values are set later.
    """
    import enum

    namespace: Any = enum.EnumType.__prepare__(name, bases)
    namespace["__module__"] = module
    namespace["__qualname__"] = name
    for key in body:
        dict.setdefault(namespace, key, None)  # not as a member
    namespace.update(extra)
    waiting = iter(members)

    def new_member(cls: Any, *_given: Any) -> Any:
        _, value, data = next(waiting)
        member = data_type.__new__(cls, *data)
        if data_type.__init__ is not object.__init__:
            data_type.__init__(member, *data)
        member._value_ = value
        return member

    # Methods of the user's base classes must not see half a member.
    stand_ins = {
        "__new__": new_member,
        "__init__": lambda *_: None,
        "__setattr__": object.__setattr__,
        "__getattribute__": object.__getattribute__,
    }
    namespace.update(stand_ins)
    for key, _, _ in members:
        namespace[key] = 0
    limits: dict[str, Any] = {} if boundary is None else {"boundary": enum.FlagBoundary[boundary]}
    made: Any = unhooked(bases, lambda: enum.EnumType.__new__(metaclass, name, bases, namespace, **limits))
    for stand_in in stand_ins.keys() - {*body, "__new__"}:
        type.__delattr__(made, stand_in)
    if "__new__" not in body:
        # The library adds it last, except the choice among the ways to iterate.
        if "__new_member__" in vars(made):
            type.__delattr__(made, "__new_member__")
        for key in ("__new__", "_iter_member_"):
            if key in vars(made):
                held = vars(made)[key]
                type.__delattr__(made, key)
                type.__setattr__(made, key, held)
    usual = getattr(bases[-1], "__new_member__", data_type.__new__)
    type.__setattr__(made, "_new_member_", usual)
    type.__setattr__(made, "_use_args_", usual is not object.__new__)
    if issubclass(
        made, enum.Flag
    ):  # early releases of 3.11 count the bits before the members have their values
        bits = max((value.bit_length() for _, value, _ in members if isinstance(value, int)), default=0)
        type.__setattr__(made, "_all_bits_", (1 << bits) - 1)
    return made


def member(program: Program, cls: Any, name: str) -> None:
    """A member of an enum, by its name; whatever else the class has under that name."""
    program.objects.append(vars(program.value(cls))["_member_map_"][name])


def fill_members(
    program: Program,
    number: int,
    members: dict[str, dict[str, Any]],
    orders: dict[str, tuple[str, ...]] = {},  # noqa: B006
    slots: dict[str, dict[str, Any]] = {},  # noqa: B006
) -> None:
    """Attributes that members of an enum have besides their values, the order of all of them, and slots."""
    for name, attributes in members.items():
        held = program.objects[number]._member_map_[name].__dict__
        held.update(program.attributes(attributes))
        if name in orders:
            ordered = {key: held[key] for key in orders[name]}
            held.clear()
            held.update(ordered)
    for name, attributes in slots.items():
        for slot, entry in attributes.items():
            object.__setattr__(program.objects[number]._member_map_[name], slot, program.value(entry))


def dataclass(
    program: Program,
    number: int,
    parameters: dict[str, Any],
    fields: tuple[tuple[str, bool | None, dict[str, Any]], ...],
) -> None:
    """What makes a class a dataclass. For each field: name, whether it is an InitVar, options.

    None instead of True or False stands for a ClassVar. The library sees no types: it would look for the
    module of a type that is given as a text.
    """
    import dataclasses

    cls = program.objects[number]
    annotations = _annotations(cls)
    kept = {}
    kinds: dict[str, Any] = {}
    real = {}
    for name, init_only, options in fields:
        if name in cls.__dict__:
            kept[name] = cls.__dict__[name]
        kinds[name] = dataclasses.InitVar[object] if init_only else object
        if init_only is None:
            import typing

            kinds[name] = typing.ClassVar[object]
        given = program.attributes(options)
        real[name] = given.pop("type", (annotations or {}).get(name, object))
        type.__setattr__(cls, name, dataclasses.field(**given))
    type.__setattr__(cls, "__annotations__", kinds)
    own_init = vars(cls).get("__init__")
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
    for name, kind in real.items():
        cls.__dataclass_fields__[name].type = kind
    init = vars(cls).get("__init__")
    if init is not own_init:
        for name in init.__annotations__.keys() & cls.__dataclass_fields__.keys():
            init.__annotations__[name] = cls.__dataclass_fields__[name].type
    program.generated[id(cls)] = dict(vars(cls))


def generated(program: Program, cls: Any, name: str) -> None:
    """A method that the library has made for a class, whatever the class has under its name by now."""
    made = program.generated[id(program.value(cls))][name]
    program.objects.append(getattr(made, "__func__", made))


def abstract(program: Program, number: int, *virtual: Any) -> None:
    """What makes a class an abstract base class, and the classes registered with it."""
    import _abc  # type: ignore[import-not-found]

    cls = program.objects[number]
    _abc._abc_init(cls)
    for entry in virtual:
        _abc._abc_register(cls, program.value(entry))


def remove(program: Program, number: int, *names: str) -> None:
    """Attributes that the library has made for a class and that the original lacks."""
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
    operations.MEMBER: member,
    operations.GENERATED: generated,
    operations.ANNOTATE_NEW: annotate_new,
    operations.REMOVE: remove,
    operations.COROUTINE: coroutine,
}

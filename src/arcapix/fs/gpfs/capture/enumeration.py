"""Takes apart enums; the members are made anew from their values, without the user's ``__new__``.

What the library gives an enum is found by asking it: an enum with the same members, but without anything of
the user's, is made as the driver makes it. What both have in common need not travel.
"""

from __future__ import annotations

import enum
import types
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, cast

from ..driver import operations
from ..driver.rebuild_classes import make_enumeration
from .annotations import HELD_AS
from .compare import atom_key
from .nodes import ATOMS, Entry, Fill, Node, Path
from .raw_state import slots_of
from .wrappers import is_same

if TYPE_CHECKING:
    from .walk import Walk

_CONTAINERS: dict[type, Callable[[Any], object]] = {
    frozenset: lambda member: frozenset(frozenset.__iter__(member)),
    set: lambda member: set(set.__iter__(member)),
    list: lambda member: list(list.__iter__(member)),
    dict: lambda member: dict(dict.items(member)),
}
"""How to get what a member holds that is a container, without asking the user's class."""

_BEFORE_THE_BODY = frozenset({"_generate_next_value_"})


def is_one(cls: type) -> bool:
    """Tell whether a class is an enum, with members or without."""
    return issubclass(type(cls), enum.EnumMeta)


def owner_of(members: dict[object, object]) -> type | None:
    """Return the enum that finds its members by name in a dict, which its ``__members__`` shows."""
    cls = type(next(iter(members.values()), None))
    return cls if issubclass(cls, enum.Enum) and vars(cls).get("_member_map_") is members else None


def expand(walk: Walk, node: Node, cls: Any, names: dict[str, Entry], never: frozenset[str]) -> set[str]:
    """Take apart an enum; return the attributes that the library makes.

    Args:
        walk: The walk.
        node: The enum's node.
        cls: The enum.
        names: Attributes that it must have from the beginning.
        never: Attributes that no class is given.
    """
    held = vars(cls)
    maker = _maker(cls)
    boundary = held["_boundary_"].name if issubclass(cls, enum.Flag) else None
    body = _body(held, never)
    named = {
        name: (_own(member)["_value_"], _parts(walk, node.path.then("member", name), maker, member))
        for name, member in held["_member_map_"].items()
        if _is_usual(cls, member)
    }
    like = _like(walk, cls, maker, boundary, body, [(name, *known) for name, known in named.items()])
    twins = _twins(walk, node.path, cls, like)
    values: list[Node] = []
    members = []
    for name, (value, parts) in named.items():
        path = node.path.then("member", name)
        entry = walk.entry(value, path)
        values += [entry] if isinstance(entry, Node) else []
        members.append((name, entry, walk.entries(parts, path)))
    node.operation = operations.ENUM
    node.arguments = (
        cls.__name__,
        cls.__module__,
        tuple(walk.entry(base, node.path) for base in cls.__bases__),
        names,
        walk.entry(type(cls), node.path),
        walk.entry(maker, node.path),
        tuple(members),
        *((boundary, body) if body else (boundary,) if boundary else ()),
    )
    node.needs = tuple(values)
    _fill_members(walk, node, cls, like, twins)
    removed = sorted(vars(like).keys() - held.keys() - never)
    if removed:
        node.fills.append(Fill(operations.REMOVE, tuple(removed)))
    return {name for name, value in vars(like).items() if name in held and _same(held[name], value, twins)}


def expand_member(walk: Walk, node: Node, member: enum.Enum) -> None:
    """Take apart a member: by its name, or whole if the enum does not have it under a name."""
    cls = type(member)
    name = _own(member).get("_name_")
    found = walk.references.find(cls)
    is_usual = _is_usual(cls, member) or found is not None
    if is_usual and isinstance(name, str) and vars(cls)["_member_map_"].get(name) is member:
        if found is not None:
            walk.by_name(node, found[0], f"{found[1]}.{name}")
            return
        node.operation, node.arguments = operations.MEMBER, (walk.entry(cls, node.path), name)
    elif found is not None:
        value = walk.entry(member.value, node.path)
        node.operation, node.arguments = operations.CALL, (walk.entry(cls, node.path), (value,))
        node.needs = (value,) if isinstance(value, Node) else ()
        return
    else:
        maker = _maker(cls)
        parts = walk.entries(_parts(walk, node.path, maker, member), node.path, "part")
        node.operation = operations.CALL
        node.arguments = (walk.entry(maker.__new__, node.path), (walk.entry(cls, node.path), *parts))
        own = walk.named(_own(member).items(), node.path, "attribute")
        slots = walk.named(_slots(member).items(), node.path, "attribute")
        node.fills += [Fill(operations.FILL_DICT, (own,)), Fill(operations.SET_ATTRIBUTES, (slots,))]


def _own(member: Any) -> dict[str, object]:
    """Return a member's own attributes, without asking the user's class."""
    return cast("dict[str, object]", object.__getattribute__(member, "__dict__"))


def _is_usual(cls: type, member: object) -> bool:
    """Tell whether the library may have made a member, so that it can be left to the library again."""
    return type(member) is cls and "_value_" in _own(member)


def _maker(cls: type) -> Any:
    """Return what makes the members of an enum: ``object``, or the compiled type that is mixed in."""
    return next(base for base in cls.__mro__ if _is_maker(base))


def _is_maker(cls: type) -> bool:
    own = vars(cls).get("__new__")
    return type(own) is types.BuiltinFunctionType and own.__self__ is cls


def _slots(member: enum.Enum) -> dict[str, object]:
    """Return what a member holds in slots of the classes that are mixed in."""
    return dict(slots_of(member, [base for base in type(member).__mro__ if not _is_maker(base)]))


def _parts(walk: Walk, path: Path, maker: Any, member: Any) -> tuple[object, ...]:
    """Return what the data type makes a member from."""
    if maker is object:
        return ()
    if maker in _CONTAINERS:
        return (_CONTAINERS[maker](member),)
    if hasattr(maker, "__getnewargs__"):
        return tuple(maker.__getnewargs__(member))
    reduced = maker.__reduce_ex__(member, 4) if "__reduce_ex__" in vars(maker) else maker.__reduce__(member)
    if not isinstance(reduced, tuple) or reduced[0] is not type(member):
        raise walk.refuse(path, member, "make it inside the function")
    return cast("tuple[object, ...]", reduced[1])


def _body(held: Mapping[str, Any], never: frozenset[str]) -> tuple[str, ...]:
    """Return the names that the body of an enum defines: those that the library has found there."""
    names = list(held)
    end = names.index("_new_member_") if "_new_member_" in held else 0
    left_out = (never | _BEFORE_THE_BODY) - {*HELD_AS}
    return tuple(name for name in names[:end] if name not in left_out)


def _like(
    walk: Walk,
    cls: Any,
    maker: Any,
    boundary: str | None,
    body: tuple[str, ...],
    members: list[tuple[str, Any, tuple[object, ...]]],
) -> Any:
    """Return an enum with the same members, made by the library from nothing of the user's."""
    shared = [_shared(walk, base) for base in cls.__bases__]
    bases = [
        base
        for number, base in enumerate(shared)
        if base not in shared[:number]
        and not any(other is not base and issubclass(other, base) for other in shared)
    ]
    if bases == [enum.ReprEnum]:
        bases = [enum.Enum]  # what it wants to be mixed with is the user's
    metaclass = _shared(walk, type(cls))
    return make_enumeration(
        cls.__name__, cls.__module__, tuple(bases), {}, metaclass, maker, members, boundary, body
    )


def _shared(walk: Walk, cls: type) -> Any:
    """Return the nearest class above one, or itself, that travels by name."""
    return next(base for base in cls.__mro__ if walk.references.find(base) is not None)


def _twins(walk: Walk, path: Path, cls: Any, like: Any) -> dict[int, object]:
    """Return what stands in the library's enum for the user's enum and its members, by their addresses."""
    twins: dict[int, object] = {id(cls): like}
    taken: dict[int, object] = {}
    for name, made in vars(like)["_member_map_"].items():
        member = vars(cls)["_member_map_"][name]
        twins.setdefault(id(member), made)
        if taken.setdefault(id(made), member) is not member:
            raise walk.refuse(path.then("member", name), member, "give it a value that no other member has")
    return twins


def _same(value: object, made: object, twins: Mapping[int, object]) -> bool:
    """Tell whether the library has made the same for its own enum."""
    if id(value) in twins:
        return twins[id(value)] is made
    if value is made:
        return True
    if type(value) is not type(made):
        return False
    if type(value) is staticmethod:
        return value.__func__ is cast("Any", made).__func__
    if type(value) in (types.MethodType, types.MethodWrapperType):
        return value == made
    if type(value) is dict:
        pairs = cast("dict[object, object]", made)
        return _all_same(value.keys(), pairs.keys(), twins) and _all_same(
            value.values(), pairs.values(), twins
        )
    if type(value) is list:
        # What is in a list is a name, or a value that the user has made: an equal one is not the same.
        items = cast("list[object]", made)
        return len(value) == len(items) and all(map(is_same, value, items))
    if type(value) is enum.property:
        return _same(vars(value), vars(made), twins)
    return type(value) in ATOMS and atom_key(value) == atom_key(made)


def _all_same(values: Collection[object], made: Collection[object], twins: Mapping[int, object]) -> bool:
    return len(values) == len(made) and all(_same(*pair, twins) for pair in zip(values, made))


def _fill_members(walk: Walk, node: Node, cls: Any, like: Any, twins: Mapping[int, object]) -> None:
    """Give the members what they have besides what the library gives them."""
    further: dict[str, dict[str, Entry]] = {}
    orders: dict[str, tuple[str, ...]] = {}
    slots: dict[str, dict[str, Entry]] = {}
    for name, made in vars(like)["_member_map_"].items():
        member = vars(cls)["_member_map_"][name]
        given, held = _own(made), _own(member)
        if held.get("_name_") != name:
            continue
        own = [
            (key, item)
            for key, item in held.items()
            if key not in given or not _same(item, given[key], twins)
        ]
        order = tuple(held)
        if tuple({**given, **held}) != order:
            orders[name] = order
        if own or name in orders:
            further[name] = walk.named(own, node.path.then("member", name), "attribute")
        held_in_slots = _slots(member).items()
        if held_in_slots:
            slots[name] = walk.named(held_in_slots, node.path.then("member", name), "attribute")
    if further or slots:
        rest = (orders, slots) if slots else (orders,) if orders else ()
        node.fills.append(Fill(operations.FILL_MEMBERS, (further, *rest)))

"""Takes apart tuples, lists, dicts, sets and closure cells; finds those that marshal can carry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import CellType
from typing import TYPE_CHECKING, cast

from ..driver import operations
from . import enumeration, modules
from .compare import atom_key
from .nodes import ATOMS, MARKS, Entry, Fill, Node, nodes_in, shown

if TYPE_CHECKING:
    from .walk import Walk

_DEEPEST_PLAIN = 100


def expand(walk: Walk, node: Node) -> bool:
    """Take apart a container; tell whether the object was one. Subclasses are instances, not containers."""
    handler = _HANDLERS.get(type(node.value))
    if handler is None:
        return False
    handler(walk, node)
    return True


def _tuple(walk: Walk, node: Node) -> None:
    node.operation = operations.TUPLE
    node.arguments = node.items = walk.entries(cast("tuple[object, ...]", node.value), node.path)


def _list(walk: Walk, node: Node) -> None:
    node.operation = operations.LIST
    node.items = walk.entries(cast("list[object]", node.value), node.path)
    node.fills.append(Fill(operations.EXTEND, node.items, with_making=True))


def _dict(walk: Walk, node: Node) -> None:
    value = cast("dict[object, object]", node.value)
    owner = walk.owners.get(id(value))
    enum = enumeration.owner_of(value)
    if owner is not None:
        _take(walk, node, object.__getattribute__, owner.value, "__dict__")
        return
    if enum is not None:
        _take(walk, node, type.__getattribute__, enum, "_member_map_")
        return
    module = modules.whose_names(value)
    if module is not None and not walk.references.shares(module):
        node.operation = operations.CALL
        node.arguments = (
            walk.entry(getattr, node.path),
            (modules.bound(walk, module, node.path), "__dict__"),
        )
        walk.take_named(walk.space(vars(module)), node.path)
        return
    items, keys = pairs(walk, node, value.items())
    node.operation, node.items = operations.DICT, items
    node.fills.append(Fill(operations.UPDATE, node.items, with_making=True, needs=keys))


def _take(walk: Walk, node: Node, getter: object, owner: object, name: str) -> None:
    """Have a dict given by the object that keeps it under a name."""
    node.operation = operations.CALL
    node.arguments = (walk.entry(getter, node.path), (walk.entry(owner, node.path), name))


def pairs(
    walk: Walk, node: Node, held: Iterable[tuple[object, object]]
) -> tuple[tuple[Entry, ...], tuple[Node, ...]]:
    """Return what stands for keys and values, in turn; and the nodes of those keys that need one."""
    items: list[Entry] = []
    for key, value in held:
        known = walk.entry(key, node.path.then("key"))
        plain = type(value) in ATOMS and value == value and type(value) not in MARKS
        items += [known, value if plain else walk.entry(value, node.path.then("item", _shown(key)))]
    return tuple(items), hashed(walk, items[::2])


def _shown(key: object) -> object:
    return key if type(key) in ATOMS else shown(key)[:40]


def _set(walk: Walk, node: Node) -> None:
    items = _members(walk, node)
    node.operation = operations.SET
    node.fills.append(Fill(operations.ADD, items, with_making=True, needs=hashed(walk, items)))


def _frozenset(walk: Walk, node: Node) -> None:
    node.operation = operations.FROZENSET
    node.arguments = _members(walk, node)
    node.needs = hashed(walk, node.arguments)


def hashed(walk: Walk, keys: Iterable[Entry]) -> tuple[Node, ...]:
    """Return what must be complete before keys are hashed: the keys, unless they are hashed by identity.

    Then it is their class, which must say so.
    """
    needs = []
    for key in keys:
        if isinstance(key, Node):
            cls = type(key.value)
            if cls.__hash__ is not object.__hash__:
                needs.append(key)
            elif walk.references.find(cls) is None:
                needs.append(cast("Node", walk.entry(cls, key.path)))
    return tuple(needs)


def _members(walk: Walk, node: Node) -> tuple[Entry, ...]:
    members = cast("set[object]", node.value)
    return tuple(walk.entry(item, node.path.then("item")) for item in in_order(walk, members))


def in_order(walk: Walk, members: Iterable[object]) -> list[object]:
    """Return the members of a set in an order that is the same in every process."""
    held = list(members)
    atoms = [member for member in held if type(member) in ATOMS]
    others = [member for member in held if type(member) not in ATOMS]
    colours = walk.colours(others) if len(others) > 1 else [""]
    ordered = sorted(zip(colours, others), key=lambda pair: pair[0])
    return [*sorted(atoms, key=atom_key), *(member for _, member in ordered)]


def _cell(walk: Walk, node: Node) -> None:
    node.operation = operations.CELL
    try:
        content = cast("CellType", node.value).cell_contents
    except ValueError:
        return
    if isinstance(content, CellType):
        raise walk.refuse(node.path, content, "hold its content instead")
    node.fills.append(
        Fill(operations.FILL_CELL, (modules.bound(walk, content, node.path),), with_making=True)
    )


def _not_a_number(walk: Walk, node: Node) -> None:
    found = walk.references.find_instance(node.value)
    if found is not None:
        walk.by_name(node, *found)
    else:
        node.operation, node.arguments = operations.CONSTANT, (node.value,)


_NUMBERS = (float, complex)
_HANDLERS: dict[type, Callable[[Walk, Node], None]] = {
    tuple: _tuple,
    list: _list,
    dict: _dict,
    set: _set,
    frozenset: _frozenset,
    CellType: _cell,
    float: _not_a_number,
    complex: _not_a_number,
}


def mark_plain(nodes: list[Node]) -> None:
    """Find the containers that hold only what marshal can carry, and so need no steps of their own.

    One that is referred to only once becomes part of the object that refers to it.
    """
    depths: dict[int, int] = {}
    # A NaN that is referred to once needs no step: nothing can be the same object.
    for node in nodes:
        if type(node.value) in _NUMBERS and node.operation == operations.CONSTANT:
            depths[id(node)] = 0
            node.is_plain, node.is_inline = True, node.references == 1
            node.plain = node.value
    # An object referred to once was met after the one that refers to it, so this order puts inner ones first.
    for node in reversed(nodes):
        if node.items is None:
            continue
        depth = 0
        for item in node.items:
            if type(item) in ATOMS or type(item) is tuple:
                continue
            if not isinstance(item, Node) or not item.is_inline:
                break
            depth = max(depth, depths[id(item)])
        else:
            if depth < _DEEPEST_PLAIN:
                depths[id(node)] = depth + 1
                node.is_plain, node.is_inline = True, node.references == 1
                node.plain = _plain(node)


def _plain(node: Node) -> object:
    assert node.items is not None
    items = [item.plain if isinstance(item, Node) else item for item in node.items]
    if node.operation == operations.TUPLE:
        return tuple(items)
    return items if node.operation == operations.LIST else dict(zip(items[::2], items[1::2]))


def refuse_own_keys(walk: Walk) -> None:
    """Refuse an object that is a key in its own state: it cannot be hashed before it is complete.

    Raises:
        CaptureError: There is one.
    """
    for node in walk.nodes:
        keys = [
            key
            for fill in node.fills
            if fill.operation in (operations.UPDATE, operations.ADD, operations.APPLY_EACH)
            for key in fill.needs
        ] + (list(node.needs) if node.operation == operations.FROZENSET else [])
        for key in keys:
            if key.operation in _DATA and _leads_to(key, node):
                raise walk.refuse(
                    key.path, key.value, "make it inside the function, it is a key inside itself"
                )


_DATA = frozenset("TLDSZORX")


def _leads_to(start: Node, wanted: Node) -> bool:
    """Tell whether a node can be reached through data only, as when an object is hashed."""
    stack, seen = [start], set()
    while stack:
        node = stack.pop()
        if node is wanted:
            return True
        if id(node) not in seen and node.operation in _DATA:
            seen.add(id(node))
            stack.extend(nodes_in(node.arguments))
            for fill in node.fills:
                stack.extend(nodes_in(fill.arguments))
    return False

"""Takes apart functions: code, closure, defaults, attributes, and the globals that the code names."""

from __future__ import annotations

import types
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING

from ..driver import operations
from . import generated, hints, modules, surroundings, wrappers
from .annotations import annotations_of
from .nodes import Entry, Fill, Node, Path, UnitMark

if TYPE_CHECKING:
    from .walk import Walk

DEFAULT = "default of parameter"
DEFAULTS = "defaults"
"""The kinds of paths of one default, and of what holds those of a function."""

_ITERABLE_COROUTINE = 0x100


def expand(walk: Walk, node: Node, function: FunctionType) -> None:
    """Take apart a function, or name it if it travels by name."""
    found = walk.references.find(function)
    if found is not None:
        walk.by_name(node, *found)
    elif (wrapper := wrappers.recognise(function)) is not None:
        wrappers.expand(walk, node, wrapper)
    else:
        owner = generated.owner(walk, function)
        if owner is None:
            _take_apart(walk, node, function)
        else:
            node.operation, node.arguments = operations.GENERATED, (owner, function.__name__)
            node.needs = (owner,)


def _take_apart(walk: Walk, node: Node, function: FunctionType) -> None:
    code = function.__code__
    space = walk.space(function.__globals__)
    node.operation = operations.FUNCTION
    walk.take_unit(code, space)
    cells: dict[str, Entry] = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        cells[name] = walk.entry(cell, node.path.then("closure variable", name))
    walk.owners[id(vars(function))] = node
    attributes = _attributes(walk, node.path, function, space.name)
    node.arguments = (UnitMark(code), space.number, cells)
    node.fills.append(Fill(operations.SET_ATTRIBUTES, (attributes,), with_making=True))
    if wrappers.has_hidden(function):
        held = walk.named(vars(function).items(), node.path, "attribute")
        node.fills.append(Fill(operations.FILL_DICT, (held,)))
    if code.co_flags & _ITERABLE_COROUTINE:
        node.fills.append(Fill(operations.COROUTINE, ()))
    _use_surroundings(walk, node, function)


def _attributes(walk: Walk, path: Path, function: FunctionType, module: str) -> dict[str, Entry]:
    """Return what differs from a function newly made from the same code."""
    code = function.__code__
    found: dict[str, Entry] = {"__qualname__": function.__qualname__}
    if function.__name__ != code.co_name:
        found["__name__"] = function.__name__
    if function.__module__ != module:
        found["__module__"] = walk.entry(function.__module__, path.then("attribute", "__module__"))
    if function.__doc__ != _own_doc(code):
        found["__doc__"] = walk.entry(function.__doc__, path.then("attribute", "__doc__"))
    if function.__defaults__ is not None:
        found["__defaults__"] = _defaults(walk, path, function)
    if function.__kwdefaults__:
        named = walk.named(function.__kwdefaults__.items(), path, DEFAULT)
        items = tuple(part for pair in named.items() for part in pair)
        found["__kwdefaults__"] = made = walk.anonymous(operations.DICT, (), path.then(DEFAULTS))
        made.items = items
        made.fills.append(Fill(operations.UPDATE, items, with_making=True))
    if "__wrapped__" in vars(function):
        wrappers.note_parts(walk, function.__wrapped__)  # type: ignore[attr-defined]
    if not wrappers.has_hidden(function):
        found.update(walk.named(vars(function).items(), path, "attribute"))
    if held := annotations_of(function):
        found["__annotations__"] = hints.put_off(walk, path, function, held, "function")
    if getattr(function, "__type_params__", ()):
        parameters = {"__type_params__": function.__type_params__}  # type: ignore[attr-defined]
        kind: hints.Kind = "type parameters"
        walk.annotations.append(hints.Hints(path, function, kind, parameters, found))
    return found


def _defaults(walk: Walk, path: Path, function: FunctionType) -> Entry:
    """Return the tuple of defaults; nothing else refers to it, so it needs no identity."""
    code, held = function.__code__, function.__defaults__ or ()
    # A program may give a function more defaults than it has parameters.
    names = [None] * (len(held) - code.co_argcount) + [*code.co_varnames[: code.co_argcount]][-len(held) :]
    entries = tuple(walk.entry(value, path.then(DEFAULT, name)) for name, value in zip(names, held))
    made = walk.anonymous(operations.TUPLE, entries, path.then(DEFAULTS))
    made.items = entries
    return made


def _own_doc(code: CodeType) -> str | None:
    closure = tuple(CellType() for _ in code.co_freevars)
    return FunctionType(code, {}, closure=closure or None).__doc__


def _use_surroundings(walk: Walk, node: Node, function: FunctionType) -> None:
    """Capture what the code uses by name: globals, modules in cells; look at what it expects around it."""
    code = function.__code__
    space = walk.space(function.__globals__)
    uses = walk.uses(code)
    if space.shared:
        return
    for name in sorted(uses.stored):
        walk.store_global(space, name)
    for name in sorted(uses.loaded.keys() | (uses.stored & space.globals.keys())):
        walk.use_global(node, space, name, uses.loaded.get(name, []), node.path, "global")
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        content = _content(cell)
        path = node.path.then("closure variable", name)
        if isinstance(content, types.ModuleType):
            modules.bound(walk, content, path)
            modules.follow(walk, node, content, uses.free.get(name, []), path)
    surroundings.look(walk, node, function)


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None

"""Takes apart modules: those of the library are imported on the node, of the user's own only what is used."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

from ..driver import operations
from . import replacements
from .nodes import Entry, Fill, Node, Path, Space, is_module
from .references import import_name
from .uses import Chain

if TYPE_CHECKING:
    from .walk import Walk


def expand(walk: Walk, node: Node, module: ModuleType) -> None:
    """Have a module of the library imported; one of the user's own is not on the nodes."""
    if not walk.references.shares(module):
        remedy = f"use its attributes by name ({module.__name__}.something), it is not on the nodes"
        raise walk.refuse(node.path, module, remedy)
    if not node.operation:
        node.operation, node.arguments = operations.MODULE, (import_name(module),)


def whose_names(value: dict[object, object]) -> ModuleType | None:
    """Return the module that has a dict for its namespace."""
    module = sys.modules.get(str(value.get("__name__")))
    return module if module is not None and vars(module) is value else None


def bound(walk: Walk, value: object, path: Path) -> Entry:
    """Return what stands for the value of a variable, which may be one of the user's own modules."""
    if not is_module(value) or walk.references.shares(value):
        return walk.entry(value, path)
    known = walk.known(value)
    if known is not None:
        known.references += 1
        return known
    node = walk.adopt(Node(value, path, operations.OWN_MODULE, (walk.space(vars(value)).number,)))
    if _has_own_class(walk, value):
        kind = walk.entry(type(value), path.then("class"))
        node.fills.append(Fill(operations.SET_ATTRIBUTES, ({"__class__": kind},)))
    return node


def follow(walk: Walk, node: Node, module: ModuleType, chains: list[Chain], path: Path) -> None:
    """Capture what a function takes from a module, by the chains of attributes in its code."""
    if walk.references.shares(module):
        known = walk.known(module)
        assert known is not None
        _reach(walk, known, module, chains)
        names = {name for chain in chains for name in chain or walk.uses_by(node).names}
        replacements.take(walk, node, module, names)
        return
    space = walk.space(vars(module))
    kind = type(module)
    if _has_own_class(walk, module):
        _follow_class(walk, node, kind, space, path)
    for chain in chains:
        if not chain:
            remedy = f"use its attributes by name ({module.__name__}.something), it is not on the nodes"
            raise walk.refuse(path, module, remedy)
        name = chain[0]
        if name not in space.globals and (hasattr(kind, name) or hasattr(kind, "__getattr__")):
            continue
        if name not in space.globals and "__getattr__" in space.globals:
            name, chain = "__getattr__", ()
        walk.use_global(node, space, name, [chain[1:]], path, "attribute")


def _has_own_class(walk: Walk, module: ModuleType) -> bool:
    return type(module) is not ModuleType and walk.references.find(type(module)) is None


def _follow_class(walk: Walk, node: Node, kind: type, space: Space, path: Path) -> None:
    """Capture what the methods of a module's own class may take from the module."""
    named: set[str] = set()
    for cls in kind.__mro__[: kind.__mro__.index(ModuleType)]:
        for held in vars(cls).values():
            for function in (held, *(getattr(held, part, None) for part in ("__func__", "fget", "fset"))):
                if type(function) is FunctionType:
                    named |= walk.uses(function.__code__).names
    for name in sorted(named & space.globals.keys()):
        walk.use_global(node, space, name, [], path, "attribute")


def _reach(walk: Walk, known: Node, module: ModuleType, chains: list[Chain]) -> None:
    """Note the submodules reached through attributes: ``xml.etree.ElementTree`` must be imported."""
    below = set(known.arguments[1:])
    for chain in chains:
        current = module
        for name in chain:
            inner = vars(current).get(name)
            if not is_module(inner) or inner.__name__ != f"{current.__name__}.{name}":
                break
            below.add(inner.__name__)
            current = inner
        if not chain:
            below |= _named_below(walk, module)
    # Importing a submodule imports the modules above it.
    deepest = [name for name in below if not any(str(other).startswith(f"{name}.") for other in below)]
    known.operation = operations.MODULE
    known.arguments = (import_name(module), *sorted(map(str, deepest)))


def _named_below(walk: Walk, module: ModuleType) -> set[str]:
    """Return the submodules of a module that is passed around, as far as captured code names them."""
    names = walk.names()
    prefix = f"{module.__name__}."
    below = [name for name in list(sys.modules) if name.startswith(prefix)]
    return {name for name in below if names.issuperset(name.removeprefix(prefix).split("."))}

"""Captures what the program has put in the place of a library's functions and methods."""

from __future__ import annotations

import sys
from collections.abc import Collection
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, cast

from ..driver import operations
from .nodes import Fill, Node, is_module, name_of

if TYPE_CHECKING:
    from .walk import Walk

_STREAMS = {("sys", "stdin"), ("sys", "stdout"), ("sys", "stderr")}
"""What a node has of its own, whatever the program has put there."""


_OF_SITE = frozenset({"copyright", "credits", "exit", "help", "license", "quit"})
_OLD_NAMES = frozenset({"EnvironmentError", "IOError"})


def is_builtin(name: str, value: object) -> bool:
    """Tell whether Python itself has put something into builtins, and not a program such as gettext."""
    kind = type(value)
    if kind is FunctionType or kind is MethodType:
        return False
    if kind is BuiltinFunctionType:
        return cast("BuiltinFunctionType", value).__name__ == name
    if issubclass(kind, type):
        cls = cast("type", value)
        return cls.__module__ == "builtins" and (cls.__name__ == name or name in _OLD_NAMES)
    # An interactive interpreter keeps the last result under "_".
    return name in _OF_SITE or name == "_" or name.startswith("__") or value is NotImplemented or value is ...


def take(walk: Walk, node: Node, module: ModuleType, names: Collection[str]) -> None:
    """Capture the replacements that a function uses, and warn of each.

    Args:
        walk: The walk.
        node: The function that uses the library.
        module: A module that travels by name.
        names: Attributes, of the module or of modules in it, that the function may mean.
    """
    _take_hidden(walk, node, module)
    references, modules = walk.references, [module]
    for current in modules:
        public = current.__name__.replace("posixpath", "os.path")
        for name in sorted(vars(current).keys() & names):
            value = vars(current)[name]
            if is_module(value):
                if references.shares(value) and not any(value is known for known in modules):
                    modules.append(value)
            elif (public, name) in _STREAMS:
                continue
            elif references.is_replacement(value):
                space = walk.space(vars(current))
                space.entries[name] = walk.entry(value, node.path.then("replacement of", f"{public}.{name}"))
                _warn_of_replacement(walk, node, f"{public}.{name}")
            elif issubclass(type(value), type):
                _take_replaced_methods(walk, node, value, f"{public}.{name}")


def _take_hidden(walk: Walk, node: Node, module: ModuleType) -> None:
    """Capture replaced methods that only the library calls, such as ``json.JSONEncoder.default``."""
    package = module.__name__.partition(".")[0]
    if package not in sys.stdlib_module_names or package in walk.packages:
        return
    walk.packages.add(package)
    for name, below in sorted(sys.modules.items()):
        if (name == package or name.startswith(f"{package}.")) and is_module(below):
            for held in list(vars(below).values()):
                if issubclass(type(held), type) and held.__module__ == name:
                    _take_replaced_methods(walk, node, held, f"{name}.{held.__qualname__}")


def _take_replaced_methods(walk: Walk, node: Node, cls: type, public: str) -> None:
    replaced = {name: value for name, value in vars(cls).items() if walk.references.is_replacement(value)}
    known = walk.entry(cls, node.path.then("class", public)) if replaced else None
    if isinstance(known, Node) and not known.fills:
        entries = walk.named(replaced.items(), known.path, "replacement of")
        known.fills.append(Fill(operations.SET_ATTRIBUTES, (entries,)))
        node.accompany(known)
    for name in replaced:
        _warn_of_replacement(walk, node, f"{public}.{name}")


def _warn_of_replacement(walk: Walk, node: Node, public: str) -> None:
    walk.warn(
        f"{name_of(node)!r} uses {public}, which this program has replaced: "
        "on the node the replacement takes its place too, for all that runs there"
    )

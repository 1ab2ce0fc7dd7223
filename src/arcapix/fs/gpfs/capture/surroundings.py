"""Looks at what captured code expects around it and would not find on a node: a warning, or a refusal."""

from __future__ import annotations

import sys
from collections.abc import Collection
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, cast

from ..driver import operations
from .nodes import Fill, Node, is_module

if TYPE_CHECKING:
    from .walk import Walk

_BLIND = {
    "eval": "eval()",
    "exec": "exec()",
    "globals": "globals()",
    "vars": "vars()",
    "inspect": "the module inspect",
}
_STREAMS = {("sys", "stdin"), ("sys", "stdout"), ("sys", "stderr")}
"""What a node has of its own, whatever the program has put there."""


def look(walk: Walk, node: Node, function: FunctionType) -> None:
    """Look at the code of a function that is captured by value.

    Raises:
        CaptureError: It imports a module that is not on the nodes.
    """
    namespace = function.__globals__
    uses = walk.uses(function.__code__)
    for name in sorted(uses.loaded):
        if namespace.get(name) is sys.modules.get("inspect", walk):
            _warn_of_blindness(walk, node, "inspect")
        elif name in _BLIND and name not in namespace:
            _warn_of_blindness(walk, node, name)
    for module, dots in sorted(uses.imports):
        if module == "inspect" and not dots:
            _warn_of_blindness(walk, node, module)
        if dots or not walk.references.shares_import(module):
            shown = node.path.then("import of own module", "." * dots + module)
            raise walk.refuse_named(shown, "", "import it at the top of the file, it is not on the nodes")
        for imported in {module.partition(".")[0], module} & sys.modules.keys():
            take_replaced(walk, node, sys.modules[imported], uses.names)


def take_replaced(walk: Walk, node: Node, module: ModuleType, names: Collection[str]) -> None:
    """Capture what the program has put in the place of a library's functions and methods.

    Args:
        walk: The walk.
        node: The function that uses the library.
        module: A module that travels by name.
        names: Attributes, of the module or of modules in it, that the function may mean.
    """
    references, modules = walk.references, [module]
    for current in modules:
        public = current.__name__.replace("posixpath", "os.path")
        for name in sorted(vars(current).keys() & names):
            value = vars(current)[name]
            if is_module(value):
                modules += [value] if references.shares(value) and value not in modules else []
            elif (public, name) in _STREAMS:
                continue
            elif references.is_replacement(value):
                space = walk.space(vars(current))
                space.entries[name] = walk.entry(value, node.path.then("replacement of", f"{public}.{name}"))
                _warn_of_replacement(walk, node, f"{public}.{name}")
            elif isinstance(value, type):
                _take_replaced_methods(walk, node, value, f"{public}.{name}")


def _take_replaced_methods(walk: Walk, node: Node, cls: type, public: str) -> None:
    replaced = {
        name: value
        for name, value in vars(cls).items()
        if walk.references.is_replacement(getattr(value, "__func__", value))
    }
    known = walk.entry(cls, node.path.then("class", public)) if replaced else None
    if isinstance(known, Node) and not known.fills:
        entries = walk.named(replaced.items(), known.path, "replacement of")
        known.fills.append(Fill(operations.SET_ATTRIBUTES, (entries,)))
        node.fills.append(Fill(operations.SET_ATTRIBUTES, (), needs=(known,)))
    for name in replaced:
        _warn_of_replacement(walk, node, f"{public}.{name}")


def _warn_of_replacement(walk: Walk, node: Node, public: str) -> None:
    walk.warn(
        f"{_name_of(node)!r} uses {public}, which this program has replaced: "
        "on the node the replacement takes its place too, for all that runs there"
    )


def _name_of(node: Node) -> str:
    return cast("FunctionType", node.value).__qualname__


def _warn_of_blindness(walk: Walk, node: Node, name: str) -> None:
    walk.warn(f"{_name_of(node)!r} uses {_BLIND[name]}: names that only it reaches are not captured")

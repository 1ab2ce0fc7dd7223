"""Looks at what captured code expects around it and would not find on a node: a warning, or a refusal."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING

from .nodes import Node

if TYPE_CHECKING:
    from .walk import Walk

_BLIND = {
    "eval": "eval()",
    "exec": "exec()",
    "globals": "globals()",
    "vars": "vars()",
    "inspect": "the module inspect",
}


def look(walk: Walk, node: Node, function: FunctionType) -> None:
    """Look at the code of a function that is captured by value.

    Raises:
        CaptureError: It imports a module that is not on the nodes.
    """
    namespace = function.__globals__
    uses = walk.uses(function.__code__)
    for name in sorted(uses.loaded):
        if namespace.get(name) is sys.modules.get("inspect", walk):
            _warn_of_blindness(walk, function, "inspect")
        elif name in _BLIND and name not in namespace:
            _warn_of_blindness(walk, function, name)
    for module, dots in sorted(uses.imports):
        if module == "inspect" and not dots:
            _warn_of_blindness(walk, function, module)
        if dots or not walk.references.shares_import(module):
            shown = node.path.then("import of own module", "." * dots + module)
            raise walk.refuse_named(shown, "", "import it at the top of the file, it is not on the nodes")


def _warn_of_blindness(walk: Walk, function: FunctionType, name: str) -> None:
    walk.warn(f"{function.__qualname__!r} uses {_BLIND[name]}: names that only it reaches are not captured")

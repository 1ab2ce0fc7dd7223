"""Finds where a file installs callbacks: which function, for which events of which object."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...registration.arguments import FORMAL, FORMAL_ON_EVENT

if TYPE_CHECKING:
    from .source import Function, Source

__all__ = ["Install", "installs_in"]

_ON_EVENT = re.compile(r"on[A-Z]\w*")
_CLASSES = (
    *("Cluster", "Node", "Nodeclass", "Filesystem", "Pool"),
    *("Fileset", "IndependentFileset", "DependentFileset", "CacheFileset"),
)
_COLLECTIONS = {
    "filesystems": "Filesystem",
    "filesets": "Fileset",
    "pools": "Pool",
    "nodes": "Node",
    "nodeclasses": "Nodeclass",
}
"""Attribute that holds objects by name -> their class."""
_PARTIAL = "functools.partial"


@dataclass(frozen=True)
class Install:
    """A call that installs or defines a callback.

    Attributes:
        call: The call.
        owner: The class of the object that it is about; empty if that cannot be told.
        attribute: ``onMount``, where the event is given that way.
        events: The names of events and where they stand, where they are given by name.
        function: The function, if it is one of the file.
        signature_known: Whether the function is called with its own parameters, and all arguments are known.
        parms: The expression for parms, if there is one.
    """

    call: ast.Call
    owner: str
    attribute: ast.Attribute | None
    events: tuple[tuple[str, ast.expr], ...]
    function: Function | None
    signature_known: bool
    parms: ast.expr | None


def installs_in(tree: ast.Module, source: Source) -> Iterator[Install]:
    """Yield the installations of a file, in the order of their lines."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        found = _install(call, source)
        if found is not None:
            yield found


def _install(call: ast.Call, source: Source) -> Install | None:
    holder = call.func.value if isinstance(call.func, ast.Attribute) else None
    if source.local_name(call.func) == "Callback":
        return _made(call, "Cluster", None, source)
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("new", "define"):
        return None
    if not isinstance(holder, ast.Attribute):
        return None
    if holder.attr == "callbacks":
        return _made(call, _class_of(holder.value, source), None, source)
    if _ON_EVENT.fullmatch(holder.attr):
        return _made(call, _class_of(holder.value, source), holder, source)
    return None


def _made(call: ast.Call, owner: str, attribute: ast.Attribute | None, source: Source) -> Install:
    given = _arguments(call, FORMAL if attribute is None else FORMAL_ON_EVENT, source)
    function, is_itself = _function(given.get("command"), source)
    all_written = all(keyword.arg for keyword in call.keywords)
    return Install(
        call=call,
        owner=owner,
        attribute=attribute,
        events=tuple(_names(given.get("event"))),
        function=function,
        signature_known=is_itself and all_written,
        parms=given.get("parms") or given.get("parm"),
    )


def _arguments(call: ast.Call, formal: tuple[str, ...], source: Source) -> dict[str, ast.expr]:
    """Return the arguments of an installation by name, by the rule of `registration.arguments`."""
    positional = [] if any(isinstance(one, ast.Starred) for one in call.args) else call.args
    names = formal[1:] if positional and _is_command(positional[0], source) else formal
    return {
        **dict(zip(names, positional)),
        **{keyword.arg: keyword.value for keyword in call.keywords if keyword.arg},
    }


def _is_command(node: ast.expr, source: Source) -> bool:
    """Tell whether a first argument is the command, because the identifier was left out."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.startswith("/")
    if isinstance(node, ast.Name):
        return source.function(node) is not None or node.id not in source.assigned
    return not isinstance(node, ast.JoinedStr)


def _function(node: ast.expr | None, source: Source) -> tuple[Function | None, bool]:
    """Return the function that is installed, and whether it is called as it stands there."""
    if isinstance(node, ast.Lambda):
        return node, True
    if isinstance(node, ast.Name):
        found = source.function(node)
        return found, found is not None and not found.decorator_list
    if isinstance(node, ast.Call) and source.name(node.func) == _PARTIAL and node.args:
        return _function(node.args[0], source)[0], False
    return None, False


def _names(node: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    """Yield the events that an argument names, as far as they are written there."""
    parts = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield from ((name.strip(), part) for name in part.value.split(",") if name.strip())


def _class_of(node: ast.expr, source: Source, depth: int = 3) -> str:
    """Return the class of an object of the cluster, as far as it can be told."""
    if isinstance(node, ast.Call):
        name = source.local_name(node.func)
        return name if name in _CLASSES else ""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        return _COLLECTIONS.get(node.value.attr, "")
    if isinstance(node, ast.Name) and node.id in source.assigned and depth:
        return _class_of(source.assigned[node.id], source, depth - 1)
    return ""

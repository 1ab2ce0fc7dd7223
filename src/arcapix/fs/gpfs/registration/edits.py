"""What ``add``, ``remove`` and ``change`` do to a definition.

The arguments are checked, and doubted, once. The edit is then applied to what is known here, to see whether
there is anything to do, and to what GPFS lists at that moment, which is what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from ..binding import native_parms
from ..binding.parms import entries
from ..commands.node_names import NodeNames
from . import header
from .arguments import CHANGEABLE, check_keywords
from .definition import CLUSTER, Definition, command_of, event_names, node_names, options, refuse_scope

__all__ = ["Edit", "adding", "changing", "removing"]

Edit: TypeAlias = Callable[[Definition], Definition]
"""Turns one definition into another; gives no warnings, and can be applied twice."""


def adding(known: Definition, event: object, node: object, parms: object) -> Edit:
    """Return the edit that adds events, nodes or script parms; what is already there stays in its place.

    Raises:
        TypeError, ValueError: There is nothing to add, or something cannot be added.
    """
    names = NodeNames()
    events, nodes, given = _read("add", known, event, node, parms, names)

    def edit(definition: Definition) -> Definition:
        if nodes and not definition.nodes:
            raise ValueError(
                f"callback {definition.identifier!r} runs on every node: adding one would narrow it; "
                "use change(node=...) if that is meant"
            )
        there = {name.lower() for name in definition.events}
        added = (*definition.events, *(name for name in events if name.lower() not in there))
        missing = (name for name in nodes if not _has_node(definition.nodes, name, names))
        result = replace(definition, events=added, nodes=(*definition.nodes, *missing))
        return (
            replace(result, parms=(*_in_order(definition), *_entries(definition, given))) if given else result
        )

    return edit


def removing(known: Definition, event: object, node: object, parms: object) -> Edit:
    """Return the edit that takes out events, nodes or script parms; what is not there is ignored.

    Raises:
        TypeError, ValueError: There is nothing to remove.
    """
    names = NodeNames()
    events, nodes, given = _read("remove", replace(known, scope=CLUSTER), event, node, parms, names)
    gone = {name.lower() for name in events}

    def edit(definition: Definition) -> Definition:
        left = tuple(name for name in definition.events if name.lower() not in gone)
        if definition.events and not left:
            raise ValueError(
                f"callback {definition.identifier!r} would be left without an event; use delete()"
            )
        staying = tuple(name for name in definition.nodes if not _has_node(nodes, name, names))
        if definition.nodes and not staying:
            raise ValueError(
                f"callback {definition.identifier!r} would be left without a node; "
                "use delete(), or change(node=None) for every node"
            )
        result = replace(definition, events=left, nodes=staying)
        if not given:
            return result
        remaining = list(_in_order(definition))
        for entry in _entries(definition, given):
            if entry in remaining:
                remaining.remove(entry)
        return replace(result, parms=tuple(remaining))

    return edit


def changing(known: Definition, given: Mapping[str, object]) -> Edit:
    """Return the edit that sets fields; an explicit None unsets.

    Raises:
        TypeError: ``callbackId``, an unknown keyword, or parms without the callable that they belong to.
        ValueError: A value is invalid.
    """
    if "callbackId" in given:
        raise TypeError(
            "change() cannot change the identifier; create the callback under another one and delete this one"
        )
    check_keywords("change", given, CHANGEABLE)
    if not given:
        raise TypeError(f"change() was given nothing; it takes {', '.join(CHANGEABLE)}")
    values: dict[str, object] = {}
    if "event" in given:
        if given["event"] is None:
            raise ValueError(f"callback {known.identifier!r} needs an event; use delete() to get rid of it")
        values["events"] = event_names(given["event"], known.scope)
    if "node" in given:
        values["nodes"] = () if given["node"] is None else _nodes(given["node"], NodeNames())
    command = command_of(given["command"]) if "command" in given else None
    if isinstance(command, str):
        refuse_scope(command, known.scope)
    parms = entries(given["parms"]) if "parms" in given else None

    def edit(definition: Definition) -> Definition:
        result = replace(definition, **values)  # type: ignore[arg-type]
        if command is not None:
            if parms is None and _has_parms(definition):
                raise TypeError(
                    "change(command=...) needs parms= too, as the callback has parms; [] for none"
                )
            result = replace(result, command=command, parms=parms or (), registered=False, token="")
        elif parms is not None:
            result = replace(result, parms=_entries(definition, parms))
        return options(result, given)

    return edit


def _read(
    method: str, known: Definition, event: object, node: object, parms: object, names: NodeNames
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[object, ...]]:
    if event is None and node is None and parms is None:
        raise TypeError(f"{method}() was given nothing; it takes event, node or parms")
    given = entries(parms)
    if isinstance(given, dict):
        raise TypeError(
            f"{method}() takes parms in order, not by the names of parameters; use change(parms=...)"
        )
    events = () if event is None else event_names(event, known.scope)
    return events, () if node is None else _nodes(node, names), given


def _nodes(value: object, names: NodeNames) -> tuple[str, ...]:
    return tuple(map(names.real, node_names(value)))


def _has_node(nodes: tuple[str, ...], name: str, names: NodeNames) -> bool:
    return name in nodes or any(names.same(one, name) for one in nodes)


def _has_parms(definition: Definition) -> bool:
    return header.has_parms(definition.token) if definition.token else bool(definition.parms)


def _in_order(definition: Definition) -> tuple[object, ...]:
    if not isinstance(definition.parms, tuple):
        raise TypeError("parms was given by the names of parameters; use change(parms=...)")
    return definition.parms


def _entries(definition: Definition, given: tuple[object, ...] | dict[str, object]) -> tuple[object, ...]:
    """Return entries as the definition holds them: those of a registered script are native words."""
    if definition.token:
        raise TypeError(
            f"the parms of {definition.identifier!r} are part of its function: change them together with it, "
            "by change(command=..., parms=...)"
        )
    if definition.is_callable:
        return given  # type: ignore[return-value]
    native = native_parms(given)
    return tuple(" ".join(native).split()) if definition.registered else tuple(given)

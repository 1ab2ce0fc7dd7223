"""What a drill plays: which callbacks, with which values, on which nodes; and what speaks against it."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from ... import events
from ...commands.node_table import full_name
from ...driver.decision import SCOPES
from ...exceptions import GPFSError, NotFound
from ...registration import header
from ...registration.presence import Objects
from ..reconciliation.asked import DOWN, UP, Asked
from . import parms

if TYPE_CHECKING:
    from ...commands import CallbackRecord

__all__ = ["Drill", "Place", "callbacks_of", "doubts", "missing", "named", "place_of"]

_OF_ITSELF = {"eventName": "it is the event", "myNode": "it is the node that the callback runs on"}


@dataclasses.dataclass(frozen=True, slots=True)
class Drill:
    """An event that is to be played.

    Attributes:
        event: The event, in GPFS's spelling if it is known.
        values: Its variables, as they were given.
        callbacks: Identifiers, or patterns such as ``log*``; empty: all that are registered for it.
        only_python: Whether scripts are left out.
        id: What it is called; the same on all nodes, and no other one is called so.
    """

    event: str
    values: Mapping[str, str]
    callbacks: tuple[str, ...] = ()
    only_python: bool = False
    id: str = ""

    def takes(self, record: CallbackRecord) -> bool:
        """Tell whether a callback is of the wanted kind, and has one of the wanted names."""
        is_named = not self.callbacks or any(fnmatchcase(record.identifier, text) for text in self.callbacks)
        return is_named and (not self.only_python or header.is_driver(record.command))


def named(drill: Drill) -> Drill:
    """Return a drill with a name of its own, and the event in GPFS's spelling."""
    stamp = time.strftime("%Y%m%dT%H%M%S")
    return dataclasses.replace(
        drill, event=_known(drill.event), id=drill.id or f"{stamp}-{secrets.token_hex(3)}"
    )


def callbacks_of(drill: Drill, records: Sequence[CallbackRecord]) -> list[CallbackRecord]:
    """Return the callbacks that a drill plays.

    Args:
        drill: The drill.
        records: All callbacks.

    Raises:
        NotFound: There is no such event, or no such callback.
        GPFSError: None of them is registered for the event.
    """
    wanted = drill.event.lower()
    for_event = [record for record in records if wanted in header.lowered(map(_known, record.events))]
    if not for_event and events.canonical(drill.event) is None:
        raise NotFound("event", drill.event, events.EVENTS)
    for text in drill.callbacks:
        if not any(fnmatchcase(record.identifier, text) for record in for_event):
            raise _not_for(drill.event, text, records)
    found = [record for record in for_event if drill.takes(record)]
    if not found:
        others = sorted({_known(event) for record in records for event in record.events})
        known = f"; there are callbacks for {', '.join(others)}" if others else ""
        kind = "Python callback" if drill.only_python else "callback"
        raise GPFSError(f"no {kind} is registered for {drill.event}{known}")
    return found


def doubts(drill: Drill, records: Sequence[CallbackRecord]) -> list[str]:
    """Return what is odd about the values of a drill.

    Args:
        drill: The drill.
        records: The callbacks that it plays.

    Raises:
        NotFound: A variable is one that neither GPFS nor any of the callbacks knows.
        GPFSError: A variable cannot be given.
    """
    supplied, asked = events.variables_of(drill.event), parms.variables_in(records)
    found = []
    for name in drill.values:
        if name in _OF_ITSELF:
            raise GPFSError(f"{name} cannot be given: {_OF_ITSELF[name]}")
        if name not in events.VARIABLES and name not in asked:
            raise NotFound("variable", name, [*sorted(supplied), *events.VARIABLES])
        if events.canonical(drill.event) is not None and name not in supplied:
            found.append(f"{drill.event} is not known to come with {name}")
        if name not in asked:
            found.append(f"none of the callbacks is given {name}")
    return found


def missing(drill: Drill) -> list[str]:
    """Return what the event is to be about and GPFS does not list, if it can be asked."""
    objects = Objects()
    for kind, variables in SCOPES.items():
        if all(name in drill.values for name in variables):
            problem = objects.why_not((kind, *(drill.values[name] for name in variables)))
            if isinstance(problem, NotFound):
                return [f"there is {problem}"]
    return []


class Place(NamedTuple):
    """Where a drill is played.

    Attributes:
        nodes: The daemon node names of the nodes.
        why: Why there, as a sentence.
    """

    nodes: list[str]
    why: str


def place_of(drill: Drill) -> Place:
    """Return where GPFS would call callbacks: on all active nodes, or for a local event on one.

    That is the manager which raises the event, as far as the catalogue names one, else this node.

    Raises:
        GPFSError: GPFS is active on none, or down on this one, or it cannot be asked.
    """
    facts = events.EVENTS.get(drill.event)
    asked = Asked()
    if facts is not None and facts.scope == "global":
        active = [node.daemon_name for node, state in asked.daemons if state == UP]
        if not active:
            raise GPFSError("GPFS is active on no node; name nodes by --node, or all of them by --nodes all")
        return Place(active, f"{drill.event} is a global event: played on each active node")
    if facts is None or facts.fires_on == "unknown":
        said = f"nobody says where {drill.event} is raised"
    else:
        said = f"{drill.event} is raised on: {facts.fires_on}"
    manager, which = _manager(facts.fires_on if facts is not None else "", drill, asked)
    if manager:
        return Place([manager], f"{said}; played on {manager}, {which}")
    here = asked.here.daemon_name
    if asked.daemon == DOWN:
        raise GPFSError(f"GPFS is down on {here} and starts nothing there; to do so anyway: --node {here}")
    return Place([here], f"{said}; played on this node, {here}{which and f', since {which}'}")


def _manager(fires_on: str, drill: Drill, asked: Asked) -> tuple[str, str]:
    """Return the manager that raises an event, and of what it is one; or nothing, and why it is not known."""
    if fires_on == "cluster manager":
        return full_name(asked.cluster, asked.managers.cluster_manager), "the cluster manager"
    if fires_on != "file system manager":
        return "", ""
    filesystem = drill.values.get("fsName")
    if filesystem is None:
        return "", "no file system is given, such as fsName=mmfs1"
    manager = asked.managers.filesystems.get(filesystem)
    if manager is None:
        return "", f"no node manages {filesystem}"
    return full_name(asked.cluster, manager), f"the manager of {filesystem}"


def _known(event: str) -> str:
    return events.canonical(event) or event


def _not_for(event: str, text: str, records: Sequence[CallbackRecord]) -> GPFSError:
    """Return the error for the name of a callback, or a pattern, that is not registered for an event."""
    for record in records:
        if fnmatchcase(record.identifier, text):
            about = ", ".join(map(_known, record.events))
            return GPFSError(f"callback {record.identifier!r} is registered for {about}, not for {event}")
    return NotFound("callback", text, [record.identifier for record in records])

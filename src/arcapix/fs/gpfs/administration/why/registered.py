"""What is so for the whole cluster: how a callback is registered, what it is about, and where it may run."""

from __future__ import annotations

from collections.abc import Iterator

from ... import commands, events
from ...commands import CallbackRecord, ManagerRecord
from ...commands.node_names import NodeNames
from ...driver.decision import SCOPES
from ...exceptions import GPFSError, nearest
from ...registration import header, incoming, moments, notation
from ...registration.definition import Definition
from ...registration.presence import Objects
from ...registration.signatures import Remark, Signatures
from .findings import Finding, listed

__all__ = ["managers", "of_registration"]

_MANAGERS = {"cluster manager": "clusterManager", "file system manager": "filesystemManager"}
"""What the catalogue calls the nodes that ``mmlsmgr`` names -> what run options call them."""

_HARMLESS = ("other name", "other nodes")
"""Marks of remarks that keep nothing from running: the driver compares neither."""


def of_registration(record: CallbackRecord, event: str | None) -> Iterator[Finding]:
    """Yield what GPFS lists of a callback, and what is wrong with that.

    Args:
        record: The callback.
        event: The event that is asked about; None: all of its own.
    """
    found = header.read(record)
    by = f", by {found.installed_by} at {moments.shown_stamp(found.installed_at)}" if found else ""
    where = listed(header.nodes_of(record)) or "every node"
    text = f"registered for {', '.join(record.events)} on {where}{by}"
    yield Finding(None, "registration", "ok", text)
    yield from _of_token(record, found)
    asked = _asked(record, event)
    if event is not None and not asked:
        yield _of_other_event(record, event)
    definition = incoming.definition_of(record)
    yield from _of_object(record, definition)
    yield from _of_place(asked, definition)


def _asked(record: CallbackRecord, event: str | None) -> tuple[str, ...]:
    """Return the events of a callback that are asked about."""
    if event is None:
        return record.events
    name = events.canonical(event) or event
    return tuple(each for each in record.events if (events.canonical(each) or each).lower() == name.lower())


def managers(record: CallbackRecord, event: str | None) -> list[str]:
    """Return the nodes that alone raise the events which are asked about; none if others may do so, too.

    Args:
        record: The callback.
        event: The event that is asked about; None: all of its own.
    """
    known = [events.EVENTS.get(events.canonical(name) or name) for name in _asked(record, event)]
    kinds = {_MANAGERS.get(each.fires_on) if each else None for each in known}
    if not kinds or None in kinds:
        return []
    try:
        found = commands.mmlsmgr()
    except GPFSError:  # what is said of the callback's events tells so
        return []
    kind, *names = incoming.definition_of(record).scope
    of_filesystems = [found.filesystems.get(names[0], "")] if kind in SCOPES else found.filesystems.values()
    return [
        *([found.cluster_manager] if "clusterManager" in kinds else ()),
        *(of_filesystems if "filesystemManager" in kinds else ()),
    ]


def _of_token(record: CallbackRecord, found: header.Header | None) -> Iterator[Finding]:
    again = f"install {record.identifier!r} again: GPFS keeps less than was sent"
    problem = header.problem_of(record)
    if not header.is_driver(record.command):
        text = (
            f"it is a script, {record.command}: only GPFS's own log tells when it ran, and no pause holds it"
        )
        yield Finding(None, "program", "note", text)
    elif problem:
        yield Finding(None, "token", "problem", problem, f"{again}, so make it smaller")
    elif found is None:
        yield Finding(
            None, "token", "problem", "its token cannot be read", f"install {record.identifier!r} again"
        )
    said = Signatures(None).remarks(record)
    if found is not None and not problem and not header.is_complete(record, found):
        said.append(Remark("other words", "the words after its token are not those that it names"))
    for mark, text in dict(said).items():
        if mark in _HARMLESS:
            yield Finding(None, "token", "note", text)
        else:
            advice = f"install {record.identifier!r} again, or delete it"
            yield Finding(None, "token", "problem", text, advice)


def _of_other_event(record: CallbackRecord, event: str) -> Finding:
    is_event = events.canonical(event) is not None
    near = nearest(event, record.events) or ("" if is_event else nearest(event, events.EVENTS))
    meant = f"; did you mean {near!r}?" if near else ""
    text = f"it is not registered for {event!r}{meant}"
    also = ",".join((*record.events, near or event))
    if near in record.events:
        advice = f"arcapix-gpfs why {record.identifier} --event {near}"
    elif near or is_event:
        advice = f"register it for that, too: arcapix-gpfs change {record.identifier} --event {also}"
    else:
        text = f"{text}, which is no event of GPFS that is known"
        advice = "see which events there are: arcapix-gpfs events"
    return Finding(None, "event", "problem", text, advice)


def _of_object(record: CallbackRecord, definition: Definition) -> Iterator[Finding]:
    objects, said = Objects(), []
    for remark in objects.remarks(record, NodeNames()):
        advice = f"arcapix-gpfs delete {record.identifier}; then install it on the right object"
        said.append(Finding(None, "object", "problem", remark.text, advice))
    yield from said
    for unknown in sorted(objects.unknown):
        yield Finding(None, "object", "unknown", unknown)
    kind, *names = definition.scope
    if kind in SCOPES and not said and not objects.unknown:
        about = notation.shown(definition.scope)
        compared = " and ".join(f"{variable} {name}" for variable, name in zip(SCOPES[kind], names))
        text = f"about {about}, which is there: an event without {compared} leaves no trace"
        yield Finding(None, "object", "ok", text)


def _of_place(asked: tuple[str, ...], definition: Definition) -> Iterator[Finding]:
    """Yield where GPFS raises the events, and which node of all runs the function."""
    only_on = definition.run.only_on if definition.run else None
    facts = [events.EVENTS[name] for name in filter(None, map(events.canonical, asked))]
    managers = None
    if only_on or any(each.fires_on in _MANAGERS for each in facts):
        try:
            managers = commands.mmlsmgr()
        except GPFSError as error:
            text = f"which nodes are managers cannot be told: {str(error).partition(chr(10))[0]}"
            yield Finding(None, "event", "unknown", text)
    for each in facts:
        if each.fires_on == "unknown":
            continue
        text = f"{each.name}, a {each.scope} event, is raised on: {each.fires_on}"
        if managers and each.fires_on in _MANAGERS:
            text += f", at present {_manager(managers, _MANAGERS[each.fires_on], definition.scope)}"
        yield Finding(None, "event", "note", text, detail=each.evidence["fires_on"])
    if definition.run is not None:
        yield Finding(None, "options", "note", f"runs with {definition.run}")
    if managers and only_on:
        text = f"only the {only_on} runs it, at present {_manager(managers, only_on, definition.scope)}"
        yield Finding(None, "options", "note", text)


def _manager(managers: ManagerRecord, which: str, scope: tuple[str, ...]) -> str:
    """Return which node manages the cluster, or the file system that a callback is about, or each of them."""
    if which == "clusterManager":
        return managers.cluster_manager
    if scope[0] in SCOPES:
        return managers.filesystems.get(scope[1], f"none for {scope[1]}")
    return listed([f"{node} for {name}" for name, node in managers.filesystems.items()])

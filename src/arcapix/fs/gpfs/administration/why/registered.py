"""What is so for the whole cluster: how a callback is registered, what it is about, and where it may run."""

from __future__ import annotations

from collections.abc import Iterator

from ... import commands, events
from ...commands import CallbackRecord, ManagerRecord
from ...commands.node_names import NodeNames
from ...driver.decision import SCOPES
from ...exceptions import GPFSError, nearest
from ...registration import header, incoming, moments
from ...registration.definition import Definition
from ...registration.presence import Objects
from ...registration.signatures import Signatures
from .findings import Finding, listed

__all__ = ["of_registration"]

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
    asked = record.events
    if event is not None:
        name = events.canonical(event) or event
        asked = tuple(
            each for each in record.events if (events.canonical(each) or each).lower() == name.lower()
        )
        if not asked:
            yield _of_other_event(record, event)
    definition = incoming.definition_of(record)
    yield from _of_object(record, definition)
    yield from _of_place(asked, definition)


def _of_token(record: CallbackRecord, found: header.Header | None) -> Iterator[Finding]:
    again = f"install {record.identifier!r} again: GPFS keeps less than was sent"
    problem = header.problem_of(record)
    if not header.is_driver(record.command):
        text = f"it is a script, {record.command}: only GPFS's own log tells when it ran"
        yield Finding(None, "program", "note", text)
    elif problem:
        yield Finding(None, "token", "problem", problem, f"{again}, so make it smaller")
    elif found is None:
        yield Finding(
            None, "token", "problem", "its token cannot be read", f"install {record.identifier!r} again"
        )
    for mark, text in Signatures(None).remarks(record):
        state = "note" if mark in _HARMLESS else "problem"
        advice = "" if state == "note" else f"delete {record.identifier!r}, or install it again"
        yield Finding(None, "token", "note" if state == "note" else "problem", text, advice)


def _of_other_event(record: CallbackRecord, event: str) -> Finding:
    near = nearest(event, record.events) or ("" if events.canonical(event) else nearest(event, events.EVENTS))
    meant = f"; did you mean {near!r}?" if near else ""
    text = f"it is not registered for {event!r}{meant}"
    name = near or event
    advice = (
        f"arcapix-gpfs why {record.identifier} --event {name}"
        if near in record.events
        else f"register it for that, too: Cluster().callbacks[{record.identifier!r}].add({name!r})"
    )
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
        compared = " and ".join(f"{variable} {name}" for variable, name in zip(SCOPES[kind], names))
        text = f"about {kind} {'/'.join(names)}, which is there: an event without {compared} leaves no trace"
        yield Finding(None, "object", "ok", text)


def _of_place(asked: tuple[str, ...], definition: Definition) -> Iterator[Finding]:
    """Yield where GPFS raises the events, and which node of all runs the function."""
    for name in filter(None, map(events.canonical, asked)):
        facts = events.EVENTS[name]
        if facts.fires_on != "unknown":
            text = f"{name} is raised on: {facts.fires_on}"
            yield Finding(None, "event", "note", text, detail=facts.evidence["fires_on"])
    run = definition.run
    if run is None:
        return
    yield Finding(None, "options", "note", f"runs with {run}")
    if run.only_on is not None:
        try:
            manager = _manager(commands.mmlsmgr(), run.only_on, definition.scope)
        except GPFSError as error:
            text = f"which node is the {run.only_on} cannot be told: {str(error).partition(chr(10))[0]}"
            yield Finding(None, "options", "unknown", text)
        else:
            yield Finding(None, "options", "note", f"only the {run.only_on} runs it: at present {manager}")


def _manager(managers: ManagerRecord, which: str, scope: tuple[str, ...]) -> str:
    if which == "clusterManager":
        return managers.cluster_manager
    if scope[0] in SCOPES:
        return managers.filesystems.get(scope[1], f"none for {scope[1]}")
    return listed([f"{node} of {name}" for name, node in managers.filesystems.items()])

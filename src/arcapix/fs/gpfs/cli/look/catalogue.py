"""``arcapix-gpfs events`` and ``variables``: what is known of GPFS's callbacks. No mm command is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from ... import events as facts
from ...callbacks.event_help import SCOPES, variables_of
from ...events import EventFacts, VariableFacts
from ...exceptions import GPFSError, NotFound, nearest
from ...registration import notation
from .. import completion, usage
from ..table import Table
from ..terminal import print_json, print_line

_QUALIFIERS = ", ".join(f".{name}" for name in facts.QUALIFIERS)


@click.command("events")
@click.argument("name", required=False, shell_complete=completion.event_names)
@click.option(
    "--object",
    "wanted",
    metavar="KIND|OBJECT",
    shell_complete=completion.kinds,
    help="Those that objects of this kind can carry: filesystem, or one such as filesystem:mmfs1.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for programs.")
def list_events(name: str | None, wanted: str | None, as_json: bool) -> None:
    """List the events of GPFS, or tell all of one.

    All is when it fires, on which nodes, with which variables, and which objects can carry it, each with its
    evidence: [doc] IBM's documentation, [recorded] real output, [field] scripts of sites, [inferred]
    concluded from these, [unverified] only recalled. GPFS may know further events; they are accepted, too.

    NAME may be in any letter case.

    \b
    Examples:
      arcapix-gpfs events
      arcapix-gpfs events lowDiskSpace
      arcapix-gpfs events --object pool:mmfs1/system
      arcapix-gpfs events --json | jq -r '.[] | select(.scope == "global") | .event'
    """
    found = [_event(name)] if name else list(facts.EVENTS.values())
    if wanted:
        kind = _kind(wanted)
        if name and kind not in found[0].objects:
            raise GPFSError(f"no {kind} can carry {found[0].name}; it is about {facts.about(found[0].name)}")
        found = [event for event in found if kind in event.objects]
    if as_json:
        print_json([_event_fields(event) for event in found], indent=2)
    elif name:
        _show(_event_lines(found[0]))
    else:
        rows = [(one.name, one.scope, one.fires_on, _comes(one), _carriers(one)) for one in found]
        _show_table(("EVENT", "SCOPE", "FIRES ON", "COMES", "CARRIED BY"), rows)


@click.command("variables")
@click.argument("name", required=False, shell_complete=completion.variable_names)
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for programs.")
def list_variables(name: str | None, as_json: bool) -> None:
    """List the variables of events, or tell all of one.

    All is what its value means and looks like, which events have it, and who chooses its text; for the marks
    of evidence see `arcapix-gpfs events --help`.

    NAME may be in any letter case, with its per cent sign or without.

    \b
    Examples:
      arcapix-gpfs variables
      arcapix-gpfs variables fsName
      arcapix-gpfs variables --json | jq -r '.[] | select(.chosen_by) | .variable'
    """
    found = [_variable(name)] if name else list(facts.VARIABLES.values())
    if as_json:
        print_json([_variable_fields(variable) for variable in found], indent=2)
    elif name:
        _show(_variable_lines(found[0]))
    else:
        rows = [
            (one.name, "yes" if one.common else "-", one.user_controlled_why or "-", one.meaning)
            for one in found
        ]
        _show_table(("VARIABLE", "ANY EVENT", "CHOSEN BY", "MEANING"), rows)


def _event(name: str) -> EventFacts:
    known = facts.canonical(name)
    if known is not None:
        return facts.EVENTS[known]
    absent = {each.lower(): why for each, why in facts.NOT_EVENTS.items()}.get(name.lower())
    if absent is not None:
        near = nearest(name, facts.EVENTS)
        raise GPFSError(f"no event {name!r}: {absent}" + (f"; the nearest event is {near!r}" if near else ""))
    raise NotFound("event", name, facts.EVENTS)


def _variable(name: str) -> VariableFacts:
    folded = {each.lower(): each for each in facts.VARIABLES}
    plain = name.removeprefix("%")
    if plain.lower() not in folded:
        raise NotFound("variable", plain, facts.VARIABLES)
    return facts.VARIABLES[folded[plain.lower()]]


def _kind(wanted: str) -> facts.OwnerKind:
    """Return the kind of object that was given, by itself or as one object.

    Raises:
        UsageError: It is none.
    """
    for kind in facts.OWNER_KINDS:
        if wanted == kind:
            return kind
    with usage.checked():
        given = notation.parse(wanted)[0]
    return next(kind for kind in facts.OWNER_KINDS if kind == given)


def _comes(event: EventFacts) -> str:
    return f"{event.repeats}, {event.interval} s" if event.interval else event.repeats


def _carriers(event: EventFacts) -> str:
    return ", ".join(kind for kind in facts.OWNER_KINDS if kind in event.objects)


def _event_lines(event: EventFacts) -> Iterable[tuple[str, str]]:
    yield "event", event.marked("name")
    yield "when", event.marked("description")
    yield "where", f"{event.marked('fires_on')}; {SCOPES[event.scope]} [{event.evidence['scope']}]"
    yield "how often", event.marked("repeats") + (f"; every {event.interval} s" if event.interval else "")
    if event.sync:
        yield "sync", event.marked("sync")
    yield "variables", variables_of(event)
    carriers = (kind for kind in facts.OWNER_KINDS if kind in event.objects)
    yield "carried by", ", ".join(f"{kind} [{event.evidence[f'objects.{kind}']}]" for kind in carriers)
    yield "in Python", f"the attribute {facts.attribute(event.name)} of these objects"
    if event.aliases:
        yield "also seen", ", ".join(event.marked(f"aliases.{alias}") for alias in event.aliases)
    for text, evidence in event.traps:
        yield "beware", f"{text} [{evidence}]"
    yield "first seen", event.first_seen or "recalled only"
    for source in event.sources:
        yield "source", facts.SOURCES[source]


def _variable_lines(variable: VariableFacts) -> Iterable[tuple[str, str]]:
    yield "variable", variable.marked("name")
    yield "meaning", variable.marked("meaning")
    yield "form", variable.marked("format")
    if variable.name in facts.TAKEN_BY_NAME:
        yield "in Python", f"a parameter called {variable.name} gets it"
    if variable.node_valued:
        yield "qualifiers", f"{_QUALIFIERS} [unverified]"
    if variable.list_valued:
        yield "list", "the value may be a list"
    if variable.user_controlled:
        yield "chosen by", variable.user_controlled_why
    if variable.common:
        yield "events", f"any event [{variable.evidence['common']}]"
    having = [f"{event.name} [{evidence}]" for event, evidence in _events_of(variable)]
    if having:
        yield "events", ", ".join(having)
    if variable.aliases:
        yield "also seen", ", ".join(variable.marked(f"aliases.{alias}") for alias in variable.aliases)
    for text, evidence in variable.traps:
        yield "beware", f"{text} [{evidence}]"


def _events_of(variable: VariableFacts) -> list[tuple[EventFacts, str]]:
    key = f"variables.{variable.name}"
    return [(one, one.evidence[key]) for one in facts.EVENTS.values() if variable.name in one.variables]


def _event_fields(event: EventFacts) -> dict[str, Any]:
    return {
        "event": event.name,
        "attribute": facts.attribute(event.name),
        "description": event.description,
        "category": event.category,
        "scope": event.scope,
        "fires_on": event.fires_on,
        "repeats": event.repeats,
        "interval": event.interval,
        "sync": event.sync or None,
        "variables": list(event.variables),
        "variables_of_any_event": sorted(facts.COMMON.difference(event.variables)),
        "objects": [kind for kind in facts.OWNER_KINDS if kind in event.objects],
        "aliases": list(event.aliases),
        "first_seen": event.first_seen,
        "sources": list(event.sources),
        "notes": dict(event.notes),
        **_traps_and_evidence(event.traps, event.evidence),
    }


def _variable_fields(variable: VariableFacts) -> dict[str, Any]:
    return {
        "variable": variable.name,
        "meaning": variable.meaning,
        "format": variable.format,
        "taken_by_name": variable.name in facts.TAKEN_BY_NAME,
        "any_event": variable.common,
        "events": [event.name for event, _ in _events_of(variable)],
        "qualifiers": list(facts.QUALIFIERS) if variable.node_valued else [],
        "list_valued": variable.list_valued,
        "chosen_by": variable.user_controlled_why or None,
        "aliases": list(variable.aliases),
        **_traps_and_evidence(variable.traps, variable.evidence),
    }


def _traps_and_evidence(traps: Iterable[tuple[str, str]], evidence: Mapping[str, str]) -> dict[str, Any]:
    return {
        "traps": [{"text": text, "evidence": mark} for text, mark in traps],
        "evidence": dict(evidence),
    }


def _show(lines: Iterable[tuple[str, str]]) -> None:
    for name, text in lines:
        print_line(f"{name + ':':12}{text}")


def _show_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(heading, rows)
    table.show_heading()
    table.show(rows)

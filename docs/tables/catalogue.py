"""The catalogue of events and variables as tables, each fact with its mark of evidence."""

from __future__ import annotations

from arcapix.fs.gpfs import events as facts
from arcapix.fs.gpfs.events import EventFacts, VariableFacts

from .markdown import code, codes, escaped, marked, table

_OBJECTS = {"filesystem": "Filesystem", "fileset": "Fileset", "pool": "Pool"}


def summary() -> str:
    """All events in a table, in the order of the catalogue."""
    rows = [
        (
            f"[{event.name}](#{event.name.lower()})",
            event.scope,
            event.fires_on,
            _repeats(event),
            *("yes" if kind in event.objects else "-" for kind in _OBJECTS),
        )
        for event in facts.EVENTS.values()
    ]
    return table(("event", "scope", "fires on", "comes", *_OBJECTS.values()), rows)


def _repeats(event: EventFacts) -> str:
    return f"{event.repeats}, {event.interval} s" if event.interval else event.repeats


def events() -> str:
    """A section for each event."""
    return "\n".join(_event(event) for event in facts.EVENTS.values())


def _event(event: EventFacts) -> str:
    lines = [
        ("attribute", code(facts.attribute(event.name))),
        ("name", _with_note(event, "name", code(event.name))),
        ("also seen as", _words(event, "aliases", event.aliases)),
        ("scope", _with_note(event, "scope", event.scope)),
        ("fires on", _with_note(event, "fires_on", event.fires_on)),
        ("comes", _with_note(event, "repeats", _repeats(event))),
        ("`sync=True`", _with_note(event, "sync", event.sync)),
        ("variables", _words(event, "variables", event.variables) or "those of any event only"),
        ("objects", ", ".join(_object(event, kind) for kind in _OBJECTS if kind in event.objects) or "-"),
        ("traps", "\n".join(marked(escaped(text), mark) for text, mark in event.traps)),
        ("first seen", escaped(event.first_seen or "recalled only")),
        ("sources", codes(event.sources)),
    ]
    about = marked(escaped(event.description), event.evidence["description"])
    return f"### {event.name}\n\n{about}\n\n" + table(("", ""), [line for line in lines if line[1]])


def _with_note(record: EventFacts | VariableFacts, key: str, text: str) -> str:
    if not text:
        return ""
    note = getattr(record, "notes", {}).get(key, "")
    return marked(text, record.evidence[key]) + (f"; {escaped(note)}" if note else "")


def _words(event: EventFacts, key: str, words: tuple[str, ...]) -> str:
    return ", ".join(_with_note(event, f"{key}.{word}", code(word)) for word in words)


def _object(event: EventFacts, kind: str) -> str:
    return marked(_OBJECTS[kind], event.evidence[f"objects.{kind}"])


def not_events() -> str:
    """What people expect and GPFS does not have."""
    return table(
        ("name", "what is known"), [(escaped(name), escaped(why)) for name, why in facts.NOT_EVENTS.items()]
    )


def variables() -> str:
    """All variables in a table."""
    return table(
        ("variable", "meaning", "form", "of any event", "chosen by others", "traps"),
        [
            (
                _with_note(variable, "name", code(f"%{variable.name}"))
                + ("\nby its name" if variable.name in facts.TAKEN_BY_NAME else "")
                + ("\nqualifiers" if variable.node_valued else ""),
                _with_note(variable, "meaning", escaped(variable.meaning)),
                _with_note(variable, "format", escaped(variable.format)),
                f"yes [{variable.evidence['common']}]" if variable.common else "-",
                escaped(variable.user_controlled_why) if variable.user_controlled else "-",
                "\n".join(marked(escaped(text), mark) for text, mark in variable.traps),
            )
            for variable in facts.VARIABLES.values()
        ],
    )


def sources() -> str:
    """The words under "sources", spelt out."""
    return table(
        ("source", "what it is"), [(code(key), escaped(text)) for key, text in facts.SOURCES.items()]
    )

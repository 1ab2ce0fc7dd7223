"""What ``help(Filesystem("mmfs1").onLowDiskSpace)`` tells: when that happens, where, with which variables."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from .. import events
from ..registration.owner import CLASS_OF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..events import EventFacts

_WIDTH = 100
_EVENT_NAME = "eventName"


class EventHelp:
    """The ``__doc__`` of a class whose instances each have one of their own.

    Args:
        of_class: That of the class itself.
    """

    def __init__(self, of_class: str | None) -> None:
        self._of_class = of_class

    def __get__(self, instance: object, cls: type) -> str | None:
        return self._of_class if instance is None else str(instance._help())  # type: ignore[attr-defined]


def event_help(event: str, scope: Sequence[str]) -> str:
    """Return the help for an event of an object, each fact with its mark of evidence.

    Args:
        event: An event of the catalogue.
        scope: The object.
    """
    facts = events.EVENTS[event]
    parts = [
        f"The callbacks of {_constructed(scope)} for the event {event}: a collection; new() installs one.",
        f"When: {facts.marked('description')}",
        f"Where: {facts.marked('fires_on')}; {SCOPES[facts.scope]} [{facts.evidence['scope']}]",
        f"How often: {facts.marked('repeats')}",
    ]
    if facts.sync:
        parts.append(f"With sync=True: {facts.marked('sync')}")
    parts.append(f"Variables: {variables_of(facts)}")
    parts += [f"Beware: {text} [{evidence}]" for text, evidence in facts.traps]
    filled = [textwrap.fill(part, _WIDTH, subsequent_indent="    ") for part in parts]
    return "\n".join([*filled, "", "Example:", *_example(facts, scope), "", _MARKS])


SCOPES = {
    "global": "on every node where the callback is installed",
    "local": "nowhere else",
}
_MARKS = (
    "[doc], [recorded] and [field]: documented by IBM, seen in real output, used by sites. [inferred] and\n"
    "[unverified]: concluded, or only recalled. The arguments of new(): help(Callback)."
)


def variables_of(facts: EventFacts) -> str:
    """Return the variables of an event in a line: its own, and those of any event."""
    own = [f"{name} [{facts.evidence[f'variables.{name}']}]" for name in facts.variables]
    others = sorted(events.COMMON.difference(facts.variables))
    of_any = ", ".join(f"{name} [{events.VARIABLES[name].evidence['common']}]" for name in others)
    return "; ".join(filter(None, [", ".join(own), f"as any event, {of_any}" if of_any else ""]))


def _example(facts: EventFacts, scope: Sequence[str]) -> list[str]:
    """Return lines that run as they are: parameters that are taken by name, or a list of parms."""
    names = [name for name in facts.variables if name in events.TAKEN_BY_NAME and name != _EVENT_NAME]
    parameters = names[:3] or [_EVENT_NAME]
    return [
        f"    >>> from arcapix.fs.gpfs import {CLASS_OF[scope[0]]}",
        f"    >>> def report({', '.join(parameters)}):",
        f"    ...     print({', '.join(parameters)})",
        f"    >>> callback = {_constructed(scope)}.{events.attribute(facts.name)}.new(report)",
    ]


def _constructed(scope: Sequence[str]) -> str:
    """Return the expression that makes an object: ``Fileset('mmfs1', 'projects')``."""
    kind, *names = scope
    if kind == "pool":  # it takes its own name first
        names.reverse()
    return f"{CLASS_OF[kind]}({', '.join(map(repr, names))})"

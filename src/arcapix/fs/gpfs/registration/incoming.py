"""From what GPFS lists to a definition."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import header
from .definition import CLUSTER, Definition

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["definition_of", "renewed"]


def definition_of(record: CallbackRecord) -> Definition:
    """Return the definition behind a listed callback.

    The header of a callable keeps what GPFS may not show as it was given: nodes (a class may be listed as its
    members), priority, and what goes with ``sync``.
    """
    found = header.read(record)
    definition = Definition(
        identifier=record.identifier,
        command=record.command,
        events=record.events,
        nodes=record.nodes,
        parms=record.parms,
        priority=header.number(record.priority),
        sync=record.sync,
        timeout=record.timeout,
        onerror=record.onerror,
        registered=True,
    )
    if found is None:
        return definition
    return replace(
        definition,
        nodes=header.nodes_of(record),
        parms=record.parms[1:],
        priority=header.number(found.priority),
        sync=found.sync,
        timeout=found.timeout,
        onerror=found.onerror,
        run=found.run,
        scope=found.owner or CLUSTER,
        token=record.parms[0],
        unsigned=_unsigned(record.events, found.events),
    )


def _unsigned(events: tuple[str, ...], signed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(event for event in events if signed and event.lower() not in header.lowered(signed))


def renewed(given: Definition, there: Definition) -> Definition:
    """Return the definition that a callback was created from, updated with what has changed since.

    Events that nobody has signed are not taken over.
    """
    return replace(
        given,
        events=given.events if there.unsigned else there.events,
        nodes=there.nodes,
        priority=there.priority,
        sync=there.sync,
        timeout=there.timeout,
        onerror=there.onerror,
        run=there.run,
    )

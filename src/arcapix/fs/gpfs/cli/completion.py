"""What a shell completes: callbacks, events and kinds of objects. Nothing that fails is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exceptions import GPFSError
from ..registration import registry

if TYPE_CHECKING:
    import click


def callbacks(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the identifiers that begin so (one ``mmlscallback``)."""
    try:
        return [one.identifier for one in registry.listed() if one.identifier.startswith(incomplete)]
    except (GPFSError, OSError):
        return []


def kinds(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the kinds of objects that begin so."""
    from .. import events

    return [kind for kind in events.OWNER_KINDS if kind.startswith(incomplete)]


def variable_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the variables that begin so, in any letter case."""
    from .. import events

    return [name for name in events.VARIABLES if name.lower().startswith(incomplete.lower())]


def event_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the events that begin so, in any letter case."""
    from .. import events

    return [name for name in events.EVENTS if name.lower().startswith(incomplete.lower())]


def recorded_objects(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return how objects that runs are about are written as far as their names, if it begins so."""
    return [each for each in ("cluster", "filesystem:", "fileset:", "pool:") if each.startswith(incomplete)]

"""What a shell completes: identifiers of callbacks, and names of events. Nothing that fails is told."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from .. import events
from ..exceptions import GPFSError

if TYPE_CHECKING:
    import click


def callbacks(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the identifiers that begin so (one ``mmlscallback``)."""
    from ..cluster import Cluster

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [each.id for each in Cluster().callbacks if each.id.startswith(incomplete)]
    except (GPFSError, OSError):
        return []


def event_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the events that begin so, in any letter case."""
    return [name for name in events.EVENTS if name.lower().startswith(incomplete.lower())]

"""Why ``history`` may have found nothing: names that nothing has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase

from ... import events
from ...exceptions import GPFSError, NotFound, nearest
from ...registration import notation, registry
from ...registration.presence import Objects
from ...runs.history import History, Selection

__all__ = ["doubts"]


def doubts(wanted: Selection, here: History) -> Iterator[str]:
    """Yield what is misspelt, as far as GPFS can be asked.

    Args:
        wanted: What was looked for.
        here: The runs of this node.
    """
    for name in wanted.events:
        if events.canonical(name) is None:  # GPFS may know it nevertheless
            yield f"no event {name!r} is known{_meant(nearest(name, events.EVENTS))}"
    with suppress(GPFSError, OSError):
        yield from _of_callbacks(wanted, here)
    with suppress(GPFSError, OSError):
        objects = Objects()
        for text in wanted.objects:
            missing = objects.why_not(notation.parse(text))
            if isinstance(missing, NotFound):
                yield str(missing)


def _of_callbacks(wanted: Selection, here: History) -> Iterator[str]:
    if not wanted.callbacks:
        return
    known = [record.identifier for record in registry.listed()]
    known += [run.callback for run in here.runs()]
    for text in wanted.callbacks:
        if not any(fnmatchcase(name, text) for name in known):
            yield f"no callback {text!r} is registered, or has run here{_meant(nearest(text, known))}"


def _meant(near: str | None) -> str:
    return f"; did you mean {near!r}?" if near else ""

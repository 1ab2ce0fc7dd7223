"""What GPFS does not have since a process was killed on this node; `recovery` puts it right."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from . import journal

__all__ = ["WAY_OUT", "Lost", "lost"]

WAY_OUT = "run: arcapix-gpfs recover --definitions"


class Lost(NamedTuple):
    """What GPFS does not have as it ought to, since something was cut short on this node.

    Attributes:
        identifiers: The callbacks; none where that cannot be read.
        text: What an administrator reads about it.
    """

    identifiers: frozenset[str]
    text: str


def lost(registered: Collection[str]) -> Iterator[Lost]:
    """Yield what a recovery would put right; a change whose callback is there has lost nothing.

    Args:
        registered: The callbacks that GPFS lists.
    """
    for entry in journal.entries():
        if not entry.mine:
            continue
        names = ", ".join(map(repr, sorted(entry.identifiers)))
        there = entry.identifiers.intersection(registered)
        if entry.problem:
            yield Lost(frozenset(), f"the journal file {entry.path} {entry.problem}")
        elif not entry.batch and not there:
            text = f"callback {names} is gone: a change of it was cut short, and {entry.path} keeps it"
            yield Lost(frozenset(entry.identifiers), text)
        elif entry.batch and there and there != entry.identifiers:
            installed = ", ".join(map(repr, sorted(there)))
            yield Lost(
                frozenset(there), f"of a batch, {names}, only {installed} is installed: it was cut short"
            )

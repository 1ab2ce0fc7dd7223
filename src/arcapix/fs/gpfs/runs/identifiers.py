"""Identifiers of runs, and of events that a node has accepted: which one is meant by one that is misspelt."""

from __future__ import annotations

from collections.abc import Iterable

from ..exceptions import NotFound

__all__ = ["unknown"]


def unknown(kind: str, name: str, known: Iterable[str], listing: str = "") -> NotFound:
    """Return the error for what this node does not have, or none of those that were asked.

    All identifiers look much alike, so the most similar one is as a rule another's: one is offered only if it
    begins with the name, or differs from it by one character.

    Args:
        kind: What was looked for: ``"run"`` or ``"event"``.
        name: The identifier asked for.
        known: Those that there are.
        listing: The command that lists those of other nodes, if only this one was asked.
    """
    meant = [each for each in known if each.startswith(name) or _differ_by_one(name, each)]
    if not listing:
        return NotFound(kind, name, meant, where="on any of the nodes that have answered")
    elsewhere = f"for one of another node give --node; which, tells: arcapix-gpfs {listing} --nodes all"
    return NotFound(kind, name, meant, where="on this node", hint=elsewhere)


def _differ_by_one(name: str, other: str) -> bool:
    begin = _in_common(name, other)
    end = _in_common(name[begin:][::-1], other[begin:][::-1])
    return max(len(name), len(other)) - begin - end <= 1


def _in_common(one: str, other: str) -> int:
    """Return with how many characters both begin."""
    pairs = enumerate(zip(one, other))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))

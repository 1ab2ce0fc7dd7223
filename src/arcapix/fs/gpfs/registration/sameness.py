"""What counts as the same: two registrations, or the functions that they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..deployment import cluster_key
from ..driver import token as tokens
from . import header

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["is_same", "same_function"]


def is_same(one: CallbackRecord, other: CallbackRecord) -> bool:
    """Tell whether two callables differ only in who installed them, when, and with which interpreter.

    Args:
        one: What is installed.
        other: What was just made, with the site's key.
    """
    mine, theirs = header.read(one), header.read(other)
    if mine is None or theirs is None or one.command != other.command or one.parms[1:] != other.parms[1:]:
        return False
    mine = mine._replace(
        installed_by=theirs.installed_by,
        installed_at=theirs.installed_at,
        made_with=theirs.made_with,
        python=theirs.python,
    )
    if mine != theirs:
        return False
    if {event.lower() for event in one.events} != {event.lower() for event in other.events}:
        return False
    return _is_sound(one.parms[0]) and _body(one) == _body(other)


def same_function(one: CallbackRecord, other: CallbackRecord) -> bool:
    """Tell whether two records run the same: one script, or functions captured as the same text."""
    mine, theirs = [record.parms[0] if header.read(record) else "" for record in (one, other)]
    if not (mine and theirs):
        return (one.command, one.parms) == (other.command, other.parms)
    return tokens.split(mine)[1] == tokens.split(theirs)[1]


def _is_sound(token: str) -> bool:
    try:
        tokens.check(token, cluster_key.read())
    except tokens.TokenError:
        return False
    return True


def _body(record: CallbackRecord) -> bytes:
    # Two releases of zlib may compress the same body to different texts.
    return tokens.unpack(tokens.split(record.parms[0])[1])

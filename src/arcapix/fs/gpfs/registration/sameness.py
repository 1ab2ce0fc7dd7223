"""What counts as the same: two registrations, or the functions that they run; and which followed on which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..commands.node_names import NodeNames
from ..deployment import cluster_key
from ..driver import token as tokens
from ..driver.verification import checked
from . import header
from .definition import same_action

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["follows", "is_same", "is_sent", "same_function"]

_QUOTES = str.maketrans("", "", "\"'\\")


def is_same(one: CallbackRecord, other: CallbackRecord) -> bool:
    """Tell whether two callables differ only in who installed them, when, and with which interpreter.

    Args:
        one: What is installed.
        other: What was just made, with the site's key.
    """
    mine, theirs = header.read(one), header.read(other)
    if mine is None or theirs is None or one.command != other.command or one.parms[1:] != other.parms[1:]:
        return False
    if header.lowered(mine.events) != header.lowered(theirs.events):
        return False
    mine = mine._replace(
        events=theirs.events,
        installed_by=theirs.installed_by,
        installed_at=theirs.installed_at,
        made_with=theirs.made_with,
        python=theirs.python,
        replaced=theirs.replaced,
    )
    if mine != theirs:
        return False
    if header.lowered(one.events) != header.lowered(other.events):
        return False
    return _is_sound(one.parms[0]) and _body(one) == _body(other)


def same_function(one: CallbackRecord, other: CallbackRecord) -> bool:
    """Tell whether two records run the same: one script, or functions captured as the same text."""
    mine, theirs = [record.parms[0] if header.read(record) else "" for record in (one, other)]
    if not (mine and theirs):
        return (one.command, one.parms) == (other.command, other.parms)
    return tokens.split(mine)[1] == tokens.split(theirs)[1]


def is_sent(there: CallbackRecord, sent: CallbackRecord) -> bool:
    """Tell whether GPFS lists what was sent, and not what somebody else sent under the same identifier.

    The token of a callable is unlike any other, even if GPFS has cut it. Of a script all is compared that the
    listing tells, in whichever form: a class may be listed as its members, and quotes of parms may be gone.
    """
    if there.command != sent.command or header.lowered(there.events) != header.lowered(sent.events):
        return False
    if header.read(sent) is not None:
        return bool(there.parms) and sent.parms[0].startswith(there.parms[0])
    options = {
        "priority": header.number(there.priority) == header.number(sent.priority),
        "sync": there.sync == sent.sync,
        "timeout": there.timeout == sent.timeout,
        "onerror": same_action(there.onerror, sent.onerror),
    }
    return (
        _plain(there.parms) == _plain(sent.parms)
        and all(same for name, same in options.items() if name in there.shown)
        and (set(there.nodes) == set(sent.nodes) or NodeNames().same_nodes(there.nodes, sent.nodes))
    )


def follows(there: CallbackRecord, sent: CallbackRecord) -> bool:
    """Tell whether somebody has made what GPFS lists from what was sent, as only a callable can tell."""
    found = header.read(there)
    return found is not None and found.replaced == header.mark(sent)


def _plain(parms: tuple[str, ...]) -> str:
    return " ".join(parms).translate(_QUOTES)


def _is_sound(token: str) -> bool:
    """Tell whether a key vouches for a token that is there to stay, so that it need not be made anew."""
    keys = cluster_key.keys()
    try:
        checked(token, [key for key in keys if key.until == float("inf")])
    except tokens.TokenError:
        return False
    return True


def _body(record: CallbackRecord) -> bytes:
    # Two releases of zlib may compress the same body to different texts.
    return tokens.unpack(tokens.split(record.parms[0])[1])

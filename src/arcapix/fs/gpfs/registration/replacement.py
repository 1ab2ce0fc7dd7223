"""Changes callbacks, for which GPFS has no command: it can only delete and add, so the old one is kept.

Between the two there is a gap in which an event is not seen. Before the gap, the old definition is written to
a journal file; a process that is killed in the gap leaves the file behind, and `recovery` adds again what is
missing.

On this node there is one change at a time. Another node may come in between at any moment, and GPFS has no
command that changes a callback only if it is still what was listed. So a change lists right before it
deletes, and again after it has added: whoever finds something else there than was sent, and not made from it,
starts over from what is there now.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from .. import commands
from ..commands import signals
from ..exceptions import GPFSError, NotFound, ReplaceFailed, printable
from . import journal, registry, room, sameness
from .definition import same_action
from .doubts import warn

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from .journal import Journal

__all__ = ["Overtaken", "described", "look_again", "put", "repeated"]

_TRIES = 16
_LOOKS = 5
"""How often in a row a callback has to be missing: it may be in the gap of a change on another node."""
_JITTER = (0.5, 1.5)
_LONGEST = 8
_SETTLING = 4.0
"""The most that a change waits before it looks what has become of it.

It waits as long as it took from its listing to the end of its deletion: other nodes, which have listed the
same, need about as long until their deletions have come and gone, however slow the cluster is.
"""


class Overtaken(Exception):
    """Another node has changed, added or deleted the callback while it was being changed here.

    Args:
        there: What is registered now; None if nothing is.
    """

    def __init__(self, there: CallbackRecord | None) -> None:
        super().__init__()
        self.there = there


def repeated(identifier: str, attempt: Callable[[], None]) -> None:
    """Make a change, again from the start whenever another node came in between.

    The pauses are as long as the attempts, and grow, so that the slowest cluster gets the time it needs.

    Args:
        identifier: The callback.
        attempt: Lists it and changes it.

    Raises:
        NotFound: It is gone, and stays so.
        ReplaceFailed: Others came in between each time.
    """
    missing = 0
    there = None
    for number in range(_TRIES):
        started = time.monotonic()
        try:
            attempt()
            return
        except NotFound as error:
            missing += 1
            if missing == _LOOKS or (error.kind, error.name) != ("callback", identifier):
                raise
        except Overtaken as overtaken:
            missing = 0
            there = overtaken.there or there
            if number == 0 and overtaken.there is not None:
                now = described(overtaken.there)
                warn(
                    [f"another node changed callback {identifier!r} at the same time; once more, from {now}"]
                )
        factor = min(2**number, _LONGEST) * random.uniform(*_JITTER)
        time.sleep((time.monotonic() - started) * factor)
    raise ReplaceFailed(
        identifier,
        restored=False,
        journal=None,
        reason=f"other nodes changed it at the same time, in each of {_TRIES} attempts",
        registered=described(there) if there is not None else "not there",
    )


def described(record: CallbackRecord) -> str:
    """Return a few words that tell a callback from others: ``shutdown on mynode``."""
    return f"{','.join(record.events)} on {','.join(record.nodes) or 'every node'}"


def put(old: CallbackRecord, restorable: CallbackRecord, new: CallbackRecord, since: float) -> CallbackRecord:
    """Replace a registered callback: ``mmdelcallback``, ``mmaddcallback``, ``mmlscallback``.

    An event in between is not seen. To be called within `journal.alone`, right after a listing.

    Args:
        old: The callback, as GPFS lists it.
        restorable: The callback, as it is added again if the new one cannot be added.
        new: What takes its place.
        since: When that listing began, by ``time.monotonic``.

    Returns:
        What is registered: what was sent, or what another node has already made from it.

    Raises:
        Overtaken: Another node came in between; `repeated` starts over.
        NotFound: Somebody deleted it in between; it is not brought back.
        ReplaceFailed: It could not be changed; the text says whether the old one is back.
        GPFSError: It could not be put back, or no journal can be written; nothing was changed. Or it was
            changed, and GPFS did not tell whether that lasted.
    """
    if old.unknown:
        keys = ", ".join(sorted({printable(name) for name, _ in old.unknown}))
        raise GPFSError(
            f"callback {old.identifier!r} cannot be changed: GPFS lists {keys} for it, which we could not "
            "put back; delete it and install it anew"
        )
    with signals.deferred(), contextlib.ExitStack() as keeping:
        try:
            kept = keeping.enter_context(journal.kept([restorable]))
        except OSError as error:
            raise GPFSError(
                f"callback {old.identifier!r} was not changed: its definition cannot be kept in "
                f"{journal.folder()}: {error.strerror}"
            ) from None
        _delete(old, kept)
        took = time.monotonic() - since
        try:
            registry.add(new)
        except Exception as error:
            _put_back(old, restorable, kept, error)
        kept.done()
    time.sleep(min(took, _SETTLING))
    there = _confirmed(new)
    if room.is_cut(there, new):
        _take_back(there, restorable, new)
    return new if sameness.is_sent(there, new) else there


def _take_back(there: CallbackRecord, restorable: CallbackRecord, new: CallbackRecord) -> NoReturn:
    """Put the old callback in the place of a new one that GPFS has cut, and raise what happened."""
    error = room.too_large(there, new)
    put(there, restorable, restorable, time.monotonic())
    raise ReplaceFailed(new.identifier, restored=True, journal=None, reason=str(error), failure=error)


def look_again(old: CallbackRecord) -> None:
    """Make sure that a callback is still as it was, where time has passed since it was listed (one listing).

    Raises:
        Overtaken: It has been changed.
        NotFound: It is gone.
    """
    there = registry.find(old.identifier)
    if not _is_alike(there, old):
        raise Overtaken(there)


def _delete(old: CallbackRecord, kept: Journal) -> None:
    try:
        with commands.before_repeating(lambda: look_again(old)):
            registry.delete(old.identifier)
    except (NotFound, Overtaken):
        kept.done()
        raise
    except GPFSError as error:
        try:
            there = registry.find(old.identifier)
        except NotFound:  # somebody has deleted it since GPFS was asked why that failed
            kept.done()
            raise
        except GPFSError:
            path = str(kept.path)
            raise ReplaceFailed(
                old.identifier, restored=False, journal=path, reason=str(error), failure=error
            ) from None
        kept.done()
        if not _is_alike(there, old):
            raise Overtaken(there) from error
        raise ReplaceFailed(
            old.identifier, restored=True, journal=None, reason=str(error), failure=error
        ) from None


def _put_back(old: CallbackRecord, restorable: CallbackRecord, kept: Journal, error: Exception) -> NoReturn:
    """Add the old definition again, unless something is there already, and raise what happened."""
    for _ in range(_LOOKS):  # what another node has added may be in the gap of its next change when we look
        there = _listed_now(old.identifier)
        if there is not None:
            kept.done()
            raise Overtaken(there) from error
        try:
            registry.add(restorable)
            reason = str(error)
            break
        except Exception as second:
            again = "" if str(second) == str(error) else f"\n  and it could not be put back: {second}"
            reason = f"{error}{again}"
    there = _listed_now(old.identifier)
    restored = there is not None and _is_alike(there, old)
    if restored:
        kept.done()
    raise ReplaceFailed(
        old.identifier,
        restored=restored,
        journal=None if restored else str(kept.path),
        reason=reason,
        failure=error,
    ) from None


def _confirmed(new: CallbackRecord) -> CallbackRecord:
    """Return what is registered, unless another node's change has undone this one (one listing)."""
    try:
        there = registry.find(new.identifier)
    except NotFound:
        raise
    except GPFSError as error:
        raise GPFSError(
            f"callback {new.identifier!r} was changed, but not whether another node changed it at the same "
            f"time could be told: {error}"
        ) from None
    if not (sameness.is_sent(there, new) or sameness.follows(there, new)):
        raise Overtaken(there)
    if there.parms == new.parms:
        room.remember([new])
    return there


def _listed_now(identifier: str) -> CallbackRecord | None:
    try:
        return registry.get(identifier)
    except GPFSError:
        return None


def _is_alike(one: CallbackRecord, other: CallbackRecord) -> bool:
    """Tell whether GPFS lists the same callback twice, in whatever order it gives the items of its lists."""
    return (
        one.command == other.command
        and {event.lower() for event in one.events} == {event.lower() for event in other.events}
        and (set(one.nodes), one.nowhere) == (set(other.nodes), other.nowhere)
        and (one.parms, one.priority, one.sync, one.timeout)
        == (other.parms, other.priority, other.sync, other.timeout)
        and same_action(one.onerror, other.onerror)
    )

"""What is registered in GPFS: one listing for each question, one command for each change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import commands
from ..exceptions import GPFSError, GPFSExecuteException, NotFound

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["add", "delete", "find", "get", "is_as_sent", "listed", "named"]


_INTERNAL = ("mm", "gpfs")
"""How the identifiers of GPFS's own callbacks begin."""


def listed() -> list[CallbackRecord]:
    """Return every user callback, in GPFS's order (one ``mmlscallback``); never one of GPFS's own.

    Nobody knows whether GPFS answers with an error when no user callback is registered. So after a failure
    its own callbacks, which always exist, are asked for too: if that succeeds, that answer counts.
    """
    try:
        records = commands.mmlscallback()
    except GPFSExecuteException as error:
        if _was_stopped(error):
            raise
        try:
            records = commands.mmlscallback("all")
        except GPFSError:
            raise error from None
    return [record for record in records if not record.identifier.startswith(_INTERNAL)]


def get(identifier: str) -> CallbackRecord | None:
    """Return a callback as GPFS lists it now, or None (one ``mmlscallback``)."""
    return next((record for record in listed() if record.identifier == identifier), None)


def find(identifier: str) -> CallbackRecord:
    """Return a callback as GPFS lists it now (one ``mmlscallback``).

    Raises:
        NotFound: There is none; names the nearest.
    """
    return named(identifier, listed())


def named(identifier: str, records: Sequence[CallbackRecord]) -> CallbackRecord:
    """Return the callback with an identifier among those that GPFS has listed.

    Raises:
        NotFound: There is none; names the nearest.
    """
    for record in records:
        if record.identifier == identifier:
            return record
    raise NotFound("callback", identifier, [record.identifier for record in records])


def add(record: CallbackRecord) -> None:
    """Register a callback (one ``mmaddcallback``).

    Raises:
        GPFSExecuteException: GPFS refused it.
    """
    try:
        commands.mmaddcallback(record)
    except GPFSExecuteException as error:
        if not _was_stopped(error):
            raise
        # It took too long and was stopped, perhaps after it had done its work.
        there = get(record.identifier)
        if there is None or not is_as_sent(there, record):
            raise


def is_as_sent(there: CallbackRecord, sent: CallbackRecord) -> bool:
    """Tell whether a listed callback is what was sent under its identifier, not what others installed."""
    return (there.command, there.parms) == (sent.command, sent.parms)


def delete(identifier: str) -> None:
    """Delete a callback (one ``mmdelcallback``, and one listing if that failed).

    Raises:
        NotFound: There is none.
        GPFSExecuteException: GPFS refused.
    """
    try:
        commands.mmdelcallback(identifier)
    except GPFSExecuteException as error:
        try:
            records = listed()
        except GPFSError:
            raise error from None
        names = [record.identifier for record in records]
        if identifier in names:
            raise
        if not _was_stopped(error):
            raise NotFound("callback", identifier, names) from None


def _was_stopped(error: GPFSExecuteException) -> bool:
    return error.returncode is None

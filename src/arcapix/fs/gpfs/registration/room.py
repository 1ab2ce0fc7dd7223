"""How long parms may be: nobody has published it, and a GPFS that cuts them reports success.

The length of the longest parms that a listing has shown whole is remembered on this node, with the cluster.
What is longer is compared with a listing once it has been added.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import commands
from ..binding.callables import NameInCallback
from ..commands import signals
from ..deployment import whole_file
from ..exceptions import CallbackWarning, GPFSError, NotFound, PayloadTooLarge
from . import header, journal, registry
from .doubts import warn

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["add", "confirm", "is_cut", "remember", "too_large"]

Sizes = Sequence[tuple[str, int]]
"""Names and sizes of what a function has captured, largest first."""


def add(record: CallbackRecord, largest: Sizes = ()) -> None:
    """Register a callback, and make sure that GPFS has kept all of it.

    That is one ``mmaddcallback``, and one ``mmlscallback`` of it where its parms are longer than any that are
    known to have come back whole. To be called within `journal.alone`.

    Args:
        record: What to register.
        largest: What a function has captured, for the text of an error.

    Raises:
        PayloadTooLarge: GPFS has cut it; it was deleted again.
        GPFSExecuteException: GPFS refused it.
    """
    if not _longer([record]):
        registry.add(record)
        return
    with signals.deferred():
        registry.add(record)
        try:
            confirm([record], {record.identifier: largest})
        except (PayloadTooLarge, CallbackWarning) as error:  # a warning, where warnings are errors
            _take_back(record.identifier, error)
            raise


def _take_back(identifier: str, error: Exception) -> None:
    try:
        registry.delete(identifier)
    except NotFound:
        pass
    except GPFSError as second:
        error.add_note(f"it could not be taken back; run arcapix-gpfs delete {identifier}: {second}")


def confirm(sent: Sequence[CallbackRecord], largest: Mapping[str, Sizes]) -> None:
    """Make sure that GPFS has kept all of what was just added (one listing, unless that is known already).

    Args:
        sent: What was added.
        largest: What each function has captured, by identifier.

    Raises:
        PayloadTooLarge: GPFS has cut something; it is still there.
    """
    longer = {record.identifier: record for record in _longer(sent)}
    if not longer:
        return
    try:
        listed = registry.listed() if len(longer) > 1 else commands.mmlscallback(*longer)
    except GPFSError as error:
        names, (reason, *_) = ", ".join(map(repr, longer)), str(error).split("\n")
        what = "callbacks" if len(longer) > 1 else "callback"
        warn([f"whether GPFS has kept all of {what} {names} cannot be told: {reason}"])
        return
    there = {record.identifier: record for record in listed if record.identifier in longer}
    whole = [record for name, record in longer.items() if name in there and there[name].parms == record.parms]
    remember(whole)
    for name, record in longer.items():
        if name in there and is_cut(there[name], record):
            raise too_large(there[name], record, largest.get(name, ()))


def is_cut(there: CallbackRecord, sent: CallbackRecord) -> bool:
    """Tell whether a listed callback is the beginning of what was sent, and no more."""
    kept, given = _text(there), _text(sent)
    return there.command == sent.command and kept != given and given.startswith(kept)


def too_large(there: CallbackRecord, sent: CallbackRecord, largest: Sizes = ()) -> PayloadTooLarge:
    """Return the error for a callback that GPFS has cut."""
    found = header.read(sent)
    name = found.function.rpartition(".")[2] if found is not None else sent.identifier
    shown = NameInCallback.of(name, sent.identifier)
    return PayloadTooLarge(shown, len(_text(sent)), len(_text(there)), largest, cut=True)


def remember(whole: Sequence[CallbackRecord]) -> None:
    """Remember that these have come back whole, if one of them is longer than what is remembered.

    What cannot be written is looked at again another time.
    """
    longer = _longer(whole)
    if not longer:
        return
    path, length = _path(), max(len(_text(record)) for record in longer)
    with (
        contextlib.suppress(OSError),
        whole_file.written(
            path, f"{length}\n{commands.directory()}\n".encode(errors="replace"), 0o600
        ) as new,
    ):
        new.rename(path)


def _longer(records: Sequence[CallbackRecord]) -> list[CallbackRecord]:
    """Return the callables that are longer than any that is known to have come back whole."""
    ours = [record for record in records if record.parms and header.is_driver(record.command)]
    known = _known() if ours else 0
    return [record for record in ours if len(_text(record)) > known]


def _known() -> int:
    try:
        return int(whole_file.read(_path(), 20)[0].split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _path() -> Path:
    return journal.folder().with_name(f"longest-parms-{journal.cluster()}")


def _text(record: CallbackRecord) -> str:
    return " ".join(record.parms)

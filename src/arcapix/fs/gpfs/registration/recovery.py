"""Puts in order what killed processes left half done on this node.

A callback that is missing because its change was cut short is added again. A batch of which a part is
installed is undone: its promise is all or nothing, and nobody was told that it is installed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .. import commands
from ..exceptions import GPFSError, GPFSExecuteException
from . import journal, registry, sameness
from .doubts import warn

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from .journal import Entry

__all__ = ["recover", "unfinished"]

_LONG_AGO = 3600.0
"""Seconds after which somebody may well have deleted elsewhere what comes back here."""


def unfinished() -> list[str]:
    """Return what to say about changes and batches that were cut short on this node."""
    doubts = []
    for entry in journal.entries():
        if entry.mine:
            names = ", ".join(map(repr, sorted(entry.identifiers))) or repr(entry.path.name)
            what = (
                f"the installation of a batch ({names})" if entry.batch else f"a change of callback {names}"
            )
            kept = "what it was to install is in" if entry.batch else "its definition is in"
            doubts.append(f"{what} was cut short; {kept} {entry.path}: run Cluster().callbacks.recover()")
    return doubts


def recover() -> list[str]:
    """Add again what killed processes left out, and delete parts of batches; return what was added.

    That is a listing, an ``mmaddcallback`` each, and an ``mmdelcallback`` for each batch. Of several files
    about one callback the newest counts. A later success retires a file: one on this node has removed it, and
    one on another node shows where GPFS lists the callback in any form: then nothing is added. But what was
    deleted on another node cannot be told from what is missing. The file of a command that is still under way
    is left alone, and one that cannot be read stays where it is, with a `CallbackWarning`.

    Raises:
        GPFSError: GPFS refuses one; the others are back nevertheless. Or the files cannot be read.
    """
    with journal.alone():
        recovery = _Recovery()
        for entry in journal.entries(needed=True):
            recovery.settle(entry)
    warn(recovery.doubts)
    if recovery.failed:
        raise recovery.failed[0]
    return recovery.added


class _Recovery:
    """One pass over the journal files, the newest first.

    Attributes:
        added: What was added again.
        failed: What GPFS refused.
        doubts: What to warn about at the end.
    """

    def __init__(self) -> None:
        self.added: list[str] = []
        self.failed: list[GPFSError] = []
        self.doubts: list[str] = []
        self._waiting: set[str] = set()
        self._listed: dict[str, CallbackRecord] | None = None

    def settle(self, entry: Entry) -> None:
        """Do what a file asks for, and remove it."""
        if not entry.records:
            if entry.mine:
                self.doubts.append(f"the journal file {entry.path} cannot be read; look at it, and remove it")
            return
        if not entry.mine:
            self._waiting |= entry.identifiers
        if not self._waiting.isdisjoint(entry.identifiers):
            return
        try:
            if entry.batch:
                self._undo(entry)
            else:
                self._add(entry.records[0], entry.time)
        except GPFSError as error:
            self.failed.append(error)
            self._waiting |= entry.identifiers
            return
        entry.path.unlink(missing_ok=True)

    @property
    def _there(self) -> dict[str, CallbackRecord]:
        if self._listed is None:
            self._listed = {record.identifier: record for record in registry.listed()}
        return self._listed

    def _add(self, record: CallbackRecord, when: float) -> None:
        if record.identifier in self._there:
            return
        try:
            registry.add(record)
        except GPFSExecuteException:
            if registry.get(record.identifier) is None:
                raise
            return  # somebody on another node was faster
        self._there[record.identifier] = record
        self.added.append(record.identifier)
        age = time.time() - when
        if age > _LONG_AGO:
            at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(when))
            self.doubts.append(
                f"callback {record.identifier!r} is back as it was at {at}, {_shown(age)} ago, when a change "
                "was cut short on this node; if it was deleted on another node since, delete it again"
            )

    def _undo(self, entry: Entry) -> None:
        """Delete what a batch has installed, unless that is all of it."""
        there = self._there
        ours = [
            record.identifier
            for record in entry.records
            if record.identifier in there and sameness.is_sent(there[record.identifier], record)
        ]
        if not ours or len(ours) == len(entry.records):
            return
        commands.mmdelcallback(*ours)
        for identifier in ours:
            del there[identifier]
        self.doubts.append(
            f"a batch was cut short on this node; the part of it that was installed was deleted: "
            f"{', '.join(ours)}"
        )


def _shown(seconds: float) -> str:
    """Return an age in the largest unit that fits twice."""
    for unit, size in (("days", 86_400), ("hours", 3600)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 60:.0f} minutes"

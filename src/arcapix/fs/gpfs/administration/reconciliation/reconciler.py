"""Finds out what callbacks have missed on this node, and tells them: once, whoever else does so as well."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from ...commands import process
from ...driver import upkeep
from ...driver.records import SYNTHETIC
from ...exceptions import GPFSError, NotFound
from ...registration import header, registry
from ...runs.history import History
from ...runs.pauses import Pauses
from .. import surroundings
from .asked import UP, Asked
from .memory import Known, Memory
from .missed import Wanted, findings
from .sightings import look

if TYPE_CHECKING:
    from ...commands import CallbackRecord
    from .missed import Finding, Missed

__all__ = ["Reconciler"]

_PAUSE = 2.0
"""Seconds between two looks: what GPFS is telling just now was not missed."""


class Reconciler:
    """Compares what callbacks were told with what GPFS says, on this node.

    Args:
        state: The driver's state folder on this node.
        announce: Gets each event that was missed.
        complain: Gets a line for each thing that cannot be done.
    """

    def __init__(
        self, state: Path, announce: Callable[[Missed], object], complain: Callable[[str], object]
    ) -> None:
        self._state = state
        self._announce = announce
        self._complain = complain
        self._memory: Memory
        self._asked = Asked()
        self._file = state / "reconciled"
        self._histories: dict[str, History] = {}
        self._pauses: dict[str, Pauses] = {}

    def reconcile(self, identifiers: Sequence[str] = (), *, dry_run: bool = False) -> int:
        """Tell callbacks of what they have missed; return how many events that were.

        Those of paused callbacks are only announced, and left for later.

        Args:
            identifiers: The callbacks, or patterns such as ``log*``; by default all that ask for it.
            dry_run: Only announce it; nothing is written.

        Raises:
            NotFound: There is no such callback.
            GPFSError: GPFS or the journal cannot be asked, or what is found cannot be kept.
            OSError: What the last one found cannot be read.
        """
        records = registry.listed()
        wanted = self._wanted(records, identifiers)
        if dry_run:
            self._memory = Memory(self._file)
            missed = [finding for finding in self._look(wanted) if finding.event]
            self._tell_of(missed)
            return len(missed)
        with self._alone():
            self._memory = Memory(self._file)
            found = self._look(wanted)
            before = {finding.key for finding in found if finding.event}
            if before:
                time.sleep(_PAUSE)
                found = [one for one in self._look(wanted) if not one.event or one.key in before]
            missed = [one for one in found if one.event]
            untold = self._tell(missed)
            for finding in found:
                if finding.key not in untold:
                    known = Known(finding.sighting.state, finding.sighting.moment)
                    self._memory.put(finding.callback.record.identifier, finding.name, known)
            self._save({record.identifier for record in records})
        return len(missed)

    def is_down(self) -> bool:
        """Tell whether GPFS does not run on this node, so that little can be asked."""
        return self._asked.daemon != UP

    @property
    def node(self) -> str:
        """The name of this node."""
        return self._asked.here.daemon_name

    def _wanted(self, records: Sequence[CallbackRecord], texts: Sequence[str]) -> list[Wanted]:
        """Return the callbacks that ask for what they have missed, and that this node runs."""
        asking = []
        for record in records:
            if not texts or any(fnmatchcase(record.identifier, text) for text in texts):
                found = header.read(record)
                if found is not None and found.run is not None and found.run.reconcile:
                    asking.append(Wanted(record, found))
        for text in texts:
            if not any(fnmatchcase(one.record.identifier, text) for one in asking):
                raise _why_nobody_asks(text, [record.identifier for record in records])
        return [
            one
            for one in asking
            if self._asked.is_among(header.nodes_of(one.record)) and self._has_driver(one.record)
        ]

    def _has_driver(self, record: CallbackRecord) -> bool:
        """Tell whether a callback's driver is installed on this node."""
        try:
            self._histories[record.command] = History.of(Path(record.command))
            self._pauses[record.command] = Pauses.of(Path(record.command))
        except (GPFSError, OSError) as error:
            self._complain(f"callback {record.identifier!r} cannot be told: {error}")
            return False
        return True

    def _look(self, wanted: Sequence[Wanted]) -> list[Finding]:
        """Return what is found about each thing for each callback, at this moment."""
        self._asked = asked = Asked()
        kinds = [kind for callback in wanted for kind in callback.kinds()]
        sightings = look(asked, kinds, self._complain)
        runs = [run for history in self._histories.values() for run in history.runs()]
        return list(findings(wanted, sightings, runs, self._memory, asked))

    def _tell(self, missed: Sequence[Finding]) -> set[tuple[str, str, str]]:
        """Have drivers run callbacks; return the keys of what could not be told, or is not to be yet."""
        untold = set()
        for finding in missed:
            command = finding.callback.record.command
            if self._is_paused(finding):
                untold.add(finding.key)
                self._announce(finding.missed("paused"))
                continue
            try:
                environment = {SYNTHETIC: "1", **surroundings.of_driver(Path(command))}
                process.start((command, *finding.words(self._asked)), environment)
            except (OSError, GPFSError) as error:
                untold.add(finding.key)
                self._complain(f"{finding.missed(None)}, and cannot be: {error}")
            else:
                self._announce(finding.missed("run"))
        return untold

    def _tell_of(self, missed: Sequence[Finding]) -> None:
        for finding in missed:
            self._announce(finding.missed("paused" if self._is_paused(finding) else None))

    def _is_paused(self, finding: Finding) -> bool:
        record = finding.callback.record
        return self._pauses[record.command].hold(record.identifier)

    def _save(self, callbacks: Collection[str]) -> None:
        try:
            self._memory.save(callbacks)
        except OSError as error:
            why = f"{error.strerror or error}; what was told now may be told again"
            raise GPFSError(f"what was found cannot be kept in {self._file}: {why}") from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from doing the same at the same time on this node."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        lock = self._state / "reconcile.lock"
        try:
            upkeep.make_folder(str(self._state))
            descriptor = os.open(lock, flags, 0o600)
        except OSError as error:
            why = f"{error.strerror or error}; --dry-run needs no such file"
            raise GPFSError(f"{lock} cannot be opened: {why}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _why_nobody_asks(text: str, known: Sequence[str]) -> GPFSError:
    """Return the error for the name of a callback, or a pattern, where none of these asks."""
    for identifier in known:
        if fnmatchcase(identifier, text):
            way_out = f"ask for it: arcapix-gpfs change {identifier} --reconcile"
            return GPFSError(f"callback {identifier!r} does not ask for what it has missed; {way_out}")
    return NotFound("callback", text, known)

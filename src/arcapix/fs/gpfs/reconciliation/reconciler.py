"""Finds out what callbacks have missed on this node, and tells them: once, whoever else does so as well."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..commands import process
from ..commands.environment import BIN
from ..deployment import installation
from ..driver.records import DRIVER_LOG, SYNTHETIC
from ..exceptions import GPFSError
from ..registration import header, registry
from ..runs.history import History
from .asked import UP, Asked
from .memory import Known, Memory
from .missed import Wanted, findings
from .sightings import look

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from .missed import Finding

__all__ = ["Reconciler"]

_PAUSE = 2.0
"""Seconds between two looks: what GPFS is telling just now was not missed."""


class Reconciler:
    """Compares what callbacks were told with what GPFS says, on this node.

    Args:
        state: The driver's state folder on this node.
        announce: Gets a line for each event that was missed.
        complain: Gets a line for each thing that cannot be done.
    """

    def __init__(
        self, state: Path, announce: Callable[[str], object], complain: Callable[[str], object]
    ) -> None:
        self._state = state
        self._announce = announce
        self._complain = complain
        self._memory: Memory
        self._asked = Asked()
        self._histories: dict[str, History] = {}

    def reconcile(self, identifiers: Sequence[str] = (), *, dry_run: bool = False) -> int:
        """Tell callbacks of what they have missed; return of how many events.

        Args:
            identifiers: The callbacks; by default all that ask for it.
            dry_run: Only announce it.

        Raises:
            NotFound: There is no such callback.
            GPFSError: GPFS or the journal cannot be asked.
            OSError: What is found cannot be kept.
        """
        records = registry.listed()
        for identifier in identifiers:
            registry.named(identifier, records)
        wanted = list(self._wanted(records, identifiers))
        with self._alone():
            self._memory = Memory(self._state / "reconciled")
            found = self._look(wanted)
            missed = [finding for finding in found if finding.event]
            if dry_run:
                self._tell_of(missed)
                return len(missed)
            if missed:
                time.sleep(_PAUSE)
                before = {finding.key for finding in missed}
                found = [one for one in self._look(wanted) if not one.event or one.key in before]
                missed = [one for one in found if one.event]
            failed = self._tell(missed)
            for finding in found:
                if finding.key not in failed:
                    known = Known(finding.sighting.state, finding.sighting.moment)
                    self._memory.put(finding.callback.record.identifier, finding.name, known)
            self._memory.save({record.identifier for record in records})
        return len(missed) - len(failed)

    def is_down(self) -> bool:
        """Tell whether GPFS does not run on this node, so that little can be asked."""
        return self._asked.daemon != UP

    @property
    def node(self) -> str:
        """The name of this node."""
        return self._asked.here.daemon_name

    def _wanted(self, records: Sequence[CallbackRecord], identifiers: Sequence[str]) -> Iterator[Wanted]:
        """Return the callbacks that ask for what they have missed, and that this node runs."""
        for record in records:
            found = header.read(record) if not identifiers or record.identifier in identifiers else None
            if found is not None and found.run is not None and found.run.reconcile:
                if self._asked.is_among(header.nodes_of(record)) and self._has_driver(record):
                    yield Wanted(record, found)
            elif record.identifier in identifiers:
                way_out = "install it with run=Run(reconcile=True)"
                raise GPFSError(
                    f"callback {record.identifier!r} does not ask for what it has missed; {way_out}"
                )

    def _has_driver(self, record: CallbackRecord) -> bool:
        """Tell whether a callback's driver is installed on this node."""
        try:
            self._histories[record.command] = History.of(Path(record.command))
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
        """Have drivers run callbacks; return the keys of what could not be told."""
        failed = set()
        for finding in missed:
            command = finding.callback.record.command
            try:
                process.start((command, *finding.words(self._asked)), _environment(Path(command)))
            except (OSError, GPFSError) as error:
                failed.add(finding.key)
                self._complain(f"{_told(finding)}, and cannot be: {error}")
            else:
                self._announce(f"{_told(finding)}; run")
        return failed

    def _tell_of(self, missed: Sequence[Finding]) -> None:
        for finding in missed:
            self._announce(_told(finding))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from doing the same at the same time on this node."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._state.mkdir(parents=True, exist_ok=True, mode=0o750)
        descriptor = os.open(self._state / "reconcile.lock", flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _environment(driver: Path) -> dict[str, str]:
    """Return the variables that a driver finds: like GPFS, this hands over none of the administrator's."""
    configuration = installation.configuration_of(driver)
    kept = {"TZ", BIN, DRIVER_LOG, configuration["node_variable"], *configuration["keep_environment"]}
    return {SYNTHETIC: "1", **{name: os.environ[name] for name in sorted(kept) if name in os.environ}}


def _told(finding: Finding) -> str:
    about, callback = finding.sighting.about, finding.callback.record.identifier
    return f"{finding.event} of {about}: was not told to callback {callback}"

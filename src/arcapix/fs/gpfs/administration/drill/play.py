"""Starts the programs of callbacks on this node as GPFS would, and tells what became of each."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ...commands import process
from ...deployment import installation
from ...driver.decision import SCOPES, is_about
from ...driver.main import DRILL as PLAYED
from ...driver.records import DRILL
from ...exceptions import GPFSError
from ...registration import header
from ...runs.history import History, RecordedRun, Selection
from .. import surroundings
from ..reconciliation.asked import Asked
from .parms import Values

if TYPE_CHECKING:
    import subprocess

    from ...commands import CallbackRecord
    from ...registration.header import Header
    from .plan import Drill

__all__ = ["Outcome", "play"]

_LONGEST = 45.0
"""Seconds that are waited for all callbacks together: less than another node has to answer."""
_TICK = 0.1
_EARLIER = 1.0
"""Seconds that a start may be recorded as earlier, since the journal rounds."""
_LAST_BYTES = 4096
_GOOD = ("succeeded", "skipped", "running")


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one callback on one node.

    Attributes:
        run: Its run in the history there; None where the driver recorded none, and for a script.
        callback: The identifier.
        event: The event.
        node: The node.
        state: As in the history: ``running`` for what went on when nobody waited any longer.
        status: The exit status of its program; None while it runs, and if it could not be started.
        seconds: How long it took; None if that is not known.
        reason: Why it is no success, in one line.
        started: When, with the offset of the node's time zone.
    """

    run: str | None
    callback: str
    event: str
    node: str
    state: str
    status: int | None
    seconds: float | None
    reason: str
    started: str

    def is_good(self) -> bool:
        """Tell whether nothing has failed."""
        return self.state in _GOOD

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        return {**dataclasses.asdict(self), "drill": True}

    @classmethod
    def from_fields(cls, fields: Any) -> Outcome:
        """Return the outcome that another node told of; the counterpart of `fields`.

        Raises:
            GPFSError: It is none.
        """
        try:
            return cls(**{field.name: fields[field.name] for field in dataclasses.fields(cls)})
        except (KeyError, TypeError):
            raise GPFSError(f"its answer is not the outcome of a drill: {str(fields)[:80]!r}") from None


def play(drill: Drill, records: Sequence[CallbackRecord], *, longest: float = _LONGEST) -> list[Outcome]:
    """Play a drill on this node; return what became of the callbacks that are for this node.

    They are started in the order of their priorities; after a synchronous one, as soon as that has ended.

    Args:
        drill: The drill, with its name.
        records: The callbacks that it plays.
        longest: Seconds to wait for all of them.

    Raises:
        GPFSError: GPFS cannot be asked about the node.
    """
    asked = Asked()
    values = Values(drill.event, drill.values, asked)
    deadline = time.monotonic() + longest
    plays: list[_Play] = []
    busy = ""
    with contextlib.ExitStack() as files:
        for record in sorted(records, key=_priority):
            if _is_here(record, asked):
                made: type[_Play] = _OfDriver if header.is_driver(record.command) else _OfScript
                one = made(record, drill, values, asked.here.daemon_name)
                plays.append(one)
                if busy:
                    one.problem = f"not started: {busy} goes on, and GPFS would wait for its end"
                    continue
                one.start(files)
                if record.sync and not one.wait(deadline):
                    busy = record.identifier
        for one in plays:
            one.wait(deadline)
        return [one.outcome() for one in plays]


def _priority(record: CallbackRecord) -> tuple[bool, float]:
    try:
        return False, float(record.priority or "")
    except ValueError:
        return True, 0.0


def _is_here(record: CallbackRecord, asked: Asked) -> bool:
    nodes = header.nodes_of(record)
    return asked.is_among(nodes) if nodes else not record.nowhere


class _Play:
    """One callback on this node, whose program is started with the words that GPFS would start it with."""

    output: BinaryIO | None = None

    def __init__(self, record: CallbackRecord, drill: Drill, values: Values, node: str) -> None:
        self.record = record
        self.drill = drill
        self.words = values.words(record.parms)
        self.node = node
        self.began = time.time()
        self.process: subprocess.Popen[bytes] | None = None
        self.problem = ""
        self.ended: float | None = None

    def start(self, files: contextlib.ExitStack) -> None:  # noqa: ARG002
        """Start the program.

        Args:
            files: Closes what is opened for it.
        """
        self.began = time.time()
        try:
            self.process = process.begin(self.command(), self.environment(), self.output)
        except (OSError, GPFSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            self.problem = f"{self.record.command} cannot be started: {why or error}"

    def command(self) -> list[str]:
        """Return the command line."""
        return [self.record.command, *self.words]

    def environment(self) -> dict[str, str]:
        """Return the variables that the program finds.

        Raises:
            GPFSError: They cannot be told.
        """
        raise NotImplementedError

    def wait(self, deadline: float) -> bool:
        """Wait until it is over; tell whether it is."""
        while not self.is_over():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_TICK)
        return True

    def is_over(self) -> bool:
        """Tell whether nothing more is to come of it."""
        if self.process is None or self.ended is not None:
            return True
        if self.process.poll() is None:
            return False
        self.ended = time.time()
        return True

    def outcome(self) -> Outcome:
        """Return what has become of it by now."""
        if self.process is None:
            return self.told("failed", self.problem)
        if self.process.returncode is None:
            return self.told("running", "")
        return self.judged(self.process.returncode)

    def judged(self, status: int) -> Outcome:
        """Return what has become of it, after the end of its program."""
        raise NotImplementedError

    def told(self, state: str, reason: str, run: RecordedRun | None = None) -> Outcome:
        """Return an outcome; of a run that is in the history, with what stands there."""
        started = datetime.fromtimestamp(self.began).astimezone() if run is None else run.started
        seconds = None if self.ended is None else round(self.ended - self.began, 3)
        return Outcome(
            run=None if run is None else run.id,
            callback=self.record.identifier,
            event=self.drill.event,
            node=self.node,
            state=state,
            status=None if self.process is None else self.process.returncode,
            seconds=seconds if run is None else run.seconds,
            reason=reason,
            started=started.isoformat(timespec="milliseconds"),
        )


class _OfScript(_Play):
    """A script says no more than its exit status, and what it has printed last."""

    def start(self, files: contextlib.ExitStack) -> None:
        """Start it, with its output in a file that nobody else sees."""
        with contextlib.suppress(OSError):
            self.output = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        super().start(files)

    def environment(self) -> dict[str, str]:
        """Return what an installed driver would find, and what says that this is a drill."""
        with contextlib.suppress(GPFSError):
            return {**surroundings.of_driver(installation.driver_path()), DRILL: self.drill.id}
        return {DRILL: self.drill.id}

    def judged(self, status: int) -> Outcome:
        """Judge by the exit status."""
        if status == 0:
            return self.told("succeeded", "")
        ended = f"ended by signal {-status}" if status < 0 else f"exited with status {status}"
        last = self._last_line()
        return self.told("failed", f"{ended}: {last}" if last else ended)

    def _last_line(self) -> str:
        if self.output is None:
            return ""
        self.output.seek(max(0, self.output.seek(0, os.SEEK_END) - _LAST_BYTES))
        lines = self.output.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


class _OfDriver(_Play):
    """A driver of ours records what became of the function."""

    def command(self) -> list[str]:
        """Return the command line, which says that this is a drill."""
        return [self.record.command, PLAYED, self.drill.id, *self.words]

    def environment(self) -> dict[str, str]:
        """Return what the driver is configured to take over."""
        return surroundings.of_driver(Path(self.record.command))

    def is_over(self) -> bool:
        """Tell whether its end is recorded, or the driver has ended and leaves nothing to wait for."""
        if not super().is_over():
            return False
        if self.process is None or self.process.returncode != 0:
            return True
        run = self._run()
        return run.state != "running" if run is not None else not self._is_accepted()

    def judged(self, status: int) -> Outcome:
        """Judge by the history, or by why there is nothing in it."""
        run = self._run()
        if run is not None:
            return self.told(run.state, run.reason, run)
        if status:
            return self.told("failed", f"its driver ended with status {status} and recorded nothing")
        found = header.read(self.record)
        if found is not None and not self._is_about(found):
            return self.told("skipped", _about(found.owner))
        if self._is_accepted():
            return self.told("running", "accepted; no attempt at it has begun yet")
        return self.told("failed", "its driver recorded nothing")

    def _run(self) -> RecordedRun | None:
        """Return its first run; the number of the driver's process stands in its name."""
        assert self.process is not None
        name = re.compile(rf"[^-]+-{self.process.pid}(\.\d+-\d+)?")
        since = Selection(since=self.began - _EARLIER)
        runs = History.of(Path(self.record.command)).runs(since)
        return next((run for run in runs if run.drill and name.fullmatch(run.id)), None)

    def _is_accepted(self) -> bool:
        """Tell whether a driver that has ended well leaves the event to another process."""
        found = header.read(self.record)
        return (
            found is not None and found.run is not None and bool(found.run.retries) and self._is_about(found)
        )

    def _is_about(self, found: Header) -> bool:
        pairs = (word.partition("=") for word in self.words)
        values = {name: value for name, equals, value in pairs if equals}
        return not found.owner or is_about(list(found.owner), values)


def _about(owner: tuple[str, ...]) -> str:
    """Return why a driver does not run the function, as the event is about another object."""
    kind, *names = owner
    needed = " ".join(f"{variable}={name}" for variable, name in zip(SCOPES[kind], names, strict=True))
    return f"the event is not about its {kind}; give {needed}"

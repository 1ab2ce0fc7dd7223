"""The audit of a soak: what GPFS was told, what functions noted, and what the drivers recorded must agree."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from arcapix.fs.gpfs import emulated
from arcapix.fs.gpfs.driver import cache, journal, main, pending_reader, stale_runs
from arcapix.fs.gpfs.driver.pending import FAILED, PendingEvents
from arcapix.fs.gpfs.emulator.runs import CallbackProcess
from arcapix.fs.gpfs.runs.history import History, RecordedRun

from .handlers import KINDS

_ENDS = {"succeeded", "failed", "timed-out", "interrupted"}
_BEGIN = re.compile(rb"^\S+ run (\S+) of \S+ begins: event ", re.MULTILINE)
_END = re.compile(rb"^\S+ run (\S+) of \S+ ended: status \d+ after ", re.MULTILINE)
_ROUNDING = 0.01
_BLOCK = 64 << 10
"""Bytes by which a file of records may pass its bound."""
_FAILED_BYTES = 3 << 20
"""So many bytes of failed events may be all that is kept of more."""


@dataclass
class Audit:
    """The audit of one node.

    Args:
        directory: The folder of the cluster.
        node: The node.
        effects: The file that functions noted their attempts in.
        told: The processes that GPFS started there and whose end it saw.
    """

    directory: Path
    node: str
    effects: Path
    told: Iterable[CallbackProcess]

    def __post_init__(self) -> None:
        self.state = emulated.state_folder(self.directory, self.node)
        self.log = emulated.driver_log(self.directory, self.node)
        self.runs = History(self.state, self.log).runs()
        self.by_event: dict[str, list[RecordedRun]] = defaultdict(list)
        for run in self.runs:
            self.by_event[event_of(run)].append(run)
        lines = self.effects.read_text().splitlines() if self.effects.exists() else []
        self.attempts: dict[str, list[int]] = defaultdict(list)
        for line in lines:
            event, _, attempt = line.partition(" ")
            self.attempts[event].append(int(attempt))
        self.pending = {event.id: event for event in pending_reader.read(PendingEvents(str(self.state)))}
        self.losses = self.repeats = self.promises = 0

    def problems(self) -> list[str]:
        """Return what is wrong, in sentences."""
        found = [*self._lost(), *self._repeated(), *self._unfinished(), *self._untrue()]
        found += [*self._unreadable(), *self._unbounded(), *self._open_to_others()]
        return [f"{self.node}: {problem}" for problem in found]

    def _forgotten(self) -> bool:
        """Tell whether the journal has grown so long that the oldest runs are no longer in it."""
        return (self.state / f"journal.{journal.GENERATIONS}").exists()

    def _lost(self) -> Iterable[str]:
        oldest = min((run.started.timestamp() for run in self.runs), default=0.0)
        starts: dict[int, list[tuple[float, str]]] = defaultdict(list)
        for event in self.by_event:
            when, _, pid = event.rpartition("-")
            starts[int(pid)].append((datetime.strptime(when, "%Y%m%dT%H%M%S.%f").timestamp(), event))
        for process in self.told:
            if process.status != 0 or (self._forgotten() and process.started < oldest):
                continue
            self.promises += 1
            ended = process.ended or process.started
            events = [
                event
                for when, event in starts[process.pid]
                if process.started - _ROUNDING <= when <= ended + _ROUNDING
            ]
            if len(events) != 1 or not self.attempts[events[0]]:
                self.losses += 1
                yield f"{process.callback}, pid {process.pid}, for which GPFS saw 0, is lost: {events}"

    def _repeated(self) -> Iterable[str]:
        for event, attempts in self.attempts.items():
            runs = self.by_event.get(event, [])
            successes = [run.attempt for run in runs if run.state == "succeeded"]
            after = [attempt for attempt in attempts if successes and attempt > min(successes)]
            if after or len(successes) > 1 or len(set(attempts)) < len(attempts):
                self.repeats += 1
                yield f"{event} is repeated: attempts {attempts}, {described(runs)}"

    def _unfinished(self) -> Iterable[str]:
        for event, runs in self.by_event.items():
            retries = KINDS[runs[0].callback].retries
            is_done = any(run.state == "succeeded" for run in runs)
            kept = self.pending.get(event)
            if not retries or (is_done and kept is None):
                continue
            if is_done:
                yield f"{event} has succeeded, and is still pending: {kept.mark if kept else ''}"
            elif kept is None:
                if self._bytes_of_failures() < _FAILED_BYTES:
                    yield f"{event} has not succeeded, and is not kept: {described(runs)}"
            elif kept.mark != FAILED or kept.attempts != retries + 1:
                yield f"{event} is {kept.mark} after attempt {kept.attempts}: {described(runs)}"
        for event in self.pending.keys() - self.by_event.keys():
            if not self._forgotten():
                yield f"{event} is pending, and no run of it is recorded"

    def _bytes_of_failures(self) -> int:
        return (self.state / "pending" / "events").stat().st_size

    def _untrue(self) -> Iterable[str]:
        for run in self.runs:
            last = self.by_event[event_of(run)][-1] is run
            if run.state not in (_ENDS if last else {*_ENDS, "retrying"} - {"succeeded"}):
                yield f"{run.id} of {run.callback} is {run.state}"
            if run.state == "succeeded" and run.attempt not in self.attempts[event_of(run)]:
                yield f"{run.id} of {run.callback} has succeeded, and was not called"

    def _unreadable(self) -> Iterable[str]:
        ended = {run.id for run in self.runs if run.state != "interrupted"}
        for path in self.log.parent.glob(f"{self.log.name}*"):
            content = path.read_bytes()
            marks = sorted(
                [(found.start(), found[1].decode(), True) for found in _BEGIN.finditer(content)]
                + [(found.start(), found[1].decode(), False) for found in _END.finditer(content)]
            )
            begun = ""
            for _, run, begins in marks:
                torn = begun if begins else (run if begun != run else "")
                if torn in ended:
                    yield f"the block of {torn} in {path.name} is torn"
                begun = run if begins else ""

    def _unbounded(self) -> Iterable[str]:
        bounds = {
            **dict.fromkeys(self.state.glob("journal*"), journal.MAXIMUM_BYTES + _BLOCK),
            **dict.fromkeys(self.log.parent.glob(f"{self.log.name}*"), main.CONFIGURATION["log_bytes"] + (17 << 20)),
            self.state / "pending" / "events": 10 << 20,
        }  # fmt: skip
        for path, bound in bounds.items():
            if path.exists() and path.stat().st_size > bound:
                yield f"{path.name} has {path.stat().st_size} bytes"
        if len(list((self.state / "output").iterdir())) > stale_runs.KEPT_FILES + 200:
            yield "there are too many outputs"
        if size_of(self.state / "cache") > cache.MAXIMUM_BYTES:
            yield "too many functions are kept"

    def _open_to_others(self) -> Iterable[str]:
        for path in [*self.state.rglob("*"), *self.log.parent.glob(f"{self.log.name}*")]:
            if path.lstat().st_mode & 0o007:
                yield f"{path} is open to others"

    def summary(self) -> str:
        """Return a line of figures."""
        states = Counter(run.state for run in self.runs)
        told = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
        failed = sum(event.mark == FAILED for event in self.pending.values())
        used = (size_of(self.state) + size_of(self.log.parent)) / (1 << 20)
        return (
            f"{self.node}: {self.promises:,} promises, {self.losses} losses, {self.repeats} repeats; "
            f"{len(self.runs):,} runs ({told}); {failed:,} events kept as failed; {used:.1f} MiB used"
        )


def event_of(run: RecordedRun) -> str:
    """Return the event that a run is an attempt at, as its function knows it."""
    return run.id.rpartition(".")[0] if KINDS[run.callback].retries else run.id


def described(runs: list[RecordedRun]) -> list[str]:
    return [f"{run.id} of {run.callback}: {run.state}, {run.reason}" for run in runs]


def size_of(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))

"""What callbacks did: the processes that GPFS started, joined with what the driver recorded of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .. import emulated
from ..driver import token as tokens
from ..emulator.place import Place
from ..emulator.runs import CallbackProcess
from ..exceptions import printable, printable_lines
from ..runs import deliveries
from ..runs.history import History, RecordedRun
from ..runs.history import RunState as RunState

_ROUNDING = 0.001
"""The precision of the journal's times, in seconds."""

_FAILURES: tuple[RunState, ...] = ("failed", "timed-out", "interrupted", "refused")
_SHOWN_RUNS = 50
_SHOWN_OUTPUT = 8000


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One process that GPFS started for a callback, or one attempt at an event that such a process accepted.

    Attributes:
        callback: The identifier of the callback.
        node: Where it ran, such as ``"n1"``.
        event: The event, as GPFS's daemon spells it.
        arguments: What followed the command; for a callable, without the token: ``("eventName=mount", ...)``.
        state: For a callable, what the driver recorded; for a script, what its exit status says.
        reason: Why it did not succeed, in one line; empty if it did, or still runs.
        status: Exit status; negative for a signal; 126 or 127 if it could not be started; None while it runs.
        output: What it has printed so far, standard output and error in order, and after a callable's end the
            driver's notes on it, such as what it returned.
    """

    callback: str
    node: str
    event: str
    arguments: tuple[str, ...]
    state: RunState
    reason: str
    status: int | None
    output: str

    def __str__(self) -> str:
        state = f"{self.state}: {self.reason}" if self.reason else self.state
        return printable(f"{self.callback} on {self.node}, event {self.event}, {state}")


class _Traces:
    """What the drivers of one node have recorded."""

    def __init__(self, directory: Path, node: str) -> None:
        self._history = History(emulated.state_folder(directory, node), emulated.driver_log(directory, node))
        self._runs: dict[int, list[RecordedRun]] = {}
        for recorded in self._history.runs():
            accepted = deliveries.accepted(recorded.id)
            self._runs.setdefault(accepted.pid if accepted else recorded.pid, []).append(recorded)

    def find(self, run: CallbackProcess) -> list[RecordedRun]:
        """Return what was recorded about a process, or about the attempts at the event that it accepted.

        Others may have had its number before and after.
        """
        found = []
        for recorded in self._runs.get(run.pid, ()):
            accepted = deliveries.accepted(recorded.id)
            started = (accepted.time if accepted else recorded.started).timestamp()
            if run.started - _ROUNDING <= started and (run.ended is None or started <= run.ended + _ROUNDING):
                found.append(recorded)
        return found

    def output(self, recorded: RecordedRun) -> str:
        """Return what a run has printed."""
        return (self._history.output(recorded) or b"").decode("utf-8", "replace")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def records(place: Place, started: Sequence[CallbackProcess]) -> list[RunRecord]:
    """Return the runs of a cluster in the order of their start, without those about other objects.

    The driver exits at once if an event is about another object, and writes nothing; that is how such a run
    is recognised, so one that has only just started is absent, too.

    Args:
        place: The cluster's folder.
        started: The processes that GPFS started.
    """
    traces: dict[str, _Traces] = {}
    found = []
    for run in started:
        traced = traces.get(run.node)
        if traced is None:
            traced = traces[run.node] = _Traces(place.directory, run.node)
        recorded = traced.find(run)
        if recorded:
            found += [_of_callable(run, each, traced.output(each)) for each in recorded]
        elif not _has_token(run):
            found.append(_from_status(run, run.arguments))
        elif run.status:
            found.append(_from_status(run, run.arguments[1:]))
    return found


def _has_token(run: CallbackProcess) -> bool:
    try:
        tokens.split(run.arguments[0] if run.arguments else "")
    except tokens.TokenError:
        return False
    return True


def _of_callable(run: CallbackProcess, recorded: RecordedRun, output: str) -> RunRecord:
    state, reason, status = recorded.state, recorded.reason, run.status
    if deliveries.accepted(recorded.id):
        status = recorded.status
    elif recorded.ended is None:  # GPFS knows how its process ended
        state, reason = "running" if run.status is None else "interrupted", _ending(run)
    printed = _read(Path(run.output)) + output
    return RunRecord(run.callback, run.node, run.event, run.arguments[1:], state, reason, status, printed)


def _from_status(run: CallbackProcess, arguments: tuple[str, ...]) -> RunRecord:
    state: RunState
    if run.status is None:
        state = "running"
    elif run.timed_out:
        state = "timed-out"
    elif run.status < 0:
        state = "interrupted"
    else:
        state = "failed" if run.status else "succeeded"
    output = _read(Path(run.output))
    return RunRecord(run.callback, run.node, run.event, arguments, state, _ending(run), run.status, output)


def _ending(run: CallbackProcess) -> str:
    """Return, in one line, how a process that did not succeed ended."""
    if not run.status:
        return ""
    how = f"ended by signal {-run.status}" if run.status < 0 else f"exit status {run.status}"
    if not run.pid:
        how = "could not be started"
    return f"{how} after GPFS's timeout" if run.timed_out else how


def unseen(runs: Sequence[RunRecord], seen: Sequence[RunRecord], crashed: Collection[str]) -> list[RunRecord]:
    """Return those runs that have failed, unless they had when somebody looked.

    Args:
        runs: The runs.
        seen: They, as they were when somebody looked at them last.
        crashed: Nodes that the test let crash, which interrupts what runs there.
    """
    looked_at = Counter(map(_silent, filter(_has_failed, seen)))
    found = []
    for run in filter(_has_failed, runs):
        if looked_at[_silent(run)] > 0:
            looked_at[_silent(run)] -= 1
        elif not (run.state == "interrupted" and run.node in crashed):
            found.append(run)
    return found


def _has_failed(run: RunRecord) -> bool:
    return run.state in _FAILURES


def _silent(run: RunRecord) -> RunRecord:
    """Return a run without what it has printed, which processes that outlive it may add to."""
    return replace(run, output="")


def describe(runs: Sequence[RunRecord]) -> str:
    """Return runs as text for a report: what each was given, and the end of what it printed."""
    lines = []
    if len(runs) > _SHOWN_RUNS:
        lines.append(f"... {len(runs) - _SHOWN_RUNS} earlier runs are left out ...")
    for run in runs[-_SHOWN_RUNS:]:
        lines.append(str(run))
        if run.arguments:
            lines.append(printable(f"    given: {' '.join(run.arguments)}"))
        output = run.output
        if len(output) > _SHOWN_OUTPUT:
            left_out = len(output) - _SHOWN_OUTPUT
            output = f"... {left_out} characters are left out ...\n{output[left_out:]}"
        lines += [f"    {line}" for line in printable_lines(output).splitlines()]
    return "\n".join(lines)

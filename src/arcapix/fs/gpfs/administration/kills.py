"""Ends a run that goes on: its function, what that has started, and nothing else."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ..driver import descendants
from ..driver import token as tokens
from ..driver.journal import end_record
from ..exceptions import GPFSError
from ..runs import generations
from ..runs.deliveries import accepted
from ..runs.history import History, RecordedRun

__all__ = ["Kill", "find"]

_TICK = 0.05
"""Seconds between two looks at whether it has ended."""
_AFTER_THE_LAST = 5.0
"""Seconds in which the processes are gone that nothing holds back from ending."""
_LAST_WORDS = 1.0
"""Seconds in which what a run that a signal ends says at last comes to its output."""
_KILLED = "killed by"
_OF_NO_SUCCESS = ("failed", "timed-out", "interrupted", "retrying")


def find(history: History, name: str) -> RecordedRun:
    """Return the run with an identifier, or the only one that begins so.

    Raises:
        NotFound: There is none.
        GPFSError: Several begin so, or the journal cannot be read.
    """
    found = [run for run in history.runs() if run.id.startswith(name)]
    if len(found) < 2 or any(run.id == name for run in found):
        return history.find(found[0].id if len(found) == 1 else name)
    last = ", ".join(run.id for run in found[-3:])
    raise GPFSError(f"{len(found)} runs begin with {name!r}; give more of one, such as of the last: {last}")


class Kill:
    """The end of one run by a signal.

    Of a run with options the function's processes get it, so that the process which watches over them
    records the end, and tries again what is to be tried again. A plain run is one process, which gets it
    with all that it has started; its end is recorded here.

    Args:
        history: The runs of this node.
        run: One that goes on.
        by: Who ends it, for the history.

    Raises:
        GPFSError: It does not go on, or does so on another node.
    """

    def __init__(self, history: History, run: RecordedRun, by: str) -> None:
        self._history = history
        self._by = by
        self._processes: dict[int, str | None] = {run.pid: _start_of(run.pid)}
        self.run = history.find(run.id)  # now that its process cannot be taken for a later one of that number
        if self.run.state != "running":
            reason = f": {self.run.reason}" if self.run.reason else ""
            raise GPFSError(f"run {run.id} does not run, it has ended: {self.run.state}{reason}")
        if history.node not in ("", run.node):
            raise GPFSError(f"run {run.id} is one of {run.node}; end it there: --node {run.node}")
        self._is_watched = _is_watched(self.run)
        self._sent: list[str] = []

    def end(self, number: signal.Signals, after: float) -> RecordedRun:
        """Send a signal, and SIGKILL to what is left; return the run once its end is recorded.

        Args:
            number: The signal.
            after: Seconds until SIGKILL.

        Raises:
            GPFSError: Somebody else's process it is, or it does not end.
        """
        self._send(number)
        if not self._is_gone_within(after):
            self._send(signal.SIGKILL)
        if not self._is_gone_within(_AFTER_THE_LAST):
            self._kill(self.run.pid, signal.SIGKILL)
        if not self._is_gone_within(_AFTER_THE_LAST):
            raise GPFSError(
                f"run {self.run.id} does not end though it was killed: it waits for a disk or a file system; "
                f"see process {self.run.pid}"
            )
        return self._recorded()

    def _send(self, number: signal.Signals) -> None:
        for pid in descendants.of(self.run.pid):
            self._processes.setdefault(pid, _start_of(pid))
        # The eldest first: what waits for the end of a process is not to go on as if that had come by itself.
        eldest_first = sorted(self._processes, key=lambda pid: (int(self._processes[pid] or 0), pid))
        others = [pid for pid in eldest_first if pid != self.run.pid]
        for pid in others if self._is_watched and others else eldest_first:
            self._kill(pid, number)
        self._sent.append(number.name)

    def _kill(self, pid: int, number: signal.Signals) -> None:
        if not self._is_alive(pid):
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            raise GPFSError(f"process {pid} is another user's; run this as root") from None

    def _is_alive(self, pid: int) -> bool:
        start = self._processes[pid]
        return start is not None and _start_of(pid) == start

    def _is_gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while any(map(self._is_alive, self._processes)):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_TICK)
        return True

    def _recorded(self) -> RecordedRun:
        """Return the run, after the history has been told who ended it."""
        run = self._history.find(self.run.id)
        deadline = time.monotonic() + _LAST_WORDS
        while run.ended is None and not run.reason.startswith(_KILLED) and self._sent == ["SIGTERM"]:
            if time.monotonic() >= deadline:
                break
            time.sleep(_TICK)
            run = self._history.find(self.run.id)
        if run.state not in _OF_NO_SUCCESS:
            return run
        ended = run.ended or datetime.now().astimezone()
        sent = f"{self._by} has sent {' and '.join(self._sent)}"
        is_told = run.ended is not None or run.reason.startswith(_KILLED)
        reason = f"{run.reason}; {sent}" if is_told else f"{_KILLED} {self._sent[-1]}; {sent}"
        record = end_record(run.id, ended.timestamp(), run.state, run.status, reason)
        generations.append(self._history.journal, record)
        return replace(run, ended=ended, reason=reason)


def _start_of(pid: int) -> str | None:
    """Return what tells a living process from a later one with its number; None if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def _is_watched(run: RecordedRun) -> bool:
    """Tell whether another process runs the function of a run, as it does where there are run options."""
    if accepted(run.id):
        return True
    try:
        words = Path(f"/proc/{run.pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        token = next(word for word in words if word.startswith(f"{tokens.VERSION}."))
        fields = tokens.fields(tokens.split(token)[0])
    except (OSError, StopIteration, ValueError):
        return False
    return "ru" in fields or ("sy" in fields and "to" in fields)

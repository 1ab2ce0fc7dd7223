"""What becomes of an event whose run does not take place: two records and a line that says why."""

from __future__ import annotations

from . import journal
from .decision import Firing
from .run import Run, stamp


def refuse(firing: Firing, status: int, reason: str) -> None:
    """Say in the log and the journal why a run does not take place."""
    run = Run(firing)
    what = f"{stamp(firing.started)} run {run.id} of {firing.callback}"
    line = f"{what} refused: {reason}; status {status}, pid {run.pid}\n"
    try:
        run.append(line.encode(errors="replace"), *run.log_file)
    except OSError as error:
        run.complain(f"{reason}; the log could not be written: {error}")
    begin = run.start_record({})
    run.record(begin + journal.end_record(run.id, firing.started, "refused", status, reason))

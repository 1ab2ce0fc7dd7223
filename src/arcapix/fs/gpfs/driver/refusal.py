"""Why a run does not take place: a line in the log, start and end in the journal."""

from __future__ import annotations

from . import journal
from .records import Records, stamp


def refuse(records: Records, status: int, reason: str, state: str = "refused") -> None:
    """Record a refusal; only the time, the callback and the reason, since no more may have been read.

    Args:
        records: Where.
        status: The exit status.
        reason: Why the function is not called.
        state: What becomes of the run.
    """
    firing = records.firing
    what = f"{stamp(firing.started)} run {records.id} of {firing.callback}"
    line = f"{what} refused: {reason}; status {status}, pid {records.pid}\n"
    try:
        records.log(line.encode(errors="replace"))
    except OSError as error:
        records.complain(f"{reason}; the log could not be written: {error}")
    start = records.start({})
    records.record(start + journal.end_record(records.id, firing.started, state, status, reason))

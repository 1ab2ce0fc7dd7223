"""Why a function is not called: a line in the log, start and end in the journal."""

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
    _tell(records, f"refused: {reason}; status {status}")
    end = journal.end_record(records.id, records.firing.started, state, status, reason)
    records.record(records.start({}) + end)


def skip(records: Records, reason: str) -> None:
    """Record that an event does not reach its function, as was asked for: the exit status is 0."""
    _tell(records, f"skipped: {reason}")
    end = journal.end_record(records.id, records.firing.started, "skipped", 0, reason)
    records.record(records.start(records.firing.values) + end)


def _tell(records: Records, what: str) -> None:
    firing = records.firing
    line = f"{stamp(firing.started)} run {records.id} of {firing.callback} {what}, pid {records.pid}"
    line = line.replace("\n", "\\n")  # else the values of an event could pass for the block of another run
    try:
        records.log(f"{line}\n".encode(errors="replace"))
    except OSError as error:
        records.complain(f"{what}; the log could not be written: {error}")

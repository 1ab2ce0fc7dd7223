"""What is left of an attempt whose process was killed, or that a crash of the node ended."""

from __future__ import annotations

import posix
import time

from . import descendants, journal, log_frames, own_files
from .delivery import AttemptRecords, Delivery
from .pending import FAILED, FINISHED, Event, read_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_KILLED = "its process is gone and recorded no end: it was killed, or the node went down"


def settle(delivery: Delivery) -> bool:
    """See to what is left of the last attempt at an event; tell whether there is to be another one."""
    event = delivery.event
    if not event.attempts or event.ended is not None:
        return True
    descendants.end_session(event.pid, event.callback)
    records = AttemptRecords(delivery.firing, event, event.attempts)
    records.id, records.pid = event.run, event.pid
    journal_file = records.journal_file[0]
    state = _recorded_state(journal_file, event.run) or _logged_state(records.log_file[0], event)
    if not state:
        if not _last_line(journal_file, f"\n+\t{event.run}\t").endswith("\t."):
            records.begin()  # it had no time for that, or there was no room
        records.record(journal.end_record(event.run, time.time(), "interrupted", None, _KILLED))
    if state == "succeeded":
        delivery.settle(FINISHED)
    elif state != "retrying" and event.attempts - event.spent > event.retries:
        delivery.settle(FAILED)
    else:
        return True
    return False


def _recorded_state(path: str, run: str) -> str:
    """Return how a run ended, by the journal; nothing if that has no end of it."""
    fields = _last_line(path, f"\n-\t{run}\t").split("\t")
    return fields[3] if len(fields) == journal.END_FIELDS and fields[-1] == "." else ""


def _logged_state(path: str, event: Event) -> str:
    """Return how the last attempt at an event ended, by the last line of its output in the log.

    That comes before the end in the journal, which may not have been written: for whoever reads the history,
    the run has ended all the same.
    """
    for content in _generations(path):
        block = log_frames.by_run(content).get(event.run.encode())
        if block is not None:
            _, status = log_frames.ending(block[2])
            return "failed" if status else "succeeded"
    return ""


def _last_line(path: str, text: str) -> str:
    """Return a file's last line with a text, from that text on; nothing if its generations have none."""
    wanted = text.encode("utf-8", "replace")
    for content in _generations(path):
        place = content.rfind(wanted)
        if place >= 0:
            return content[place:].lstrip(b"\n").partition(b"\n")[0].decode("utf-8", "replace")
    return ""


def _generations(path: str) -> Iterator[bytes]:
    """Yield what a file holds, and then what those hold that were moved aside, the newest first."""
    for name in (path, *[f"{path}.{number}" for number in range(1, journal.GENERATIONS + 1)]):
        try:
            descriptor = own_files.open_file(name, posix.O_RDONLY)
        except OSError:
            continue
        try:
            yield read_all(descriptor)
        finally:
            posix.close(descriptor)

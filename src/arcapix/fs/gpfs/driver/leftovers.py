"""What is left of an attempt whose process was killed, or that a crash of the node ended."""

from __future__ import annotations

import time

from . import descendants, journal
from .delivery import Delivery
from .pending import FAILED, FINISHED
from .records import Records

_KILLED = "its process is gone and recorded no end: it was killed, or the node went down"


def settle(delivery: Delivery) -> bool:
    """See to what is left of the last attempt at an event; tell whether there is to be another one."""
    event = delivery.event
    if not event.attempts or event.ended is not None:
        return True
    descendants.end_session(event.pid, event.callback)
    records = Records(delivery.firing)
    state = _recorded_state(records.journal_file[0], event.run)
    if not state:
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
    begin = f"\n-\t{run}\t".encode()
    for name in (path, *[f"{path}.{number}" for number in range(1, journal.GENERATIONS + 1)]):
        try:
            with open(name, "rb") as file:
                content = file.read()
        except OSError:
            continue
        place = content.rfind(begin)
        if place >= 0:
            fields = content[place + 1 :].partition(b"\n")[0].decode("utf-8", "replace").split("\t")
            if len(fields) == journal.END_FIELDS and fields[-1] == ".":
                return fields[3]
    return ""

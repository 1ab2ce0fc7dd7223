"""Reads the events that a node has accepted, and leaves out of their file what is finished."""

from __future__ import annotations

import fcntl
import posix

from . import escapes, output, own_files, pending
from .pending import (
    ACCEPTED_ON,
    BEGUN,
    ENDED,
    FAILED,
    FINISHED,
    MORE,
    SUPPRESSED,
    WAITING,
    Event,
    PendingEvents,
)  # fmt: skip

_MUCH_BYTES = 256 << 10
"""A file that is not longer may hold any number of finished events."""

_KEPT_FAILURES = 4 << 20
"""How many bytes of failed events are kept for somebody to decide about; the oldest go first."""

_FIELDS = 9
"""Of an event's first line."""

_BEFORE_OTHERS_TAKE_IT = 2.0
"""Seconds in which the process that was started for an event begins its first attempt."""


def read(events: PendingEvents, marks: str = WAITING + FAILED) -> list[Event]:
    """Return the events that wait or have failed, in the order in which they were accepted.

    Args:
        events: The file.
        marks: Those of the events that are wanted; it takes no time to pass over all others.

    Raises:
        OSError: The file cannot be read.
    """
    events.check_folders()
    try:
        descriptor = own_files.open_file(events.file, posix.O_RDONLY)
    except FileNotFoundError:
        return []
    try:
        found, _ = _parse(pending.read_all(descriptor), marks)
    finally:
        posix.close(descriptor)
    return list(found.values())


def read_waiting(events: PendingEvents, node: str) -> list[Event]:
    """Return the events that a node has accepted and that wait there.

    Raises:
        OSError: The file cannot be read.
    """
    return [event for event in read(events, WAITING) if event.node in ("", node)]


def due(event: Event) -> float:
    """Return when the next attempt at an event is due; 0 if the last one was killed."""
    if not event.attempts:
        return event.time + _BEFORE_OTHERS_TAKE_IT
    return 0.0 if event.ended is None else event.due


def seconds_until_due(event: Event, now: float) -> float:
    """Return in how many seconds the next attempt is due; none where the clock has been set back since."""
    since = event.time if event.ended is None else event.ended
    return max(0.0, due(event) - now) if since <= now else 0.0


def _parse(content: bytes, marks: str) -> tuple[dict[str, Event], dict[str, list[bytes]]]:
    """Return the events that have one of some marks, by identifier, and the lines of each."""
    found: dict[str, Event] = {}
    lines: dict[str, list[bytes]] = {}
    unwanted = tuple(f"{mark}\t".encode() for mark in (WAITING, FINISHED, FAILED) if mark not in marks)
    for line in content.split(b"\n"):
        if line.startswith(unwanted):
            continue
        values = line.decode("utf-8", "surrogateescape").split("\t")
        if values[-1] != "." or len(values) < 3:
            continue
        if values[0] in (WAITING, FINISHED, FAILED):
            event = _event(values)
            if event is None:
                continue
            found[event.id] = event
            lines[event.id] = []
        elif values[1] not in found or not _tell(found[values[1]], values):
            continue
        lines[values[1]].append(line)
    return found, lines


def _event(values: list[str]) -> Event | None:
    """Return the event that a first line tells of; None if it is torn or damaged."""
    if len(values) != _FIELDS:
        return None
    name, time, callback, retries, environment, words = map(escapes.unescape, values[1:7])
    try:
        event = Event(
            name, float(time), callback, int(retries), escapes.pairs(environment), escapes.fields(words)
        )
    except ValueError:
        return None
    event.mark = values[0]
    return event if pending.checksum(event.fields()) == values[7] else None


def _tell(event: Event, values: list[str]) -> bool:
    """Tell an event what a later line says of it; return whether it says anything."""
    mark, _, *fields, _ = values
    try:
        if mark == BEGUN:
            attempt, run, pid = fields
            event.attempts, event.pid, event.run, event.ended = int(attempt), int(pid), run, None
        elif mark == ENDED:
            attempt, ended, when = fields
            if int(attempt) >= event.attempts:  # there may have been no room for the line that it begins with
                event.attempts, event.ended, event.due = int(attempt), float(ended), float(when)
        elif mark == MORE:
            (spent,) = fields
            event.spent, event.due = int(spent), 0.0
        elif mark == SUPPRESSED:
            (suppressed,) = fields
            event.suppressed = int(suppressed)
        elif mark == ACCEPTED_ON:
            (node,) = fields
            event.node = escapes.unescape(node)
        else:
            return False
    except ValueError:
        return False
    return True


def tidy(events: PendingEvents) -> None:
    """Leave out what is finished, if that is much; nobody has to wait for it.

    Raises:
        OSError: The file cannot be read, or another one cannot be written.
    """
    try:
        descriptor = events.open(fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return
    try:
        if posix.fstat(descriptor).st_size <= _MUCH_BYTES:
            return
        content = pending.read_all(descriptor)
        found, lines = _parse(content, WAITING + FAILED)
        kept = _kept(found, lines)
        if 2 * sum(map(len, kept)) < len(content):
            _replace(events, b"".join([b"\n" + line for line in kept]))
    finally:
        posix.close(descriptor)


def _kept(found: dict[str, Event], lines: dict[str, list[bytes]]) -> list[bytes]:
    """Return the lines of the events that are not finished, without the oldest of too many failed ones."""
    kept: list[list[bytes]] = []
    room = _KEPT_FAILURES
    for event in reversed(found.values()):
        if event.mark == FAILED:
            room -= sum(map(len, lines[event.id]))
        if event.mark == WAITING or (event.mark == FAILED and room >= 0):
            kept.append(lines[event.id])
    return [line for group in reversed(kept) for line in group]


def _replace(events: PendingEvents, content: bytes) -> None:
    """Put another file in the place of the one that this process holds an exclusive lock on."""
    new = f"{events.file}.new"
    output.discard(new)  # a process that was killed may have left it
    descriptor = own_files.open_file(new, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL)
    try:
        try:
            while content:
                content = content[posix.write(descriptor, content) :]
            posix.fsync(descriptor)
        finally:
            posix.close(descriptor)
        posix.rename(new, events.file)
    except OSError:
        posix.unlink(new)
        raise
    pending.sync_folder(events.folder)

"""Changes the file of pauses, and tells how many events those have let go that have ended."""

from __future__ import annotations

import posix
import sys
import time

from . import escapes, journal, output, own_files, pause, upkeep
from .pause import COUNTS, FILE, RECORDED, Pause
from .pending import sync_folder
from .records import stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Edit = Callable[[list[Pause]], list[Pause]]
    """Returns which pauses there are to be, given those that there are."""

_LOCK = "/paused.lock"
_WRITING = posix.O_RDWR | posix.O_CREAT


def change(state: str, edit: Edit, *, waits: bool = True) -> None:
    """Change the pauses of a node, one process at a time.

    Args:
        state: The state folder; it is made if need be.
        edit: What is to become of the pauses.
        waits: Whether to wait for another process that changes them.

    Raises:
        BlockingIOError: Another process changes them.
        OSError, ValueError: They cannot be read or written.
    """
    upkeep.make_folder(state)
    own_files.check_folder(state)
    lock = own_files.open_file(state + _LOCK, _WRITING)
    try:
        posix.lockf(lock, posix.F_LOCK if waits else posix.F_TLOCK, 0)
        wanted = edit(pause.read(state))
        _replace(state, wanted)
        _tell(state, {each.id for each in wanted})
    finally:
        posix.close(lock)


def remove_ended(state: str, now: float) -> None:
    """Remove pauses that have ended by themselves, unless another process changes them or nobody can."""
    try:
        change(state, lambda known: [each for each in known if not each.is_over(now)], waits=False)
    except OSError:
        return  # they pause nothing in any case


def counts(state: str) -> dict[tuple[str, str], int]:
    """Return how many events have been let go so far, by pause and callback."""
    found = {}
    for name in _names(state):
        id, _, callback = name.partition(".")
        try:
            descriptor = own_files.open_file(f"{state}{COUNTS}/{name}", posix.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            found[id, callback] = 1 + len(_read(descriptor)[2])
        finally:
            posix.close(descriptor)
    return found


def _names(state: str) -> list[str]:
    try:
        return posix.listdir(state + COUNTS)
    except FileNotFoundError:
        return []


def _read(descriptor: int) -> tuple[bytes, str, bytes]:
    """Return how the first event was recorded, why it was let go, and a byte for each that followed."""
    first, _, others = posix.pread(descriptor, posix.fstat(descriptor).st_size, 0).partition(b"\0")
    record, _, reason = first.rpartition(b"\n")
    return record, escapes.unescape(reason.decode("utf-8", "surrogateescape")), others


def _replace(state: str, wanted: list[Pause]) -> None:
    path = state + FILE
    new = f"{path}.new"
    if not wanted:
        try:
            posix.unlink(path)
        except FileNotFoundError:
            return
    else:
        output.discard(new)  # a process that was killed may have left it
        descriptor = own_files.open_file(new, _WRITING | posix.O_EXCL)
        try:
            content = b"".join(map(_line, wanted))
            if posix.write(descriptor, content) != len(content):
                raise OSError(28, "No space left on device", path)
            posix.fsync(descriptor)
        finally:
            posix.close(descriptor)
        posix.rename(new, path)
    sync_folder(state)


def _line(each: Pause) -> bytes:
    until = "" if each.until is None else f"{each.until:.3f}"
    text = journal.record([each.id, each.callback, f"{each.since:.3f}", until, each.by, each.reason])
    return text + b"\t" + pause.checksum(text[1:]) + b"\t."


def _tell(state: str, ids: set[str]) -> None:
    """Record how many events other pauses than these have let go, behind the first that each of them did."""
    for name in _names(state):
        if name.partition(".")[0] in ids:
            continue
        path = f"{state}{COUNTS}/{name}"
        try:
            descriptor = own_files.open_file(path, posix.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            posix.lockf(descriptor, posix.F_LOCK, 0)
            record, reason, others = _read(descriptor)
            more = len(others) - others.count(RECORDED)
            last = stamp(time.localtime(posix.fstat(descriptor).st_mtime))
            if more:
                run = record.decode("utf-8", "surrogateescape").split("\t")[1]
                reason = f"{reason}; {more} more until {last}"
                record += journal.end_record(run, time.time(), "skipped", None, reason)
                journal.append(journal.open_to_append(f"{state}/journal", 0o600, sys.maxsize), record)
            posix.unlink(path)
        finally:
            posix.close(descriptor)

"""``Run(every=)``: at most one run for each key and window on this node; what comes in between is counted.

Each key has a small file, which is written in place, under a lock. It tells when the key's window opened, by
which run, and how many events have been dropped since.
"""

from __future__ import annotations

import posix
import time

from . import event_key, own_files
from .decision import Firing

_LENGTH = 128
"""Bytes of a file, so that the disk has room for whatever is written there later."""

_STARTS_PER_CLEANING = 64
_KEPT_SECONDS = 30 * 86_400
_KEPT_FILES = 10_000


class Window:
    """A window as its file tells of it.

    Attributes:
        opened: When; seconds since 1970.
        since_boot: The same, since this node was started.
        seconds: How long it is open.
        run: The run that opened it.
        dropped: How many events it has kept from running.
    """

    def __init__(self, opened: float, since_boot: float, seconds: float, run: str, dropped: int) -> None:
        self.opened = opened
        self.since_boot = since_boot
        self.seconds = seconds
        self.run = run
        self.dropped = dropped

    def is_open(self, now: float, since_boot: float, seconds: float) -> bool:
        """Tell whether it is open still, if it is to be so for these seconds.

        The clock since the start of the node counts, which nobody sets. After another start of the node that
        may say anything, and the time of day decides as well.
        """
        return 0 <= since_boot - self.since_boot < seconds and now - self.opened < seconds


def drops(firing: Firing, seconds: float) -> bool:
    """Tell whether an event comes while its key's window is open; if so, count it, else open another window.

    Afterwards `firing.suppressed` is how many events of the key were dropped since the last run.
    """
    try:
        return _drops(firing, seconds)
    except OSError as error:
        from .records import Records

        Records(firing).complain(f"this event may be one too many, since every={seconds:g} s fails: {error}")
        return False


def _drops(firing: Firing, seconds: float) -> bool:
    folder = f"{firing.place('state')}/windows"
    descriptor = _open(f"{folder}/{event_key.of(firing)}@{firing.node}")
    try:
        window = _read(descriptor)
        is_new = window is None
        now, since_boot = time.time(), time.clock_gettime(time.CLOCK_BOOTTIME)
        if window is not None and window.is_open(now, since_boot, seconds):
            window.dropped += 1
        else:
            from .records import Records

            firing.suppressed = window.dropped if window is not None else 0
            window = Window(now, since_boot, seconds, Records(firing).id, 0)
        _write(descriptor, window)
    finally:
        posix.close(descriptor)
    if window.dropped:
        _record(firing, window, seconds)
    elif is_new and int(firing.started * 1e6) % _STARTS_PER_CLEANING == 0:
        _clean(folder)
    return window.dropped > 0


def _record(firing: Firing, window: Window, seconds: float) -> None:
    """Record what is dropped as the first, the second, the fourth and so on: a storm fills no journal."""
    if window.dropped & (window.dropped - 1):
        return
    from .records import Records, stamp
    from .refusal import skip

    opened = f"{window.run} opened the window at {stamp(time.localtime(window.opened))}"
    skip(Records(firing), f"every {seconds:g} s: {opened}; dropped in it so far: {window.dropped}")


def _open(path: str) -> int:
    """Return a descriptor of a key's file, with a lock on it.

    Raises:
        OSError: It cannot be had.
    """
    while True:
        descriptor = own_files.open_in_folder(path, posix.O_RDWR | posix.O_CREAT)
        try:
            posix.lockf(descriptor, posix.F_LOCK, 0)
            if posix.fstat(descriptor).st_nlink:
                return descriptor
        except OSError:
            posix.close(descriptor)
            raise
        posix.close(descriptor)  # it was removed in the meantime


def _read(descriptor: int) -> Window | None:
    """Return the window that a file tells of; None from one that is new or damaged."""
    try:
        opened, since_boot, seconds, run, dropped = posix.pread(descriptor, _LENGTH, 0).decode().split()
        return Window(float(opened), float(since_boot), float(seconds), run, int(dropped))
    except ValueError:
        return None


def _write(descriptor: int, window: Window) -> None:
    times = f"{window.opened:.6f} {window.since_boot:.6f} {window.seconds:g}"
    line = f"{times} {window.run} {window.dropped}".ljust(_LENGTH - 1) + "\n"
    if posix.pwrite(descriptor, line.encode(), 0) != len(line):
        raise OSError(28, "No space left on device")


def _clean(folder: str) -> None:
    """Remove files whose window is long over, and the oldest of too many."""
    files = []
    for name in posix.listdir(folder):
        try:
            files.append((posix.stat(f"{folder}/{name}").st_mtime, f"{folder}/{name}"))
        except OSError:
            continue  # another run has removed it
    for count, (_, path) in enumerate(sorted(files, reverse=True)):
        _remove_if_over(path, time.time() - _KEPT_SECONDS if count < _KEPT_FILES else None)


def _remove_if_over(path: str, before: float | None) -> None:
    """Remove the file of a window that was over at a time, or whatever it says if that is None.

    One that a run has locked stays.
    """
    try:
        descriptor = posix.open(path, posix.O_RDWR | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK)
    except OSError:
        return
    try:
        posix.lockf(descriptor, posix.F_TLOCK, 0)
        window = _read(descriptor)
        if before is None or window is None or window.opened + window.seconds < before:
            posix.unlink(path)
    except OSError:
        return
    finally:
        posix.close(descriptor)

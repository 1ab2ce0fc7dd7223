"""Collects what a run and the processes that it starts print: a process between them and the file of the run.

Whoever prints into a pipe does not meet a full disk, a limit, or a bound on how much is kept; here they do no
harm. That costs a process, so a run has one only from the moment when its function starts another process or
has printed a lot.

The process is no child of the run: a function that waits for all its children must not wait for it. It holds
a lock on the file until everything is there that came before the mark, which the run writes at its end. What
comes later, from processes that outlive the function, goes to a file of its own.
"""

from __future__ import annotations

import posix
import time

from . import ending, orphan
from .bounded_file import BoundedFile
from .records import file_behind
from .stale_runs import LATER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_MARK_BYTES = 16
_MARK_BEGINS = b"\xff"
"""No text holds this byte, nor the rest of the mark: only what may be its beginning is held back."""
_CHUNK_BYTES = 1 << 16
_PATIENCE = 1.0
"""Seconds to wait for a collector that cannot be told that the run is at its end."""


class Collection:
    """What the run knows of its collector.

    Args:
        path: The output file of the run.
        output: A descriptor of it; it is closed.

    Raises:
        OSError: No process can be started, or no pipe be made.
    """

    def __init__(self, path: str, output: int) -> None:
        self._mark = _MARK_BEGINS + posix.urandom(_MARK_BYTES - 1).replace(_MARK_BEGINS, b"\0")
        reading, self._writing = posix.pipe2(posix.O_CLOEXEC)
        try:
            collector = orphan.start_and_wait(_Collector(reading, output, path, self._mark).run)
            self.file = f"/proc/{collector}/fd/{output}"
            """Where the output file is found, should it be removed."""
        except BaseException:
            posix.close(self._writing)
            raise
        finally:
            posix.close(reading)
            posix.close(output)
        self.pipe = file_behind(self._writing)
        """What tells it from every other file."""

    def take(self, descriptors: list[int]) -> None:
        """Have these descriptors write to the collector."""
        for descriptor in descriptors:
            posix.dup2(self._writing, descriptor)
        posix.close(self._writing)

    def finish(self, output: int) -> None:
        """Wait until everything is in the file that has been printed so far.

        Args:
            output: A descriptor of the file, open for writing.
        """
        if self._tell():
            posix.lockf(output, posix.F_LOCK, 0)
            return
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                posix.lockf(output, posix.F_TLOCK, 0)
            except OSError:
                time.sleep(0.002)
            else:
                return

    def _tell(self) -> bool:
        """Tell the collector that the run ends; false where the function has closed the pipe."""
        for descriptor in (1, 2):
            try:
                if file_behind(descriptor) == self.pipe:
                    posix.set_blocking(descriptor, True)
                    posix.write(descriptor, self._mark)
                    return True
            except OSError:
                continue
        return False


def keep_later(reading: int, path: str) -> None:
    """Have a process keep what is printed after the end of a run.

    Args:
        reading: The pipe that it comes from.
        path: The output file of the run.
    """

    def run() -> NoReturn:
        posix.set_blocking(reading, True)
        orphan.detach({reading})
        _copy_later(reading, path, b"")
        posix._exit(0)

    orphan.start(run)


def _copy_later(reading: int, path: str, data: bytes) -> None:
    """Copy what is printed after the end of the run, if anything is, to a file of its own."""
    data = data or posix.read(reading, _CHUNK_BYTES)
    if not data:
        return
    flags = posix.O_RDWR | posix.O_CREAT | posix.O_APPEND | posix.O_CLOEXEC | posix.O_NOFOLLOW
    try:
        file = BoundedFile(posix.open(f"{path}{LATER}", flags, 0o600))
    except OSError:
        file = None  # it is read nevertheless: nobody who prints is to wait, or to die of it
    while data:
        if file is not None:
            file.add(data)
        data = posix.read(reading, _CHUNK_BYTES)


class _Collector:
    """The process that copies from the pipe to the file."""

    def __init__(self, reading: int, output: int, path: str, mark: bytes) -> None:
        self.reading = reading
        self.output = output
        self.path = path
        self.mark = mark

    def run(self, starting: int) -> NoReturn:
        """Copy until nobody is left who could print, and end the process."""
        try:
            orphan.detach({self.reading, self.output, starting})
            ending.lift_limits()
            posix.lockf(self.output, posix.F_LOCK, 0)
            orphan.tell_ready(starting)
            self.copy()
        finally:
            posix._exit(0)

    def copy(self) -> None:
        """Copy what comes before the mark to the file of the run, and what comes after it to another."""
        file = BoundedFile(self.output)
        rest = b""
        while data := posix.read(self.reading, _CHUNK_BYTES):
            before, mark, after = (rest + data).partition(self.mark)
            if mark:
                file.add(before)
                posix.close(self.output)  # and with it, the lock on it that the run waits for
                _copy_later(self.reading, self.path, after)
                return
            begun = before.rfind(_MARK_BEGINS, -_MARK_BYTES)
            if begun < 0 or not self.mark.startswith(before[begun:]):
                begun = len(before)
            rest = before[begun:]
            file.add(before[:begun])
        file.add(rest)

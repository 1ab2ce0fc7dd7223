"""Collects what a run and the processes that it starts print: a process between them and the file of the run.

Whoever prints into a pipe does not meet a full disk, a limit, or a bound on how much is kept; here they do no
harm. That costs a process, so a run has one only from the moment when its function starts another process or
has printed a lot.

The process is no child of the run: a function that waits for all its children must not wait for it. It holds
a lock on the file until everything is there that came before the mark, which the run writes at its end. What
comes later, from processes that outlive the function, goes to a file of its own.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would load `enum`
import posix
import time

from . import ending, process
from .bounded_file import BoundedFile
from .records import file_behind
from .stale_runs import LATER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_MARK_BYTES = 16
_MARK_BEGINS = b"\xff"
"""No text holds this byte, nor the rest of the mark: only what may be its beginning is held back."""
_KEEP, _REMOVE = b"k", b"r"
"""What follows the mark: what to do with the file of the run."""
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
        ready, starting = posix.pipe2(posix.O_CLOEXEC)
        try:
            _start_orphan(_Collector(reading, output, starting, path, self._mark).run)
            posix.close(starting)
            starting = -1
            collector = posix.read(ready, _MARK_BYTES)
            if not collector:
                raise OSError(11, "no process could be started to collect what is printed")
            _make_sure_it_is_no_child(int(collector))
            self.file = f"/proc/{int(collector)}/fd/{output}"
            """Where the output file is found, should it be removed."""
        except BaseException:
            posix.close(self._writing)
            raise
        finally:
            for descriptor in (reading, ready, starting, output):
                if descriptor >= 0:
                    posix.close(descriptor)
        self.pipe = file_behind(self._writing)
        """What tells it from every other file."""

    def take(self, descriptors: list[int]) -> None:
        """Have these descriptors write to the collector."""
        for descriptor in descriptors:
            posix.dup2(self._writing, descriptor)
        posix.close(self._writing)

    def finish(self, output: int, *, removing: bool) -> None:
        """Wait until everything is in the file that has been printed so far.

        Args:
            output: A descriptor of the file, open for writing.
            removing: Whether the collector is to remove the file, which the run may have no right to do.
        """
        if self._tell(_REMOVE if removing else _KEEP):
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

    def _tell(self, wish: bytes) -> bool:
        """Tell the collector that the run ends; false where the function has closed the pipe."""
        for descriptor in (1, 2):
            try:
                if file_behind(descriptor) == self.pipe:
                    posix.set_blocking(descriptor, True)
                    posix.write(descriptor, self._mark + wish)
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
        _detach({reading})
        _copy_later(reading, path, b"")
        posix._exit(0)

    _start_orphan(run)


def _detach(descriptors: set[int]) -> None:
    """Have nothing to do with the run but these descriptors."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
    posix.chdir("/")  # it may be in a file system that is to be unmounted
    posix.setsid()
    process.close_all_but(descriptors)


def _copy_later(reading: int, path: str, data: bytes) -> None:
    """Copy what is printed after the end of the run, if anything is, to a file of its own."""
    data = data or posix.read(reading, _CHUNK_BYTES)
    if not data:
        return
    flags = posix.O_RDWR | posix.O_CREAT | posix.O_APPEND | posix.O_CLOEXEC
    try:
        file = BoundedFile(posix.open(f"{path}{LATER}", flags, 0o600))
    except OSError:
        file = None  # it is read nevertheless: nobody who prints is to wait, or to die of it
    while data:
        if file is not None:
            file.add(data)
        data = posix.read(reading, _CHUNK_BYTES)


def _start_orphan(run: Callable[[], object]) -> None:
    """Run a function in a process that the function of the run never waits for, and hears nothing of."""
    try:
        heard = _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    except ValueError:  # this is not the main thread
        heard = None
    try:
        child = posix.fork()
        if child == 0:
            try:
                if posix.fork() == 0:
                    run()
            finally:
                posix._exit(0)
        _reap(child)
    finally:
        if heard is not None:
            _signal.signal(_signal.SIGCHLD, heard)


def _reap(child: int) -> None:
    try:
        posix.waitpid(child, 0)
    except ChildProcessError:
        return  # another thread of the function waits for whoever comes


def _make_sure_it_is_no_child(collector: int) -> None:
    """End the collector if it has become a child of the function's, which adopts orphans.

    Raises:
        OSError: It had.
    """
    try:
        posix.waitpid(collector, posix.WNOHANG)
    except ChildProcessError:
        return
    posix.kill(collector, _signal.SIGKILL)
    _reap(collector)
    raise OSError(11, "the function adopts orphans: it would wait for what collects its output")


class _Collector:
    """The process that copies from the pipe to the file."""

    def __init__(self, reading: int, output: int, starting: int, path: str, mark: bytes) -> None:
        self.reading = reading
        self.output = output
        self.starting = starting
        self.path = path
        self.mark = mark

    def run(self) -> NoReturn:
        """Copy until nobody is left who could print, and end the process."""
        try:
            _detach({self.reading, self.output, self.starting})
            ending.lift_limits()
            posix.lockf(self.output, posix.F_LOCK, 0)
            posix.write(self.starting, b"%d" % posix.getpid())
            posix.close(self.starting)
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
                wish = after or posix.read(self.reading, _CHUNK_BYTES)
                self.end_run(removing=wish[:1] == _REMOVE)
                _copy_later(self.reading, self.path, wish[1:])
                return
            begun = before.rfind(_MARK_BEGINS, -_MARK_BYTES)
            if begun < 0 or not self.mark.startswith(before[begun:]):
                begun = len(before)
            rest = before[begun:]
            file.add(before[:begun])
        file.add(rest)

    def end_run(self, *, removing: bool) -> None:
        """Let the run go on, which waits for the lock."""
        try:
            if removing:
                posix.unlink(self.path)
        except OSError:
            return  # it is gone already, or was never there; those who go on printing are read all the same
        finally:
            posix.close(self.output)  # and with it, every lock that this process has on the file

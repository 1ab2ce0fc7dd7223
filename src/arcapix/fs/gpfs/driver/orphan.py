"""Processes that stand beside a run: no `wait` of its function finds them, and they have nothing of it."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would load `enum`
import posix

from . import process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_DIGITS = 16
"""Of the number of a process."""


def start(run: Callable[[], object]) -> None:
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
        process.reap(child)  # unless another thread of the function waits for whoever comes
    finally:
        if heard is not None:
            _signal.signal(_signal.SIGCHLD, heard)


def start_and_wait(run: Callable[[int], object]) -> int:
    """Start such a process, and return its number once it has told that it is ready.

    Args:
        run: Gets what `tell_ready` takes.

    Raises:
        OSError: No process can be started, or no pipe be made.
    """
    ready, starting = posix.pipe2(posix.O_CLOEXEC)
    try:
        start(lambda: run(starting))
        posix.close(starting)
        starting = -1
        number = posix.read(ready, _MOST_DIGITS)
    finally:
        for descriptor in (ready, starting):
            if descriptor >= 0:
                posix.close(descriptor)
    if not number:
        raise OSError(11, "no process could be started")
    _make_sure_it_is_no_child(int(number))
    return int(number)


def tell_ready(starting: int) -> None:
    """Tell the run that it may go on."""
    posix.write(starting, b"%d" % posix.getpid())
    posix.close(starting)


def _make_sure_it_is_no_child(number: int) -> None:
    """End the process if it has become a child of the function's, which adopts orphans.

    Raises:
        OSError: It had.
    """
    try:
        posix.waitpid(number, posix.WNOHANG)
    except ChildProcessError:
        return
    posix.kill(number, _signal.SIGKILL)
    process.reap(number)
    raise OSError(11, "the function adopts orphans: it would wait for a process of the driver's")


def detach(descriptors: set[int]) -> None:
    """Have nothing to do with the run but these descriptors."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
    posix.chdir("/")  # it may be in a file system that is to be unmounted
    posix.setsid()
    process.close_all_but(descriptors)

"""The end of everything that a function started and left behind, as Python does it when it exits normally.

The function has done its work by then. What goes wrong here is remarked in the log, and changes nothing about
how the run ended.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would load `enum`
import _thread
import gc
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_LIMITS = ("RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
"""Those that would keep the end of a run from being recorded."""


def settle() -> list[str]:
    """End threads and exit functions, and write what is left in files; return what is to be remarked.

    All these may still print, so this comes before the output is copied to the log.
    """
    remarks: list[str] = []

    def write_open_files() -> None:
        remarks.extend(_written(_open_files()))

    for step in (_wait_for_threads, _run_exit_functions, gc.collect, write_open_files):
        try:
            step()
        except BaseException as error:
            from .outcome import reason_of

            remarks.append(f"at the end of the run: {reason_of(error)}")
    return list(dict.fromkeys(remarks))  # a text file and its buffer fail with the same words


def _wait_for_threads() -> None:
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()


def _run_exit_functions() -> None:
    atexit = sys.modules.get("atexit")
    if atexit is not None:
        atexit._run_exitfuncs()


def make_room() -> None:
    """Have a descriptor for what is recorded of the run, and none of the limits that the function has set."""
    posix.closerange(0, 1)  # if the function has closed it, that is no error
    lift_limits()


def lift_limits() -> None:
    """Give up the limits that the function has set, as far as rights allow."""
    resource = sys.modules.get("resource")
    if resource is not None:
        for limit in _LIMITS:
            _lift(resource, getattr(resource, limit))


def _lift(resource: Any, limit: int) -> None:
    hard = resource.getrlimit(limit)[1]
    for value in (resource.RLIM_INFINITY, hard):
        try:
            resource.setrlimit(limit, (value, value))
        except (OSError, ValueError):
            continue
        return


def flush_standard_streams() -> None:
    """Write what is left in standard output and error, whatever the function has put in their places."""
    _written(_standard_streams())


def _standard_streams() -> list[object]:
    return [getattr(sys, name, None) for name in ("stdout", "stderr", "__stdout__", "__stderr__")]


def _open_files() -> list[object]:
    import _io

    writers = (_io.TextIOWrapper, _io.BufferedWriter, _io.BufferedRandom)
    files: list[object] = [thing for thing in gc.get_objects() if issubclass(type(thing), writers)]
    return [*files, *_standard_streams()]


def _written(files: list[object]) -> list[str]:
    """Write what is left in files; return what could not be written, and why."""
    # A pipe without a reader is remarked, and no reason to die.
    _signal.signal(_signal.SIGPIPE, _signal.SIG_IGN)
    if not _thread._count():
        return list(flushed(files))
    from . import holding_threads

    return holding_threads.flushed(files)


def flushed(files: Iterable[Any]) -> Iterator[str]:
    """Write what is left in files, and yield what could not be written, and why."""
    for file in files:
        try:
            if not file.closed:
                file.flush()
        except OSError as error:
            yield f"{name_of(file)} could not be written: {error}"
        except BaseException:
            continue  # detached, or no file at all but what the function has put in its place


def name_of(file: object) -> str:
    """Return what a file is called."""
    try:
        return repr(file.name)  # type: ignore[attr-defined]
    except BaseException:
        return f"a {type(file).__name__}"

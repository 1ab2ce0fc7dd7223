"""What the records of a run keep, where the function makes that hard: their files, and what it prints.

It may be about to give up rights, to start processes or to print a lot; or there is no room for its output.
"""

from __future__ import annotations

import _thread
import posix

from . import journal, output
from .collector import Collection
from .records import Records, file_behind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BROKEN_PIPE = 32

_collecting = _thread.RLock()
"""Threads may print much and start processes at the same time."""
_begun: list[Records] = []
"""Those that are about to be collected: a signal handler may come between that prints much."""


def hold(records: Records) -> None:
    """Have the end of the run recorded by a process that keeps the rights which this one may be giving up.

    Where none can be had, as where no process can be started, log and journal stay open for writing.
    """
    collect(records)
    _load_what_shows_a_traceback(records)
    try:
        from .recorder import Recorder

        records.recorder = Recorder(records)
    except OSError as error:
        records.firing.notes.append(
            f"no process could be had to record the end of this run with the driver's rights: {error}"
        )
        _hold_for_writing(records)
    descriptor = records.kept_open(records.output)
    if descriptor >= 0:
        posix.close(descriptor)


def _load_what_shows_a_traceback(records: Records) -> None:
    """Load it while this process may read Python's library, which may be in a folder of root's."""
    try:
        from . import traceback

        traceback.load()
    except (ImportError, OSError) as error:
        records.firing.notes.append(f"what shows a traceback cannot be loaded: {error}")


def _hold_for_writing(records: Records) -> None:
    for path, mode, maximum in (records.log_file, records.journal_file):
        try:
            records.keep_open(path, journal.open_to_append(path, mode, maximum))
        except OSError as error:
            records.complain(str(error))


def collect(records: Records) -> None:
    """Let a process collect what the function prints from now on, and what those print that it starts."""
    if posix.getpid() != records.pid:
        return
    with _collecting:
        if records.collection is None and not _begun:
            _begun.append(records)
            try:
                _start_collection(records)
            finally:
                _begun.clear()


def unwritten(stream: output.Stream, data: ReadableBuffer, error: OSError) -> int:
    """Write what could not be printed if somebody reads it again, or remember that it was not possible."""
    if error.errno == _BROKEN_PIPE and output.when_broken and output.when_broken[0](stream.fileno()):
        return stream.write(data)
    output.lost[:] = [f"something that was printed could not be written: {error}"]
    return len(data)  # type: ignore[arg-type]


def _start_collection(records: Records) -> None:
    descriptors = [number for number in (1, 2) if file_behind(number) == records.printed_to is not None]
    if not descriptors:
        return
    try:
        records.collection = Collection(records.output, posix.dup(descriptors[0]))
    except OSError:
        return  # then it goes on being written to the file directly
    records.collection.take(descriptors)
    output.when_broken.append(lambda descriptor: _collect_again(records, descriptor))


def _collect_again(records: Records, broken: int) -> bool:
    """Start another collector in the place of one that was killed, once; tell whether it collects.

    The descriptor that nobody reads may have become one of the function's own.
    """
    killed = records.collection
    if killed is None or posix.getpid() != records.pid or file_behind(broken) != killed.pipe:
        return False
    output.when_broken.clear()
    descriptors = [number for number in (1, 2) if file_behind(number) == killed.pipe]
    try:
        file = posix.open(records.output, posix.O_RDWR | posix.O_APPEND | posix.O_CLOEXEC | posix.O_NOFOLLOW)
        records.collection = Collection(records.output, file)
    except OSError:
        return False
    records.collection.take(descriptors)
    records.firing.notes.append("some of what was printed is lost: the process that collected it was killed")
    return True


def open_memory(records: Records, error: OSError) -> int | None:
    """Return a descriptor of memory for what the function prints; None if there is none."""
    records.complain(f"the output of this run is kept in memory until it ends: {error}")
    try:
        memory = posix.memfd_create("output")
        records.keep_open(records.output, memory)
        posix.fchmod(memory, 0o600)
        writing = posix.open(f"/proc/self/fd/{memory}", posix.O_WRONLY | posix.O_APPEND | posix.O_CLOEXEC)
    except (OSError, AttributeError) as second:  # the system, or the library, may be too old for it
        records.complain(f"the output of this run is lost: {second}")
        return None
    return records.remember(writing)


def leave(records: Records, error: OSError) -> bytes:
    """Note that what was printed cannot be read, as by a function that has given up the right to."""
    records.firing.notes.append(f"what was printed cannot be read, and stays in {records.output}: {error}")
    return b""


def open_removed(records: Records) -> int:
    """Return a descriptor of an output file that has been removed; -1 if nobody has it open."""
    if records.collection is not None:
        paths = [records.collection.file]
    else:
        paths = [f"/proc/self/fd/{number}" for number in (1, 2) if file_behind(number) == records.printed_to]
    for path in paths:
        try:
            return posix.open(path, posix.O_RDWR | posix.O_CLOEXEC)
        except FileNotFoundError:
            continue
    return -1

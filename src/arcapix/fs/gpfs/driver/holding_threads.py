"""Writes files at the end of a run while threads go on, which may hold one of them and never let go of it.

A thread may write into a pipe that nobody reads. So another thread writes the files, and is given up where it
waits.
"""

from __future__ import annotations

import _thread

from . import ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PATIENCE = 1.0
"""Seconds to wait for a file that a thread holds which goes on; Python waits as long when it ends."""


def flushed(files: list[object]) -> list[str]:
    """Write what is left in files; return what could not be written, and why."""
    remarks: list[str] = []
    begun: list[object] = []

    def beginning() -> Iterator[object]:
        for file in files:
            begun.append(file)
            yield file

    waiting = beginning()
    while True:
        done = _thread.allocate_lock()
        done.acquire()

        def write_aside(release: Callable[[], None] = done.release) -> None:
            for file in waiting:
                remarks.extend(ending.flushed([file]))
            release()

        _thread.start_new_thread(write_aside, ())
        if done.acquire(timeout=_PATIENCE):
            return remarks
        remarks.append(f"{ending.name_of(begun[-1])} could not be written: a thread that goes on holds it")

"""Which process serves a cluster: the one that holds its lock, and whose process id is in it."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from io import TextIOWrapper

from arcapix.fs.gpfs.emulator import ownership
from arcapix.fs.gpfs.emulator.place import Place

LOCK_TIME = 3.0
"""Seconds to wait for a process that is dying, or that only looks who has the lock."""
_INSIDE = "inside"


@dataclass(frozen=True)
class Holder:
    """The process that serves a cluster."""

    pid: int
    inside: bool
    """The cluster is a part of that process, a test for example, and is ended by nobody else."""


class ServingLock:
    """The lock of the process that serves a cluster; the system releases it when that process ends."""

    def __init__(self, place: Place) -> None:
        self._path = place.lock
        self._file: TextIOWrapper | None = None

    def take(self, *, inside: bool = False) -> bool:
        """Take it; False if another process has it.

        Args:
            inside: The cluster is a part of this process, which does more than serve it.
        """
        file = open(self._path, "a+", opener=ownership.closed)  # noqa: SIM115
        deadline = time.monotonic() + LOCK_TIME
        while not _lock(file):
            if time.monotonic() > deadline:
                file.close()
                return False
            time.sleep(0.02)
        file.truncate(0)
        print(os.getpid(), _INSIDE if inside else "", file=file, flush=True)
        self._file = file
        return True

    def release(self) -> None:
        """Let it go, also for processes that were forked from this one."""
        if self._file is not None:
            self._file.truncate(0)
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._file.close()
            self._file = None


def is_served(place: Place) -> bool:
    """Tell whether a process serves a cluster, or is about to."""
    if not place.lock.exists():
        return False
    with open(place.lock) as file:
        return not _lock(file)


def holder(place: Place) -> Holder | None:
    """The process that serves a cluster."""
    if not is_served(place):
        return None
    pid, _, kind = place.lock.read_text().strip().partition(" ")
    return Holder(int(pid), kind == _INSIDE) if pid else None


def _lock(file: TextIOWrapper) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""What the kernel of this node says about processes that it has killed since memory ran out."""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["LOG", "killed_for_memory"]

LOG = Path("/dev/kmsg")
_LINE = re.compile(rb"\d+,\d+,(?P<microseconds>\d+),[^;\n]*;[^\n]*\bKilled process (?P<pid>\d+) ")
_LONGEST = 8192
"""Bytes of a line; the device gives one at a time."""
_TOLERANCE = 2.0
"""Seconds that the clock may have been set since."""


def killed_for_memory(started: Mapping[int, float], log: Path = LOG) -> set[int]:
    """Return which processes the kernel has killed; none where this user may not read its log.

    Args:
        started: Processes, and when they began; seconds since 1970.
        log: The kernel's log.
    """
    booted = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
    found = set()
    try:
        for line in _lines(log):
            for match in _LINE.finditer(line):
                pid, seconds = int(match["pid"]), int(match["microseconds"]) / 1e6
                if pid in started and booted + seconds >= started[pid] - _TOLERANCE:
                    found.add(pid)
    except OSError:
        return set()
    return found


def _lines(log: Path) -> Iterator[bytes]:
    """Yield what the log holds at this moment.

    Raises:
        OSError: It cannot be read.
    """
    descriptor = os.open(log, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        while True:
            try:
                piece = os.read(descriptor, _LONGEST)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.EPIPE:  # lines were overwritten before they were read
                    raise
                continue
            if not piece:
                return
            yield piece
    finally:
        os.close(descriptor)

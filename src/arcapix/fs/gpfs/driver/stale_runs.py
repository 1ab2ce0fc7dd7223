"""What killed runs leave behind: whether a run still runs, and output files that nobody will copy to the log.

The reader of runs uses it, and occasionally the driver does, so it imports no more than the driver itself.
"""

from __future__ import annotations

import posix
import time

LATER = ".later"
"""The end of the name of the file that has what processes print which outlive the function."""

KEPT_SECONDS = 86_400
KEPT_BYTES = 256 << 20
KEPT_FILES = 1_000

_TOLERANCE = 2.0
"""Seconds that the clock may have been set forward during a run, as for a leap second."""


def output_name(run: str, node: str) -> str:
    """Return what the output file of a run is called, also where several nodes have one state folder."""
    return f"{run}@{node}"


def is_running(pid: int, started: float, output: str) -> bool:
    """Tell whether the process of a run still runs, and is not another that was given its number.

    Args:
        pid: Its process.
        started: When the run started, or any later time while it ran; seconds since 1970.
        output: Its output file. A process that writes there is the right one, whatever was done to the clock.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            status = file.read().rpartition(b")")[2].split()
    except OSError:
        return False
    state, ticks = status[0], int(status[19])
    if state in (b"Z", b"X"):
        return False
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / posix.sysconf("SC_CLK_TCK")
    return age >= time.time() - started - _TOLERANCE or descriptor_of(pid, output) is not None


def descriptor_of(pid: int, output: str) -> str | None:
    """Return the path under which a process has its output open, which finds a removed file too."""
    for number in (1, 2):
        path = f"/proc/{pid}/fd/{number}"
        try:
            target = posix.readlink(path)
        except OSError:
            continue
        if target in (output, f"{output} (deleted)"):
            return path
    return None


def remove(folder: str, node: str) -> None:
    """Remove output files of runs that were killed: more than a day ago, and the oldest beyond a bound.

    The files of runs that still run stay, those of other nodes, and files that are not ours.

    Args:
        folder: ``output`` in the driver's state folder.
        node: The name of this node.
    """
    now = time.time()
    count = size = 0
    for written, path, bytes_used in sorted(_stale(folder, node), reverse=True):
        count += 1
        size += bytes_used
        if now - written > KEPT_SECONDS or count > KEPT_FILES or size > KEPT_BYTES:
            try:
                posix.unlink(path)
            except OSError:
                continue  # another driver was faster, or the folder cannot be changed


def _stale(folder: str, node: str) -> list[tuple[float, str, int]]:
    """Return the time of the last write, the path and the size of each output file whose process is gone."""
    found = []
    try:
        names = posix.listdir(folder)
    except OSError:
        return []
    for name in names:
        run, _, where = name.removesuffix(LATER).partition("@")
        pid = run.rpartition("-")[2]
        path = f"{folder}/{name}"
        if not (where == node and pid.isascii() and pid.isdigit()):
            continue
        try:
            status = posix.lstat(path)
        except OSError:
            continue  # its run has just ended
        if not is_running(int(pid), status.st_mtime, path):
            found.append((status.st_mtime, path, status.st_size))
    return found

"""Finds processes by what they carry with them, and kills them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from arcapix.fs.gpfs.emulator.environment import CLUSTER

T = TypeVar("T")

PASSES = 20
"""How often processes that have forked meanwhile are killed again."""
PROC = Path("/proc")
_ADMINISTRATOR = f"{CLUSTER}=".encode()
"""In the environment of an administrator's shell, and of what it started."""


def others() -> Iterator[int]:
    """Every process but this one."""
    own = os.getpid()
    if PROC.is_dir():
        yield from (
            int(path.name) for path in PROC.iterdir() if path.name.isdigit() and int(path.name) != own
        )


def kill_all(find: Callable[[], list[int]]) -> None:
    """Kill what a function finds; again until it finds nothing, since they may fork."""
    for _ in range(PASSES):
        found = find()
        if not found:
            return
        for pid in found:
            _kill(pid)
        time.sleep(0.01)


def kill_session(leader: int) -> None:
    """Kill a process and all that stayed in its session."""
    kill_all(lambda: [pid for pid in others() if _session(pid) == leader and not _is_zombie(pid)])


def ancestry(pid: int) -> set[int]:
    """A process and its ancestors."""
    found: set[int] = set()
    while pid > 1 and pid not in found:
        found.add(pid)
        fields = _stat(pid)
        pid = int(fields[1]) if fields else 0
    return found


def is_of_session(pid: int, sessions: Mapping[int, float]) -> bool:
    """Tell whether a process belongs to one of these sessions: leader -> when the leader ended.

    The number of an ended session may belong to an unrelated one by now, which then started after that end.
    """
    session = _session(pid)
    if session is None or session not in sessions:
        return False
    fields = _stat(pid)
    if not fields:
        return False
    since_boot = float(fields[19]) / os.sysconf("SC_CLK_TCK")
    started = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
    return fields[0] != "Z" and started <= sessions[session]


def is_marked(pid: int, marks: Sequence[str]) -> bool:
    """Tell whether the environment of a process holds all of these, and it is not the administrator's."""
    environment = _environment(pid)
    return all(mark.encode() in environment for mark in marks) and not _is_of_administrator(environment)


def prints_into(pid: int, files: Collection[str], folders: tuple[str, ...]) -> bool:
    """Tell whether standard output or error of a process is one of these files, or is in these folders.

    Processes keep that through a session and an environment of their own. The administrator's are left out.
    """
    for descriptor in (1, 2):
        path = _behind(pid, descriptor).removesuffix(" (deleted)")
        if path in files or path.startswith(folders):
            return not _is_of_administrator(_environment(pid))
    return False


def _environment(pid: int) -> list[bytes]:
    return _read(pid, "environ").split(b"\0")


def _is_of_administrator(environment: Sequence[bytes]) -> bool:
    return any(mark.startswith(_ADMINISTRATOR) for mark in environment)


def _session(pid: int) -> int | None:
    return _ask(lambda: os.getsid(pid))


def _is_zombie(pid: int) -> bool:
    fields = _stat(pid)
    return not fields or fields[0] == "Z"


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third one, the state, on; none of a process that has ended."""
    return os.fsdecode(_read(pid, "stat").rpartition(b")")[2]).split()


def _behind(pid: int, descriptor: int) -> str:
    """What a descriptor of a process leads to; nothing if there is none, or it is another user's."""
    return _ask(lambda: os.readlink(f"{PROC}/{pid}/fd/{descriptor}")) or ""  # noqa: PTH115 # asked of all


def _read(pid: int, name: str) -> bytes:
    """What the kernel says of a process; nothing if it has ended, or is another user's."""

    def read() -> bytes:
        with open(f"{PROC}/{pid}/{name}", "rb") as file:
            return file.read()

    return _ask(read) or b""


def _kill(pid: int) -> None:
    _ask(lambda: os.kill(pid, signal.SIGKILL))


def _ask(question: Callable[[], T]) -> T | None:
    """Ask about a process that may have ended, or belong to another user."""
    try:
        return question()
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        return None

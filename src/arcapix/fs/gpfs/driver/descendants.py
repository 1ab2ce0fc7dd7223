"""The processes that a run has started, wherever they have gone: found, ended, and ended with the driver."""

from __future__ import annotations

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SET_PARENT_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36
_KILL = 9


def adopt() -> bool:
    """Have processes become children of this one when their parents end; tell whether that is possible."""
    return _prctl(_SET_CHILD_SUBREAPER, 1)


def end_with(parent: int) -> None:
    """Have this process killed when its parent ends, if that is possible."""
    if _prctl(_SET_PARENT_DEATH_SIGNAL, _KILL) and posix.getppid() != parent:
        posix._exit(1)  # it has ended in the meantime


def _prctl(option: int, value: int) -> bool:
    """Call what Python has no function for; `ctypes` itself would cost as much as half a start of Python."""
    try:
        import _ctypes

        program = _ctypes.dlopen(None, 0)  # type: ignore[arg-type]
        address = _ctypes.dlsym(program, "prctl")
        return bool(_ctypes.call_function(address, (option, value, 0, 0, 0)) == 0)
    except (ImportError, OSError, AttributeError):
        return False


def of(ancestor: int) -> set[int]:
    """Return the living processes below one."""
    children: dict[int, list[int]] = {}
    living = set()
    for number, parent, _, is_living in _processes():
        children.setdefault(parent, []).append(number)
        if is_living:
            living.add(number)
    found = set()
    waiting = [ancestor]
    while waiting:
        below = children.pop(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found & living


def _processes() -> Iterator[tuple[int, int, int, bool]]:
    """Yield the number of each process, its parent and its session, and whether it has not ended yet."""
    for name in posix.listdir("/proc"):
        if name.isdigit():
            try:
                state, parent, _, session = _read(int(name), "stat").rpartition(b")")[2].split()[:4]
            except OSError:
                continue  # it has just ended
            yield int(name), int(parent), int(session), state not in (b"Z", b"X")


def _read(number: int, name: str) -> bytes:
    with open(f"/proc/{number}/{name}", "rb") as file:
        return file.read()


def end_all(ancestor: int) -> None:
    """Kill every process below one."""
    for number in of(ancestor):
        try:
            posix.kill(number, _KILL)
        except ProcessLookupError:
            continue


def end_session(leader: int, callback: str) -> None:
    """Kill the processes that a run has left whose own process is gone.

    Args:
        leader: The process of the run, which led their session. If there is one of that number, it is another
            one.
        callback: Theirs, as their environment says, unless they are copies of the driver's process.
    """
    marks = (f"ARCAPIX_CALLBACK_ID={callback}".encode(), sys.argv[0].encode("utf-8", "surrogateescape"))
    sessions = {number: session for number, _, session, is_living in _processes() if is_living}
    if leader in sessions:
        return
    for number in [number for number, session in sessions.items() if session == leader]:
        try:
            told = _read(number, "environ").split(b"\0") + _read(number, "cmdline").split(b"\0")
            if any(mark in told for mark in marks):
                posix.kill(number, _KILL)
        except OSError:
            continue  # it has just ended


def reap() -> None:
    """Take note of children that have ended."""
    try:
        while posix.waitpid(-1, posix.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return

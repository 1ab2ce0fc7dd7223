"""The processes that a run has started, wherever they have gone: found, ended, and ended with the driver."""

from __future__ import annotations

import posix

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
    for name in posix.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except OSError:
            continue  # it has just ended
        children.setdefault(int(parent), []).append(int(name))
        if state not in (b"Z", b"X"):
            living.add(int(name))
    found = set()
    waiting = [ancestor]
    while waiting:
        below = children.pop(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found & living


def end_all(ancestor: int) -> None:
    """Kill every process below one."""
    for number in of(ancestor):
        try:
            posix.kill(number, _KILL)
        except ProcessLookupError:
            continue


def reap() -> None:
    """Take note of children that have ended."""
    try:
        while posix.waitpid(-1, posix.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return

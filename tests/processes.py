"""What the kernel says of a process, whoever has started it."""

from __future__ import annotations

from pathlib import Path

_GONE = "X"


def state_of(pid: int) -> str:
    """Return the letter of a process's state, as ``/proc/PID/stat`` has it; X where it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return _GONE
    return stat.rpartition(")")[2].split()[0]


def is_alive(pid: int) -> bool:
    """Tell whether a process has not ended yet, even if nobody has waited for its end."""
    return state_of(pid) not in "ZX"

"""Whether a node can start a program: it, and the interpreter that its first line names."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["is_hidden", "missing_interpreter", "why_not"]

_LONGEST = 256
"""Bytes of a first line that Linux reads."""


def why_not(program: Path) -> tuple[str, str] | None:
    """Return why nobody can start a program, and what to do about it; None if nothing speaks against it.

    Raises:
        OSError: This user cannot tell.
    """
    if is_hidden(program):
        raise PermissionError(f"{program} is not this user's to look at; run this as root")
    if not program.is_file():
        return "is not there", "put it there"
    if not program.stat().st_mode & 0o111:
        return "is not executable", f"run: chmod 755 {program}"
    interpreter = missing_interpreter(program)
    if interpreter:
        advice = f"install {interpreter}, or change the first line of {program}"
        return f"has {interpreter} in its first line, which is not there", advice
    return None


def is_hidden(program: Path) -> bool:
    """Tell whether this user may not look for a file, or may not start it although others may."""
    try:
        mode = program.stat().st_mode
    except PermissionError:
        return True
    except OSError:
        return False
    return bool(mode & 0o111) and not os.access(program, os.X_OK)


def missing_interpreter(program: Path) -> str:
    """Return the interpreter in a program's first line, if it is known not to be there; else nothing."""
    try:
        with program.open("rb") as file:
            line = file.read(_LONGEST).partition(b"\n")[0]
    except PermissionError:
        return ""
    words = line[2:].split(maxsplit=1) if line.startswith(b"#!") else []
    if not words:
        return ""
    interpreter = Path(os.fsdecode(words[0]))
    return "" if is_hidden(interpreter) or interpreter.is_file() else str(interpreter)

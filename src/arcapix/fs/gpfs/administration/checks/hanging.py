"""Looks whether file systems answer: another process does, and is given up if it hangs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ...commands import process
from ...exceptions import GPFSExecuteException

__all__ = ["PATIENCE", "hanging", "of_hanging"]

PATIENCE = 10.0
"""Seconds that a folder has to answer."""

_LOOK = """
import os, sys
for path in sys.argv[1:]:
    try:
        os.statvfs(path)
    except OSError:
        pass
    print(path, flush=True)
"""


def hanging(paths: Sequence[str]) -> str:
    """Return the first path whose file system does not answer; empty if all of them do.

    Raises:
        GPFSError: Nobody can tell.
    """
    try:
        process.execute((sys.executable, "-ISXutf8", "-c", _LOOK, *paths), timeout=PATIENCE)
    except GPFSExecuteException as error:
        if error.returncode is None:
            return paths[min(error.stdout.count("\n"), len(paths) - 1)]
        raise
    return ""


def of_hanging(path: str) -> tuple[str, str]:
    """Return what is said of a path whose file system does not answer, and what to do about it."""
    text = f"{path} does not answer within {PATIENCE:.0f} s, and nothing else was looked at"
    return text, "see to the file system that it is on: mount, df, dmesg"

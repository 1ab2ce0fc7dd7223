"""Who else could change the mm commands: nobody starts, as root, what another user has put there.

A shell keeps ``ARCAPIX_GPFS_BIN`` when the emulated cluster that it named is gone, and anybody can make that
folder again.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..driver import trust
from ..exceptions import GPFSError
from .environment import BIN

__all__ = ["check"]

_CLUSTER = "cluster.json"
"""What an emulated cluster has beside the folder of its commands."""

_checked: set[str] = set()


def check(program: str) -> None:
    """Refuse an mm command that others could change; it is looked at once in a process.

    Above an emulated cluster that is the user's own, folders may be open: its emulator has warned of them.

    Args:
        program: The command, with its folder.

    Raises:
        GPFSError: They could.
    """
    if program in _checked:
        return
    folder = Path(program).parent
    found = trust.danger([str(folder), program])
    parts = (folder.parent / _CLUSTER, folder.parent, folder, Path(program))
    if found and not all(map(_is_own, parts)):
        raise GPFSError(
            f"no mm command is started from {folder}: {found.partition(', who could')[0]}; unset {BIN}, or "
            "have it name a folder that nobody else can change"
        )
    _checked.add(program)


def _is_own(path: Path) -> bool:
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return not (trust.is_foreign(status.st_uid) or status.st_mode & 0o022 or stat.S_ISLNK(status.st_mode))

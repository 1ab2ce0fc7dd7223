"""Whose a cluster's folder is, and with which rights the emulator makes what is in it.

An emulated cluster runs the programs that its folder names, as the user who works on it. So nobody uses a
folder that another user has prepared, or could still alter.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path

from arcapix.fs.gpfs.emulator import client
from arcapix.fs.gpfs.emulator.errors import EmulatorError

_WHOLE_RANGE = ["0", "0", "4294967295"]
"""How the system describes the numbers of users outside of any namespace."""


def check(directory: Path) -> None:
    """Refuse the folder of a cluster that another user owns or may write to; there may be none yet.

    Raises:
        EmulatorError: It is refused; the text names the path, its owner, and the way out.
    """
    try:
        os.close(client.own_folder(str(directory)))
    except FileNotFoundError:
        return
    except OSError as error:
        raise EmulatorError(client.reason(str(directory), error)) from None


def make_folder(path: Path, mode: int) -> None:
    """Make a folder, and those above it, with these rights whatever the umask; an existing one is left alone.

    Args:
        path: The folder.
        mode: Its rights: 0o700, or 0o755 for what callbacks that run as another user have to reach.
    """
    if path.is_dir():
        return
    make_folder(path.parent, mode)
    try:
        path.mkdir(mode)
    except FileExistsError:  # another process was faster
        return
    path.chmod(mode)


def closed(path: str, flags: int) -> int:
    """Open a file, as an opener for `open`: a new one is closed to others, and a link is not followed."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def open_parents(directory: Path) -> list[Path]:
    """Return the folders above a cluster in which others can put another folder in the place of ours."""
    return [folder for folder in directory.resolve().parents if _is_open(folder)]


def _is_open(folder: Path) -> bool:
    status = folder.stat()
    if status.st_uid not in (0, os.geteuid(), _outside()):
        return True
    if status.st_mode & stat.S_ISVTX:
        return False
    by_group = bool(status.st_mode & stat.S_IWGRP) and not _is_private(status)
    return by_group or bool(status.st_mode & stat.S_IWOTH)


def _is_private(status: os.stat_result) -> bool:
    """Tell whether the group of a folder is root's, or has only its owner, as umask 002 supposes."""
    if status.st_gid == 0:
        return True
    try:
        owner, group = pwd.getpwuid(status.st_uid), grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    return (
        group.gr_gid == owner.pw_gid
        and set(group.gr_mem) <= {owner.pw_name}
        and group.gr_name == owner.pw_name
    )


def _outside() -> int | None:
    """Return the number of users outside of this user namespace, such as root; None if there is none."""
    if Path("/proc/self/uid_map").read_text().split() == _WHOLE_RANGE:
        return None
    return int(Path("/proc/sys/fs/overflowuid").read_text())

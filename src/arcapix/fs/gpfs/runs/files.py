"""Opens files that a driver has left: only what is a file, and without waiting for anything."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from ..exceptions import GPFSError

_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_file(path: Path) -> BinaryIO:
    """Open a regular file to read it; the driver writes to none through a link, and none is followed.

    Raises:
        FileNotFoundError: There is none.
        GPFSError: Something else stands in its place, or this user may not read it; says which.
    """
    try:
        _check(path, path.lstat())  # before it is opened, which does something to a device
        return _opened(path, os.O_NOFOLLOW)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise GPFSError(_why(path, error)) from None


def open_descriptor(path: Path) -> BinaryIO:
    """Open the regular file that a process has open, by its path in ``/proc``.

    Raises:
        FileNotFoundError, ProcessLookupError: It has closed it, or ended.
        GPFSError: This user may not read it.
    """
    try:
        return _opened(path, 0)
    except (FileNotFoundError, ProcessLookupError):
        raise
    except OSError as error:
        raise GPFSError(_why(path, error)) from None


def _opened(path: Path, flags: int) -> BinaryIO:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | flags)
    file = os.fdopen(descriptor, "rb")
    try:
        _check(path, os.fstat(descriptor))
    except GPFSError:
        file.close()
        raise
    return file


def read(file: BinaryIO, path: Path, size: int = -1) -> bytes:
    """Read from an open file.

    Raises:
        GPFSError: The disk, or the file system, does not give it.
    """
    try:
        return file.read(size)
    except OSError as error:
        raise GPFSError(_why(path, error)) from None


def read_at(file: BinaryIO, path: Path, offset: int, size: int) -> bytes:
    """Read from a place in an open file; where it goes on reading stays.

    Raises:
        GPFSError: The disk, or the file system, does not give it.
    """
    try:
        return os.pread(file.fileno(), size, offset)
    except OSError as error:
        raise GPFSError(_why(path, error)) from None


def _check(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise GPFSError(f"{path} is {kind}, where the driver's records should be; move it away")


def _why(path: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"{path} may be read only by the user that the driver runs as, usually root"
    return f"{path} cannot be read: {error.strerror}"

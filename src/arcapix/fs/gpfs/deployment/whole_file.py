"""Reads files without waiting, and writes them so that they are there as a whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["abandoned", "read", "tidied", "written"]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_BYTES = 1 << 24
_READING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NAME_OF_NEW = r"%s.*\.[0-9a-f]{8}\.new"


def read(path: Path, most: int = _MOST_BYTES) -> tuple[bytes, os.stat_result]:
    """Return the content of a file, and its status when it was opened.

    Args:
        path: The file.
        most: Of how many bytes at most.

    Raises:
        OSError: It cannot be read, or is no file: a pipe or a device may have nothing to read, or no end.
    """
    descriptor = os.open(path, _READING)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a file", str(path))
        return os.read(descriptor, min(most, status.st_size)), status
    finally:
        os.close(descriptor)


@contextmanager
def written(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """Yield a new file beside a path, with all of the data on disk, to be moved or linked there.

    If it is still there at the end, it is removed. A process that is killed leaves it behind, with a name
    that ends in ``.new``; `tidied` removes it.

    Args:
        path: Where the file will be.
        data: Its content.
        mode: Its rights, whatever the umask; nobody else can read it before it has them.

    Raises:
        OSError: It cannot be written; nothing is left behind.
    """
    new = path.with_name(f"{path.name}.{os.urandom(4).hex()}.new")
    descriptor = os.open(new, _NEW, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        yield new
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def tidied(folder: Path, prefix: str) -> Iterator[None]:
    """Remove what killed writers have left in a folder, and keep others from doing so during the block.

    While another process is in such a block, nothing is removed: what is there may be its own. Nobody waits
    for another, since whoever may read the folder could hold the lock for ever.

    Args:
        folder: The folder.
        prefix: How the names of what `written` was asked for begin.

    Raises:
        OSError: The folder cannot be read.
    """
    place = os.open(folder, _FOLDER)
    try:
        with suppress(OSError):  # another is at work, or there are no locks here
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_abandoned(place, _names(prefix))
        yield
    finally:
        os.close(place)


def abandoned(folder: Path, prefix: str) -> list[str]:
    """Return the names of what `tidied` would remove, or of what another process is writing at this moment.

    Raises:
        OSError: The folder cannot be read.
    """
    return sorted(filter(_names(prefix).fullmatch, (path.name for path in folder.iterdir())))


def _names(prefix: str) -> re.Pattern[str]:
    return re.compile(_NAME_OF_NEW % re.escape(prefix))


def _remove_abandoned(place: int, names: re.Pattern[str]) -> None:
    for name in filter(names.fullmatch, os.listdir(place)):
        status = os.lstat(name, dir_fd=place)
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
            os.unlink(name, dir_fd=place)

"""Reads files without waiting, and writes them so that they are there as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["read", "written"]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_BYTES = 1 << 24
_READING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


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
    that ends in ``.new``.

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

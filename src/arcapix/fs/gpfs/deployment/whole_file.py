"""Writes files that are there as a whole or not at all, whoever looks, and whatever goes wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["written"]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


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

"""Writes files that are there as a whole or not at all, whoever looks, and whatever goes wrong meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["written"]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def written(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """Give a new file beside a path, with all of the data on the disk, to be moved or linked there.

    What is still beside it at the end is removed. Whoever is killed leaves it behind, and its name ends in
    ``.new``.

    Args:
        path: Where the file is to be.
        data: What is to be in it.
        mode: Its rights, whatever the umask; nobody else can read it before it has them.

    Raises:
        OSError: It cannot be written; there is nothing new then.
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

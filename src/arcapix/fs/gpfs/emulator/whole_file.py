"""Replaces files so that whoever looks finds the old one or the new one, never half of one."""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, data: bytes, mode: int, *, durable: bool) -> None:
    """Put a file in the place of another one, which stays until the new one is complete.

    Only one process at a time may do so, as the locks of a cluster ensure. Who is killed leaves an incomplete
    file, which the next one writes over.

    Args:
        path: Where it is to be.
        data: What is to be in it.
        mode: Its rights, whatever the umask.
        durable: Wait until the disk has it; otherwise a power cut can lose it, but kill -9 cannot.
    """
    new = path.with_name(f"{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(descriptor, mode)
            if durable:
                os.fsync(descriptor)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    if durable:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

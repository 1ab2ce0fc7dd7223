"""Writes a file into an emulated file system, as far as there is room: in it, and on this machine's disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

from ..emulator.model import Filesystem
from ..emulator.usage import measure

_BLOCK = 1 << 20
_RESERVE = 32 << 20
"""Bytes of this machine's disk that are left to others."""


def write(filesystem: Filesystem, target: Path, data: int | bytes) -> None:
    """Write a file; what it held before is gone, and its room is free.

    Args:
        filesystem: The file system that it is in.
        target: Its path.
        data: What is written, or how many bytes.

    Raises:
        OSError: There is no room for all of it, ``ENOSPC``; what there was room for stays.
    """
    size = data if isinstance(data, int) else len(data)
    with target.open("wb") as file:
        free = max(0, filesystem.pools["system"].size - measure(filesystem).total.bytes)
        disk = os.statvfs(target)
        spare = max(0, disk.f_bavail * disk.f_frsize - _RESERVE)
        _fill(file, data, min(size, free, spare))
    if size > free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
    if size > spare:
        raise OSError(errno.ENOSPC, "the disk of this machine has no room for that", str(target))


def _fill(file: BinaryIO, data: int | bytes, size: int) -> None:
    if isinstance(data, bytes):
        file.write(data[:size])
        return
    # Data that a compressing file system cannot shrink, since the emulator counts allocated blocks.
    block = os.urandom(min(size, _BLOCK))
    for offset in range(0, size, _BLOCK):
        file.write(block[: size - offset])

"""mmlspool."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import process
from .values import flag, size

__all__ = ["PoolRecord", "mmlspool"]

_POOL = re.compile(
    r"^\s*(\S+)\s+(\d+)\s+(\d+\s*[KMGT]?i?B?)\s+(yes|no)\s+(yes|no)\b", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True, slots=True)
class PoolRecord:
    """A storage pool.

    Attributes:
        filesystem: The file system it belongs to.
        name: Its name.
        id: Its number.
        data: Whether it may hold data.
        metadata: Whether it may hold metadata.
        block_size: Bytes.
    """

    filesystem: str
    name: str
    id: int
    data: bool
    metadata: bool
    block_size: int


def mmlspool(device: str) -> list[PoolRecord]:
    """List the storage pools of a file system; the command has only the plain form."""
    text = process.run("mmlspool", process.operand(device), timeout=process.LIST_LIMIT).stdout
    return [
        PoolRecord(device, row[1], int(row[2]), flag(row[4]), flag(row[5]), size(row[3]))
        for row in map(_POOL.match, text.split("\n"))
        if row
    ]

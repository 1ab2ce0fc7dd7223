"""mmlspool, and the thresholds in what mmlspolicy prints."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import process
from .values import flag, kibibytes, size

__all__ = ["PoolRecord", "PoolSpace", "mmlspolicy_thresholds", "mmlspool", "mmlspool_space"]

_POOL = re.compile(
    r"^\s*(\S+)\s+(\d+)\s+(\d+\s*[KMGT]?i?B?)\s+(yes|no)\s+(yes|no)\b", re.IGNORECASE | re.ASCII
)
_SHARE = r"\s+(\d+)\s+(\d+)\s+\(\s*\d+%\)"
_SPACE = re.compile(_SHARE * 2, re.ASCII)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"\bRULE\b", re.IGNORECASE)
_FROM_POOL = re.compile(r"""\bFROM\s+POOL\s+(?:'([^']*)'|"([^"]*)"|([\w.-]+))""", re.IGNORECASE)
_THRESHOLD = re.compile(r"\bTHRESHOLD\s*\(\s*(\d+(?:\.\d+)?)", re.IGNORECASE | re.ASCII)


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


@dataclass(frozen=True, slots=True)
class PoolSpace:
    """How full a storage pool is, by its data, or by its metadata if it holds no data.

    Attributes:
        name: Its name.
        size: Bytes.
        free: Bytes.
    """

    name: str
    size: int
    free: int


def mmlspool(device: str) -> list[PoolRecord]:
    """List the storage pools of a file system; the command has only the plain form."""
    text = process.run("mmlspool", process.operand(device), timeout=process.LIST_LIMIT).stdout
    return [
        PoolRecord(device, row[1], int(row[2]), flag(row[4]), flag(row[5]), size(row[3]))
        for row in map(_POOL.match, text.split("\n"))
        if row
    ]


def mmlspool_space(device: str) -> list[PoolSpace]:
    """Return how full the storage pools of a file system are."""
    text = process.run("mmlspool", process.operand(device), timeout=process.LIST_LIMIT).stdout
    found = []
    for line in text.split("\n"):
        if (row := _POOL.match(line)) and (space := _SPACE.match(line, row.end())):
            size_of, free = space.group(1, 2) if flag(row[4]) else space.group(3, 4)
            found.append(PoolSpace(row[1], kibibytes(size_of), kibibytes(free)))
    return found


def mmlspolicy_thresholds(device: str) -> dict[str, float]:
    """Return at how many per cent pools are low on space, as far as the policy has a threshold for them.

    Where several rules name a pool, the lowest counts. A rule with a threshold and no ``FROM POOL`` is left
    out, as it is about no pool of its own.
    """
    text = process.run("mmlspolicy", process.operand(device), "-L", timeout=process.LIST_LIMIT).stdout
    found: dict[str, float] = {}
    for rule in _RULE.split(_COMMENT.sub(" ", text)):
        threshold, pool = _THRESHOLD.search(rule), _FROM_POOL.search(rule)
        if threshold and pool:
            name = pool[1] or pool[2] or pool[3]
            found[name] = min(float(threshold[1]), found.get(name, 100.0))
    return found

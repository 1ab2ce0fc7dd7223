"""mmlsfs, mmlsmount and mmsnapdir."""

from __future__ import annotations

import re

from . import listing, process

__all__ = ["mmlsfs", "mmlsmount", "mmsnapdir"]

# Where the node's name is in a recorded row; the names of its columns are not known.
_MOUNT_NODE = 5
# A name this long may have been cut by the plain form.
_CUT_AT = 33
_PLAIN_MOUNT = re.compile(r"^\s+(\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f]*:[0-9A-Fa-f:]+)\s+(\S+)")
_SNAPSHOT_DIRECTORY = re.compile(r'snapshot directory .*?\bis\s+"?([^"\s]+)"?', re.IGNORECASE)
_DEFAULT_SNAPSHOT_DIRECTORY = ".snapshots"


def mmlsfs(device: str = "all") -> dict[str, dict[str, str]]:
    """Return the attributes of a file system, or of all.

    Returns:
        File system, and its attributes by GPFS's field names: ``defaultMountPoint``, ``blockSize``, …
    """
    found: dict[str, dict[str, str]] = {}
    for row in listing.rows("mmlsfs", process.operand(device), "-Y").rows:
        name = row.get("fieldName")
        if name:
            found.setdefault(row.get("deviceName"), {})[name] = row.get("data")
    return found


def mmlsmount(device: str) -> list[str]:
    """Return the nodes that have a file system mounted, by name; where a name was cut, by IP address."""
    answer = listing.rows_or_text("mmlsmount", process.operand(device), "-Y", plain=(device, "-L"))
    if isinstance(answer, str):
        rows = map(_PLAIN_MOUNT.match, answer.split("\n"))
        return [row[2] if len(row[2]) < _CUT_AT else row[1] for row in rows if row]
    named = (row.get("nodeName", "node", default=row.at(_MOUNT_NODE)) for row in answer.rows)
    # A file system that is not mounted anywhere may have a row without a node.
    return [name for name in named if name.strip(" -")]


def mmsnapdir(device: str) -> str:
    """Return the name of the directory in which the snapshots of a file system appear."""
    text = process.run("mmsnapdir", process.operand(device), timeout=process.LIST_LIMIT).stdout
    lines = text.split("\n")
    for line in [line for line in lines if "global" in line.lower()] + lines:
        if found := _SNAPSHOT_DIRECTORY.search(line):
            return found[1]
    return _DEFAULT_SNAPSHOT_DIRECTORY

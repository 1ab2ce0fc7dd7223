"""How full a file system is: counted by looking at what lies below its mount point."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from arcapix.fs.gpfs.emulator.model import Filesystem


@dataclass
class Amount:
    """Bytes and files (folders included)."""

    bytes: int = 0
    files: int = 0

    def add(self, size: int) -> None:
        """Count one more file or folder."""
        self.bytes += size
        self.files += 1


@dataclass
class Usage:
    """What a file system holds."""

    total: Amount = field(default_factory=Amount)
    filesets: dict[str, Amount] = field(default_factory=dict)
    """By name of the fileset, unlinked ones with nothing."""
    users: dict[int, Amount] = field(default_factory=dict)
    groups: dict[int, Amount] = field(default_factory=dict)
    owners: dict[tuple[str, str, int], Amount] = field(default_factory=dict)
    """By ("USR" or "GRP", fileset, number)."""


def measure(filesystem: Filesystem) -> Usage:
    """Count the bytes really written, file by file; snapshots are left out, holes and hard links count once.

    Files that come and go meanwhile may or may not be counted; symbolic links are not followed.
    """
    usage = Usage(filesets={name: Amount() for name in filesystem.filesets})
    junctions = {one.path.rstrip("/"): name for name, one in filesystem.filesets.items() if one.path}
    snapshots = (filesystem.snapshot_directory, filesystem.fileset_snapshot_directory)
    linked: set[tuple[int, int]] = set()
    folders = [(filesystem.mount_point.rstrip("/"), "root")]
    for name, one in filesystem.filesets.items():
        shelf = Path(filesystem.shelf(one))
        with suppress(OSError):
            if not one.path:
                _count(usage, name, shelf.stat(), 0)
                folders.append((str(shelf), name))
    while folders:
        folder, fileset = folders.pop()
        fileset = junctions.get(folder, fileset)
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            if entry.name in snapshots:
                continue
            try:
                status = entry.stat(follow_symlinks=False)
                is_folder = entry.is_dir(follow_symlinks=False)
            except OSError:
                continue
            if is_folder:
                folders.append((entry.path, fileset))
                _count(usage, junctions.get(entry.path, fileset), status, 0)
                continue
            if status.st_nlink > 1:
                if (status.st_dev, status.st_ino) in linked:
                    continue
                linked.add((status.st_dev, status.st_ino))
            _count(usage, fileset, status, min(status.st_size, status.st_blocks * 512))
    return usage


def _count(usage: Usage, fileset: str, status: os.stat_result, size: int) -> None:
    usage.total.add(size)
    usage.filesets.setdefault(fileset, Amount()).add(size)
    usage.users.setdefault(status.st_uid, Amount()).add(size)
    usage.groups.setdefault(status.st_gid, Amount()).add(size)
    usage.owners.setdefault(("USR", fileset, status.st_uid), Amount()).add(size)
    usage.owners.setdefault(("GRP", fileset, status.st_gid), Amount()).add(size)


def of_quota(usage: Usage, kind: str, number: int, name: str, fileset: str) -> Amount:
    """What counts against a quota: a fileset's, or a user's or group's in the file system or one fileset."""
    if kind == "FILESET":
        return usage.filesets.get(name, Amount())
    if fileset:
        return usage.owners.get((kind, fileset, number), Amount())
    owners: Mapping[int, Amount] = usage.users if kind == "USR" else usage.groups
    return owners.get(number, Amount())

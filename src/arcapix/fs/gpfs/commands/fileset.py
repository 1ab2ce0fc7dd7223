"""mmlsfileset and the commands that make, change, link and delete filesets."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from . import listing, process
from .values import date, flag, number, present
from .yformat import Row

__all__ = [
    "FilesetRecord",
    "mmchfileset",
    "mmcrfileset",
    "mmdelfileset",
    "mmlinkfileset",
    "mmlsfileset",
    "mmunlinkfileset",
]


@dataclass(frozen=True, slots=True)
class FilesetRecord:
    """A fileset.

    Attributes:
        filesystem: The file system it is in.
        name: Its name, unique there.
        id: Its number there.
        status: ``"Linked"``, ``"Unlinked"``, ``"Deleted"``.
        path: Where it is linked, None if it is not.
        comment: What it was given when it was created.
        created: Local time.
        inode_space: Number of the inode space that it uses.
        inode_space_owner: Whether that space is its own, that is, whether it is independent.
        max_inodes: Limit of its inode space; 0 if it has none of its own.
        alloc_inodes: Inodes allocated there; also 0 then.
        afm_target: The home of a cache fileset, None for any other.
    """

    filesystem: str
    name: str
    id: int
    status: str
    path: str | None
    comment: str
    created: datetime.datetime | None
    inode_space: int
    inode_space_owner: bool
    max_inodes: int
    alloc_inodes: int
    afm_target: str | None


def mmlsfileset(device: str, *names: str) -> list[FilesetRecord]:
    """List the filesets of a file system: these, or all."""
    which = [",".join(map(process.operand, names))] if names else []
    answer = listing.rows(
        "mmlsfileset", process.operand(device), *which, "-Y", timeout=process.LONG_LIST_LIMIT
    )
    return [_record(row) for row in answer.rows if row.get("filesetName")]


def _record(row: Row) -> FilesetRecord:
    path = row.get("path")
    comment = row.get("comment")
    return FilesetRecord(
        filesystem=row.get("filesystemName"),
        name=row.get("filesetName"),
        id=number(row.get("id")),
        status=row.get("status"),
        # "none" is a legal path; only dashes stand for an unlinked fileset.
        path=path if path.strip("- ") else None,
        comment=comment if comment != "-" else "",
        created=date(row.get("created")),
        inode_space=number(row.get("inodeSpace")),
        inode_space_owner=flag(row.get("isInodeSpaceOwner")),
        max_inodes=number(row.get("maxInodes")),
        alloc_inodes=number(row.get("allocInodes")),
        afm_target=present(row.get("afmTarget")),
    )


def _change(command: str, device: str, name: str, *options: str) -> None:
    arguments = (process.operand(device), process.operand(name), *options)
    process.run(command, *arguments, timeout=process.CHANGE_LIMIT, changing=True)


def mmcrfileset(device: str, name: str, *options: str) -> None:
    """Make a fileset, with native options; it is not linked."""
    _change("mmcrfileset", device, name, *options)


def mmchfileset(device: str, name: str, *options: str) -> None:
    """Change a fileset, with native options."""
    _change("mmchfileset", device, name, *options)


def mmlinkfileset(device: str, name: str, path: str) -> None:
    """Link a fileset at a path."""
    _change("mmlinkfileset", device, name, "-J", process.operand(path))


def mmunlinkfileset(device: str, name: str, force: bool = False) -> None:
    """Unlink a fileset; with ``force`` even while it is in use."""
    _change("mmunlinkfileset", device, name, *(["-f"] if force else []))


def mmdelfileset(device: str, name: str, force: bool = False, qos_class: str | None = None) -> None:
    """Delete a fileset; with ``force`` even if it holds files. It must not be linked."""
    qos = [] if qos_class is None else ["--qos", process.operand(qos_class)]
    _change("mmdelfileset", device, name, *(["-f"] if force else []), *qos)

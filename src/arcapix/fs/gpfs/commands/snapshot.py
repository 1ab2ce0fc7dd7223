"""mmlssnapshot, mmcrsnapshot and mmdelsnapshot."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import listing, process
from .values import date, number

__all__ = ["SnapshotRecord", "mmcrsnapshot", "mmdelsnapshot", "mmlssnapshot"]

_DATE = r"[A-Z][a-z]{2}\s+[A-Z][a-z]{2}\s+\d{1,2}\s+[\d:]{8}\s+\d{4}"
# After the date of creation newer releases print that of expiration; with -d, sizes follow the fileset.
_PLAIN = re.compile(rf"^(\S+)\s+(\d+)\s+(\S+)\s+({_DATE})(?:\s+{_DATE})?(?:\s+(?!-)(\S+))?")


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """A snapshot.

    Attributes:
        filesystem: The file system.
        name: Its name, which is that of its directory.
        id: Its number in the file system.
        status: ``"Valid"``, ``"DeleteRequired"``, …
        created: Local time.
        fileset: Its fileset; None for a snapshot of the whole file system.
    """

    filesystem: str
    name: str
    id: int
    status: str
    created: datetime.datetime | None
    fileset: str | None


def mmlssnapshot(device: str) -> list[SnapshotRecord]:
    """List all snapshots of a file system, including those of its filesets."""
    answer = listing.rows_or_text("mmlssnapshot", process.operand(device), "-Y", plain=(device,))
    if isinstance(answer, str):
        return [
            SnapshotRecord(device, row[1], int(row[2]), row[3], date(row[4]), row[5])
            for row in map(_PLAIN.match, answer.split("\n"))
            if row
        ]
    return [
        SnapshotRecord(
            filesystem=row.get("filesystemName"),
            name=row.get("directory"),
            id=number(row.get("snapID")),
            status=row.get("status"),
            created=date(row.get("created")),
            fileset=row.get("fileset", "filesetName") or None,
        )
        for row in answer.rows
        if row.get("directory")
    ]


def _of(fileset: str | None) -> tuple[str, ...]:
    return () if fileset is None else ("-j", process.operand(fileset))


def mmcrsnapshot(device: str, name: str, fileset: str | None = None) -> None:
    """Make a snapshot of a file system, or of one independent fileset."""
    arguments = (process.operand(device), process.operand(name), *_of(fileset))
    process.run("mmcrsnapshot", *arguments, timeout=process.CHANGE_LIMIT, changing=True)


def mmdelsnapshot(
    device: str,
    name: str,
    fileset: str | None = None,
    qos_class: str | None = None,
    nodes: Sequence[str] | None = None,
) -> None:
    """Delete a snapshot.

    Args:
        device: The file system.
        name: The snapshot.
        fileset: Its fileset.
        qos_class: The class of service that the work counts towards.
        nodes: The nodes that do the work.
    """
    arguments = [process.operand(device), process.operand(name), *_of(fileset)]
    if qos_class is not None:
        arguments += ["--qos", process.operand(qos_class)]
    if nodes:
        arguments += ["-N", ",".join(map(process.operand, nodes))]
    process.run("mmdelsnapshot", *arguments, timeout=process.CHANGE_LIMIT, changing=True)

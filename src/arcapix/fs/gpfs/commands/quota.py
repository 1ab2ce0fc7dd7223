"""mmrepquota, mmlsquota and mmsetquota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from . import listing, process
from .values import kibibytes, number, present
from .yformat import Row

__all__ = ["QuotaRecord", "mmlsquota_fileset", "mmrepquota", "mmsetquota"]

_KIND = {"u": "USR", "g": "GRP", "j": "FILESET"}


@dataclass(frozen=True, slots=True)
class QuotaRecord:
    """Usage and limits of a user, a group or a fileset; blocks in bytes, a limit is 0 where there is none.

    Attributes:
        filesystem: The file system.
        kind: ``"USR"``, ``"GRP"`` or ``"FILESET"``.
        id: Number of the user, group or fileset.
        name: Its name; the number where it has none.
        fileset: The fileset that the quota is in; None if it is for the whole file system.
        block_usage: Bytes used.
        block_soft: Soft limit.
        block_hard: Hard limit.
        block_in_doubt: Bytes granted to nodes, which may be used or not.
        block_grace: How long the soft limit may stay exceeded, in GPFS's words; None if it is not exceeded.
        files_usage: Files used.
        files_soft: Soft limit.
        files_hard: Hard limit.
        files_in_doubt: Files granted to nodes, which may exist or not.
        files_grace: As for blocks.
    """

    filesystem: str
    kind: str
    id: int
    name: str
    fileset: str | None
    block_usage: int
    block_soft: int
    block_hard: int
    block_in_doubt: int
    block_grace: str | None
    files_usage: int
    files_soft: int
    files_hard: int
    files_in_doubt: int
    files_grace: str | None


def _record(row: Row) -> QuotaRecord:
    kind = row.get("quotaType").upper()
    name = row.get("name")
    return QuotaRecord(
        filesystem=row.get("filesystemName"),
        kind=kind,
        id=number(row.get("id")),
        name=name,
        fileset=name if kind == "FILESET" else row.get("filesetname") or None,
        block_usage=kibibytes(row.get("blockUsage")),
        block_soft=kibibytes(row.get("blockQuota")),
        block_hard=kibibytes(row.get("blockLimit")),
        block_in_doubt=kibibytes(row.get("blockInDoubt")),
        block_grace=present(row.get("blockGrace")),
        files_usage=number(row.get("filesUsage")),
        files_soft=number(row.get("filesQuota")),
        files_hard=number(row.get("filesLimit")),
        files_in_doubt=number(row.get("filesInDoubt")),
        files_grace=present(row.get("filesGrace")),
    )


def mmrepquota(device: str, kind: Literal["u", "g", "j"]) -> list[QuotaRecord]:
    """Report the quotas of all users (``u``), groups (``g``) or filesets (``j``) of a file system."""
    answer = listing.rows(
        "mmrepquota", "-Y", f"-{kind}", process.operand(device), timeout=process.LONG_LIST_LIMIT
    )
    records = map(_record, answer.rows)
    return [record for record in records if record.kind == _KIND[kind] and record.filesystem == device]


def mmlsquota_fileset(device: str, fileset: str) -> QuotaRecord | None:
    """Return the quota of one fileset, None if there is no record of one."""
    answer = listing.rows("mmlsquota", "-j", process.operand(fileset), "-Y", process.operand(device))
    for record in map(_record, answer.rows):
        if record.kind == "FILESET" and (record.filesystem, record.name) == (device, fileset):
            return record
    return None


def _blocks(limit: int | str) -> str:
    # Rounded up, so that what fitted still fits.
    return f"{-(-limit // 1024)}K" if isinstance(limit, int) else limit


def _limits(option: str, soft: str | None, hard: str | None) -> tuple[str, ...]:
    if soft is None and hard is None:
        return ()
    if soft is None:
        raise ValueError(f"mmsetquota {option} takes a hard limit only after a soft one; give both")
    return (option, soft if hard is None else f"{soft}:{hard}")


def mmsetquota(
    target: str | Sequence[str],
    *,
    block_soft: int | str | None = None,
    block_hard: int | str | None = None,
    files_soft: int | str | None = None,
    files_hard: int | str | None = None,
) -> None:
    """Set the limits of a fileset, user or group; a limit that is not given stays.

    Args:
        target: ``"FILESYSTEM:FILESET"``, or the words of another target: ``("mmfs1", "--user", "ann")``.
        block_soft: Bytes, rounded up to KiB, or text with a unit such as ``"10G"``.
        block_hard: The same; needs the soft limit, too.
        files_soft: Files.
        files_hard: The same; needs the soft limit, too.

    Raises:
        ValueError: A hard limit without its soft one, or nothing to set.
    """
    words = (target,) if isinstance(target, str) else tuple(target)
    limits = (
        *_limits(
            "--block", *(None if limit is None else _blocks(limit) for limit in (block_soft, block_hard))
        ),
        *_limits("--files", *(None if limit is None else str(limit) for limit in (files_soft, files_hard))),
    )
    if not limits:
        raise ValueError("mmsetquota needs at least one limit")
    for name in (words[0], words[-1]):
        process.operand(name)
    process.run("mmsetquota", *words, *limits, timeout=process.CHANGE_LIMIT, changing=True)

"""What mmlsquota and mmrepquota say about a quota, and the plain table in which both say it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from arcapix.fs.gpfs.emulator import figures, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Filesystem, Kind, Quota
from arcapix.fs.gpfs.emulator.usage import Amount, Usage, of_quota

OPTIONS: dict[str, Kind] = {"-j": "FILESET", "-u": "USR", "-g": "GRP"}
"""Options, in the order in which mmrepquota reports [recorded]."""
COLUMNS = (
    "filesystemName quotaType id name blockUsage blockQuota blockLimit blockInDoubt blockGrace "
    "filesUsage filesQuota filesLimit filesInDoubt filesGrace remarks"
)
_GRACE = 7 * 86400
"""Seconds that a soft limit may stay passed [unverified]."""
_WIDTHS = (10, 10, 10, 10, 8), (8, 7, 8, 8, 8)
"""Of block and file columns; a blank stands before each, so that long figures stay apart [recorded]."""


@dataclass(frozen=True)
class Unit:
    """How block figures are shown: the heading of their column, and the figure for a number of bytes."""

    title: str
    figure: Callable[[int], object]

    @classmethod
    def asked(cls, context: Context, arguments: Arguments) -> Unit:
        """The one that --block-size asks for, KiB by default."""
        text = arguments.value("--block-size", "K") or ""
        if text == "auto":
            return cls("blocks", figures.auto)
        size = figures.read(text if text[:1].isdigit() else f"1{text}")
        if not size:
            raise context.usage(messages.INVALID_PARAMETER, option="--block-size", value=text)
        return cls(
            "blocks" if text[0].isdigit() else f"{text[0].upper()}B", lambda amount: -(-amount // size)
        )


@dataclass(frozen=True)
class Line:
    """What a listing says about one quota."""

    filesystem: Filesystem
    quota: Quota
    """With the limits that hold."""
    amount: Amount
    is_by_default: bool = False

    @classmethod
    def of(cls, filesystem: Filesystem, usage: Usage, quota: Quota) -> Line:
        """The line for a quota, with its limits if there are any."""
        quota = filesystem.quotas.get(quota.key, quota)
        amount = of_quota(usage, quota.kind, quota.id, quota.name, quota.fileset)
        return cls(filesystem, filesystem.in_force(quota), amount, filesystem.is_by_default(quota))

    @property
    def fileset(self) -> str:
        """The fileset that a user or group quota is in, root for a whole file system; else its own."""
        return self.quota.name if self.quota.kind == "FILESET" else self.quota.fileset or "root"

    @property
    def is_per_fileset(self) -> bool:
        """Whether it counts what a user or group has in one fileset."""
        return self.quota.kind != "FILESET" and self.filesystem.perfileset_quota

    @property
    def is_used(self) -> bool:
        """Whether there is anything that it counts."""
        return bool(self.amount.bytes or self.amount.files)

    @property
    def entry(self) -> str:
        """How the entry came about: limits that were set, default ones, or none [recorded; d_fsys doc]."""
        if self.is_by_default:
            return "d_fset" if self.is_per_fileset else "d_fsys"
        return "e" if self.quota.is_limited else "i"

    def row(self) -> list[object]:
        """The columns that both commands have in -Y, up to filesGrace."""
        blocks, files = self._values(figures.kib)
        return [self.filesystem.name, self.quota.kind, self.quota.id, self.quota.name, *blocks, *files]

    def plain(self, unit: Unit) -> str:
        """The plain columns from the kind on."""
        parts = [
            "".join(f" {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
            for cells, widths in zip(self._values(unit.figure), _WIDTHS, strict=True)
        ]
        return f"{self.quota.kind:<8}{' |'.join(parts)}"

    def without_limits(self) -> str:
        """What stands there instead where nothing is limited [recorded]."""
        return f"{self.quota.kind:<8}{texts.QUOTA_NO_LIMITS:>13}{'':36}"

    def _values(self, size: Callable[[int], object]) -> tuple[list[str], list[str]]:
        """Block and file columns: usage, soft and hard limit, in doubt, grace."""
        quota, used = self.quota, self.amount
        blocks = [str(size(one)) for one in (used.bytes, quota.block_soft, quota.block_hard, 0)]
        files = [str(one) for one in (used.files, quota.files_soft, quota.files_hard, 0)]
        return (
            [*blocks, self._grace(used.bytes, quota.block_soft)],
            [*files, self._grace(used.files, quota.files_soft)],
        )

    def _grace(self, used: int, soft: int) -> str:
        """How long usage may stay above a soft limit: ``none``, ``6 days``, ``expired``."""
        if not soft or used <= soft:
            return "none"
        left = _GRACE - (time.time() - self.quota.over_since if self.quota.over_since else 0)
        for unit, seconds in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if left >= seconds:
                return f"{round(left) // seconds} {unit}"
        return "expired"


def heading(first: str, fileset: str, unit: Unit) -> str:
    """The line of column names up to the last grace; `fileset` is "" where that column is absent."""
    return (
        f"{first:<11}{f'{fileset:<11}' if fileset else ''}type{unit.title:>15}{'quota':>11}{'limit':>11}"
        f"{'in_doubt':>11}{'grace':>9} |{'files':>9}{'quota':>8}{'limit':>9}{'in_doubt':>9}{'grace':>9}"
    )


def is_any_per_fileset(lines: Sequence[Line]) -> bool:
    """Whether a table of these has a column for the fileset."""
    return any(line.is_per_fileset for line in lines)

"""Limits of files and blocks: text becomes a number, and contradictions are refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .. import commands
from ..commands.values import size

if TYPE_CHECKING:
    from ..commands import QuotaRecord

__all__ = ["BlockLimit", "Count", "QuotaLimits", "block_limit", "count"]

Count = int | str
"""A number of files or inodes: an int, or digits in a str."""
BlockLimit = int | str
"""An int of bytes, or text with a binary unit, such as ``"10G"``."""


def count(keyword: str, value: Count | None) -> int | None:
    """Return a number of files or inodes.

    Raises:
        TypeError: It is neither an int nor a str.
        ValueError: It is below zero, or not made of digits.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(f"{keyword} is an int, or digits in a str, not {type(value).__name__}")
    digits = str(value).strip()
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{keyword} {value!r} is not a number of files; give digits, 0 or more")
    return int(digits)


def block_limit(keyword: str, value: BlockLimit | None) -> int | None:
    """Return a block limit in bytes, rounded up to KiB as GPFS keeps it.

    Raises:
        TypeError: It is neither an int nor a str.
        ValueError: It is below zero, or not a size.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(f"{keyword} is an int of bytes, or text such as '10G', not {type(value).__name__}")
    try:
        in_bytes = size(str(value))
    except ValueError:
        way_out = "give bytes, or a number with K, M, G, T or P"
        raise ValueError(f"{keyword} {value!r} is not a size; {way_out}") from None
    return -(-in_bytes // 1024) * 1024


class QuotaLimits(NamedTuple):
    """The limits of one quota; None: it stays as it is.

    Attributes:
        block_soft: Bytes.
        block_hard: Bytes.
        files_soft: Files.
        files_hard: Files.
    """

    block_soft: int | None = None
    block_hard: int | None = None
    files_soft: int | None = None
    files_hard: int | None = None

    @classmethod
    def checked(
        cls,
        *,
        filesSoftLimit: Count | None = None,
        filesHardLimit: Count | None = None,
        blockSoftLimit: BlockLimit | None = None,
        blockHardLimit: BlockLimit | None = None,
    ) -> QuotaLimits:
        """Make limits from what a caller gave.

        Raises:
            TypeError: A value is neither an int nor a str.
            ValueError: A value is not a limit, or a soft limit is above its hard one.
        """
        limits = cls(
            block_limit("blockSoftLimit", blockSoftLimit),
            block_limit("blockHardLimit", blockHardLimit),
            count("filesSoftLimit", filesSoftLimit),
            count("filesHardLimit", filesHardLimit),
        )
        limits._check_order()
        return limits

    @property
    def given(self) -> bool:
        """Whether there is anything to set."""
        return self != QuotaLimits()

    def completed(self, current: Callable[[], QuotaRecord | None]) -> QuotaLimits:
        """Complete each pair of which one limit is given with the one that GPFS has; mmsetquota takes pairs.

        Args:
            current: Asks GPFS for the limits; called only if there is such a pair.

        Raises:
            ValueError: A soft limit is above its hard one.
        """
        half_blocks = (self.block_soft is None) != (self.block_hard is None)
        half_files = (self.files_soft is None) != (self.files_hard is None)
        if not (half_blocks or half_files):
            return self
        standing = current()
        limits = self
        if half_blocks:
            limits = limits._replace(
                block_soft=_either(self.block_soft, standing.block_soft if standing else 0),
                block_hard=_either(self.block_hard, standing.block_hard if standing else 0),
            )
        if half_files:
            limits = limits._replace(
                files_soft=_either(self.files_soft, standing.files_soft if standing else 0),
                files_hard=_either(self.files_hard, standing.files_hard if standing else 0),
            )
        limits._check_order()
        return limits

    def set(self, target: str | Sequence[str]) -> None:
        """Set them (one ``mmsetquota``); pairs must be complete.

        Args:
            target: ``"FILESYSTEM:FILESET"``, or words such as ``("mmfs1", "--user", "ann")``.
        """
        commands.mmsetquota(
            target,
            block_soft=self.block_soft,
            block_hard=self.block_hard,
            files_soft=self.files_soft,
            files_hard=self.files_hard,
        )

    def _check_order(self) -> None:
        for what, soft, hard in (
            ("block", self.block_soft, self.block_hard),
            ("files", self.files_soft, self.files_hard),
        ):
            # A hard limit of 0 means no limit.
            if soft is not None and hard and soft > hard:
                raise ValueError(
                    f"the {what} soft limit {soft} is above the hard limit {hard}; raise the hard limit, too"
                )


def _either(given: int | None, standing: int) -> int:
    return standing if given is None else given

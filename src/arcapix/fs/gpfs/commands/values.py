"""Text of mm commands becomes a type here: dates, numbers, sizes, absent values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["date", "flag", "kibibytes", "number", "present", "size"]

_ABSENT = frozenset({"", "-", "--", "none", "(undefined)", "undefined", "n/a"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    r"[A-Za-z]{3}\s+([A-Za-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:[A-Za-z]+\s+)?(\d{4})"
)
_SIZE = re.compile(r"(\d+)\s*([KMGTP]?)(?:i?B)?", re.IGNORECASE | re.ASCII)
_UNITS = ("", "K", "M", "G", "T", "P")


def present(text: str) -> str | None:
    """Return the text, or None if it is one of the ways in which GPFS prints an absent value."""
    stripped = text.strip()
    return None if stripped.lower() in _ABSENT else stripped


def number(text: str, default: int = 0) -> int:
    """Return a whole number; the default where none is printed."""
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() else default


def kibibytes(text: str) -> int:
    """Return the bytes of a figure that is printed in KB."""
    return number(text) * 1024


def size(text: str) -> int:
    """Return the bytes of a whole figure with or without a binary unit, such as ``8 MB``.

    Raises:
        ValueError: It is not a size.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a size")
    return int(match[1]) << 10 * _UNITS.index(match[2].upper())


def flag(text: str) -> bool:
    """Return whether a yes-or-no column says yes."""
    return text.strip().lower() in {"yes", "y", "1", "true", "on"}


def date(text: str) -> datetime | None:
    """Return the local time of ``Www Mmm d hh:mm:ss yyyy``, whatever the locale; None if it is not one."""
    from datetime import datetime  # only some listings have dates

    match = _DATE.search(text)
    if not match or match[1].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(match[1].lower()) + 1
    try:
        return datetime(int(match[6]), month, int(match[2]), int(match[3]), int(match[4]), int(match[5]))
    except ValueError:
        return None

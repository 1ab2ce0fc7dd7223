"""How sizes and shares are printed and read."""

from __future__ import annotations

import re

from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.releases import Release

_UNITS = "KMGTPE"


def kib(size: int) -> int:
    """Bytes as KiB, rounded up."""
    return -(-size // 1024)


def percent(part: int, whole: int) -> int:
    """A share in per cent, rounded; 0 of 0 is 0."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def auto(size: int) -> str:
    """Bytes as ``--block-size auto`` prints them, four digits at most: ``540.2M``, ``300G``."""
    if size == 0:
        return "0"
    value, unit = size / 1024, 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.4g}{_UNITS[unit]}"


def duration(seconds: float) -> str:
    """How long a daemon has run, as mmdiag prints it: ``2 days 0 hours 30 minutes 12 secs``, ``7 secs``."""
    minutes, secs = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    counts = [(days, "days"), (hours, "hours"), (minutes, "minutes"), (secs, "secs")]
    while len(counts) > 1 and not counts[0][0]:
        counts.pop(0)
    return " ".join(f"{count} {unit}" for count, unit in counts)


def block_size(size: int) -> str:
    """A block size as mmlspool prints it: ``8 MB``, ``256 KB``."""
    return f"{size >> 20} MB" if size % (1 << 20) == 0 else f"{size >> 10} KB"


def gigabytes(size: int, release: Release) -> str:
    """A large size as mmdf prints it: ``15.87 GB``, ``22 GB`` in older releases."""
    return f"{size / (1 << 30):.2f} GB" if release >= (5,) else f"{-(-size // (1 << 30))} GB"


def read(text: str) -> int | None:
    """A number with or without K, M, G, T, P, E (binary); None if the text is not one."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGTPE]?)B?", text.strip().upper())
    if match is None:
        return None
    return round(float(match[1]) * 1024 ** (_UNITS.index(match[2]) + 1)) if match[2] else int(float(match[1]))


def size(text: str) -> int:
    """Bytes of a size that is given to the emulator itself, such as ``64M``.

    Raises:
        EmulatorError: It is not a whole number, with or without K, M or G, or it is zero.
    """
    found = read(text) if re.fullmatch("[0-9]+[KMG]?", text.strip().upper()) else None
    if not found:
        raise EmulatorError(
            f"'{text}' is not a size; write a number, and K, M or G for a binary unit, such as 64M"
        )
    return found

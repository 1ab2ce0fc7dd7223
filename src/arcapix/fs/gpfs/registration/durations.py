"""Durations as users give them: seconds, or text such as ``"30s"``, ``"5m"`` and ``"7d"``."""

from __future__ import annotations

import re

__all__ = ["seconds"]

_TEXT = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?", re.ASCII)
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 365 * 86400


def seconds(name: str, value: object, *, without: str = "", least: float = 0.001) -> float:
    """Return seconds, to the millisecond.

    Args:
        name: What the user calls it.
        value: What the user has given.
        without: What holds if it is left out; empty if it cannot be.
        least: The shortest; 0 where no time at all has a meaning.

    Raises:
        TypeError: It is neither a number nor text.
        ValueError: It is unreadable, no time at all, or more than 365 days.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(
            f"{name} is a number of seconds, or text such as '30s' or '5m', not {type(value).__name__}"
        )
    if isinstance(value, str):
        match = _TEXT.fullmatch(value.strip())
        if match is None:
            raise ValueError(
                f"{name}={value!r} is not a duration; give seconds, or text such as '500ms', '30s' or '5m'"
            )
        found = float(match[1]) * _UNITS[match[2] or "s"]
    else:
        found = value
    way_out = f", or leave it out for {without}" if without else ""
    if not found <= _LONGEST:
        raise ValueError(f"{name}={value!r} is no time of at most 365 days; give less{way_out}")
    if round(found, 3) < least:
        raise ValueError(f"{name}={value!r} is no time at all; give 0.001 or more{way_out}")
    return int(found) if found == int(found) else round(found, 3)

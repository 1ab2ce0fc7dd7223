"""Durations as users write them: in run options, and where a function asks for another attempt."""

from __future__ import annotations

import re

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 365 * 86400


def seconds(name: str, value: object) -> float:
    """Return the seconds of a duration, to the millisecond.

    Args:
        name: What it is for, for the errors.
        value: A number of seconds, or text such as ``"500ms"``, ``"30s"``, ``"5m"``, ``"1h"``, ``"2d"``.

    Raises:
        TypeError, ValueError: It is no duration of 0.001 s to 365 days.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        kind = type(value).__name__
        raise TypeError(f"{name} is a number of seconds, or text such as '30s' or '5m', not {kind}")
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError(
                f"{name}={value!r} is not a duration; give seconds, or text such as '500ms', '30s' or '5m'"
            )
        found = float(match[1]) * _SECONDS[match[2] or "s"]
    else:
        found = value
    if not found <= _LONGEST:
        raise ValueError(f"{name}={value!r} is no time of at most 365 days; give less, such as '5m'")
    if round(found, 3) <= 0:
        raise ValueError(f"{name}={value!r} is no time at all; give 0.001 or more")
    return int(found) if found == int(found) else round(found, 3)

"""Times as users give them and as they are shown: local ones, with the offset of the time zone."""

from __future__ import annotations

import re
import time
from datetime import datetime

from . import durations

__all__ = ["parse", "shown", "shown_stamp"]

_DURATION = re.compile(r"\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)", re.ASCII)
"""Without a unit it would not differ from a date such as 20261129."""
_STAMP = "%Y%m%dT%H%M%S%z"


def parse(name: str, text: str, *, or_ago: bool = False) -> float:
    """Return seconds since 1970.

    Args:
        name: What the user calls it, such as ``--until``.
        text: A date, or a date and a time: a local one, unless it has an offset.
        or_ago: Whether it may be a duration, too, such as ``2h``, that leads back from now.

    Raises:
        ValueError: It is none of these.
    """
    if or_ago and _DURATION.fullmatch(text.strip()):
        return time.time() - durations.seconds(name, text)
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        forms = "a date and a local time such as 2026-11-29T06:00, a date alone, or a time with its zone"
        ago = ", or how long ago it was, such as 2h" if or_ago else ""
        raise ValueError(
            f"{name}={text!r} is not a time; give {forms}: 2026-11-29T06:00+01:00{ago}"
        ) from None


def shown(moment: float | datetime) -> str:
    """Return a time as it is shown: ``2026-11-29T06:00:00+01:00``."""
    seconds = moment if isinstance(moment, (int, float)) else moment.timestamp()
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def shown_stamp(stamp: str | None) -> str | None:
    """Return the time of a header, ``20261129T050000Z``, as it is shown; what is none stays as it is."""
    try:
        return stamp and shown(datetime.strptime(stamp, _STAMP))
    except (ValueError, OverflowError):
        return stamp

"""Times as users give them and as they are shown: local ones, with the offset of the time zone."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import NamedTuple

from . import durations

__all__ = ["Span", "parse", "shown", "shown_stamp"]

_DURATION = re.compile(r"\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)", re.ASCII)
"""Without a unit it would not differ from a date such as 20261129."""
_STAMP = "%Y%m%dT%H%M%S%z"
_TIME_OF_DAY = re.compile(r"T?\d\d:", re.ASCII)
_ZONE = r"(?:Z|[+-]\d\d(?::?\d\d)?)?$"
_CLOCK = re.compile(rf"\D\d\d(?P<minute>:?\d\d(?P<second>:?\d\d(?P<part>[.,]\d+)?)?)?{_ZONE}", re.ASCII)
"""The end of a date and a time: how exactly that is given."""


class Span(NamedTuple):
    """What a user has given as a time: a whole day, hour, minute or second, or a moment.

    Attributes:
        begins: Its beginning, in seconds since 1970.
        ends: Its end, which is not part of it; of a moment, the moment.
        is_day: Whether it was a date alone.
    """

    begins: float
    ends: float
    is_day: bool = False

    @property
    def last(self) -> float:
        """Its last microsecond."""
        return max(self.begins, self.ends - 1e-6)


def parse(name: str, text: str, *, is_past: bool = False) -> Span:
    """Return what a user has given as a time.

    Args:
        name: What the user calls it, such as ``--until``.
        text: A date, a date and a time, or a time of day alone: a local one, unless it has an offset.
        is_past: Whether what lies behind is asked for: then a time of day is the last such moment, and not
            the next, and a duration, such as ``2h``, leads back from now.

    Raises:
        ValueError: It is none of these.
    """
    if is_past and _DURATION.fullmatch(text.strip()):
        moment = time.time() - durations.seconds(name, text)
        return Span(moment, moment)
    try:
        if _TIME_OF_DAY.match(text):
            begins = _nearest(clock.fromisoformat(text), is_past=is_past)
            return Span(begins, begins + _length(f"T{text}"))
        given = datetime.fromisoformat(text)
        if _is_date(text):
            return Span(given.timestamp(), (given + timedelta(days=1)).timestamp(), is_day=True)
        return Span(given.timestamp(), given.timestamp() + _length(text))
    except (ValueError, OverflowError):
        forms = "a time of day such as 18:00, a date alone, or both, in local time or with the zone"
        ago = ", or how long ago it was, such as 2h" if is_past else ""
        raise ValueError(
            f"{name}={text!r} is not a time; give {forms}: 2026-11-29T06:00+01:00{ago}"
        ) from None


def _nearest(given: clock, *, is_past: bool) -> float:
    """Return the last such moment, or the next one."""
    now = datetime.now(given.tzinfo)
    moment = datetime.combine(now, given)
    if is_past and moment > now:
        moment -= timedelta(days=1)
    elif not is_past and moment <= now:
        moment += timedelta(days=1)
    return moment.timestamp()


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _length(text: str) -> int:
    """Return how many seconds a time with a clock's time stands for, by how exactly it is given."""
    match = _CLOCK.search(text)
    if match is None or match["part"]:
        return 0
    return 1 if match["second"] else 60 if match["minute"] else 3600


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

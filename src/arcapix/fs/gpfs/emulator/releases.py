"""The releases of GPFS that can be played, in their order, and what is printed from one of them on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Release: TypeAlias = tuple[int, ...]
"""A release or its beginning, for comparison: ``(5, 1, 7)``, ``(5,)``."""

FORMATS: Mapping[str, str] = {
    "4.2.0": "15.01 (4.2.0.0)",
    "4.2.3": "17.00 (4.2.3.0)",
    "5.0.3": "21.00 (5.0.3.0)",
    "5.1.2": "26.00 (5.1.2.0)",
    "5.1.7": "28.00 (5.1.7.0)",
    "5.1.8": "29.00 (5.1.8.0)",
    "5.2.1": "35.00 (5.2.1.0)",
    "6.0.0": "37.00 (6.0.0.0)",
}
"""The releases, oldest first, and the file system version of each: recorded up to 5.1.7, then unverified."""

DEFAULT = "5.1.7"


def parsed(text: str) -> Release:
    """A release as it is compared: ``5.1.7`` is (5, 1, 7)."""
    return tuple(int(part) for part in text.split("."))


@dataclass(frozen=True)
class Layout:
    """One way in which a command prints, and who has seen it."""

    form: str
    """What is asked for: ``plain``, ``-L``, ``-Y``."""
    witnesses: str
    """How many have published it, and under which releases: ``two sites, 4.2 to 5.1``."""
    since: Release = ()
    """The first release that prints so; empty for the oldest."""

    def holds(self, release: Release) -> bool:
        """Tell whether a release prints so, or in a way that is newer still."""
        return release >= self.since

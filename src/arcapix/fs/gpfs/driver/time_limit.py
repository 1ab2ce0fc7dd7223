"""How long a function may take: as long as its run options allow, and no longer than GPFS waits for it."""

from __future__ import annotations

import posix
import time

from .decision import GPFS_TIMEOUT

_GRACE = 5.0
"""Seconds between asking the processes of a run to end, and ending them."""


class TimeLimit:
    """When a run is to end: GPFS must have its exit status before it stops waiting.

    Of the time that GPFS waits, the last second is left for that; of less than two seconds, one half.

    Args:
        options: Those of the run.

    Attributes:
        reason: Why the function was ended, if it was.
    """

    def __init__(self, options: dict[str, str]) -> None:
        self._seconds: float | None = None
        self.reason = ""
        self._ends_at = self._gpfs_waits_until = float("inf")
        if "timeout" in options:
            self._seconds = float(options["timeout"])
            self.reason = f"timed out after {options['timeout']} s"
        if GPFS_TIMEOUT in options:
            granted = float(options[GPFS_TIMEOUT])
            most = max(granted - 1, granted / 2)
            begun = time.monotonic() - _age()
            self._ends_at, self._gpfs_waits_until = begun + most, begun + granted
            if self._seconds is None or most < self._seconds:
                self._seconds = most
                self.reason = f"timed out after {most:.15g} s: GPFS waits for {granted:.15g} s"

    def deadline(self) -> float | None:
        """Return when a function has to end that is called now; in the seconds of `time.monotonic`."""
        return None if self._seconds is None else min(time.monotonic() + self._seconds, self._ends_at)

    def grace(self) -> float:
        """Return how many seconds processes have from now on to end by themselves.

        That is never more than half of what is left until GPFS stops waiting.
        """
        return min(_GRACE, max(0.0, (self._gpfs_waits_until - time.monotonic()) / 2))


def _age() -> float:
    """Return how many seconds ago GPFS has started this process; Python has taken some of them."""
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
    except OSError:
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / posix.sysconf("SC_CLK_TCK")

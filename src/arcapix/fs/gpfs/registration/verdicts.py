"""Exceptions by which a function decides about further attempts; the driver knows them by their names."""

from __future__ import annotations

from ..commands.misuse import entry_points
from . import durations


@entry_points
class RetryLater(Exception):
    """Raised by a function that wants its next attempt after a certain time, with ``Run(retries=)``.

    It counts as a failed attempt: after the last one, there is none. Without retries, the run fails.

    Args:
        delay: Seconds until the next attempt, or text such as ``"30s"``, ``"5m"``, ``"1h"``.
        reason: Why, for the history.

    Raises:
        TypeError, ValueError: The delay is none.

    Example:
        >>> from arcapix.fs.gpfs import RetryLater
        >>> str(RetryLater("5m", "the mail server is being restarted"))
        'the mail server is being restarted'
    """

    def __init__(self, delay: float | str, reason: str = "") -> None:
        self.delay = durations.seconds("delay", delay)
        super().__init__(reason or f"again in {self.delay:g} s")


class GiveUp(Exception):
    """Raised by a function that wants no further attempt, whatever ``Run(retries=)`` allows.

    The event counts as failed, with the reason, until somebody retries or discards it.

    Args:
        reason: Why, for the history.

    Example:
        >>> from arcapix.fs.gpfs import GiveUp
        >>> str(GiveUp("the file system no longer exists"))
        'the file system no longer exists'
    """

    def __init__(self, reason: str = "it was given up") -> None:
        super().__init__(reason)


RetryLater.__module__ = GiveUp.__module__ = "arcapix.fs.gpfs"
"""Where users import them from, and so what the history calls them."""

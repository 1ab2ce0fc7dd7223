"""The log of commands: a line for each that was run, at level debug of ``arcapix.fs.gpfs.commands``.

A program that configures ``logging`` sees it there. ``$ARCAPIX_GPFS_LOG`` and `show` write it to standard
error; without them nothing here configures anything.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence

from ..exceptions import nearest, shown_command
from .environment import LOG

__all__ = ["LEVELS", "note", "show"]

LEVELS = ("debug", "info", "warning", "error", "critical")

_PACKAGE = "arcapix.fs.gpfs"
_COMMANDS = "arcapix.fs.gpfs.commands"
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TIME = "%Y-%m-%dT%H:%M:%S%z"

# logging is imported where a level is asked for: a program that has not imported it itself cannot have
# configured it, and it costs half as much as to start Python.


class _StandardError:
    """Whatever standard error is at the moment: tests and programs replace it, and close the old one."""

    def write(self, text: str) -> None:
        sys.stderr.write(text)


_deciding = threading.Lock()
_decided = False


def show(level: str) -> None:
    """Write what the package logs, at this one of `LEVELS` or above, to standard error.

    Only the first call in a process counts, and it overrides the variable.
    """
    with _deciding:
        _decide(level)


def _decide(level: str | None) -> None:
    """Decide, once in a process, what to show; None: nothing."""
    global _decided
    if _decided:
        return
    _decided = True
    if level is None:
        return
    import logging

    class Formatter(logging.Formatter):
        """Writes times as everything else of this package shows them."""

        def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
            text = super().formatTime(record, datefmt)
            return f"{text[:-2]}:{text[-2:]}"

    handler = logging.StreamHandler(_StandardError())
    handler.setFormatter(Formatter(_FORMAT, _TIME))
    logger = logging.getLogger(_PACKAGE)
    logger.addHandler(handler)
    known = level.lower() in LEVELS
    logger.setLevel((level if known else "warning").upper())
    if not known:
        # Logged, not raised or warned about: under -W error a misspelt variable must not interrupt a change
        # halfway.
        near = nearest(level, LEVELS)
        mend = f"; did you mean {near!r}?" if near else ";"
        logger.warning("%s: %r is not a level%s there are %s", LOG, level, mend, ", ".join(LEVELS))


def note(argv: Sequence[str], outcome: str, seconds: float) -> None:
    """Log that a command has ended.

    Args:
        argv: Its command line; shown as errors show it, each token as its length.
        outcome: How it ended, in two or three words.
        seconds: How long it took.
    """
    with _deciding:
        _decide(os.environ.get(LOG) or None)
    if "logging" not in sys.modules:
        return
    import logging

    logger = logging.getLogger(_COMMANDS)
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug("%s: %s after %.3f s", shown_command(argv), outcome, seconds)

"""GPFS's lock on the configuration: one changing command at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from arcapix.fs.gpfs.emulator import messages, switches

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.command import Context

QUIETLY = 10.0
"""Seconds of waiting before a command says that it retries."""

LOOKING = 0.02
"""Seconds after which a command that is held up looks at the switch again."""

ATTENTION = 0.2
"""Seconds after which a command that waits for the lock looks whether anybody waits for it."""


def _refuse_abandoned(context: Context) -> None:
    """End a command that has begun nothing yet when whoever gave it has ended, as GPFS's scripts do."""
    if context.is_abandoned():
        raise context.failure(messages.ABANDONED)


class ConfigurationLock:
    """The lock, and what the switches lock_busy and command_delay make of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy_left: int | None = None

    def is_held(self) -> bool:
        """Tell whether a command holds the lock."""
        return self._lock.locked()

    @contextmanager
    def hold(self, context: Context) -> Iterator[None]:
        """Hold the lock as long as a change takes.

        Raises:
            CommandFailed: It could not be taken in time, or whoever gave the command has ended.
        """
        self._play_busy(context)
        wait = switches.delays(context.state.switches)[2]
        quietly = min(QUIETLY, wait / 2)
        if not self._acquire(context, quietly):
            context.err(messages.LOCK_RETRY.format(command=context.command))
            if not self._acquire(context, wait - quietly):
                raise context.failure(messages.LOCK_TIMEOUT)
        try:
            _refuse_abandoned(context)
            self._take_time(context)
            yield
        finally:
            self._lock.release()

    def _acquire(self, context: Context, seconds: float) -> bool:
        """Take the lock; False if that takes longer."""
        deadline = time.monotonic() + seconds
        while not self._lock.acquire(timeout=max(0, min(ATTENTION, deadline - time.monotonic()))):
            _refuse_abandoned(context)
            if time.monotonic() >= deadline:
                return False
        return True

    def _take_time(self, context: Context) -> None:
        """Let the time of a change pass; if the switch is set meanwhile, it is obeyed at once."""
        began = time.monotonic()
        while (left := began + switches.delays(context.state.switches)[1] - time.monotonic()) > 0:
            time.sleep(min(left, LOOKING))

    def _play_busy(self, context: Context) -> None:
        kind, _, count = context.switch("lock_busy").partition(":")
        if kind == "off":
            self._busy_left = None
            return
        if count:
            self._busy_left = int(count) if self._busy_left is None else self._busy_left
            if self._busy_left == 0:
                return
            self._busy_left -= 1
        context.err(messages.LOCK_RETRY.format(command=context.command))
        if kind == "timeout":
            raise context.failure(messages.LOCK_TIMEOUT)

"""Signals that come while something must not be left half done."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["deferred"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Keep signals from ending the program within the block; they are delivered at its end.

    Handlers are replaced instead of blocking the signals, since the mm commands would inherit blocked ones.
    Only the main thread can do so; Python delivers no signals in any other.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    previous = {number: signal.getsignal(number) for number in _SIGNALS}
    replaced = [number for number, handler in previous.items() if handler not in (None, signal.SIG_IGN)]
    for number in replaced:
        signal.signal(number, remember)
    try:
        yield
    finally:
        for number in replaced:
            signal.signal(number, previous[number])
        for one in dict.fromkeys(came):
            signal.raise_signal(one)

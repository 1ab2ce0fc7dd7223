"""What is under way: events being delivered, and delayed ones."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType


class Activity:
    """Counts what is under way; as a context manager it counts its block."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def __enter__(self) -> Activity:
        with self._changed:
            self._count += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something after a while, counted from now on."""

        def act() -> None:
            try:
                action()
            finally:
                self.__exit__(None, None, None)

        self.__enter__()
        timer = threading.Timer(seconds, act)
        timer.daemon = True
        timer.start()

    def is_over(self) -> bool:
        """Tell whether nothing is under way."""
        with self._changed:
            return self._count == 0

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is under way; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, timeout)

"""The mounts and unmounts that callbacks are being told of before they happen."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

AGAIN = 16
"""How often, at most, an event is raised inside itself where the switch mount_repeat says "again"."""


class Announcements:
    """Counts preMount and preUnmount by file system and node, so that no callback repeats them for ever."""

    def __init__(self) -> None:
        self._under_way: Counter[tuple[str, str, str]] = Counter()
        self._lock = threading.Lock()

    def are_under_way(self, event: str, filesystem: str, nodes: Sequence[str]) -> bool:
        """Tell whether the event is being raised on one of these nodes."""
        with self._lock:
            return any(self._under_way[event, filesystem, node] for node in nodes)

    @contextmanager
    def of(self, event: str, filesystem: str, nodes: Sequence[str], most: int) -> Iterator[list[str]]:
        """Count the event for a block; yields the nodes where it is under way less than `most` times."""
        with self._lock:
            chosen = [node for node in nodes if self._under_way[event, filesystem, node] < most]
            self._under_way.update((event, filesystem, node) for node in chosen)
        try:
            yield chosen
        finally:
            with self._lock:
                self._under_way.subtract((event, filesystem, node) for node in chosen)

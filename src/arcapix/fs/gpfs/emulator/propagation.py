"""Which registrations a node knows of, when changes take time to reach it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from arcapix.fs.gpfs.emulator.model import Callback, Node


@dataclass
class Version:
    """The registrations from one moment on."""

    callbacks: Mapping[str, Callback]
    since: float
    origin: str = ""
    """Daemon node name of the node that made the change, which knows of it at once."""

    @cached_property
    def by_event(self) -> Mapping[str, Sequence[Callback]]:
        """The registrations for each event, as registered."""
        found: dict[str, list[Callback]] = {}
        for callback in self.callbacks.values():
            for event in dict.fromkeys(callback.events):
                found.setdefault(event, []).append(callback)
        return found


class Propagation:
    """The last versions of the registrations, as far back as the longest delay needs them."""

    def __init__(self, callbacks: Mapping[str, Callback]) -> None:
        self._lock = threading.Lock()
        self._versions = [Version(callbacks, 0.0)]

    def publish(self, callbacks: Mapping[str, Callback], origin: str, delay: str) -> None:
        """Take a new version, unless nothing about the registrations has changed."""
        with self._lock:
            if self._versions[-1].callbacks == callbacks:
                return
            now = time.monotonic()
            horizon = now - max(_delays(delay).values())
            kept = [
                version
                for version, following in zip(self._versions, self._versions[1:], strict=False)
                if following.since > horizon
            ]
            self._versions = [*kept, self._versions[-1], Version(callbacks, now, origin)]

    def seen_by(self, node: Node, delay: str) -> Version:
        """The newest version that has reached a node."""
        delays = _delays(delay)
        wait = delays.get(node.name, delays.get(node.short, delays.get("", 0.0)))
        now = time.monotonic()
        with self._lock:
            for version in reversed(self._versions):
                if version.origin == node.name or version.since + wait <= now:
                    return version
            return self._versions[0]


def _delays(text: str) -> dict[str, float]:
    """Read the switch propagation_delay: node -> seconds, "" for all others."""
    delays = {"": 0.0}
    for part in text.split(","):
        node, _, seconds = part.rpartition("=")
        delays[node] = float(seconds)
    return delays

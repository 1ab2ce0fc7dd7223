"""Whose turn it is: which asynchronous callback is started next, where the machine cannot run all at once."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

AT_ONCE = 128
"""How many asynchronous callbacks run at once; others wait. Protects the machine; GPFS has no such limit."""
MOST = 512
"""The same where a synchronous one is to follow them on its node."""


@dataclass
class _Queue:
    """What is to be started on one node, in this order."""

    label: str
    starts: deque[Callable[[], object]] = field(default_factory=deque)
    starting: threading.Lock = field(default_factory=threading.Lock)
    """Held while one of them is started, so that none comes before an earlier one."""


class Turns:
    """The asynchronous callbacks of a cluster, from the event on until they end.

    Each node has a queue of its own, and the queues are served in turn.

    Args:
        changed: Is held while anything changes, and notified then.
    """

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._queues: dict[str, _Queue] = {}
        self._waiting: dict[str, _Queue] = {}
        """The queues that are not empty, by label of the node: the first one is next."""
        self._running = 0
        """Those that are just being started included."""
        self.unstarted = 0
        """How many were added, and are neither started nor forgotten."""
        self.closed = False
        """Whether the cluster has ended: nothing is started any more."""

    def add(self, label: str, start: Callable[[], object]) -> None:
        """Start a callback; where too many run, after others have ended.

        Args:
            label: The node.
            start: Starts it; returns None if it does not run.
        """
        with self._changed:
            if self.closed:
                return
            queue = self._queues.setdefault(label, _Queue(label))
            queue.starts.append(start)
            self._waiting.setdefault(label, queue)
            self.unstarted += 1
        self.start_waiting()
        with queue.starting:
            pass  # another thread that was starting it has done so

    def catch_up(self, label: str) -> None:
        """Start what waits on a node even where many run, so that a synchronous callback can follow."""
        queue = self._queues.get(label)
        while queue is not None and self._start_next(queue, MOST):
            pass

    def one_ended(self) -> None:
        """Make room; `start_waiting` fills it."""
        with self._changed:
            self._running -= 1

    def start_waiting(self) -> None:
        """Start what waits, as far as there is room: one of each node, then the next ones."""
        while True:
            with self._changed:
                if not self._waiting or self._running >= AT_ONCE:
                    return
                label, queue = next(iter(self._waiting.items()))
                self._waiting[label] = self._waiting.pop(label)
            self._start_next(queue, AT_ONCE)

    def forget(self, label: str | None) -> None:
        """Drop what waits on a node, or on all."""
        with self._changed:
            for queue in [one for one in self._waiting.values() if label in (None, one.label)]:
                self.unstarted -= len(queue.starts)
                queue.starts.clear()
                del self._waiting[queue.label]
            self._changed.notify_all()

    def close(self) -> None:
        """Start nothing more."""
        with self._changed:
            self.closed = True

    def _start_next(self, queue: _Queue, most: int) -> bool:
        """Start the first one of a queue; False if there is none, or no room."""
        with queue.starting:
            with self._changed:
                if not queue.starts or self._running >= most:
                    return False
                start = queue.starts.popleft()
                if not queue.starts:
                    self._waiting.pop(queue.label, None)
                self._running += 1
            begun = False
            try:
                begun = start() is not None
            except Exception:
                traceback.print_exc()  # to the daemon's log: whoever starts this may be a bystander
            with self._changed:
                if not begun:
                    self._running -= 1
                self.unstarted -= 1
                self._changed.notify_all()
        return True

"""One run in the cluster: whether it is this node's, and what the others are told of it."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` would load `enum`
import posix
import time

from . import event_key
from .decision import Firing
from .once_record import Entry, OnceRecord
from .records import file_behind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_FAILURES = 3
_SECONDS_TO_END = 10.0
"""After the timeout of a function, until it has been asked to end and then killed."""
_AGAIN = 1.0
"""Seconds after which an alarm rings again that has come just before what it was to interrupt."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
"""Seconds between two looks at whether another node has ended."""
LOST = "once: the folder "
"""How a note begins, and the reason of a run, where the nodes could not agree who runs."""
BEAT, GO = b"\0", b"\1"
"""What the process of a function tells its supervisor: that it waits and the folder answers; that it runs."""


class Once:
    """What ``Run(once=)`` asks for.

    Attributes:
        within: Seconds after a success in which there is no other run.
        on_lost: What to do while the folder does not answer: ``run`` or ``skip``.
        lost_after: After how many seconds without an answer that is so.
        folder: The shared folder.
        key: What the event is about.
        longest: How many seconds a run may have its turn; without an end if the function has no timeout.
    """

    def __init__(self, firing: Firing, text: str) -> None:
        within, self.on_lost, lost_after, folder = text.split(":", 3)
        self.within = float(within)
        self.lost_after = float(lost_after)
        self.folder = folder or firing.place("once_folder")
        self.key = event_key.of(firing)
        self.callback = firing.callback
        self.node = firing.node
        timeout = float(dict(firing.options).get("timeout", "inf"))
        self.longest = timeout + _SECONDS_TO_END + self.lost_after

    def record(self) -> OnceRecord:
        """Return the record of the callback.

        Raises:
            OSError: It cannot be had.
        """
        if not self.folder:
            raise OSError(2, "no folder was named at `driver install --once-folder`")
        return OnceRecord(self.folder, self.callback, self.lost_after)

    def lost(self) -> str:
        """Return what is said of a folder that does not answer."""
        return f"{LOST}{self.folder} does not answer for {self.lost_after:g} s"

    def unusable(self, error: OSError) -> str:
        """Return what is said of a folder that cannot be used."""
        return f"{LOST}{self.folder} cannot be used: {error}"

    def reason_to_skip(self, entry: Entry, arrived: int, now: float) -> str:
        """Return why there is to be no run; nothing if there is to be one.

        Args:
            entry: What became of such events.
            arrived: How many successes there were when this event came.
            now: The time.
        """
        is_recent = entry.succeeded and abs(now - entry.succeeded) < self.within
        if entry.generation > arrived or is_recent:
            return f"once: {entry.nodes[-1] if entry.nodes else 'another node'} has run it"
        if self.counts(entry, now) >= _MOST_FAILURES:
            return f"once: failed on {', '.join(entry.nodes)}"
        return ""

    def counts(self, entry: Entry, now: float) -> int:
        """Return how many runs of this window have begun and not succeeded."""
        return entry.begun if abs(now - entry.first) < self.within else 0


class Turn:
    """The right to run, held by the process of the function until its end.

    Args:
        once: What is asked for.
        record: The record.
    """

    def __init__(self, once: Once, record: OnceRecord) -> None:
        self.once = once
        self.record = record
        self.file = file_behind(record.descriptor)

    def wait(self, beat: Callable[[], None]) -> str:
        """Wait until it is this node's turn; return why it never comes, or nothing.

        Args:
            beat: Is called whenever the folder has answered.

        Raises:
            OSError: The folder cannot be used.
        """
        once, record = self.once, self.record
        arrived = record.look(once.key)
        self._claim(beat, arrived)
        now, entry = record.now(), record.look(once.key)
        reason = once.reason_to_skip(entry, arrived.generation, now)
        if reason:
            record.release(once.key)
            return reason
        if not once.counts(entry, now):
            entry.begun, entry.first, entry.nodes = 0, now, []
        entry.begun += 1
        entry.nodes = [*entry.nodes, once.node]
        record.write(entry)
        return ""

    def _claim(self, beat: Callable[[], None], known: Entry) -> None:
        """Claim the events as soon as nobody else does.

        Raises:
            OSError: The folder cannot be used, or somebody holds the claim for longer than a run may.
        """
        once, record = self.once, self.record
        pause, since, waited_for = _SHORTEST_PAUSE, time.monotonic(), 1
        while not record.claim(once.key):
            beat()
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, 1.5 * pause)
            if time.monotonic() - since < once.longest:
                continue
            entry = record.look(once.key)
            if waited_for == _MOST_FAILURES or entry.line() == known.line():
                held = f"a process holds its lock for {once.longest:g} s"
                raise TimeoutError(f"{held}, longer than a run of this callback takes")
            known, since, waited_for = entry, time.monotonic(), waited_for + 1

    def succeeded(self) -> None:
        """Write down the success, while the right to run is still held.

        Raises:
            OSError: It cannot be written; or the function has closed the file, and so has given up the right.
        """
        if self.file is None or file_behind(self.record.descriptor) != self.file:
            raise OSError(9, "the function has closed it")
        entry = self.record.look(self.once.key)
        entry.generation += 1
        entry.succeeded = self.record.now()
        entry.begun, entry.nodes = 0, [self.once.node]
        self.record.write(entry)


def look(once: Once) -> str:
    """Return why an event needs no run, as far as a look at the record tells; nothing if it may need one.

    A folder may never answer, so another process looks.

    Raises:
        TimeoutError: It does not answer.
    """
    reading, writing = posix.pipe()
    child = posix.fork()
    if child == 0:
        try:
            record = once.record()
            entry = record.look(once.key)
            if entry.begun >= _MOST_FAILURES:
                if not record.claim(once.key):
                    posix._exit(0)  # the last of them runs, and may succeed
                entry = record.look(once.key)
            reason = once.reason_to_skip(entry, entry.generation, record.now())
            posix.write(writing, reason.encode("utf-8", "surrogateescape"))
        finally:
            posix._exit(0)
    posix.close(writing)
    try:
        said = _read_in_time(reading, once)
    finally:
        posix.close(reading)
    if not said:  # otherwise this process ends before long
        from . import process

        process.reap(child)
    return said.decode("utf-8", "surrogateescape")


def with_loss(reason: str, notes: list[str]) -> str:
    """Return the reason to record of a run, with why other nodes may have run, too, if a note says so."""
    lost = next((note for note in notes if note.startswith(LOST)), "")
    return "; ".join([each for each in (reason, lost) if each])


def _read_in_time(reading: int, once: Once) -> bytes:
    """Return what comes out of a pipe; an alarm does what would take `select`, a library to be loaded.

    Raises:
        TimeoutError: Nothing comes.
    """

    def ring(*_: object) -> None:
        raise TimeoutError(once.lost())

    _signal.signal(_signal.SIGALRM, ring)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (_signal.SIGALRM,))
    _signal.setitimer(_signal.ITIMER_REAL, once.lost_after, _AGAIN)
    try:
        return posix.read(reading, 4096)
    finally:
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)

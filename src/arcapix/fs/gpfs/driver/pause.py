r"""Lets an event go whose callback is paused; loaded only where there is a file of pauses.

The file ``paused`` in the state folder has a line for each pause, escaped as in the journal::

    \nid callback since until by reason checksum .

with a tab between the fields; the callback ``*`` stands for all, an empty ``until`` for no end. A line that
is torn or damaged pauses nothing. `pause_file` changes the file.

The first event of a callback that a pause lets go is recorded in full. The others are counted, in a file of
``skipped`` that is named after pause and callback: it holds how the first was recorded, behind that a
zero byte, and is one byte longer for each that followed. These bytes are never written, so they take no room
on the disk, but for those of events that are recorded all the same.
"""

from __future__ import annotations

import posix
import time

from . import escapes, own_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .decision import Firing
    from .records import Records

FILE = "/paused"
COUNTS = "/skipped"
"""Where they are in the state folder."""

ALL = "*"
_FIELDS = 6
_LONGEST_NAME = 255
RECORDED = b"\1"
"""The byte of an event that was recorded in full, though it was not the first."""
_TICK = 1.0
_PRIME = (1 << 61) - 1
_READING = posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
_COUNTING = posix.O_RDWR | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK


class Pause:
    """Somebody wants events of a callback, or of all, to be let go for some time.

    Attributes:
        id: What it is called; letters and digits.
        callback: The identifier of the callback, or `ALL`.
        since: When it began; seconds since 1970.
        until: When it ends; None if somebody has to end it.
        by: Who has asked for it.
        reason: Why; may be empty.
    """

    def __init__(
        self, id: str, callback: str, since: float, until: float | None, by: str, reason: str
    ) -> None:
        self.id = id
        self.callback = callback
        self.since = since
        self.until = until
        self.by = by
        self.reason = reason

    def is_over(self, now: float) -> bool:
        """Tell whether it has ended by itself."""
        return self.until is not None and self.until <= now

    def explanation(self) -> str:
        """Return why an event was let go."""
        from .records import stamp

        since = stamp(time.localtime(self.since))
        return f"paused by {self.by} since {since}" + (f": {self.reason}" if self.reason else "")


def let_go_if_paused(firing: Firing) -> None:
    """End the process, with status 0, if the callback is paused."""
    state = firing.place("state")
    try:
        pauses = read(state)
    except (OSError, ValueError) as error:
        from .records import Records

        Records(firing).complain(f"the pauses cannot be read, so the function runs: {error}")
        return
    if any(pause.is_over(firing.started) for pause in pauses):
        from . import pause_file

        pause_file.remove_ended(state, firing.started)
    pause = find(pauses, firing.callback, firing.started)
    if pause is not None:
        try:
            _count(firing, pause, lambda: _record(firing, pause))
        finally:
            posix._exit(0)


def let_go_at_its_turn(firing: Firing, pause: Pause, records: Records) -> None:
    """Record that a run which began to wait before the pause is let go, and count it."""
    reason = pause.explanation()
    firing.notes.append(f"skipped: {reason}")
    records.end(0, reason, time.time(), "skipped")
    _count(firing, pause, lambda: _first(records, reason), is_recorded=True)


def read(state: str) -> list[Pause]:
    """Return the pauses in a state folder, those that have ended by themselves included.

    Raises:
        OSError, ValueError: They cannot be read.
    """
    return [found for line in lines(state) if (found := parse(line)) is not None]


def lines(state: str) -> list[bytes]:
    """Return the lines of the file in a state folder, whatever they hold.

    Raises:
        OSError: It cannot be read.
    """
    try:
        descriptor = posix.open(state + FILE, _READING)
    except FileNotFoundError:
        return []
    try:
        return posix.read(descriptor, own_files.check(state + FILE, descriptor).st_size).split(b"\n")
    finally:
        posix.close(descriptor)


def parse(line: bytes) -> Pause | None:
    """Return the pause of a line, or None if the line is empty or damaged."""
    text, _, last = line.rpartition(b"\t")
    text, _, given = text.rpartition(b"\t")
    values = text.decode("utf-8", "surrogateescape").split("\t")
    if last != b"." or given != checksum(text) or len(values) != _FIELDS:
        return None
    id, callback, since, until, by, reason = map(escapes.unescape, values)
    return Pause(id, callback, float(since), float(until) if until else None, by, reason)


def checksum(text: bytes) -> bytes:
    """Return what tells whether a line came back whole."""
    return f"{int.from_bytes(text, 'little') % _PRIME:x}".encode()


def find(pauses: list[Pause], callback: str, now: float) -> Pause | None:
    """Return a pause that a callback is in at this moment, or None."""
    for pause in pauses:
        if pause.callback in (callback, ALL) and not pause.is_over(now):
            return pause
    return None


def read_if_possible(state: str) -> list[Pause]:
    """Return the pauses in a state folder; those that cannot be read pause nothing."""
    try:
        return read(state)
    except (OSError, ValueError):
        return []


def wait_for_end(state: str, callback: str) -> None:
    """Wait until a callback is not paused."""
    while find(read_if_possible(state), callback, time.time()):
        time.sleep(_TICK)


def _count(firing: Firing, pause: Pause, record: Callable[[], bytes], *, is_recorded: bool = False) -> None:
    """Count an event, or record it in full: the callback's first in the pause, and what cannot be counted.

    Args:
        firing: The event.
        pause: The pause that lets it go.
        record: Does so, and returns what `pause_file` needs to tell of the others.
        is_recorded: Whether it is recorded already.
    """
    folder = firing.place("state") + COUNTS
    try:
        descriptor = _open_count(folder, f"{pause.id}.{firing.callback}"[:_LONGEST_NAME])
    except OSError:
        record()
        return
    size = posix.fstat(descriptor).st_size
    if size:
        posix.ftruncate(descriptor, size + 1)
        if is_recorded:
            _mark_last(descriptor, size)
        return
    first = record() + b"\0"
    if posix.write(descriptor, first) != len(first):
        posix.ftruncate(descriptor, 0)


def _mark_last(descriptor: int, place: int) -> None:
    try:
        posix.pwrite(descriptor, RECORDED, place)
    except OSError:
        return  # on a full disk it is told twice


def _open_count(folder: str, name: str) -> int:
    """Return a descriptor of the file that counts, locked.

    Raises:
        OSError: It cannot be had.
    """
    making = 0
    while True:
        try:
            descriptor = posix.open(f"{folder}/{name}", _COUNTING | making, 0o600)
        except FileNotFoundError:
            if making:
                raise
            from . import upkeep

            upkeep.make_folder(folder)
            making = posix.O_CREAT
            continue
        own_files.check(f"{folder}/{name}", descriptor)
        posix.lockf(descriptor, posix.F_LOCK, 0)
        if posix.fstat(descriptor).st_nlink:
            return descriptor
        posix.close(descriptor)  # the pause has ended, and what it counted is told


def _record(firing: Firing, pause: Pause) -> bytes:
    """Record in full that an event was let go; return what `pause_file` needs to tell of the others."""
    from .records import Records
    from .refusal import skip

    records = Records(firing)
    reason = pause.explanation()
    skip(records, reason)
    return _first(records, reason)


def _first(records: Records, reason: str) -> bytes:
    """Return how the first event was recorded, and why it was let go."""
    from . import journal

    return records.start({}) + b"\n" + journal.line([reason]).encode("utf-8", "surrogateescape")

"""The record by which the nodes of a cluster agree that one of them runs: a small file in a shared folder.

A callback has one file, made at full size, so that a full disk cannot come between. It holds an entry for
each key of its events. Whoever wants to run holds a POSIX lock on a byte of the file that the key gives;
`flock` would not reach beyond the node. Times are those that the file system of the folder stamps on what is
written: no clocks of two nodes are compared by us.
"""

from __future__ import annotations

import posix
import time

from . import own_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

_ENTRY_BYTES = 512
_ENTRIES = 255
SIZE = _ENTRY_BYTES * (1 + _ENTRIES)
"""The first entry's place is for whoever wants to know the time."""
_PAGE = 8 * _ENTRY_BYTES
"""What is read first: few callbacks have events with more keys, and all of it is many pages of memory."""

_PRIME = (1 << 40) - 87
_TABLE = 1 << 41
"""The byte that stands for the table of entries, behind those that stand for keys."""
_MOST_NODES = 3
_MOST_CHARACTERS = 100
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.001, 0.1
_PATIENCE = 30.0
"""Seconds to wait for the table, which nobody needs for longer than a write."""


class Entry:
    """What became of the events with one key.

    Attributes:
        key: Of the events.
        generation: How many successes there were.
        succeeded: When the last one was; 0 before the first.
        begun: How many runs have begun since then, or since the window began.
        first: When the first of these did.
        nodes: Where the last of these were, or the last success.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.generation = self.begun = 0
        self.succeeded = self.first = 0.0
        self.nodes: list[str] = []

    def line(self) -> bytes:
        """Return it as it stands in the file."""
        nodes = ",".join(name[:_MOST_CHARACTERS] for name in self.nodes[-_MOST_NODES:])
        times = f"{self.succeeded:.6f}", f"{self.first:.6f}"
        fields = (self.key, str(self.generation), times[0], str(self.begun), times[1], nodes, ".")
        text = "\t".join(fields).encode("utf-8", "surrogateescape")
        return text.ljust(_ENTRY_BYTES - 1) + b"\n"

    @classmethod
    def of(cls, line: bytes) -> Self | None:
        """Return what stands in the file; None if that is nothing, or torn."""
        fields = line.decode("utf-8", "surrogateescape").rstrip("\0 \n").split("\t")
        if len(fields) != 7 or fields[6] != ".":
            return None
        entry = cls(fields[0])
        try:
            entry.generation, entry.begun = int(fields[1]), int(fields[3])
            entry.succeeded, entry.first = float(fields[2]), float(fields[4])
        except ValueError:
            return None
        entry.nodes = fields[5].split(",") if fields[5] else []
        return entry

    def last(self) -> float:
        """Return when something was written down about these events last."""
        return max(self.succeeded, self.first)


class OnceRecord:
    """The record of one callback.

    Args:
        folder: The shared folder, which has to exist: made here, it would be a local one while the file
            system that it belongs to is not mounted.
        callback: The callback's identifier.
        patience: How many seconds to wait for another process that writes to the record.

    Raises:
        OSError: The record cannot be had.
    """

    def __init__(self, folder: str, callback: str, patience: float = _PATIENCE) -> None:
        self.patience = patience
        path = f"{folder}/{callback.replace('/', '%2F')}"
        try:
            self.descriptor = own_files.open_file(path, posix.O_RDWR)
        except FileNotFoundError:
            self.descriptor = own_files.open_file(path, posix.O_RDWR | posix.O_CREAT)
        if not self._is_full_size():
            self._fill()

    def close(self) -> None:
        """Close the file; with it go all locks on it that this process holds."""
        posix.close(self.descriptor)

    def claim(self, key: str) -> bool:
        """Claim the events with a key, and tell whether nobody else has done that."""
        return self._take(int.from_bytes(key.encode(), "little") % _PRIME)

    def release(self, key: str) -> None:
        """Give up a claim."""
        self._lock(posix.F_ULOCK, int.from_bytes(key.encode(), "little") % _PRIME)

    def now(self) -> float:
        """Return the time, as the folder's file system stamps it on what is written."""
        posix.pwrite(self.descriptor, b"once\n", 0)
        return posix.fstat(self.descriptor).st_mtime

    def look(self, key: str) -> Entry:
        """Return the entry of a key."""
        return self._find(key)[0]

    def write(self, entry: Entry) -> None:
        """Write an entry in its place, or else in a free one, or in that of the oldest.

        Raises:
            OSError: It cannot be written, or another process keeps the table locked.
        """
        self._take_table()
        try:
            place = self._find(entry.key)[1] or _room(self._content(SIZE))
            posix.pwrite(self.descriptor, entry.line(), place)
        finally:
            self._lock(posix.F_ULOCK, _TABLE)

    def _is_full_size(self) -> bool:
        return posix.fstat(self.descriptor).st_size >= SIZE

    def _fill(self) -> None:
        """Bring the file to full size, unless another process has done that by now and written to it."""
        self._take_table()
        try:
            if not self._is_full_size():
                posix.pwrite(self.descriptor, bytes(SIZE - 1) + b"\n", 0)
        finally:
            self._lock(posix.F_ULOCK, _TABLE)

    def _find(self, key: str) -> tuple[Entry, int]:
        """Return the entry of a key and its place; a new one and 0 if there is none."""
        found = _find(self._content(_PAGE), key)
        return found if found[1] else _find(self._content(SIZE), key)

    def _content(self, length: int) -> bytes:
        return posix.pread(self.descriptor, length, 0)

    def _take_table(self) -> None:
        """Lock the table. A function has the file open, so whatever that has become may hold any lock."""
        until = time.monotonic() + self.patience
        pause = _SHORTEST_PAUSE
        while not self._take(_TABLE):
            if time.monotonic() >= until:
                raise TimeoutError(f"a process keeps it locked for {self.patience:g} s")
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, 1.5 * pause)

    def _take(self, place: int) -> bool:
        """Lock a byte, and tell whether nobody else has."""
        try:
            self._lock(posix.F_TLOCK, place)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _lock(self, what: int, place: int) -> None:
        posix.lseek(self.descriptor, place, 0)
        posix.lockf(self.descriptor, what, 1)


def _find(content: bytes, key: str) -> tuple[Entry, int]:
    """Return the entry of a key and its place; a new one and 0 if there is none. Only its line is read."""
    beginning = key.encode() + b"\t"
    place = content.find(beginning)
    while place >= 0:
        if place % _ENTRY_BYTES == 0 and (entry := Entry.of(content[place : place + _ENTRY_BYTES])):
            return entry, place
        place = content.find(beginning, place + 1)
    return Entry(key), 0


def _room(content: bytes) -> int:
    """Return the place of nothing, or else of the oldest entry."""
    places = range(_ENTRY_BYTES, SIZE, _ENTRY_BYTES)
    entries = [(Entry.of(content[place : place + _ENTRY_BYTES]), place) for place in places]
    return min((entry.last() if entry else -1.0, place) for entry, place in entries)[1]

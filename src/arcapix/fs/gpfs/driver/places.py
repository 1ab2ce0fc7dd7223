"""Who runs and who waits, of one callback on this node: locks on bytes of a file of the node's.

They end with their process, however that ends, and no process that it starts has them. Whoever decides about
places holds the *door*. The file itself tells how many have queued so far, and how many events were skipped.
"""

from __future__ import annotations

import posix
import time

from . import own_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .decision import Firing
    from .pause import Pause

DOOR = 0
RUNNING = 1 << 20
"""The first of the bytes for runs that go on."""

_QUEUE = 1 << 30
"""Whoever queues holds a byte above this, which is higher than those of all who came before."""

_LENGTH = 64
"""Bytes of the file, so that the disk has room for whatever is written there later."""

_KEPT_SECONDS = 86_400
"""How long the file of a callback is kept after it was used last."""

_LEAST_PAUSE, _LONGEST_PAUSE = 0.002, 0.1
_WORTH_A_NOTE = 0.01
"""Seconds."""


class Places:
    """The places of one callback; whoever makes one of these holds the door.

    Only one of a process may be in use: where it closes the file, its places are free.

    Args:
        state: The state folder of the driver.
        callback: The callback.
        node: The name of this node.

    Raises:
        OSError: The file cannot be used; so do all methods.
    """

    def __init__(self, state: str, callback: str, node: str) -> None:
        folder, name = f"{state}/places", f"{callback}@{node}"
        while True:
            self.descriptor = own_files.open_in_folder(f"{folder}/{name}", posix.O_RDWR | posix.O_CREAT)
            self.place_in_queue = 0
            try:
                self.lock(DOOR)
                status = posix.fstat(self.descriptor)
                if status.st_nlink:
                    break
            except OSError:
                self.close()
                raise
            self.close()  # it was removed in the meantime
        if not status.st_size:
            self._write(0, 0)
            _clean(folder, name)

    def close(self) -> None:
        """Give up all places."""
        posix.close(self.descriptor)

    def lock(self, place: int) -> None:
        """Take a place, as soon as nobody else has it."""
        self._lock(posix.F_LOCK, place)

    def release(self, place: int) -> None:
        """Give up a place."""
        self._lock(posix.F_ULOCK, place)

    def take(self, first: int, number: int) -> bool:
        """Take one of so many places from the first on, and tell whether one was free."""
        return any(self._lock(posix.F_TLOCK, first + place) for place in range(number))

    def queue(self) -> None:
        """Wait behind all who wait already, and open the door for others meanwhile."""
        queued, skipped = self._read()
        queued += 1
        while not self._lock(posix.F_TLOCK, _QUEUE + queued):
            queued += 1  # the file was damaged
        self._write(queued, skipped)
        self.place_in_queue = queued
        self.release(DOOR)
        self._lock(posix.F_LOCK, _QUEUE, queued)  # all that are lower: it has them once nobody waits there

    def leave_queue(self) -> None:
        """Let the next one come to the front."""
        self._lock(posix.F_ULOCK, _QUEUE, self.place_in_queue + 1)

    def skip(self) -> int:
        """Count an event that is skipped; return how many there are since the last run was told."""
        queued, skipped = self._read()
        self._write(queued, skipped + 1)
        return skipped + 1

    def take_count(self, drill: str) -> int:
        """Return how many events were skipped, for the run that is told, and count anew; open the door.

        Args:
            drill: What the drill is called, if the run is one: it is told of none, and the count stays.
        """
        self.lock(DOOR)
        queued, skipped = (0, 0) if drill else self._read()
        if skipped:
            self._write(queued, 0)
        self.release(DOOR)
        return skipped

    def _read(self) -> tuple[int, int]:
        """Return how many have queued so far, and how many events were skipped."""
        fields = posix.pread(self.descriptor, _LENGTH, 0).split()
        if len(fields) != 2 or not all(field.isdigit() for field in fields):
            return 0, 0
        return int(fields[0]), int(fields[1])

    def _write(self, queued: int, skipped: int) -> None:
        line = f"{queued} {skipped}".ljust(_LENGTH - 1) + "\n"
        if posix.pwrite(self.descriptor, line.encode(), 0) != _LENGTH:
            raise OSError(28, "No space left on device")

    def _lock(self, what: int, first: int, number: int = 1) -> bool:
        posix.lseek(self.descriptor, first, 0)
        try:
            posix.lockf(self.descriptor, what, number)
        except (BlockingIOError, PermissionError):
            return False
        return True


class Pauses:
    """Sleeps between two looks, longer each time."""

    def __init__(self) -> None:
        self.pause = _LEAST_PAUSE
        self.began = time.monotonic()

    def sleep(self) -> None:
        """Sleep."""
        time.sleep(self.pause)
        self.pause = min(_LONGEST_PAUSE, 1.5 * self.pause)

    def remark(self, firing: Firing) -> None:
        """Have the log tell how long a run has waited, if that is worth it."""
        waited = time.monotonic() - self.began
        if waited > _WORTH_A_NOTE:
            firing.notes.append(f"waited {waited:.3f} s for other runs of this callback to end")


def pause_of(firing: Firing) -> Pause | None:
    """Return the pause in which a run gets its place, or None: it may have begun while the run waited."""
    state = firing.place("state")
    if not posix.access(f"{state}/paused", posix.F_OK):
        return None
    from . import pause

    return pause.find(pause.read_if_possible(state), firing.callback, time.time())


def is_told(skipped: int) -> bool:
    """Tell whether a skipped event is recorded: the first, second, fourth and so on."""
    return not skipped & (skipped - 1)


def _clean(folder: str, mine: str) -> None:
    """Remove the files of other callbacks that nobody has used for long: perhaps they are deleted.

    Those of other nodes stay: there may be no locks between nodes. To close one's own would give up one's
    own places.
    """
    for name in posix.listdir(folder):
        if name == mine or name.partition("@")[2] != mine.partition("@")[2]:
            continue
        try:
            descriptor = own_files.open_file(f"{folder}/{name}", posix.O_RDWR)
        except OSError:
            continue
        try:
            posix.lockf(descriptor, posix.F_TLOCK, 0)
            if posix.fstat(descriptor).st_mtime < time.time() - _KEPT_SECONDS:
                posix.unlink(f"{folder}/{name}")
        except OSError:
            continue  # somebody uses it
        finally:
            posix.close(descriptor)

r"""The events that this node has accepted and not finished: a file that outlives whatever happens to runs.

An event leaves a line when it is accepted, and others as it is attempted::

    \n? event time callback retries environment words checksum .
    \n> event attempt run pid .            an attempt begins
    \n< event attempt ended due .          it has ended, and another one is due
    \n* event attempts .                   somebody wants more attempts, after so many
    \n~ event suppressed .                 so many events were dropped before it
    \n@ event node .                       the node that accepted it

with a tab between the fields, as in the journal. Lines are appended, but for the first character of an
event's first line: ``?`` becomes ``=`` when it is finished, or ``!`` when it has failed and waits for
somebody to decide. That needs no room on a disk that is full by then.

Whoever writes holds a shared lock on the file; `pending_reader` takes an exclusive one to leave out what is
finished, and puts another file in its place.
"""

from __future__ import annotations

import fcntl
import posix

from . import journal, own_files

WAITING, FINISHED, FAILED = "?", "=", "!"
BEGUN, ENDED, MORE, SUPPRESSED, ACCEPTED_ON = ">", "<", "*", "~", "@"

_FLAGS = posix.O_RDWR | posix.O_APPEND
_PRIME = (1 << 61) - 1


class Event:
    """An event that is to be delivered at least once.

    Attributes:
        id: What it is called; its attempts begin with that.
        time: When it was accepted; seconds since 1970.
        callback: Whose event it is.
        retries: How many attempts there may be after the first.
        environment: The variables that the driver found and its runs need.
        words: What GPFS started the driver with: the token, and a word for each variable.
        mark: Whether it waits, is finished or has failed.
        attempts: How many attempts have begun.
        spent: How many of them do not count, since somebody asked for more.
        ended: When the last attempt ended; None while it is made, and if it was killed.
        due: When the next one is due, if the last one ended.
        suppressed: How many events were dropped between the last run and this event.
        run: The last attempt's run; empty before the first.
        pid: The process that makes, or made, the last attempt.
        node: The node that has accepted it, and alone attempts it; empty for this one.
    """

    def __init__(
        self, id: str, time: float, callback: str, retries: int, environment: dict[str, str], words: list[str]
    ) -> None:
        self.id = id
        self.time = time
        self.callback = callback
        self.retries = retries
        self.environment = environment
        self.words = words
        self.mark = WAITING
        self.attempts = self.spent = self.pid = self.suppressed = 0
        self.ended: float | None = None
        self.due = 0.0
        self.run = self.node = ""

    def fields(self) -> list[str]:
        """Return the fields of its first line, without the mark, the checksum and the end."""
        environment = [f"{name}={text}" for name, text in self.environment.items()]
        return [
            self.id,
            f"{self.time:.6f}",
            self.callback,
            str(self.retries),
            journal.line(environment),
            journal.line(self.words),
        ]


def checksum(fields: list[str]) -> str:
    """Return what tells whether the fields of an event came back whole."""
    return f"{int.from_bytes(journal.record(fields), 'little') % _PRIME:x}"


class PendingEvents:
    """The file of accepted events in the state folder of a driver.

    Args:
        state: The state folder.
    """

    def __init__(self, state: str) -> None:
        self.folder = f"{state}/pending"
        self.file = f"{self.folder}/events"

    def accept(self, event: Event) -> None:
        """Have an event on the disk: afterwards it is not lost, whatever happens to this node.

        Raises:
            OSError: It is not, and nothing of it is left.
        """
        fields = event.fields()
        record = journal.record([WAITING, *fields, checksum(fields), "."])
        record += journal.record([ACCEPTED_ON, event.id, event.node, "."])
        if event.suppressed:
            record += journal.record([SUPPRESSED, event.id, str(event.suppressed), "."])
        descriptor = self.open(fcntl.LOCK_SH, making=True)
        try:
            written = posix.write(descriptor, record)
            try:
                if written != len(record):
                    raise OSError(28, "No space left on device", self.file)
                posix.fsync(descriptor)
            except OSError:
                place = posix.lseek(descriptor, 0, 1) - written
                posix.pwrite(_in_place(descriptor), FINISHED.encode(), place + 1)
                raise
        finally:
            posix.close(descriptor)

    def note(self, mark: str, event: Event, *fields: str) -> None:
        """Append a line about an attempt.

        A second one is on the disk before it begins: an event that brings the node down does so a bounded
        number of times.

        Raises:
            OSError: It cannot be written.
        """
        descriptor = self.open(fcntl.LOCK_SH)
        try:
            posix.write(descriptor, journal.record([mark, event.id, *fields, "."]))
            if event.attempts > 1:
                posix.fsync(descriptor)
        finally:
            posix.close(descriptor)

    def settle(self, event: Event, mark: str) -> None:
        """Change the mark of an event, and have that on the disk.

        Raises:
            OSError: It cannot be written.
        """
        descriptor = self.open(fcntl.LOCK_SH)
        try:
            content = read_all(descriptor)
            for old in (WAITING, FAILED, FINISHED):
                place = content.find(f"\n{old}\t{event.id}\t".encode())
                if place >= 0:
                    posix.pwrite(_in_place(descriptor), mark.encode(), place + 1)
            posix.fsync(descriptor)
        finally:
            posix.close(descriptor)
        event.mark = mark

    def open(self, lock: int, *, making: bool = False) -> int:
        """Return a descriptor of the file, with a lock on it.

        Raises:
            OSError: There is none, or it cannot be used.
        """
        while True:
            self.check_folders()
            try:
                descriptor = own_files.open_file(self.file, _FLAGS)
            except FileNotFoundError:
                if not making:
                    raise
                self._make()
                continue
            try:
                fcntl.flock(descriptor, lock)
                if posix.fstat(descriptor).st_nlink:
                    return descriptor
            except OSError:
                posix.close(descriptor)
                raise
            posix.close(descriptor)  # another one has taken its place in the meantime

    def check_folders(self) -> None:
        """Refuse folders in which others can put events of theirs in the place of those that were accepted.

        Raises:
            OSError: They can.
        """
        own_files.check_folder(self.folder.rpartition("/")[0])
        own_files.check_folder(self.folder)

    def _make(self) -> None:
        from . import upkeep

        upkeep.make_folder(self.folder)
        posix.close(own_files.open_file(self.file, _FLAGS | posix.O_CREAT))
        sync_folder(self.folder)
        sync_folder(self.folder.rpartition("/")[0])


def _in_place(descriptor: int) -> int:
    """Have what is written to a file from now on written where it is told, not behind its end."""
    fcntl.fcntl(descriptor, fcntl.F_SETFL, posix.O_RDWR)
    return descriptor


def read_all(descriptor: int) -> bytes:
    """Return the content of a file."""
    pieces = []
    place = 0
    while piece := posix.pread(descriptor, 1 << 20, place):
        pieces.append(piece)
        place += len(piece)
    return b"".join(pieces)


def sync_folder(path: str) -> None:
    """Have the names in a folder on the disk."""
    descriptor = posix.open(path, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
    try:
        posix.fsync(descriptor)
    finally:
        posix.close(descriptor)

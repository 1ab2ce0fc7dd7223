"""Records the end of a run whose function gives up rights: a process that keeps them.

The function's own process may be nobody's by then. What that could write would be open to whatever it has
become: journal and log are root's, and the function's code, and all that it starts, find no descriptor of
them, nor one to read what was printed before. It can say one thing, once: how this run has ended.
"""

from __future__ import annotations

import posix
import time

from . import ending, orphan
from .records import file_behind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .records import Records

_LENGTH_DIGITS = 8
_MOST_BYTES = 16 << 20
"""Of a report; what is more of its notes is cut off."""

_MOST_REASON = 1_100
"""Characters: a little more than an honest reason has."""

_STATUSES = range(256)
_RECORDED = b"r"
_CHUNK_BYTES = 1 << 16


class Recorder:
    """What the run knows of its recorder.

    Args:
        records: The records of the run; what is printed is collected already, if it can be.

    Raises:
        OSError: No process can be started, or no pipe be made.
    """

    def __init__(self, records: Records) -> None:
        reading, self._telling = posix.pipe2(posix.O_CLOEXEC)
        self._hearing, answering = posix.pipe2(posix.O_CLOEXEC)
        try:
            orphan.start_and_wait(_Recorder(records, reading, answering).run)
        except BaseException:
            posix.close(self._telling)
            posix.close(self._hearing)
            raise
        finally:
            posix.close(reading)
            posix.close(answering)
        self._pipes = file_behind(self._telling), file_behind(self._hearing)

    def record(self, status: int, reason: str, notes: list[str]) -> bool:
        """Have the end of the run recorded; tell whether it was.

        It was not if the function has closed a descriptor, or has been given one of its own in that place.
        """
        if (file_behind(self._telling), file_behind(self._hearing)) != self._pipes:
            return False
        texts = [text.replace("\0", "\\0") for text in (str(status), reason, *notes)]
        report = "\0".join(texts).encode("utf-8", "backslashreplace")[:_MOST_BYTES]
        data = b"%0*d" % (_LENGTH_DIGITS, len(report)) + report
        try:
            while data:
                data = data[posix.write(self._telling, data) :]
            return posix.read(self._hearing, 1) == _RECORDED
        except OSError:
            return False


class _Recorder:
    """The process that waits for the end of the run, and records it."""

    def __init__(self, records: Records, reading: int, answering: int) -> None:
        self.records = records
        self.reading = reading
        self.answering = answering

    def run(self, starting: int) -> NoReturn:
        """Wait, record, and end the process; a function that ends without a word leaves no more than that."""
        try:
            output = self.take_output()
            kept = [descriptor for descriptor, _ in self.records.held.values()]
            orphan.detach({self.reading, self.answering, starting, *output, *kept})
            posix.umask(0o022)
            ending.lift_limits()
            orphan.tell_ready(starting)
            report = self.report()
            if report:
                self.record(*report)
                posix.write(self.answering, _RECORDED)
        finally:
            posix._exit(0)

    def take_output(self) -> set[int]:
        """Keep those standard descriptors that what the function prints goes to, and nothing else there."""
        records = self.records
        wanted = records.printed_to if records.collection is None else records.collection.pipe
        null = posix.open("/dev/null", posix.O_RDWR)
        for number in (0, 1, 2):
            if number == 0 or file_behind(number) != wanted:
                posix.dup2(null, number)
        return {0, 1, 2}

    def report(self) -> list[str]:
        """Return the status, reason and notes that the function's process reports; nothing if it does not."""
        length = self.read(_LENGTH_DIGITS)
        if not (len(length) == _LENGTH_DIGITS and length.isdigit() and int(length) <= _MOST_BYTES):
            return []
        report = self.read(int(length))
        texts = report.decode("utf-8", "replace").split("\0") if len(report) == int(length) else []
        return texts if len(texts) > 1 and texts[0] in map(str, _STATUSES) else []

    def read(self, count: int) -> bytes:
        """Return so many bytes, or fewer if nobody is left who could send them."""
        pieces = []
        while count > 0:
            piece = posix.read(self.reading, min(count, _CHUNK_BYTES))
            if not piece:
                break
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def record(self, status: str, reason: str, *notes: str) -> None:
        """Record the end of this run, whatever else the report may say."""
        self.records.firing.notes = list(notes)
        self.records.end(int(status), reason[:_MOST_REASON], time.time())

"""Records the end of a run whose function gives up rights: a process that keeps them.

The function's own process may be nobody's by then. What that could write would be open to whatever it has
become: journal and log are root's, and the function's code, and all that it starts, find no descriptor of
them, nor one to read what was printed before. It can say one thing, once: how this run has ended.
"""

from __future__ import annotations

import posix
import time

from . import ending, journal, orphan
from .records import file_behind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .records import Records

_EDGE = b"\xff"
"""Before and behind a report: a byte of no text, so that half a report before it does no harm."""
_MOST_BYTES = 16 << 20
"""Of a report; what is more of its notes is cut off."""

_MOST_REASON = 1_100
"""Characters: a little more than an honest reason has."""

_STATUSES = range(256)
_RECORDED = b"r"
_CHUNK_BYTES = 1 << 16
_TICK = 0.05
"""Seconds between two looks at whether the function's process has ended."""

_UNTOLD = "the function closed the pipe by which the driver is told of its end, so that is not known"


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
        data = _EDGE + report + _EDGE
        try:
            while data:
                data = data[posix.write(self._telling, data) :]
            posix.close(self._telling)
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
            elif self.is_closed():
                self.record_untold()
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
        """Return the status, reason and notes that the function's process reports; nothing if it does not.

        Whatever else it has written there is passed over.
        """
        begun = bytearray()
        while piece := posix.read(self.reading, _CHUNK_BYTES):
            first, *others = piece.split(_EDGE)
            begun += first
            for other in others:
                texts = begun.decode("utf-8", "replace").split("\0")
                if len(texts) > 1 and texts[0] in map(str, _STATUSES):
                    return texts
                begun = bytearray(other)
            if len(begun) > _MOST_BYTES:
                begun.clear()
        return []

    def is_closed(self) -> bool:
        """Tell whether the function's process goes on without the pipe; one that ends has no command line."""
        try:
            with open(f"/proc/{self.records.pid}/cmdline", "rb") as file:
                return file.read(1) != b""
        except OSError:
            return False

    def record_untold(self) -> None:
        """Record that the run has ended, once it has, unless its process could do that itself."""
        from . import stale_runs

        records = self.records
        while stale_runs.is_running(records.pid, records.firing.started, records.output):
            time.sleep(_TICK)
        if posix.access(records.output, posix.F_OK):
            ended = journal.end_record(records.id, time.time(), "interrupted", None, _UNTOLD)
            records.record(ended)

    def record(self, status: str, reason: str, *notes: str) -> None:
        """Record the end of this run, whatever else the report may say."""
        self.records.firing.notes = list(notes)
        self.records.end(int(status), reason[:_MOST_REASON], time.time())

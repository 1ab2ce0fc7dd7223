"""What is written about a run on this node: records in the journal, lines in the log."""

from __future__ import annotations

import posix
import time

from . import journal, output
from .decision import Firing, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .collector import Collection
    from .pending import Event
    from .recorder import Recorder

    Identity = tuple[int, int] | None

DRIVER_LOG = "ARCAPIX_GPFS_DRIVER_LOG"
"""A log other than the configured one, for the driver and for those who read what it recorded."""

SYNTHETIC = "ARCAPIX_GPFS_SYNTHETIC"
"""With ``1``, the driver is told by ``arcapix-gpfs reconcile`` of an event that this node has missed."""

DRILL = "ARCAPIX_GPFS_DRILL"
"""In a drill, for functions and scripts: what the drill is called."""


class Records:
    """What the journal and the log hold about one run.

    If one of them cannot be written, syslog and standard error are told, and the run goes on.
    """

    attempt = 1
    accepted: Event | None = None
    """The event that the run is an attempt at, if there may be several."""
    recorder: Recorder | None = None
    """The process that records the end in the place of this one, which may have given up rights."""

    def __init__(self, firing: Firing) -> None:
        self.firing = firing
        self.pid = posix.getpid()
        self.began = time.localtime(firing.started)
        when = time.strftime("%Y%m%dT%H%M%S", self.began)
        self.id = f"{when}.{int(firing.started % 1 * 1e6):06d}-{self.pid}"
        state = firing.place("state")
        log = variable(DRIVER_LOG) or firing.place("log")
        self.log_file = (log, 0o640, firing.configuration["log_bytes"])
        self.journal_file = (f"{state}/journal", 0o600, firing.configuration["journal_bytes"])
        self.output = f"{state}/output/{self.id}@{firing.node}"
        """The file that takes what the function prints, until it is copied to the log."""
        self.held: dict[str, tuple[int, Identity]] = {}
        self.printed_to: Identity = None
        self.collection: Collection | None = None

    def begin(self) -> None:
        """Record the start of the run."""
        self.record(self.start(self.firing.values))

    def open_output(self) -> int | None:
        """Return a descriptor for what the function prints, of a file or of memory; None if there is none."""
        try:
            return self.remember(output.open_output(self.output))
        except OSError as error:
            from . import keeping

            return keeping.open_memory(self, error)

    def remember(self, descriptor: int) -> int:
        """Remember which file takes what the function prints; return the descriptor."""
        self.printed_to = file_behind(descriptor)
        output.printing.append(self)
        return descriptor

    def end(self, status: int, reason: str, ended: float, state: str = "") -> None:
        """Copy to the log what was printed, and record the end of the run."""
        if self.recorder is not None and self.recorder.record(status, reason, self.firing.notes):
            return
        self._write_block(status, ended)
        state = state or ("failed" if status else "succeeded")
        what = f"; the run: {state}, with status {status}"
        self.record(journal.end_record(self.id, ended, state, status, reason), what)

    def keep_open(self, path: str, descriptor: int) -> None:
        """Write to a file through this descriptor, unless it is closed by then."""
        self.held[path] = descriptor, file_behind(descriptor)

    def kept_open(self, path: str) -> int:
        """Return the descriptor that was kept open, once; -1 if the function has closed it."""
        descriptor, file = self.held.pop(path, (-1, None))
        return descriptor if file is not None and file_behind(descriptor) == file else -1

    def complain(self, text: str) -> None:
        """Tell syslog and standard error what could not be written."""
        from . import complaints

        complaints.tell(self, text)

    def start(self, values: dict[str, str], mark: str = "") -> bytes:
        """Return the record of a run that starts with these values, and with a mark if there is one."""
        firing = self.firing
        user = "root" if posix.getuid() == 0 else str(posix.getuid())
        return journal.start_record(
            self.id,
            firing.started,
            firing.callback,
            firing.event,
            "/".join(firing.owner),
            firing.node,
            self.pid,
            user,
            self.attempt,
            values,
            mark or firing.mark,
        )

    def _write_block(self, status: int, ended: float) -> None:
        """Copy the output of the run to the log, between a first and a last line, in one write.

        The first line says how many bytes follow: `log_frames` reads them, and nothing that a function prints
        can end the block.
        """
        firing = self.firing
        seconds = f"{ended - firing.started:.3f}"
        what = f"run {self.id} of {firing.callback}".replace("\n", "\\n")
        where = f"event {firing.event} on {firing.node}, pid {self.pid}{firing.mark and f', {firing.mark}'}"
        where = where.replace("\n", "\\n")
        last = f"{stamp(time.localtime(ended))} {what} ended: status {status} after {seconds} s\n"
        is_file = self.output not in self.held
        try:
            printed = output.read(self.output, self._collected())
        except OSError as error:
            from . import keeping

            printed, is_file = keeping.leave(self, error), False
        try:
            if printed and not printed.endswith(b"\n"):
                printed += b"\n"
            noted = "".join([f"{note}\n" for note in firing.notes])
            rest = (noted + last).encode(errors="replace")
            first = f"{stamp(self.began)} {what} begins: {where}; {len(printed) + len(rest)} bytes\n"
            block = first.encode(errors="replace") + printed + rest
            self.log(block)
            if is_file:
                output.discard(self.output)
        except OSError as error:
            self.complain(f"the log could not be written: {error}")

    def _collected(self) -> int:
        """Wait until all is collected that was printed; return a descriptor of it, or -1 if none is open."""
        descriptor = self.kept_open(self.output)
        if descriptor < 0:
            try:
                descriptor = posix.open(self.output, posix.O_RDWR | posix.O_CLOEXEC | posix.O_NOFOLLOW)
            except FileNotFoundError:
                from . import keeping

                descriptor = keeping.open_removed(self)
        if self.collection is None or descriptor < 0:
            return descriptor
        self.collection.finish(descriptor)
        if not output.has_room(descriptor):
            self.firing.notes.append("some of what was printed may be missing: there is no room for it")
        return descriptor

    def log(self, data: bytes) -> None:
        """Append to the log.

        Raises:
            OSError: It cannot be written.
        """
        self._append(data, *self.log_file)

    def record(self, data: bytes, what: str = "") -> None:
        """Append to the journal, or complain."""
        try:
            self._append(data, *self.journal_file)
        except OSError as error:
            self.complain(f"the journal could not be written: {error}{what}")

    def _append(self, data: bytes, path: str, mode: int, maximum: int) -> None:
        descriptor = self.kept_open(path)
        if descriptor < 0:
            descriptor = journal.open_to_append(path, mode, maximum)
        journal.append(descriptor, data)


def file_behind(descriptor: int) -> Identity:
    """Return what tells the file behind a descriptor from every other; None if it is closed."""
    try:
        status = posix.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def stamp(when: time.struct_time) -> str:
    """Return a local time as it stands in the log."""
    text = time.strftime("%Y-%m-%dT%H:%M:%S%z", when)
    return f"{text[:-2]}:{text[-2:]}"

"""What a handler prints: the file that takes it while it runs, and the streams that it prints to."""

from __future__ import annotations

import _io
import posix
import sys

from .journal import open_in_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer

    from .records import Records

MOST_BYTES = 16 << 20
"""How much is kept of an output: half from its beginning, half from its end. A run may have another bound."""

LEAST_BOUND = 64 << 10
"""A shorter output is always kept as it is."""

_MUCH_BYTES = 1 << 20
"""After so many bytes of printing by Python alone, a collector takes over."""

_LEAST_ROOM = 1 << 20
"""How many bytes must be free where what a function prints is written to a file."""

lost: list[str] = []
"""Why something that the function printed could not be written."""

printing: list[Records] = []
"""The records of the run that prints, until it has printed much."""

when_broken: list[Callable[[int], bool]] = []
"""What tells whether somebody reads again what is printed to a descriptor, where nobody did."""


class Stream(_io.FileIO):
    """What is behind standard output and error: printing fails no function, however full the disk is."""

    printed = 0

    def write(self, data: ReadableBuffer) -> int:
        """Write, or remember that it was not possible."""
        self.printed += len(data)  # type: ignore[arg-type]
        if self.printed > _MUCH_BYTES and printing:
            from .keeping import collect

            collect(printing.pop())
        try:
            while (written := super().write(data)) is None:
                # A process that has the same pipe, as `ssh`, does not want to wait, and has said so for all.
                posix.set_blocking(self.fileno(), True)
            return written
        except OSError as error:
            from .keeping import unwritten

            return unwritten(self, data, error)


def open_output(path: str) -> int:
    """Return a descriptor of the file that takes what a function prints, which nothing can be read through.

    Raises:
        OSError: It cannot be made, others can put what they like in its place, or there is no room for it:
            then whatever prints would fail.
    """
    descriptor = open_in_folder(path, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_APPEND, 0o600)
    try:
        folder = path.rpartition("/")[0]
        for place in (folder.rpartition("/")[0], folder):
            status = posix.stat(place)
            if status.st_mode & 0o022 or status.st_uid != posix.geteuid():
                from . import own_files

                own_files.check_folder(place)
        if not has_room(descriptor):
            raise OSError(28, "No space left on device", path)
    except OSError:
        posix.close(descriptor)
        discard(path)
        raise
    return descriptor


def has_room(descriptor: int) -> bool:
    """Tell whether there is room for what a function prints in the file system of a file."""
    room = posix.fstatvfs(descriptor)
    left = room.f_bavail if posix.geteuid() else room.f_bfree
    return not room.f_blocks or left * room.f_frsize >= _LEAST_ROOM


def redirect(output: int | None) -> None:
    """Read from /dev/null, and write what the function prints to a descriptor, or nowhere."""
    if output is not None:
        posix.dup2(output, 1)
        posix.dup2(output, 2)
        posix.close(output)
    null = posix.open("/dev/null", posix.O_RDWR)
    for descriptor in (0,) if output is not None else (0, 1, 2):
        posix.dup2(null, descriptor)
    posix.close(null)


def make_streams() -> None:
    """Make standard output and error UTF-8 and line-buffered, so that their lines keep their order."""
    if sys.stdin is None:
        sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        binary = _io.BufferedWriter(Stream(descriptor, "w", closefd=False))
        stream = _io.TextIOWrapper(binary, "utf-8", "backslashreplace", line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def read(path: str, descriptor: int = -1) -> bytes:
    """Return what a run printed: all of it, or its beginning and end, and how much is missing in between.

    Args:
        path: The output file.
        descriptor: One that has it open already; it is closed.
    """
    if descriptor < 0:
        try:
            descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
        except FileNotFoundError:
            return b""
    try:
        size = posix.fstat(descriptor).st_size
        if size <= LEAST_BOUND:
            return read_at(descriptor, 0, size)
        from . import bounded_file

        return bounded_file.read(descriptor, size)
    finally:
        posix.close(descriptor)


def read_at(descriptor: int, offset: int, count: int) -> bytes:
    """Return so many bytes of a file, or as many as there are."""
    pieces = []
    while count > 0:
        piece = posix.pread(descriptor, count, offset)
        if not piece:
            break
        pieces.append(piece)
        offset += len(piece)
        count -= len(piece)
    return b"".join(pieces)


def discard(path: str) -> None:
    """Remove the output file of a run, now that the log has its content."""
    try:
        posix.unlink(path)
    except FileNotFoundError:
        return

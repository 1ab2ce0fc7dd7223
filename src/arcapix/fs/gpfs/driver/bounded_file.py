"""A file that takes any amount of output, and keeps the beginning and the end of it.

Its second half is a ring, once it is full. Behind that stands how many bytes there were in all.
"""

from __future__ import annotations

import posix

from .output import LEAST_BOUND, MOST_BYTES, read_at

_TRAILER = b"\0 bytes of output in all: "
_LENGTH_DIGITS = 20
TRAILER_BYTES = len(_TRAILER) + _LENGTH_DIGITS


def read(descriptor: int, size: int) -> bytes:
    """Return what was kept of an output, at least `LEAST_BOUND` bytes, and how much is missing in between."""
    ring = ring_in(descriptor, size)
    if ring is not None:
        return _unrolled(descriptor, *ring)
    if size <= MOST_BYTES:
        return read_at(descriptor, 0, size)
    # It was written without this module.
    half = MOST_BYTES // 2
    return read_at(descriptor, 0, half) + left_out(size - 2 * half) + read_at(descriptor, size - half, half)


def ring_in(descriptor: int, size: int) -> tuple[int, int] | None:
    """Return the size of each half of a file that is full, and how many bytes there were in all.

    The byte with number N is kept at its place in the first half, or at N modulo half in the second one.
    """
    trailer = read_at(descriptor, size - TRAILER_BYTES, TRAILER_BYTES)
    length = trailer[len(_TRAILER) :]
    if trailer.startswith(_TRAILER) and length.isdigit():
        return (size - TRAILER_BYTES) // 2, int(length)
    return None


def _unrolled(descriptor: int, half: int, length: int) -> bytes:
    position = length % half
    older = read_at(descriptor, half + position, half - position)
    newer = read_at(descriptor, half, position)
    return read_at(descriptor, 0, half) + left_out(length - 2 * half) + older + newer


def left_out(count: int) -> bytes:
    """Return the line that stands for bytes that are not kept."""
    return f"\n... {count} bytes are left out ...\n".encode()


class BoundedFile:
    """A file that keeps the beginning and the end of what is added; `read` returns it.

    Args:
        file: A descriptor of it, open for appending.
        bound: How many bytes are kept, `LEAST_BOUND` or more.
    """

    def __init__(self, file: int, bound: int = MOST_BYTES) -> None:
        self._file = file
        self._half = max(bound, LEAST_BOUND) // 2
        self._ring = -1
        self._length = 0

    def add(self, data: bytes) -> None:
        """Add data; what cannot be written is lost."""
        try:
            while data:
                data = data[self._written(data) :]
        except OSError:
            return

    def _written(self, data: bytes) -> int:
        half = self._half
        if self._ring < 0:
            room = 2 * half - posix.fstat(self._file).st_size
            if room > 0:
                return posix.write(self._file, data[:room])
            # Whatever is written through the descriptor that others have, too, comes to the end of the file.
            self._ring = posix.open(f"/proc/self/fd/{self._file}", posix.O_RDWR | posix.O_CLOEXEC)
            # An earlier collector may have been killed.
            ring = ring_in(self._ring, posix.fstat(self._ring).st_size)
            self._length = ring[1] if ring is not None else 2 * half
            self._tell_length()  # before the first byte is written over
        position = self._length % half
        written = posix.pwrite(self._ring, data[: half - position], half + position)
        self._length += written
        self._tell_length()
        return written

    def _tell_length(self) -> None:
        trailer = _TRAILER + f"{self._length:0{_LENGTH_DIGITS}}".encode()
        posix.pwrite(self._ring, trailer, 2 * self._half)

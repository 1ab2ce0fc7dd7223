"""A file that takes any amount of output, and keeps the beginning and the end of it.

Its second half is a ring, once it is full. Behind it stands, in decimal digits, how many bytes there were.
"""

from __future__ import annotations

import posix

from .output import HALF_BYTES, read_at

_KEPT_BYTES = 2 * HALF_BYTES
_LENGTH_DIGITS = 20


def read(descriptor: int, size: int) -> bytes:
    """Return what was kept of an output, and how much is missing in between."""
    first = read_at(descriptor, 0, HALF_BYTES)
    length = read_at(descriptor, _KEPT_BYTES, _LENGTH_DIGITS) if size == _KEPT_BYTES + _LENGTH_DIGITS else b""
    if length.isdigit():
        position = (int(length) - HALF_BYTES) % HALF_BYTES
        last = read_at(descriptor, HALF_BYTES + position, HALF_BYTES - position)
        return first + _left_out(int(length)) + last + read_at(descriptor, HALF_BYTES, position)
    if size <= _KEPT_BYTES:
        return first + read_at(descriptor, HALF_BYTES, size - HALF_BYTES)
    # It was written without this module.
    return first + _left_out(size) + read_at(descriptor, size - HALF_BYTES, HALF_BYTES)


def _left_out(length: int) -> bytes:
    return f"\n... {length - _KEPT_BYTES} bytes are left out ...\n".encode()


class BoundedFile:
    """A file that keeps the beginning and the end of what is added, `read` returns it."""

    def __init__(self, file: int) -> None:
        self._file = file
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
        if self._ring < 0:
            room = _KEPT_BYTES - posix.fstat(self._file).st_size
            if room > 0:
                return posix.write(self._file, data[:room])
            # Whatever is written through the descriptor that others have, too, comes to the end of the file.
            self._ring = posix.open(f"/proc/self/fd/{self._file}", posix.O_WRONLY | posix.O_CLOEXEC)
            self._length = _KEPT_BYTES
        position = (self._length - HALF_BYTES) % HALF_BYTES
        written = posix.pwrite(self._ring, data[: HALF_BYTES - position], HALF_BYTES + position)
        self._length += written
        posix.pwrite(self._ring, f"{self._length:0{_LENGTH_DIGITS}}".encode(), _KEPT_BYTES)
        return written

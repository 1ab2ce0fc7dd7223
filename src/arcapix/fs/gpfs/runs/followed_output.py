"""Reads the output file of a run while it is written: every byte once, or how many were gone before that.

`driver.bounded_file` writes it. Its second half is a ring, so what has not been read in time is lost, and
what is being read may be written over in the same moment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import BinaryIO

from ..driver.output import HALF_BYTES, read_at

_KEPT_BYTES = 2 * HALF_BYTES
_LENGTH_DIGITS = 20
_MOST_WRITTEN = 1 << 17
"""More than the driver writes at once."""


class FollowedOutput:
    """An output file, and how far it was read.

    Args:
        file: The file, open for reading; whoever opened it closes it.
        pause: Seconds in which a write that has begun is over.
    """

    def __init__(self, file: BinaryIO, pause: float) -> None:
        self._descriptor = file.fileno()
        self._pause = pause
        self._position = 0

    def news(self) -> Iterator[bytes]:
        """Yield what was printed until now and was not read yet, in pieces of 8 MiB at most.

        Where some of it was written over before it could be read, a line says how many bytes that were.
        """
        length, is_bounded = self._length()
        end = min(length, HALF_BYTES) if is_bounded else length
        while self._position < end:
            piece = read_at(self._descriptor, self._position, min(end - self._position, HALF_BYTES))
            if not piece:
                return
            self._position += len(piece)
            yield piece
        if is_bounded and self._position >= HALF_BYTES:
            yield from self._news_of_ring()

    def _news_of_ring(self) -> Iterator[bytes]:
        length, _ = self._length()
        begin = max(self._position, length - HALF_BYTES)
        data = self._read_ring(begin, length)
        later, _ = self._length()
        if later == length and begin < length - HALF_BYTES + _MOST_WRITTEN:  # a write may have begun
            time.sleep(self._pause)
            later, _ = self._length()
        first = max(begin, later - HALF_BYTES + (_MOST_WRITTEN if later != length else 0))
        if first < length:
            if first > self._position:
                yield f"\n... {first - self._position} bytes are left out ...\n".encode()
            yield data[first - begin :]
            self._position = length

    def _read_ring(self, begin: int, end: int) -> bytes:
        """Return what stands in the ring for these bytes of the output, no more than it holds."""
        place = HALF_BYTES + begin % HALF_BYTES
        older = read_at(self._descriptor, place, min(end - begin, _KEPT_BYTES - place))
        return older + read_at(self._descriptor, HALF_BYTES, end - begin - len(older))

    def _length(self) -> tuple[int, bool]:
        """Return how much was printed, and whether the file is bounded."""
        length = self._length_at_once()
        while (again := self._length_at_once()) != length:  # it may have been read half written
            length = again
        return length

    def _length_at_once(self) -> tuple[int, bool]:
        size = os.fstat(self._descriptor).st_size
        if size == _KEPT_BYTES + _LENGTH_DIGITS:
            digits = read_at(self._descriptor, _KEPT_BYTES, _LENGTH_DIGITS)
            if digits.isdigit():
                return int(digits), True
        return size, size <= _KEPT_BYTES

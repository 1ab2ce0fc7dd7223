"""Reads the output file of a run while it is written: every byte once, or how many were gone before that.

`driver.bounded_file` writes it. Its second half is a ring, so what has not been read in time is lost, and
what is being read may be written over in the same moment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import BinaryIO

from ..driver.bounded_file import left_out, ring_in
from ..driver.output import LEAST_BOUND, read_at

_PIECE_BYTES = 8 << 20
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
        while True:
            length, half = self._length()
            if half is not None and self._position >= half:
                yield from self._news_of_ring(half)
                return
            end = length if half is None else half
            piece = read_at(self._descriptor, self._position, min(end - self._position, _PIECE_BYTES))
            if not piece:
                return
            _, half_now = self._length()
            if half is None and half_now is not None and self._position + len(piece) > half_now:
                continue  # it has become a ring in the meantime
            self._position += len(piece)
            yield piece

    def _news_of_ring(self, half: int) -> Iterator[bytes]:
        length, _ = self._length()
        begin = max(self._position, length - half)
        data = self._read_ring(half, begin, length)
        later, _ = self._length()
        if later == length and begin < length - half + _MOST_WRITTEN:  # a write may have begun
            time.sleep(self._pause)
            later, _ = self._length()
        first = max(begin, later - half + (min(_MOST_WRITTEN, half) if later != length else 0))
        if first < length:
            if first > self._position:
                yield left_out(first - self._position)
            yield data[first - begin :]
            self._position = length

    def _read_ring(self, half: int, begin: int, end: int) -> bytes:
        """Return what stands in the ring for these bytes of the output, no more than it holds."""
        place = half + begin % half
        older = read_at(self._descriptor, place, min(end - begin, 2 * half - place))
        return older + read_at(self._descriptor, half, end - begin - len(older))

    def _length(self) -> tuple[int, int | None]:
        """Return how much was printed, and the size of the file's halves once it is full."""
        length = self._length_at_once()
        while (again := self._length_at_once()) != length:  # it may have been read half written
            length = again
        return length

    def _length_at_once(self) -> tuple[int, int | None]:
        size = os.fstat(self._descriptor).st_size
        ring = ring_in(self._descriptor, size) if size > LEAST_BOUND else None
        return (size, None) if ring is None else (ring[1], ring[0])

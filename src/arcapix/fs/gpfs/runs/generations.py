"""The driver's files through their rotations: the newest, and those that were moved aside before it.

A journal is read forward, as it grows, or from its end backward, which comes to the newest runs first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from ..driver import journal
from ..driver.journal import GENERATIONS
from . import files, journal_reader

Facts = dict[str, dict[str, Any]]
"""What records say of runs, by identifier."""

PIECE = 1 << 20
"""How much of a journal is read at a time."""
LONGEST_RECORD = 16 << 20
_NO_RECORD = b"\0"
"""What is kept of the part of a line that is longer than any record."""


def opened(path: Path) -> list[BinaryIO]:
    """Open one of the driver's files and its older generations, the oldest first.

    Raises:
        GPFSError: One of them cannot be read.
    """
    found: list[BinaryIO] = []
    numbers = set()
    # The newest is opened first: if it is moved aside in the meantime, it is met twice rather than missed.
    for name in [
        path,
        *[path.with_name(f"{path.name}.{number}") for number in range(1, GENERATIONS + 1)],
    ]:
        try:
            file = files.open_file(name)
        except FileNotFoundError:
            continue
        if _number(file) in numbers:
            file.close()
        else:
            numbers.add(_number(file))
            found.insert(0, file)
    return found


def append(path: Path, record: bytes) -> None:
    """Append a record to a journal; drivers, who know its bound, move a full one aside.

    Raises:
        OSError: It cannot be written.
    """
    journal.append(journal.open_to_append(str(path), 0o600, sys.maxsize), record)


def _number(file: BinaryIO) -> int:
    """Return what tells an open file from every other; no other has it while this one is open."""
    return os.fstat(file.fileno()).st_ino


def read_record(line: bytes, runs: Facts) -> bool:
    """Add what a line of a journal says to the runs known so far; return False if it says nothing."""
    if len(line) > LONGEST_RECORD:
        return False
    return journal_reader.read_record(line.decode("utf-8", "surrogateescape"), runs)


class News:
    """What a journal says that has not been read yet, through all its rotations.

    Args:
        path: The journal.
        parts: Files of it that were read in part.
    """

    def __init__(self, path: Path, parts: Mapping[int, _Part] = {}) -> None:
        self._path = path
        self._parts = dict(parts)

    def read_into(self, runs: Facts) -> None:
        """Add what is new to the runs known so far.

        A file that was moved aside is read to the end, since drivers may still have it open.
        """
        parts = {}
        for file in opened(self._path):
            number = _number(file)
            known = self._parts.pop(number, None)
            if known is not None:
                file.close()
            parts[number] = known or _Part(file, self._path)
        for part in [*self._parts.values(), *parts.values()]:
            part.read_into(runs)
        self.close()
        self._parts = parts

    def close(self) -> None:
        """Close what is open."""
        for part in self._parts.values():
            part.close()


class _Part:
    """One file of a journal, and how far it was read."""

    def __init__(self, file: BinaryIO, path: Path, torn: bytes = b"") -> None:
        self._file = file
        self._path = path
        self._torn = torn
        """The end of what was read, if it is not a whole record: torn, or not completely written yet."""

    def read_into(self, runs: Facts) -> None:
        while piece := files.read(self._file, self._path, PIECE):
            *lines, last = (self._torn + piece).split(b"\n")
            for line in lines:
                read_record(line, runs)
            self._torn = last if len(last) <= LONGEST_RECORD else _NO_RECORD
        # No line end follows the newest record.
        if read_record(self._torn, runs):
            self._torn = b""

    def close(self) -> None:
        self._file.close()


class Snapshot:
    """A journal as it is at this moment, whatever is appended to it or moved aside from now on.

    Args:
        path: The journal.
        piece: How much of it is read at a time.

    Raises:
        GPFSError: It cannot be read.
    """

    def __init__(self, path: Path, piece: int) -> None:
        self._path = path
        self._piece = piece
        self._files = [(file, os.fstat(file.fileno()).st_size) for file in opened(path)]
        self.count = sum(-(-size // piece) for _, size in self._files)
        """In how many pieces it is read."""

    def pieces(self) -> Iterator[bytes]:
        """Yield its lines, each with its line end before it, from the last piece to the first.

        A piece ends where a line ends, and in it lines have their order.

        Raises:
            GPFSError: It cannot be read.
        """
        for file, size in reversed(self._files):
            yield from self._pieces(file, size)

    def _pieces(self, file: BinaryIO, end: int) -> Iterator[bytes]:
        rest = b""
        while end > 0:
            begin = max(0, end - self._piece)
            text = files.read_at(file, self._path, begin, end - begin) + rest
            end = begin
            if begin == 0:
                yield b"\n" + text
                return
            first = text.find(b"\n")  # the line before it may begin further ahead
            rest, text = (text[:first], text[first:]) if first >= 0 else (text, b"")
            if len(rest) > LONGEST_RECORD:
                rest = _NO_RECORD
            yield text

    def news(self) -> News:
        """Return what is recorded after this moment."""
        parts = {}
        for file, size in self._files:
            again = os.fdopen(os.dup(file.fileno()), "rb")
            again.seek(size)
            last = next((text.rpartition(b"\n")[2] for text in self._pieces(file, size) if text), b"")
            # What is no whole record may become one.
            parts[_number(file)] = _Part(again, self._path, b"" if read_record(last, {}) else last)
        return News(self._path, parts)

    def close(self) -> None:
        """Close what is open."""
        for file, _ in self._files:
            file.close()

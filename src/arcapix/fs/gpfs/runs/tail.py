"""The end of a journal, as long as need be for its newest runs.

It tells of each run what the whole journal tells. Lines about other callbacks are passed over by a search for
bytes; those that are left are read in their order and by the reader of whole journals. What only the lines
before them could say is whether a run has begun earlier already, and that is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from . import generations
from .generations import Facts, Snapshot

_GROWTH = 16
_FEW = 32
"""So many runs are faster found by a pattern of their names than by looking at the name in each line."""
_NO_PLAIN_NAME = re.compile(r"[*?\[\\\t\n\r\0]")
"""What makes of a callback's identifier a pattern, or is escaped in a journal."""


class Tail:
    """The last piece of a journal, or the last ones.

    Args:
        snapshot: The journal.
        callbacks: The identifiers, or patterns, of the wanted callbacks; none given: all.
    """

    def __init__(self, snapshot: Snapshot, callbacks: Collection[str]) -> None:
        self._snapshot = snapshot
        self._length = 1
        self._marks = [f"\t{name}\t".encode("utf-8", "surrogateescape") for name in callbacks]
        if any(map(_NO_PLAIN_NAME.search, callbacks)):
            self._marks = []

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole journal."""
        return self._length >= self._snapshot.count

    def grow(self) -> None:
        """Become several times as long."""
        self._length *= _GROWTH

    def runs(self) -> Facts:
        """Return what it says of runs that begin in it, in their order; other callbacks' may lack."""
        if self._marks:
            names = {_name(line) for mark in self._marks for line in _lines(self._pieces(), mark)}
            lines = _about(names, self._pieces())
        else:
            lines = (line for text in self._pieces() for line in reversed(text.split(b"\n")))
        runs: Facts = {}
        for line in reversed(list(lines)):
            generations.read_record(line, runs)
        return runs

    def _pieces(self) -> Iterator[bytes]:
        return islice(self._snapshot.pieces(), self._length)

    def forget_older(self, runs: Facts, count: int) -> None:
        """Drop runs that have begun before it already, until of the last ones, so many, none has."""
        while older := self._begun_before(list(runs)[-count:]):
            for name in older:
                del runs[name]

    def _begun_before(self, names: Iterable[str]) -> Facts:
        """Return those of some runs whose start the journal had before: one that comes twice is a copy."""
        found: Facts = {}
        if not self.is_whole:
            before = islice(self._snapshot.pieces(), self._length, None)
            for line in _about({name.encode() for name in names}, before):
                if line.startswith(b"+"):
                    generations.read_record(line, found)
        return found


def _about(names: Collection[bytes], pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines about runs, the last one first."""
    if not names:
        return
    beginning = b"\t" + _common_beginning(min(names), max(names))
    one_of_them = b"|".join(map(re.escape, sorted(names))) if len(names) <= _FEW else rb"[^\t\n]+"
    record = re.compile(rb"\n([+-]\t(%b)\t.*)" % one_of_them)
    for text in pieces:
        if text.rfind(beginning) >= 0:
            for line, name in reversed(record.findall(text)):
                if name in names:
                    yield line


def _common_beginning(first: bytes, last: bytes) -> bytes:
    """Return how all texts begin that stand between two in alphabetical order."""
    length = next((at for at, (one, other) in enumerate(zip(first, last)) if one != other), len(first))
    return first[:length]


def _name(line: bytes) -> bytes:
    """Return the identifier of the run that a line is about."""
    return line.split(b"\t", 2)[1]


def _lines(pieces: Iterable[bytes], mark: bytes) -> Iterator[bytes]:
    """Yield the lines that hold some bytes, the last one first."""
    for text in pieces:
        at = text.rfind(mark)
        while at >= 0:
            begin = text.rfind(b"\n", 0, at) + 1
            end = text.find(b"\n", at)
            yield text[begin : end if end >= 0 else len(text)]
            at = text.rfind(mark, 0, begin)

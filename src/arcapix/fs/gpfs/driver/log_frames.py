"""Finds the blocks of runs in a log, as `records` writes them: what a run prints cannot pass for another one.

A block's first line says how many bytes follow to the end of its last line, so whatever a function prints is
passed over without a look. A block that a full disk has cut does not end as it should: what stands in the
part that is there is looked at, and believed only where nothing else is known. Earlier releases wrote no
number; their blocks end with the first line that says so.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Block = tuple[int, int, bytes, bool]
    """Where in the log that begins and ends which was printed, the last line, whether nobody can forge it."""

_BEGINS = b" begins: event "
_ENDED = b" ended: status "
_NUMBER = b" bytes"


def by_run(log: bytes) -> dict[bytes, Block]:
    """Return the blocks of a log by the identifiers of their runs."""
    found: dict[bytes, Block] = {}
    for run, block in _blocks(log):
        if run not in found or not found[run][3]:
            found[run] = block
    return found


def ending(last: bytes) -> tuple[bytes, int]:
    """Return what the last line of a block says: when the run ended, as the log has it, and its status."""
    status = last.rpartition(_ENDED)[2].partition(b" ")[0]
    return last.partition(b" ")[0], int(status) if status.isdigit() else 1


def _blocks(log: bytes) -> Iterator[tuple[bytes, Block]]:
    """Yield the blocks in their order, with the identifiers of their runs."""
    position = doubtful = 0
    while (mark := log.find(_BEGINS, position)) >= 0:
        begin = max(position, log.rfind(b"\n", position, mark) + 1)
        start = log.find(b"\n", mark) + 1 or len(log)
        position = start
        run = _run_in(log[begin:mark])
        if not run:
            continue
        length = _length_in(log[mark:start])
        end = start + length if length >= 0 else _end_by_text(log, start, run)
        stop = log.rfind(b"\n", start, end - 1) + 1 or start
        last = log[stop:end]
        if length >= 0 and (end > len(log) or not _is_last(last, run)):
            doubtful = max(doubtful, end)
        elif end > 0:
            yield run, (start, stop, last, begin >= doubtful)
            position = end


def _run_in(head: bytes) -> bytes:
    """Return whose block a line begins, by its words; the end of a torn block may stand before them."""
    for words in (head.split(b" ", 4), head.rsplit(b" ", 4)):
        if len(words) == 5 and words[1] == b"run" and words[3] == b"of":
            return words[2]
    return b""


def _length_in(line: bytes) -> int:
    """Return how many bytes follow a first line; -1 where it does not say so."""
    number = line.removesuffix(b"\n").removesuffix(_NUMBER).rpartition(b"; ")[2]
    return int(number) if number.isdigit() and line.endswith(_NUMBER + b"\n") else -1


def _end_by_text(log: bytes, position: int, run: bytes) -> int:
    """Return where a block without a number ends; 0 if it was cut."""
    name = b" run " + run + b" of "
    while (mark := log.find(name, position)) >= 0:
        begin = log.rfind(b"\n", position - 1, mark) + 1
        position = log.find(b"\n", mark) + 1
        if position == 0:
            break
        if _is_last(log[begin:position], run):
            return position
    return 0


def _is_last(line: bytes, run: bytes) -> bool:
    return line.split(b" ", 4)[1:4] == [b"run", run, b"of"] and _ENDED in line and line.endswith(b"\n")

"""The output of a run while it goes on: every byte once, in its order, and then the notes of its end."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver.bounded_file import BoundedFile
from arcapix.fs.gpfs.runs import followed_output, history

LINE = 16
HALF_BYTES = 1 << 19
"""Of what is kept of an output."""
LEFT_OUT = re.compile(rb"\n\.\.\. (\d+) bytes are left out \.\.\.\n")


@cache
def all_numbers() -> bytes:
    return b"".join([b"%015d\n" % number for number in range(9 * HALF_BYTES // LINE)])


def numbered(first: int, count: int) -> bytes:
    return all_numbers()[first * LINE : (first + count) * LINE]


def follow(traces, run: str) -> Iterator[bytes]:
    return traces.history.follow_output(traces.history.find(run), pause=0)


def end(traces, run: str, text: str) -> None:
    traces.write_log(traces.block(run, text))
    traces.output(run).unlink(missing_ok=True)
    traces.end(run)


def test_it_comes_as_it_is_printed_and_the_notes_of_the_end_come_last(traces, here):
    run = traces.start(**here)
    path = traces.print(run, b"so far")
    pieces = follow(traces, run)
    assert next(pieces) == b"so far"
    with path.open("ab") as file:
        file.write(b", and further")
    assert next(pieces) == b", and further"
    with path.open("ab") as file:
        file.write(b"\nlast words")
    end(traces, run, "so far, and further\nlast words\nreturned 5\n")
    assert b"".join(pieces) == b"\nlast words\nreturned 5\n"


def test_a_file_that_is_made_only_after_the_start_is_found(traces, here, monkeypatch):
    run = traces.start(**here)
    monkeypatch.setattr(history.time, "sleep", lambda _: traces.print(run, b"now"))
    assert next(follow(traces, run)) == b"now"


def test_of_a_run_that_ends_before_its_file_was_opened_nothing_comes(traces, here):
    run = traces.start(**here)
    pieces = follow(traces, run)
    end(traces, run, "all of it\n")
    assert list(pieces) == []


def test_a_removed_file_is_read_on(traces, here):
    run = traces.start(**here)
    path = traces.print(run, b"before")
    pieces = follow(traces, run)
    assert next(pieces) == b"before"
    with path.open("ab") as file:
        path.unlink()
        file.write(b" and after")
    assert next(pieces) == b" and after"
    traces.end(run)
    assert list(pieces) == []


def test_it_ends_with_a_run_that_is_killed(traces, monkeypatch):
    monkeypatch.setattr(history, "_ON_ITS_WAY", 0)
    process = subprocess.Popen(["sleep", "60"])
    run = traces.start(pid=process.pid)
    path = traces.print(run, b"working")
    pieces = follow(traces, run)
    assert next(pieces) == b"working"
    process.kill()
    process.wait()
    with path.open("ab") as file:
        file.write(b" until the end")
    assert list(pieces) == [b" until the end"]


def test_what_comes_from_a_pipe_after_a_run_was_killed_is_waited_for(traces, monkeypatch):
    run = traces.start()
    path = traces.print(run, b"from the run")
    found = traces.history.find(run)

    def sleep(_: float) -> None:
        with path.open("ab") as file:
            file.write(b" and from its pipe")

    monkeypatch.setattr(history.time, "sleep", sleep)
    assert b"".join(traces.history.follow_output(found)) == b"from the run and from its pipe"


def test_a_block_of_another_output_is_no_note(traces, here):
    run = traces.start(**here)
    traces.print(run, b"this\n")
    pieces = follow(traces, run)
    assert next(pieces) == b"this\n"
    end(traces, run, "something else\n")
    assert list(pieces) == []


# More than is kept


@pytest.fixture
def ring(traces, here) -> Iterator[tuple[str, BoundedFile]]:
    """A run, and its output file as its collector writes it."""
    run = traces.start(**here)
    descriptor = os.open(traces.output(run), os.O_RDWR | os.O_CREAT | os.O_APPEND)
    yield run, BoundedFile(descriptor, 2 * HALF_BYTES)
    os.close(descriptor)


@pytest.mark.parametrize("step", [HALF_BYTES // 2, HALF_BYTES - (1 << 18), 300_016])
def test_whoever_reads_in_time_misses_nothing_of_any_length(traces, ring, step):
    run, file = ring
    pieces = follow(traces, run)
    total = 0
    while total < 5 * HALF_BYTES:
        data = numbered(total // LINE, step // LINE)
        file.add(data)
        total += len(data)
        got = b""
        while len(got) < len(data):
            got += next(pieces)
        assert got == data


@pytest.mark.parametrize("read_first", [0, 10, 4 * HALF_BYTES + 16])
def test_whoever_comes_later_has_the_beginning_and_the_end_and_what_is_missing(traces, ring, read_first):
    run, file = ring
    pieces = follow(traces, run)
    got = b""
    if read_first:
        for begin in range(0, read_first, HALF_BYTES // 2):
            file.add(numbered(begin // LINE, min(HALF_BYTES // 2, read_first - begin) // LINE or 1))
            got += next(pieces)
    written = len(got)
    file.add(numbered(written // LINE, 4 * HALF_BYTES // LINE))
    whole = numbered(0, (written + 4 * HALF_BYTES) // LINE)
    traces.end(run)
    got += b"".join(pieces)
    (missing,) = map(int, LEFT_OUT.findall(got))
    first, _, last = got.partition(LEFT_OUT.search(got)[0])
    assert len(first) == max(written, HALF_BYTES)
    assert first + whole[len(first) : len(first) + missing] + last == whole
    if not read_first:
        assert got == traces.history.output(traces.history.find(run))


def read_all(traces, run: str, total: int) -> None:
    """Follow a run to its end, and make sure that every byte is right or is counted as missing."""
    pieces = follow(traces, run)
    got = next(pieces) + next(pieces)
    traces.end(run)
    got += b"".join(pieces)
    assert got.startswith(all_numbers()[:HALF_BYTES])
    parts = LEFT_OUT.split(got)
    position = 0
    for part, missing in zip(parts[::2], [*map(int, parts[1::2]), 0], strict=True):
        assert part == all_numbers()[position : position + len(part)]
        position += len(part) + missing
    assert position == total


@pytest.mark.parametrize("total", [2 * HALF_BYTES, 3 * HALF_BYTES], ids=["just full", "long full"])
@pytest.mark.parametrize("written", [LINE, 1 << 16, HALF_BYTES // 2, 3 * HALF_BYTES])
@pytest.mark.parametrize("when", ["before the read", "during it"])
def test_what_is_written_over_while_it_is_read_is_counted_as_missing(
    traces, ring, monkeypatch, total, written, when
):
    run, file = ring
    file.add(numbered(0, total // LINE))
    more = numbered(total // LINE, written // LINE)
    further = numbered((total + written) // LINE, 1 << 12)
    unfinished = []
    original, pause = followed_output.read_at, followed_output.time.sleep

    def write() -> None:
        file.add(more)
        begin_to_write(traces.output(run), further, total + written)
        unfinished.append(further)

    def read_at(descriptor: int, offset: int, count: int) -> bytes:
        if offset + count > HALF_BYTES and count > 100 and not unfinished:
            write()
        return original(descriptor, offset, count)

    def sleep(seconds: float) -> None:
        if unfinished and unfinished[0]:
            file.add(unfinished[0])
            unfinished[0] = b""
        pause(seconds)

    if when == "during it":
        monkeypatch.setattr(followed_output, "read_at", read_at)
    else:
        write()
    monkeypatch.setattr(followed_output.time, "sleep", sleep)
    read_all(traces, run, total + written + len(further))


def begin_to_write(path: Path, data: bytes, total: int) -> None:
    """Write what comes behind so many bytes, but not yet how many there are then."""
    descriptor = os.open(path, os.O_WRONLY)
    os.pwrite(descriptor, data, HALF_BYTES + total % HALF_BYTES)
    os.close(descriptor)


def test_a_file_that_was_written_without_bounds_is_read_whole(traces, here):
    run = traces.start(**here)
    path = traces.print(run, b"first line\n")
    os.truncate(path, 40 << 20)
    pieces = follow(traces, run)
    got = b"".join(next(pieces) for _ in range(5))
    assert (len(got), got[:12]) == (40 << 20, b"first line\n\0")
    with path.open("ab") as file:
        file.write(b"last line\n")
    assert next(pieces) == b"last line\n"

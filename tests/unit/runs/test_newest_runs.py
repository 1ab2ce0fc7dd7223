"""The newest runs, read from the end of the journal: they are those that reading it from its beginning finds.

Each journal is read in pieces of many sizes, down to a few bytes, so that every line is cut everywhere.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from arcapix.fs.gpfs import GPFSError
from arcapix.fs.gpfs.driver import journal, stale_runs
from arcapix.fs.gpfs.runs import files, generations
from arcapix.fs.gpfs.runs.history import EVERY_RUN, STATES, RecordedRun, Selection

from ..damage import damaged, few, many
from ..recorded_runs import NOBODY, Traces

PIECES = [7, 40, 130, 1_000, 1 << 20]
CALLBACKS = ["logger", "alert", "log", "logger.2", "rare", "a*", "naïve", "t\tab"]


def newest(
    traces: Traces, count: int, selection: Selection = EVERY_RUN, piece: int = 40
) -> list[RecordedRun]:
    """Return the newest runs, after making sure that they are those of the whole journal."""
    found = traces.history.newest(count, selection, piece)
    assert found == traces.history.runs(selection)[-count:]
    return found


def copy(traces: Traces, line: int) -> None:
    """Append a line of the journal once more."""
    text = traces.journal.read_bytes().split(b"\n")[line]
    with traces.journal.open("ab") as file:
        file.write(b"\n" + text)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("count", [1, 3, 10, 50])
def test_they_are_the_last_of_all_and_of_one_callback(traces, piece, count):
    for number in range(30):
        traces.ended(callback=CALLBACKS[number % 3])
    assert len(newest(traces, count, piece=piece)) == min(count, 30)
    found = newest(traces, count, Selection(("logger",)), piece)
    assert [run.callback for run in found] == ["logger"] * min(count, 10)


def test_without_a_journal_there_are_none(traces):
    assert newest(traces, 5) == []
    traces.journal.write_bytes(b"")
    assert newest(traces, 5, Selection(("logger",))) == []


@pytest.mark.parametrize("piece", PIECES)
def test_a_run_that_ended_long_after_its_start_has_its_end(traces, piece):
    run = traces.start(callback="rare")
    for _ in range(40):
        traces.ended()
    traces.end(run, "failed", 1, "late")
    (found,) = newest(traces, 2, Selection(("rare",)), piece)
    assert (found.id, found.state, found.reason) == (run, "failed", "late")


@pytest.mark.parametrize("piece", PIECES)
def test_of_ends_that_come_twice_the_last_one_counts(traces, piece):
    run = traces.start()
    traces.end(run, "failed", 1)
    traces.ended(callback="alert")
    traces.end(run, "discarded", 0, "by hand")
    assert newest(traces, 1, Selection(("logger",)), piece)[0].state == "discarded"


@pytest.mark.parametrize("piece", PIECES)
def test_a_start_that_comes_again_is_no_newer_run(traces, piece):
    runs = [traces.ended() for _ in range(10)]
    copy(traces, 1)
    assert [run.id for run in newest(traces, 2, piece=piece)] == runs[-2:]
    assert [run.id for run in newest(traces, 2, Selection(("logger",)), piece)] == runs[-2:]


def test_a_start_that_comes_again_for_another_callback_is_the_first_ones(traces):
    run = traces.start("same", callback="alert")
    for _ in range(10):
        traces.ended(callback="log")
    traces.start("same", callback="logger")
    assert newest(traces, 2, Selection(("logger",))) == []
    assert [found.id for found in newest(traces, 2, Selection(("alert",)))] == [run]


def test_an_end_before_the_start_is_none(traces):
    traces.end("known", "failed", 1)
    for _ in range(5):
        traces.ended()
    traces.start("known", callback="rare")
    assert newest(traces, 1, Selection(("rare",)))[0].state == "interrupted"


@pytest.mark.parametrize("piece", PIECES)
def test_lines_longer_than_a_piece_are_read_and_those_longer_than_any_record_are_not(
    traces, monkeypatch, piece
):
    monkeypatch.setattr(generations, "LONGEST_RECORD", 1_000)
    first = traces.ended(about="x" * 700)
    traces.end(traces.start("known"), "failed", 1, "y" * 2_000)
    traces.start("too long", about="z" * 5_000)
    last = traces.ended()
    found = newest(traces, 4, piece=piece)
    assert [(run.id, run.state) for run in found] == [
        (first, "succeeded"), ("known", "interrupted"), (last, "succeeded"),
    ]  # fmt: skip
    assert [run.id for run in newest(traces, 2, Selection(("logger",)), piece)] == ["known", last]


@pytest.mark.parametrize("piece", [7, 11, 13, 40, 91])
def test_what_a_line_begins_with_that_is_longer_than_any_record_is_none(traces, monkeypatch, piece):
    monkeypatch.setattr(generations, "LONGEST_RECORD", 1_000)
    traces.end(traces.start())
    with traces.journal.open("ab") as file:
        file.write(b"x" * 1_001)
    assert newest(traces, 1, piece=piece)[0].state == "interrupted"


@pytest.mark.parametrize("piece", PIECES)
def test_a_run_that_began_in_one_generation_and_ended_in_another_is_whole(traces, piece):
    runs = []
    for number in range(3):
        run = traces.start(callback="rare")
        if number < 2:
            traces.journal.with_name("journal.1").replace(
                traces.journal.with_name("journal.2")
            ) if number else None
            traces.journal.rename(traces.journal.with_name("journal.1"))
        traces.ended()
        traces.end(run)
        runs.append(run)
    found = newest(traces, 3, Selection(("rare",)), piece)
    assert [(run.id, run.state) for run in found] == [(run, "succeeded") for run in runs]


def test_a_state_may_be_wanted_that_few_have(traces, here):
    traces.start(callback="alert")
    running = traces.start(**here)
    for _ in range(30):
        traces.ended()
    killed = traces.start()
    assert [run.id for run in newest(traces, 5, Selection(states=("running",)))] == [running]
    assert len(newest(traces, 5, Selection(states=("interrupted",)))) == 2
    found = newest(traces, 5, Selection(("logger",), states=("interrupted", "running")))
    assert [run.id for run in found] == [running, killed]


# While drivers write


def test_an_end_that_comes_just_before_its_process_leaves_is_not_missed(traces, monkeypatch):
    run = traces.start()
    for _ in range(20):
        traces.ended(callback="alert")

    def leave(*facts: object) -> bool:
        monkeypatch.undo()
        traces.journal.rename(f"{traces.journal}.1")
        traces.end(run, "failed", 1)
        traces.ended()
        return False

    for selection in (Selection(("logger",)), Selection(("logger",), states=("failed", "interrupted"))):
        monkeypatch.setattr(stale_runs, "is_running", leave)
        (found,) = traces.history.newest(1, selection, 40)
        assert (found.id, found.state) == (run, "failed")
        traces.journal.unlink()
        traces.journal.with_name("journal.1").rename(traces.journal)


def test_a_record_that_is_being_written_is_read_when_it_is_whole(traces, monkeypatch):
    run = traces.start()
    traces.end(run, "failed", 1, "why")
    whole = traces.journal.read_bytes()
    for length in range(whole.rindex(b"\n"), len(whole) + 1):
        traces.journal.write_bytes(whole[:length])

        def leave(*facts: object) -> bool:
            traces.journal.write_bytes(whole)
            return False

        monkeypatch.setattr(stale_runs, "is_running", leave)
        assert [found.reason for found in traces.history.newest(1, piece=9)] == ["why"]


def test_files_that_are_moved_aside_or_removed_meanwhile_are_read_on(traces, monkeypatch):
    runs = [traces.ended(maximum=600) for _ in range(20)]
    whole = traces.history.runs()
    read_at = files.read_at

    def rotate_and_read(*place: object) -> bytes:
        monkeypatch.setattr(files, "read_at", read_at)
        for _ in range(20):
            traces.ended(maximum=600)
        return read_at(*place)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "read_at", rotate_and_read)
    assert traces.history.newest(100, piece=40) == whole
    assert whole[-1].id == runs[-1]
    assert not {run.id for run in whole} & {run.id for run in traces.history.runs()}


def test_a_disk_that_does_not_give_what_it_holds_is_told(traces, monkeypatch):
    traces.ended()

    def fail(*place: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(GPFSError, match="journal cannot be read: Input/output error"):
        traces.history.newest(1)


def test_a_callback_without_runs_costs_no_reading_of_records(traces, monkeypatch):
    for _ in range(100):
        traces.ended()
    read: list[bytes] = []
    monkeypatch.setattr(generations, "read_record", lambda line, runs: read.append(line) or False)
    assert traces.history.newest(5, Selection(("rare",)), 1_000) == []
    assert len(read) == 1  # the last line, which may be written in part so far


# Any journal


def written(chance: random.Random) -> list[bytes]:
    """Return records of runs that overlap, some of them doubled, torn, or at a wrong place."""
    lines: list[bytes] = []
    running: list[str] = []
    alive = {"pid": os.getpid(), "time": time.time()}
    for number in range(chance.randint(0, 40)):
        run = chance.choice([f"20261122T160501.{number:06d}-{NOBODY}", f"r{chance.randrange(8)}", "r"])
        facts: dict[str, object] = {
            "time": 1_700_000_000.0 + number, "callback": chance.choice(CALLBACKS), "node": "n1", "pid": NOBODY,
            "event": chance.choice(["mount", "lowDiskSpace"]), "about": chance.choice(["", "logger", "x" * 200]),
            "user": "root", "attempt": 1, "variables": {"a": chance.choice(["logger", "", "1"])},
        }  # fmt: skip
        if chance.random() < 0.1:
            facts |= alive
        lines.append(journal.start_record(run, **facts))  # type: ignore[arg-type]
        running.append(run)
        while running and chance.random() < 0.6:
            ended = (
                chance.choice(running)
                if chance.random() < 0.2
                else running.pop(chance.randrange(len(running)))
            )
            lines.append(
                journal.end_record(ended, 1.8e9, chance.choice(STATES[1:]), 1, "y" * chance.randrange(90))
            )
    for _ in range(chance.choice([0, 0, 1, 3, 8])):
        if lines:
            lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    for _ in range(chance.choice([0, 0, 1, 3])):
        if lines:
            torn = chance.randrange(len(lines))
            lines[torn] = lines[torn][: chance.randrange(len(lines[torn]) + 1)]
    return lines


def selection(chance: random.Random) -> Selection:
    some = Selection(
        tuple(chance.sample([*CALLBACKS, "log*", "[k-m]og", "none"], chance.choice([0, 1, 1, 1, 2]))),
        chance.choice([(), (), ("mount",)]),
        tuple(chance.sample(STATES, chance.choice([0, 0, 1, 3]))),
    )
    return replace(some, events=()) if chance.random() < 0.5 else some


def hold(traces: Traces, chance: random.Random) -> int:
    """Read a journal of some generations in both ways; return how many runs were found."""
    lines = written(chance)
    cuts = sorted(chance.randrange(len(lines) + 1) for _ in range(chance.choice([0, 1, 2])))
    names = ["journal", "journal.1", "journal.2"][: len(cuts) + 1]
    for name, begin, end in zip(reversed(names), [0, *cuts], [*cuts, len(lines)]):
        text = b"".join(lines[begin:end])
        if chance.random() < 0.2 and text:
            text = damaged(text, chance)
        (traces.state / name).write_bytes(text.removeprefix(b"\n") if chance.random() < 0.2 else text)
    found = 0
    for _ in range(4):
        found += len(newest(traces, chance.choice([1, 2, 5, 20]), selection(chance), chance.choice(PIECES)))
    for name in names:
        (traces.state / name).unlink()
    return found


def try_journals(traces: Traces, chances: Iterator[random.Random], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "LONGEST_RECORD", 250)
    traces.write_log(traces.block("r1", "printed\n"), traces.block(f"20261122T160501.000003-{NOBODY}", ""))
    found = [hold(traces, chance) for chance in chances]
    assert sum(map(bool, found)) > len(found) / 2


def test_of_any_journal_they_are_the_last_of_the_whole(traces, monkeypatch):
    try_journals(traces, few(200), monkeypatch)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_of_many_other_journals_they_are_the_last_of_the_whole(traces, monkeypatch):
    try_journals(traces, many(20_000), monkeypatch)

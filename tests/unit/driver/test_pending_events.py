"""The file of accepted events: what is on the disk when, what is read back, and what is left out of it."""

from __future__ import annotations

import posix
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import pending, pending_reader
from arcapix.fs.gpfs.driver.pending import BEGUN, ENDED, FAILED, FINISHED, MORE, Event, PendingEvents


def event(number: int = 1, words: int = 1) -> Event:
    return Event(
        f"e{number}", 1000.5, "alert\t1", 3, {"TZ": "UTC", "X": "a=b\n"}, ["A1.token", "fsName=\t\\x"] * words
    )


@pytest.fixture
def events(tmp_path: Path) -> PendingEvents:
    return PendingEvents(str(tmp_path))


def test_an_event_is_read_back_as_it_was(events):
    events.accept(event())
    (read,) = pending_reader.read(events)
    assert vars(read) == vars(event())


def test_it_is_on_the_disk_before_it_counts_as_accepted(events, monkeypatch):
    done = []
    events.accept(event(1))
    for name in ("write", "fsync"):
        original = getattr(posix, name)
        monkeypatch.setattr(
            posix, name, lambda *given, name=name, original=original: (done.append(name), original(*given))[1]
        )
    events.accept(event(2))
    assert done == ["write", "fsync"]


def test_an_event_that_did_not_reach_the_disk_is_taken_back(events, monkeypatch):
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    events.accept(event(1))
    monkeypatch.setattr(posix, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        events.accept(event(2))
    assert [each.id for each in pending_reader.read(events)] == ["e1"]


def test_what_became_of_its_attempts_is_told(events):
    one = event()
    events.accept(one)
    events.note(BEGUN, one, "1", "e1.1-7", "7")
    (read,) = pending_reader.read(events)
    assert (read.attempts, read.run, read.pid, read.ended) == (1, "e1.1-7", 7, None)
    events.note(ENDED, one, "1", "1002.000", "1005.000")
    (read,) = pending_reader.read(events)
    assert (read.ended, read.due) == (1002.0, 1005.0)
    events.settle(one, FAILED)
    assert pending_reader.read(events)[0].mark == FAILED
    events.note(MORE, one, "1")
    assert (pending_reader.read(events)[0].spent, pending_reader.read(events)[0].due) == (1, 0.0)
    events.settle(one, FINISHED)
    assert pending_reader.read(events) == []


@pytest.mark.parametrize(
    ("now", "seconds"),
    [(1001.0, 1.5), (1003.0, 0.0), (999.0, 0.0)],
    ids=["soon", "later", "the clock was set back"],
)
def test_the_process_that_was_started_for_an_event_has_two_seconds_to_begin(now, seconds):
    assert pending_reader.seconds_until_due(event(), now) == seconds


@pytest.mark.parametrize(("now", "seconds"), [(1003.0, 2.0), (1006.0, 0.0), (1001.0, 0.0)])
def test_another_attempt_is_due_when_it_was_said(now, seconds):
    one = event()
    one.attempts, one.ended, one.due = 1, 1002.0, 1005.0
    assert pending_reader.seconds_until_due(one, now) == seconds


def test_an_attempt_that_was_killed_is_made_up_for_at_once():
    one = event()
    one.attempts = 1
    assert pending_reader.seconds_until_due(one, 1000.5) == 0.0


def test_what_is_finished_is_left_out_once_it_is_much(events, tmp_path):
    for number in range(40):
        one = event(number, words=1000)
        events.accept(one)
        events.note(BEGUN, one, "1", f"e{number}.1-7", "7")
        events.settle(one, {0: FAILED, 1: "?"}.get(number, FINISHED))
    path = tmp_path / "pending" / "events"
    before = path.stat()
    assert before.st_size > 256 << 10
    pending_reader.tidy(events)
    assert path.stat().st_size < before.st_size / 10
    assert path.stat().st_mode & 0o777 == 0o600
    found = pending_reader.read(events)
    assert [(each.id, each.mark, each.attempts) for each in found] == [("e0", FAILED, 1), ("e1", "?", 1)]
    assert [path.name for path in (tmp_path / "pending").iterdir()] == ["events"]


def test_whoever_accepts_an_event_meanwhile_finds_the_new_file(events, tmp_path):
    for number in range(40):
        one = event(number, words=1000)
        events.accept(one)
        events.settle(one, FINISHED)
    old = events.open(1)  # a shared lock
    pending_reader.tidy(events)
    assert pending_reader.read(events) == [] and (tmp_path / "pending" / "events").stat().st_size > 1000
    posix.close(old)
    pending_reader.tidy(events)
    assert (tmp_path / "pending" / "events").stat().st_size == 0
    events.accept(event(50))
    assert [each.id for each in pending_reader.read(events)] == ["e50"]


def test_of_failed_events_the_newest_are_kept(events, monkeypatch):
    monkeypatch.setattr(pending_reader, "_KEPT_FAILURES", 100_000)
    for number in range(40):
        one = event(number, words=1000)
        events.accept(one)
        events.settle(one, FAILED)
    pending_reader.tidy(events)
    kept = [each.id for each in pending_reader.read(events)]
    assert kept == [f"e{number}" for number in range(40 - len(kept), 40)] and 1 < len(kept) < 10


@pytest.mark.parametrize("length", range(0, 120, 7))
def test_a_torn_file_is_read_as_far_as_it_is_whole(events, tmp_path, length):
    events.accept(event(1))
    path = tmp_path / "pending" / "events"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:length])
    events.accept(event(2))
    assert [each.id for each in pending_reader.read(events)] == ["e1", "e2"]


def test_a_folder_in_its_place_is_an_error(events, tmp_path):
    (tmp_path / "pending" / "events").mkdir(parents=True)
    with pytest.raises(OSError):
        events.accept(event())


def test_marks_are_one_character():
    assert {len(mark) for mark in (pending.WAITING, FINISHED, FAILED)} == {1}

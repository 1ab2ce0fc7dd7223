"""The journal as runs: what became of each, told by records and, where the end is missing, by the process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from arcapix.fs.gpfs import GPFSError, NotFound
from arcapix.fs.gpfs.driver import stale_runs
from arcapix.fs.gpfs.runs import files
from arcapix.fs.gpfs.runs.history import STATES, History, RecordedRun, Selection

from ...processes import state_of


def test_a_run_that_ended_has_all_its_facts(traces):
    began = time.time()
    traces.start("r1", time=began, about="filesystem/mmfs1", variables={"fsName": "mmfs1"}, attempt=2)
    traces.end("r1", "failed", 1, "KeyError: 'x'")
    (run,) = traces.history.runs()
    assert (run.id, run.node, run.callback, run.event, run.about) == (
        "r1",
        "n1",
        "logger",
        "mount",
        "filesystem:mmfs1",
    )
    assert (run.variables, run.user, run.attempt) == ({"fsName": "mmfs1"}, "root", 2)
    assert (run.state, run.status, run.reason) == ("failed", 1, "KeyError: 'x'")
    assert abs(run.started.timestamp() - began) < 0.001
    assert run.started.utcoffset() == datetime.now().astimezone().utcoffset()
    assert run.ended is not None
    assert run.seconds == (run.ended - run.started).total_seconds() >= 0


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("filesystem/mmfs1", "filesystem:mmfs1"),
        ("fileset/mmfs1/a.b c:d", "fileset:mmfs1/a.b c:d"),
        ("pool/mmfs.1/system", "pool:mmfs.1/system"),
        ("filesystem.mmfs.1", "filesystem:mmfs.1"),
        ("fileset.mmfs1.a.b", "fileset:mmfs1/a.b"),
        ("", ""),
    ],
)
def test_the_object_of_a_run_is_written_in_one_way_whichever_release_recorded_it(traces, recorded, shown):
    traces.ended(about=recorded)
    (run,) = traces.history.runs()
    assert run.about == shown
    assert RecordedRun.from_fields(run.fields()) == run
    assert RecordedRun.from_fields({**run.fields(), "about": recorded}) == run


def test_without_a_journal_there_are_no_runs(tmp_path):
    assert History(tmp_path / "state", tmp_path / "log").runs() == []


def test_torn_records_are_skipped_and_cost_no_other(traces):
    traces.ended()
    with traces.journal.open("ab") as file:
        file.write(b"\n+\tr2\t1.0\tlogg")
    traces.ended()
    with traces.journal.open("ab") as file:
        file.write(b"\n-\t")
    assert [run.state for run in traces.history.runs()] == ["succeeded", "succeeded"]


def test_a_start_without_an_end_runs_while_its_process_does(traces, here):
    traces.start(**here)
    (run,) = traces.history.runs()
    assert (run.state, run.ended, run.status, run.seconds, run.reason) == ("running", None, None, None, "")


def test_a_start_without_an_end_was_interrupted_when_its_process_is_gone(traces):
    traces.start()
    (run,) = traces.history.runs()
    assert (run.state, run.ended, run.status) == ("interrupted", None, None)
    assert run.reason.startswith(
        "its process is gone and recorded no end: SIGKILL or os._exit() ended it, or the node "
    )


def test_a_younger_process_of_the_same_number_is_another_one(traces, here):
    traces.start(**{**here, "time": time.time() - 86_400 * 365})
    (run,) = traces.history.runs()
    assert run.state == "interrupted"


def test_a_process_that_nobody_has_waited_for_is_gone(traces):
    process = subprocess.Popen(["true"])
    while state_of(process.pid) != "Z":
        time.sleep(0.005)
    traces.start(pid=process.pid)
    assert traces.history.runs()[0].state == "interrupted"
    process.wait()


def test_a_run_goes_on_though_the_clock_was_set_forward(traces):
    with traces.output("known").open("wb") as file:
        process = subprocess.Popen(["sleep", "60"], stdout=file)
    try:
        traces.start("known", time=1.0, pid=process.pid)
        traces.start("other", time=1.0, pid=process.pid)
        assert [run.state for run in traces.history.runs()] == ["running", "interrupted"]
    finally:
        process.kill()
        process.wait()


def test_an_end_that_comes_just_before_its_process_leaves_is_not_missed(traces, monkeypatch):
    run = traces.start()

    def leave(*facts: object) -> bool:
        traces.end(run)
        return False

    monkeypatch.setattr(stale_runs, "is_running", leave)
    assert traces.history.runs()[0].state == "succeeded"


def test_a_refused_run_is_one_with_its_reason(traces):
    run = traces.start(event="-")
    traces.end(run, "refused", 3, "the token was altered")
    assert [(run.state, run.status, run.reason) for run in traces.history.runs()] == [
        ("refused", 3, "the token was altered")
    ]


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(), ["a", "b", "c"]),
        (Selection(callbacks=("logger",)), ["a", "c"]),
        (Selection(callbacks=("al*", "x")), ["b"]),
        (Selection(events=("MOUNT",)), ["a", "b"]),
        (Selection(events=("aNewOne",)), ["c"]),
        (Selection(events=("anewone",)), ["c"]),
        (Selection(states=("failed", "interrupted")), ["b", "c"]),
        (Selection(("logger",), ("mount",), ("succeeded",)), ["a"]),
        (Selection(("logger",), ("mount",), ("failed",)), []),
    ],
)
def test_a_selection_takes_what_fits_all_that_it_says(traces, selection, wanted):
    traces.start("a")
    traces.end("a")
    traces.start("b", callback="alert")
    traces.end("b", "failed", 1)
    traces.start("c", event="aNewOne")
    assert [run.id for run in traces.history.runs(selection)] == wanted


def test_an_event_may_be_asked_for_by_its_other_name(traces):
    from arcapix.fs.gpfs import events

    alias, name = next((alias, facts.name) for facts in events.EVENTS.values() for alias in facts.aliases)
    traces.ended(event=name)
    assert len(traces.history.runs(Selection(events=(alias,)))) == 1


def test_every_state_may_be_asked_for():
    assert set(STATES) == {
        "running", "succeeded", "failed", "timed-out", "interrupted", "refused", "skipped", "retrying",
        "discarded",
    }  # fmt: skip


@pytest.mark.parametrize("state", [state for state in STATES if state != "running"])
def test_a_run_may_end_in_every_state_and_has_its_reason(traces, state):
    run = traces.start()
    traces.end(run, state, 0, "why")
    (found,) = traces.history.runs(Selection(states=(state,)))
    assert (found.id, found.state, found.reason) == (run, state, "why")


@pytest.mark.parametrize(
    ("status", "state"),
    [(0, "succeeded"), (1, "failed"), (4, "failed"), (5, "refused"), (6, "timed-out")],
)
def test_an_end_that_only_the_log_could_take_has_the_state_of_its_status(traces, status, state):
    run = traces.start()
    traces.write_log(traces.block(run, "printed\n").replace("status 0", f"status {status}"))
    (found,) = traces.history.runs()
    assert (found.state, found.status) == (state, status)
    assert bool(found.reason) == (state != "succeeded")


@pytest.mark.parametrize("offset", ["+00:00", "+0000"])
def test_the_time_of_such_an_end_is_read_as_this_and_as_earlier_releases_wrote_it(traces, offset):
    run = traces.start()
    traces.write_log(traces.block(run, "", offset=offset))
    (found,) = traces.history.runs()
    assert found.ended == datetime.fromisoformat("2026-11-22T16:05:02+00:00")


def test_facts_cross_a_pipe_and_come_back(traces, here):
    traces.ended(variables={"filesetName": 'a\tb"\udcff'})
    traces.start(**here)
    for run in traces.history.runs():
        returned = RecordedRun.from_fields(json.loads(json.dumps(run.fields())))
        assert abs(returned.started - run.started).total_seconds() < 0.001
        assert returned.fields() == run.fields()


def test_the_run_of_an_identifier_is_found_or_the_nearest_is_named(traces):
    run = traces.ended()
    assert traces.history.find(run).id == run
    with pytest.raises(NotFound, match=f"no run '{run}7' on this node; did you mean '{run}'"):
        traces.history.find(run + "7")
    with pytest.raises(
        NotFound, match=r"no run 'nothing like it' on this node; for one of another node give --node"
    ):
        traces.history.find("nothing like it")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user without rights")
def test_who_may_not_read_the_journal_is_told_whose_it_is(traces):
    traces.ended()
    os.seteuid(65534)
    try:
        with pytest.raises(GPFSError, match="journal may be read only by the user that the driver runs as"):
            traces.history.runs()
    finally:
        os.seteuid(0)


# Rotation


def test_runs_of_all_generations_are_read_in_order(traces):
    runs = [traces.ended(maximum=1_000, about="x" * 100) for _ in range(30)]
    assert sorted(path.name for path in traces.state.iterdir()) == [
        ".journal.lock",
        "journal",
        "journal.1",
        "journal.2",
        "output",
    ]
    found = [run.id for run in traces.history.runs()]
    assert len(found) > 10
    assert found == runs[-len(found) :]


def rotate_after_opening(traces, monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """Move the journal aside in the moment after it was opened for reading, as a driver may."""
    original = files.open_file

    def open_and_rotate(path):
        file = original(path)
        if path == traces.journal:
            monkeypatch.setattr(files, "open_file", original)
            traces.journal.rename(f"{traces.journal}.1")
            then()
        return file

    monkeypatch.setattr(files, "open_file", open_and_rotate)


def test_a_rotation_while_the_journal_is_opened_loses_and_doubles_nothing(traces, monkeypatch):
    first = traces.ended()
    later: list[str] = []
    rotate_after_opening(traces, monkeypatch, lambda: later.append(traces.ended()))
    looks = traces.history.follow(pause=0)
    assert [run.id for run in next(looks)] == [first]
    assert [run.id for run in next(looks)] == later
    looks.close()


# Following


def test_a_run_is_told_of_when_it_starts_and_when_it_ends(traces, here):
    looks = traces.history.follow(pause=0)
    assert next(looks) == []
    run = traces.start(**here)
    assert [(run.id, run.state) for run in next(looks)] == [(run, "running")]
    traces.end(run, "failed", 1, "oh")
    assert [(run.id, run.state, run.reason) for run in next(looks)] == [(run, "failed", "oh")]
    quick = traces.ended(**here)
    assert [(run.id, run.state) for run in next(looks)] == [(quick, "succeeded")]
    looks.close()


def test_a_run_that_is_killed_while_it_is_followed_is_told_of_once(traces):
    process = subprocess.Popen(["sleep", "60"])
    run = traces.start(pid=process.pid)
    looks = traces.history.follow(pause=0)
    assert [run.state for run in next(looks)] == ["running"]
    process.kill()
    process.wait()
    assert [(run.id, run.state) for run in next(looks)] == [(run, "interrupted")]
    other = traces.ended()
    assert [run.id for run in next(looks)] == [other]
    looks.close()


def test_a_record_that_is_written_in_two_pieces_is_read_when_it_is_whole(traces, here):
    looks = traces.history.follow(pause=0)
    assert next(looks) == []
    first = traces.start(**here)
    whole = traces.journal.read_bytes()
    for place in range(1, len(whole) - 1, 5):
        traces.journal.unlink()
        looks.close()
        traces.journal.write_bytes(whole[:place])
        looks = traces.history.follow(pause=0)
        assert next(looks) == []
        with traces.journal.open("ab") as file:
            file.write(whole[place:])
        assert [run.id for run in next(looks)] == [first]
    looks.close()


def test_following_survives_any_number_of_rotations(traces, here):
    looks = traces.history.follow(pause=0)
    assert next(looks) == []
    for _ in range(60):
        run = traces.start(maximum=1_000, about="x" * 90, **here)
        assert [(found.id, found.state) for found in next(looks)] == [(run, "running")]
        traces.end(run)
        assert [(found.id, found.state) for found in next(looks)] == [(run, "succeeded")]
    assert Path(f"{traces.journal}.2").exists()
    looks.close()


def test_an_end_in_a_file_that_was_moved_aside_is_read(traces, here):
    run = traces.start(**here)
    looks = traces.history.follow(pause=0)
    assert len(next(looks)) == 1
    with traces.journal.open("ab", 0) as kept_open:  # by a run that has dropped its rights
        traces.journal.rename(f"{traces.journal}.1")
        other = traces.ended()
        assert [run.id for run in next(looks)] == [other]
        kept_open.write(b"\n-\t%s\t5.0\tsucceeded\t0\t\t." % run.encode())
    assert [(found.id, found.state) for found in next(looks)] == [(run, "succeeded")]
    looks.close()


@pytest.mark.slow  # a clock decides, so the machine has to be quiet
def test_reading_costs_little_where_the_journal_is_full(traces):
    from arcapix.fs.gpfs.driver import journal

    pair = journal.start_record("r{}", 1.5, "logger", "mount", "filesystem.mmfs1", "n1", 7, "root", 1, {})
    pair += journal.end_record("r{}", 2.0, "succeeded", 0, "")
    count = (4 << 20) // len(pair)
    traces.journal.write_bytes(b"".join(pair.replace(b"{}", b"%d" % number) for number in range(count)))
    begun = time.process_time()
    assert len(traces.history.runs()) == count
    assert time.process_time() - begun < 3


def test_reading_starts_no_process_and_imports_no_model():
    program = "import sys, arcapix.fs.gpfs.runs.history; print('subprocess' in sys.modules, 'arcapix.fs.gpfs.cluster' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "False False\n"

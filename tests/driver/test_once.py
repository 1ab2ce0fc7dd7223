"""One run in the cluster: many processes play nodes, with a state folder each, and one shared folder."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import once, once_record
from arcapix.fs.gpfs.driver.decision import Firing
from arcapix.fs.gpfs.driver.main import CONFIGURATION
from arcapix.fs.gpfs.driver.once_record import Entry, OnceRecord
from arcapix.fs.gpfs.registration import sealing

from .nodes import Nodes, changed, function_of, with_clock

record = ""
"""Path of the file that handlers write to; captured by value."""


def note(fsName: str) -> None:
    with open(record, "a") as file:
        file.write(f"{fsName}\n")


def note_slowly(fsName: str) -> None:
    with open(record, "a") as file:
        file.write(f"{fsName}\n")
    time.sleep(0.5)


def hang(fsName: str) -> None:
    with open(record, "a") as file:
        file.write(f"{fsName}\n")
    time.sleep(300)


def fail(fsName: str) -> None:
    with open(record, "a") as file:
        file.write(f"{fsName}\n")
    raise RuntimeError("not here")


@pytest.fixture
def nodes(tmp_path: Path, driver) -> Nodes:
    return Nodes(tmp_path, driver)


def test_the_second_node_leaves_and_says_who_ran(nodes, seen):
    token = nodes.token(note)
    assert [nodes.run(node, token) for node in ("n1", "n2")] == [0, 0]
    assert seen.read_text() == "mmfs1\n"
    assert nodes.states("n1", "n2") == [("succeeded", ""), ("skipped", "once: n1 has run it")]


def test_an_event_about_something_else_is_another_one(nodes, seen):
    token = nodes.token(note)
    for words in (("fsName=mmfs1",), ("fsName=mmfs2",), ("fsName=mmfs1", "storagePool=data")):
        for node in ("n1", "n2"):
            assert nodes.run(node, token, *words) == 0
    assert Counter(seen.read_text().split()) == {"mmfs1": 2, "mmfs2": 1}


def test_after_the_window_there_is_another_run(nodes, seen):
    token = nodes.token(note, once="0.2:run:30:")
    assert nodes.run("n1", token) == 0
    time.sleep(0.3)
    assert nodes.run("n2", token) == 0
    assert seen.read_text() == "mmfs1\n" * 2


def test_who_waits_for_a_run_is_skipped_though_the_window_is_over_by_then(nodes, seen, wait):
    token = nodes.token(note_slowly, once="0.01:run:30:")
    first = nodes.begin("n1", token)
    wait(seen.exists, "the first one runs")
    assert nodes.run("n2", token) == 0
    assert first.wait(60) == 0
    assert seen.read_text() == "mmfs1\n"
    assert nodes.states("n2") == [("skipped", "once: n1 has run it")]


def test_many_nodes_at_the_same_instant_run_once(nodes, seen):
    token = nodes.token(note_slowly)
    names = [f"n{number}" for number in range(24)]
    processes = [nodes.begin(name, token) for name in names]
    assert [process.wait(60) for process in processes] == [0] * 24
    assert seen.read_text() == "mmfs1\n"
    assert Counter(state for state, _ in nodes.states(*names)) == {"succeeded": 1, "skipped": 23}


def test_a_node_that_dies_is_replaced_by_one_that_waits(nodes, seen, wait):
    first = nodes.begin("n1", nodes.token(hang))
    wait(seen.exists, "the first one runs")
    second = nodes.begin("n2", nodes.token(hang))
    time.sleep(0.2)
    assert second.poll() is None
    first.send_signal(signal.SIGKILL)
    first.wait()
    wait(lambda: seen.read_text() == "mmfs1\n" * 2, "the second one runs")
    second.kill()
    second.wait()


def test_after_three_failures_the_rest_leave(nodes, seen):
    token = nodes.token(fail)
    assert [nodes.run(f"n{number}", token) for number in range(5)] == [1, 1, 1, 0, 0]
    assert seen.read_text() == "mmfs1\n" * 3
    assert nodes.states("n4") == [("skipped", "once: failed on n0, n1, n2")]


def fail_unless_on_n2(fsName: str, myNode: str) -> None:
    with open(record, "a") as file:
        file.write(f"{myNode}\n")
    if myNode != "n2":
        raise RuntimeError("not here")
    time.sleep(0.5)


def test_while_the_third_runs_nobody_says_that_it_has_failed(nodes, seen, wait):
    token = nodes.token(fail_unless_on_n2, "fsName", "myNode")
    assert [nodes.run(node, token) for node in ("n0", "n1")] == [1, 1]
    third = nodes.begin("n2", token)
    wait(lambda: "n2" in seen.read_text(), "the third one runs")
    assert nodes.run("n3", token) == 0
    assert third.wait(60) == 0
    assert nodes.states("n2", "n3") == [("succeeded", ""), ("skipped", "once: n2 has run it")]


def test_what_a_killed_driver_has_left_waiting_takes_no_turn(nodes, seen, wait):
    token = nodes.token(hang)
    first = nodes.begin("n1", token)
    wait(seen.exists, "the first one runs")
    waiting = [nodes.begin(node, token) for node in ("n2", "n3", "n4")]
    wait(lambda: all(map(nodes.has_opened_record, waiting)), "the others wait")
    functions = [function_of(process) for process in waiting]
    for process in (*waiting, first):
        process.kill()
        process.wait()
    wait(lambda: not any(os.path.exists(f"/proc/{number}/exe") for number in functions), "nobody waits")
    assert nodes.run("n5", nodes.token(note)) == 0
    assert nodes.states("n5") == [("succeeded", "")]


def test_a_folder_that_is_not_there_counts_as_lost(nodes, seen):
    nodes.shared.rmdir()
    assert nodes.run("n1", nodes.token(note)) == 0
    assert nodes.run("n2", nodes.token(note, once="600:skip:30:")) == 0
    assert seen.read_text() == "mmfs1\n"
    (skipped,) = nodes.states("n2")
    assert skipped[0] == "skipped" and "cannot be used" in skipped[1] and str(nodes.shared) in skipped[1]
    (alone,) = nodes.states("n1")
    assert alone == ("succeeded", skipped[1])
    assert skipped[1] in (nodes.folder / "nodes" / "n1" / "log").read_text()
    assert nodes.run("n3", nodes.token(fail)) == 1
    assert nodes.states("n3")[0][1].startswith("RuntimeError: not here; once: the folder ")


def test_a_function_that_closes_the_record_runs_and_says_that_others_may(nodes, seen):
    def close_all(fsName: str) -> None:
        os.closerange(3, 100)
        with open(record, "a") as file:
            file.write(f"{fsName}\n")

    token = nodes.token(close_all)
    assert [nodes.run(node, token) for node in ("n1", "n2")] == [0, 0]
    assert seen.read_text() == "mmfs1\n" * 2


def test_a_full_record_makes_room_for_what_is_new(nodes, seen):
    token = nodes.token(note)
    assert nodes.run("n1", token) == 0
    size = (nodes.shared / "handler_1").stat().st_size
    shared = OnceRecord(str(nodes.shared), "handler_1")
    for number in range(300):
        entry = Entry(f"{number:032x}")
        entry.succeeded = 1000.0 + number
        shared.write(entry)
    shared.close()
    assert nodes.run("n2", token) == 0
    assert nodes.run("n2", token, "fsName=mmfs2") == 0
    assert nodes.run("n3", token, "fsName=mmfs2") == 0
    assert seen.read_text() == "mmfs1\nmmfs2\n"
    assert (nodes.shared / "handler_1").stat().st_size == size


def test_two_that_make_the_record_at_the_same_time_lose_nothing(tmp_path, monkeypatch):
    def make_after_the_other(descriptor: int) -> os.stat_result:
        status = os.fstat(descriptor)
        monkeypatch.undo()
        child = os.fork()
        if child == 0:
            try:
                OnceRecord(str(tmp_path), "handler_1").write(Entry("0" * 32))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        return status

    monkeypatch.setattr(once_record.posix, "fstat", make_after_the_other)
    shared = OnceRecord(str(tmp_path), "handler_1")
    content = (tmp_path / "handler_1").read_bytes()
    shared.close()
    assert len(content) == once_record.SIZE and b"0" * 32 in content


def test_nobody_else_can_read_the_record(nodes, seen):
    nodes.run("n1", nodes.token(note))
    assert (nodes.shared / "handler_1").stat().st_mode & 0o777 == 0o600


def test_with_retries_a_failed_run_is_tried_again_and_a_success_counts_for_all(nodes, seen, wait):
    def fail_at_first(fsName: str) -> None:
        with open(record, "a") as file:
            file.write(f"{fsName}\n")
        from arcapix.fs.gpfs import RetryLater

        if len(open(record).read()) < 10:
            raise RetryLater("10ms")

    token = nodes.token(fail_at_first, retries="3")
    assert nodes.run("n1", token) == 0
    wait(lambda: [state for state, _ in nodes.states("n1")] == ["retrying", "succeeded"], "it succeeds")
    assert nodes.run("n2", token) == 0
    assert seen.read_text() == "mmfs1\n" * 2


def hold_the_table(nodes: Nodes) -> int:
    """Keep every process from writing to the record, as a folder that hangs does; return what holds it."""
    descriptor = os.open(nodes.shared / "handler_1", os.O_RDWR)
    os.lseek(descriptor, once_record._TABLE, os.SEEK_SET)
    os.lockf(descriptor, os.F_LOCK, 1)
    return descriptor


@pytest.mark.parametrize(
    ("on_lost", "state", "runs"), [("run", "succeeded", "mmfs1\n" * 2), ("skip", "skipped", "mmfs1\n")]
)
def test_a_folder_that_hangs_counts_as_lost_after_a_while(nodes, seen, on_lost, state, runs):
    assert nodes.run("n1", nodes.token(note)) == 0
    held = hold_the_table(nodes)
    token = nodes.token(note, once=f"0.001:{on_lost}:0.4:")
    assert nodes.run("n2", token) == 0
    os.close(held)
    (run,) = nodes.runs("n2")
    said = f"once: the folder {nodes.shared} does not answer for 0.4 s"
    assert (run.state, run.reason) == (state, said)
    assert seen.read_text() == runs


def return_when_told(fsName: str) -> None:
    with open(record, "a") as file:
        file.write(f"{fsName}\n")
    while not os.path.exists(f"{record}.go"):
        time.sleep(0.005)


def test_a_run_ends_though_the_record_is_locked_and_says_that_others_may_run(nodes, seen, wait):
    process = nodes.begin("n1", nodes.token(return_when_told, once="600:run:0.3:"))
    wait(seen.exists, "the function is called")
    held = hold_the_table(nodes)
    seen.with_name("seen.go").touch()
    assert process.wait(30) == 0
    os.close(held)
    assert nodes.states("n1") == [("succeeded", "")]
    said = "it cannot be told of the success: a process keeps it locked for 0.3 s"
    assert said in (nodes.folder / "nodes" / "n1" / "log").read_text()


def leave_a_process_that_locks_all(fsName: str) -> None:
    import fcntl

    child = os.fork()
    if child:
        with open(record, "a") as file:
            file.write(f"{child}\n")
        return
    os.setsid()
    for number in range(3, 64):
        try:
            fcntl.lockf(number, fcntl.LOCK_EX, 0, 0)
        except OSError:
            continue
    time.sleep(300)


@pytest.mark.slow
@pytest.mark.parametrize(("on_lost", "state", "runs"), [("run", "succeeded", 2), ("skip", "skipped", 1)])
def test_whoever_keeps_the_lock_holds_a_callback_with_a_timeout_up_for_no_longer_than_a_run_takes(
    nodes, seen, wait, on_lost, state, runs
):
    token = nodes.token(leave_a_process_that_locks_all, once=f"0.001:{on_lost}:1:", timeout="0.5")
    assert nodes.run("n1", token) == 0
    inode = (nodes.shared / "handler_1").stat().st_ino
    try:
        wait(lambda: f":{inode} 0 EOF" in Path("/proc/locks").read_text(), "it has the lock")
        assert nodes.run("n2", token) == 0
    finally:
        for number in map(int, seen.read_text().split()):
            os.kill(number, signal.SIGKILL)
    assert len(seen.read_text().split()) == runs
    (run,) = nodes.runs("n2")
    said = f"once: the folder {nodes.shared} cannot be used: a process holds its lock for 11.5 s, longer than a run of"
    assert run.state == state
    assert run.reason.startswith(said)


@pytest.fixture
def held(tmp_path):
    """A record whose claim to the events with the key ``k`` another process holds."""
    shared = OnceRecord(str(tmp_path), "handler_1")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        shared.claim("k")
        os.write(writing, b".")
        time.sleep(300)
    os.read(reading, 1)
    yield shared
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    for descriptor in (reading, writing):
        os.close(descriptor)
    shared.close()


def turn(shared: OnceRecord, monkeypatch, **options: str) -> once.Turn:
    monkeypatch.setattr(once, "_SECONDS_TO_END", 0.1)
    firing = Firing(CONFIGURATION)
    firing.options = tuple(options.items())
    asked = once.Once(firing, "600:run:0.1:/nowhere")
    asked.key = "k"
    return once.Turn(asked, shared)


def test_a_turn_is_waited_for_no_longer_than_a_run_takes(held, monkeypatch):
    with pytest.raises(TimeoutError, match=r"holds its lock for 0\.3 s, longer than a run of"):
        turn(held, monkeypatch, timeout="0.1").wait(lambda: None)


def test_each_of_three_that_run_before_has_the_time_of_a_run(held, monkeypatch):
    begun = []

    def look_again(key: str) -> Entry:
        begun.append(time.monotonic())
        entry = Entry(key)
        entry.begun = len(begun)
        return entry

    monkeypatch.setattr(held, "look", look_again)
    with pytest.raises(TimeoutError):
        turn(held, monkeypatch, timeout="0.1").wait(lambda: None)
    assert len(begun) == 4 and begun[3] - begun[0] > 0.9


def test_without_a_timeout_a_turn_is_waited_for_without_end(held, monkeypatch):
    class EnoughError(Exception):
        pass

    until = time.monotonic() + 1

    def beat() -> None:
        if time.monotonic() > until:
            raise EnoughError

    with pytest.raises(EnoughError):
        turn(held, monkeypatch).wait(beat)


@pytest.mark.parametrize(("on_lost", "state"), [("run", "succeeded"), ("skip", "skipped")])
def test_a_folder_that_does_not_let_anybody_look_counts_as_lost_after_a_while(nodes, seen, on_lost, state):
    hangs = "import posix, time\nposix.pread = lambda *_: time.sleep(30)\n"
    nodes.stub = changed(nodes.stub, "hanging.py", hangs)
    begun = time.monotonic()
    assert nodes.run("n1", nodes.token(note, once=f"600:{on_lost}:0.4:")) == 0
    assert time.monotonic() - begun < 20
    (run,) = nodes.runs("n1")
    assert run.state == state
    assert seen.exists() == (state == "succeeded")
    assert "does not answer for 0.4 s" in nodes.states("n1")[0][1]


def test_whoever_waits_is_not_timed_out_meanwhile(nodes, seen, wait):
    first = nodes.begin("n1", nodes.token(note_slowly))
    wait(seen.exists, "the first one runs")
    assert nodes.run("n2", nodes.token(note_slowly, timeout="0.4")) == 0
    assert first.wait(60) == 0
    assert nodes.states("n2") == [("skipped", "once: n1 has run it")]


@pytest.mark.parametrize(
    ("manager", "state"), [("n1", "succeeded"), ("n1.gpfs.test", "succeeded"), ("n2", "skipped")]
)
def test_only_the_manager_runs_as_the_event_tells_it(nodes, seen, manager, state):
    plan = ((("variable", "fsName", ""),), {})
    options = sealing.Written(sealing.write_pairs([("only_on", "clusterManager")]))
    token = nodes.driver.token(note, plan, ru=options, vs=["fsName", "clusterManager", "myNode"])
    assert nodes.run("n1", token, "fsName=mmfs1", f"clusterManager={manager}") == 0
    (run,) = nodes.runs("n1")
    assert (run.state, run.reason) == (
        state,
        "" if state == "succeeded" else "only_on: the clusterManager is n2",
    )


@pytest.mark.parametrize("count", [12, pytest.param(256, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_random_kills_of_holders_leave_no_second_success(nodes, seen, count):
    """Each success is written down before the lock is let go, so whoever comes after it is skipped."""
    chance = random.Random(5)
    token = nodes.token(note_slowly)
    names = [f"n{number}" for number in range(count)]
    processes = [nodes.begin(name, token) for name in names]
    for process in processes:
        time.sleep(chance.random() * 0.1)
        if chance.random() < 0.3:
            process.kill()
    for process in processes:
        process.wait(300)
    states = Counter(state for state, _ in nodes.states(*names))
    assert states["succeeded"] <= 1
    assert nodes.run("last", token) == 0
    states = Counter(state for state, _ in nodes.states(*names, "last"))
    assert states["succeeded"] == 1 or "once: failed on" in nodes.states("last")[0][1]


@pytest.mark.parametrize("offsets", [(0, 3600, -3600), (-3600, 3600, 0), (3600, -3600, 0)])
def test_no_clock_of_a_node_matters(nodes, seen, offsets):
    token = nodes.token(note, once="5:run:30:")
    stub = nodes.stub
    for number, offset in enumerate(offsets):
        nodes.stub = with_clock(stub, offset)
        assert nodes.run(f"n{number}", token) == 0
    assert seen.read_text() == "mmfs1\n"
    started = [nodes.runs(f"n{number}")[0].started.timestamp() for number in range(3)]
    assert [round((one - started[0]) / 3600) for one in started] == [
        (offset - offsets[0]) // 3600 for offset in offsets
    ]


def test_a_folder_that_vanishes_keeps_those_who_wait_and_is_lost_for_those_who_come(nodes, seen, wait):
    token = nodes.token(note_slowly)
    first = nodes.begin("n1", token)
    wait(seen.exists, "the first one runs")
    second = nodes.begin("n2", token)
    wait(lambda: nodes.runs("n2"), "the second one waits")
    time.sleep(0.1)
    nodes.shared.rename(nodes.shared.with_name("gone"))
    assert nodes.run("n3", token) == 0
    assert [process.wait(60) for process in (first, second)] == [0, 0]
    assert [state for state, _ in nodes.states("n1", "n2", "n3")] == ["succeeded", "skipped", "succeeded"]


MANAGERS = """\
file system      manager node
---------------- ------------------
mmfs1            198.18.0.1 (n1)

Cluster manager node: 198.18.0.2 (n2)
"""


@pytest.mark.parametrize(("which", "runs"), [("filesystemManager", "n1"), ("clusterManager", "n2")])
def test_mmlsmgr_is_asked_where_the_event_does_not_tell_the_manager(nodes, seen, tmp_path, which, runs):
    program = tmp_path / "bin" / "mmlsmgr"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{MANAGERS}END\n")
    program.chmod(0o755)
    nodes.stub.write_text(
        nodes.stub.read_text().replace("main(\n", f"main(\n    path={str(program.parent)!r} + ':/bin',\n")
    )
    plan = ((("variable", "fsName", ""),), {})
    options = sealing.Written(sealing.write_pairs([("only_on", which)]))
    token = nodes.driver.token(note, plan, ru=options, vs=["fsName", "myNode"])
    assert [nodes.run(node, token, "fsName=mmfs1") for node in ("n1", "n2")] == [0, 0]
    states = {node: nodes.runs(node)[0].state for node in ("n1", "n2")}
    assert states == {**dict.fromkeys(("n1", "n2"), "skipped"), runs: "succeeded"}


def test_where_nobody_can_tell_the_manager_the_node_runs_and_says_so(nodes, seen):
    plan = ((("variable", "fsName", ""),), {})
    options = sealing.Written(sealing.write_pairs([("only_on", "filesystemManager")]))
    token = nodes.driver.token(note, plan, ru=options, vs=["fsName", "myNode"])
    assert nodes.run("n1", token, "fsName=mmfs1") == 0
    assert nodes.states("n1") == [("succeeded", "")]
    assert (
        "only_on: mmlsmgr does not tell the filesystemManager"
        in (nodes.folder / "nodes" / "n1" / "log").read_text()
    )

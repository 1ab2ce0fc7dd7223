"""Events of a callback that is paused: let go, recorded once, counted; attempts that wait until it is over.

This file has no ``__future__`` import: it would travel with the handlers.
"""

import itertools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.driver import pause, pause_file, pending_reader
from arcapix.fs.gpfs.driver.pause import ALL, Pause
from arcapix.fs.gpfs.driver.pending import PendingEvents
from arcapix.fs.gpfs.driver.records import stamp
from arcapix.fs.gpfs.registration import sealing

record = ""
"""Path of the file that handlers write to; captured by value."""

ids = itertools.count(1)


def note() -> None:
    with open(record, "a") as file:
        file.write("called\n")


def fail_once() -> None:
    with open(record, "a+") as file:
        file.write("called\n")
        file.seek(0)
        if len(file.readlines()) == 1:
            raise ValueError("the first attempt")


@pytest.fixture(autouse=True)
def called(seen):
    """How often the handlers were called."""
    return lambda: len(seen.read_text().splitlines()) if seen.exists() else 0


def put(driver, callback="handler_1", since=0.0, until=None, reason="maintenance"):
    """Pause a callback, as the command does."""
    made = Pause(f"n{next(ids)}", callback, since or time.time(), until, "root", reason)
    pause_file.change(str(driver.folder / "state"), lambda known: [*known, made])
    return made


def resume(driver):
    pause_file.change(str(driver.folder / "state"), lambda known: [])


def paused(driver):
    return driver.folder / "state" / "paused"


@pytest.mark.parametrize("callback", ["handler_1", ALL])
def test_an_event_of_a_paused_callback_is_let_go_with_the_reason(driver, called, callback):
    made = put(driver, callback)
    assert driver.fire(note, "eventName=mount") == 0
    assert called() == 0
    (run,) = driver.runs
    assert (run["state"], run["status"], run["event"]) == ("skipped", 0, "mount")
    assert run["reason"] == f"paused by root since {stamp(time.localtime(made.since))}: maintenance"
    assert f"skipped: {run['reason']}" in driver.log


def test_without_a_reason_none_is_told(driver):
    made = put(driver, reason="")
    driver.fire(note, "eventName=mount")
    assert driver.runs[0]["reason"] == f"paused by root since {stamp(time.localtime(made.since))}"


def test_callbacks_that_nobody_paused_run(driver, called):
    put(driver, "another")
    assert driver.fire(note, "eventName=mount") == 0
    assert called() == 1


def test_after_the_pause_events_run_again(driver, called):
    put(driver)
    driver.fire(note, "eventName=mount")
    resume(driver)
    driver.fire(note, "eventName=mount")
    assert called() == 1
    assert not paused(driver).exists()


def test_an_event_about_another_object_leaves_no_trace_in_a_pause_either(driver):
    put(driver)
    header = {"ow": ["filesystem", "mmfs1"], "vs": ["fsName"]}
    assert driver.fire(note, "eventName=mount", "fsName=mmfs2", **header) == 0
    assert driver.runs == []


@pytest.mark.parametrize(
    ("option", "given"),
    [
        ("timeout", "30"),
        ("retries", "2"),
        ("every", "3600"),
        ("once", "600:run:30:"),
        ("only_on", "clusterManager"),
    ],
)
def test_run_options_make_no_difference(driver, called, option, given):
    put(driver)
    options = sealing.Written(sealing.write_pairs([(option, given)]))
    for _ in range(2):
        assert driver.fire(note, "eventName=mount", ru=options) == 0
    (run,) = driver.runs
    assert (run["state"], str(run["reason"])[:6]) == ("skipped", "paused")
    assert called() == 0
    assert not (driver.folder / "state" / "pending").exists()


def test_a_paused_event_opens_no_window(driver, called):
    put(driver)
    driver.fire(note, "eventName=mount", ru=sealing.Written("every=3600"))
    resume(driver)
    driver.fire(note, "eventName=mount", ru=sealing.Written("every=3600"))
    assert called() == 1


def test_synchronous_callbacks_are_let_go_with_success(driver, called):
    put(driver)
    assert driver.fire(note, "eventName=preMount", sy="1", to="60") == 0
    assert called() == 0


def test_a_storm_is_recorded_once_and_counted(driver, called):
    put(driver)
    token = driver.token(note)
    processes = [driver.begin(token, "eventName=mount") for _ in range(30)]
    assert [process.wait(60) for process in processes] == [0] * 30
    assert called() == 0
    assert len(driver.runs) == 1
    assert list(pause_file.counts(str(driver.folder / "state")).values()) == [30]
    resume(driver)
    (run,) = driver.runs
    assert run["state"] == "skipped"
    assert "; 29 more until " in run["reason"]
    assert driver.history.runs()[0].seconds < 60
    assert list((driver.folder / "state" / "skipped").iterdir()) == []


def test_each_callback_is_recorded_by_itself(driver):
    put(driver, ALL)
    for name in ("x", "y", "x"):
        driver.fire(note, "eventName=mount", id=name)
    assert sorted(run["callback"] for run in driver.runs) == ["x", "y"]
    resume(driver)
    assert {run["callback"]: "1 more" in run["reason"] for run in driver.runs} == {"x": True, "y": False}


def test_what_was_counted_is_told_though_the_journal_has_forgotten_the_first(driver):
    put(driver)
    for _ in range(3):
        driver.fire(note, "eventName=mount")
    (driver.folder / "state" / "journal").unlink()
    resume(driver)
    (run,) = driver.runs
    assert "; 2 more until " in run["reason"]


def test_counting_takes_no_room(driver):
    put(driver)
    for _ in range(2):
        driver.fire(note, "eventName=mount")
    (file,) = (driver.folder / "state" / "skipped").iterdir()
    with file.open("rb+") as opened:
        opened.truncate(file.stat().st_size + 10**9)
    driver.fire(note, "eventName=mount")
    assert file.stat().st_blocks <= 16
    resume(driver)
    assert f"; {10**9 + 2} more until " in str(driver.runs[0]["reason"])


def test_a_pause_that_has_ended_by_itself_holds_nobody_and_goes(driver, called):
    put(driver, until=time.time() - 1)
    put(driver, "another")
    assert driver.fire(note, "eventName=mount") == 0
    assert called() == 1
    assert [each.callback for each in pause.read(str(driver.folder / "state"))] == ["another"]


def test_the_first_event_after_its_end_tells_how_many_were_let_go(driver, called):
    made = put(driver)
    for _ in range(3):
        driver.fire(note, "eventName=mount")
    made.until = time.time()
    pause_file.change(str(driver.folder / "state"), lambda known: [made])
    driver.fire(note, "eventName=mount")
    assert not paused(driver).exists()
    first, last = driver.runs
    assert last["state"] == "succeeded"
    assert "; 2 more until " in first["reason"]


@pytest.fixture
def ended(driver, monkeypatch):
    """A pause that has let three events go, and then ended by itself; the driver is that of commands."""
    made = put(driver)
    for _ in range(3):
        driver.fire(note, "eventName=mount")
    made.until = time.time()
    pause_file.change(str(driver.folder / "state"), lambda known: [made])
    monkeypatch.setenv(DRIVER, str(driver.stub))
    return made


@pytest.mark.parametrize(
    "command", [["paused"], ["history"], ["paused", "--json"], ["history", "--last", "1"]]
)
def test_who_looks_after_its_end_is_told_how_many_were_let_go(driver, ended, command):
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0
    assert not paused(driver).exists()
    (run,) = driver.runs
    assert "; 2 more until " in run["reason"]
    assert ("; 2 more until " in done.stdout) == (command[0] == "history")


def test_who_may_not_write_does_not_see_it_and_leaves_it(driver, ended, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pause_file, "change", refuse)
    done = CliRunner().invoke(main, ["paused"])
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "nothing is paused\n")
    assert CliRunner().invoke(main, ["history"]).exit_code == 0
    assert paused(driver).exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-5],
        lambda text: text.replace(b"another", b"*"),
        lambda text: text.replace(b"another", b"handler_1"),
        lambda text: b"\0" * len(text),
        lambda text: text.replace(b"\t", b""),
        lambda text: b"",
    ],
    ids=["torn", "all", "one", "zeros", "joined", "empty"],
)
def test_a_damaged_line_lets_nothing_go(driver, called, damage):
    put(driver, "another")
    paused(driver).write_bytes(damage(paused(driver).read_bytes()))
    assert driver.fire(note, "eventName=mount") == 0
    assert called() == 1


def test_a_torn_line_does_not_hide_another(driver, called):
    put(driver)
    paused(driver).write_bytes(b"\nn9\tx\t17" + paused(driver).read_bytes())
    driver.fire(note, "eventName=mount")
    assert called() == 0


def test_a_file_that_cannot_be_read_stops_nothing_and_is_complained_about(driver, called):
    paused(driver).mkdir()
    done = driver.start(driver.token(note), "eventName=mount")
    assert done.returncode == 0
    assert "the pauses cannot be read, so the function runs: " in done.stderr
    assert called() == 1


def test_where_nothing_can_be_counted_each_event_is_recorded(driver, called):
    put(driver)
    (driver.folder / "state" / "skipped").write_text("")
    for _ in range(2):
        assert driver.fire(note, "eventName=mount") == 0
    assert [run["state"] for run in driver.runs] == ["skipped"] * 2
    assert called() == 0


def test_names_of_any_legal_length_are_counted(driver):
    put(driver, ALL)
    for _ in range(2):
        driver.fire(note, "eventName=mount", id="x" * 255)
    assert len(driver.runs) == 1


def test_an_attempt_that_waits_waits_for_the_end_of_the_pause_and_is_not_used_up(driver, called, wait):
    assert driver.fire(fail_once, "eventName=mount", ru=sealing.Written("retries=1")) == 0
    wait(lambda: called() == 1, "the first attempt is made")
    put(driver)
    wait(lambda: [run["state"] for run in driver.runs] == ["retrying"], "the first attempt has failed")
    (event,) = pending_reader.read(PendingEvents(str(driver.folder / "state")))
    wait(lambda: time.time() > event.due + 2, "the second has been due for more than a look of the deliverer")
    assert called() == 1
    resume(driver)
    wait(lambda: [run["state"] for run in driver.runs] == ["retrying", "succeeded"], "the second succeeds")


def test_changes_at_the_same_time_lose_nothing(driver):
    threads = [threading.Thread(target=subprocess.run, args=(program(driver, n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = pause.read(str(driver.folder / "state"))
    assert sorted(each.callback for each in found) == sorted(f"x{n}" for n in range(8))


def stay() -> None:
    import os
    import time

    with open(record, "a") as file:
        file.write("called\n")
    while not os.path.exists(f"{record}.go"):
        time.sleep(0.005)


@pytest.fixture
def crowd(driver, called, wait):
    """Return a function that starts as many runs as one may go on beside others that wait for it."""
    settings = {"key": str(driver.folder / "gpfs.key"), "max_running": 2}
    installation.install(driver.folder, settings)

    def crowd(number, **header):
        token = driver.token(stay, **header)
        processes = []
        for count in range(1, number + 1):
            processes.append(driver.begin(token, "eventName=mount"))
            wait(lambda: len(driver.runs) == count, "it has begun")  # noqa: B023
        wait(called, "one is called")
        return processes

    return crowd


@pytest.mark.parametrize(
    ("options", "may_run"), [("", 2), ("max_running=1", 1)], ids=["no options", "max_running"]
)
def test_runs_that_wait_for_a_place_when_the_pause_begins_are_let_go(
    driver, crowd, called, seen, wait, options, may_run
):
    header = {"ru": sealing.Written(options)} if options else {}
    processes = crowd(may_run + 2, **header)
    wait(lambda: called() == may_run, "as many are called as may run")
    made = put(driver)
    seen.with_name("seen.go").touch()
    assert [process.wait(60) for process in processes] == [0] * len(processes)
    assert called() == may_run
    runs = driver.runs
    assert [run["state"] for run in runs] == ["succeeded"] * may_run + ["skipped"] * 2
    reason = f"paused by root since {stamp(time.localtime(made.since))}: maintenance"
    assert [(run["reason"], run["status"]) for run in runs[may_run:]] == [(reason, 0)] * 2
    assert driver.log.count(f"skipped: {reason}") == 2
    assert list((driver.folder / "state" / "output").iterdir()) == []
    driver.start(driver.token(stay, **header), "eventName=mount")
    assert pause_file.counts(str(driver.folder / "state")) == {(made.id, "handler_1"): 3}
    resume(driver)
    told = [run["reason"] for run in driver.runs if run["state"] == "skipped"]
    assert len(told) == 2 and any("; 1 more until " in reason for reason in told)
    assert driver.fire(note, "eventName=mount", **header) == 0
    assert called() == may_run + 1, "places are free again"


def test_an_accepted_event_that_waits_for_a_place_when_the_pause_begins_is_attempted_after_it(
    driver, called, seen, wait
):
    header = {"ru": sealing.Written("retries=1.max_running=1")}
    for _ in range(2):
        assert driver.fire(stay, "eventName=mount", **header) == 0
    wait(called, "one is called")
    put(driver)
    seen.with_name("seen.go").touch()
    wait(lambda: [run["state"] for run in driver.runs] == ["succeeded"], "the first is done")
    wait(lambda: not in_queue(driver), "the other waits for no place any more")
    assert called() == 1
    resume(driver)
    assert driver.start("recover", "--wait").returncode == 0
    assert [run["state"] for run in driver.runs] == ["succeeded"] * 2
    assert pending_reader.read(PendingEvents(str(driver.folder / "state"))) == []


def in_queue(driver):
    """Tell whether some process holds a lock on the places of the callback, or waits for one."""
    inode = (driver.folder / "state" / "places" / f"handler_1@{os.uname().nodename}").stat().st_ino
    return f":{inode} " in Path("/proc/locks").read_text()


def program(driver, number):
    text = (
        "import sys; from arcapix.fs.gpfs.driver import pause_file, pause; state, name = sys.argv[1:];"
        "pause_file.change(state, lambda known: [*known, pause.Pause(name, name, 1.0, None, 'root', '')])"
    )
    return [sys.executable, "-c", text, str(driver.folder / "state"), f"x{number}"]


def test_the_file_is_closed_to_others(driver):
    put(driver)
    assert paused(driver).stat().st_mode & 0o777 == 0o600

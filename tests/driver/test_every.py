"""``Run(every=)``: one run for each window and object on a node; the next run is told what was dropped."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Event
from arcapix.fs.gpfs.driver import every
from arcapix.fs.gpfs.registration import sealing

from ..storms import storm

record = ""
"""Path of the file that handlers write to; captured by value."""


def note(event: Event) -> None:
    with open(record, "a") as file:
        file.write(f"{event.variables['fsName']} {event.suppressed}\n")


def note_and_fail(event: Event) -> None:
    note(event)
    raise RuntimeError("as it should")


def token(driver, handler, options: str) -> str:
    names = ["fsName", "filesetName"]
    return driver.token(handler, ((("event",),), {}), ru=sealing.Written(options), vs=names)


@pytest.fixture
def fire(driver):
    """Return a function that fires an event about a file system."""

    def fire(handler=note, options: str = "every=3600", *, about: str = "mmfs1", event: str = "mount") -> int:
        words = (f"eventName={event}", f"fsName={about}", "filesetName=UNDEFINED")
        done = driver.start(token(driver, handler, options), *words)
        assert done.stderr == ""
        return done.returncode

    return fire


def states(driver) -> list[str]:
    return [run["state"] for run in driver.runs]


def windows(driver) -> list[Path]:
    return list((driver.folder / "state" / "windows").iterdir())


def move_window(driver, *, opened: float = 0.0, since_boot: float = 0.0) -> None:
    """Have the only window opened earlier, by either clock."""
    (path,) = windows(driver)
    fields = path.read_text().split()
    fields[0], fields[1] = str(float(fields[0]) - opened), str(float(fields[1]) - since_boot)
    path.write_text(" ".join(fields).ljust(127) + "\n")


def test_a_second_event_in_the_window_is_dropped_and_history_says_why(driver, fire, seen):
    assert [fire(), fire()] == [0, 0]
    assert seen.read_text() == "mmfs1 0\n"
    first, second = driver.runs
    assert (first["state"], second["state"], second["status"]) == ("succeeded", "skipped", 0)
    assert re.fullmatch(
        rf"every 3600 s: {first['run']} opened the window at \S+; dropped in it so far: 1", second["reason"]
    )
    assert f"run {second['run']} of handler_1 skipped: every 3600 s" in driver.log


def test_the_next_run_is_told_how_many_were_dropped(driver, fire, seen):
    for _ in range(4):
        fire()
    move_window(driver, opened=3600, since_boot=3600)
    fire()
    move_window(driver, opened=3600, since_boot=3600)
    fire()
    assert seen.read_text() == "mmfs1 0\nmmfs1 3\nmmfs1 0\n"


def test_a_storm_leaves_a_record_each_time_that_the_number_of_the_dropped_has_doubled(driver, fire, seen):
    for _ in range(10):
        fire()
    reasons = [run["reason"] for run in driver.runs if run["state"] == "skipped"]
    assert [reason.rpartition(" ")[2] for reason in reasons] == ["1", "2", "4", "8"]


def test_each_object_and_each_event_has_a_window_of_its_own(driver, fire, seen):
    for about, event in (
        ("mmfs1", "mount"),
        ("mmfs2", "mount"),
        ("mmfs1", "unmount"),
        ("/dev/mmfs2", "mount"),
    ):
        fire(about=about, event=event)
    assert states(driver) == ["succeeded", "succeeded", "succeeded", "skipped"]
    assert seen.read_text() == "mmfs1 0\nmmfs2 0\nmmfs1 0\n"


def test_a_run_that_fails_has_opened_the_window_too(driver, fire, seen):
    assert [fire(note_and_fail), fire(note_and_fail)] == [1, 0]
    assert states(driver) == ["failed", "skipped"]


@pytest.mark.parametrize(
    ("opened", "since_boot", "state"),
    [
        (1800, 1800, "skipped"),
        (3601, 3601, "succeeded"),
        (-86_400, 1800, "skipped"),
        (-86_400, 3601, "succeeded"),
        (3601, 0, "succeeded"),
        (0, -60, "succeeded"),
    ],
    ids=[
        "inside", "over", "clock set back, inside", "clock set back, over", "clock set forward", "node started anew",
    ],
)  # fmt: skip
def test_no_window_is_open_longer_than_it_should_be(driver, fire, seen, opened, since_boot, state):
    fire()
    move_window(driver, opened=opened, since_boot=since_boot)
    fire()
    assert states(driver) == ["succeeded", state]


def test_every_attempt_is_told_what_was_dropped_before_its_event(driver, fire, seen):
    options = "retries=1.every=3600"
    fire(note, options)
    fire(note, options)
    move_window(driver, opened=3600, since_boot=3600)
    assert driver.start("recover", "--wait").returncode == 0
    fire(note_and_fail, options)
    assert driver.start("recover", "--wait").returncode == 0
    assert seen.read_text() == "mmfs1 0\nmmfs1 1\nmmfs1 1\n"


@pytest.mark.parametrize("content", [b"", b"\0" * 128, b"nonsense", b"1 2 3 4 5 6", b"x" * 5000])
def test_a_damaged_window_is_none(driver, fire, seen, content):
    fire()
    windows(driver)[0].write_bytes(content)
    fire()
    fire()
    assert states(driver) == ["succeeded", "succeeded", "skipped"]


def test_where_no_window_can_be_kept_the_function_runs(driver, seen):
    (driver.folder / "state" / "windows").write_text("no folder")
    words = ("eventName=mount", "fsName=mmfs1")
    done = driver.start(token(driver, note, "every=3600"), *words)
    assert done.returncode == 0
    assert "this event may be one too many, since every=3600 s fails" in done.stderr
    assert states(driver) == ["succeeded"]


@pytest.mark.parametrize(
    ("events", "in_flight"),
    [(200, 200), pytest.param(2_000, 64, marks=[pytest.mark.slow, pytest.mark.timeout(600)])],
)
def test_of_a_storm_one_event_runs_and_all_others_are_counted(driver, seen, events, in_flight):
    words = ("eventName=mount", "fsName=mmfs1")
    failed, _ = storm(events, in_flight, driver.stub, token(driver, note, "every=3600"), *words)
    assert failed == 0
    assert seen.read_text() == "mmfs1 0\n"
    assert Counter(states(driver))["succeeded"] == 1
    (window,) = windows(driver)
    assert int(window.read_text().split()[4]) == events - 1


def test_drivers_killed_in_a_window_do_not_hold_it_up(driver, seen):
    words = ("eventName=mount", "fsName=mmfs1")
    made = token(driver, note, "every=3600")
    for number in range(40):
        process = driver.begin(made, *words)
        time.sleep(number * 0.0005)
        process.kill()
        process.wait()
    started = time.monotonic()
    assert driver.start(made, *words).returncode == 0
    assert time.monotonic() - started < 10
    assert len(windows(driver)) == 1
    assert not seen.exists() or seen.read_text() == "mmfs1 0\n"


def test_windows_that_were_over_long_ago_are_removed(driver, fire, seen, monkeypatch):
    fire()
    fire(about="mmfs2")
    folder = driver.folder / "state" / "windows"
    old, young = windows(driver)
    fields = old.read_text().split()
    fields[0] = str(float(fields[0]) - 40 * 86_400)
    old.write_text(" ".join(fields))
    every._clean(str(folder))
    assert windows(driver) == [young]
    shutil.copy(young, folder / "another")
    monkeypatch.setattr(every, "_KEPT_FILES", 1)
    every._clean(str(folder))
    assert len(windows(driver)) == 1

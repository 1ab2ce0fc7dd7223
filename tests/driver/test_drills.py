"""A drill: the driver decides and runs as for an event, under a mark, and nothing of it counts for real events."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Event
from arcapix.fs.gpfs.driver import pause_file
from arcapix.fs.gpfs.driver.pause import Pause
from arcapix.fs.gpfs.registration import sealing

from .nodes import Nodes

record = ""
"""Path of the file that handlers write to; captured by value."""

EVENT = ((("event",),), {})


def note(event: Event) -> None:
    with open(record, "a") as file:
        file.write(
            f"{event.attempt} {event.drill} {event.suppressed} {os.environ.get('ARCAPIX_GPFS_DRILL')}\n"
        )


def note_and_fail_at_first(event: Event) -> None:
    note(event)
    if event.attempt == 1:
        raise RuntimeError("as it should")


def note_file_system(fsName: str) -> None:
    with open(record, "a") as file:
        file.write(f"{fsName}\n")


def hold(event: Event) -> None:
    note(event)
    while not os.path.exists(record + ".go"):
        time.sleep(0.01)


@pytest.fixture
def fire(driver, seen):
    """Return a function that has the driver told of a mount, and returns what the handler has written so far."""

    def fire(*, drill: str = "", options: str = "", handler=note, **header: object) -> list[str]:
        given = {"ru": sealing.Written(options)} if options else {}
        token = driver.token(handler, EVENT, **given, **header)
        words = ["drill", drill, token] if drill else [token]
        done = driver.start(*words, "eventName=mount", "fsName=mmfs1")
        assert (done.returncode, done.stderr) == (0, "")
        return seen.read_text().splitlines() if seen.exists() else []

    return fire


def states(driver) -> list[tuple[object, object, object]]:
    return [(run["state"], run["drill"], run["reason"]) for run in driver.runs]


@pytest.mark.parametrize("options", ["", "umask=022"])
def test_the_function_the_journal_and_the_log_know_that_it_is_a_drill(fire, driver, options) -> None:
    assert fire(drill="d1", options=options) == ["1 True 0 d1"]
    assert states(driver) == [("succeeded", True, None)]
    (first, _) = driver.log.splitlines()
    assert first.partition("; ")[0].endswith(", drill")
    assert fire(options=options)[1:] == ["1 False 0 None"]
    assert [run["drill"] for run in driver.runs] == [True, False]


def test_each_attempt_at_a_drill_is_one(fire, driver, seen, wait) -> None:
    fire(drill="d1", options="retries=1", handler=note_and_fail_at_first)
    wait(lambda: [run["state"] for run in driver.runs] == ["retrying", "succeeded"], "it has succeeded")
    assert [run["drill"] for run in driver.runs] == [True, True]
    assert seen.read_text().splitlines() == ["1 True 0 d1", "2 True 0 d1"]


def test_a_drill_about_another_object_leaves_no_trace(fire, driver) -> None:
    assert fire(drill="d1", ow=["filesystem", "mmfs2"], vs=["fsName"]) == []
    assert states(driver) == []


def test_a_drill_of_a_paused_callback_is_let_go_and_the_pause_does_not_count_it(fire, driver) -> None:
    made = Pause("n1", "handler_1", time.time(), None, "root", "maintenance")
    pause_file.change(str(driver.folder / "state"), lambda known: [made])
    assert fire(drill="d1") == []
    ((state, is_drill, reason),) = states(driver)
    assert (state, is_drill) == ("skipped", True)
    assert str(reason).startswith("paused by root since ")
    assert not (driver.folder / "state" / "skipped").exists()
    assert "skipped: paused by root" in driver.log and driver.log.endswith(", drill\n")


def test_a_drill_neither_opens_the_window_of_every_nor_is_dropped_in_it(fire) -> None:
    options = "every=3600"
    assert fire(drill="d1", options=options) == ["1 True 0 d1"]
    assert fire(options=options)[1:] == ["1 False 0 None"]
    assert fire(options=options)[2:] == []
    assert fire(drill="d2", options=options)[2:] == ["1 True 0 d2"]


def test_of_a_callback_that_runs_once_each_drill_runs_once_and_real_events_do_not_know(
    driver, seen, tmp_path: Path
) -> None:
    nodes = Nodes(tmp_path, driver)
    token = nodes.token(note_file_system)
    for drill in ("d1", "d2", ""):
        assert [nodes.run(node, token, drill=drill) for node in ("n1", "n2")] == [0, 0]
    assert seen.read_text() == "mmfs1\n" * 3
    assert nodes.states("n1") == [("succeeded", "")] * 3
    assert nodes.states("n2") == [("skipped", "once: n1 has run it")] * 3


def test_a_drill_does_not_tell_of_events_that_were_skipped_and_is_not_counted_as_one(
    fire, driver, seen, wait
) -> None:
    options = "max_running=1.overflow=skip"
    token = driver.token(hold, EVENT, ru=sealing.Written(options))
    with driver.begin(token, "eventName=mount") as first:
        wait(seen.exists, "it runs")
        for words in ([], ["drill", "d1"]):
            assert driver.start(*words, token, "eventName=mount").returncode == 0
        seen.with_suffix(".go").touch()
        assert first.wait(60) == 0
    assert [(state, drill) for state, drill, _ in states(driver)] == [
        ("succeeded", False), ("skipped", False), ("skipped", True),
    ]  # fmt: skip
    seen.unlink()
    assert fire(drill="d2", options=options) == ["1 True 0 d2"]
    assert fire(options=options)[1:] == ["1 False 1 None"]


def test_a_token_that_cannot_be_checked_is_refused_in_a_drill_and_told_as_unverified(driver) -> None:
    done = driver.start("drill", "d1", driver.token(note, EVENT)[:-1] + "!", "eventName=mount")
    assert done.returncode == 3
    (run,) = driver.runs
    assert (run["state"], run["drill"], run["unverified"]) == ("refused", True, True)


def test_a_drill_without_a_token_says_that_it_is_for_others_to_start(driver) -> None:
    assert driver.start("drill").returncode == 2
    assert "called without a token" in driver.log

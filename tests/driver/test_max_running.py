"""``Run(max_running=)``: how many runs of a callback a node has at the same time, and what becomes of the others."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Event, RetryLater
from arcapix.fs.gpfs.driver import places
from arcapix.fs.gpfs.registration import sealing

from ..storms import storm

record = ""
"""Path of the file that handlers write to; captured by value."""


def note(event: Event) -> None:
    with open(record, "a") as file:
        file.write(f"{event.variables['fsName']} {event.suppressed}\n")


def stay(event: Event) -> None:
    note(event)
    while not os.path.exists(f"{record}.go") and not os.path.exists(f"{record}.{event.variables['fsName']}"):
        time.sleep(0.005)


def stay_and_fail(event: Event) -> None:
    stay(event)
    raise RuntimeError("as it should")


def fail_until_told(event: Event) -> None:
    note(event)
    if not os.path.exists(f"{record}.go"):
        raise RetryLater(0.01, "not yet")


def count_those_at_work(event: Event) -> None:
    mine = f"{record}.d/{event.id}"
    open(mine, "x").close()
    number = len(os.listdir(f"{record}.d"))
    time.sleep(0.02)
    with open(record, "a") as file:
        file.write(f"{number}\n")
    os.unlink(mine)


@pytest.fixture
def token(driver):
    """Return a function that makes a token."""

    def token(handler, options: str) -> str:
        return driver.token(handler, ((("event",),), {}), ru=sealing.Written(options), vs=["fsName"])

    return token


@pytest.fixture
def begin(driver, token):
    """Return a function that fires an event, and waits for nothing."""

    def begin(about: str, options: str, handler=stay) -> subprocess.Popen[str]:
        return driver.begin(token(handler, options), "eventName=mount", f"fsName={about}")

    return begin


@pytest.fixture
def fire(begin):
    """Return a function that fires an event, and waits for the driver's end."""
    return lambda *words: begin(*words).wait(60)


@pytest.fixture
def go(seen) -> Callable[[str], None]:
    """Let functions end that stay: all, or those of one event."""
    return lambda about="go": Path(f"{seen}.{about}").touch()


def states(driver) -> list[str]:
    return [run["state"] for run in driver.runs]


def lines(seen) -> list[str]:
    return seen.read_text().splitlines() if seen.exists() else []


def is_queued(process: subprocess.Popen[str]) -> bool:
    """Tell whether a process has a place in a queue."""
    for line in Path("/proc/locks").read_text().splitlines():
        _, kind, *_, pid, _, first, _ = line.replace("-> ", "").split()
        if kind == "POSIX" and int(pid) == process.pid and int(first) >= places._QUEUE:
            return True
    return False


def test_no_more_run_than_are_asked_for_and_the_rest_wait_for_an_end(driver, begin, seen, go, wait):
    first = [begin(name, "max_running=2") for name in ("a", "b")]
    wait(lambda: len(lines(seen)) == 2, "two run")
    third = begin("c", "max_running=2")
    wait(lambda: states(driver) == ["running"] * 3, "the third is recorded")
    time.sleep(0.3)  # in which it could run, if that were allowed
    assert len(lines(seen)) == 2
    go("a")
    wait(lambda: "c 0" in lines(seen), "the third runs")
    assert states(driver).count("running") == 2
    go()
    assert [process.wait(60) for process in (*first, third)] == [0, 0, 0]
    assert states(driver) == ["succeeded"] * 3
    assert len(re.findall(r"waited \d+\.\d{3} s for other runs of this callback to end", driver.log)) == 1


def test_those_that_wait_run_in_the_order_in_which_they_came(driver, begin, seen, go, wait):
    processes = [begin("0", "max_running=1")]
    wait(lambda: len(lines(seen)) == 1, "one runs")
    for number in range(1, 8):
        processes.append(begin(str(number), "max_running=1"))
        wait(lambda: is_queued(processes[-1]), "it waits")
    go()
    for process in processes:
        assert process.wait(60) == 0
    assert [line.split()[0] for line in lines(seen)] == [str(number) for number in range(8)]


def test_a_crowd_runs_one_by_one_and_nothing_is_lost(driver, token, seen):
    Path(f"{seen}.d").mkdir()
    words = ("eventName=mount", "fsName=mmfs1")
    failed, _ = storm(60, 60, driver.stub, token(count_those_at_work, "max_running=3"), *words)
    assert failed == 0
    assert Counter(states(driver)) == {"succeeded": 60}
    assert len(lines(seen)) == 60
    assert max(map(int, lines(seen))) == 3


@pytest.mark.parametrize("killed", [signal.SIGKILL, signal.SIGTERM])
def test_whoever_is_killed_gives_up_its_place_and_its_turn(driver, begin, seen, go, wait, killed):
    processes = [begin("a", "max_running=1")]
    wait(lambda: lines(seen), "one runs")
    for about in "bcd":
        processes.append(begin(about, "max_running=1"))
        wait(lambda: is_queued(processes[-1]), "it waits")
    for place in (1, 2):  # the first and the second of those that wait
        processes[place].send_signal(killed)
        processes[place].wait(60)
    assert lines(seen) == ["a 0"]
    processes[0].kill()
    processes[0].wait(60)
    wait(lambda: lines(seen) == ["a 0", "d 0"], "the last one runs")
    go()
    assert processes[3].wait(60) == 0
    assert states(driver) == ["interrupted"] * 3 + ["succeeded"]


def test_each_callback_has_places_of_its_own(driver, seen, go, wait):
    tokens = [
        driver.token(stay, ((("event",),), {}), id=name, ru=sealing.Written("max_running=1"), vs=["fsName"])
        for name in ("one", "other")
    ]
    processes = [driver.begin(token, "eventName=mount", "fsName=x") for token in tokens]
    wait(lambda: len(lines(seen)) == 2, "both run")
    go()
    assert [process.wait(60) for process in processes] == [0, 0]


# overflow="skip"


def test_what_overflows_is_skipped_counted_and_told_to_the_next_run(driver, begin, fire, seen, go, wait):
    options = "max_running=1.overflow=skip"
    first = begin("a", options)
    wait(lambda: lines(seen), "one runs")
    assert [fire("b", options) for _ in range(5)] == [0] * 5
    go()
    assert first.wait(60) == 0
    assert [fire("c", options), fire("d", options)] == [0, 0]
    assert lines(seen) == ["a 0", "c 5", "d 0"]
    reasons = [run["reason"] for run in driver.runs if run["state"] == "skipped"]
    text = "max_running 1: as many run on this node; skipped since the last run began: {}"
    assert reasons == [text.format(number) for number in (1, 2, 4)]
    assert {run["status"] for run in driver.runs} == {0}


def test_an_event_that_a_synchronous_callback_skips_is_none_that_failed(driver, seen, begin, go, wait):
    options = {"ru": sealing.Written("max_running=1.overflow=skip"), "sy": "1", "to": "30"}
    token = driver.token(stay, ((("event",),), {}), vs=["fsName"], **options)
    first = driver.begin(token, "eventName=mount", "fsName=a")
    wait(lambda: lines(seen), "one runs")
    assert driver.start(token, "eventName=mount", "fsName=b").returncode == 0
    go()
    assert first.wait(60) == 0
    assert states(driver) == ["succeeded", "skipped"]


# with retries


def test_an_accepted_event_waits_for_its_place_in_a_process_of_its_own(driver, begin, fire, seen, go, wait):
    options = "retries=1.max_running=1"
    assert [fire("a", options), fire("b", options), fire("c", options)] == [0, 0, 0]
    wait(lambda: lines(seen), "one runs")
    time.sleep(0.2)
    assert len(lines(seen)) == 1
    go()
    wait(lambda: states(driver) == ["succeeded"] * 3, "all have run")
    assert driver.start("recover", "--wait").returncode == 0
    assert sorted(lines(seen)) == ["a 0", "b 0", "c 0"]


def test_an_accepted_event_that_is_skipped_is_finished(driver, fire, seen, go, wait):
    options = "retries=3.max_running=1.overflow=skip"
    fire("a", options)
    wait(lambda: lines(seen), "one runs")
    fire("b", options)
    wait(lambda: states(driver) == ["running", "skipped"], "the other is skipped")
    go()
    assert driver.start("recover", "--wait").returncode == 0
    assert states(driver) == ["succeeded", "skipped"]
    fire("c", options)
    wait(lambda: states(driver)[2:] == ["succeeded"], "a third has run")
    assert lines(seen) == ["a 0", "c 1"]


def test_every_attempt_is_told_what_was_skipped_before_its_event(driver, begin, fire, seen, go, wait):
    options = "max_running=1.overflow=skip"
    first = begin("a", options)
    wait(lambda: lines(seen), "one runs")
    fire("b", options)
    go()
    first.wait(60)
    fire("c", f"retries=1.{options}", stay_and_fail)
    assert driver.start("recover", "--wait").returncode == 0
    assert lines(seen) == ["a 0", "c 1", "c 1"]


def test_a_further_attempt_waits_even_where_events_are_skipped(driver, begin, fire, seen, go, wait):
    options = "retries=1.max_running=1.overflow=skip"
    go("a")
    fire("a", options, stay_and_fail)
    wait(lambda: states(driver) == ["retrying"], "it has failed once")
    other = begin("b", "max_running=1")
    wait(lambda: "b 0" in lines(seen), "another one has the place")
    time.sleep(2.5)  # by then the further attempt is due
    assert lines(seen) == ["a 0", "b 0"]
    go()
    assert other.wait(60) == 0
    assert driver.start("recover", "--wait").returncode == 0
    assert lines(seen) == ["a 0", "b 0", "a 0"]
    assert states(driver) == ["retrying", "succeeded", "failed"]


def test_further_attempts_that_wait_for_a_place_leave_those_of_other_callbacks_theirs(driver, seen, go, wait):
    def token(number: int, handler, options: str) -> str:
        header = {"id": f"one{number}", "ru": sealing.Written(options), "vs": ["fsName"]}
        return driver.token(handler, ((("event",),), {}), **header)

    failing = [token(number, fail_until_told, "retries=1000.max_running=1") for number in range(5)]
    for number in range(4):
        for _ in range(4):
            driver.start(failing[number], "eventName=mount", f"fsName={number}")
    holders = [
        driver.begin(token(number, stay, "max_running=1"), "eventName=mount", f"fsName=holder{number}")
        for number in range(4)
    ]
    wait(lambda: sum(line.startswith("holder") for line in lines(seen)) == 4, "all places are taken")
    time.sleep(1.5)  # by then sixteen further attempts have asked for a place
    driver.start(failing[4], "eventName=mount", "fsName=another")
    wait(lambda: lines(seen).count("another 0") > 1, "another callback's function is tried again")
    go()
    assert [holder.wait(60) for holder in holders] == [0] * 4
    assert driver.start("recover", "--wait").returncode == 0
    assert Counter(states(driver))["succeeded"] == 4 + 17


# what can go wrong


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\0" * 64, b"1 2 3", b"x" * 5000])
def test_a_damaged_file_of_places_stops_nobody(driver, begin, fire, seen, go, wait, content):
    options = "max_running=1"
    first = begin("a", options)
    wait(lambda: lines(seen), "one runs")
    (driver.folder / "state" / "places" / f"handler_1@{os.uname().nodename}").write_bytes(content)
    second = begin("b", options)
    wait(lambda: is_queued(second), "it waits")
    go()
    assert [first.wait(60), second.wait(60), fire("c", options)] == [0, 0, 0]
    assert lines(seen) == ["a 0", "b 0", "c 0"]


@pytest.mark.parametrize("options", ["max_running=1", "max_running=1.overflow=skip"])
def test_where_no_places_can_be_kept_the_function_runs(driver, token, seen, options):
    (driver.folder / "state" / "places").write_text("no folder")
    done = driver.start(token(note, options), "eventName=mount", "fsName=a")
    assert done.returncode == 0
    assert "this run may be one too many, since max_running=1 fails" in done.stderr
    assert lines(seen) == ["a 0"]


def test_files_of_places_that_nobody_has_used_for_long_are_removed(driver, begin, seen, go, wait):
    folder = driver.folder / "state" / "places"
    process = begin("a", "max_running=1")
    wait(lambda: lines(seen), "it runs")
    node = os.uname().nodename
    for name in (f"old@{node}", f"young@{node}", "old@elsewhere"):
        (folder / name).write_text("0 0")
    for name in (f"old@{node}", f"handler_1@{node}", "old@elsewhere"):
        os.utime(folder / name, (0, 0))
    places.Places(str(driver.folder / "state"), "another", node).close()
    kept = {f"young@{node}", f"handler_1@{node}", f"another@{node}", "old@elsewhere"}
    assert {path.name for path in folder.iterdir()} == kept
    go()
    assert process.wait(60) == 0

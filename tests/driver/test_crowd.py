"""The bound on runs without options: so many of a callback at the same time, as many wait, the others are skipped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Event
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.driver import main
from arcapix.fs.gpfs.driver.crowd import Crowd
from arcapix.fs.gpfs.driver.decision import Firing
from arcapix.fs.gpfs.driver.records import Records

from ..storms import storm
from .conftest import Driver

record = ""
"""Path of the file that handlers write to; captured by value."""

MOST = 2


def stay(event: Event) -> None:
    with open(record, "a") as file:
        file.write(f"{event.variables['fsName']} {event.suppressed}\n")
    while not os.path.exists(f"{record}.go") and not os.path.exists(f"{record}.{event.variables['fsName']}"):
        time.sleep(0.005)


def count_those_at_work(event: Event) -> None:
    mine = f"{record}.d/{event.id}"
    open(mine, "x").close()
    number = len(os.listdir(f"{record}.d"))
    time.sleep(0.05)
    with open(record, "a") as file:
        file.write(f"{number}\n")
    os.unlink(mine)


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    """A driver with a bound that is easily reached."""
    folder = tmp_path / "driver"
    settings = {"key": str(folder / "gpfs.key"), "max_running": MOST}
    return Driver(folder, installation.install(folder, settings))


@pytest.fixture
def begin(driver):
    """Return a function that fires an event, and waits for nothing."""

    def begin(about: str, handler=stay, **header: str) -> subprocess.Popen[str]:
        token = driver.token(handler, ((("event",),), {}), vs=["fsName"], **header)
        return driver.begin(token, "eventName=mount", f"fsName={about}")

    return begin


@pytest.fixture
def go(seen):
    """Let functions end that stay: all, or those of one event."""
    return lambda about="go": Path(f"{seen}.{about}").touch()


@pytest.fixture
def crowd(driver, begin, seen, wait):
    """Return a function that starts as many as may run and wait, and returns them."""

    def crowd(**header: str) -> list[subprocess.Popen[str]]:
        processes = []
        for number in range(2 * MOST):
            processes.append(begin(str(number), **header))
            wait(lambda: len(lines(seen)) + len(waiting(driver)) == len(processes), "it runs or waits")
        return processes

    return crowd


def states(driver) -> list[str]:
    return [run["state"] for run in driver.runs]


def lines(seen) -> list[str]:
    return seen.read_text().splitlines() if seen.exists() else []


def outputs(driver) -> list[Path]:
    return list((driver.folder / "state" / "output").glob("*"))


def waiting(driver) -> list[Path]:
    return [path for path in outputs(driver) if path.stat().st_mode & 0o777 == 0o400]


def test_the_rest_waits_in_the_order_in_which_it_came(driver, crowd, seen, go, wait):
    processes = crowd()
    assert states(driver) == ["running"] * 2 * MOST
    assert lines(seen) == ["0 0", "1 0"]
    for number in range(MOST):
        go(str(number))
        assert processes[number].wait(60) == 0
        wait(lambda: len(lines(seen)) > MOST + number, "the next one runs")  # noqa: B023
    assert lines(seen) == ["0 0", "1 0", "2 0", "3 0"]
    go()
    assert [process.wait(60) for process in processes] == [0] * 2 * MOST
    assert states(driver) == ["succeeded"] * 2 * MOST
    assert driver.log.count(" s for other runs of this callback to end\n") == MOST
    assert outputs(driver) == []


def test_those_beyond_are_skipped_counted_and_told_to_the_next(driver, crowd, begin, seen, go):
    processes = crowd()
    assert [begin("x").wait(60) for _ in range(5)] == [0] * 5
    assert len(outputs(driver)) == 2 * MOST
    go()
    assert [process.wait(60) for process in processes] == [0] * 2 * MOST
    assert [line for line in lines(seen) if line.endswith(" 5")] == ["2 5"]
    reasons = [run["reason"] for run in driver.runs if run["state"] == "skipped"]
    text = "2 runs of this callback go on at this node, and 2 wait; skipped since the last run began: {}"
    assert reasons == [text.format(number) for number in (1, 2, 4)]


def test_other_callbacks_and_what_killed_runs_have_left_take_no_place(driver, crowd, begin, seen, go, wait):
    processes = crowd(id="other")
    killed = [begin("k") for _ in range(MOST)]
    wait(lambda: lines(seen).count("k 0") == MOST, "they run")
    for process in killed:
        process.kill()
        process.wait(60)
    assert len(outputs(driver)) == 3 * MOST
    processes += [begin("a"), begin("b")]
    wait(lambda: {"a 0", "b 0"} <= set(lines(seen)), "both run")
    go()
    assert [process.wait(60) for process in processes] == [0] * (2 * MOST + 2)


def test_gpfs_is_never_kept_waiting(driver, begin, seen, go, wait):
    processes = [begin(str(number), sy="1") for number in range(3 * MOST)]
    wait(lambda: len(lines(seen)) == 3 * MOST, "all run")
    go()
    assert [process.wait(60) for process in processes] == [0] * 3 * MOST


def test_the_site_may_have_no_bound(driver, begin, seen, go, wait):
    installation.install(driver.folder, {"key": str(driver.folder / "gpfs.key"), "max_running": 0})
    processes = [begin(str(number)) for number in range(3 * MOST)]
    wait(lambda: len(lines(seen)) == 3 * MOST, "all run")
    go()
    assert [process.wait(60) for process in processes] == [0] * 3 * MOST


@pytest.mark.parametrize("killed", [signal.SIGKILL, signal.SIGTERM])
def test_whoever_is_killed_is_in_nobodys_way(driver, crowd, seen, go, wait, killed):
    processes = crowd()
    for number in (2, 0):  # one that waits, one that runs
        processes[number].send_signal(killed)
        processes[number].wait(60)
    wait(lambda: lines(seen) == ["0 0", "1 0", "3 0"], "the other one that waited runs")
    go()
    assert [processes[number].wait(60) for number in (1, 3)] == [0, 0]
    assert states(driver) == ["interrupted", "succeeded", "interrupted", "succeeded"]


def test_where_others_cannot_be_counted_the_function_runs(driver, seen, begin, go, wait):
    (driver.folder / "state").mkdir(exist_ok=True)
    (driver.folder / "state" / "places").write_text("no folder")
    processes = [begin(str(number)) for number in range(2 * MOST)]
    wait(lambda: len(lines(seen)) == 2 * MOST, "all run")
    go()
    assert [process.wait(60) for process in processes] == [0] * 2 * MOST


@pytest.mark.parametrize(
    ("events", "most"),
    [
        (40, 10),
        pytest.param(200, 64, marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
        pytest.param(2_000, 64, marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def test_of_a_crowd_at_once_never_more_run_and_each_event_runs_or_is_counted(driver, seen, events, most):
    installation.install(driver.folder, {"key": str(driver.folder / "gpfs.key"), "max_running": most})
    Path(f"{seen}.d").mkdir()
    token = driver.token(count_those_at_work, ((("event",),), {}))
    failed, _ = storm(events, events, driver.stub, token, "eventName=mount")
    assert failed == 0
    ran = Counter(states(driver))["succeeded"]
    skipped = [int(run["reason"].rpartition(" ")[2]) for run in driver.runs if run["state"] == "skipped"]
    assert len(lines(seen)) == ran
    assert 2 * most <= ran <= events
    assert max(map(int, lines(seen))) <= most
    assert skipped or ran == events
    assert outputs(driver) == []


def test_as_many_as_may_run_and_wait_lose_nothing(driver, seen):
    Path(f"{seen}.d").mkdir()
    token = driver.token(count_those_at_work, ((("event",),), {}))
    failed, _ = storm(60, 2 * MOST, driver.stub, token, "eventName=mount")
    assert failed == 0
    assert states(driver) == ["succeeded"] * 60
    assert max(map(int, lines(seen))) <= MOST


def test_a_run_whose_others_cannot_be_listed_is_recorded_and_closes_the_door_to_nobody(driver, monkeypatch):
    state = str(driver.folder / "state")
    firing = Firing({**main.CONFIGURATION, "state": state, "syslog": f"{state}/none"})
    firing.callback, firing.token = "handler_1", "A1.0@id=handler_1/fn=f@body@digest"
    records = Records(firing)
    monkeypatch.setattr(Crowd, "count", lambda *_: os.listdir(f"{state}/no-such-folder"))
    Crowd(firing, records).begin()
    assert states(driver) == ["running"]
    assert os.listdir(f"{state}/places") == [f"handler_1@{firing.node}"]
    held = [os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    assert f"{state}/places/handler_1" not in held

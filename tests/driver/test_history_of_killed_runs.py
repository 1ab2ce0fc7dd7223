"""Runs that are killed at any instant of their life: the journal stays readable and says what happened."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver.journal import GENERATIONS, MAXIMUM_BYTES
from arcapix.fs.gpfs.runs.history import History, RecordedRun

LINES = "".join(f"line {number}\n" for number in range(12))

FULL = b"x" * (MAXIMUM_BYTES + 1)
"""A journal that the next record moves aside."""


def write_lines() -> None:
    import time

    for number in range(12):
        print("line", number)
        time.sleep(0.002)


@pytest.fixture
def history(driver) -> History:
    return History(driver.folder / "state", driver.folder / "log" / "callbackdriver.log")


def start(driver, token: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([driver.stub, token, "eventName=mount"], env={}, stderr=subprocess.DEVNULL)


def life_of_a_run(driver, token: str) -> float:
    """Return how long a whole run takes here and now, in seconds."""
    begun = time.monotonic()
    assert start(driver, token).wait(timeout=60) == 0
    return time.monotonic() - begun


def check(history: History, process: subprocess.Popen[bytes]) -> str:
    """Make sure that what is said of a run is true, and return it."""
    found = [run for run in history.runs() if run.pid == process.pid]
    if not found:
        assert process.returncode == -9  # before its first record
        return "absent"
    (run,) = found
    if run.state == "interrupted":
        assert process.returncode == -9
        assert (run.ended, run.status, bool(run.reason)) == (None, None, True)
        assert LINES.startswith((history.output(run) or b"").decode())
    else:
        assert (run.state, run.status, run.reason) == ("succeeded", 0, "")
        assert history.output(run) == LINES.encode()
    return run.state


def check_that_the_next_run_is_whole(driver, history: History, token: str) -> RecordedRun:
    process = start(driver, token)
    assert process.wait(timeout=60) == 0
    assert check(history, process) == "succeeded"
    return history.runs()[-1]


@pytest.mark.parametrize("instants", [12, pytest.param(50, marks=pytest.mark.slow)])
def test_a_run_killed_at_random_instants_is_absent_interrupted_or_complete(driver, history, instants):
    token = driver.token(write_lines)
    life = min(life_of_a_run(driver, token) for _ in range(3))
    outcomes = []
    for _ in range(instants):
        process = start(driver, token)
        time.sleep(random.uniform(0, 1.2 * life))
        process.kill()
        process.wait(timeout=60)
        outcomes.append(check(history, process))
        check_that_the_next_run_is_whole(driver, history, token)
    if instants > 40:
        assert {"absent", "interrupted"} <= set(outcomes), outcomes
    assert len(history.runs()) == 3 + 2 * instants - outcomes.count("absent")


@pytest.mark.parametrize("instants", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_a_run_killed_around_a_rotation_costs_no_other_run(driver, history, instants):
    token = driver.token(write_lines)
    journal = Path(history.journal)
    life = life_of_a_run(driver, token)
    for _ in range(instants):
        before = check_that_the_next_run_is_whole(driver, history, token)
        with journal.open("ab") as file:
            file.write(b"\n" + FULL)
        process = start(driver, token)
        time.sleep(random.uniform(0, 0.6 * life))
        process.kill()
        process.wait(timeout=60)
        check(history, process)
        assert before in history.runs()
    assert check_that_the_next_run_is_whole(driver, history, token).state == "succeeded"
    sizes = [path.stat().st_size for path in journal.parent.glob("journal*")]
    assert len(sizes) <= 1 + GENERATIONS


def test_every_run_of_a_storm_that_is_killed_in_the_middle_is_accounted_for(driver, history):
    token = driver.token(write_lines)
    processes = [start(driver, token) for _ in range(24)]
    time.sleep(0.03)
    for process in processes[::2]:
        process.kill()
    for process in processes:
        process.wait(timeout=60)
    outcomes = [check(history, process) for process in processes]
    assert outcomes[1::2] == ["succeeded"] * 12
    assert len(history.runs()) == 24 - outcomes.count("absent")

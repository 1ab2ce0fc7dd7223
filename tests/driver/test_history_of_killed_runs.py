"""Runs that are killed at any instant of their life: the journal stays readable and says what happened."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver.journal import GENERATIONS, MAXIMUM_BYTES
from arcapix.fs.gpfs.runs.history import History, RecordedRun

from ..processes import state_of

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


def be_terminated() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def touch_what_is_not_there() -> None:
    ctypes.string_at(0)


def give_up() -> None:
    os.abort()


@pytest.mark.parametrize(
    ("handler", "wanted", "ended"),
    [
        (be_terminated, "SIGTERM in be_terminated", signal.SIGTERM),
        (touch_what_is_not_there, "SIGSEGV in string_at", signal.SIGSEGV),
        (give_up, "SIGABRT in give_up", signal.SIGABRT),
    ],
)
def test_the_history_tells_the_signal_that_ended_a_run_and_where_it_was(
    driver, history, handler, wanted, ended
):
    assert driver.start(driver.token(handler), "eventName=mount").returncode == -ended
    (run,) = history.runs()
    assert run.state == "interrupted"
    assert run.reason.startswith(f"killed by {wanted}, ")
    if "string_at" not in wanted:
        assert run.reason.endswith(f", {Path(__file__).name} line {handler.__code__.co_firstlineno + 1}")
    assert (
        f"line {handler.__code__.co_firstlineno + 1} in {handler.__name__}\n" in history.output(run).decode()
    )


def hang() -> None:
    print("about to hang")
    lock = threading.Lock()
    with lock:
        lock.acquire()


def test_a_run_that_hangs_and_is_terminated_tells_where_it_hung(driver, history, wait):
    process = start(driver, driver.token(hang))
    wait(lambda: any(b"about to hang" in (history.output(run) or b"") for run in history.runs()), "it hangs")
    wait(lambda: state_of(process.pid) == "S", "it waits for its lock")
    process.terminate()
    assert process.wait(timeout=60) == -signal.SIGTERM
    (run,) = history.runs()
    place = f"{Path(__file__).name} line {hang.__code__.co_firstlineno + 4}"
    assert run.reason == f"killed by SIGTERM in hang, {place}"


def print_to_a_pipe_that_is_full() -> None:
    _, writing = os.pipe()
    os.dup2(writing, 1)
    print("about to hang", file=sys.stderr)
    while True:
        print("x" * 4096)


def test_a_run_that_hangs_in_a_print_tells_the_line_of_the_print(driver, history, wait):
    process = start(driver, driver.token(print_to_a_pipe_that_is_full))
    wait(lambda: any(b"about to hang" in (history.output(run) or b"") for run in history.runs()), "it prints")
    wait(lambda: state_of(process.pid) == "S", "the pipe is full")
    process.terminate()
    assert process.wait(timeout=60) == -signal.SIGTERM
    (run,) = history.runs()
    place = f"{Path(__file__).name} line {print_to_a_pipe_that_is_full.__code__.co_firstlineno + 5}"
    assert run.reason == f"killed by SIGTERM in print_to_a_pipe_that_is_full, {place}"


def handle_termination() -> None:
    signal.signal(signal.SIGTERM, lambda *_: print("not now"))
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_handler_that_deals_with_termination_is_left_alone(driver, history):
    assert driver.fire(handle_termination, "eventName=mount") == 0
    assert history.output(history.runs()[0]) == b"not now\n"


def terminate_a_child_and_itself() -> int:
    def dealt_with(*_: object) -> None:
        print("dealt with")

    signal.signal(signal.SIGTERM, dealt_with)
    child = os.fork()
    os.kill(os.getpid(), signal.SIGTERM)
    if child == 0:
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_what_a_handler_does_at_termination_outlives_a_fork(driver, history):
    assert driver.fire(terminate_a_child_and_itself, "eventName=mount") == 0
    assert history.output(history.runs()[0]) == b"dealt with\ndealt with\nreturned 7\n"


def fork_and_be_terminated() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, before)
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_run_that_has_forked_still_tells_where_it_was_terminated(driver, history, wait):
    assert driver.start(driver.token(fork_and_be_terminated), "eventName=mount").returncode == -signal.SIGTERM
    told = "killed by SIGTERM in fork_and_be_terminated, "
    wait(lambda: history.runs()[0].reason.startswith(told), "its collector has written down its last words")


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

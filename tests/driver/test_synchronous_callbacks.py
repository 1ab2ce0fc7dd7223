"""Synchronous callbacks: GPFS waits for the driver, and has its verdict in time, whatever the function does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import time_limit
from arcapix.fs.gpfs.driver.decision import GPFS_TIMEOUT
from arcapix.fs.gpfs.registration import sealing

from ..waiting import wait

record = ""

WAITS = {"sy": "1", "to": "2"}
"""What a header holds of ``sync=True, timeout=2``."""


def hang() -> None:
    print("begun")
    time.sleep(600)


def hang_and_ignore_termination() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang()


def stop_itself() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def hang_in_a_thread() -> None:
    import threading

    threading.Thread(target=time.sleep, args=(600,)).start()


def hang_in_processes_that_ignore_termination() -> None:
    deaf = 'trap "" TERM; while :; do sleep 0.1; done'
    subprocess.run(["/bin/sh", "-c", f"(setsid sh -c '{deaf}' {record} &); {deaf}", "sh", record])


def hang_in_forks() -> None:
    for _ in range(3):
        if not os.fork():
            hang_and_ignore_termination()
    os.wait()


def left_of(folder: Path) -> list[int]:
    """Return the processes whose command line has a folder in it: those of the driver, and what they started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize(
    "handler",
    [
        hang,
        hang_and_ignore_termination,
        stop_itself,
        hang_in_a_thread,
        hang_in_processes_that_ignore_termination,
        hang_in_forks,
    ],
)
def test_gpfs_has_the_verdict_within_its_timeout(driver, seen, tmp_path, handler):
    token = driver.token(handler, **WAITS)
    began = time.monotonic()
    done = driver.start(token, "eventName=shutdown")
    assert 0.95 <= time.monotonic() - began < 2
    assert (done.returncode, done.stdout, done.stderr) == (6, "", "")
    (run,) = driver.runs
    assert (run["state"], run["status"]) == ("timed-out", 6)
    assert run["reason"] == "timed out after 1 s: GPFS waits for 2 s"
    wait(lambda: not left_of(tmp_path), "no process is left")


def test_a_later_event_of_a_function_has_the_same_limit(driver):
    token = driver.token(hang, sy="1", to="1")
    for _ in ("first", "later"):
        assert driver.start(token, "eventName=shutdown").returncode == 6
        assert driver.runs[-1]["reason"] == "timed out after 0.5 s: GPFS waits for 1 s"


def test_the_limit_of_the_run_counts_where_it_is_shorter(driver):
    token = driver.token(hang, sy="1", to="60", ru=sealing.Written("timeout=0+2E5"))
    assert driver.start(token, "eventName=shutdown").returncode == 6
    assert driver.runs[-1]["reason"] == "timed out after 0.5 s"


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({}, None),
        ({"timeout": "2.5"}, 2.5),
        ({GPFS_TIMEOUT: "30"}, 28.8),
        ({GPFS_TIMEOUT: "2"}, 0.8),
        ({GPFS_TIMEOUT: "1"}, 0.3),
        ({GPFS_TIMEOUT: "30", "timeout": "5"}, 5),
        ({GPFS_TIMEOUT: "30", "timeout": "29"}, 28.8),
        ({GPFS_TIMEOUT: "30", "timeout": "60"}, 28.8),
    ],
)
def test_gpfs_counts_from_the_start_of_the_driver_and_a_run_from_its_own(monkeypatch, options, left):
    monkeypatch.setattr(time_limit, "_age", lambda: 0.2)
    deadline = time_limit.TimeLimit(options).deadline()
    assert deadline is left if left is None else deadline == pytest.approx(time.monotonic() + left, abs=0.05)


@pytest.mark.parametrize(
    ("options", "age", "grace"),
    [
        ({"timeout": "60"}, 0, 5),
        ({GPFS_TIMEOUT: "60", "timeout": "10"}, 10, 5),
        ({GPFS_TIMEOUT: "60"}, 59, 0.5),
        ({GPFS_TIMEOUT: "60"}, 59.5, 0.25),
        ({GPFS_TIMEOUT: "60"}, 61, 0),
    ],
)
def test_the_grace_is_never_more_than_half_of_what_is_left_to_gpfs(monkeypatch, options, age, grace):
    monkeypatch.setattr(time_limit, "_age", lambda: age)
    assert time_limit.TimeLimit(options).grace() == pytest.approx(grace, abs=0.05)


def test_the_driver_knows_when_gpfs_has_started_it():
    program = "import time; from arcapix.fs.gpfs.driver import time_limit; time.sleep(0.3); print(time_limit._age())"
    began = time.monotonic()
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert 0.29 <= float(told) <= time.monotonic() - began + 0.02


def show_whether_it_leads_a_group() -> None:
    print(os.getpgid(0) == os.getpid())


@pytest.mark.parametrize(
    ("header", "watched"), [({}, False), ({"sy": "1"}, False), ({"sy": "1", "to": "30"}, True)]
)
def test_only_what_gpfs_waits_for_so_long_is_watched(driver, header, watched):
    assert driver.fire(show_whether_it_leads_a_group, "eventName=shutdown", **header) == 0
    printed = driver.log.splitlines()[1]
    assert printed == str(watched)
    assert driver.runs[0]["state"] == "succeeded"


def leave_a_process_that_prints() -> None:
    print("from the function")
    loop = f"while ! test -e {record}; do echo working; sleep 0.01; done"
    subprocess.Popen(["/bin/sh", "-c", loop], start_new_session=True)


def leave_a_daemon() -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while not os.path.exists(record):
                print("working")
                time.sleep(0.01)
        os._exit(0)
    os.wait()


def leave_a_fork_and_return_in_both() -> None:
    if os.fork() == 0:
        while not os.path.exists(record):
            time.sleep(0.01)
    print("from one of two")


def leave_a_process_after_much_output() -> None:
    for number in range(200_000):
        print(number)
    leave_a_process_that_prints()


@pytest.mark.parametrize(
    "handler",
    [
        leave_a_process_that_prints,
        leave_a_daemon,
        leave_a_fork_and_return_in_both,
        leave_a_process_after_much_output,
    ],
)
@pytest.mark.parametrize(
    "header",
    [{}, {"sy": "1"}, {"sy": "1", "to": "60"}, {"ru": sealing.Written("nice=5")}],
    ids=["plain", "synchronous", "watched", "with options"],
)
def test_whoever_reads_from_the_driver_has_its_end_though_processes_go_on(
    driver, seen, tmp_path, header, handler
):
    """A daemon may wait for the ends of its pipes before it asks for the status."""
    command = [str(driver.stub), driver.token(handler, **header), "eventName=shutdown"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    try:
        with subprocess.Popen(command, env={}, **pipes) as process:  # type: ignore[call-overload]
            assert (process.stdout.read(), process.stderr.read()) == (b"", b"")
            assert process.wait() == 0
            with pytest.raises(BrokenPipeError):
                os.write(process.stdin.fileno(), b"nobody reads")
        assert driver.runs[0]["state"] == "succeeded"
        assert left_of(tmp_path)
    finally:
        seen.touch()
    wait(lambda: not left_of(tmp_path), "no process is left")

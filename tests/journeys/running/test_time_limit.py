"""What the tests stand on themselves: one that hangs ends, and whoever starts them, they begin the same."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parents[2]

HANGING = """
import os, subprocess, threading, time
import pytest

def begin(*words):
    return subprocess.Popen(["sh", "-c", *words, os.environ["MARK"]])

def test_that_waits_for_a_process_again_on_the_way_out():
    with begin("sleep 1001; :") as process:
        process.wait()

def test_that_waits_for_a_daemon():
    begin("setsid env -i sleep 1002 & :").wait()
    while True:
        time.sleep(1003)

def test_whose_helper_waits_for_a_process():
    helper = threading.Thread(target=lambda: begin("sleep 1004; :").wait())
    helper.start()
    try:
        time.sleep(1005)
    finally:
        helper.join()

@pytest.fixture
def endless():
    yield
    with begin("sleep 1006; :") as process:
        process.wait()

def test_that_fails_and_whose_fixture_does_not_end(endless):
    assert not "right"

def test_that_nothing_gets_out_of():
    process = begin("sleep 1007; :")
    for _ in range(2):
        try:
            time.sleep(1008)
        except BaseException as error:
            caught = error
    raise caught

def test_that_comes_after_them():
    pass
"""


def processes(mark: str) -> list[int]:
    """Those that carry a mark in their command line or environment, and those that they were told to start."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and int(path.name) != os.getpid():
            try:
                words = (path / "cmdline").read_bytes() + b"\0" + (path / "environ").read_bytes()
                folder = os.readlink(path / "cwd")
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if mark.encode() in words or folder == mark:
                found.append(int(path.name))
    return found


@pytest.fixture
def mark(pytester: pytest.Pytester) -> Iterator[str]:
    """What marks the processes of a run of pytest: the folder that they work in. None stays."""
    mark = str(pytester.path)
    yield mark
    for pid in processes(mark):
        os.kill(pid, signal.SIGKILL)


def test_a_test_that_hangs_ends_and_leaves_no_process(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setenv("MARK", mark)
    pytester.makepyfile(HANGING)
    result = pytester.runpytest_subprocess("-p", "time_limit", "--timeout=2", "-n", "2", timeout=100)
    result.assert_outcomes(passed=1, failed=5, errors=1)
    assert processes(mark) == []
    report = result.stdout.str()
    for line in ("process.wait()", "time.sleep(1003)", "time.sleep(1005)", "time.sleep(1008)"):
        assert re.search(rf"^>.*{re.escape(line)}$", report, re.MULTILINE), line
    for seconds in (1001, 1002, 1004, 1006, 1007):
        assert re.search(rf"^\d+: .*sleep {seconds}\b", report, re.MULTILINE), seconds

"""Output that is followed while drivers write it: the same, to the byte, as what is kept of the run at last."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arcapix.fs.gpfs.runs.history import History, RecordedRun

record = ""


@pytest.fixture
def history(driver) -> History:
    return History(driver.folder / "state", driver.folder / "log" / "callbackdriver.log")


@pytest.fixture
def start(driver, history, wait) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], RecordedRun]]]:
    """Start a driver, and return its process and its run once that is recorded."""
    processes = []

    def begin(function: Callable[[], object]) -> tuple[subprocess.Popen[bytes], RecordedRun]:
        process = subprocess.Popen([driver.stub, driver.token(function), "eventName=mount"], env={})
        processes.append(process)
        (run,) = wait(lambda: [run for run in history.runs() if run.pid == process.pid], "the run has begun")
        return process, run

    yield begin
    for process in processes:
        process.kill()
        process.wait()


def kept(history: History, run: RecordedRun) -> bytes:
    return history.output(history.find(run.id)) or b""


def print_when_told() -> None:
    print("one")
    while not os.path.exists(record):
        pass
    print("two", end="")
    return 5  # type: ignore[return-value]


def print_by_a_process_when_told() -> None:
    print("one")
    waiting = f"echo two >&2; until test -e {record}; do sleep 0.01; done; echo three"
    subprocess.run(["/bin/sh", "-c", waiting], check=True)
    print("four")


def give_up_rights_and_print_when_told() -> None:
    os.setuid(os.getuid())
    print_when_told()


@pytest.mark.parametrize(
    "function", [print_when_told, print_by_a_process_when_told, give_up_rights_and_print_when_told]
)
def test_what_comes_is_what_is_kept_of_the_run_at_last(history, start, seen, function):
    process, run = start(function)
    pieces = history.follow_output(run, pause=0.01)
    got = next(pieces)
    assert got.startswith(b"one\n")
    seen.touch()
    got += b"".join(pieces)
    assert process.wait() == 0
    assert got == kept(history, run)
    assert b"two" in got


def print_quickly() -> None:
    for number in range(200):
        print("line", number)


def print_much_by_a_process() -> None:
    subprocess.run([sys.executable, "-c", "for n in range(200_000): print('line', n)"], check=True)
    print("and the function")


@pytest.mark.parametrize("function", [print_quickly, print_much_by_a_process])
def test_a_run_may_end_at_any_moment_while_it_is_followed(history, start, function):
    for _ in range(8):
        _, run = start(function)
        got = b"".join(history.follow_output(run, pause=0))
        assert (got or kept(history, run)) == kept(history, run)


def be_killed_behind_a_process_that_prints() -> None:
    subprocess.run([sys.executable, "-c", "for n in range(100_000): print('line', n)"], check=True)
    os.kill(os.getpid(), 9)


def test_what_a_killed_run_had_printed_comes_whole(history, start):
    _, run = start(be_killed_behind_a_process_that_prints)
    got = b"".join(history.follow_output(run, pause=0))
    assert got == b"".join(b"line %d\n" % number for number in range(100_000))
    assert history.find(run.id).state == "interrupted"


def be_killed_before_a_process_that_prints_without_end() -> None:
    subprocess.Popen(["/bin/sh", "-c", f"while test ! -e {record}; do echo on and on; done"])
    os.kill(os.getpid(), 9)


def test_it_ends_with_a_killed_run_whatever_goes_on_printing(history, start, seen):
    _, run = start(be_killed_before_a_process_that_prints_without_end)
    try:
        got = b"".join(history.follow_output(run, pause=0.01))
    finally:
        seen.touch()
    assert got.startswith(b"on and on\n")


def leave_a_process() -> None:
    print("from the function")
    waiting = f"until test -e {record}; do sleep 0.01; done; echo from the process"
    subprocess.Popen(["/bin/sh", "-c", waiting], start_new_session=True)
    while not os.path.exists(record + "-end"):
        pass


def test_it_ends_with_the_function_and_not_with_what_that_has_started(history, start, seen, wait):
    _, run = start(leave_a_process)
    pieces = history.follow_output(run, pause=0.01)
    got = next(pieces)
    Path(f"{seen}-end").touch()
    assert got + b"".join(pieces) == b"from the function\n"
    seen.touch()
    whole = b"from the function\nfrom the process\n"
    assert wait(lambda: kept(history, run) == whole, "the process has printed")


def print_more_than_is_kept() -> None:
    code = "for n in range(1_500_000): print(f'{n:015d}')"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_several_may_follow_a_run_that_prints_more_than_is_kept(history, start):
    _, run = start(print_more_than_is_kept)
    got = [b"", b""]

    def follow(number: int, pause: float) -> None:
        got[number] = b"".join(history.follow_output(run, pause))

    threads = [threading.Thread(target=follow, args=facts) for facts in enumerate((0.01, 0.5))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = b"".join(b"%015d\n" % number for number in range(1_500_000))
    for text in got:
        shown, position = re.split(rb"\n\.\.\. (\d+) bytes are left out \.\.\.\n", text), 0
        for part, missing in zip(shown[::2], [*map(int, shown[1::2]), 0], strict=True):
            assert part == whole[position : position + len(part)]
            position += len(part) + missing
        assert position == len(whole)

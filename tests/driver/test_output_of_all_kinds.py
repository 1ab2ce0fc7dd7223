"""Whatever a handler does to its standard output: if it did its work, the run succeeded."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

place = ""


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "done"
    monkeypatch.setattr(sys.modules[__name__], "place", str(path))
    return path


def close_output() -> None:
    sys.stdout.close()
    sys.stderr.close()


def close_descriptors() -> None:
    print("never seen", end="")
    os.close(1)
    os.close(2)


def close_every_descriptor() -> None:
    os.closerange(0, 64)


def have_no_output() -> None:
    sys.stdout = sys.stderr = None  # type: ignore[assignment]


def have_none_at_all() -> None:
    del sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__


class Tee:
    """A stream as people write them: it can do nothing but write."""

    def write(self, text: str) -> None:
        os.write(1, text.encode())


def put_something_in_its_place() -> None:
    sys.stdout = sys.stderr = Tee()  # type: ignore[assignment]
    print("through a stream of its own")


class Failing(io.StringIO):
    def flush(self) -> None:
        raise RuntimeError("cannot be flushed")


def put_something_broken_in_its_place() -> None:
    sys.stdout = sys.stderr = Failing()


class Odd:
    @property
    def closed(self) -> bool:
        raise SystemExit(9)


def put_something_odd_in_its_place() -> None:
    sys.stdout = sys.stderr = Odd()  # type: ignore[assignment]


def detach_it() -> None:
    sys.stdout.detach()
    sys.stderr.detach()


def write_through_a_file_of_its_own() -> None:
    with os.fdopen(1, "w") as out:
        out.write("through a file of its own\n")


def redirect_it_to_a_full_disk() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, 1)
    print("lost", end="")


def print_to_nobody_as_a_shell_command_does() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 1)
    print("lost", end="")


HANDLERS = [
    close_output, close_descriptors, close_every_descriptor, have_no_output, have_none_at_all,
    put_something_in_its_place, put_something_broken_in_its_place, put_something_odd_in_its_place, detach_it,
    write_through_a_file_of_its_own, redirect_it_to_a_full_disk, print_to_nobody_as_a_shell_command_does,
]  # fmt: skip


def then_work(change: Callable[[], None], then_fail: bool) -> None:
    change()
    with open(place, "w") as file:
        file.write("done")
    if then_fail:
        raise LookupError("after the work")


@pytest.mark.parametrize("change", HANDLERS)
def test_a_handler_that_did_its_work_succeeded_whatever_it_did_to_its_output(driver, done, change):
    def handler() -> None:
        then_work(change, False)

    assert driver.fire(handler, "eventName=mount") == 0
    assert done.read_text() == "done"
    (run,) = driver.runs
    assert (run["state"], run["status"], run["reason"]) == ("succeeded", 0, None)
    assert "ended: status 0" in driver.log


@pytest.mark.parametrize("change", HANDLERS)
def test_a_handler_that_failed_is_recorded_whatever_it_did_to_its_output(driver, done, change):
    def handler() -> None:
        then_work(change, True)

    assert driver.fire(handler, "eventName=mount") == 1
    assert done.read_text() == "done"
    (run,) = driver.runs
    assert (run["state"], run["reason"]) == ("failed", "LookupError: after the work")
    line = then_work.__code__.co_firstlineno + 5
    assert f'File "{Path(__file__).name}", line {line}, in then_work' in driver.log


def test_what_was_printed_before_is_kept(driver, done):
    def handler() -> None:
        print("before")
        os.close(1)
        os.close(2)
        then_work(have_no_output, False)

    assert driver.fire(handler, "eventName=mount") == 0
    assert "before\n" in driver.log


kept: list[object] = []


def leave_a_file_that_cannot_be_written() -> None:
    file = open("/dev/full", "w")
    file.write("no space for this")
    kept.append(file)


def test_a_file_left_open_that_cannot_be_written_is_told_in_the_log(driver):
    assert driver.fire(leave_a_file_that_cannot_be_written, "eventName=mount") == 0
    assert "'/dev/full' could not be written: [Errno 28] No space left on device\n" in driver.log
    assert driver.log.count("could not be written") == 1
    assert driver.runs[0]["state"] == "succeeded"


def leave_trouble_for_the_end() -> None:
    import atexit
    import threading

    def fail() -> None:
        raise RuntimeError("too late to count")

    atexit.register(fail)
    atexit.register(sys.exit, 3)
    threading.Thread(target=fail).start()


def test_trouble_in_threads_and_exit_functions_is_shown_and_fails_no_run(driver):
    assert driver.fire(leave_trouble_for_the_end, "eventName=mount") == 0
    assert driver.log.count("RuntimeError: too late to count") == 2
    assert driver.runs[0]["state"] == "succeeded"

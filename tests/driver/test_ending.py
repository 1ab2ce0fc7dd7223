"""The driver leaves quickly; nothing that a handler began is lost by it."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import resource
import select
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import pytest

place = ""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "written"
    monkeypatch.setattr(sys.modules[__name__], "place", str(path))
    return path


kept: list[object] = []


def leave_a_file_open() -> None:
    file = open(place, "w")
    kept.append(file)
    file.write("buffered")


def test_a_file_left_open_is_written(driver, written):
    assert driver.fire(leave_a_file_open) == 0
    assert written.read_text() == "buffered"


def fail_with_a_file_open() -> None:
    file = open(place, "w")
    kept.append(file)
    file.write("buffered")
    raise RuntimeError("afterwards")


def test_a_file_left_open_by_a_failing_handler_is_written(driver, written):
    assert driver.fire(fail_with_a_file_open) == 1
    assert written.read_text() == "buffered"


def register_an_exit_function() -> None:
    def late() -> None:
        with open(place, "w") as file:
            file.write("at exit")
        print("printed at exit")

    atexit.register(late)


def test_exit_functions_run_and_their_output_is_in_the_log(driver, written):
    assert driver.fire(register_an_exit_function) == 0
    assert written.read_text() == "at exit"
    assert "printed at exit" in driver.log


def start_a_thread() -> None:
    def slowly() -> None:
        time.sleep(0.3)
        with open(place, "w") as file:
            file.write("from a thread")

    threading.Thread(target=slowly).start()


def test_threads_are_waited_for(driver, written):
    assert driver.fire(start_a_thread) == 0
    assert written.read_text() == "from a thread"


def use_an_executor() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def slowly() -> None:
        time.sleep(0.2)
        with open(place, "w") as file:
            file.write("from an executor")

    ThreadPoolExecutor(1).submit(slowly)


def test_executors_are_waited_for(driver, written):
    assert driver.fire(use_an_executor) == 0
    assert written.read_text() == "from an executor"


def fork_and_return() -> str:
    if os.fork():
        os.wait()
        return "parent"
    with open(place, "w") as file:
        file.write("from a child")
    return "child"


def test_a_child_that_returns_records_nothing_of_its_own(driver, written):
    assert driver.fire(fork_and_return) == 0
    assert written.read_text() == "from a child"
    assert (driver.log.count("begins"), driver.log.count("ended"), driver.log.count("returned")) == (1, 1, 1)
    assert len(driver.runs) == 1


class Closing:
    def __del__(self) -> None:
        os.write(1, b"finalised\n")


def leave_an_object() -> None:
    thing = Closing()
    thing.itself = thing  # type: ignore[attr-defined]


def test_objects_in_a_cycle_are_finalised(driver):
    assert driver.fire(leave_an_object) == 0
    assert "finalised" in driver.log


def start_a_process() -> None:
    import multiprocessing

    context = multiprocessing.get_context("fork")
    process = context.Process(target=write_from_a_process)
    process.start()


def write_from_a_process() -> None:
    time.sleep(0.2)
    with open(place, "w") as file:
        file.write("from a process")


def test_processes_of_multiprocessing_are_waited_for(driver, written):
    assert driver.fire(start_a_process) == 0
    assert written.read_text() == "from a process"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_of_processes_works_however_they_are_started(driver, method):
    try:
        multiprocessing.get_context("fork").Semaphore()
    except OSError as error:
        pytest.skip(f"this user may have no semaphores here: {error}")

    def compute() -> list[int]:
        import multiprocessing

        with multiprocessing.get_context(method).Pool(2) as pool:
            return pool.map(abs, [-1, -2])

    assert driver.fire(compute) == 0
    assert "returned [1, 2]\n" in driver.log
    assert len(driver.runs) == 1


def daemonize() -> None:
    if os.fork() == 0:
        os.setsid()
        time.sleep(0.3)
        os.write(1, b"late\n")
        with open(place, "w") as file:
            file.write("from a daemon")
        os._exit(0)


def test_a_daemon_that_a_handler_leaves_behind_goes_on(driver, written, wait):
    assert driver.fire(daemonize) == 0
    wait(lambda: written.exists() and written.read_text(), "the daemon has written")
    assert written.read_text() == "from a daemon"


def leave_a_thread_that_writes_for_ever() -> None:
    reading, writing = os.pipe()
    pipe = os.fdopen(writing, "wb")
    threading.Thread(target=pipe.write, args=(bytes(1 << 20),), daemon=True).start()
    after = open(place, "w")
    kept.extend([pipe, after])
    after.write("written all the same")
    while not select.select([reading], [], [], 0.1)[0]:
        continue


def test_a_thread_that_holds_a_file_for_ever_does_not_hold_the_run(driver, written):
    assert driver.fire(leave_a_thread_that_writes_for_ever) == 0
    assert written.read_text() == "written all the same"
    assert "could not be written: a thread that goes on holds it" in driver.log


def use_up_all_descriptors() -> None:
    while True:
        try:
            kept.append(os.dup(2))
        except OSError:
            return


def be_content_with_small_files() -> None:
    print("longer than that")
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def be_content_with_little_memory() -> None:
    print("x" * (4 << 20))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 20, resource.getrlimit(resource.RLIMIT_AS)[1]))


def leave_an_alarm_that_rings() -> None:
    def ring(*_: object) -> None:
        raise TimeoutError("much too late")

    signal.signal(signal.SIGALRM, ring)
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0.0001, 0.0001)


def leave_an_alarm_that_rings_before_the_end_is_recorded() -> None:
    """It rings at the first call of the driver's after the one that settles what the function has left."""

    def ring(*_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
        raise TimeoutError("much too late")

    def follow(frame: FrameType, event: str, _: object) -> None:
        caller = frame.f_back.f_code.co_name if frame.f_back else ""
        if event == "call" and caller == "carry_out" and frame.f_code.co_name != "settle":
            signal.raise_signal(signal.SIGALRM)

    signal.signal(signal.SIGALRM, ring)
    atexit.register(sys.setprofile, follow)


@pytest.mark.parametrize(
    "handler",
    [
        use_up_all_descriptors,
        be_content_with_small_files,
        be_content_with_little_memory,
        leave_an_alarm_that_rings,
        leave_an_alarm_that_rings_before_the_end_is_recorded,
    ],
)
def test_the_end_is_recorded_whatever_limits_and_signals_a_handler_has_set(driver, handler):
    assert driver.fire(handler) == 0
    assert [run["state"] for run in driver.runs] == ["succeeded"]
    assert " ended: status 0 " in driver.log


def forget_every_module() -> None:
    sys.modules.clear()


def allow_nothing_any_more() -> None:
    def refuse(event: str, _: object) -> None:
        raise RuntimeError(f"no {event}")

    sys.addaudithook(refuse)


@pytest.mark.parametrize("handler", [forget_every_module, allow_nothing_any_more])
def test_a_handler_that_did_its_work_did_not_fail_whatever_it_did_to_the_interpreter(driver, handler):
    assert driver.start(driver.token(handler)).returncode == 0

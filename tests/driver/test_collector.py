"""What a run and the processes that it starts print: kept, bounded, and no matter how full the disk is."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import bounded_file, output

from ..waiting import wait

record = ""
size = 0


@pytest.fixture
def output_of(driver):
    """Return a function that returns what the history has of the only run."""

    def output() -> bytes:
        (run,) = driver.history.runs()
        return driver.history.output(run) or b""

    return output


def start_processes() -> None:
    print("one")
    subprocess.run(["/bin/sh", "-c", "echo two; echo three >&2"], check=True)
    print("four", file=sys.stderr)
    os.system("echo five")
    print("six")
    os.write(1, b"seven\n")
    if not os.fork():
        print("eight", flush=True)
        os._exit(0)
    os.wait()


def test_what_function_and_processes_print_keeps_its_order(driver, output_of):
    assert driver.fire(start_processes, "eventName=mount") == 0
    assert output_of() == b"one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"


def wait_for_the_output() -> None:
    output = Path(record).parent / "driver" / "state" / "output"
    said = b""
    os.system(":")
    for word in (b"a", b"\n", b"\xffo", b"\xff\xff\xfe", b"o", bytes(range(255))):
        os.write(1, word)
        said += word
        deadline = time.monotonic() + 20
        while next(output.iterdir()).read_bytes() != said:
            assert time.monotonic() < deadline, said
            time.sleep(0.001)


def test_whatever_is_printed_is_in_the_file_at_once(driver, seen, output_of):
    assert driver.fire(wait_for_the_output, "eventName=mount") == 0


def wait_for_all_children() -> None:
    import signal

    heard = []
    signal.signal(signal.SIGCHLD, lambda *_: heard.append("a child"))
    processes = [subprocess.Popen(["/bin/echo", "working"]) for _ in range(3)]
    left = []
    with contextlib.suppress(ChildProcessError):
        while True:
            left.append(os.wait()[0])
    assert sorted(left) == sorted(process.pid for process in processes)
    assert heard and len(heard) <= 3, heard


def test_a_function_that_waits_for_all_its_children_finds_only_its_own(driver, output_of):
    assert driver.fire(wait_for_all_children, "eventName=mount") == 0
    assert output_of() == b"working\n" * 3


def close_everything() -> None:
    subprocess.run(["/bin/echo", "from a child"], check=True)
    os.closerange(0, 256)


def test_a_function_may_close_all_descriptors(driver, output_of):
    assert driver.fire(close_everything, "eventName=mount") == 0
    assert output_of() == b"from a child\n"


def put_output_aside() -> None:
    kept = os.dup(1)
    with open(record, "w") as file:
        os.dup2(file.fileno(), 1)
        subprocess.run(["/bin/echo", "aside"], check=True)
    os.dup2(kept, 1)
    print("again", flush=True)
    subprocess.run(["/bin/echo", "from a child"], check=True)


def test_a_function_may_put_its_output_aside_and_back(driver, seen, output_of):
    assert driver.fire(put_output_aside, "eventName=mount") == 0
    assert (seen.read_text(), output_of()) == ("aside\n", b"again\nfrom a child\n")


def leave_a_process() -> None:
    print("from the function")
    waiting = f"until test -e {record}; do sleep 0.01; done; echo from the process"
    subprocess.Popen(["/bin/sh", "-c", waiting], start_new_session=True)


def test_what_a_process_prints_that_outlives_the_function_is_kept_with_the_run(driver, seen, output_of):
    assert driver.fire(leave_a_process, "eventName=mount") == 0
    assert output_of() == b"from the function\n"
    assert driver.runs[0]["state"] == "succeeded"
    seen.touch()
    wanted = b"from the function\nfrom the process\n"
    wait(lambda: output_of() == wanted, "both are kept", told=lambda: repr(output_of()))
    (later,) = (driver.folder / "state" / "output").iterdir()
    assert later.stat().st_mode & 0o777 == 0o600


def print_numbers() -> None:
    for number in range(size):
        print(f"{number:01023d}")


def let_a_process_print_numbers() -> None:
    subprocess.run([sys.executable, "-c", f"for n in range({size}): print(f'{{n:01023d}}')"], check=True)


@pytest.mark.parametrize("function", [print_numbers, let_a_process_print_numbers])
@pytest.mark.parametrize("mebibytes", [2, 16, 17, 40])
def test_of_a_long_output_the_beginning_and_the_end_are_kept(
    driver, monkeypatch, output_of, function, mebibytes
):
    monkeypatch.setattr(sys.modules[__name__], "size", mebibytes << 10)
    assert driver.fire(function, "eventName=mount") == 0
    lines = output_of().split(b"\n")
    kept = [line for line in lines if len(line) == 1023]
    if mebibytes <= 16:
        assert kept == [b"%01023d" % number for number in range(size)]
        return
    half = 8 << 10
    assert kept[: half - 1] == [b"%01023d" % number for number in range(half - 1)]
    assert kept[1 - half :] == [b"%01023d" % number for number in range(size - half + 1, size)]
    assert f"... {(mebibytes - 16) << 20} bytes are left out ...".encode() in lines


def print_without_end() -> None:
    with open(record, "w") as file:
        file.write(str(os.getpid()))
    subprocess.run(["/bin/sh", "-c", "while :; do echo working working working; done"])


def test_the_output_is_bounded_while_it_is_written(driver, seen):
    words = [str(driver.stub), driver.token(print_without_end), "eventName=mount"]
    folder = driver.folder / "state" / "output"
    with subprocess.Popen(words, env={}, start_new_session=True) as running:
        try:
            bound = output.MOST_BYTES + bounded_file.TRAILER_BYTES
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                sizes = [path.stat().st_size for path in folder.iterdir()] if folder.exists() else []
                if sizes and sizes[0] >= bound:
                    break
                time.sleep(0.05)
            assert sizes == [bound]
            time.sleep(0.2)
            assert [path.stat().st_size for path in folder.iterdir()] == [bound]
        finally:
            os.killpg(running.pid, 9)


ON_A_FULL_DISK = """
mount -t tmpfs -o size=2m,mode=700 none "$1" || exit 77
shift; exec "$@"
"""


def fill_the_disk_and_print() -> None:
    with open(record, "w") as said, contextlib.suppress(OSError):
        folder = Path(record).parent / "driver" / "state"
        with open(folder / "something", "wb", buffering=0) as file:
            while True:
                file.write(b"full" * 1024)
        said.write("not full")
    print("lost " * 10_000)
    print("lost as well", file=sys.stderr, flush=True)
    subprocess.run(["/bin/sh", "-c", "echo lost by a child"], check=True)
    with open(record, "a") as said:
        said.write("worked")


def fill_the_disk_after_a_process() -> None:
    subprocess.run(["/bin/echo", "kept"], check=True)
    fill_the_disk_and_print()


@pytest.mark.parametrize("function", [fill_the_disk_and_print, fill_the_disk_after_a_process])
def test_a_disk_that_fills_during_a_run_fails_no_function(driver, seen, function):
    done = driver.start_on_a_disk_of_its_own(ON_A_FULL_DISK, driver.token(function), "eventName=mount")
    assert (done.returncode, seen.read_text()) == (0, "worked")
    assert "ended: status 0" in driver.log
    assert re.search(
        "something that was printed could not be written: |may be missing: there is no room", driver.log
    )


def print_beyond_a_limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    print("lost " * 10_000, flush=True)
    subprocess.run(["/bin/sh", "-c", "echo said by a child"], check=True)


def test_a_limit_on_files_fails_no_function_that_prints(driver):
    assert driver.fire(print_beyond_a_limit, "eventName=mount") == 0
    assert driver.runs[0]["state"] == "succeeded"


def start_no_process() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
    with contextlib.suppress(OSError):
        os.pipe()
    print("worked")


def test_a_function_that_can_have_no_collector_runs_all_the_same(driver, output_of):
    assert driver.fire(start_no_process, "eventName=mount") == 0
    assert output_of() == b"worked\n"


def print_much_and_start_processes_in_threads() -> None:
    import threading

    def print_much() -> None:
        for _ in range(30):
            print("much" * 16_384)

    def start_a_process() -> None:
        for _ in range(4):
            subprocess.run(["/bin/echo", "from a process"], check=True)

    threads = [threading.Thread(target=each) for each in (print_much, start_a_process) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_may_print_much_and_start_processes_at_the_same_time(driver, output_of):
    assert driver.fire(print_much_and_start_processes_in_threads, "eventName=mount") == 0
    output = output_of()
    assert (output.count(b"much"), output.count(b"from a process\n")) == (60 * 16_384, 8)


class Shell:
    """Has a call of ``os`` as an attribute."""

    run = os.system


def use_calls_as_values() -> None:
    import multiprocessing

    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.map(os.system, ["echo from a pool"]) == [0]
    assert Shell().run("echo through a class") == 0
    assert os.system.__name__ == "system"


def test_calls_that_start_processes_are_values_like_others(driver, output_of):
    try:
        multiprocessing.Lock()
    except OSError as error:
        pytest.skip(f"multiprocessing needs semaphores, as in /dev/shm: {error}")
    assert driver.fire(use_calls_as_values, "eventName=mount") == 0
    assert output_of() == b"from a pool\nthrough a class\n"


def adopt_orphans_and_wait_for_all() -> None:
    import ctypes

    set_child_subreaper = 36
    ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)
    subprocess.Popen(["/bin/sh", "-c", "/bin/echo from an orphan &"])
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def test_a_function_that_adopts_orphans_and_waits_for_all_finds_only_its_own(driver, output_of):
    assert driver.fire(adopt_orphans_and_wait_for_all, "eventName=mount") == 0
    assert output_of() == b"from an orphan\n"


def print_where_nobody_wants_to_wait() -> None:
    subprocess.run([sys.executable, "-c", "import os; os.set_blocking(1, False)"], check=True)
    for _ in range(100):
        print("much" * 16_384)


def test_a_process_that_makes_the_output_one_that_does_not_wait_fails_no_print(driver, output_of):
    assert driver.fire(print_where_nobody_wants_to_wait, "eventName=mount") == 0
    assert output_of().count(b"much") == 100 * 16_384


def leave_a_process_behind_in_another_folder() -> None:
    folder = Path(record)
    os.chdir(folder)
    command = "cd /; until test -e $0/end; do sleep 0.05; done; touch $0/ended"
    subprocess.Popen(["/bin/sh", "-c", command, str(folder)], start_new_session=True)


def test_the_collector_keeps_no_file_system_busy(driver, seen):
    seen.mkdir()
    assert driver.fire(leave_a_process_behind_in_another_folder, "eventName=mount") == 0
    folders = [_target(path) for path in Path("/proc").glob("[0-9]*/cwd")]
    (seen / "end").touch()
    wait((seen / "ended").exists, "the process ended")
    assert str(seen) not in folders


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""  # a process of others, or one that has ended


def remove_the_output_that_others_still_print_to() -> None:
    os.setgid(os.getgid())
    command = "until test -e $0.end; do sleep 0.05; done; echo late && touch $0"
    subprocess.Popen(["/bin/sh", "-c", command, record], start_new_session=True)
    shutil.rmtree(Path(record).parent / "driver" / "state" / "output")


def test_a_process_may_print_after_the_run_although_the_output_was_removed(driver, seen):
    assert driver.fire(remove_the_output_that_others_still_print_to, "eventName=mount") == 0
    seen.with_name(f"{seen.name}.end").touch()
    wait(seen.exists, "the process went on after printing")


def remove_the_output() -> None:
    print("one", flush=True)
    shutil.rmtree(Path(record).parent / "driver" / "state" / "output")
    print("two")


def remove_the_output_of_a_process() -> None:
    os.system("echo one")
    remove_the_output()
    os.system("echo three")


@pytest.mark.parametrize("function", [remove_the_output, remove_the_output_of_a_process])
def test_what_was_printed_is_in_the_log_although_the_output_was_removed(driver, seen, output_of, function):
    assert driver.fire(function, "eventName=mount") == 0
    output = b"one\ntwo\n" if function is remove_the_output else b"one\none\ntwo\nthree\n"
    assert output_of() == output


def print_beyond_a_limit_that_can_be_lifted() -> None:
    import resource

    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
    subprocess.run([sys.executable, "-c", "print('kept ' * 10_000)"], check=True)


def test_what_is_collected_has_no_limit_of_the_function(driver, output_of):
    assert driver.fire(print_beyond_a_limit_that_can_be_lifted, "eventName=mount") == 0
    assert output_of() == b"kept " * 10_000 + b"\n"


def kill_the_collector() -> None:
    print(much * 17, end="", flush=True)
    os.system("echo one")
    command = Path("/proc/self/cmdline").read_bytes()
    ours = [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if _bytes_of(path) == command]
    (collector,) = [path for path in ours if int(path.name) != os.getpid()]
    output = Path(record).parent / "driver" / "state" / "output"
    while b"one\n" not in next(output.iterdir()).read_bytes():
        time.sleep(0.01)
    os.kill(int(collector.name), 9)
    while _bytes_of(collector / "stat").rpartition(b")")[2].split()[:1] not in ([], [b"Z"]):
        time.sleep(0.01)  # before that it may still have the pipe
    print("two", flush=True)
    subprocess.run(["/bin/echo", "three"], check=True)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # a process that has ended


much = ""


@pytest.mark.parametrize("size", [0, 1 << 20])
def test_what_is_printed_after_the_collector_was_killed_is_collected(
    driver, seen, output_of, monkeypatch, size
):
    monkeypatch.setitem(globals(), "much", "x" * size)
    assert driver.fire(kill_the_collector, "eventName=mount") == 0
    output = output_of()
    assert b"the process that collected it was killed" in output
    assert b"one\ntwo\nthree\n" in output

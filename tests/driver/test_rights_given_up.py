"""What a function can do with the driver's files once it has given up root: nothing, however it did so.

This file has no ``__future__`` import: it would travel with the functions, and be looked for by nobody.
"""

import ctypes
import os
import posix
import re
import subprocess
import sys
import threading
import time
from os import setresuid
from pathlib import Path
from posix import setuid

import pytest

from arcapix.fs.gpfs.driver import recorder
from arcapix.fs.gpfs.registration import sealing

from ..waiting import wait

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")

NOBODY = 65534
PIPE = 0o010000

record = ""
"""Path of the file that handlers write to, which they open before they give up root."""


def by_os() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def by_all_three_at_once() -> None:
    setresuid(NOBODY, NOBODY, NOBODY)


def by_posix() -> None:
    posix.setuid(NOBODY)


def by_a_name_of_posix() -> None:
    setuid(NOBODY)


def by_an_import_of_posix() -> None:
    from posix import setuid as give_up

    give_up(NOBODY)


def in_a_thread() -> None:
    thread = threading.Thread(target=os.setuid, args=(NOBODY,))
    thread.start()
    thread.join()


def after_a_process() -> None:
    os.system("echo root prints this, too")
    os.setuid(NOBODY)


WATCHED = [
    by_os, by_all_three_at_once, by_posix, by_a_name_of_posix, by_an_import_of_posix, in_a_thread, after_a_process,
]  # fmt: skip

give_up = by_os


def is_library(descriptor: str) -> bool:
    """Tell whether it leads to what everybody may read, such as libffi, which libffi itself keeps open."""
    try:
        return os.readlink(descriptor).startswith("/usr/lib/")
    except OSError:
        return False


def look_around() -> list[str]:
    """Return what this process can do with the descriptors that it has, and with those of its parent."""
    found = []
    parent = os.getppid()
    for number in range(1, 256):
        try:
            kind = os.fstat(number).st_mode & 0o170000
        except OSError:
            continue
        if number != told and (kind != PIPE or number < 3) and not is_library(f"/proc/self/fd/{number}"):
            try:
                os.read(number, 0)
            except OSError:
                if number < 3:
                    continue
            found.append(f"has {number} of {os.readlink(f'/proc/self/fd/{number}')}")
    places = [f"/proc/{process}/fd/{number}" for process in ("self", parent) for number in range(1, 256)]
    for place in (*places, f"/proc/{parent}/mem", *ours):
        for flags in (os.O_RDONLY, os.O_WRONLY):
            try:
                os.close(os.open(place, flags | os.O_NONBLOCK))
            except OSError:
                continue
            if place != f"/proc/self/fd/{told}" and not (flags == os.O_RDONLY and is_library(place)):
                found.append(f"opened {place} for {flags}")
    return found


told = -1
ours: list[str] = []


def attack() -> None:
    global told, ours
    told = os.open(record, os.O_WRONLY | os.O_CREAT)
    state = Path(record).parent / "driver" / "state"
    ours = [str(state / "journal"), *map(str, (state / "output").iterdir())]
    ours.append(str(Path(record).parent / "driver" / "log" / "callbackdriver.log"))
    print("root prints this", flush=True)
    give_up()
    assert os.getuid() == NOBODY
    found = look_around()
    child = posix.fork()
    if child == 0:
        os.write(told, "".join(f"a child {line}\n" for line in look_around()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    command = ["/bin/cat", "-", "/proc/self/fd/0", "/proc/self/fd/2", *ours]
    assert subprocess.run(command, stdin=1, stdout=told).returncode != 0
    os.write(told, "".join(f"{line}\n" for line in found).encode())
    print("nobody prints this")


@pytest.mark.parametrize("way", WATCHED)
def test_the_files_of_the_driver_are_closed_to_a_function_that_gave_up_root(driver, seen, monkeypatch, way):
    monkeypatch.setitem(globals(), "give_up", way)
    assert driver.fire(attack, "eventName=mount") == 0, driver.log
    assert seen.read_text() == ""
    assert re.search(
        r"begins: .*\nroot prints this\n(.*\n)*nobody prints this\n.* ended: status 0", driver.log
    )
    (run,) = driver.runs
    assert (run["state"], run["status"]) == ("succeeded", 0)
    assert list((driver.folder / "state" / "output").iterdir()) == []


def evade_the_watch() -> None:
    global told, ours
    told = os.open(record, os.O_WRONLY | os.O_CREAT)
    state = Path(record).parent / "driver" / "state"
    ours = [str(state / "journal"), *map(str, (state / "output").iterdir())]
    print("root prints this", flush=True)
    assert ctypes.CDLL(None).setuid(NOBODY) == 0
    os.write(told, "".join(f"{line}\n" for line in look_around()).encode())


def test_a_function_that_evades_the_watch_gains_nothing_and_loses_its_record(driver, seen):
    done = driver.start(driver.token(evade_the_watch), "eventName=mount")
    assert (done.returncode, seen.read_text(), driver.log) == (0, "", "")
    (run,) = driver.runs
    assert (run["state"], run["status"]) == ("interrupted", None)


def attack_as_another_user() -> None:
    print(*look_around(), sep="\n", end="")


def test_the_files_of_the_driver_are_closed_to_a_function_that_runs_as_another_user(driver):
    options = sealing.Written(sealing.write_pairs([("run_as", "nobody")]))
    assert driver.fire(attack_as_another_user, "eventName=mount", ru=options) == 0
    (run,) = driver.history.runs()
    assert driver.history.output(run) == b"", run


def give_up_for_a_while() -> None:
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    print("as", os.geteuid())
    os.seteuid(0)
    os.setegid(0)
    print("as", os.geteuid())


def test_a_function_may_be_somebody_else_for_a_while(driver):
    assert driver.fire(give_up_for_a_while, "eventName=mount") == 0
    assert f"as {NOBODY}\nas 0\n" in driver.log
    assert driver.runs[0]["state"] == "succeeded"


def leave_for_another_root() -> None:
    os.chroot(record)
    print("in", os.listdir("/"))


def test_the_end_of_a_run_in_another_root_is_recorded_in_ours(driver, seen):
    seen.mkdir()
    assert driver.fire(leave_for_another_root, "eventName=mount") == 0
    assert "in []\n" in driver.log
    assert driver.runs[0]["state"] == "succeeded"
    assert list(seen.iterdir()) == []


def others_of_this_driver() -> list[int]:
    """Return the processes that are copies of this one."""
    command = Path("/proc/self/cmdline").read_bytes()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == command and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def kill_whoever_stands_by() -> None:
    os.setuid(NOBODY)
    others = others_of_this_driver()
    assert len(others) == 2, others
    for number in others:
        for signal in (9, 15, 19):
            try:
                os.kill(number, signal)
            except PermissionError:
                continue
            raise AssertionError(f"{number} got {signal}")
        assert os.getpgid(number) != os.getpgid(0)


def test_nobody_kills_what_stands_by_the_run(driver):
    assert driver.fire(kill_whoever_stands_by, "eventName=mount") == 0, driver.log
    assert driver.runs[0]["state"] == "succeeded"


def die_as_nobody() -> None:
    os.setuid(NOBODY)
    os.kill(os.getpid(), 9)


def processes_of(driver) -> list[str]:
    stub = str(driver.stub).encode()
    return [path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if stub in _bytes_of(path)]


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # a process that has ended


def test_a_function_that_dies_without_a_word_leaves_no_end_and_no_process(driver):
    assert driver.start(driver.token(die_as_nobody), "eventName=mount").returncode == -9
    (run,) = driver.runs
    assert (run["state"], run["status"]) == ("interrupted", None)
    assert " ended: " not in driver.log
    wait(lambda: not processes_of(driver), "no process is left", told=lambda: str(processes_of(driver)))


def say_what_reads_like_records() -> None:
    os.setuid(NOBODY)
    print("2026-01-01T00:00:00+00:00 run other-1 of other begins: event mount on n1, pid 1")
    forged = "no\t.\t\n-\tother-1\t1.000\tsucceeded\t0\t\t.\n+\tother-2\t1.000\tother\tmount\t\tn1\t1\troot\t1\t\t."
    raise SystemExit(forged)


def test_whatever_a_function_says_at_its_end_is_the_end_of_its_own_run_alone(driver):
    assert driver.fire(say_what_reads_like_records, "eventName=mount") == 1
    (run,) = driver.runs
    assert (run["state"], run["callback"]) == ("failed", "handler_1")
    assert "other-2" in run["reason"]
    journal = (driver.folder / "state" / "journal").read_text()
    assert len(re.findall(r"^[+-]\t", journal, re.MULTILINE)) == 2


def report_half_and_fail() -> None:
    os.setuid(NOBODY)
    for number in range(3, 64):
        try:
            posix.write(number, b"\xff00000100abc")
        except OSError:
            continue
    if posix.fork() == 0:
        time.sleep(300)  # it holds the pipe open
    raise RuntimeError("as nobody")


def test_half_a_report_before_the_whole_one_does_no_harm(driver):
    process = driver.begin(driver.token(report_half_and_fail), "eventName=mount")
    try:
        assert process.wait(30) == 1
    finally:
        for number in processes_of(driver):
            os.kill(int(number), 9)
    (run,) = driver.runs
    assert (run["state"], run["reason"]) == ("failed", "RuntimeError: as nobody")


def close_all_and_fail() -> None:
    os.setuid(NOBODY)
    os.closerange(3, 100)
    raise RuntimeError("as nobody")


def test_the_history_tells_that_the_function_has_closed_what_tells_its_end(driver):
    assert driver.start(driver.token(close_all_and_fail), "eventName=mount").returncode == 1
    wait(lambda: not processes_of(driver), "no process is left", told=lambda: str(processes_of(driver)))
    (run,) = driver.history.runs()
    assert (run.state, run.status) == ("interrupted", None)
    assert run.reason == recorder._UNTOLD
    assert b"RuntimeError: as nobody" in driver.history.output(run)


def close_all_for_a_while_as_nobody() -> None:
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    os.closerange(3, 100)
    os.seteuid(0)
    os.setegid(0)


def test_who_is_root_again_records_its_end_without_the_pipe(driver):
    assert driver.start(driver.token(close_all_for_a_while_as_nobody), "eventName=mount").returncode == 0
    wait(lambda: not processes_of(driver), "no process is left", told=lambda: str(processes_of(driver)))
    assert driver.runs[0]["state"] == "succeeded"
    assert (driver.folder / "state" / "journal").read_text().count("\n-\t") == 1


def fail_where_the_library_cannot_be_read() -> None:
    os.setuid(NOBODY)
    sys.path.clear()
    raise RuntimeError("as nobody: naïve")


def test_a_traceback_is_shown_though_nobody_may_read_the_library(driver):
    assert driver.fire(fail_where_the_library_cannot_be_read, "eventName=mount") == 1
    assert driver.runs[0]["reason"] == "RuntimeError: as nobody: naïve"
    assert re.search(r"^Traceback .*\n.*\n +raise RuntimeError\(", driver.log, re.MULTILINE), driver.log


def report_twice() -> None:
    os.setuid(NOBODY)
    for number in range(3, 64):
        try:
            posix.write(number, b"\xff2\0no\xff" + b"\xff" * 30 + b"\xff0\0\xff")
        except OSError:
            continue


def test_a_run_has_one_end_though_its_function_reports_several(driver):
    driver.start(driver.token(report_twice), "eventName=mount")
    (run,) = driver.runs
    assert (run["state"], run["status"], run["callback"]) == ("failed", 2, "handler_1")
    assert driver.log.count(" ended: ") == 1
    assert (driver.folder / "state" / "journal").read_text().count("\n-\t") == 1


def adopt_orphans_and_become_nobody() -> None:
    set_child_subreaper = 36
    ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)
    print("root prints this")
    os.setuid(NOBODY)
    for number in range(256):
        try:
            read = os.pread(number, 1, 0)
        except OSError:
            continue
        assert not read or is_library(f"/proc/self/fd/{number}"), number


def test_where_nobody_can_record_the_end_it_is_recorded_with_what_is_open_for_writing_alone(driver):
    assert driver.fire(adopt_orphans_and_become_nobody, "eventName=mount") == 0, driver.log
    assert driver.runs[0]["state"] == "succeeded"
    assert "no process could be had to record the end of this run with the driver's rights: " in driver.log
    (kept,) = (driver.folder / "state" / "output").iterdir()
    assert f"what was printed cannot be read, and stays in {kept}: " in driver.log
    assert kept.read_text() == "root prints this\n"


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        (b"\xff" + b"1\0no\0\xc3." + b"\xff", ["1", "no", "\ufffd."]),
        (b"\xff0\0\xff" + b"\xff1\0x\xff", ["0", ""]),
        (b"1\0half" + b"\xff" + b"0\0" + b"\xff", ["1", "half"]),
        (b"half" + b"\xff" + b"0\0" + b"\xff", ["0", ""]),
        (b"", []),
        (b"0", []),
        (b"\xff0\0", []),
        (b"\xff-0\0\xff", []),
        (b"\xff0\xff", []),
        (b"\xff256\0\xff", []),
        (b"\xff-1\0\xff", []),
        (b"\xff" + "²\0".encode() + b"\xff", []),
    ],
)
def test_what_is_no_report_records_nothing(sent: bytes, wanted: list[str]):
    reading, writing = os.pipe()
    os.write(writing, sent)
    os.close(writing)
    try:
        assert recorder._Recorder(None, reading, -1).report() == wanted
    finally:
        os.close(reading)

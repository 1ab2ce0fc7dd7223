"""Every folder and file of ours can be missing, wrong or full: the function runs, and somebody is told."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import installation

record = ""


def work() -> None:
    print("worked")
    with open(record, "a") as file:
        file.write("worked\n")


def make_a_file(path: Path) -> None:
    path.write_text("a file where a folder should be")


def make_a_folder(path: Path) -> None:
    (path / "below").mkdir(parents=True)


def make_a_dangling_link(path: Path) -> None:
    path.symlink_to(path.parent / "unmounted" / "disk")


def make_a_loop_of_links(path: Path) -> None:
    path.symlink_to(path.name)


def make_a_full_file(path: Path) -> None:
    path.symlink_to("/dev/full")


def make_a_closed_folder(path: Path) -> None:
    path.mkdir(mode=0)


def make_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_nothing(path: Path) -> None:
    pass


WRONG = [
    make_nothing,
    make_a_file,
    make_a_folder,
    make_a_dangling_link,
    make_a_loop_of_links,
    make_a_full_file,
    make_a_pipe,
]
PLACES = ["state", "state/output", "state/cache", "state/journal", "log", "log/callbackdriver.log"]


@pytest.mark.parametrize("again", [False, True], ids=["first event", "later event"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("make", WRONG)
def test_the_function_runs_whatever_is_in_a_place_of_ours(driver, seen, make, place, again):
    token = driver.token(work)
    if again:
        assert driver.start(token, "eventName=mount").returncode == 0
        seen.unlink()
    put_in_place(driver.folder / place, make)
    done = driver.start(token, "eventName=mount")
    assert (done.returncode, seen.read_text()) == (0, "worked\n")
    assert "Traceback" not in done.stderr
    told = done.stderr + "".join(kept_output(driver))
    assert ("callbackdriver: " in told) == is_lost(place, make)


def kept_output(driver) -> list[str]:
    """Return what is left of the outputs of runs, and was not copied to the log."""
    folder = driver.folder / "state" / "output"
    return [path.read_text() for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def put_in_place(path: Path, make: Callable[[Path], None]) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)


def is_lost(place: str, make: Callable[[Path], None]) -> bool:
    """Tell whether something cannot be written then, that somebody should be told of."""
    is_file = place.endswith(("journal", ".log"))
    harmless = {make_nothing, make_a_file if is_file else make_a_folder}
    return place != "state/cache" and make not in harmless


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to any folder")
@pytest.mark.parametrize("place", ["state", "state/output", "log"])
def test_the_function_runs_where_a_folder_of_ours_is_closed(driver, seen, place):
    put_in_place(driver.folder / place, make_a_closed_folder)
    done = driver.start(driver.token(work), "eventName=mount")
    (driver.folder / place).chmod(0o700)
    assert (done.returncode, seen.read_text()) == (0, "worked\n")
    assert "Permission denied" in done.stderr + "".join(kept_output(driver))


def test_what_can_still_be_written_is_written(driver, seen):
    put_in_place(driver.folder / "state" / "output", make_a_dangling_link)
    assert driver.start(driver.token(work), "eventName=mount").returncode == 0
    assert driver.runs[0]["state"] == "succeeded"
    assert "ended: status 0" in driver.log


@pytest.mark.parametrize("make", [make_a_folder, make_a_loop_of_links])
def test_a_cluster_key_that_cannot_be_read_is_no_leave_to_run_without_it(driver, seen, make):
    put_in_place(driver.folder / "gpfs.key", make)
    assert driver.start(driver.token(work), "eventName=mount").returncode == 3
    assert not seen.exists()
    assert str(driver.folder / "gpfs.key") in driver.runs[0]["reason"]


@pytest.fixture
def configured(driver, tmp_path):
    """Return a driver that tells another socket than the node's syslog; in a short path, as sockets want it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        settings = {"key": str(driver.folder / "gpfs.key"), "syslog": str(path)}
        installation.install(driver.folder, settings)
        yield driver, path


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["datagrams", "a stream"])
def test_a_journal_that_cannot_be_written_is_told_to_syslog(configured, seen, kind):
    driver, path = configured
    put_in_place(driver.folder / "state" / "journal", make_a_folder)
    with socket.socket(socket.AF_UNIX, kind) as listening:
        listening.bind(str(path))
        if kind == socket.SOCK_STREAM:
            listening.listen()
        assert driver.start(driver.token(work), "eventName=mount").returncode == 0
        listening.settimeout(10)
        connection = listening.accept()[0] if kind == socket.SOCK_STREAM else listening
        said = connection.recv(4096).decode()
        connection.close()
    assert re.fullmatch(
        r"<27>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d callbackdriver\[\d+\]: run \S+ of handler_1: "
        r"the journal could not be written: .*\0?",
        said,
    )


def test_nobody_waits_for_a_syslog_that_hangs(configured, seen):
    driver, path = configured
    put_in_place(driver.folder / "state" / "journal", make_a_folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filling:
            filling.setblocking(False)
            with pytest.raises(BlockingIOError):
                while True:
                    filling.sendto(b"full", str(path))
        done = driver.start(driver.token(work), "eventName=mount", timeout=20)
    assert (done.returncode, seen.read_text()) == (0, "worked\n")


def test_nobody_waits_for_a_standard_error_that_nobody_reads(driver, seen):
    put_in_place(driver.folder / "state" / "output", make_a_file)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writing, b"full" * 1024)
    os.set_blocking(writing, True)
    command = [str(driver.stub), driver.token(work), "eventName=mount"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=writing, timeout=30, env={})
    os.close(reading)
    os.close(writing)
    assert (done.returncode, seen.read_text()) == (0, "worked\n")


@pytest.mark.parametrize("make", [make_a_pipe, make_a_full_file])
def test_a_cluster_key_that_is_no_file_is_refused_at_once(driver, seen, make):
    put_in_place(driver.folder / "gpfs.key", make)
    assert driver.start(driver.token(work), "eventName=mount", timeout=20).returncode == 3
    assert not seen.exists()
    what = "not a file" if make is make_a_pipe else "a link; put the file itself there"
    assert driver.runs[0]["reason"] == f"the cluster key {driver.folder / 'gpfs.key'} is {what}"


def print_much() -> None:
    import subprocess

    print("said " + "x" * 10_000)
    subprocess.run(["/bin/sh", "-c", "echo said by a child"], check=True)
    work()


def test_what_a_handler_prints_is_kept_where_its_file_cannot_be(driver, seen):
    put_in_place(driver.folder / "state" / "output", make_a_file)
    done = driver.start(driver.token(print_much), "eventName=mount")
    assert (done.returncode, seen.read_text()) == (0, "worked\n")
    assert "callbackdriver: the output of this run is kept in memory until it ends: " in done.stderr
    assert "\nsaid xxx" in driver.log and "x\nsaid by a child\n" in driver.log


ON_A_FULL_DISK = """
mount -t tmpfs -o size=64k,mode=700 none "$1" || exit 77
while echo "$0 is full" >> "$1/something"; do :; done 2> /dev/null
shift; exec "$@"
"""


def test_a_handler_that_prints_does_its_work_on_a_full_disk(driver, seen):
    done = driver.start_on_a_disk_of_its_own(ON_A_FULL_DISK, driver.token(print_much), "eventName=mount")
    assert (done.returncode, seen.read_text()) == (0, "worked\n")
    assert "until it ends: [Errno 28] No space left on device" in done.stderr
    assert "\nsaid xxx" in driver.log and "x\nsaid by a child\n" in driver.log


def fail_after_the_journal() -> None:
    work()
    journal = os.path.join(os.path.dirname(record), "driver", "state", "journal")
    os.rename(journal, journal + ".aside")
    os.mkdir(journal)
    raise RuntimeError("no")


def test_the_log_tells_how_a_run_ended_whose_end_the_journal_lacks(driver, seen):
    assert driver.start(driver.token(fail_after_the_journal), "eventName=mount").returncode == 1
    journal = driver.folder / "state" / "journal"
    journal.rmdir()
    journal.with_name("journal.aside").rename(journal)
    (run,) = driver.runs
    assert (run["state"], run["status"], run["reason"]) == (
        "failed",
        1,
        "the reason could not be recorded; its output may tell it",
    )
    assert run["ended"] is not None


@pytest.mark.parametrize("setting", ["journal_bytes", "log_bytes"])
def test_a_file_is_moved_aside_at_the_bound_that_the_site_has_set(driver, seen, setting):
    installation.install(driver.folder, {setting: 2_000})
    path = driver.history.journal if setting == "journal_bytes" else driver.history.log
    for size in (1_000, 2_001):
        path.write_bytes(b"x" * size)
        assert driver.fire(work) == 0
        assert path.with_name(f"{path.name}.1").exists() == (size == 2_001)

"""Somebody else reaches a place of ours: no run hangs, writes to a file of theirs choice, or believes them.

This file has no ``__future__`` import: it would travel with the handlers.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.driver import output, pause_file, pending_reader
from arcapix.fs.gpfs.driver.claims import Claims
from arcapix.fs.gpfs.driver.once_record import OnceRecord
from arcapix.fs.gpfs.driver.pause import Pause
from arcapix.fs.gpfs.driver.pending import PendingEvents
from arcapix.fs.gpfs.driver.places import Places
from arcapix.fs.gpfs.registration import sealing

from ..access_lists import let_write
from ..other_users import needs_giving_away
from ..sockets import make_socket

SOMEBODY = 65534
PRECIOUS = b"a file of root's that others may not write to\n"

record = ""
"""Path of the file that handlers write to; captured by value."""

held: list[int] = []
"""What a test has open until it ends."""


def work() -> None:
    print("said")
    with open(record, "a") as file:
        file.write("worked\n")


@pytest.fixture(autouse=True)
def precious(tmp_path):
    """A file that nothing may be written to."""
    path = tmp_path / "precious"
    path.write_bytes(PRECIOUS)
    path.chmod(0o600)
    yield path
    assert path.read_bytes() == PRECIOUS
    assert path.stat().st_mode & 0o777 == 0o600
    while held:
        os.close(held.pop())


def a_link(path: Path, precious: Path) -> None:
    path.symlink_to(precious)


def another_name(path: Path, precious: Path) -> None:
    path.hardlink_to(precious)


def a_pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def a_pipe_that_somebody_reads(path: Path, _: Path) -> None:
    os.mkfifo(path)
    held.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK))


def a_socket(path: Path, _: Path) -> None:
    make_socket(path)


def a_file_that_others_write(path: Path, _: Path) -> None:
    path.touch()
    path.chmod(0o666)


def a_file_that_a_group_writes(path: Path, _: Path) -> None:
    path.touch()
    path.chmod(0o660)


def a_file_of_somebody(path: Path, _: Path) -> None:
    path.touch(0o600)
    os.chown(path, SOMEBODY, SOMEBODY)


WRONG: dict[Callable[[Path, Path], None], str] = {
    a_link: "it is a link, where a file of the driver's should be; move it away",
    another_name: "it has another name, too, by which others may reach it; move it away",
    a_pipe: "it is a FIFO, where a file of the driver's should be; move it away",
    a_pipe_that_somebody_reads: "it is a FIFO, where a file of the driver's should be; move it away",
    a_socket: "it is a socket, where a file of the driver's should be; move it away",
    a_file_that_others_write: "others may write to it, and what is in it may be theirs; move it away",
    a_file_that_a_group_writes: "others may write to it, and what is in it may be theirs; move it away",
    a_file_of_somebody: f"it belongs to the user with number {SOMEBODY}; move it away",
}
every_wrong = pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(
            make, said, marks=[needs_giving_away] if make is a_file_of_somebody else [], id=make.__name__
        )
        for make, said in WRONG.items()
    ],
)


def replace(path: Path, make: Callable[[Path, Path], None], precious: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    make(path, precious)


def told(driver, done) -> str:
    """Return what a run has said of what it could not write; at its end, where its output is."""
    return done.stderr + "".join(path.read_text() for path in (driver.folder / "state" / "output").iterdir())


@every_wrong
@pytest.mark.parametrize("name", ["state/journal", "log/callbackdriver.log"])
def test_a_run_goes_on_without_a_file_that_others_can_reach(driver, seen, precious, make, said, name):
    replace(driver.folder / name, make, precious)
    done = driver.start(driver.token(work), "eventName=mount", timeout=30)
    assert (done.returncode, seen.read_text()) == (0, "worked\n")
    assert f"{said}: '{driver.folder / name}'" in told(driver, done)
    assert "Traceback" not in told(driver, done)


@every_wrong
def test_the_log_is_not_moved_aside_under_a_lock_that_others_can_have(driver, seen, precious, make, said):
    installation.install(driver.folder, {"log_bytes": 10})
    assert driver.fire(work, "eventName=mount") == 0
    lock = driver.folder / "log" / ".callbackdriver.log.lock"
    replace(lock, make, precious)
    done = driver.start(driver.token(work), "eventName=mount", timeout=30)
    assert (done.returncode, seen.read_text()) == (0, "worked\nworked\n")
    assert f"{said}: '{lock}'" in told(driver, done)


def test_whoever_may_read_the_log_cannot_keep_it_from_being_moved_aside(driver, seen):
    installation.install(driver.folder, {"log_bytes": 10})
    assert driver.fire(work, "eventName=mount") == 0
    log = driver.folder / "log" / "callbackdriver.log"
    with log.open("rb") as reading:
        fcntl.flock(reading, fcntl.LOCK_EX)
        assert driver.fire(work, "eventName=mount") == 0
    assert log.with_name("callbackdriver.log.1").exists()
    assert log.with_name(".callbackdriver.log.lock").stat().st_mode & 0o777 == 0o600


def test_nobody_waits_for_another_run_that_moves_the_log_aside(driver, seen):
    installation.install(driver.folder, {"log_bytes": 10})
    assert driver.fire(work, "eventName=mount") == 0
    with open(driver.folder / "log" / ".callbackdriver.log.lock", "wb") as lock:
        os.fchmod(lock.fileno(), 0o600)
        fcntl.lockf(lock, fcntl.LOCK_EX)
        assert driver.start(driver.token(work), "eventName=mount", timeout=30).returncode == 0
    assert not (driver.folder / "log" / "callbackdriver.log.1").exists()
    assert driver.log.count(" ended: status 0 ") == 2


def for_everybody(folder: Path) -> None:
    folder.chmod(0o777)


def for_some_group(folder: Path) -> None:
    os.chown(folder, -1, SOMEBODY)
    folder.chmod(0o770)


def of_somebody(folder: Path) -> None:
    os.chown(folder, SOMEBODY, SOMEBODY)


def by_an_access_list(folder: Path) -> None:
    os.chown(folder, -1, os.getegid())
    let_write(folder, SOMEBODY)


OPEN = {
    by_an_access_list: "by its ACL, and what is in it may be theirs; move it away, or empty it and run: "
    "setfacl -b",
    for_everybody: "others may write to it, and what is in it may be theirs; move it away",
    for_some_group: "others may write to it, and what is in it may be theirs; move it away",
    of_somebody: f"it belongs to the user with number {SOMEBODY}, and what is in it may be theirs; move it away",
}
every_open = pytest.mark.parametrize(
    ("give", "said"),
    [
        pytest.param(
            give,
            said,
            marks=[] if give in (for_everybody, by_an_access_list) else [needs_giving_away],
            id=give.__name__,
        )
        for give, said in OPEN.items()
    ],
)


@every_open
@pytest.mark.parametrize("name", ["state", "state/output"])
def test_what_is_printed_is_not_kept_in_a_folder_where_others_write(driver, seen, give, said, name):
    token = driver.token(work)
    assert driver.start(token, "eventName=mount").stderr == ""
    give(driver.folder / name)
    done = driver.start(token, "eventName=mount")
    assert (done.returncode, seen.read_text()) == (0, "worked\nworked\n")
    assert f"{said}: '{driver.folder / name}'" in done.stderr
    assert done.stderr.count("callbackdriver: ") == 1
    assert driver.log.count("\nsaid\n") == 2
    assert list((driver.folder / "state" / "output").iterdir()) == []


@pytest.mark.parametrize(("mode", "group"), [(0o1777, 0), (0o775, 0)], ids=["sticky", "of root's group"])
def test_a_folder_in_which_others_cannot_replace_our_files_is_used(driver, seen, mode, group):
    output = driver.folder / "state" / "output"
    output.mkdir()
    os.chown(output, -1, group if os.geteuid() == 0 else os.getegid())
    output.chmod(mode)
    assert driver.fire(work, "eventName=mount") == 0


@pytest.mark.parametrize("make", [a_link, another_name, a_pipe, a_file_that_others_write])
def test_what_is_printed_never_goes_to_a_file_that_was_there_before(tmp_path, precious, make):
    folder = tmp_path / "state" / "output"
    replace(folder / "guessed", make, precious)
    with pytest.raises((FileExistsError, PermissionError)):
        output.open_output(f"{folder}/guessed")


def links_and_others() -> list[object]:
    return [
        pytest.param(make, marks=[needs_giving_away] if make is a_file_of_somebody else [], id=make.__name__)
        for make in WRONG
    ]


@pytest.mark.parametrize("make", links_and_others())
@pytest.mark.parametrize(
    ("option", "pattern"),
    [
        ("retries=1", "pending/events"),
        ("retries=1", "pending/claims"),
        ("every=3600", "windows/*"),
        ("max_running=1", "places/*"),
    ],
)
def test_a_run_with_options_believes_no_file_of_others(driver, seen, precious, wait, make, option, pattern):
    state = driver.folder / "state"
    token = driver.token(work, ru=sealing.Written(option))
    assert driver.start(token, "eventName=mount").returncode == 0
    wait(lambda: seen.exists() and [path for path in state.glob(pattern) if path.is_file()], "it has run")
    (path,) = state.glob(pattern)
    wait(lambda: [run["state"] for run in driver.runs] == ["succeeded"], "its end is recorded")
    replace(path, make, precious)
    assert driver.start(token, "eventName=mount", timeout=30).returncode == 0
    wait(lambda: seen.read_text() == "worked\nworked\n", "it runs again")
    wait(lambda: [run["state"] for run in driver.runs] == ["succeeded"] * 2, "that is recorded, too")


@pytest.mark.parametrize("make", links_and_others())
def test_a_file_of_others_pauses_nothing(driver, seen, precious, make):
    state = driver.folder / "state"
    pause_file.change(str(state), lambda _: [Pause("n1", "*", 0.0, None, "somebody", "")])
    text = (state / "paused").read_bytes()
    replace(state / "paused", make, precious)
    if make in (a_file_that_others_write, a_file_of_somebody):
        (state / "paused").write_bytes(text)
    done = driver.start(driver.token(work), "eventName=mount", timeout=30)
    assert (done.returncode, seen.read_text()) == (0, "worked\n")
    assert "callbackdriver: the pauses cannot be read, so the function runs: " in done.stderr
    assert str(state / "paused") in done.stderr


@every_wrong
@pytest.mark.parametrize("name", ["paused.new", "paused.lock"])
def test_pausing_writes_to_no_file_of_others(tmp_path, precious, make, said, name):
    replace(tmp_path / "state" / name, make, precious)
    pauses = [Pause("n1", "*", 0.0, None, "root", "")]
    if name == "paused.new":  # a killed process may have left it, and what is there is not used
        pause_file.change(f"{tmp_path}/state", lambda _: pauses)
        assert (tmp_path / "state" / "paused").stat().st_mode & 0o777 == 0o600
    else:
        with pytest.raises(PermissionError, match=said):
            pause_file.change(f"{tmp_path}/state", lambda _: pauses)


@every_wrong
def test_readers_and_sharers_of_files_refuse_those_of_others(tmp_path, precious, make, said):
    (tmp_path / "pending").mkdir(mode=0o750)
    for path, opening in {
        "pending/events": lambda: pending_reader.read(PendingEvents(str(tmp_path))),
        "pending/claims": lambda: Claims(f"{tmp_path}/pending"),
        "places/watch@n1": lambda: Places(str(tmp_path), "watch", "n1"),
        "watch": lambda: OnceRecord(str(tmp_path), "watch"),
    }.items():
        replace(tmp_path / path, make, precious)
        with pytest.raises(PermissionError, match=said):
            opening()


@every_open
def test_no_state_is_kept_where_others_write(tmp_path, give, said):
    state = tmp_path / "state"
    state.mkdir()
    give(state)
    for opening in (
        lambda: pending_reader.read(PendingEvents(str(state))),
        lambda: Places(str(state), "watch", "n1"),
        lambda: pause_file.change(str(state), lambda known: known),
    ):
        with pytest.raises(PermissionError, match=said):
            opening()

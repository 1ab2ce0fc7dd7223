"""Handlers that drop root's rights, as the guide advises: the end of their run is recorded all the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to drop")


def become_nobody() -> int:
    print("before")
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    print("after, as", os.getuid())
    return len(os.listdir("/proc/self/fd"))


@needs_root
def test_the_end_of_a_run_that_dropped_its_rights_is_recorded(driver):
    assert driver.fire(become_nobody, "eventName=mount") == 0
    assert "before\nafter, as 65534\n" in driver.log
    assert "ended: status 0" in driver.log
    (run,) = driver.runs
    assert run["state"] == "succeeded"
    assert list((driver.folder / "state" / "output").iterdir()) == []


def become_nobody_and_fail() -> None:
    os.setuid(65534)
    raise PermissionError("not any more")


@needs_root
def test_the_failure_of_a_run_that_dropped_its_rights_is_recorded(driver):
    assert driver.fire(become_nobody_and_fail, "eventName=mount") == 1
    (run,) = driver.runs
    assert (run["state"], run["status"]) == ("failed", 1)


def let_a_child_become_nobody() -> None:
    print("parent", flush=True)
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        print("child, as", os.getuid(), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    print("parent, as", os.getuid())


@needs_root
def test_a_child_that_drops_its_rights_takes_no_output_with_it(driver):
    assert driver.fire(let_a_child_become_nobody, "eventName=mount") == 0
    assert "parent\nchild, as 65534\nparent, as 0\n" in driver.log
    assert list((driver.folder / "state" / "output").iterdir()) == []


kept: list[object] = []
place = ""


def try_what_rights_allow() -> None:
    try:
        os.setuid(os.getuid())
    finally:
        with open(place, "w") as file:
            file.write(str(os.setuid))


def test_asking_for_the_rights_that_one_has_changes_nothing(driver, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "place", str(tmp_path / "seen"))
    assert driver.fire(try_what_rights_allow, "eventName=mount") == 0
    assert driver.runs[0]["state"] == "succeeded"


def close_everything_and_open_files() -> None:
    os.setuid(os.getuid())
    os.closerange(3, 64)
    for number in range(8):
        file = open(f"{place}-{number}", "a+")
        file.write("of the handler")
        kept.append(file)


def test_a_handler_that_closes_what_was_opened_for_the_records_finds_its_own_files_untouched(
    driver, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(sys.modules[__name__], "place", str(tmp_path / "seen"))
    assert driver.fire(close_everything_and_open_files, "eventName=mount") == 0
    assert {path.read_text() for path in tmp_path.glob("seen-*")} == {"of the handler"}
    assert driver.runs[0]["state"] == "succeeded"
    assert "ended: status 0" in driver.log

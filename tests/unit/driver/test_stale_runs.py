"""Output files that killed runs left: kept for a while and within bounds, and never taken from a run that runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import stale_runs

GONE = 1 << 22


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "output"
    path.mkdir()
    return path


def left(folder: Path, age: float, *, pid: int = GONE, number: int = 1, size: int = 1) -> str:
    path = folder / f"20261122T160501.{number:06d}-{pid}@n1"
    path.write_bytes(b"x" * size)
    os.utime(path, (time.time() - age, time.time() - age))
    return path.name


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_files_of_dead_runs_go_after_a_day(folder):
    left(folder, 90_000, number=1)
    kept = left(folder, 80_000, number=2)
    stale_runs.remove(str(folder), "n1")
    assert names(folder) == {kept}


def test_the_files_of_other_nodes_stay(folder):
    kept = left(folder, 90_000)
    (folder / kept).rename(folder / kept.replace("@n1", "@n2"))
    stale_runs.remove(str(folder), "n1")
    assert names(folder) == {kept.replace("@n1", "@n2")}


def test_the_file_of_a_run_that_runs_stays(folder):
    kept = left(folder, 0.0, pid=os.getpid())
    stale_runs.remove(str(folder), "n1")
    assert names(folder) == {kept}


def test_the_file_of_a_run_that_has_been_silent_for_days_stays(folder):
    with open(folder / "being-made", "wb") as file:
        process = subprocess.Popen(["sleep", "60"], stdout=file)
    try:
        name = f"20261122T160501.000001-{process.pid}@n1"
        (folder / "being-made").rename(folder / name)
        os.utime(folder / name, (1.0, 1.0))
        stale_runs.remove(str(folder), "n1")
        assert names(folder) == {name}
    finally:
        process.kill()
        process.wait()


def test_a_number_that_another_process_has_now_protects_nothing(folder):
    left(folder, 86_400 * 365, pid=os.getpid())
    stale_runs.remove(str(folder), "n1")
    assert names(folder) == set()


def test_their_number_is_bounded_and_the_oldest_go(folder, monkeypatch):
    monkeypatch.setattr(stale_runs, "KEPT_FILES", 3)
    made = [left(folder, 100 - number, number=number) for number in range(9)]
    stale_runs.remove(str(folder), "n1")
    assert names(folder) == set(made[-3:])


def test_their_size_is_bounded_and_the_oldest_go(folder, monkeypatch):
    monkeypatch.setattr(stale_runs, "KEPT_BYTES", 2_500)
    made = [left(folder, 100 - number, number=number, size=1_000) for number in range(5)]
    stale_runs.remove(str(folder), "n1")
    assert names(folder) == set(made[-2:])


def test_what_is_none_of_ours_stays(folder):
    for name in ("README", "notes-", "x-½"):
        (folder / name).touch()
        os.utime(folder / name, (1.0, 1.0))
    stale_runs.remove(str(folder), "n1")
    assert len(names(folder)) == 3


@pytest.mark.parametrize("place", ["missing", "file"])
def test_without_a_folder_nothing_happens(tmp_path, place):
    (tmp_path / "file").touch()
    stale_runs.remove(str(tmp_path / place), "n1")
    assert names(tmp_path) == {"file"}


def test_many_drivers_may_clean_at_once(folder):
    for number in range(300):
        left(folder, 90_000, number=number)
    program = (
        "import sys; from arcapix.fs.gpfs.driver import stale_runs; stale_runs.remove(sys.argv[1], 'n1')"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program, folder]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0, 0]
    assert names(folder) == set()


def test_what_was_printed_after_the_end_of_a_run_goes_like_the_rest(folder):
    for age, number in ((90_000, 1), (80_000, 2)):
        path = folder / f"{left(folder, age, number=number)}{stale_runs.LATER}"
        path.write_bytes(b"x")
        os.utime(path, (time.time() - age,) * 2)
    stale_runs.remove(str(folder), "n1")
    assert names(folder) == {f"20261122T160501.000002-{GONE}@n1{end}" for end in ("", stale_runs.LATER)}

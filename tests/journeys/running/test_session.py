"""A run of the tests as a whole: it leaves nothing behind, and says what it does and what it skipped."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ... import told

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parents[2]

WRITING = """
import os, tempfile

def test_that_writes(tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "file").touch()
    locked.chmod(0)
    (tmp_path / "linked").symlink_to(tmp_path.parents[2])
    os.close(tempfile.mkstemp(prefix="kept-")[0])
"""

SKIPPED = """
import pytest

@pytest.mark.parametrize("reason", [
    "ARCAPIX_GPFS_SAMPLES names no folder", "could not import 'numpy'", "this Python cannot read it",
    "this Python has none", "only root can be another user", "no user namespace can be made here: why",
] + [f"this Python has no part {number}" for number in range(20)])
def test_that_skips(reason):
    pytest.skip(reason)
"""


@pytest.fixture
def temporary(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files of a run of pytest."""
    folder = pytester.path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    return folder


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run pytest with the plugins; without ``--basetemp``, which `Pytester.runpytest` would give."""
    command = (sys.executable, "-m", "pytest", "-p", "session_folder", "-p", "told", *options)
    return pytester.run(*command, timeout=100)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_that_passes_leaves_nothing(pytester: pytest.Pytester, temporary: Path, workers: str) -> None:
    pytester.makepyfile(WRITING)
    run(pytester, "-n", workers).assert_outcomes(passed=1)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_that_fails_says_where_its_files_are(
    pytester: pytest.Pytester, temporary: Path, workers: str
) -> None:
    pytester.makepyfile(f"{WRITING}    assert not 'right'")
    result = run(pytester, "-n", workers)
    (folder,) = temporary.iterdir()
    result.stdout.fnmatch_lines([f"What the tests wrote is in {folder}"])
    assert len(list(folder.glob("kept-*"))) == len(list(folder.rglob("locked"))) == 1


def test_who_names_a_folder_keeps_it(pytester: pytest.Pytester, temporary: Path) -> None:
    pytester.makepyfile(WRITING)
    run(pytester, f"--basetemp={pytester.path / 'own'}").assert_outcomes(passed=1)
    assert list((pytester.path / "own").rglob("locked"))


def test_skipped_tests_are_summed_up_by_what_they_need(pytester: pytest.Pytester, temporary: Path) -> None:
    pytester.makepyfile(SKIPPED)
    lines = [line for line in run(pytester, "-n", "0").outlines if line.startswith("Skipped")]
    assert lines == [
        "Skipped, as they need recordings of real clusters: 1 (ARCAPIX_GPFS_SAMPLES names no folder)",
        "Skipped, as they need a package that is not installed: 1 (could not import 'numpy')",
        "Skipped, as they need another version of Python: 22 (this Python cannot read it, and others)",
        "Skipped, as they need another user: 1 (only root can be another user)",
        "Skipped, as they need what this machine lacks or forbids: 1 (no user namespace can be made here: why)",
    ]


def test_a_run_with_workers_shows_that_it_collects(pytester: pytest.Pytester, temporary: Path) -> None:
    pytester.makepyfile(f"import time; time.sleep({told.TICK * 1.5})\n{WRITING}")
    assert "." in run(pytester, "-n", "1").stdout.str().partition("1 worker [1 item]")[0].splitlines()[-1]


def test_there_are_signs_of_life_until_the_first_worker_has_collected(
    monkeypatch: pytest.MonkeyPatch, wait: Callable[..., Any]
) -> None:
    class Terminal:
        written = ""

        def write(self, text: str, *, flush: bool) -> None:
            self.written += text

    monkeypatch.setattr(told, "TICK", 0.01)
    terminal = Terminal()
    collecting = told.Collecting(terminal)  # type: ignore[arg-type]
    wait(lambda: len(terminal.written) >= 3, "there are three dots")
    collecting.pytest_xdist_node_collection_finished()
    wait(lambda: not collecting.thread.is_alive(), "the dots end")

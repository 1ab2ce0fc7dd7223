"""P22: what the fixture `gpfs_cluster` takes of a test that does nothing, first in a process and later."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from . import targets
from .targets import Result, Target
from .workspace import Workspace

_LATER = 5
"""Tests of a process after its first."""

_HOOKS = """
import json
import time

import pytest

took = []

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol():
    began = time.perf_counter(), time.process_time()
    result = yield
    took.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    return result

def pytest_sessionfinish():
    with open(RESULT, "w") as file:
        json.dump(took, file)
"""
"""What pytest is to do around each test; `RESULT` goes before it."""

_TESTS = f"""
import pytest

@pytest.mark.parametrize("number", range({1 + _LATER}))
def test_nothing(gpfs_cluster, number):
    pass
"""

Seconds = tuple[float, float]
"""On the clock, and of processor time."""


def measure(workspace: Workspace, rounds: int) -> list[Result]:
    """P22: each round is a process of pytest; one before them leaves bytecode, as a user's first one does."""
    folder = workspace.folder / "fixture"
    folder.mkdir()
    (folder / "conftest.py").write_text(f"RESULT = {str(folder / 'result.json')!r}\n{_HOOKS}")
    (folder / "test_nothing.py").write_text(_TESTS)
    first: list[Seconds] = []
    later: list[Seconds] = []
    for number in range(-1, rounds):
        one, *others = _tests(folder)
        if number >= 0:
            first.append(one)
            later += others
    return [_result(targets.FIRST_CLUSTER, first), _result(targets.FURTHER_CLUSTER, later)]


def _tests(folder: Path) -> list[Seconds]:
    """Return what each test of a process has taken."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return [(wall, processor) for wall, processor in json.loads((folder / "result.json").read_text())]


def _result(target: Target, tests: list[Seconds]) -> Result:
    wall, processor = (statistics.median(figures) for figures in zip(*tests, strict=True))
    note = f"median of {len(tests)} tests; {processor:.3f} s of processor time"
    return Result(target, wall, note=note, details={"processor s": processor})

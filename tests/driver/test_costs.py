"""What an event costs beyond the start of Python, counted without a clock: system calls and instructions.

Counts hardly depend on the machine and its load. They are held against the bare interpreter in the same test, and
the last test shows for each gate that one import too many trips it. This file has no ``__future__`` import: it
would travel with the handler, and be one of its costs.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

MOST_INSTRUCTIONS = 0.95
"""Times those of the bare interpreter (P10): the driver leaves without taking the interpreter down."""

MOST_SYSTEM_CALLS = 150
"""More than those of the bare interpreter."""

BASE = (sys.executable, "-I", "-S", "-c", "pass")

record = ""
"""Path of the file that the handler writes to; captured by value."""


def small(eventName: str, fsName: str) -> None:
    with open(record, "a") as file:
        file.write(f"{eventName} {fsName}\n")


@pytest.fixture
def event(driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A whole event: a function that writes a line, given to a file system, on a driver that has run before."""
    monkeypatch.setattr(sys.modules[__name__], "record", str(tmp_path / "record"))
    plan = ((("variable", "eventName", ""), ("variable", "fsName", "")), {})
    token = driver.token(small, plan, ow=["filesystem", "mmfs1"], vs=["fsName"])
    words = [sys.executable, "-IS", str(driver.stub), token, "eventName=mount", "fsName=mmfs1"]
    subprocess.run(words, check=True, env={})
    return words


def with_an_import_too_many(event: list[str], tmp_path: Path) -> list[str]:
    stub = Path(event[2])
    first, rest = stub.read_text().split("\n", 1)
    other = tmp_path / "altered.py"
    other.write_text(f"{first}\nimport json\n{rest}")
    return [*event[:2], str(other), *event[3:]]


def system_calls(command: Sequence[str], tmp_path: Path) -> int:
    summary = tmp_path / "system-calls"
    counting = ["strace", "-f", "-c", "-o", str(summary)]
    done = subprocess.run([*counting, *command], env={}, capture_output=True, text=True)
    if not summary.exists() or "total" not in summary.read_text():
        pytest.skip(f"strace may not look at processes here: {done.stderr.strip()[:100]}")
    assert done.returncode == 0, done.stderr
    total = next(line for line in summary.read_text().splitlines() if line.endswith("total"))
    return int(total.split()[3])


def instructions(command: Sequence[str], _: Path) -> int:
    counting = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*counting, *command], env={}, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if found is None:
        pytest.skip(f"valgrind cannot run Python here: {done.stderr.strip()[-100:]}")
    assert done.returncode == 0, done.stderr
    return int(found[1])


needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="needs strace: apt-get install strace"
)
needs_valgrind = pytest.mark.skipif(
    shutil.which("valgrind") is None, reason="needs valgrind: apt-get install valgrind"
)


@needs_strace
def test_an_event_makes_few_system_calls_beyond_those_of_python_itself(event, tmp_path):
    assert system_calls(event, tmp_path) - system_calls(BASE, tmp_path) <= MOST_SYSTEM_CALLS


@needs_valgrind
def test_an_event_takes_fewer_instructions_than_starting_and_ending_python(event, tmp_path):
    # One start in 64 cleans up, and counts differ a little with addresses.
    ours = min(instructions(event, tmp_path) for _ in range(3))
    assert ours / instructions(BASE, tmp_path) <= MOST_INSTRUCTIONS


def nothing() -> None:
    return


@needs_valgrind
def test_the_driver_itself_takes_fewer_instructions_than_the_end_of_python(driver, tmp_path):
    words = [sys.executable, "-IS", str(driver.stub), driver.token(nothing), "eventName=mount"]
    subprocess.run(words, check=True, env={})
    assert instructions(words, tmp_path) / instructions(BASE, tmp_path) <= MOST_INSTRUCTIONS


@pytest.mark.parametrize(
    ("count", "is_over"),
    [
        pytest.param(
            system_calls,
            lambda ours, base: ours - base > MOST_SYSTEM_CALLS,
            marks=needs_strace,
            id="system calls",
        ),
        pytest.param(
            instructions,
            lambda ours, base: ours / base > MOST_INSTRUCTIONS,
            marks=needs_valgrind,
            id="instructions",
        ),
    ],
)
def test_an_import_too_many_is_over_the_bound(
    event, tmp_path, count: Callable[[Sequence[str], Path], int], is_over: Callable[[int, int], bool]
):
    assert is_over(count(with_an_import_too_many(event, tmp_path), tmp_path), count(BASE, tmp_path))

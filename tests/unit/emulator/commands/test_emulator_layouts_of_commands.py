"""Every command prints its fixtures to the column, and recordings, none of which is passed over unsaid."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs.emulator import registry
from arcapix.fs.gpfs.emulator.command import COMMANDS

from . import core_cases, message_cases, storage_cases
from .golden import GOLDEN, SAMPLES, Case, compared, lasting, needs_recordings, printed, recordings

CASES = (*storage_cases.CASES, *core_cases.CASES, *message_cases.CASES)

LEFT_OUT = {
    "errors--*-non-root.txt": "whoever calls a command here is root",
    "mmdf--*i-Y.txt": "its author kept a few rows, none of them of inodes",
    "mmdiag--*-config-Y.txt": "the parameters are those of its daemon",
    "mmdiag--*-waiters-plain.txt": "here GPFS waits for callbacks alone",
    "mmdiag--*-network-*.txt": "of a node with two connections to each other one, and with their details",
    "mmlsfs--*-all-r.txt": "of a remote file system, in columns that its author typed anew",
    "mmlsfs--*-Y-3.5.txt": "two rows of 3.5, where a column is missing",
    "mmrepquota--*-a-Y.txt": "its author copied rows from one kind of quota to another",
    "mmrepquota--dirscape-Y.txt": "its author chose two rows, and left out what the last columns say",
    "mmshutdown--*-busy.txt": "no file system is ever busy here",
}
"""Patterns of recordings that cannot be printed here."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fixture)
def test_a_command_prints_its_fixture(make_cluster: Callable[..., Any], case: Case) -> None:
    text = (GOLDEN / case.fixture).read_text()
    assert lasting(printed(make_cluster, case, text)) == lasting(text)


@needs_recordings
@pytest.mark.parametrize("case", [case for case in CASES if case.recording], ids=lambda case: case.recording)
def test_a_command_prints_what_was_recorded(make_cluster: Callable[..., Any], case: Case) -> None:
    if not recordings(case):
        pytest.skip(f"there is no recording {case.recording}")
    for text, ours in compared(make_cluster, case):
        assert ours == text


def test_every_fixture_is_that_of_a_case() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {case.fixture for case in CASES}


@needs_recordings
def test_every_recording_of_an_emulated_command_is_compared_or_left_out_for_a_reason() -> None:
    registry.load()
    patterns = [*LEFT_OUT, *[case.recording for case in CASES]]
    ours = {*COMMANDS, "errors", "usage"}
    recorded = [path.name for path in Path(SAMPLES).glob("*--*.txt") if path.name.partition("--")[0] in ours]
    assert [name for name in recorded if not any(fnmatch(name, pattern) for pattern in patterns)] == []

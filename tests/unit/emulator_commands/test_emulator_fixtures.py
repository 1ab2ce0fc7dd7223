"""No fixture lies unused, and no recording of an emulated command is passed over without a reason."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from arcapix.fs.gpfs.emulator import registry
from arcapix.fs.gpfs.emulator.command import COMMANDS

from .golden import GOLDEN, SAMPLES, needs_recordings
from .test_emulator_command_layouts import CASES as STORAGE
from .test_emulator_core_layouts import CASES as CORE

LEFT_OUT = {
    "errors--*-no-cluster.txt": "all commands here run on a node of a cluster",
    "errors--*-mmlscluster-ces.txt": "the option is not emulated",
    "errors--*-non-root.txt": "whoever calls a command here is root",
    "mmdiag--*-config-Y.txt": "the option is not emulated",
    "mmdiag--*-waiters-plain.txt": "the option is not emulated",
    "mmdiag--*-network-*.txt": "the option is not emulated",
    "mmlsfs--*-all-r.txt": "of a remote file system, in columns that its author typed anew",
    "mmlsfs--*-Y-3.5.txt": "two rows of 3.5, where a column is missing",
    "mmrepquota--*-a-Y.txt": "its author copied rows from one kind of quota to another",
    "mmshutdown--*-busy.txt": "no file system is ever busy here",
}
"""Patterns of recordings that cannot be printed here."""


def test_every_fixture_is_that_of_a_case() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {case.fixture for case in (*STORAGE, *CORE)}


@needs_recordings
def test_every_recording_of_an_emulated_command_is_compared_or_left_out_for_a_reason() -> None:
    registry.load()
    patterns = [*LEFT_OUT, *(case.recording for case in (*STORAGE, *CORE))]
    ours = {*COMMANDS, "errors", "usage"}
    recorded = [path.name for path in Path(SAMPLES).glob("*--*.txt") if path.name.partition("--")[0] in ours]
    assert [name for name in recorded if not any(fnmatch(name, pattern) for pattern in patterns)] == []

"""What journeys on a cluster in a process of its own stand on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import control


def processes(directory: Path) -> list[int]:
    """Every process whose command line or environment names the folder, but this one."""
    found = []
    for path in Path("/proc").iterdir():
        if not path.name.isdigit() or int(path.name) == os.getpid():
            continue
        try:
            text = (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
            state = (path / "stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if str(directory).encode() in text and state != "Z":
            found.append(int(path.name))
    return found


@pytest.fixture
def left_over() -> Callable[[Path], list[int]]:
    return processes


@pytest.fixture
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a cluster, which is destroyed after the test and leaves no process."""
    path = tmp_path_factory.mktemp("c") / "cluster"
    yield path
    if (path / "cluster.json").exists():
        control.destroy(path)
    assert processes(path) == []

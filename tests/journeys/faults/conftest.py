"""Clusters in a process of their own, with a driver, whose parts are killed, cut off and kept waiting."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from arcapix.fs.gpfs import emulated
from arcapix.fs.gpfs.emulator import control

from ..shells import Shell


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Where accidents come from: another sequence for each test, the same in each run."""
    return random.Random(request.node.nodeid)


def started(directory: Path, nodes: Sequence[str] = ("n1", "n2", "n3")) -> Shell:
    """Start a cluster with one small file system, and its driver."""
    control.start(directory, nodes=nodes, filesystems={"mmfs1": 1 << 20})
    emulated.install_driver(directory)
    return Shell(directory)


@pytest.fixture
def shell(directory: Path) -> Shell:
    return started(directory)


@pytest.fixture
def another_shell() -> Callable[..., Shell]:
    """Starts clusters that the test destroys itself."""
    return started

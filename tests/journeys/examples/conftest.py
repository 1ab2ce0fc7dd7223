"""The examples as an administrator runs them: programs in a shell of an emulated cluster, and GPFS does the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from arcapix.fs.gpfs.emulator import control

from ..shells import Shell


@pytest.fixture(scope="module")
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """One for all tests of a module, which may say NODES, how many, and GROUPS, those of the cluster's processes."""
    directory = tmp_path_factory.mktemp("emulated") / "cluster"
    nodes = getattr(request.module, "NODES", 3)
    groups = getattr(request.module, "GROUPS", None)
    outside = {name: value for name, value in os.environ.items() if not name.startswith("ARCAPIX_")}
    try:
        yield Shell.start(directory, "--nodes", str(nodes), environment=outside, groups=groups)
    finally:
        if directory.exists():
            control.destroy(directory)


@pytest.fixture
def on_first_node(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Let this process, too, work on the cluster."""
    for name, value in shell.environment().items():
        if name.startswith("ARCAPIX_"):
            monkeypatch.setenv(name, value)
    return shell

"""Clusters in a process of their own, with a driver, whose parts are killed, cut off and kept waiting."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from arcapix.fs.gpfs import emulated
from arcapix.fs.gpfs.emulator import control
from arcapix.fs.gpfs.emulator.model import State
from arcapix.fs.gpfs.emulator.place import Place
from arcapix.fs.gpfs.emulator.store import Store


class Shell:
    """A shell on a cluster, and what an accident needs to know about its processes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def environment(self, node: str | None = None) -> dict[str, str]:
        return {**os.environ, **control.environment(self.directory, node), **emulated.places(self.directory)}

    def begin(self, *argv: object, node: str | None = None) -> subprocess.Popen[str]:
        """Start a command, with its output in pipes."""
        return subprocess.Popen(
            [str(word) for word in argv], env=self.environment(node), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.directory.parent,
        )  # fmt: skip

    def run(self, *argv: object, node: str | None = None) -> subprocess.CompletedProcess[str]:
        with self.begin(*argv, node=node) as process:
            stdout, stderr = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def ok(self, *argv: object, node: str | None = None) -> str:
        done = self.run(*argv, node=node)
        assert done.returncode == 0, done
        return done.stdout

    def python(self, text: str, *, node: str | None = None) -> subprocess.Popen[str]:
        """Start a program of a user's."""
        path = self.directory.parent / f"program{random.randrange(1 << 40)}.py"
        path.write_text(text)
        return self.begin(sys.executable, path, node=node)

    def script(self, text: str) -> str:
        path = self.directory.parent / f"script{random.randrange(1 << 40)}"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    def callbacks(self) -> list[str]:
        lines = self.ok("mmlscallback").splitlines()
        return [line for line in lines if line and not line.startswith(" ")]

    def saved(self) -> State:
        """The state on disk, which has to be whole at any moment."""
        return Store(Place(self.directory).state).load()

    def kill_daemon(self) -> bool:
        """Kill the process that plays GPFS, if there is one at this moment."""
        pid = control.status(self.directory).pid
        return pid is not None and kill(pid)


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


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

"""The examples as an administrator runs them: programs in a shell of an emulated cluster, and GPFS does the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import control
from arcapix.fs.gpfs.emulator.runs import CallbackProcess as Process
from arcapix.fs.gpfs.runs.history import History, Selection

from ...waiting import DEADLINE, wait

EXAMPLES = Path(__file__).parents[3] / "examples"


@dataclass(frozen=True)
class EmulatedCluster:
    """A cluster, and a shell on its first node."""

    directory: Path
    environment: Mapping[str, str]

    @classmethod
    def start(cls, directory: Path, *options: str, groups: Sequence[int] | None = None) -> EmulatedCluster:
        """Start one as the README says: by a command whose output a shell evaluates.

        Args:
            directory: its folder.
            options: those of the command.
            groups: further groups of its processes; only root can give them.
        """
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ARCAPIX_")}
        program = str(Path(sys.executable).with_name("arcapix-gpfs"))
        command = (program, "emulate", "start", "--dir", str(directory), *options)
        exports = _output_of(command, clean, groups)
        shell = subprocess.run(
            ["/bin/sh", "-c", 'eval "$1"; env -0', "sh", exports], env=clean, capture_output=True, check=True
        )
        pairs = (one.partition("=") for one in os.fsdecode(shell.stdout).split("\0") if one)
        return cls(directory, {name: value for name, _, value in pairs})

    def run(self, *command: object) -> str:
        """Run a command in the shell; it must succeed. Returns what it printed."""
        return _output_of([str(word) for word in command], self.environment)

    def example(self, name: str, *arguments: object) -> str:
        """Run an example, which must succeed without a warning. Returns what it printed."""
        return self.run(sys.executable, "-W", "error", EXAMPLES / name, *arguments)

    def fails(self, name: str, *arguments: object) -> str:
        """Run an example, which must fail. Returns what it said."""
        command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def mount_point(self, filesystem: str) -> Path:
        found = {one.name: one.mount_point for one in control.status(self.directory).filesystems}
        return Path(found[filesystem])

    def fire(self, event: str, node: str | None = None, **variables: str) -> None:
        control.fire(self.directory, event, node, variables)

    def crash(self, node: str) -> None:
        control.crash(self.directory, node)

    def wait_idle(self) -> None:
        """Let the cluster notice what there is to notice, and all callbacks end."""
        assert control.wait_idle(self.directory, DEADLINE)

    def lines(self, path: Path, expected: int) -> list[str]:
        """Wait until a file has so many lines; return them."""
        self.wait_until(lambda: len(_lines_of(path)) >= expected, f"{path} has {expected} lines")
        return _lines_of(path)

    def wait_until(self, question: Callable[[], object], what: str) -> None:
        """Wait until the answer is true; fail with what was waited for when it takes too long."""
        wait(question, what, told=lambda: "\n".join(("the log of GPFS:", *control.log(self.directory))))

    def runs(self, callback: str) -> list[dict[str, object]]:
        """What the journals of all nodes say about a callback, the oldest run first."""
        runs = [
            run.fields()
            for state in self.directory.glob("nodes/*/state")
            for run in History(state, state.parent / "log").runs(Selection(callbacks=(callback,)))
        ]
        return sorted(runs, key=lambda run: str(run["started"]))

    def processes_after(self, cause: Callable[[], object], callback: str, number: int = 1) -> list[Process]:
        """Let something happen, and wait until so many processes, started for a callback, have ended."""
        before = max((one.number for one in control.runs(self.directory)), default=0)
        cause()

        def ended() -> list[Process]:
            started = [one for one in control.runs(self.directory, before) if one.callback == callback]
            return [one for one in started if one.status is not None]

        self.wait_until(lambda: len(ended()) >= number, f"{number} processes of {callback} have ended")
        self.wait_idle()
        return ended()

    def driver_log(self, node: str) -> str:
        log = self.directory / "nodes" / node / "callbackdriver.log"
        return log.read_text() if log.exists() else ""


def _lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _output_of(
    command: Sequence[str], environment: Mapping[str, str], groups: Sequence[int] | None = None
) -> str:
    done = subprocess.run(
        command, env=environment, extra_groups=groups, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmulatedCluster]:
    """A cluster for all tests of a module, which may say NODES, how many, and GROUPS, those of its processes."""
    directory = tmp_path_factory.mktemp("emulated") / "cluster"
    nodes = getattr(request.module, "NODES", 3)
    groups = getattr(request.module, "GROUPS", None)
    try:
        yield EmulatedCluster.start(directory, "--nodes", str(nodes), groups=groups)
    finally:
        if directory.exists():
            control.destroy(directory)


@pytest.fixture
def on_first_node(cluster: EmulatedCluster, monkeypatch: pytest.MonkeyPatch) -> EmulatedCluster:
    """Let this process, too, work on the cluster."""
    for name, value in cluster.environment.items():
        if name.startswith("ARCAPIX_"):
            monkeypatch.setenv(name, value)
    return cluster

"""A shell on an emulated cluster that is a process of its own: what administrators and accidents have."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from arcapix.fs.gpfs import emulated
from arcapix.fs.gpfs.emulator import control
from arcapix.fs.gpfs.emulator.environment import NODE
from arcapix.fs.gpfs.emulator.model import State
from arcapix.fs.gpfs.emulator.place import Place
from arcapix.fs.gpfs.emulator.runs import CallbackProcess
from arcapix.fs.gpfs.emulator.store import Store
from arcapix.fs.gpfs.runs.history import History, Selection

from ..waiting import DEADLINE, wait

ARCAPIX = str(Path(sys.executable).with_name("arcapix-gpfs"))
EXAMPLES = Path(__file__).parents[2] / "examples"


class Shell:
    """A shell on the first node of a cluster.

    Args:
        directory: The folder of the cluster.
        environment: The variables of the shell; without, those of this process with what the cluster adds.
        folder: Where commands run, and programs and scripts are written; without, the one that holds `directory`.
    """

    def __init__(
        self, directory: Path, environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        self.directory = directory
        self.folder = folder or directory.parent
        self._variables = environment or {
            **os.environ, **control.environment(directory), **emulated.places(directory),
        }  # fmt: skip
        self._numbers = itertools.count(1)

    @classmethod
    def start(
        cls,
        directory: Path,
        *options: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        groups: Sequence[int] | None = None,
    ) -> Shell:
        """Start a cluster as the README says: by a command whose output a shell evaluates.

        Args:
            directory: Its folder.
            options: Those of the command.
            environment: The variables of the shell before; without, those of this process.
            folder: Where commands of the shell run.
            groups: Further groups of the cluster's processes; only root can give them.
        """
        before = dict(environment or os.environ)
        command = [ARCAPIX, "emulate", "start", "--dir", str(directory), *options]
        started = subprocess.run(
            command, env=before, extra_groups=groups, capture_output=True, text=True, timeout=60
        )
        assert (started.returncode, started.stderr) == (0, "")
        evaluated = subprocess.run(
            ["/bin/sh", "-c", 'eval "$1"; env -0', "sh", started.stdout],
            env=before,
            capture_output=True,
            check=True,
        ).stdout
        pairs = (entry.partition("=") for entry in os.fsdecode(evaluated).split("\0") if entry)
        return cls(directory, {name: value for name, _, value in pairs}, folder)

    def environment(self, node: str | None = None, **variables: str) -> dict[str, str]:
        """The variables of the shell, on another node perhaps."""
        there = {NODE: control.environment(self.directory, node)[NODE]} if node else {}
        return {**self._variables, **there, **variables}

    def _options(self, node: str | None, variables: Mapping[str, str]) -> dict[str, Any]:
        environment = self.environment(node, **variables)
        return {"env": environment, "cwd": self.folder, "stdin": subprocess.DEVNULL, "text": True}

    # Commands

    def begin(self, *command: object, node: str | None = None, **variables: str) -> subprocess.Popen[str]:
        """Start a command, with its output in pipes."""
        words = [str(word) for word in command]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(words, **streams, **self._options(node, variables))

    def run(
        self, *command: object, node: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command, however it ends."""
        words = [str(word) for word in command]
        return subprocess.run(words, capture_output=True, timeout=60, **self._options(node, variables))

    def ok(self, *command: object, node: str | None = None, **variables: str) -> str:
        """Run a command, which must succeed, and return what it printed on standard output."""
        done = self.run(*command, node=node, **variables)
        assert done.returncode == 0, done
        return done.stdout

    def fails(self, *command: object, status: int = 1, node: str | None = None, **variables: str) -> str:
        """Run a command, which must end with this status, and return what it said on standard error."""
        done = self.run(*command, node=node, **variables)
        assert done.returncode == status, done
        return done.stderr

    def sh(self, text: str) -> str:
        """Run a text of the shell's language, which must succeed and say nothing on standard error."""
        done = self.run("/bin/sh", "-c", text)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    def python(self, text: str) -> str:
        """Run a program of the user's, which must succeed, and return what it printed."""
        return self.ok(sys.executable, self.program(text))

    def program(self, text: str) -> Path:
        """Write a program of the user's into a file."""
        path = self.folder / f"program{next(self._numbers)}.py"
        path.write_text(text)
        return path

    def script(self, text: str, name: str | None = None) -> str:
        """Write a shell script, and return its path."""
        path = self.folder / (name or f"script{next(self._numbers)}")
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    # What the cluster did

    def wait(self, question: Callable[[], object], what: str) -> None:
        """Wait until something has come true; if it does not, show the log of GPFS."""
        wait(question, what, told=lambda: "\n".join(("the log of GPFS:", *control.log(self.directory))))

    def wait_idle(self) -> None:
        """Let the cluster notice what there is to notice, and all callbacks end."""
        assert control.wait_idle(self.directory, DEADLINE)

    def lines(self, path: Path, expected: int) -> list[str]:
        """Wait until a file has so many lines; return them."""

        def lines() -> list[str]:
            return path.read_text().splitlines() if path.exists() else []

        self.wait(lambda: len(lines()) >= expected, f"{path} has {expected} lines")
        return lines()

    def callbacks(self) -> list[str]:
        """The identifiers that are registered, as listed."""
        return [line for line in self.ok("mmlscallback").splitlines() if line and not line.startswith(" ")]

    def mount_point(self, filesystem: str) -> Path:
        found = {one.name: one.mount_point for one in control.status(self.directory).filesystems}
        return Path(found[filesystem])

    def runs(self, callback: str) -> list[dict[str, object]]:
        """What the journals of all nodes say about a callback, the oldest run first."""
        runs = [
            run.fields()
            for state in self.directory.glob("nodes/*/state")
            for run in History(state, state.parent / "log").runs(Selection(callbacks=(callback,)))
        ]
        return sorted(runs, key=lambda run: str(run["started"]))

    def processes_after(
        self, cause: Callable[[], object], callback: str, number: int = 1
    ) -> list[CallbackProcess]:
        """Let something happen, and wait until so many processes, started for a callback, have ended."""
        before = max((one.number for one in control.runs(self.directory)), default=0)
        cause()

        def ended() -> list[CallbackProcess]:
            started = [one for one in control.runs(self.directory, before) if one.callback == callback]
            return [one for one in started if one.status is not None]

        self.wait(lambda: len(ended()) >= number, f"{number} processes of {callback} have ended")
        self.wait_idle()
        return ended()

    def driver_log(self, node: str) -> str:
        log = emulated.driver_log(self.directory, node)
        return log.read_text() if log.exists() else ""

    # What an accident needs to know

    def saved(self) -> State:
        """The state on disk, which has to be whole at any moment."""
        return Store(Place(self.directory).state).load()

    def kill_daemon(self) -> bool:
        """Kill the process that plays GPFS, if there is one at this moment."""
        pid = control.status(self.directory).pid
        return pid is not None and kill(pid)


def kill(pid: int) -> bool:
    """Kill a process, and tell whether there was one."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def example(name: str) -> list[str]:
    """The first words of a command line that runs an example; there a warning is an error."""
    return [sys.executable, "-W", "error", str(EXAMPLES / name)]

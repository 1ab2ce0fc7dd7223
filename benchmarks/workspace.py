"""A folder with everything that is compared, and command lines for it: driver, functions, peers.

The product's command lines are what GPFS itself would start: a user's program installs the function with the
public API, and an ``mmaddcallback`` that only records its words stands in for GPFS.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.commands.environment import BIN
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER, KEY, STATE
from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.emulator import control
from arcapix.fs.gpfs.registration import sealing

from .machine import ENVIRONMENT

HERE = Path(__file__).parent
PICKLERS = ("cloudpickle", "dill")
EDITION = "edition 0"
"""Words in the long function; any other number gives another function of the same size."""

_PLAN_OF_LONG: Any = ((("variable", "eventName", ""), ("variable", "fsName", "")), {})

STRICT_PYTHON = (
    *(sys.executable, "-W", "error"),
    *("-W", "ignore:whether there is what", "-W", "ignore:the folder of once"),
)
"""A warning would mean that something else is measured, such as the bytecode form; but no cluster lists what
the functions are about, and nodes share a folder of this machine."""

_RECORDER = """\
#!/bin/sh
case $0 in *mmaddcallback) printf '%s\\n' "$@" >"$RECORD" ;; esac
"""


@dataclass(frozen=True)
class Function:
    """A function of the benchmark, and how its user installs it.

    Attributes:
        name: Of the function, and of its file.
        installed: The user's line.
        path: The file that it writes to, as its text has it; a file of the workspace takes its place.
    """

    name: str
    installed: str
    path: str


SMALL = Function("small", "Filesystem('mmfs1').onLowDiskSpace.new(small)", "/var/log/gpfs/events.log")
STORMED = Function("small", "Cluster().onLowDiskSpace.new(small)", "/var/log/gpfs/events.log")
LOGGER = Function("logger", "Node('mynode').onShutdown.new(logger)", "/var/log/gpfs/events/shutdown.log")
EMAIL = Function("email_alert", "Cluster().onLowDiskSpace.new('lowspace_email', email_alert)", "")
LOGCALLBACK = Function(
    "logcallback", "Node('mynode').callbacks.new(logcallback, ['unmount'])", "/tmp/output.log"
)
WOKEN = Function("woken", "Cluster().onNodeLeave.new(woken, run=dict(once='1h'))", "/var/log/gpfs/events.log")
LONG = Function(
    "space_report", "Filesystem('mmfs1').onLowDiskSpace.new(space_report)", "/var/log/gpfs/space-report.log"
)


class Workspace:
    """The folder, and what can be started from it.

    Args:
        folder: An empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.once_folder = folder / "shared"
        settings = {"key": str(folder / "gpfs.key"), "once_folder": str(self.once_folder)}
        self.driver = installation.install(folder / "driver", settings)
        recorders = folder / "bin"
        recorders.mkdir()
        for name in ("mmaddcallback", "mmlscallback"):
            (recorders / name).write_text(_RECORDER)
            (recorders / name).chmod(0o755)
        self._count = 0

    @property
    def journal(self) -> Path:
        """The driver's journal."""
        return self.state / "journal"

    @property
    def state(self) -> Path:
        """The state folder of the driver."""
        return self.folder / "driver" / "state"

    @property
    def kept_functions(self) -> Path:
        """The folder with what the driver keeps of functions after their first event."""
        return self.state / "cache"

    @property
    def driver_log(self) -> Path:
        """The driver's log."""
        return self.folder / "driver" / "log" / "callbackdriver.log"

    def text(self, function: Function, replacements: Mapping[str, str] | None = None) -> str:
        """Return the text of a function's file, with some of its words replaced."""
        text = (HERE / "functions" / f"{function.name}.py").read_text()
        for old, new in (replacements or {}).items():
            assert old in text, (function.name, old)
            text = text.replace(old, new)
        return text

    def install(self, function: Function, replacements: Mapping[str, str] | None = None) -> list[str]:
        """Install a function as its user would; return GPFS's command line, variables as ``%name``."""
        owner = function.installed.partition("(")[0]
        text = self.text(function, replacements)
        program = self.program(
            function, f"{text}\n\nfrom arcapix.fs.gpfs import {owner}\n\n{function.installed}\n"
        )
        record = program.with_suffix(".added")
        environment = self.environment(record)
        subprocess.run([*STRICT_PYTHON, str(program)], env=environment, check=True)
        words = record.read_text().splitlines()
        return [words[words.index("--command") + 1], *words[words.index("--parms") + 1].split()]

    def program(self, function: Function, text: str) -> Path:
        """Write a program, in a folder of its own, into a file that is named like a function."""
        path = self._new_file(f"{function.name}.py")
        path.write_text(text)
        return path

    def environment(self, record: Path) -> dict[str, str]:
        """Return the environment of a program that installs functions; what it registers is recorded."""
        return {
            **ENVIRONMENT,
            BIN: str(self.folder / "bin"),
            STATE: str(self.folder / "api-state"),
            KEY: str(self.folder / "gpfs.key"),
            DRIVER: str(self.driver),
            "RECORD": str(record),
        }

    def editions(self, words: list[str], log: Path, count: int) -> list[list[str]]:
        """Return command lines of the long function, each with its own text, so each is a first event."""
        header, _ = tokens.split(words[1])
        fields: dict[str, str | list[str]] = {
            name: sealing.Written(value) for name, value in tokens.fields(header).items()
        }
        found = []
        for number in range(1, count + 1):
            program = self._new_file(f"{LONG.name}.py")
            text = self.text(LONG, {LONG.path: str(log), EDITION: f"edition {number}"})
            program.write_text(text)
            namespace: dict[str, Any] = {"__name__": "__main__"}
            exec(compile(text, str(program), "exec"), namespace)
            captured = capture.capture(namespace[LONG.name], _PLAN_OF_LONG)
            found.append([words[0], sealing.make(fields, captured.body), *words[2:]])
        return found

    def log(self, name: str) -> Path:
        """Return the path of a log for one program."""
        return self.folder / f"{name}.log"

    def peer(self, name: str, *words: str) -> list[str]:
        """Return the command line of a peer, after its first line was given the interpreter of the peers."""
        path = self.folder / name
        if not path.exists():
            text = (HERE / "peers" / name).read_text()
            path.write_text(text.replace("#!/usr/bin/env python3", f"#!{self._peers_interpreter}", 1))
            path.chmod(0o755)
        return [str(path), *words]

    def pickled(self, pickler: str, function: Function, log: Path, *words: str, text: str = "") -> list[str]:
        """Return the command line of a peer's driver for a function that was pickled by value."""
        program = self._new_file(f"{function.name}.py")
        replacements = {function.path: str(log)} if function.path else {}
        program.write_text(text or self.text(function, replacements))
        done = _pickle(pickler, program, function.name)
        done.check_returncode()
        driver_log = str(self.log(f"{pickler}-driver"))
        return self.peer("pickle_driver.py", done.stdout.strip(), driver_log, *words)

    @cached_property
    def picklers(self) -> tuple[str, ...]:
        """The pickling libraries that are installed here and can pickle a function of this Python."""
        program = self._new_file(f"{LONG.name}.py")
        program.write_text(self.text(LONG, {}))
        installed = [name for name in PICKLERS if find_spec(name)]
        return tuple(name for name in installed if _pickle(name, program, LONG.name).returncode == 0)

    @cached_property
    def _peers_interpreter(self) -> str:
        """A virtual environment with the pickling libraries and nothing else that could slow the peers."""
        folder = self.folder / "peers"
        venv.create(folder, symlinks=True, with_pip=False)
        (packages,) = folder.glob("lib/python*/site-packages")
        for name in self.picklers:
            spec = find_spec(name)
            assert spec is not None and spec.submodule_search_locations
            shutil.copytree(spec.submodule_search_locations[0], packages / name)
        interpreter = folder / "bin" / "python"
        subprocess.run([interpreter, "-m", "compileall", "-q", packages], check=True)
        return str(interpreter)

    def _new_file(self, name: str) -> Path:
        self._count += 1
        folder = self.folder / "programs" / str(self._count)
        folder.mkdir(parents=True)
        return folder / name


def substituted(words: list[str], **values: str) -> list[str]:
    """Return a command line with its variables replaced, as GPFS does."""
    command, *rest = words
    for name, value in values.items():
        rest = [word.replace(f"%{name}", value) for word in rest]
    return [command, *rest]


@contextmanager
def workspace() -> Iterator[Workspace]:
    """Make a workspace in a temporary folder, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="gpfs-bench-") as folder:
        yield Workspace(Path(folder))


@contextmanager
def emulated_cluster(workspace: Workspace) -> Iterator[Path]:
    """Start an emulated cluster that this process finds, and end it afterwards; give a folder beside it."""
    folder = Path(tempfile.mkdtemp(prefix="emulated-", dir=workspace.folder))
    directory = folder / "cluster"
    control.start(directory)
    before = dict(os.environ)
    os.environ.update(control.environment(directory))
    os.environ[DRIVER] = str(workspace.driver)
    os.environ[STATE] = str(folder / "state")
    os.environ[KEY] = str(folder / "gpfs.key")
    try:
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)
        control.destroy(directory)


def _pickle(pickler: str, program: Path, function: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(HERE / "peers" / "install_pickled.py"), pickler, str(program), function]
    return subprocess.run(words, capture_output=True, text=True)

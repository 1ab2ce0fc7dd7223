"""Trials of deliveries: each is an event on a node of its own, to one installed driver, to be followed or hurt."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.driver import pending_reader
from arcapix.fs.gpfs.driver.pending import Event as PendingEvent
from arcapix.fs.gpfs.driver.pending import PendingEvents
from arcapix.fs.gpfs.registration import sealing
from arcapix.fs.gpfs.runs.history import History, RecordedRun

from .. import crashing
from ..waiting import wait
from .conftest import Driver

NODE = "EMULATED_NODE"
"""The variable that tells a driver which node it is on."""

FUNCTION = "0.1.1"
"""The process of a function with retries at its first attempt: a child of the child of the driver."""

TEMPLATE = "template"
"""The node whose state others begin with: it has run the function once."""


@dataclass(frozen=True)
class Mode:
    """A kind of delivery.

    Attributes:
        handler: The function.
        options: Its run options, as the token has them.
        sync: Whether GPFS waits for it.
        first: Whether the event is the first on its node.
        recovers: Whether it is the recovery of a killed run that is killed.
        takes_event: Whether the function has a parameter for the record of the event.
    """

    handler: Callable[..., object]
    options: str = ""
    sync: bool = False
    first: bool = False
    recovers: bool = False
    takes_event: bool = False

    @property
    def retries(self) -> int | None:
        return int(self.options.removeprefix("retries=")) if "retries" in self.options else None

    @property
    def header(self) -> dict[str, object]:
        options = {"ru": sealing.Written(self.options)} if self.options else {}
        return {**options, **({"sy": "1", "to": "60"} if self.sync else {})}


@dataclass(frozen=True)
class Trial:
    """One event on a node of its own."""

    driver: Driver
    mode: Mode
    token: str
    node: str

    @property
    def folder(self) -> Path:
        return self.driver.folder / "nodes" / self.node

    @property
    def words(self) -> list[str]:
        return [self.token, "eventName=mount"]

    def prepare(self) -> None:
        """Have the node know the function, if this is not its first event, and be in need of recovery if need be."""
        if not self.mode.first:
            shutil.copytree(self.driver.folder / "nodes" / TEMPLATE, self.folder)
        if self.mode.recovers:
            words = [str(self.driver.stub), *self.words]
            self.run(words, crashing.Plan(FUNCTION, call=10, everybody=True))

    def run(self, command: Sequence[str], plan: crashing.Plan) -> crashing.Crash:
        return crashing.run(command, plan, since=self.driver.stub, env={NODE: self.node})

    def crash(self, plan: crashing.Plan) -> crashing.Crash:
        words = ["recover", "--wait"] if self.mode.recovers else self.words
        return self.run([str(self.driver.stub), *words], plan)

    def recover(self) -> None:
        done = self.driver.start("recover", "--wait", env={NODE: self.node})
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        wait(lambda: not self.processes(), "no process is left", told=lambda: "; ".join(self.processes()))

    def processes(self) -> list[str]:
        """Return the processes of this node's drivers, as they were started; other tests have nodes of that name."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes().split(b"\0")
                variables = (path / "environ").read_bytes().split(b"\0")
                state = (path / "stat").read_bytes().rpartition(b")")[2].split()[0].decode()
            except OSError:
                continue
            if str(self.driver.stub).encode() in words and f"{NODE}={self.node}".encode() in variables:
                found.append(f"{path.name} ({state}): {b' '.join(words).decode(errors='replace')[-200:]}")
        return found

    def is_accepted(self) -> bool:
        """Tell whether a whole record of the event is in the file of events."""
        try:
            lines = (self.folder / "state" / "pending" / "events").read_bytes().split(b"\n")
        except FileNotFoundError:
            return False
        events = [line for line in lines if line[:2] in (b"?\t", b"=\t", b"!\t") and line.endswith(b"\t.")]
        return len(events) > (0 if self.mode.first else 1)

    def pending(self) -> list[PendingEvent]:
        return pending_reader.read(PendingEvents(str(self.folder / "state")))

    @property
    def effects_file(self) -> Path:
        return self.driver.folder / "effects" / self.node

    @property
    def effects(self) -> list[str]:
        return self.effects_file.read_text().splitlines() if self.effects_file.exists() else []

    @property
    def runs(self) -> dict[str, RecordedRun]:
        history = History(self.folder / "state", self.folder / "log" / "callbackdriver.log")
        return {run.id: run for run in history.runs()}

    def open_to_others(self) -> list[str]:
        return [str(path) for path in self.folder.rglob("*") if path.lstat().st_mode & 0o007]


class Trials:
    """Makes trials: installs a driver below a folder, and lets a node know the function.

    Args:
        folder: Where; handlers write to ``effects`` in it.
        mode: The kind of delivery.
    """

    def __init__(self, folder: Path, mode: Mode) -> None:
        place = f"{folder}/nodes/{{node}}"
        settings = {
            "key": str(folder / "gpfs.key"),
            "state": f"{place}/state",
            "log": f"{place}/log/callbackdriver.log",
            "node_variable": NODE,
            "keep_environment": (NODE,),
        }
        (folder / "effects").mkdir(parents=True)
        self.driver = Driver(folder, installation.install(folder, settings))
        self.mode = mode
        given = (("event",),) if mode.takes_event else ()
        self.token = self.driver.token(mode.handler, (given, {}), **mode.header)
        template = Trial(self.driver, replace(mode, first=True, recovers=False), self.token, TEMPLATE)
        assert self.driver.start(*template.words, env={NODE: TEMPLATE}).returncode in (0, 1)
        template.recover()

    def make(self, node: str) -> Trial:
        """Return the trial on a node."""
        return Trial(self.driver, self.mode, self.token, node)

    def calls(self) -> dict[str, Sequence[int]]:
        """Return the calls that each process makes where nothing goes wrong."""
        trial = self.make("whole")
        trial.prepare()
        try:
            return dict(trial.crash(crashing.Plan()).calls)
        except crashing.Refused as error:
            pytest.skip(f"processes may not be followed by ptrace here: {error}")

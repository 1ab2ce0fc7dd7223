"""The emulated cluster that a test works on, and its nodes."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

import pytest

from .. import emulated
from ..commands import process
from ..driver.records import DRIVER_LOG
from ..emulator import Emulator, EmulatorError, control, disks, firing, membership, names
from ..emulator.environment import NODE
from ..emulator.model import Node, NodeState
from ..exceptions import GPFSExecuteException, NotFound, printable
from ..runs.deliveries import Deliveries, PendingEvent
from . import room
from .marker import Options
from .runs import RunRecord, describe, records, unseen
from .silence import Fired, Written, advice, explain

PATIENCE = 5.0
"""Seconds that the end of a test waits for callbacks."""
_REPORT_PATIENCE = 2.0
"""Seconds that the report of a test that has failed waits for them."""
_PAUSE = 0.02
_LATE = 3.0
"""Seconds after which a due attempt is not on its way any more, unless a process is there to start it."""


@dataclass(frozen=True)
class ClusterNode:
    """A node of the emulated cluster.

    Attributes:
        cluster: The cluster that it belongs to.
        name: Its short name.
    """

    cluster: EmulatedCluster
    name: str

    @property
    def state(self) -> NodeState:
        """The state of its daemon now; unknown after a crash."""
        return self.cluster._find(self.name).state

    @property
    def mounts(self) -> tuple[str, ...]:
        """The file systems that it has mounted now, in the order of mounting."""
        return tuple(self.cluster._find(self.name).mounts)

    @property
    def log(self) -> list[str]:
        """The lines of its mmfs log, with one for each callback that GPFS called."""
        return list(control.log(self.cluster.directory, self.name))

    def start(self) -> None:
        """Start GPFS on it (``mmstartup``).

        Raises:
            GPFSExecuteException: The command failed.
        """
        self.cluster.mm("mmstartup", "-N", self.name)

    def stop(self) -> None:
        """Stop GPFS on it (``mmshutdown``).

        Raises:
            GPFSExecuteException: The command failed.
        """
        self.cluster.mm("mmshutdown", "-N", self.name)

    def __repr__(self) -> str:
        return f"<node {self.name}, {self.state}>"


class ClusterNodes(Mapping[str, ClusterNode]):
    """The nodes of a cluster by short name, in the order of their numbers; other names find them, too."""

    def __init__(self, cluster: EmulatedCluster) -> None:
        self._cluster = cluster

    def __getitem__(self, name: str) -> ClusterNode:
        return ClusterNode(self._cluster, self._cluster._find(name).label)

    def __iter__(self) -> Iterator[str]:
        return iter(self._cluster._labels())

    def __len__(self) -> int:
        return len(self._cluster._labels())

    def __repr__(self) -> str:
        return f"<nodes {', '.join(self)}>"


class EmulatedCluster:
    """An emulated GPFS cluster, in the process of the test; the fixture `gpfs_cluster` makes it.

    The mm commands and ``arcapix.fs.gpfs`` work on it, in this process, in others that it starts, and in
    handlers. This object stands for what is outside GPFS: accidents, waiting, looking at what happened.
    """

    def __init__(self, options: Options) -> None:
        self._emulator = Emulator(options.nodes, options.filesystems, switches=options.switches)
        self._emulator.serve()
        self._outside = process.runner()
        self._written = 0
        self._causes: list[Fired | Written] = []
        self._has_waited = False
        self._seen: list[RunRecord] = []
        self._crashed: set[str] = set()

    # Causes

    def fire(self, event: str, /, node: str | None = None, **variables: object) -> int:
        """Play an event without its cause; nothing in the cluster changes.

        It returns once asynchronous callbacks are started and synchronous ones have ended.

        Args:
            event: Any event of the catalogue, in any case.
            node: Where it is noticed; by default, global events on every active node, others where GPFS would
                notice them.
            **variables: The event's variables, such as ``fsName="mmfs1"``; one that it is not known to have
                is warned of, and passed on. Values are free.

        Returns:
            How many nodes noticed it; 0 if GPFS is down where it would be noticed.

        Raises:
            EmulatorError: There is no such event or node.
        """
        given = {name: str(value) for name, value in variables.items()}
        for doubt in firing.doubts(event, given):
            warnings.warn(doubt, stacklevel=2)
        noticed = self._emulator.fire(event, node, given)
        self._causes.append(Fired(event, given, noticed))
        self._has_waited = False
        return noticed

    def write(self, filesystem: str, data: int | bytes, path: str | PurePath = "") -> Path:
        """Write a file into a file system, and return its path; removing it gives the space back.

        Thresholds and quotas that it passes, and a file system that it fills, raise their events within 2 s,
        and at once in `wait_idle`. No quota refuses anything.

        Args:
            filesystem: The file system, mounted on at least one node.
            data: What is written, or how many bytes.
            path: The file below the mount point, such as ``"projects/data"`` in a fileset; its folders are
                made, an existing file is replaced. By default, a new file in the root fileset.

        Raises:
            NotFound: There is no such file system.
            EmulatorError: It is mounted nowhere, or the path leads out of it.
            OSError: ``ENOSPC``: it is larger than what is free in the file system, or on this machine's disk.
                What there was room for has been written.
        """
        state = self._emulator.state
        name = filesystem.removeprefix("/dev/")
        if name not in state.filesystems:
            raise NotFound("file system", name, state.filesystems)
        if not any(name in node.mounts for node in state.active()):
            raise EmulatorError(f"'{name}' is mounted on no node; run: mmmount {name} -a")
        root = Path(state.filesystems[name].mount_point)
        if not path:
            self._written += 1
            path = f"written-{self._written}"
        target = Path(os.path.normpath(root / path))
        if root not in target.parents:
            raise EmulatorError(f"'{path}' is not a file below the mount point of '{name}'")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._has_waited = False
        size = data if isinstance(data, int) else len(data)
        self._causes.append(Written(size, str(Path(name, target.relative_to(root)))))
        room.write(state.filesystems[name], target, data)
        return target

    def crash(self, node: str) -> None:
        """Let a node die: its processes are killed, the others notice."""
        found = self._find(node)
        self._crashed.add(found.label)
        membership.crash(self._emulator, found.name)

    def partition(self, *nodes: str) -> None:
        """Cut these nodes off from the others; the side with most of the quorum nodes carries on."""
        membership.partition(self._emulator, [self._find(node).name for node in nodes])

    def heal(self) -> None:
        """Rejoin what was cut off."""
        membership.heal(self._emulator)

    def fail_disk(self, name: str) -> None:
        """Let a disk fail; the first one of mmfs1 is ``mmfs1_nsd1``.

        Raises:
            EmulatorError: There is no such disk.
        """
        disks.fail(self._emulator, name)

    def advance(self, seconds: float) -> None:
        """Bring forward everything that is repeated, or due after a time; no clock is changed."""
        self._emulator.advance(seconds)

    def mm(self, command: str, *arguments: str | PurePath, node: str | None = None) -> process.Completed:
        """Run an mm command.

        Args:
            command: Its name.
            *arguments: Its arguments.
            node: Where; by default, on the node that the test is on: the first one.

        Raises:
            GPFSExecuteException: It failed; the exception holds exit status and output.
            EmulatorError: The name is several words.
        """
        words = command.split() if isinstance(command, str) else command
        if len(words) > 1:
            apart = ", ".join(map(repr, words))
            raise EmulatorError(f"{command!r} is not the name of an mm command; give each word: mm({apart})")
        self._has_waited = False
        answer = self._run((command, *map(str, arguments)), node)
        if answer.returncode != 0:
            raise GPFSExecuteException(answer.argv, answer.returncode, answer.stdout, answer.stderr)
        return answer

    # Waiting and looking

    def wait_idle(self, timeout: float = 30.0) -> None:
        """Notice everything there is to notice, then wait until no event is on its way and no callback runs.

        With ``Run(retries=)``, that includes further attempts.

        Raises:
            TimeoutError: That takes longer; the text names what still runs.
        """
        unfinished = self._wait(timeout, is_patient=True)
        if unfinished:
            raise TimeoutError(f"not idle after {timeout:g} s: {'; '.join(unfinished)}")
        self._has_waited = True

    def _wait(self, timeout: float, *, is_patient: bool) -> list[str]:
        """Wait as `wait_idle` does, and name what takes longer.

        Args:
            timeout: Seconds, at most.
            is_patient: Whether attempts that are due later are waited for.
        """
        deadline = time.monotonic() + timeout
        if not self._emulator.wait_idle(timeout):
            busy = [run for run in self._emulator.records() if run.status is None]
            named = [f"{run.callback} on {run.node}, event {run.event}, pid {run.pid}" for run in busy]
            return list(map(printable, named)) or ["an event is on its way"]
        while pending := self._pending(is_patient=is_patient):
            if time.monotonic() > deadline:
                return [printable(f"{each.callback}, event {each.event}, {each.state}") for each in pending]
            time.sleep(_PAUSE)
        return []

    def _pending(self, *, is_patient: bool) -> list[PendingEvent]:
        """Return the events at which some process makes another attempt, or is to make one.

        Args:
            is_patient: Whether attempts that are due later count.
        """
        found = []
        for node in self.nodes:
            deliveries = Deliveries(emulated.state_folder(self.directory, node), node)
            for event in deliveries.pending():
                overdue = 0.0 if event.due is None else time.time() - event.due.timestamp()
                is_expected = overdue < _LATE or deliveries.has_deliverer()
                is_awaited = is_patient or not event.attempts or overdue >= 0
                if event.state == "running" or (event.state == "waiting" and is_awaited and is_expected):
                    found.append(event)
        return found

    @property
    def directory(self) -> Path:
        """The folder that holds the whole cluster, including mount points."""
        return self._emulator.place.directory

    @property
    def nodes(self) -> ClusterNodes:
        """The nodes, by name."""
        return ClusterNodes(self)

    @property
    def runs(self) -> list[RunRecord]:
        """What was run for callbacks, in starting order, except for events about another object.

        A failure that is in it counts as looked at: it does not fail the test.
        """
        self._seen = self._records()
        return list(self._seen)

    def _unfinished(self) -> list[str]:
        """Wait a few seconds at the end of a test, and name what still runs; a quiet cluster takes no time.

        An attempt that is due later is not waited for, and is not named.
        """
        return self._wait(PATIENCE, is_patient=False)

    def _unseen_failures(self) -> list[RunRecord]:
        """Return the runs that have failed and that nobody has looked at in `runs`.

        What a crash of its node ended is none of them, nor is an attempt that another one follows.
        """
        return unseen(self._records(), self._seen, self._crashed)

    def _records(self) -> list[RunRecord]:
        return records(self._emulator.place, self._emulator.records())

    @property
    def log(self) -> list[str]:
        """The lines of all nodes' mmfs logs by time, each with the node's name in front."""
        return list(control.log(self.directory))

    def describe_runs(self) -> str:
        """Return what callbacks did and printed, for the report of a test that failed."""
        runs = self._records()
        if runs:
            return describe(runs)
        return explain(self._emulator.state.callbacks.values(), self._causes, self._emulator.records())

    def _report(self, failed: float) -> str:
        """Return what callbacks did, and whether the test looked too early.

        Args:
            failed: When it failed, in seconds since 1970.
        """
        deadline = time.monotonic() + _REPORT_PATIENCE
        if self._emulator.activity.wait(_REPORT_PATIENCE):  # without a look, which may start callbacks
            self._emulator.runs.wait(deadline - time.monotonic())
        started = self._emulator.records()
        late = records(self._emulator.place, [run for run in started if (run.ended or failed) >= failed])
        is_early = bool(late) or not (self._has_waited or self._records())
        return self.describe_runs() + (f"\n{advice(len(late))}" if is_early else "")

    # The way in and out

    def _install_driver(self) -> dict[str, str]:
        """Install a driver, and return the variables by which processes find it and this cluster."""
        emulated.install_driver(self.directory)
        return {**control.environment(self.directory), **emulated.places(self.directory)}

    def _answer(self, argv: tuple[str, ...], timeout: float) -> process.Completed:
        """Run an mm command of the API on the node that the environment names; other programs are real."""
        if Path(argv[0]).parent != self._emulator.place.bin:
            return self._outside(argv, timeout)
        return self._run(argv, None)

    def _run(self, argv: tuple[str, ...], node: str | None) -> process.Completed:
        done = self._emulator.run(argv, node or os.environ.get(NODE), cwd=Path.cwd())
        return process.Completed(done.argv, done.returncode, done.stdout, done.stderr)

    def _find(self, name: str) -> Node:
        node = names.find(self._emulator.state, name)
        if node is None:
            raise NotFound("node", name, self._labels())
        return node

    def _labels(self) -> list[str]:
        return [node.label for node in self._emulator.state.by_number()]

    def __repr__(self) -> str:
        return f"<emulated cluster of {', '.join(self._labels())} in {self.directory}>"


@contextmanager
def emulated_cluster(options: Options) -> Iterator[EmulatedCluster]:
    """Make a cluster, let this process and those that it starts find it, and remove it again."""
    try:
        cluster = EmulatedCluster(options)
    except EmulatorError as error:
        pytest.fail(f"no emulated cluster can be made: {error}", pytrace=False)
    try:
        with pytest.MonkeyPatch.context() as patch, process.using(cluster._answer):
            patch.delenv(DRIVER_LOG, raising=False)
            for name, value in cluster._install_driver().items():
                patch.setenv(name, value)
            yield cluster
    finally:
        cluster._emulator.close()

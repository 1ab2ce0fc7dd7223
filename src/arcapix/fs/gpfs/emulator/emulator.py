"""The whole of GPFS in one object."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from arcapix.fs.gpfs import events
from arcapix.fs.gpfs.emulator import (
    creation,
    disks,
    filesets,
    firing,
    membership,
    messages,
    names,
    ownership,
    programs,
    registry,
)
from arcapix.fs.gpfs.emulator.activity import Activity
from arcapix.fs.gpfs.emulator.announcements import Announcements
from arcapix.fs.gpfs.emulator.command import Context
from arcapix.fs.gpfs.emulator.conditions import Conditions
from arcapix.fs.gpfs.emulator.errors import EmulatorError, did_you_mean
from arcapix.fs.gpfs.emulator.execution import Completed as Completed
from arcapix.fs.gpfs.emulator.execution import execute
from arcapix.fs.gpfs.emulator.locking import ConfigurationLock
from arcapix.fs.gpfs.emulator.logs import NodeLogs
from arcapix.fs.gpfs.emulator.model import Callback, Filesystem, Node, State
from arcapix.fs.gpfs.emulator.place import Place
from arcapix.fs.gpfs.emulator.propagation import Propagation
from arcapix.fs.gpfs.emulator.runs import CallbackProcess, Runs
from arcapix.fs.gpfs.emulator.server import Server
from arcapix.fs.gpfs.emulator.serving import ServingLock
from arcapix.fs.gpfs.emulator.store import Store
from arcapix.fs.gpfs.emulator.switches import check, value
from arcapix.fs.gpfs.emulator.usage import Usage, measure


class Emulator:
    """A GPFS cluster; alone in a test, or behind the daemon.

    Callbacks are real processes. Used as a context manager, or ended with `close`.

    Args:
        nodes: Their names, or descriptors ``NAME:DESIGNATIONS:ADMIN_NAME``; the first three are quorum and
            manager nodes unless descriptors say otherwise.
        filesystems: Names, or names and sizes in bytes.
        switches: Answers to the questions of `switches`.
        directory: Folder for everything; by default a temporary one that is removed with the emulator.
        shell_node: The node of commands that do not say where they run; by default the first one.
        durable: Wait for the disk at each change.

    Raises:
        EmulatorError: A name, size, switch or folder is invalid.
    """

    def __init__(
        self,
        nodes: Sequence[str] = ("n1", "n2", "n3"),
        filesystems: Mapping[str, int] | Sequence[str] = ("mmfs1", "mmfs2"),
        *,
        switches: Mapping[str, str] | None = None,
        directory: Path | None = None,
        shell_node: str | None = None,
        durable: bool = False,
    ) -> None:
        self._temporary = Path(tempfile.mkdtemp(prefix="gpfs-")) if directory is None else None
        self.place = Place(directory or self._temporary or Path())
        sizes = filesystems if isinstance(filesystems, Mapping) else dict.fromkeys(filesystems, creation.SIZE)
        try:
            self.place.check()
            ownership.check(self.place.directory)
            if self.place.state.exists():
                raise EmulatorError(f"there is a cluster in '{self.place.directory}' already; resume it")
            state = creation.new_cluster(self.place, nodes, sizes, switches or {}, shell_node=shell_node)
        except EmulatorError:
            self._remove_temporary()
            raise
        self._begin(state, durable)
        self._store.save(state)

    @classmethod
    def resume(cls, directory: Path) -> Emulator:
        """Resume the cluster in a folder, silently.

        Raises:
            EmulatorError: There is none, or another user owns or may write to its folder.
        """
        emulator = cls.__new__(cls)
        emulator._temporary = None
        emulator.place = Place(directory)
        ownership.check(directory)
        state = Store(emulator.place.state).load()
        filesets.undo_moves(state)
        membership.settle(state)
        emulator._begin(state, durable=True)
        return emulator

    def _begin(self, state: State, durable: bool) -> None:
        registry.load()
        self.state = state
        """The cluster as it is now: replaced, never altered."""
        self._store = Store(self.place.state, durable=durable)
        self._change_lock = threading.Lock()
        self._changing: int | None = None
        self._configuration_lock = ConfigurationLock()
        self._failing: set[str] = set()
        self._server: Server | None = None
        self._serving = ServingLock(self.place)
        self.activity = Activity()
        self.announcements = Announcements()
        self._propagation = Propagation(state.callbacks)
        for folder in (self.place.bin, self.place.libexec, self.place.mounts):
            ownership.make_folder(folder, 0o755)
        ownership.make_folder(self.place.socket.parent, 0o700)
        ownership.make_folder(self.place.nodes, 0o700)
        self._make_folders(state)
        programs.install(self.place)
        self.runs = Runs(self.place)
        self._logs = NodeLogs(self.place)
        self.conditions = Conditions(self)
        self.conditions.start()

    def serve(self) -> None:
        """Answer on the cluster's socket too, so that real processes can run its commands.

        Raises:
            EmulatorError: Another process does that already.
        """
        if not self._serving.take(inside=True):
            raise EmulatorError(
                f"the cluster in '{self.place.directory}' is served by another process already"
            )
        with open(self.place.stopped, "w", opener=ownership.closed) as stopped:
            stopped.write(f"the process of the emulated cluster in {self.place.directory} has ended\n")
        self._server = Server(self)
        self._server.start()

    def _make_folders(self, state: State) -> None:
        for node in state.nodes.values():
            ownership.make_folder(self.place.node(node.label), 0o700)
        for filesystem in state.filesystems.values():
            ownership.make_folder(Path(filesystem.mount_point), 0o755)

    def __enter__(self) -> Emulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self, *, spare: int = 0) -> None:
        """End: kill the processes of all nodes, and remove the folder if it was a temporary one.

        Args:
            spare: A process that is left alive, with those that it came from.
        """
        if self._server is not None:
            self._server.end()
        self.runs.close(spare=spare)
        self.conditions.stop()
        self.runs.wait(5)
        self._serving.release()
        self._remove_temporary()

    def _remove_temporary(self) -> None:
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def switch(self, name: str) -> str:
        """The answer in force for a question of `switches`."""
        return value(self.state.switches, name)

    @property
    def release(self) -> tuple[int, ...]:
        """The release that is played."""
        return tuple(int(part) for part in self.switch("release").split("."))

    def log(self, node: Node, text: str) -> None:
        """Write a line into a node's mmfs-like log."""
        self._logs.write(node.label, text)

    def usage(self, filesystem: Filesystem) -> Usage:
        """What a file system holds at this moment."""
        return measure(filesystem)

    @contextmanager
    def change(self, origin: str = "") -> Iterator[State]:
        """Alter a copy of the state; it is saved and published at the end, unless the block raises.

        The configuration lock of GPFS is another matter: see `Context.change`.
        """
        if self._changing == threading.get_ident():
            raise RuntimeError("a change inside a change would lose one of the two")
        with self._change_lock:
            self._changing = threading.get_ident()
            try:
                state = self.state.copy()
                yield state
                if (state.nodes.keys(), state.filesystems.keys()) != (
                    self.state.nodes.keys(),
                    self.state.filesystems.keys(),
                ):
                    self._make_folders(state)
                self._store.save(state)
                filesets.keep_moves(state)
                self._propagation.publish(state.callbacks, origin, value(state.switches, "propagation_delay"))
                self.state = state
            except BaseException:
                filesets.undo_moves(self.state)
                raise
            finally:
                self._changing = None

    @contextmanager
    def configuration_lock(self, context: Context) -> Iterator[None]:
        """Hold GPFS's lock on the configuration.

        Raises:
            CommandFailed: It could not be taken in time, or not at all without quorum.
        """
        if not membership.can_configure(self.state, context.node_name):
            raise context.failure(messages.NO_CCR_QUORUM)
        with self._configuration_lock.hold(context):
            yield

    def is_locked(self) -> bool:
        """Tell whether a command holds GPFS's lock on the configuration."""
        return self._configuration_lock.is_held()

    def set_switches(self, switches: Mapping[str, str]) -> None:
        """Change answers to the questions of `switches`.

        Raises:
            EmulatorError: There is no such switch, or it does not take the value.
        """
        for name, answer in switches.items():
            check(name, answer)
        with self.change() as state:
            state.switches.update(switches)

    @contextmanager
    def unchanged(self) -> Iterator[State]:
        """Hold off changes."""
        with self._change_lock:
            yield self.state

    def run(
        self,
        argv: Sequence[str],
        node: str | None = None,
        *,
        cwd: Path = Path("/"),
        pid: int = 0,
        uid: int | None = None,
        is_abandoned: Callable[[], bool] = lambda: False,
    ) -> Completed:
        """Run an mm command on a node; its path, if it has one, does not matter.

        Args:
            argv: The command and its arguments.
            node: The node, by any of its names; by default the one that the shell is on.
            cwd: The folder that relative paths start from.
            pid: The process that asks.
            uid: The user who asks; by default the one of this process.
            is_abandoned: Tells whether whoever asked has ended; what still waits for the lock then gives up.
        """
        return execute(self, argv, node, cwd, pid, os.getuid() if uid is None else uid, is_abandoned)

    def runner(self, node: str | None = None) -> Callable[[Sequence[str], float], Completed]:
        """A stand-in for the function that starts mm commands: argv and time limit to `Completed`."""
        return lambda argv, _timeout: self.run(argv, node, cwd=Path.cwd())

    def callbacks_known_to(self, node: Node) -> Mapping[str, Callback]:
        """The registrations that a node knows of, by identifier."""
        return self._propagation.seen_by(node, self.switch("propagation_delay")).callbacks

    def callbacks_seen_by(self, node: Node) -> Mapping[str, Sequence[Callback]]:
        """The registrations that a node knows of, by event."""
        return self._propagation.seen_by(node, self.switch("propagation_delay")).by_event

    def raise_event(
        self, event: str, node: str | None = None, variables: Mapping[str, str] | None = None
    ) -> None:
        """Raise an event where it is noticed: on all active nodes, or on its own one if it is local.

        Returns when asynchronous callbacks are started and synchronous ones have ended.

        Args:
            event: Its name, as the catalogue spells it.
            node: Daemon node name of the node that it is about.
            variables: Its own variables; a node may go by any of its names.
        """
        occurrence = firing.Occurrence(event, node, variables or {})
        self._deliver([(occurrence, name) for name in firing.nodes_of(self, occurrence)])

    def raise_on(self, nodes: Sequence[str], event: str, node: str | None = None, **variables: str) -> None:
        """Raise one event on certain nodes, whatever their state."""
        occurrence = firing.Occurrence(event, node, variables)
        self._deliver([(occurrence, name) for name in firing.narrowed(self, event, nodes)])

    def raise_on_each(self, nodes: Sequence[str], event: str, **variables: str) -> None:
        """Raise a local event on each of these nodes, about itself, whatever their state."""
        self._deliver([(firing.Occurrence(event, name, variables), name) for name in nodes])

    def _deliver(self, deliveries: Sequence[firing.Delivery]) -> None:
        if self._changing == threading.get_ident():
            raise RuntimeError("events are raised after a change, not in it")
        with self.activity:
            firing.deliver(self, deliveries)

    def fire(self, event: str, node: str | None = None, variables: Mapping[str, str] | None = None) -> int:
        """Play an event by hand; nothing of the cluster is altered.

        Args:
            event: Any event of the catalogue, in any case.
            node: Where it runs; by default global events on every active node, others where the catalogue
                says.
            variables: Its variables.

        Returns:
            On how many nodes it was noticed; 0 if GPFS is down where it would have been.

        Raises:
            EmulatorError: There is no such event or node.
        """
        name = events.canonical(event)
        if name is None:
            raise EmulatorError(f"no event '{event}'{did_you_mean(event, events.EVENTS)}")
        values = dict(variables or {})
        about = values.get("eventNode", "").split(",")[0]
        subject = names.find(self.state, about) if about else None
        if node is not None:
            here = creation.find_node(self.state, node)
            occurrence = firing.Occurrence(name, (subject or here).name, values)
            nodes = [here.name] if here.state == "active" else []
        else:
            where = firing.home(self.state, name, values)
            occurrence = firing.Occurrence(name, subject.name if subject else where, values)
            nodes = firing.nodes_of(self, firing.Occurrence(name, where, values))
        self._deliver([(occurrence, one) for one in nodes])
        return len(nodes)

    def crash(self, node: str, *, spare: int = 0) -> None:
        """Kill a node, by any of its names, and every process on it.

        Args:
            node: The node.
            spare: A process that is left alive, with those that it came from.

        Raises:
            EmulatorError: There is no such node.
        """
        membership.crash(self, creation.find_node(self.state, node).name, spare)

    def partition(self, nodes: Sequence[str]) -> None:
        """Cut nodes off from the rest.

        Raises:
            EmulatorError: There is no such node.
        """
        membership.partition(self, [creation.find_node(self.state, node).name for node in nodes])

    def heal(self) -> None:
        """End all partitions."""
        membership.heal(self)

    def fail_disk(self, disk: str) -> None:
        """Make a disk fail.

        Raises:
            EmulatorError: There is no such disk.
        """
        disks.fail(self, disk)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something after a while; `wait_idle` waits for it."""
        self.activity.later(seconds, action)

    @contextmanager
    def failing(self, name: str) -> Iterator[bool]:
        """Mark a daemon as failing; yields whether that is new."""
        first = name not in self._failing
        self._failing.add(name)
        try:
            yield first
        finally:
            if first:
                self._failing.discard(name)

    def wait_idle(self, timeout: float = 30.0) -> bool:
        """Notice what there is to notice, then wait until no event is on its way and no callback runs."""
        deadline = time.monotonic() + timeout
        self.conditions.look()
        while self.activity.wait(deadline - time.monotonic()):
            if not self.runs.wait(deadline - time.monotonic()):
                return False
            if self.activity.is_over():
                return True
        return False

    def advance(self, seconds: float) -> None:
        """Make what repeats after an interval come earlier, and look at once."""
        self.conditions.age(seconds)
        self.conditions.look()

    def records(self) -> list[CallbackProcess]:
        """One record for each process that was started for a callback."""
        return self.runs.records()

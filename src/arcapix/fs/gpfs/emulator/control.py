"""Clusters that live in a process of their own: the functions that the command line is built on."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arcapix.fs.gpfs.emulator import client, creation, logs, ownership, programs, registry, serving
from arcapix.fs.gpfs.emulator.environment import BIN, CLUSTER, NODE
from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.model import State
from arcapix.fs.gpfs.emulator.place import Place
from arcapix.fs.gpfs.emulator.runs import CallbackProcess, Runs
from arcapix.fs.gpfs.emulator.store import Store
from arcapix.fs.gpfs.emulator.switches import check

DEFAULT_NODES = ("n1", "n2", "n3")
DEFAULT_FILESYSTEMS = ("mmfs1", "mmfs2")
STOP_TIME = 30.0


@dataclass(frozen=True)
class NodeStatus:
    """A node, as `status` shows it."""

    name: str
    label: str
    number: int
    ip: str
    designation: str
    state: str
    mounts: tuple[str, ...]


@dataclass(frozen=True)
class FilesystemStatus:
    """A file system, as `status` shows it; sizes in bytes."""

    name: str
    size: int
    mount_point: str
    manager: str


@dataclass(frozen=True)
class Status:
    """A cluster, as `status` shows it."""

    directory: Path
    running: bool
    """Whether a process serves it."""
    pid: int | None
    inside: bool
    """It is a part of that process, a test for example, which alone can end it."""
    name: str
    cluster_manager: str
    shell_node: str
    nodes: tuple[NodeStatus, ...]
    filesystems: tuple[FilesystemStatus, ...]
    callbacks: tuple[str, ...]
    switches: Mapping[str, str]


def start(
    directory: Path,
    nodes: Sequence[str] | None = None,
    filesystems: Mapping[str, int] | None = None,
    switches: Mapping[str, str] | None = None,
    shell_node: str | None = None,
) -> None:
    """Create a cluster, or resume the one in the folder; silently: no event is raised.

    Args:
        directory: Its folder, absolute; absent, empty, or one of ours.
        nodes: Names or descriptors; three if the cluster is new and None is given.
        filesystems: Names and sizes in bytes; mmfs1 and mmfs2 if the cluster is new and None is given.
        switches: Answers to questions about GPFS; they replace those of an existing cluster one by one.
        shell_node: The node of commands that do not say where they run.

    Raises:
        EmulatorError: A folder, name, size or switch is invalid, or the cluster there has other nodes or file
            systems than those asked for.
    """
    place = _own(directory)
    place.check()
    for name, answer in (switches or {}).items():
        check(name, answer)
    if not place.state.exists():
        _create(place, nodes, filesystems, switches or {}, shell_node)
    state = Store(place.state).load()
    _check_same(place, state, nodes, filesystems)
    found = serving.holder(place)
    with _starting(place):
        if found is None or not found.inside:
            place.stopped.unlink(missing_ok=True)
    if switches:
        _ask(directory, "set_switches", switches=dict(switches))
    if shell_node is not None:
        _ask(directory, "set_shell_node", node=shell_node)
    _ask(directory, "pid")


def _own(directory: Path) -> Place:
    """The places of a cluster, before anything of it is read.

    Raises:
        EmulatorError: Another user owns its folder, or may write to it.
    """
    ownership.check(directory)
    return Place(directory)


def _create(
    place: Place,
    nodes: Sequence[str] | None,
    filesystems: Mapping[str, int] | None,
    switches: Mapping[str, str],
    shell_node: str | None,
) -> None:
    if place.directory.exists() and (not place.directory.is_dir() or any(place.directory.iterdir())):
        left_over = place.socket.parent.is_dir() and not any(place.mounts.glob("*/*"))
        if not left_over:
            raise EmulatorError(
                f"'{place.directory}' is not empty and holds no emulated cluster; choose another folder"
            )
    sizes = dict.fromkeys(DEFAULT_FILESYSTEMS, creation.SIZE) if filesystems is None else filesystems
    names = DEFAULT_NODES if nodes is None else nodes
    state = creation.new_cluster(place, names, sizes, switches, shell_node=shell_node)
    ownership.make_folder(place.directory, 0o755)
    ownership.check(place.directory)  # somebody else may have made it meanwhile
    place.directory.chmod(0o755)
    ownership.make_folder(place.socket.parent, 0o700)
    for folder in (place.bin, place.libexec):
        ownership.make_folder(folder, 0o755)
    with _starting(place):
        if place.state.exists():
            return
        registry.load()
        programs.install(place)
        Store(place.state).save(state)


@contextmanager
def _starting(place: Place) -> Iterator[None]:
    """Hold the lock that clients hold while they start the daemon."""
    ownership.make_folder(place.start_lock.parent, 0o700)
    with open(place.start_lock, "w", opener=ownership.closed) as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield


def _check_same(
    place: Place, state: State, nodes: Sequence[str] | None, filesystems: Mapping[str, int] | None
) -> None:
    if nodes is not None:
        asked = [name.partition(":")[0] for name in nodes]
        there = [
            node.name if "." in name else node.short
            for name, node in zip(asked, state.by_number(), strict=False)
        ]
        if asked != there or len(nodes) != len(state.nodes):
            raise EmulatorError(
                f"the cluster in '{place.directory}' has the nodes "
                f"{', '.join(node.short for node in state.by_number()[:10])}; "
                "destroy it first, or leave --nodes out"
            )
    if filesystems is not None:
        there_too = {name: one.size for name, one in state.filesystems.items()}
        if any(there_too.get(name) != size for name, size in filesystems.items()):
            raise EmulatorError(
                f"the cluster in '{place.directory}' has the file systems {', '.join(sorted(there_too))}; "
                "destroy it first, or leave --filesystem out"
            )


def _ask(directory: Path, do: str, **question: Any) -> Any:
    """Ask the daemon, which is started if it is dead."""
    place = _own(directory)
    if not place.state.exists():
        raise EmulatorError(
            f"no emulated cluster in '{directory}'; start one with: arcapix-gpfs emulate start"
        )
    fields = [b"control", b"", b"/", str(os.getpid()).encode(), json.dumps({"do": do, **question}).encode()]
    try:
        status, output, errors = client.ask(str(directory), fields)
    except OSError as error:
        raise EmulatorError(client.reason(str(directory), error)) from None
    if status:
        raise EmulatorError(errors.decode(errors="surrogateescape"))
    return json.loads(output)


def stop(directory: Path) -> None:
    """End the process of a cluster and every process of its nodes; the cluster stays, to be resumed.

    Raises:
        EmulatorError: There is no cluster, it is a part of another process, or it does not end.
    """
    place = _own(directory)
    if not place.state.exists():
        raise EmulatorError(f"no emulated cluster in '{directory}'")
    found = serving.holder(place)
    if found is not None and found.inside:
        raise EmulatorError(
            f"the cluster in '{directory}' is a part of process {found.pid}, a test perhaps; "
            "it ends with that process, and nothing was done to it"
        )
    with _starting(place), open(place.stopped, "w", opener=ownership.closed) as stopped:
        stopped.write(
            f"the emulated cluster in {directory} is stopped; "
            f"start it with: arcapix-gpfs emulate start --dir {directory}\n"
        )
    if serving.is_served(place):
        try:
            _ask(directory, "stop")
        except EmulatorError:
            _kill_daemon(place)
    deadline = time.monotonic() + STOP_TIME
    while serving.is_served(place):
        if time.monotonic() > deadline:
            raise EmulatorError(f"the process of the cluster in '{directory}' does not end")
        time.sleep(0.01)
    Runs(place).kill(spare=os.getpid())
    place.socket.unlink(missing_ok=True)


def _kill_daemon(place: Place) -> None:
    """Kill a daemon that does not answer."""
    found = serving.holder(place)
    if found is None:
        return
    with suppress(FileNotFoundError, ProcessLookupError, IndexError):
        words = Path(f"/proc/{found.pid}/cmdline").read_bytes().split(b"\0")
        if words[2].endswith(b"/libexec/daemon") and os.fsencode(place.directory) in words[3:]:
            os.kill(found.pid, signal.SIGKILL)


def destroy(directory: Path) -> None:
    """End a cluster and remove its folder.

    Raises:
        EmulatorError: The folder is not one of ours.
    """
    place = _own(directory)
    if not place.state.exists():
        raise EmulatorError(f"'{directory}' holds no emulated cluster; nothing was removed")
    stop(directory)
    for path in list(directory.iterdir()):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != place.state:
            path.unlink()
    # Last, as it marks the folder as ours: after a kill up to here, another call can finish.
    place.state.unlink()
    directory.rmdir()


def status(directory: Path) -> Status:
    """Describe a cluster, whether its process runs or not; the process is not started for that.

    Raises:
        EmulatorError: There is none.
    """
    place = _own(directory)
    state = Store(place.state).load()
    found = serving.holder(place)
    return Status(
        directory=directory,
        running=found is not None,
        pid=None if found is None else found.pid,
        inside=found is not None and found.inside,
        name=state.name,
        cluster_manager=state.cluster_manager,
        shell_node=state.shell_node,
        nodes=tuple(
            NodeStatus(
                node.name, node.label, node.number, node.ip, node.designation, node.state, tuple(node.mounts)
            )
            for node in state.by_number()
        ),
        filesystems=tuple(
            FilesystemStatus(one.name, one.size, one.mount_point, one.manager)
            for _, one in sorted(state.filesystems.items())
        ),
        callbacks=tuple(state.callbacks),
        switches=dict(state.switches),
    )


def fire(
    directory: Path, event: str, node: str | None = None, variables: Mapping[str, str] | None = None
) -> int:
    """Play an event by hand; returns the number of nodes it reached when synchronous callbacks have ended."""
    return int(_ask(directory, "fire", event=event, node=node, variables=dict(variables or {})))


def crash(directory: Path, node: str) -> None:
    """Kill a node and every process on it."""
    _ask(directory, "crash", node=node)


def partition(directory: Path, nodes: Sequence[str]) -> None:
    """Cut nodes off from the rest."""
    _ask(directory, "partition", nodes=list(nodes))


def heal(directory: Path) -> None:
    """End all partitions."""
    _ask(directory, "heal")


def fail_disk(directory: Path, disk: str) -> None:
    """Make a disk fail."""
    _ask(directory, "fail_disk", disk=disk)


def set_switches(directory: Path, switches: Mapping[str, str]) -> None:
    """Change answers to questions about GPFS."""
    _ask(directory, "set_switches", switches=dict(switches))


def wait_idle(directory: Path, timeout: float = 30.0) -> bool:
    """Notice what there is to notice, then wait until nothing is under way; False if that takes longer."""
    return bool(_ask(directory, "wait_idle", timeout=timeout))


def is_locked(directory: Path) -> bool:
    """Tell whether a command holds GPFS's lock on the configuration: a change is under way."""
    return bool(_ask(directory, "is_locked"))


def advance(directory: Path, seconds: float) -> None:
    """Make repeated events come this much earlier."""
    _ask(directory, "advance", seconds=seconds)


def runs(directory: Path, after: int = 0) -> list[CallbackProcess]:
    """The processes started for callbacks since the daemon's start, those with a number above `after`."""
    return [
        CallbackProcess(**{**record, "arguments": tuple(record["arguments"])})
        for record in _ask(directory, "runs", after=after)
    ]


def processes(directory: Path, node: str | None = None) -> list[int]:
    """The living processes of a cluster's nodes, or of one node: callbacks and all that they started."""
    return [int(pid) for pid in _ask(directory, "processes", node=node)]


def log(directory: Path, node: str | None = None) -> Iterator[str]:
    """The mmfs-like log of a node; without one, of all nodes by time, each line behind the node's name."""
    place = _own(directory)
    state = Store(place.state).load()
    if node is not None:
        yield from logs.read(place, creation.find_node(state, node).label)
        return
    lines = [(line, one.label) for one in state.by_number() for line in logs.read(place, one.label)]
    for line, label in sorted(lines, key=lambda pair: pair[0].partition(" ")[0]):
        yield f"{label}: {line}"


def follow_log(directory: Path, node: str | None = None) -> Iterator[str]:
    """The same, and then each line as it is written, until the cluster is destroyed."""
    place = _own(directory)
    state = Store(place.state).load()
    return logs.follow(place, None if node is None else creation.find_node(state, node).label)


def environment(directory: Path, node: str | None = None) -> dict[str, str]:
    """The variables of a shell that works on a cluster: to be added to the shell's own.

    ARCAPIX_GPFS_CLUSTER also says that a process belongs to an administrator, so that no crash kills it.

    Raises:
        EmulatorError: There is no such cluster or node.
    """
    place = _own(directory)
    state = Store(place.state).load()
    if not state.nodes:
        raise EmulatorError(
            f"the cluster in '{directory}' has lost its nodes by mmdelnode -a; destroy it first"
        )
    here = creation.find_node(state, node or state.shell_node)
    path = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(":")
        if folder and folder != str(place.bin)
    ]
    return {
        BIN: str(place.bin),
        CLUSTER: str(directory),
        NODE: here.label,
        "PATH": ":".join([str(place.bin), *path]),
    }

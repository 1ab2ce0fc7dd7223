"""Nodes that come and go: start, stop, crash, partition; quorum, managers, mounts; the events that follow.

What a change of membership means is worked out twice: on the state (`_rearrange`: who has quorum, who manages
what), and, by comparing the states before and after, as events (`_raise_leaves`, `_raise_joins`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from arcapix.fs.gpfs.emulator import messages
from arcapix.fs.gpfs.emulator.announcements import AGAIN
from arcapix.fs.gpfs.emulator.model import Node, State

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Emulator

UnmountReason: TypeAlias = Literal["normal", "forced"]


def has_quorum(state: State, side: int) -> bool:
    """Tell whether the running quorum nodes of a side are more than half of all quorum nodes."""
    up = [node for node in state.quorum_nodes() if node.running and node.side == side]
    return len(up) >= state.quorum()


def can_configure(state: State, name: str) -> bool:
    """Tell whether a node reaches most quorum nodes; their daemons need not run."""
    side = state.nodes[name].side
    reachable = [node for node in state.quorum_nodes() if node.side == side and node.state != "unknown"]
    return len(reachable) >= state.quorum()


def seen_state(node: Node, viewer: Node) -> str:
    """The state of a node as another one sees it: unknown across a partition."""
    return node.state if node.side == viewer.side else "unknown"


def elect(state: State) -> None:
    """Give each role without a fitting holder to an active node: managers first, evenly, by number."""
    active = state.active()
    names = {node.name for node in active}
    if state.cluster_manager not in names:
        candidates = sorted(
            active, key=lambda node: (not (node.quorum and node.manager), not node.quorum, node.number)
        )
        state.cluster_manager = candidates[0].name if candidates else ""
    for filesystem in state.filesystems.values():
        if filesystem.manager in names:
            continue
        load = [other.manager for other in state.filesystems.values()]
        candidates = sorted(active, key=lambda node: (not node.manager, load.count(node.name), node.number))
        filesystem.manager = candidates[0].name if candidates else ""


def _rearrange(state: State) -> None:
    """Make running nodes active where there is quorum, arbitrating elsewhere, and elect."""
    quorate = {side for side in {node.side for node in state.nodes.values()} if has_quorum(state, side)}
    for node in state.nodes.values():
        if not node.running:
            node.remount, node.mounts, node.fresh = [], [], False
        elif node.side in quorate:
            node.state, node.fresh = "active", False
        elif node.state == "active":
            node.state = "arbitrating"
            node.remount, node.mounts = node.mounts, []
    elect(state)


def settle(state: State) -> None:
    """Finish, silently, what a change of membership was in the middle of when the daemon was killed."""
    _rearrange(state)
    for node in state.active():
        node.mounts += [name for name in node.remount if name in state.filesystems]
        node.remount = []


def _raise_leaves(emulator: Emulator, before: State, after: State) -> None:
    """What those that remain notice: nodes that left, a new cluster manager, the loss of quorum.

    Nodes that lost quorum have left, in the eyes of a side that kept it.
    """
    active = after.active()
    lost = [node for node in before.active() if after.nodes[node.name].state == "arbitrating"]
    gone = [
        node
        for node in before.active()
        if after.nodes[node.name].state != "active" and (active or node not in lost)
    ]
    remaining = _names(active or lost)
    for node in gone:
        emulator.raise_on(remaining, "nodeLeave", node.name)
        if node.quorum:
            emulator.raise_on(remaining, "quorumNodeLeave", node.name)
    _raise_takeover(emulator, before, after)
    for node in lost:
        emulator.log(node, messages.LOG_QUORUM_LOST)
    emulator.raise_on(_names(lost), "quorumLoss")
    for filesystem in sorted(after.filesystems):
        nodes = [node.name for node in lost if filesystem in node.mounts]
        emulator.raise_on_each(nodes, "preUnmount", fsName=filesystem, reason="forced")
        emulator.raise_on_each(nodes, "unmount", fsName=filesystem, reason="forced")


def _raise_takeover(emulator: Emulator, before: State, after: State) -> None:
    if after.cluster_manager != before.cluster_manager and after.cluster_manager:
        manager = after.nodes[after.cluster_manager]
        values = {"ip": manager.ip, "short": manager.short, "cluster": after.name}
        for node in after.active():
            emulator.log(node, messages.LOG_NODE_MANAGER.format(**values))
        emulator.log(manager, messages.LOG_CLUSTER_MANAGER.format(**values))
        emulator.raise_event("clusterManagerTakeover", manager.name)


def _raise_joins(emulator: Emulator, before: State, after: State, *, taken_over: bool = False) -> None:
    """What a start, or the return of quorum, brings: takeover unless it is known, joins, start-up, mounts."""
    joined = [node for node in after.active() if before.nodes[node.name].state != "active"]
    if not joined:
        return
    if not taken_over:
        _raise_takeover(emulator, before, after)
    if not before.active():
        emulator.raise_event("quorumReached", after.cluster_manager)
    fresh = [node for node in joined if before.nodes[node.name].fresh or not before.nodes[node.name].running]
    for node in joined:
        if node in fresh:
            emulator.raise_on_each([node.name], "preStartup")
        emulator.raise_event("nodeJoin", node.name)
        if node.quorum:
            emulator.raise_event("quorumNodeJoin", node.name)
    for node in fresh:
        emulator.log(node, messages.LOG_READY)
    emulator.raise_on_each(_names(fresh), "startup")
    for filesystem in sorted(after.filesystems):
        if after.filesystems[filesystem].automount:
            mount(emulator, filesystem, [node.name for node in fresh])
        again = [node.name for node in joined if filesystem in node.remount]
        mount(emulator, filesystem, again, quietly=emulator.switch("remount_events") == "off")


def _names(nodes: Iterable[Node]) -> list[str]:
    return [node.name for node in nodes]


def mount(emulator: Emulator, filesystem: str, nodes: Sequence[str], *, quietly: bool = False) -> None:
    """Mount a file system on those of the nodes that are active and have not mounted it."""

    def wanted(state: State) -> list[Node]:
        return [
            node
            for node in map(state.nodes.__getitem__, nodes)
            if node.state == "active" and filesystem not in node.mounts and filesystem in state.filesystems
        ]

    if not wanted(emulator.state):
        return
    if not quietly:
        _announce(emulator, "preMount", filesystem, _names(wanted(emulator.state)))
    with emulator.change() as state:
        mounted = wanted(state)
        for node in mounted:
            node.mounts.append(filesystem)
            node.remount = [name for name in node.remount if name != filesystem]
    for node in mounted:
        emulator.log(node, messages.LOG_MOUNT.format(device=filesystem))
    if not quietly:
        emulator.raise_on_each(_names(mounted), "mount", fsName=filesystem)


def unmount(
    emulator: Emulator, filesystem: str, nodes: Sequence[str], reason: UnmountReason = "normal"
) -> None:
    """Unmount a file system from those of the nodes that have mounted it."""

    def wanted(state: State) -> list[Node]:
        return [node for node in map(state.nodes.__getitem__, nodes) if filesystem in node.mounts]

    if not wanted(emulator.state):
        return
    _announce(emulator, "preUnmount", filesystem, _names(wanted(emulator.state)), reason=reason)
    with emulator.change() as state:
        unmounted = wanted(state)
        for node in unmounted:
            node.mounts.remove(filesystem)
    for node in unmounted:
        emulator.log(node, messages.LOG_UNMOUNT.format(device=filesystem))
    emulator.raise_on_each(_names(unmounted), "unmount", fsName=filesystem, reason=reason)


def _announce(
    emulator: Emulator, event: str, filesystem: str, nodes: Sequence[str], **variables: str
) -> None:
    """Raise preMount or preUnmount; inside itself only as the switch mount_repeat says."""
    most = AGAIN if emulator.switch("mount_repeat") == "again" else 1
    with emulator.announcements.of(event, filesystem, nodes, most) as chosen:
        emulator.raise_on_each(chosen, event, fsName=filesystem, **variables)


def start_daemons(emulator: Emulator, nodes: Sequence[str]) -> None:
    """Start the daemons that do not run; nodes wait in arbitrating for quorum."""
    with emulator.change() as state:
        before = emulator.state
        for node in map(state.nodes.__getitem__, nodes):
            if not node.running:
                node.state, node.fresh, node.started = "arbitrating", True, time.time()
        _rearrange(state)
    _raise_joins(emulator, before, emulator.state)


def stop_daemons(emulator: Emulator, nodes: Sequence[str], *, failed: bool = False) -> None:
    """Stop daemons: unmount everything there, leave the cluster."""
    stopping = [node.name for node in map(emulator.state.nodes.__getitem__, nodes) if node.running]
    reason = "abnormal" if failed else "normal"
    for filesystem in sorted(emulator.state.filesystems):
        unmount(emulator, filesystem, stopping, "forced" if failed else "normal")
    with emulator.change() as state:
        before = emulator.state
        stopping = [name for name in stopping if state.nodes[name].running]
        for name in stopping:
            state.nodes[name].state = "down"
        _rearrange(state)
    after = emulator.state
    for name in stopping:
        emulator.log(after.nodes[name], messages.LOG_SHUTDOWN)
    emulator.raise_on_each(stopping, "shutdown", reason=reason)
    _raise_leaves(emulator, before, after)


def fail_daemon(emulator: Emulator, name: str) -> None:
    """The daemon of a node shuts itself down, as after a callback with --onerror shutdown has failed."""
    with emulator.failing(name) as first:
        if first and emulator.state.nodes[name].running:
            emulator.raise_on_each([name], "preShutdown", reason="abnormal")
            stop_daemons(emulator, [name], failed=True)


def crash(emulator: Emulator, name: str, spare: int = 0) -> None:
    """A node dies: its processes are killed, the others notice."""
    with emulator.change() as state:
        before = emulator.state
        state.nodes[name].state = "unknown"
        _rearrange(state)
    emulator.runs.kill(before.nodes[name].label, spare=spare)
    if before.nodes[name].running:
        _raise_leaves(emulator, before, emulator.state)
    emulator.runs.kill(
        before.nodes[name].label, spare=spare
    )  # what was just being started when the node died


def partition(emulator: Emulator, nodes: Sequence[str]) -> None:
    """Cut nodes off from the rest; the side with most of the quorum nodes goes on.

    After an earlier partition these may also be nodes that regain a majority.
    """
    with emulator.change() as state:
        before = emulator.state
        side = max(node.side for node in state.nodes.values()) + 1
        for name in nodes:
            state.nodes[name].side = side
        _rearrange(state)
    after = emulator.state
    _raise_leaves(emulator, before, after)
    _raise_joins(emulator, before, after, taken_over=True)


def heal(emulator: Emulator) -> None:
    """Join all sides of a partition again."""
    with emulator.change() as state:
        before = emulator.state
        for node in state.nodes.values():
            node.side = 0
        _rearrange(state)
    _raise_joins(emulator, before, emulator.state)


def lose_quorum(emulator: Emulator) -> None:
    """The cluster gives its quorum up, and forms again."""
    with emulator.change() as state:
        before = emulator.state
        for node in state.active():
            node.state = "arbitrating"
            node.remount, node.mounts = node.mounts, []
        elect(state)
    after = emulator.state
    _raise_leaves(emulator, before, after)
    with emulator.change() as state:
        _rearrange(state)
    _raise_joins(emulator, after, emulator.state)


def move_cluster_manager(emulator: Emulator, name: str) -> None:
    """Make a node the cluster manager."""
    with emulator.change() as state:
        before = emulator.state
        state.cluster_manager = name
    _raise_takeover(emulator, before, emulator.state)

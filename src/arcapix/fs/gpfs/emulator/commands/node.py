"""mmgetstate, mmstartup, mmshutdown."""

from __future__ import annotations

import os
from collections.abc import Sequence

from arcapix.fs.gpfs.emulator import layout, membership, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.model import Node
from arcapix.fs.gpfs.emulator.releases import Layout

_STATE_COLUMNS = [
    "nodeName",
    "nodeNumber",
    "state",
    "quorum",
    "nodesUp",
    "totalNodes",
    "remarks",
    "cnfsState",
]


_SHUTDOWN_STEPS = (
    (messages.SHUTDOWN_NODE,),
    (messages.SHUTDOWN_KILL, messages.SHUTDOWN_UNLOADING),
    (messages.SHUTDOWN_UNLOADED_26,),
    (messages.SHUTDOWN_UNLOADED_LINUX,),
)
"""What nodes say while their daemons end; all nodes report a step before the next [recorded, 4.2]."""


def _chosen(context: Context, arguments: Arguments) -> list[Node]:
    """The nodes of -a or -N; by default this one."""
    if arguments.flag("-a"):
        return context.state.by_number()
    return context.nodes(arguments.value("-N"), refuse=("mount",))


@command(
    "mmgetstate",
    usage="mmgetstate [-L] [-s] [-v] [-Y] [-a | -N {Node[,Node...] | NodeFile | NodeClass}]",
    flags=("-L", "-s", "-v", "-Y", "-a"),
    values=("-N",),
    words=(0, 0),
    layouts=(
        Layout("plain", "six sites, 3.5 to 5.0.1"),
        Layout("plain", "one site, 5.1.6", (5, 1)),
        Layout("-L", "four sites, 4.2"),
        Layout("-Y", "one site, 4.2 or 5.0"),
        Layout("-Y", "one site, 5.2.1", (5, 2)),
    ),
)
def mmgetstate(context: Context, arguments: Arguments) -> None:
    """Show the state of the daemon on nodes."""
    state, viewer = context.state, context.node
    up = sum(node.state == "active" for node in state.quorum_nodes())
    total = len(state.nodes)
    rows = [(node, membership.seen_state(node, viewer)) for node in _chosen(context, arguments)]
    if arguments.flag("-Y"):
        newer = context.release >= (5, 2)
        extra = ["daemonShortName", "daemonNodeName"] if newer else []
        context.out(layout.y_header("mmgetstate", "", [*_STATE_COLUMNS, *extra]))
        for node, seen in rows:
            remarks = "quorum node" if node.quorum else ""
            shown = node.short if newer else node.name
            values: list[object] = [
                shown,
                node.number,
                seen,
                state.quorum(),
                up,
                total,
                remarks,
                "(undefined)",
            ]
            context.out(layout.y_row("mmgetstate", "", values + ([node.short, node.name] if newer else [])))
        return
    context.out()
    if arguments.flag("-L"):
        table = [
            (node.number, node.short, state.quorum(), up, total, seen, "quorum node" if node.quorum else "")
            for node, seen in rows
        ]
        lines = layout.long_state_table(table)
    else:
        lines = layout.state_table([(node.number, node.short, seen) for node, seen in rows], context.release)
    for line in lines:
        context.out(line)
    if arguments.flag("-s"):
        _summary(context, up)


def _summary(context: Context, up: int) -> None:
    state = context.state
    achieved = "achieved" if up >= state.quorum() else "not achieved"
    context.out(f"""
 Summary information{" "}
---------------------
Number of nodes defined in the cluster:            {len(state.nodes)}
Number of local nodes active in the cluster:       {len(state.active())}
Number of remote nodes joined in this cluster:     0
Number of quorum nodes defined in the cluster:     {len(state.quorum_nodes())}
Number of quorum nodes active in the cluster:      {up}
Quorum = {state.quorum()}, Quorum {achieved}""")


@command(
    "mmstartup",
    usage="mmstartup [-a | -N {Node[,Node...] | NodeFile | NodeClass}] [-E EnvVar=value ...]",
    flags=("-a",),
    values=("-N",),
    words=(0, 0),
)
def mmstartup(context: Context, arguments: Arguments) -> None:
    """Start the daemon on nodes; returns when they are active or wait for quorum."""
    nodes = _chosen(context, arguments)
    context.dated(messages.STARTING)
    for node in nodes:
        if node.running:
            context.say(messages.ALREADY_ACTIVE, node=node.admin_name)
    membership.start_daemons(context.emulator, [node.name for node in nodes])


@command(
    "mmshutdown",
    usage="mmshutdown [-t UnmountTimeout] [-a | -N {Node[,Node...] | NodeFile | NodeClass}]",
    flags=("-a",),
    values=("-N", "-t"),
    words=(0, 0),
)
def mmshutdown(context: Context, arguments: Arguments) -> None:
    """Unmount everything on nodes and stop the daemon there."""
    nodes = _chosen(context, arguments)
    limit = arguments.value("-t")
    if limit is not None and not limit.isdigit():
        raise context.failure(messages.INVALID_PARAMETER, option="-t", value=limit)
    context.dated(messages.SHUTDOWN_UNMOUNTING)
    context.dated(messages.SHUTDOWN_DAEMONS)
    if context.release < (5,):
        _report_of_nodes(context, [node for node in nodes if node.running])
    membership.stop_daemons(context.emulator, [node.name for node in nodes])
    context.dated(messages.SHUTDOWN_FINISHED)


def _report_of_nodes(context: Context, nodes: Sequence[Node]) -> None:
    values = {"pid": os.getpid(), "kernel": os.uname().release}
    for step in _SHUTDOWN_STEPS:
        for node in nodes:
            for text in step:
                context.say(text, node=node.admin_name, **values)

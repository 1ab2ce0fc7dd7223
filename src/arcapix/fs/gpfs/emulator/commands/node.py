"""mmgetstate, mmstartup, mmshutdown."""

from __future__ import annotations

import os
from collections.abc import Sequence

from arcapix.fs.gpfs.emulator import layout, membership, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.messages import cluster as texts
from arcapix.fs.gpfs.emulator.model import Node
from arcapix.fs.gpfs.emulator.releases import Layout

_STATE_COLUMNS = "nodeName nodeNumber state quorum nodesUp totalNodes remarks cnfsState"
_WITH_SHORT_NAME = Layout("-Y", "one site, 5.1", (5, 1))
_WITH_DAEMON_NAME = Layout("-Y", "one site, 5.2.1", (5, 2))
_WIDE = Layout("-L", "two sites, 5.1.8 and 5.2", (5, 1, 8))

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
        Layout("plain", "three sites, 3.5 to 4.2"),
        Layout("plain", "one site, 5.0.1", (5,)),
        Layout("plain; -v with the nodes that could not be reached", "one site, 5.1.6", (5, 1)),
        Layout("-L", "four sites, 4.2"),
        _WIDE,
        Layout("-Y", "one site, 4.2 or 5.0"),
        _WITH_SHORT_NAME,
        _WITH_DAEMON_NAME,
    ),
)
def mmgetstate(context: Context, arguments: Arguments) -> None:
    """Show the state of the daemon on nodes."""
    rows = [(node, membership.seen_state(node, context.node)) for node in _chosen(context, arguments)]
    if arguments.flag("-Y"):
        _state_rows(context, rows)
        return
    context.out()
    unreached = [node for node, seen in rows if seen == "unknown"] if arguments.flag("-v") else []
    for line in _state_lines(context, [row for row in rows if row[0] not in unreached], arguments.flag("-L")):
        context.out(line)
    if unreached:
        context.out(f"\n{texts.NODES_UNREACHED.format(command=context.command)}\n")
        for node in unreached:
            context.out(node.admin_name)
    if arguments.flag("-s"):
        _summary(context, _up(context))


def _up(context: Context) -> int:
    """How many quorum nodes are active."""
    return sum(node.state == "active" for node in context.state.quorum_nodes())


def _state_rows(context: Context, rows: Sequence[tuple[Node, str]]) -> None:
    with_short, with_daemon = (one.holds(context.release) for one in (_WITH_SHORT_NAME, _WITH_DAEMON_NAME))
    columns = [*_STATE_COLUMNS.split(), *["daemonShortName"] * with_short, *["daemonNodeName"] * with_daemon]
    context.out(layout.y_header("mmgetstate", "", columns))
    cluster = (context.state.quorum(), _up(context), len(context.state.nodes))
    for node, seen in rows:
        shown = node.short if with_daemon else node.name
        remarks = "quorum node" if node.quorum else ""
        values = [shown, node.number, seen, *cluster, remarks, "(undefined)", node.short, node.name]
        context.out(layout.y_row("mmgetstate", "", values[: len(columns)]))


def _state_lines(context: Context, rows: Sequence[tuple[Node, str]], is_long: bool) -> list[str]:
    """The plain table, with the figures of the cluster or without."""
    if not is_long:
        return layout.state_table([(node.number, node.short, seen) for node, seen in rows], context.release)
    figures = (context.state.quorum(), _up(context), len(context.state.nodes))
    table = [
        (node.number, node.short, *figures, seen, "quorum node" if node.quorum else "") for node, seen in rows
    ]
    if _WIDE.holds(context.release):
        return layout.wide_state_table(table, at_the_right=context.switch("state_figures") == "right")
    return layout.long_state_table(table)


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

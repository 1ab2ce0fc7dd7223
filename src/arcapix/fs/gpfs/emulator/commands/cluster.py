"""mmlscluster, mmlsnode, mmlsmgr, mmchmgr."""

from __future__ import annotations

from arcapix.fs.gpfs.emulator import layout, membership, messages
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.messages import cluster as texts
from arcapix.fs.gpfs.emulator.model import Node
from arcapix.fs.gpfs.emulator.releases import Layout

_SECTIONS: tuple[tuple[str, str], ...] = (
    ("cnfsSummary", "cnfsSharedRoot cnfsMoundPort cnfsNFSDprocs cnfsReboot cnfsMonitorEnabled cnfsGanesha"),
    ("cnfsNode", "nodeNumber daemonNodeName ipAddress cnfsState cnfsGroupId cnfsIplist"),
    ("cesSummary", "cesSharedRoot EnabledServices logLevel addressPolicy"),
    ("cesNode", "nodeNumber daemonNodeName ipAddress cesGroup cesState cesIpList"),
    ("cloudGatewayNode", "nodeNumber daemonNodeName"),
)
"""Sections of mmlscluster -Y that have a header and, here, never a row; recorded from 5.0.4."""

_CLUSTER = (
    "clusterName clusterId uidDomain rshPath rshSudoWrapper rcpPath rcpSudoWrapper repositoryType "
    "primaryServer secondaryServer"
)
_NODE = (
    "nodeNumber daemonNodeName ipAddress adminNodeName designation otherNodeRoles adminLoginName "
    "otherNodeRolesAlias"
)
_LICENSE_WARNING = """\
===============================================================================
| Warning:                                                                    |
|   This cluster contains nodes that do not have a proper GPFS license        |
|   designation.  This violates the terms of the GPFS licensing agreement.    |
|   Use the mmchlicense command and assign the appropriate GPFS licenses      |
|   to each of the nodes in the cluster.  For more information about GPFS     |
|   license designation, see the Concepts, Planning, and Installation Guide.  |
==============================================================================="""


_SERVICES = {"--ces": texts.NO_PROTOCOL_NODES, "--cnfs": texts.NO_CNFS}
"""Options for services that no node has here, and what is said then."""


@command(
    "mmlscluster",
    usage="mmlscluster [-Y] [--ces] [--cnfs] [--cloud-gateway]",
    flags=("-Y", *_SERVICES),
    words=(0, 0),
    layouts=(
        Layout("plain", "nine sites, 4.1 to 5.2"),
        Layout("plain, an empty line behind it", "one site, 6.0", (6,)),
        Layout("-Y", "one site, 5.0"),
        Layout("--ces, --cnfs", "one site, 4.2"),
    ),
)
def mmlscluster(context: Context, arguments: Arguments) -> None:
    """Show the cluster and its nodes, or that no node serves files to others."""
    state = context.state
    if arguments.flag("-Y"):
        _y_cluster(context)
        return
    context.out()
    if any(not node.license for node in state.nodes.values()):
        context.out(_LICENSE_WARNING)
    context.out("GPFS cluster information\n========================")
    services = [text for option, text in _SERVICES.items() if arguments.flag(option)]
    facts = [("GPFS cluster name:", state.name), ("GPFS cluster id:", state.id)]
    if not services:
        facts += [
            ("GPFS UID domain:", state.name),
            ("Remote shell command:", state.remote_shell),
            ("Remote file copy command:", state.remote_copy),
            ("Repository type:", "CCR"),
        ]
    for key, value in facts:
        context.out(f"  {key:<27}{value}")
    for text in services:
        context.out("\n" + text.format(command=context.command))
    if services:
        return
    context.out()
    for line in layout.cluster_table(state.by_number()):
        context.out(line)
    if context.release >= (6,):
        context.out()


def _y_cluster(context: Context) -> None:
    state = context.state
    newer = context.release >= (5, 1)
    context.out(layout.y_header("mmlscluster", "clusterSummary", _CLUSTER.split()))
    context.out(layout.y_header("mmlscluster", "clusterNode", _NODE.split()))
    for section, columns in _SECTIONS:
        extra = ["interfaceMode"] if newer and section == "cesSummary" else []
        context.out(layout.y_header("mmlscluster", section, [*columns.split(), *extra]))
    if newer:
        context.out(
            layout.y_header("mmlscluster", "commentNode", ["nodeNumber", "daemonNodeName", "comment_enc"])
        )
    cluster = (
        state.name,
        state.id,
        state.name,
        state.remote_shell,
        "no",
        state.remote_copy,
        "no",
        "CCR",
        state.quorum_nodes()[0].name,  # also without a server-based repository [recorded]
        "",
    )
    context.out(layout.y_row("mmlscluster", "clusterSummary", cluster))
    for node in state.by_number():
        designation = "quorumManager" if node.quorum and node.manager else node.role
        others = ("Z", "", "perfmon") if node.perfmon else ("", "", "")
        values = (node.number, node.name, node.ip, node.admin_name, designation, *others)
        context.out(layout.y_row("mmlscluster", "clusterNode", values))


@command(
    "mmlsnode",
    usage="mmlsnode [-a | -N {Node[,Node...] | NodeFile | NodeClass}]",
    flags=("-a",),
    values=("-N",),
    words=(0, 0),
)
def mmlsnode(context: Context, arguments: Arguments) -> None:
    """Show nodes by name; with -N one per line."""
    entries = arguments.value("-N")
    if entries is not None:
        for node in context.nodes(entries):
            context.out(node.name)
        return
    context.out(
        "GPFS nodeset    Node list\n-------------   -------------------------------------------------------"
    )
    shown = " ".join(node.short for node in context.state.by_number())
    context.out(f"   {context.state.name.partition('.')[0]:<13}{shown}")


def _address(node: Node) -> str:
    return f"{node.ip} ({node.short})"


@command(
    "mmlsmgr",
    usage="mmlsmgr [-Y] [Device ...] | [-c] | [-C RemoteClusterName]",
    flags=("-Y", "-c"),
    layouts=(Layout("plain", "one site, 4.2"), Layout("-Y", "one site, 5.1")),
)
def mmlsmgr(context: Context, arguments: Arguments) -> None:
    """Show which nodes manage the cluster and its file systems."""
    state = context.state
    if not state.cluster_manager or state.nodes[state.cluster_manager].side != context.node.side:
        raise CommandFailed(messages.DAEMON_UNREACHABLE, messages.DAEMON_DOWN.format(command=context.command))
    cluster_manager = state.nodes[state.cluster_manager]
    devices = arguments.words or tuple(sorted(state.filesystems))
    managed = [context.filesystem(device) for device in devices]
    if arguments.flag("-Y"):
        context.out(layout.y_header("mmlsmgr", "clusterManager", ("manager",)))
        context.out(layout.y_header("mmlsmgr", "filesystemManager", ("filesystem", "manager", "managerIP")))
        context.out(layout.y_row("mmlsmgr", "clusterManager", (cluster_manager.short,)))
        for filesystem in managed if not arguments.flag("-c") else ():
            manager = state.nodes[filesystem.manager]
            values = (filesystem.name, manager.short, manager.ip)
            context.out(layout.y_row("mmlsmgr", "filesystemManager", values))
        return
    if not arguments.flag("-c"):
        rows = [(filesystem.name, _address(state.nodes[filesystem.manager])) for filesystem in managed]
        for line in layout.manager_table(rows):
            context.out(line)
        if arguments.words:
            return
        context.out()
    context.out(f"Cluster manager node: {_address(cluster_manager)}")


@command(
    "mmchmgr",
    usage="mmchmgr {Device | -c} [Node]",
    flags=("-c",),
    words=(0, 2),
    changing=True,
    needs_daemon=True,
)
def mmchmgr(context: Context, arguments: Arguments) -> None:
    """Move a manager role to a node, or away from the one that has it."""
    words = list(arguments.words)
    of_cluster = arguments.flag("-c")
    if not of_cluster and not words:
        raise context.usage(messages.MISSING_ARGUMENTS)
    filesystem = None if of_cluster else context.filesystem(words.pop(0))
    holder = context.state.cluster_manager if filesystem is None else filesystem.manager
    target = context.nodes(words[0])[0] if words else _successor(context, holder)
    if target.state != "active":
        raise context.failure(messages.MANAGER_UNFIT, node=target.name)
    if of_cluster and not target.quorum:
        raise context.failure(messages.MANAGER_UNFIT, node=target.name)
    if filesystem is not None:
        with context.change() as state:
            state.filesystems[filesystem.name].manager = target.name
        context.say(messages.MANAGER_APPOINTED, node=_address(target), what=filesystem.name)
        return
    with context.emulator.configuration_lock(context):
        pass
    context.say(messages.MANAGER_APPOINTED, node=_address(target), what=context.state.name)
    membership.move_cluster_manager(context.emulator, target.name)


def _successor(context: Context, holder: str) -> Node:
    """Another active manager node, else the one that has the role."""
    others = [node for node in context.state.active() if node.name != holder and node.manager]
    return others[0] if others else context.state.nodes[holder]

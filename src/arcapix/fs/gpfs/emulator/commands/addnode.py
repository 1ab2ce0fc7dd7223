"""mmaddnode, mmdelnode and mmchnode.

The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

from collections.abc import Sequence

from arcapix.fs.gpfs.emulator import creation, membership, messages, names
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.commands.license import warn_of_licenses
from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.messages import cluster as texts
from arcapix.fs.gpfs.emulator.model import Node, State
from arcapix.fs.gpfs.emulator.releases import Layout


def _refuse_loss_of_quorum(context: Context, state: State) -> None:
    """Refuse a change by which a part of the cluster would lose its quorum."""
    before = context.state
    for side in {node.side for node in before.active()}:
        if membership.has_quorum(before, side) and not membership.has_quorum(state, side):
            raise context.failure(texts.QUORUM_WOULD_GO)


def _settle(context: Context) -> None:
    """Let nodes that wait for quorum have it, if a change of designations gave it to them."""
    membership.start_daemons(context.emulator, [])


# -- mmaddnode


@command(
    "mmaddnode",
    usage="""mmaddnode -N {NodeDesc[,NodeDesc...] | NodeFile} [--accept]
   [--cloud-gateway CloudGatewayNodeClass]""",
    flags=("--accept",),
    values=("-N",),
    required=("-N",),
    words=(0, 0),
    changing=True,
)
def mmaddnode(context: Context, arguments: Arguments) -> None:
    """Add nodes, which are down and get new numbers. With --accept they get the licence that they need."""
    refused = []
    with context.change() as state:
        for descriptor in _descriptors(context, arguments):
            name = descriptor.partition(":")[0]
            context.dated(texts.PROCESSING_NODE.format(node=name))
            if names.find(state, name) is not None:
                context.err(texts.NODE_EXISTS.format(command=context.command, node=name))
                refused.append(name)
                continue
            try:
                node = creation.add_node(state, descriptor)
            except EmulatorError as error:
                raise context.failure(
                    texts.NODE_BAD_DESCRIPTOR, descriptor=descriptor, problem=str(error)
                ) from None
            node.state = "down"
            node.license = ("server" if node.role else "client") if arguments.flag("--accept") else ""
        _refuse_loss_of_quorum(context, state)
        added = len(state.nodes) - len(context.state.nodes)
    if refused:
        context.say(texts.NODES_NOT_ADDED)
        for name in refused:
            context.progress(f"\t\t{name}")
        context.say(texts.CORRECT_AND_ADD)
    if not added:
        raise CommandFailed()
    context.say(messages.COMPLETED)
    warn_of_licenses(context)
    context.propagating()


def _descriptors(context: Context, arguments: Arguments) -> Sequence[str]:
    """The descriptors of a comma list, or the lines of a file."""
    text = arguments.value("-N") or ""
    path = context.cwd / text
    if "/" in text or ("," not in text and path.is_file()):
        try:
            lines = [line.strip() for line in path.read_text().splitlines()]
        except (OSError, UnicodeDecodeError):
            raise context.failure(messages.UNKNOWN_NODE, node=text) from None
        return [line for line in lines if line and not line.startswith("#")]
    return [one for one in text.split(",") if one]


# -- mmdelnode


@command(
    "mmdelnode",
    usage="mmdelnode {-a | -N {Node[,Node...] | NodeFile | NodeClass}}",
    flags=("-a",),
    values=("-N",),
    words=(0, 0),
    changing=True,
    layouts=(Layout("-a", "one site, 3.5"),),
)
def mmdelnode(context: Context, arguments: Arguments) -> None:
    """Remove nodes on which GPFS is down, from node classes, settings and lists of servers too.

    With -a all nodes: no command finds a cluster any more.
    """
    if arguments.flag("-a") == arguments.flag("-N"):
        raise context.usage(messages.MISSING_ARGUMENTS)
    context.progress(texts.VERIFYING_STOPPED)
    if arguments.flag("-a"):
        _delete_cluster(context)
        return
    with context.change() as state:
        for node in context.nodes(arguments.value("-N")):
            if node.running:
                raise context.failure(texts.NODE_STILL_RUNS, node=node.admin_name)
            _forget(context, state, node)
        if not state.nodes or not state.quorum_nodes():
            raise context.failure(texts.LAST_NODE)
        _refuse_loss_of_quorum(context, state)
        if state.shell_node not in state.nodes:
            state.shell_node = state.by_number()[0].name
    context.propagating()
    context.say(messages.COMPLETED)
    _settle(context)


def _delete_cluster(context: Context) -> None:
    """Remove all nodes, once there are no file systems any more [inferred]."""
    with context.change() as state:
        for node in state.by_number():
            if node.running:
                raise context.failure(texts.NODE_STILL_RUNS, node=node.admin_name)
        if state.filesystems:
            raise context.failure(texts.CLUSTER_HAS_FILESYSTEMS, names=", ".join(sorted(state.filesystems)))
        state.nodes, state.nodeclasses, state.free_disks = {}, {}, {}
        state.callbacks, state.settings = {}, {}
        state.cluster_manager = state.shell_node = ""
    context.propagating()
    context.say(messages.COMPLETED)


def _forget(context: Context, state: State, node: Node) -> None:
    for filesystem in state.filesystems.values():
        for disk in filesystem.disks.values():
            if disk.servers == (node.name,):
                raise context.failure(texts.NODE_SERVES_DISKS, node=node.name, disk=disk.name)
            disk.servers = tuple(server for server in disk.servers if server != node.name)
    for nodeclass in state.nodeclasses.values():
        nodeclass.nodes = [name for name in nodeclass.nodes if name != node.name]
    for values in state.settings.values():
        values.pop(node.name, None)
    del state.nodes[node.name]


# -- mmchnode

_ROLES = {
    "--quorum": ("quorum", True),
    "--nonquorum": ("quorum", False),
    "--manager": ("manager", True),
    "--nonmanager": ("manager", False),
    "--client": ("manager", False),
    "--perfmon": ("perfmon", True),
    "--noperfmon": ("perfmon", False),
}


@command(
    "mmchnode",
    usage="""mmchnode {--quorum | --nonquorum} {--manager | --nonmanager | --client}
   [--admin-interface={hostname | ip_address}] [--daemon-interface={hostname | ip_address}]
   [--gateway | --nogateway] [--ces-enable | --ces-disable] [--perfmon | --noperfmon]
   [--cloud-gateway-enable | --cloud-gateway-disable] [--comment=Comment]
   -N {Node[,Node...] | NodeFile | NodeClass}
mmchnode {-S Filename | --spec-file=Filename}""",
    flags=tuple(_ROLES),
    values=("-N", "--admin-interface"),
    required=("-N",),
    words=(0, 0),
    changing=True,
    layouts=(Layout("plain", "two sites, 4.1 and 4.2"),),
)
def mmchnode(context: Context, arguments: Arguments) -> None:
    """Change roles and admin names of nodes."""
    roles = [_ROLES[option] for option in _ROLES if arguments.flag(option)]
    admin_name = arguments.value("--admin-interface")
    if not roles and not admin_name:
        raise context.usage(texts.NO_CHANGE_GIVEN)
    if len({name for name, _ in roles}) != len(set(roles)):
        raise context.usage(messages.OPTIONS_EXCLUDE, one="--ROLE", other="--nonROLE")
    chosen = context.nodes(arguments.value("-N"))
    if admin_name and len(chosen) > 1:
        raise context.failure(
            messages.INVALID_PARAMETER, option="--admin-interface", value=f"{admin_name} for several nodes"
        )
    for node in chosen:
        context.dated(texts.PROCESSING_NODE.format(node=node.name))
    with context.change() as state:
        for node in (state.nodes[one.name] for one in chosen):
            for role, has in roles:
                setattr(node, role, has)
            if admin_name:
                _rename(context, state, node, admin_name)
        if not state.quorum_nodes():
            raise context.failure(texts.QUORUM_WOULD_GO)
        _refuse_loss_of_quorum(context, state)
    if roles:
        warn_of_licenses(context)
    context.propagating()
    _settle(context)


def _rename(context: Context, state: State, node: Node, admin_name: str) -> None:
    """Give a node another admin name, in the domain of the cluster if it has none."""
    long = admin_name if "." in admin_name else f"{admin_name}.{state.domain}"
    holder = names.find(state, long)
    if holder is not None and holder.name != node.name:
        raise context.failure(texts.NODE_EXISTS, node=admin_name)
    node.admin_name = long

"""mmmount, mmumount (also mmunmount), mmlsmount."""

from __future__ import annotations

from collections.abc import Sequence

from arcapix.fs.gpfs.emulator import layout, membership, messages
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.model import Filesystem, Node

_Y_COLUMNS = (
    "localDevName",
    "realDevName",
    "owningCluster",
    "totalNodes",
    "nodeIP",
    "nodeName",
    "clusterName",
    "access",
)
"""The order is recorded, the names are not."""

_NAME_CUT = 33
"""Characters of a node name in mmlsmount -L [recorded, 5.1.7]."""


def _chosen(context: Context, what: str) -> list[Filesystem]:
    """File systems by device, mount point, comma list or the word all."""
    if what.startswith("/") and not what.startswith("/dev/"):
        found = [one for one in context.state.filesystems.values() if one.mount_point == what.rstrip("/")]
        if not found:
            raise context.failure(messages.UNKNOWN_FILESYSTEM, device=what)
        return found
    return context.filesystems(what)


def _nodes(context: Context, arguments: Arguments) -> list[Node]:
    if arguments.flag("-a"):
        return context.state.by_number()
    return context.nodes(arguments.value("-N"))


def _refuse_repetition(
    context: Context, event: str, filesystems: Sequence[Filesystem], nodes: Sequence[Node]
) -> None:
    if context.switch("mount_repeat") != "refuse":
        return
    names = [node.name for node in nodes]
    for filesystem in filesystems:
        if context.emulator.announcements.are_under_way(event, filesystem.name, names):
            raise context.failure(messages.MOUNT_UNDER_WAY, device=filesystem.name)


@command(
    "mmmount",
    usage="""\
mmmount {Device | DefaultMountPoint | all | all_local | all_remote | {-F DeviceFileName}}
        [-o MountOptions] [-a | -N {Node[,Node...] | NodeFile | NodeClass}]""",
    flags=("-a",),
    values=("-N",),
    words=(1, 1),
)
def mmmount(context: Context, arguments: Arguments) -> None:
    """Mount file systems on nodes."""
    nodes = _nodes(context, arguments)
    filesystems = _chosen(context, arguments.words[0])
    _refuse_repetition(context, "preMount", filesystems, nodes)
    context.dated(messages.MOUNTING)
    for filesystem in filesystems:
        membership.mount(context.emulator, filesystem.name, [node.name for node in nodes])
    down = [node for node in nodes if node.state != "active"]
    if down:
        lines = [
            f"{node.admin_name}:  {messages.DAEMON_DOWN.format(command=context.command)}"
            for node in down
            if arguments.flag("-N", "-a")
        ]
        raise CommandFailed(*(lines or [messages.DAEMON_DOWN.format(command=context.command)]))


@command(
    "mmumount",
    usage="""\
mmumount {Device | MountPoint | DriveLetter | all | all_local | all_remote | {-F DeviceFileName}}
         [-f] [-a | -N {Node[,Node...] | NodeFile | NodeClass}]""",
    flags=("-a", "-f"),
    values=("-N",),
    words=(1, 1),
    aliases=("mmunmount",),
)
def mmumount(context: Context, arguments: Arguments) -> None:
    """Unmount file systems from nodes."""
    nodes = _nodes(context, arguments)
    filesystems = _chosen(context, arguments.words[0])
    reason: membership.UnmountReason = "forced" if arguments.flag("-f") else "normal"
    _refuse_repetition(context, "preUnmount", filesystems, nodes)
    context.dated(messages.UNMOUNTING)
    for filesystem in filesystems:
        membership.unmount(context.emulator, filesystem.name, [node.name for node in nodes], reason)


@command(
    "mmlsmount",
    usage="""\
mmlsmount {Device | all | all_local | all_remote | {-F DeviceFileName}} [-L] [-Y]
          [-C {all | all_remote | ClusterName[,ClusterName...]}]""",
    flags=("-L", "-Y"),
    words=(1, 1),
)
def mmlsmount(context: Context, arguments: Arguments) -> None:
    """Show where file systems are mounted."""
    state = context.state
    filesystems = [] if arguments.words[0] == "all_remote" else context.filesystems(arguments.words[0])
    if arguments.flag("-L") and arguments.flag("-Y"):
        raise context.usage(messages.OPTIONS_EXCLUDE, one="-L", other="-Y")
    if arguments.flag("-Y"):
        context.out(layout.y_header("mmlsmount", "", _Y_COLUMNS))
    for filesystem in filesystems:
        nodes = [node for node in state.by_number() if filesystem.name in node.mounts]
        if arguments.flag("-Y"):
            columns = (filesystem.name, filesystem.name, state.name, len(nodes))
            for node in nodes:
                context.out(layout.y_row("mmlsmount", "", (*columns, node.ip, node.short, state.name, "RW")))
        elif not nodes:
            context.out(messages.NOT_MOUNTED.format(device=filesystem.name))
        elif arguments.flag("-L"):
            context.out(" " * 44)
            context.out(messages.MOUNTED_ON.format(device=filesystem.name, count=len(nodes)) + ":")
            for node in nodes:
                context.out(f"  {node.ip:<16}{node.name[:_NAME_CUT]:<26}")
        else:
            context.out(messages.MOUNTED_ON.format(device=filesystem.name, count=len(nodes)) + ".")

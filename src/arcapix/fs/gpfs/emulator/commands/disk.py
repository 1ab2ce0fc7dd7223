"""mmlsdisk, mmchdisk and mmlsnsd.

The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from arcapix.fs.gpfs.emulator import layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.disks import by_id, holds, quorum_disks
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Disk, Filesystem, State
from arcapix.fs.gpfs.emulator.releases import Layout

_Nsd: TypeAlias = "tuple[Filesystem | None, Disk]"
"""A disk and the file system that it is in, if it is in one."""
_SECTOR = 512
_DISK_COLUMNS = (
    "nsdName driverType sectorSize failureGroup metadata data status availability diskID storagePool "
    "remarks numQuorumDisks readQuorumValue writeQuorumValue diskSizeKB diskUID thinDiskType"
)
_WIDER = (5, 0, 3)
"""Since this release the tables of mmlsnsd are wider; not yet in 5.0.1 [recorded]."""
_CAPITALS = (5, 1, 6)
"""Since this release, and before 5.2, -Y has `replicaType`, and Yes and No with capitals [recorded]."""


def _volume_id(state: State, filesystem: Filesystem | None, disk: Disk) -> str:
    """The NSD volume id: address of the first server and time of creation, as in recorded ids."""
    server = state.nodes.get(disk.servers[0]) if disk.servers else None
    address = [int(part) for part in server.ip.split(".")] if server else [0, 0, 0, 0]
    born = int(filesystem.created if filesystem else 0) + disk.id & 0xFFFFFFFF
    return "".join(f"{part:02X}" for part in address) + f"{born:08X}"


# -- mmlsdisk


@command(
    "mmlsdisk",
    usage="""mmlsdisk Device [-d "DiskName[;DiskName...]"] [-e | -Y] [-L]
mmlsdisk Device [-d "DiskName[;DiskName...]"] {-m | -M}""",
    flags=("-e", "-L", "-Y"),
    values=("-d",),
    words=(1, 1),
    needs_daemon=True,
    layouts=(
        Layout("plain", "two sites, 4.1 and 4.2"),
        Layout("plain, after an empty line", "one site, 5.1", (5, 1)),
        Layout("-L", "two sites, 4.1 and 5.0"),
        Layout("-Y", "one site, 5.1"),
        Layout("-Y, with replicaType, Yes and No", "one site, 5.1.6", (5, 1, 7)),
        Layout("-Y, without them again", "one site, 5.2.1", (5, 2)),
    ),
)
def mmlsdisk(context: Context, arguments: Arguments) -> None:
    """List the disks of a file system."""
    filesystem = context.filesystem(arguments.words[0])
    disks = _named(context, filesystem, arguments.value("-d"))
    if arguments.flag("-e"):
        disks = [disk for disk in disks if (disk.status, disk.availability) != ("ready", "up")]
        if not disks:
            context.out(texts.DISKS_ALL_UP)
            return
    if arguments.flag("-Y"):
        _print_disk_rows(context, filesystem, disks)
        return
    if context.release >= (5, 1):
        context.out()
    for line in _disk_table(filesystem, disks, long=arguments.flag("-L")):
        context.out(line)
    if arguments.flag("-L"):
        count = len(quorum_disks(filesystem))
        context.out(f"Number of quorum disks: {count} ")
        context.out(f"Read quorum value:      {count // 2 + 1}")
        context.out(f"Write quorum value:     {count // 2 + 1}")


def _named(context: Context, filesystem: Filesystem, text: str | None) -> list[Disk]:
    """The disks of a ``;`` list, or all, by id."""
    if text is None:
        return by_id(filesystem)
    names = [name for name in text.split(";") if name]
    for name in names:
        if name not in filesystem.disks:
            raise context.failure(texts.DISK_UNKNOWN, disk=name, filesystem=filesystem.name)
    return [disk for disk in by_id(filesystem) if disk.name in names]


def _disk_table(filesystem: Filesystem, disks: Sequence[Disk], *, long: bool) -> list[str]:
    """The table [recorded]; with -L rows stand one column to the right of their last heading."""
    lines = [
        "disk         driver   sector     failure holds    holds                            ",
        "name         type       size       group metadata data  status        availability ",
        "------------ -------- ------ ----------- -------- ----- ------------- ------------ ",
    ]
    endings = ("storage", "pool", "-" * 12)
    if long:
        endings = (f"{'':8}storage", f"disk id {'pool':<13}remarks   ", f"{'-' * 7} {'-' * 12} {'-' * 9}")
    lines = [line + ending for line, ending in zip(lines, endings, strict=True)]
    quorum = quorum_disks(filesystem)
    for disk in disks:
        metadata, data = _shown(filesystem, disk, "Yes", "No")
        left = (
            f"{disk.name:<12} {'nsd':<8} {_SECTOR:>6} {disk.failure_group:>11} {metadata:<8} {data:<5} "
            f"{disk.status:<13} {disk.availability:<12} "
        )
        if long:
            lines.append(f"{left}{disk.id:>7} {disk.pool:<13} {'desc' if disk in quorum else ''}")
        else:
            lines.append(f"{left}{disk.pool:<12} ")
    return lines


def _shown(filesystem: Filesystem, disk: Disk, yes: str, no: str) -> list[str]:
    """Whether a disk holds metadata, and data, in words."""
    return [yes if held else no for held in holds(filesystem, disk)]


def _print_disk_rows(context: Context, filesystem: Filesystem, disks: Sequence[Disk]) -> None:
    capitals = _CAPITALS <= context.release < (5, 2)
    words = ("Yes", "No") if capitals else ("yes", "no")
    context.out(layout.y_header("mmlsdisk", "", _DISK_COLUMNS.split() + ["replicaType"] * capitals))
    quorum = quorum_disks(filesystem)
    majority = len(quorum) // 2 + 1
    for disk in disks:
        values = [disk.name, "nsd", _SECTOR, disk.failure_group, *_shown(filesystem, disk, *words)]
        values += [disk.status, disk.availability, disk.id, disk.pool, "desc" if disk in quorum else ""]
        values += [len(quorum), majority, majority, disk.size >> 10]
        values += [_volume_id(context.state, filesystem, disk), "", *[""] * capitals]
        context.out(layout.y_row("mmlsdisk", "", values))


# -- mmchdisk


@command(
    "mmchdisk",
    usage="""mmchdisk Device {resume | start} -a
   [-N {all | mount | Node[,Node...] | NodeFile | NodeClass}] [--qos QOSClass]
mmchdisk Device {suspend | resume | stop | start | change | empty}
   -d "DiskDesc[;DiskDesc...]" | -F DescFile
   [-N {all | mount | Node[,Node...] | NodeFile | NodeClass}] [--qos QOSClass]""",
    flags=("-a",),
    values=("-d", "-N"),
    words=(2, 2),
    changing=True,
    needs_daemon=True,
)
def mmchdisk(context: Context, arguments: Arguments) -> None:
    """Change the status or availability of disks; one that is stopped counts as failed."""
    action = arguments.words[1]
    fields = {
        "stop": ("availability", "down"),
        "start": ("availability", "up"),
        "suspend": ("status", "suspended"),
        "resume": ("status", "ready"),
        "empty": ("status", "to be emptied"),
    }
    if action == "change":
        text = messages.NOT_EMULATED_OPTION.format(command="mmchdisk", option="change")
        raise context.failure(text, messages.NOT_EMULATED_STATUS, summary=False)
    if action not in fields:
        raise context.usage(texts.BAD_ACTION, action=action)
    names = arguments.value("-d")
    if (names is None) != arguments.flag("-a") or (names is None and action not in ("resume", "start")):
        raise context.usage(messages.MISSING_ARGUMENTS)
    context.nodes(arguments.value("-N"))
    attribute, value = fields[action]
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        changed = [disk for disk in _named(context, filesystem, names) if getattr(disk, attribute) != value]
        for disk in changed:
            setattr(disk, attribute, value)
    if action == "start":
        context.progress(texts.REDISCOVER)
        context.progress(texts.REDISCOVERED)
    for disk in changed if action == "stop" else ():
        context.raise_event("diskFailure", filesystem.manager, fsName=filesystem.name, diskName=disk.name)


# -- mmlsnsd


@command(
    "mmlsnsd",
    usage="""mmlsnsd [-a | -F | -f Device | -d "DiskName[;DiskName...]"] [-L | -m | -M | -X] [-v]
   [-N {Node[,Node...] | NodeFile | NodeClass}] [-Y]""",
    flags=("-a", "-F", "-L", "-m", "-X", "-Y"),
    values=("-f", "-d"),
    words=(0, 0),
    layouts=(
        Layout("plain, with an empty line behind it", "one site, 4.2.0"),
        Layout("plain", "three sites, 4.1 and 4.2", (4, 2, 3)),
        Layout("plain, wider", "two sites, 5.1 and 5.2", (5, 0, 3)),
        Layout("-L", "one site, 4.1"),
        Layout("-m", "two sites, 4.1 and 5.0"),
        Layout("-m, wider", "one site, 5.0", (5, 0, 3)),
        Layout("-X", "one site, 4.2"),
        Layout("-X, wider", "one site, 5.2", (5, 0, 3)),
        Layout("-Y", "one site, 5.0"),
        Layout("-X -Y", "one site, 5.1", (5, 1)),
        Layout("-X -Y, with sizeMB", "one site, 5.2.1", (5, 2)),
    ),
)
def mmlsnsd(context: Context, arguments: Arguments) -> None:
    """List all disks of the cluster and their servers."""
    forms = [option for option in ("-L", "-m", "-X") if arguments.flag(option)]
    if len(forms) > 1:
        raise context.usage(messages.OPTIONS_EXCLUDE, one=forms[0], other=forms[1])
    found = _nsds(context, arguments)
    if not found:
        context.err(texts.NO_DISKS.format(command="mmlsnsd"))
        return
    if arguments.flag("-Y"):
        _print_nsd_rows(context, found, long=arguments.flag("-X"))
    elif arguments.flag("-m", "-X"):
        _print_server_table(context, found, long=arguments.flag("-X"))
    else:
        _print_nsd_table(context, found, long=arguments.flag("-L"))


def _nsds(context: Context, arguments: Arguments) -> list[_Nsd]:
    """Disks with their file systems, then free ones; an unknown name is left out [field]."""
    device = arguments.value("-f")
    found: list[_Nsd] = []
    if not arguments.flag("-F"):
        for filesystem in context.filesystems("all" if device is None else device):
            found += [(filesystem, disk) for disk in by_id(filesystem)]
    if device is None:
        found += [(None, disk) for disk in context.state.free_disks.values()]
    names = arguments.value("-d")
    if names is None:
        return found
    return [(filesystem, disk) for filesystem, disk in found if disk.name in names.split(";")]


def _print_nsd_table(context: Context, found: Sequence[_Nsd], *, long: bool) -> None:
    """File system, disk, with -L the volume id, servers."""
    width = 15 if context.release >= _WIDER else 12
    heading = f" File system   {'Disk name':<{width}} "
    heading += f"{'NSD volume ID':<18} {'NSD servers':<46}" if long else f"{'NSD servers':<47}"
    context.out()
    context.out(heading)
    context.out("-" * len(heading))
    for filesystem, disk in found:
        identifier = f"{_volume_id(context.state, filesystem, disk):<18} " if long else ""
        servers = ",".join(disk.servers) or "(directly attached)"
        context.out(f" {_place(filesystem):<13} {disk.name:<{width}} {identifier}{servers:<24} ")
    if context.release < (4, 2, 3):
        context.out()


def _place(filesystem: Filesystem | None) -> str:
    return filesystem.name if filesystem else "(free disk)"


def _print_server_table(context: Context, found: Sequence[_Nsd], *, long: bool) -> None:
    """One row for each disk and server. With -X the rows of 4.2 stand two columns to the right [recorded]."""
    wider = context.release >= _WIDER
    heading, device = (15, 15) if wider else (12, 14)
    width = 14 if long and not wider else heading
    devtype = f"{'Devtype':<8} " if long else ""
    line = (
        f" {'Disk name':<{heading}} {'NSD volume ID':<18} {'Device':<{device}} {devtype}"
        f"{'Node name or Class' if wider else 'Node name':<24} {'Remarks':<{17 if long else 14}}"
    )
    context.out()
    context.out(line)
    context.out("-" * len(line))
    devices = _devices(found)
    for filesystem, disk in found:
        identifier = _volume_id(context.state, filesystem, disk)
        for server in disk.servers:
            devtype = f"{'generic':<8} " if long else ""
            context.out(
                f" {disk.name:<{width}} {identifier:<18} {devices[disk.name, server]:<{device}} {devtype}"
                f"{server:<24} server node"
            )


def _devices(found: Sequence[_Nsd]) -> dict[tuple[str, str], str]:
    """The local name of each disk on each of its servers: /dev/vdb, /dev/vdc and so on."""
    devices: dict[tuple[str, str], str] = {}
    for _, disk in found:
        for server in disk.servers:
            number = sum(one == server for _, one in devices)
            devices[disk.name, server] = f"/dev/vd{chr(ord('b') + number % 25)}"
    return devices


def _print_nsd_rows(context: Context, found: Sequence[_Nsd], *, long: bool) -> None:
    """The -Y form: a row for each disk, with -X since 5.1 for each disk and server."""
    if long and context.release >= (5, 1):
        _print_server_rows(context, found)
        return
    columns = ("fileSystem", "diskName", "volumeId", "serverList", "thinDisk")
    context.out(layout.y_header("mmlsnsd", "nsd", columns))
    for filesystem, disk in found:
        identifier = _volume_id(context.state, filesystem, disk)
        values = (_place(filesystem), disk.name, identifier, ",".join(disk.servers), "")
        context.out(layout.y_row("mmlsnsd", "nsd", values))


def _print_server_rows(context: Context, found: Sequence[_Nsd]) -> None:
    """-X -Y: 5.1 names no file system, 5.2 tells the size of free disks alone [recorded of disks in use]."""
    newer = context.release >= (5, 2)
    columns = ["fileSystem", "diskName", "volumeId", "serverList", "deviceType", "localDiskName", "remarks"]
    context.out(layout.y_header("mmlsnsd", "nsd", columns + ["sizeMB"] * newer))
    devices = _devices(found)
    for filesystem, disk in found:
        identifier = _volume_id(context.state, filesystem, disk)
        size = "" if filesystem else disk.size >> 20
        for server in disk.servers:
            values: list[object] = [_place(filesystem) if newer else "", disk.name, identifier, server]
            values += ["generic", devices[disk.name, server], "server node", *[size] * newer]
            context.out(layout.y_row("mmlsnsd", "nsd", values))

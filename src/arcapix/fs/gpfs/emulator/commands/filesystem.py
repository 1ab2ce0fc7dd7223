"""mmlsfs, mmcrfs, mmdelfs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from arcapix.fs.gpfs.emulator import attributes, creation, figures, layout, membership, messages
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.errors import EmulatorError
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Disk, Filesystem, Pool, State
from arcapix.fs.gpfs.emulator.releases import Layout

_Y_COLUMNS = ("deviceName", "fieldName", "data", "remarks")
_PATH_FIELDS = ("defaultMountPoint",)
_USAGES = {
    "dataAndMetadata": (True, True),
    "dataOnly": (True, False),
    "metadataOnly": (False, True),
    "descOnly": (False, False),
}
"""Whether a disk holds data, and metadata, by the word for it in stanzas and descriptors."""
_YES_NO = {"yes": True, "no": False, "automount": True}


@command(
    "mmlsfs",
    usage="""\
mmlsfs {Device | all | all_local | all_remote} [-A] [-B] [-d] [-D] [-E] [-f] [-i] [-I] [-j] [-k] [-K]
       [-L] [-m] [-M] [-n] [-o] [-P] [-Q] [-r] [-R] [-S] [-t] [-T] [-V] [-z] [-Y]
       [--create-time] [--encryption] [--fastea] [--filesetdf] [--inode-limit] [--is4KAligned]
       [--log-replicas] [--mount-priority] [--perfileset-quota] [--rapid-repair]
       [--subblocks-per-full-block] [--write-cache-threshold] [--file-audit-log]
       [--maintenance-mode] [--flush-on-close] [--auto-inode-limit]""",
    flags=("-Y", *attributes.FLAGS),
    words=(1, 1),
)
def mmlsfs(context: Context, arguments: Arguments) -> None:
    """Show attributes of file systems."""
    device = arguments.words[0]
    filesystems = [] if device == "all_remote" else context.filesystems(device)
    if not filesystems:
        context.err(messages.NO_FILESYSTEMS.format(command=context.command))
        return
    flags = {option for option, _ in arguments.options if option != "-Y"}
    shown = attributes.chosen(flags, context.release)
    if arguments.flag("-Y"):
        context.out(layout.y_header("mmlsfs", "", _Y_COLUMNS))
    for filesystem in filesystems:
        if arguments.flag("-Y"):
            for one in shown:
                values = (filesystem.name, one.field, one.value(filesystem, context.release), "")
                paths = (2,) if one.field in _PATH_FIELDS else ()
                context.out(layout.y_row("mmlsfs", "", values, paths=paths))
            continue
        if device in ("all", "all_local"):
            title = f"File system attributes for /dev/{filesystem.name}:"
            context.out(f"\n{title}\n{'=' * len(title)}")
        for line in attributes.plain(filesystem, shown, context.release):
            context.out(line)


@command(
    "mmcrfs",
    usage="""\
mmcrfs Device {"DiskDesc[;DiskDesc...]" | -F StanzaFile}
       [-A {yes | no | automount}] [-B BlockSize] [-D {posix | nfs4}]
       [-E {yes | no}] [-i InodeSize] [-j {cluster | scatter}]
       [-k {posix | nfs4 | all}] [-K {no | whenpossible | always}]
       [-L LogFileSize] [-m DefaultMetadataReplicas] [-M MaxMetadataReplicas]
       [-n NumNodes] [-Q {yes | no}] [-r DefaultDataReplicas]
       [-R MaxDataReplicas] [-S {yes | no | relatime}] [-T Mountpoint]
       [-t DriveLetter] [-v {yes | no}] [-z {yes | no}]
       [--filesetdf | --nofilesetdf] [--inode-limit MaxNumInodes[:NumInodesToPreallocate]]
       [--log-replicas LogReplicas] [--metadata-block-size MetadataBlockSize]
       [--perfileset-quota | --noperfileset-quota] [--mount-priority Priority]
       [--version VersionString] [--write-cache-threshold HAWCThreshold]""",
    flags=("--perfileset-quota", "--noperfileset-quota"),
    values=("-F", "-A", "-B", "-n", "-Q", "-T", "-v"),
    words=(1, 3),
    changing=True,
    layouts=(
        Layout("plain", "three sites, 4.1 and 4.2"),
        Layout("plain, sizes with a fraction", "one site, 5.0.3", (5,)),
    ),
)
def mmcrfs(context: Context, arguments: Arguments) -> None:
    """Create a file system; each new disk is as large as the emulator's default file system."""
    words = list(arguments.words)
    mount_point = arguments.value("-T")
    if words[0].startswith("/") and not words[0].startswith("/dev/"):
        mount_point = words.pop(0)
    if not words:
        raise context.usage(messages.MISSING_ARGUMENTS)
    name = words.pop(0).removeprefix("/dev/")
    disks = _disks(context, arguments, words)
    mount_point = _mount_point(context, name, mount_point)
    with context.change() as state:
        taken = {disk for one in state.filesystems.values() for disk in one.disks}
        for disk in disks:
            if disk in taken:
                raise context.failure(messages.DISK_IN_USE, disk=disk)
        try:
            filesystem = creation.add_filesystem(state, name, creation.SIZE * len(disks), mount_point)
        except EmulatorError:
            text = messages.FILESYSTEM_EXISTS if name in state.filesystems else messages.FILESYSTEM_NAME
            raise context.failure(text, device=name) from None
        _set_options(context, filesystem, arguments)
        _use(state, filesystem, disks)
        membership.elect(state)
        _empty(state, filesystem)
    _report_creation(context, context.state.filesystems[name])


def _disks(context: Context, arguments: Arguments, words: list[str]) -> dict[str, Disk]:
    """The disks of descriptors, or of the %nsd stanzas in a file, by name and without servers.

    Raises:
        CommandFailed: There is none, one has a usage that is not known, or none can hold metadata.
    """
    stanza_file = arguments.value("-F")
    if stanza_file is None:
        given = [_descriptor(word) for text in words for word in text.split(";") if word]
    else:
        try:
            given = _stanzas((context.cwd / stanza_file).read_text())
        except OSError:
            raise context.failure(messages.SPEC_FILE_UNREADABLE, path=stanza_file) from None
    disks: dict[str, Disk] = {}
    for one in given:
        usage = one.get("usage") or "dataAndMetadata"
        if usage not in _USAGES:
            raise context.failure(messages.INVALID_PARAMETER, option="usage", value=usage)
        data, metadata = _USAGES[usage]
        pool, group = one.get("pool") or "system", one.get("failureGroup") or "-1"
        disk = Disk(one["nsd"], pool, creation.SIZE, failure_group=group, data=data, metadata=metadata)
        disks.setdefault(disk.name, disk)
    if not disks:
        raise context.usage(messages.MISSING_ARGUMENTS)
    if not any(disk.metadata and disk.pool == "system" for disk in disks.values()):
        raise context.failure(texts.NO_METADATA_DISK)
    return disks


def _descriptor(text: str) -> dict[str, str]:
    """``DiskName:::DiskUsage:FailureGroup::StoragePool``."""
    fields = text.split(":") + [""] * 7
    return {"nsd": fields[0], "usage": fields[3], "failureGroup": fields[4], "pool": fields[6]}


def _stanzas(text: str) -> list[dict[str, str]]:
    """The %nsd stanzas of a file, over several lines too; before them, descriptors, one a line."""
    lines = [line.strip() for line in text.splitlines() if not line.strip().startswith("#")]
    before, *stanzas = re.split("^(?=%)", "\n".join(lines), flags=re.MULTILINE)
    found = [dict(re.findall(r"(\w+)=(\S+)", one)) for one in stanzas if one.startswith("%nsd:")]
    return [*map(_descriptor, before.split()), *(one for one in found if "nsd" in one)]


def _use(state: State, filesystem: Filesystem, disks: Mapping[str, Disk]) -> None:
    """Give a new file system its disks, which may have been free ones, and the pools that they are in."""
    servers = next(iter(filesystem.disks.values())).servers
    for number, (name, disk) in enumerate(disks.items(), 1):
        free = state.free_disks.pop(name, None)
        disk.id, disk.servers = number, free.servers if free else servers
        disk.size = free.size if free else disk.size
        pool = Pool(disk.pool, 65_536 + len(filesystem.pools), 0, metadata=False)
        filesystem.pools.setdefault(disk.pool, pool)
    filesystem.disks = dict(disks)
    filesystem.size = sum(disk.size for disk in disks.values())
    for pool in filesystem.pools.values():
        inside = [disk for disk in disks.values() if disk.pool == pool.name]
        pool.size = sum(disk.size for disk in inside if disk.data) or sum(disk.size for disk in inside)


def _mount_point(context: Context, name: str, asked: str | None) -> str:
    """The folder of a new file system, which has to lie below the cluster's."""
    mounts = context.emulator.place.mounts
    if asked is None:
        return str(mounts / name)
    path = Path(asked)
    if mounts not in path.parents or ".." in path.parts:
        text = f"{context.command}: mount points outside {mounts} are not emulated: {asked}"
        raise CommandFailed(text, status=messages.NOT_EMULATED_STATUS, summary=False)
    return str(path)


def _set_options(context: Context, filesystem: Filesystem, arguments: Arguments) -> None:
    for option in ("-A", "-Q"):
        answer = arguments.value(option, "yes") or ""
        if answer not in _YES_NO:
            raise context.failure(messages.INVALID_PARAMETER, option=option, value=answer)
    filesystem.automount = _YES_NO[arguments.value("-A", "yes") or ""]
    if not _YES_NO[arguments.value("-Q", "yes") or ""]:
        filesystem.quotas_enforced = []
    filesystem.perfileset_quota = arguments.flag("--perfileset-quota")
    block_size = arguments.value("-B")
    if block_size is not None:
        match = re.fullmatch(r"(\d+)([KkMm]?)", block_size)
        size = int(match[1]) * {"": 1, "k": 1 << 10, "m": 1 << 20}[match[2].lower()] if match else 0
        if size < 65536 or size > 16 << 20 or size & (size - 1):
            raise context.failure(messages.INVALID_PARAMETER, option="-B", value=block_size)
        filesystem.block_size = size
    nodes = arguments.value("-n")
    if nodes is not None:
        if not nodes.isdigit():
            raise context.failure(messages.INVALID_PARAMETER, option="-n", value=nodes)
        filesystem.max_nodes = int(nodes)


def _empty(state: State, filesystem: Filesystem) -> None:
    """Remove what is left of a file system whose deletion was cut short, unless others are mounted inside."""
    place = Path(filesystem.mount_point)
    others = [Path(one.mount_point) for one in state.filesystems.values() if one is not filesystem]
    if not any(place == other or place in other.parents for other in others):
        shutil.rmtree(place, ignore_errors=True)


def _report_creation(context: Context, filesystem: Filesystem) -> None:
    manager = context.state.nodes.get(filesystem.manager, context.node)
    largest = figures.gigabytes(2 * max(1 << 30, filesystem.size), context.release)
    lines = [f"\nThe following disks of {filesystem.name} will be formatted on node {manager.name}:"]
    lines += [f"    {disk.name}: size {disk.size >> 20} MB" for disk in filesystem.disks.values()]
    lines += [
        "Formatting file system ...",
        f"Disks up to size {largest} can be added to storage pool system.",
        "Creating Inode File",
        "Creating Allocation Maps",
        "Creating Log Files",
        "Clearing Inode Allocation Map",
        "Clearing Block Allocation Map",
        "Formatting Allocation Map for storage pool system",
        f"Completed creation of file system /dev/{filesystem.name}.",
    ]
    context.progress("\n".join(lines))
    context.propagating()


@command("mmdelfs", usage="mmdelfs Device [-p]", flags=("-p",), words=(1, 1), changing=True)
def mmdelfs(context: Context, arguments: Arguments) -> None:
    """Delete a file system that is mounted nowhere, with all that it holds."""
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        if any(filesystem.name in node.mounts for node in state.nodes.values()):
            raise context.failure(messages.FILESYSTEM_MOUNTED, device=filesystem.name)
        del state.filesystems[filesystem.name]
        state.free_disks.update(filesystem.disks)
    for folder in (filesystem.mount_point, filesystem.unlinked):
        shutil.rmtree(folder, ignore_errors=True)
    lines = [f"All data on the following disks of {filesystem.name} will be destroyed:"]
    lines += [f"    {disk}" for disk in filesystem.disks]
    lines.append(f"Completed deletion of file system /dev/{filesystem.name}.")
    context.progress("\n".join(lines))
    context.propagating()

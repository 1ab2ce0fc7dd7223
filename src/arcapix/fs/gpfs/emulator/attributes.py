"""The attributes of a file system that mmlsfs shows: flag, -Y field, value and description, per release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from arcapix.fs.gpfs.emulator import layout
from arcapix.fs.gpfs.emulator.model import Filesystem
from arcapix.fs.gpfs.emulator.owners import ENFORCED
from arcapix.fs.gpfs.emulator.releases import FORMATS, Release

Value: TypeAlias = Callable[[Filesystem, Release], str]

SUBBLOCK = 8192


@dataclass(frozen=True)
class Attribute:
    """One attribute: without a flag it goes with the one before, without a description it is in -Y only."""

    flag: str
    field: str
    about: str
    value: Value
    since: Release = ()


def _always(text: str) -> Value:
    return lambda _filesystem, _release: text


def _flag(answer: bool) -> Value:
    return lambda _filesystem, release: layout.yes_no(answer, release)


def _subblocks(filesystem: Filesystem, release: Release) -> int:
    return filesystem.block_size // SUBBLOCK if release >= (5,) else 32


def _indirect(filesystem: Filesystem, release: Release) -> str:
    """Recorded of blocks of 512 KiB in 4.2 and of 4 MiB in 5.x; what lies between is inferred."""
    return "16384" if release < (5,) and filesystem.block_size <= 524288 else "32768"


def _logfile(_: Filesystem, release: Release) -> str:
    return "33554432" if release >= (5,) else "4194304"


def _version(_: Filesystem, release: Release) -> str:
    return FORMATS[".".join(map(str, release))]


def _about_fragment(release: Release) -> str:
    return (
        "Minimum fragment (subblock) size in bytes" if release >= (5,) else "Minimum fragment size in bytes"
    )


def _enforced(filesystem: Filesystem, _: Release) -> str:
    return ";".join(filesystem.quotas_enforced) or "none"


def _by_default(filesystem: Filesystem, _: Release) -> str:
    kinds = filesystem.kinds_with_defaults()
    return ";".join(word for kind, word in ENFORCED.items() if kind in kinds) or "none"


def _inode_limit(filesystem: Filesystem, _: Release) -> str:
    return str(sum(fileset.max_inodes for fileset in filesystem.filesets.values() if fileset.independent))


def _last_snapshot(filesystem: Filesystem, _: Release) -> str:
    return str(max((snapshot.id for snapshot in filesystem.snapshots.values()), default=0))


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("-f", "minFragmentSize", "", lambda fs, release: str(fs.block_size // _subblocks(fs, release))),
    Attribute("-i", "inodeSize", "Inode size in bytes", _always("4096")),
    Attribute("-I", "indirectBlockSize", "Indirect block size in bytes", _indirect),
    Attribute("-m", "defaultMetadataReplicas", "Default number of metadata replicas", _always("1")),
    Attribute("-M", "maxMetadataReplicas", "Maximum number of metadata replicas", _always("2")),
    Attribute("-r", "defaultDataReplicas", "Default number of data replicas", _always("1")),
    Attribute("-R", "maxDataReplicas", "Maximum number of data replicas", _always("2")),
    Attribute("-j", "blockAllocationType", "Block allocation type", _always("scatter")),
    Attribute("-D", "fileLockingSemantics", "File locking semantics in effect", _always("nfs4")),
    Attribute("-k", "ACLSemantics", "ACL semantics in effect", _always("all")),
    Attribute(
        "-n",
        "numNodes",
        "Estimated number of nodes that will mount file system",
        lambda fs, _: str(fs.max_nodes),
    ),
    Attribute("-B", "blockSize", "Block size", lambda fs, _: str(fs.block_size)),
    Attribute("-Q", "quotasAccountingEnabled", "Quotas accounting enabled", _enforced),
    Attribute("", "quotasEnforced", "Quotas enforced", _enforced),
    Attribute("", "defaultQuotasEnabled", "Default quotas enabled", _by_default),
    Attribute(
        "--perfileset-quota",
        "perfilesetQuotas",
        "Per-fileset quota enforcement",
        lambda fs, release: layout.yes_no(fs.perfileset_quota, release),
    ),
    Attribute("--filesetdf", "filesetdfEnabled", "Fileset df enabled?", _flag(False)),
    Attribute("-V", "filesystemVersion", "File system version", _version),
    Attribute("", "filesystemVersionLocal", "", _version),
    Attribute("", "filesystemVersionManager", "", _version),
    Attribute("", "filesystemVersionOriginal", "", _version),
    Attribute("", "filesystemHighestSupported", "", _version),
    Attribute(
        "--create-time", "create-time", "File system creation time", lambda fs, _: layout.date(fs.created)
    ),
    Attribute("-z", "DMAPIEnabled", "Is DMAPI enabled?", _flag(False)),
    Attribute("-L", "logfileSize", "Logfile size", _logfile),
    Attribute("-E", "exactMtime", "Exact mtime mount option", _flag(True)),
    Attribute(
        "-S",
        "suppressAtime",
        "Suppress atime mount option",
        lambda _, release: "relatime" if release >= (5,) else "No",
    ),
    Attribute("-K", "strictReplication", "Strict replica allocation option", _always("whenpossible")),
    Attribute("--fastea", "fastEAenabled", "Fast external attributes enabled?", _flag(True)),
    Attribute("--encryption", "encryption", "Encryption enabled?", _flag(False)),
    Attribute("--inode-limit", "maxNumberOfInodes", "Maximum number of inodes", _inode_limit),
    Attribute("", "maxSnapshotId", "", _last_snapshot),
    Attribute("", "UID", "", lambda fs, _: fs.uid),
    Attribute("--log-replicas", "logReplicas", "Number of log replicas", _always("0")),
    Attribute("--is4KAligned", "is4KAligned", "is4KAligned?", _flag(True)),
    Attribute("--rapid-repair", "rapidRepairEnabled", "rapidRepair enabled?", _flag(True)),
    Attribute("--write-cache-threshold", "write-cache-threshold", "HAWC Threshold (max 65536)", _always("0")),
    Attribute(
        "--subblocks-per-full-block",
        "subblocksPerFullBlock",
        "Number of subblocks per full block",
        lambda fs, release: str(_subblocks(fs, release)),
    ),
    Attribute("-P", "storagePools", "Disk storage pools in file system", lambda fs, _: ";".join(fs.pools)),
    Attribute("--file-audit-log", "file-audit-log", "File Audit Logging enabled?", _flag(False), (5,)),
    Attribute("--maintenance-mode", "maintenance-mode", "Maintenance Mode enabled?", _flag(False), (5,)),
    Attribute(
        "--flush-on-close", "flush-on-close", "flush cache on file close enabled?", _flag(False), (5, 1)
    ),
    Attribute(
        "--auto-inode-limit",
        "auto-inode-limit",
        "Increase maximum number of inodes per inode space automatically?",
        _flag(False),
        (5, 1),
    ),
    Attribute("-d", "disks", "Disks in file system", lambda fs, _: ";".join(fs.disks)),
    Attribute(
        "-A", "automaticMountOption", "Automatic mount option", lambda fs, _: "yes" if fs.automount else "no"
    ),
    Attribute("-o", "additionalMountOptions", "Additional mount options", _always("none")),
    Attribute("-T", "defaultMountPoint", "Default mount point", lambda fs, _: fs.mount_point),
    Attribute("--mount-priority", "mountPriority", "Mount priority", _always("0")),
)

FLAGS: tuple[str, ...] = tuple(attribute.flag for attribute in ATTRIBUTES if attribute.flag)


def chosen(flags: set[str], release: Release) -> list[Attribute]:
    """The attributes of these flags, or all; those without a flag go with the one before them."""
    found: list[Attribute] = []
    wanted = not flags
    for attribute in ATTRIBUTES:
        if attribute.flag and flags:
            wanted = attribute.flag in flags
        if wanted and release >= attribute.since:
            found.append(attribute)
    return found


def plain(filesystem: Filesystem, attributes: list[Attribute], release: Release) -> list[str]:
    """The table of mmlsfs for one file system."""
    lines = [
        "flag                value                    description",
        "------------------- ------------------------ -----------------------------------",
    ]
    for attribute in attributes:
        about = _about_fragment(release) if attribute.flag == "-f" else attribute.about
        if about:
            lines += layout.attribute_lines(attribute.flag, attribute.value(filesystem, release), about)
    return lines

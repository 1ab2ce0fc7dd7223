"""What the commands print, to the column.

A fixture in ``tests/golden/emulator`` has the layout of recorded output, with names and values of our own. The test
reads the values out of the fixture, arranges a cluster that has them, and wants the fixture printed. The same is
done with the recordings themselves if ARCAPIX_GPFS_SAMPLES names a folder that holds them.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs.emulator.commands_quota import name_of
from arcapix.fs.gpfs.emulator.model import (
    Disk,
    Fileset,
    Filesystem,
    Node,
    Nodeclass,
    Pool,
    Quota,
    Snapshot,
    State,
)
from arcapix.fs.gpfs.emulator.usage import Amount, Usage

GOLDEN = Path(__file__).parents[2] / "golden" / "emulator"
SAMPLES = os.environ.get("ARCAPIX_GPFS_SAMPLES", "")
DATE = r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"


def seconds(date: str) -> float:
    return time.mktime(time.strptime(date, "%a %b %d %H:%M:%S %Y"))


def decoded(value: str) -> str:
    return re.sub("%([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), value)


def rows(text: str) -> list[dict[str, str]]:
    """The rows of -Y output, with the section as `""`."""
    headers: dict[str, list[str]] = {}
    found = []
    for line in text.splitlines():
        fields = line.split(":")
        if fields[2:3] == ["HEADER"]:
            headers[fields[1]] = fields[6:-1]
        elif len(fields) > 6:
            values = dict(zip(headers[fields[1]], map(decoded, fields[6:-1]), strict=True))
            found.append({**values, "": fields[1]})
    return found


def only(state: State, name: str) -> Filesystem:
    """The one file system of the cluster, under another name, mounted where nothing is."""
    filesystem = next(iter(state.filesystems.values()))
    filesystem.name, filesystem.mount_point = name, f"/nowhere/{name}"
    state.filesystems = {name: filesystem}
    return filesystem


# -- from a text to the cluster that prints it


def filesets_long(state: State, text: str) -> None:
    filesystem = only(state, re.search("'(.*)'", text)[1])  # type: ignore[index]
    filesystem.filesets = {}
    pattern = rf"(?m)^(\S+) +(\d+) +(\d+) +(--|\d+) ({DATE}) +(\d+) +(\d+) +(\d+)(?: (.*))?$"
    for name, number, inode, parent, created, space, limit, allocated, comment in re.findall(pattern, text):
        filesystem.filesets[name] = Fileset(
            name,
            int(number),
            int(inode),
            path="",
            created=seconds(created),
            parent=None if parent == "--" else int(parent),
            comment=comment,
            inode_space=int(space),
            independent=True,
            max_inodes=int(limit),
            alloc_inodes=int(allocated),
        )


def filesets_plain(state: State, text: str) -> None:
    title = re.search("'(.*)'", text)
    filesystem = only(state, title[1] if title else "gpfs")
    filesystem.filesets = {}
    for number, line in enumerate(text.splitlines()):
        fields = line.split()
        if len(fields) == 3 and fields[1] != "Status":
            name, status, path = fields
            if status == "Linked" and not filesystem.filesets:
                filesystem.mount_point = path
            filesystem.filesets[name] = Fileset(
                name,
                len(filesystem.filesets),
                number,
                path="" if path == "--" else path,
                created=0.0,
                parent=0 if status == "Linked" else None,
            )


def filesets_rows(state: State, text: str) -> Usage:
    found = rows(text)
    filesystem = only(state, found[0]["filesystemName"])
    usage = Usage()
    filesystem.filesets = {"root": filesystem.filesets["root"]}
    for row in found:
        owner = row["isInodeSpaceOwner"] == "1"
        allocated, free = int(row["allocInodes"]), int(row["freeInodes"])
        name = row["filesetName"]
        usage.filesets[name] = Amount(0, allocated - free - (4038 if name == "root" else 0))
        filesystem.mount_point = row["path"] if name == "root" else filesystem.mount_point
        flags = {key: row[key] for key in ("permChangeFlag", "permInheritFlag") if key in row}
        filesystem.filesets[name] = Fileset(
            name,
            int(row["id"]),
            int(row["rootInode"]),
            path=row["path"] if row["status"] == "Linked" else "",
            created=seconds(row["created"]),
            parent=None if row["parentId"] == "--" else int(row["parentId"]),
            comment=row["comment"],
            inode_space=int(row["inodeSpace"]),
            independent=owner,
            max_inodes=int(row["maxInodes"]),
            alloc_inodes=allocated,
            attributes=flags,
        )
    if filesystem.mount_point.startswith("/nowhere"):
        filesystem.mount_point = "/" + found[0]["path"].split("/")[1]
    return usage


def pools(state: State, text: str) -> Usage:
    path = re.search("'(.*)'", text)[1]  # type: ignore[index]
    filesystem = only(state, Path(path).name)
    filesystem.mount_point = path
    filesystem.pools = {}
    usage = Usage()
    pattern = (
        r"(?m)^(\S+) +(\d+) +(\d+) (MB|KB) +(yes|no) +(yes|no) +(\d+) +(\d+) \( *\d+%\) +(\d+) +(\d+) \("
    )
    for name, number, block, unit, data, metadata, size, free, meta_size, meta_free in re.findall(
        pattern, text
    ):
        filesystem.block_size = int(block) << (20 if unit == "MB" else 10)
        total = max(int(size), int(meta_size)) << 10
        filesystem.pools[name] = Pool(
            name, int(number), total, data=data == "yes", metadata=metadata == "yes"
        )
        if name == "system":
            usage.total.bytes = total - (max(int(free), int(meta_free)) << 10)
    return usage


def space(state: State, text: str) -> Usage:
    """The plain mmdf: all disks of a pool equally full; used inodes as files of the root fileset."""
    filesystem = only(state, "fs1")
    filesystem.pools, filesystem.disks = {}, {}
    name = "system"
    for line in text.splitlines():
        title = re.match(r"Disks in storage pool: (\S+)", line)
        name = title[1] if title else name
        disk = re.match(r"(\S+) +(\d+) +(-?\d+) (Yes|No) +(Yes|No) ", line)
        if disk:
            size = int(disk[2]) << 10
            filesystem.disks[disk[1]] = Disk(disk[1], name, size, len(filesystem.disks) + 1, disk[3])
            pool = filesystem.pools.setdefault(name, Pool(name, len(filesystem.pools), 0))
            pool.size, pool.metadata, pool.data = pool.size + size, disk[4] == "Yes", disk[5] == "Yes"
    total = re.search(r"\(pool total\) +(\d+) +(\d+) \( *\d+%\) +(\d+)", text)
    size, blocks, fragments = map(int, total.groups())  # type: ignore[union-attr]
    used, _, allocated, limit = (int(number) for number in re.findall(r"(?m)inodes.*: +(\d+)$", text))
    if "all Inode spaces" in text:
        filesystem.filesets["other"] = Fileset("other", 1, 1, "", 0.0, inode_space=1, independent=True)
    root = filesystem.filesets["root"]
    root.max_inodes, root.alloc_inodes = limit, allocated
    filesystem.block_size = 262144
    return Usage(Amount((size - blocks - fragments) << 10), {"root": Amount(0, used - 4038)})


def space_rows(state: State, text: str) -> Usage:
    found = rows(text)
    filesystem = only(state, "fs1")
    filesystem.pools, filesystem.disks = {}, {}
    for row in found:
        if row[""] == "nsd":
            name, pool = row["nsdName"], row["storagePool"]
            size, number = int(row["diskSize"]) << 10, len(filesystem.disks) + 1
            filesystem.disks[name] = Disk(name, pool, size, number, row["failureGroup"])
            holds = {"metadata": row["metadata"] == "Yes", "data": row["data"] == "Yes"}
            filesystem.pools.setdefault(pool, Pool(pool, len(filesystem.pools), size, **holds))
    inode = found[-1]
    root = filesystem.filesets["root"]
    root.max_inodes, root.alloc_inodes = int(inode["maxInodes"]), int(inode["allocatedInodes"])
    total = next(row for row in found if row[""] == "poolTotal")
    filesystem.block_size = 262144
    used = int(total["poolSize"]) - int(total["freeBlocks"]) - int(total["freeFragments"])
    return Usage(Amount(used << 10), {"root": Amount(0, int(inode["usedInodes"]) - 4038)})


def disks_plain(state: State, text: str) -> None:
    filesystem = only(state, "gpfs")
    filesystem.disks = {}
    for fields in (line.split() for line in text.splitlines()):
        if len(fields) == 9 and fields[1] == "nsd":
            name, _, _, group, metadata, data, status, availability, pool = fields
            filesystem.pools[pool] = Pool(pool, 0, 1 << 30, data=data == "Yes", metadata=metadata == "Yes")
            number = len(filesystem.disks) + 1
            filesystem.disks[name] = Disk(name, pool, 1 << 30, number, group, status, availability)


def disks_rows(state: State, text: str) -> None:
    filesystem = only(state, "gpfs")
    filesystem.created, filesystem.disks = 0.0, {}
    for row in rows(text):
        data, metadata = row["data"] == "yes", row["metadata"] == "yes"
        filesystem.pools[row["storagePool"]] = Pool(
            row["storagePool"], 0, 1 << 30, data=data, metadata=metadata
        )
        filesystem.disks[row["nsdName"]] = Disk(
            row["nsdName"],
            row["storagePool"],
            int(row["diskSizeKB"]) << 10,
            int(row["diskID"]),
            row["failureGroup"],
            row["status"],
            row["availability"],
        )


def nsds(state: State, text: str) -> None:
    """The table of file systems and servers, or that of devices: two blanks or more, or a blank before a name."""
    only(state, "unused")
    state.filesystems = {}
    for line in text.splitlines():
        table = re.match(r" (\(free disk\)|\S+) +(\S+) +(\S+) *$", line)
        devices = re.match(r" (\S+) +[0-9A-F]{16} +/dev/\S+ +(?:generic +)?(\S+) +server node", line)
        if devices:
            place, name, servers = "fs1", devices[1], devices[2]
        elif table:
            place, name, servers = table[1], table[2], table[3]
        else:
            continue
        add_nsd(state, place, name, servers)


def nsd_rows(state: State, text: str) -> None:
    state.filesystems = {}
    for row in rows(text):
        add_nsd(state, row["fileSystem"], row["diskName"], row["serverList"])


def add_nsd(state: State, place: str, name: str, servers: str) -> None:
    if place == "(free disk)":
        state.free_disks[name] = Disk(name, "system", 1 << 30, servers=tuple(servers.split(",")))
        return
    made = Filesystem(place, 1 << 30, f"/nowhere/{place}", 0.0)
    filesystem = state.filesystems.setdefault(place, made)
    number = len(filesystem.disks) + 1
    filesystem.disks[name] = Disk(name, "system", 1 << 30, number, servers=tuple(servers.split(",")))


def snapshots_plain(state: State, text: str) -> None:
    filesystem = only(state, re.search(r"file system (\S+):", text)[1])  # type: ignore[index]
    pattern = rf"(?m)^(\S+) +(\d+) +(\w+) +({DATE})(?:  {DATE})?(?: +([A-Za-z]\S*))?"
    for name, number, status, created, fileset in re.findall(pattern, text):
        snapshot = Snapshot(name, int(number), seconds(created), status, fileset)
        filesystem.snapshots[snapshot.key] = snapshot


def snapshots_rows(state: State, text: str) -> None:
    found = rows(text)
    filesystem = only(state, found[0]["filesystemName"])
    for row in found:
        created = seconds(row["created"])
        snapshot = Snapshot(row["directory"], int(row["snapID"]), created, row["status"], row["fileset"])
        filesystem.snapshots[snapshot.key] = snapshot


def quotas(state: State, text: str) -> dict[str, Usage]:
    """All quotas; usage of the same figures. In doubt is always 0 here."""
    state.filesystems, usages = {}, {}
    for row in rows(text):
        name = row["filesystemName"]
        made = Filesystem(name, 1 << 50, f"/nowhere/{name}", 0.0, perfileset_quota=True)
        filesystem, usage = state.filesystems.setdefault(name, made), usages.setdefault(name, Usage())
        kind, number = row["quotaType"], int(row["id"])
        fileset = row["name"] if kind == "FILESET" else row["filesetname"]
        limits = [int(row[key]) << 10 for key in ("blockQuota", "blockLimit")]
        limits += [int(row[key]) for key in ("filesQuota", "filesLimit")]
        inside = "" if kind == "FILESET" else fileset
        name = row["name"] if kind == "FILESET" else name_of(kind, number)  # type: ignore[arg-type]
        quota = Quota(kind, name, number, inside, *limits)  # type: ignore[arg-type]
        if any(limits):
            filesystem.quotas[quota.key] = quota
        filesystem.filesets.setdefault(
            fileset, Fileset(fileset, number if kind == "FILESET" else len(filesystem.filesets), 0, "", 0.0)
        )
        used = Amount(int(row["blockUsage"]) << 10, int(row["filesUsage"]))
        if kind == "FILESET":
            usage.filesets[fileset] = used
        else:
            usage.owners[kind, fileset, number] = used
    return usages


def quota_plain(state: State, text: str) -> Usage:
    """The table of one user, with --block-size auto."""
    fields = text.splitlines()[-1].split()
    filesystem = only(state, fields[0])
    filesystem.perfileset_quota = True
    fileset = fields[1]
    filesystem.filesets[fileset] = Fileset(fileset, 1, 0, "", 0.0)

    def size(figure: str) -> int:
        unit = {"0": 0, "M": 1 << 20, "G": 1 << 30}[figure[-1]]
        return round(float(figure.rstrip("MG")) * unit)

    quota = Quota("USR", "root", 0, fileset, size(fields[4]), size(fields[5]))
    filesystem.quotas[quota.key] = quota
    return Usage(owners={("USR", fileset, 0): Amount(size(fields[3]), int(fields[9]))})


def nodeclasses(state: State, text: str) -> None:
    state.nodes = {}
    table = text[text.index("-----") :].splitlines()[1:]
    for name, members in (line.split() for line in table):
        for member in members.split(","):
            number = len(state.nodes) + 1
            state.nodes.setdefault(member, Node(member, number, f"198.18.9.{number}", member))
        state.nodeclasses[name] = Nodeclass(name, members.split(","))
    state.shell_node = next(iter(state.nodes))


def licenses(state: State, text: str) -> None:
    state.nodes, state.filesystems = {}, {}
    for name, required, designated in re.findall(r"(?m)^(\S+) +(server|client) +(server|client)$", text):
        number = len(state.nodes) + 1
        node = Node(name, number, f"198.18.9.{number}", name, quorum=required == "server")
        node.license = designated
        state.nodes[name] = node
    state.shell_node = next(iter(state.nodes))


def settings(state: State, text: str) -> None:
    """What stands between the parameters of a new cluster and the admin mode."""
    state.name = re.search(r"clusterName[ :](\S+?)(?=::|\n)", text)[1]  # type: ignore[index]
    state.id = re.search(r"clusterId[ :](\d+)", text)[1]  # type: ignore[index]
    state.filesystems = {
        name: Filesystem(name, 1 << 30, f"/nowhere/{name}", 0.0)
        for name in re.findall(r"(?m)^/dev/(\S+)$", text)
    }
    made = "clusterName clusterId autoload dmapiFileHandleSize minReleaseLevel tscCmdAllowRemoteConnections"
    made += " ccrEnabled cipherList sdrNotifyAuthEnabled adminMode"
    section = ""
    for line in text.splitlines():
        row = re.match(r"mmlsconfig::0:1:::(\w+):(.*):(.*):$", line)
        plain = re.match(r"(\w+) (\S.*)$", line)
        if line.startswith("["):
            section = line.strip("[]").replace("common", "")
            continue
        if row:
            parameter, value, section = row.groups()
        elif plain and plain[1] not in ("Configuration", "File"):
            parameter, value = plain[1], plain[2]
        else:
            continue
        if parameter not in made.split():
            state.settings[parameter] = {section: value}
            if section:
                state.nodeclasses[section] = Nodeclass(section)


def nothing(state: State, text: str) -> None:
    only(state, "fs1")


# -- the cases

Arranger = Callable[[State, str], Usage | Mapping[str, Usage] | None]


@dataclass(frozen=True)
class Case:
    """A fixture, the recording of its layout, and what to run."""

    fixture: str
    recording: str
    """Pattern of the name of the one recording of this layout."""
    release: str
    line: str
    arrange: Arranger
    stream: str = "stdout"
    unordered: bool = False
    """The recording is in another order than that of the ids."""
    defects: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = ()
    """Patterns and replacements, applied to both, for what cannot be the same; see the comments."""


BLANKS = (r"(?m)[ \t]+$", "")
"""The recording has lost blanks at the ends of lines."""
FIRST_LINE = (r"\A\s*\n", "")
"""The recording has lost an empty first line, or has a blank in it."""
EDGES = (r"(?<=\() *\d+| +\d+", lambda number: "#" * len(number[0]))
"""Here all of a pool's disks are equally full, and data and metadata are not told apart: columns only."""
LARGEST = (r"allowed is .* GB", "allowed is # GB")
"""How GPFS comes to this figure is not known."""
VOLUMES = (r"\b[0-9A-F]{16}\b", "0123456789ABCDEF")
"""Identifiers come from addresses and times of creation."""

CASES = (
    Case("mmlsfileset-L-4.2.3.txt", "mmlsfileset--*-4.2.2-3-L.txt", "4.2.3", "mmlsfileset FS -L", filesets_long),
    Case("mmlsfileset-L-long-name-4.2.3.txt", "mmlsfileset--*-L-2.txt", "4.2.3", "mmlsfileset FS -L", filesets_long),
    Case("mmlsfileset-L-long-name-5.1.7.txt", "", "5.1.7", "mmlsfileset FS -L", filesets_long),
    Case(
        "mmlsfileset-6.0.0.txt", "mmlsfileset--*-plain.txt", "6.0.0", "mmlsfileset FS", filesets_plain,
        defects=((r"\AFilesets in file system .*\n", ""),),  # the recording has lost its title
    ),
    Case(
        "mmlsfileset-Y-5.1.7.txt", "mmlsfileset--*-Y-5.1.txt", "5.1.7",
        "mmlsfileset FS FILESET -Y", filesets_rows,
    ),
    Case("mmlsfileset-Y-4.2.3.txt", "", "4.2.3", "mmlsfileset FS -Y", filesets_rows),
    Case("mmlspool-6.0.0.txt", "mmlspool--*-6.0.0.txt", "6.0.0", "mmlspool FS", pools, defects=(EDGES,)),
    Case("mmlspool-two-pools-5.1.7.txt", "mmlspool--*r.txt", "5.1.7", "mmlspool FS", pools, defects=(EDGES,)),
    Case("mmdf-6.0.0.txt", "mmdf--*-two-pools.txt", "6.0.0", "mmdf FS", space, defects=(LARGEST, EDGES)),
    Case("mmdf-4.2.3.txt", "mmdf--*-3.5.0-34.txt", "4.2.3", "mmdf FS", space, defects=(LARGEST, EDGES)),
    Case("mmdf-independent-filesets-5.1.7.txt", "", "5.1.7", "mmdf FS", space),
    Case("mmdf-Y-5.1.7.txt", "mmdf--*-Y.txt", "5.1.7", "mmdf FS -Y", space_rows, defects=((r":\d+", ":#"),)),
    Case("mmlspool-KB-5.1.7.txt", "mmlspool--*-KB.txt", "5.1.7", "mmlspool FS", pools,
         defects=((r" +\d+ [KM]B", " #"),)),  # figures invented by its author
    Case("mmlsdisk-4.2.3.txt", "mmlsdisk--*-4.2.0.3.txt", "4.2.3", "mmlsdisk FS", disks_plain),
    Case("mmlsdisk-5.1.7.txt", "mmlsdisk--*g.txt", "5.1.7", "mmlsdisk FS", disks_plain, defects=(BLANKS,)),
    Case(
        "mmlsdisk-Y-5.1.7.txt", "mmlsdisk--*-Y.txt", "5.1.7", "mmlsdisk FS -Y", disks_rows,
        defects=(VOLUMES, (r"(?m)^mmlsdisk:\w+\n", "")),  # its author's line
    ),
    Case("mmlsnsd-5.1.7.txt", "mmlsnsd--*-a.txt", "5.1.7", "mmlsnsd -a", nsds, defects=(BLANKS,)),
    Case("mmlsnsd-free-4.2.3.txt", "mmlsnsd--*-free.txt", "4.2.3", "mmlsnsd", nsds, defects=(BLANKS,)),
    Case("mmlsnsd-X-4.2.3.txt", "mmlsnsd--*-X.txt", "4.2.3", "mmlsnsd -X", nsds,
         defects=(FIRST_LINE, BLANKS, VOLUMES)),
    Case("mmlsnsd-m-4.2.3.txt", "mmlsnsd--*-m.txt", "4.2.3", "mmlsnsd -m", nsds,
         defects=(VOLUMES, (r"/dev/\S+ *", "/dev/# ")),),
    Case("mmlsnsd-Y-5.1.7.txt", "mmlsnsd--*-Y.txt", "5.1.7", "mmlsnsd -a -Y", nsd_rows, defects=(VOLUMES,)),
    Case("mmlssnapshot-6.0.0.txt", "mmlssnapshot--*-plain.txt", "6.0.0", "mmlssnapshot FS", snapshots_plain),
    Case(
        "mmlssnapshot-d-5.1.7.txt", "mmlssnapshot--*-d-2022.txt", "5.1.7", "mmlssnapshot FS -d --block-size auto",
        snapshots_plain, defects=((r"  \d[\d.]+[TG]", "       0"),),  # snapshots take no space here
    ),
    Case("mmlssnapshot-Y-5.1.7.txt", "mmlssnapshot--*r-Y.txt", "5.1.7", "mmlssnapshot FS -Y", snapshots_rows),
    Case(
        "mmlssnapshot-d-Y-5.1.7.txt", "mmlssnapshot--*-d-Y.txt", "5.1.7", "mmlssnapshot FS -d -Y",
        snapshots_rows, unordered=True, defects=((r"::\d+:\d+:", "::0:0:"),),  # snapshots take no space here
    ),
    Case("mmlsquota-u-5.1.7.txt", "mmlsquota--*-u.txt", "5.1.7", "mmlsquota -u root --block-size auto", quota_plain),
    Case("mmlsquota-Y-4.2.3.txt", "mmlsquota--*-u-Y.txt", "4.2.3", "mmlsquota -u USER -Y", quotas,
         defects=((r"(USR:(\d+)):\w+:", r"\1:\2:"),)),  # this machine has no such user
    # the recording for this one has rows that its author copied
    Case("mmrepquota-a-Y-5.1.7.txt", "", "5.1.7", "mmrepquota -j -u -g -Y -a", quotas),
    Case(
        "mmrepquota-j-Y-5.1.7.txt", "mmrepquota--*-j-Y.txt", "5.1.7", "mmrepquota -j -Y -a", quotas,
        defects=((r":\d+:none", ":0:none"),),  # nothing is ever in doubt
    ),
    Case("mmlsnodeclass-4.2.3.txt", "mmlsnodeclass--*-nsdserver.txt", "4.2.3", "mmlsnodeclass", nodeclasses),
    Case("mmlsnodeclass-5.1.7.txt", "", "5.1.7", "mmlsnodeclass", nodeclasses),
    Case("mmlslicense-L-4.2.3.txt", "mmlslicense--*-L.txt", "4.2.3", "mmlslicense -L", licenses),
    Case("mmlsconfig-5.1.7.txt", "mmlsconfig--*s.txt", "5.1.7", "mmlsconfig", settings,
         # the rulers of the recording do not fit its edited names
         defects=(("-----+", "-----"), (r"minReleaseLevel [\d.]+", "minReleaseLevel 5.1.7.0"))),
    Case("mmlsconfig-Y-5.1.7.txt", "mmlsconfig--*-Y-5.2.1.txt", "5.1.7", "mmlsconfig -Y", settings,
         defects=((r"minReleaseLevel:[\d.]+", "minReleaseLevel:5.1.7.0"),)),
    Case("mmlsfileset-unknown-5.1.7.txt", "errors--*-unknown-fileset.txt", "5.1.7",
         "mmlsfileset fs1 FILESET", nothing, "stderr"),
    Case("mmlsquota-unknown-4.2.3.txt", "errors--*-unknown-fs.txt", "4.2.3",
         "mmlsquota -j FILESET DEVICE", nothing, "stderr"),
)  # fmt: skip


def printed(make_cluster: Callable[..., Any], case: Case, text: str) -> str:
    cluster = make_cluster(release=case.release)
    found: list[Usage | Mapping[str, Usage] | None] = []
    cluster.arrange(lambda state: found.append(case.arrange(state, text)))
    usages = found[0]

    def usage(filesystem: Filesystem) -> Usage:
        known = usages if isinstance(usages, Usage) else (usages or {}).get(filesystem.name, Usage())
        for name in filesystem.filesets:
            known.filesets.setdefault(name, Amount())
        return known

    cluster.emulator.usage = usage
    words = {"FS": next(iter(cluster.state.filesystems), "fs1")}
    for word, pattern in (
        ("FILESET", r"named (\S+) does|mmlsfileset::0:1:::\w+:(\w+):"),
        ("DEVICE", r"File system (\S+) is"),
        ("USER", r"USR:(\d+)"),
    ):
        if match := re.search(pattern, text):
            words[word] = match[match.lastindex or 1]
    line = " ".join(words.get(word, word) for word in case.line.split())
    return str(getattr(cluster.run(line), case.stream))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fixture)
def test_a_command_prints_its_fixture(make_cluster: Callable[..., Any], case: Case) -> None:
    text = (GOLDEN / case.fixture).read_text()
    assert printed(make_cluster, case, text) == text


@pytest.mark.skipif(
    not SAMPLES, reason="ARCAPIX_GPFS_SAMPLES names no folder with recordings of real clusters"
)
@pytest.mark.parametrize("case", [case for case in CASES if case.recording], ids=lambda case: case.recording)
def test_a_command_prints_what_was_recorded(make_cluster: Callable[..., Any], case: Case) -> None:
    found = list(Path(SAMPLES).glob(case.recording))
    if len(found) != 1:
        pytest.skip(f"{len(found)} recordings {case.recording} in {SAMPLES}")
    text = found[0].read_text()
    ours = printed(make_cluster, case, text)
    for pattern, replacement in case.defects:
        text, ours = re.sub(pattern, replacement, text), re.sub(pattern, replacement, ours)
    if case.unordered:
        text, ours = "\n".join(sorted(text.splitlines())), "\n".join(sorted(ours.splitlines()))
    assert ours == text

"""What the commands for file systems, disks, filesets, snapshots and quotas print, to the column."""

from __future__ import annotations

import re
from pathlib import Path

from arcapix.fs.gpfs.emulator.model import Disk, Fileset, Filesystem, Pool, Quota, Snapshot, State
from arcapix.fs.gpfs.emulator.owners import name_of
from arcapix.fs.gpfs.emulator.usage import Amount, Usage

from .golden import (
    BLANKS,
    DATE,
    FIRST_LINE,
    VOLUMES,
    Case,
    nothing,
    only,
    rows,
    seconds,
)

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
    filesystem.pools, filesystem.disks = {}, {}
    usage = Usage()
    pattern = (
        r"(?m)^(\S+) +(\d+) +(\d+) (MB|KB) +(yes|no) +(yes|no) +(\d+) +(\d+) \( *\d+%\) +(\d+) +(\d+) \("
    )
    for name, number, block, unit, data, metadata, size, free, meta_size, meta_free in re.findall(
        pattern, text
    ):
        filesystem.block_size = int(block) << (20 if unit == "MB" else 10)
        total = max(int(size), int(meta_size)) << 10
        filesystem.pools[name] = Pool(name, int(number), total)
        holds = {"data": data == "yes", "metadata": metadata == "yes"}
        filesystem.disks[f"{name}_disk"] = Disk(f"{name}_disk", name, total, **holds)
        if name == "system":
            usage.total.bytes = total - (max(int(free), int(meta_free)) << 10)
    return usage


def space(state: State, text: str) -> Usage:
    """The plain mmdf: all disks of a pool equally full; used inodes as files of the root fileset."""
    filesystem = only(state, "fs1")
    unit = 1 << 30 if "in GB" in text else 1 << 10
    filesystem.pools, filesystem.disks = {}, {}
    name = "system"
    for line in text.splitlines():
        title = re.match(r"Disks in storage pool: (\S+)", line)
        name = title[1] if title else name
        disk = re.match(r"(\S+) +(\d+) +(-?\d+) ([Yy]es|[Nn]o) +([Yy]es|[Nn]o) ", line)
        if disk:
            size, number = int(disk[2]) * unit, len(filesystem.disks) + 1
            holds = {"metadata": disk[4].lower() == "yes", "data": disk[5].lower() == "yes"}
            filesystem.disks[disk[1]] = Disk(disk[1], name, size, number, disk[3], **holds)
            filesystem.pools.setdefault(name, Pool(name, len(filesystem.pools), size))
    total = re.search(r"\(pool total\) +(\d+) +(\d+) \( *\d+%\) +(\d+)", text)
    size, blocks, fragments = (int(figure) * unit for figure in total.groups())  # type: ignore[union-attr]
    filesystem.block_size = 262144
    if "inodes" not in text:
        return Usage(Amount(size - blocks - fragments))
    used, _, allocated, limit = (int(number) for number in re.findall(r"(?m)inodes.*: +(\d+)$", text))
    if "all Inode spaces" in text:
        filesystem.filesets["other"] = Fileset("other", 1, 1, "", 0.0, inode_space=1, independent=True)
    root = filesystem.filesets["root"]
    root.max_inodes, root.alloc_inodes = limit, allocated
    return Usage(Amount(size - blocks - fragments), {"root": Amount(0, used - 4038)})


def space_rows(state: State, text: str) -> Usage:
    found = rows(text)
    filesystem = only(state, "fs1")
    filesystem.pools, filesystem.disks = {}, {}
    for row in found:
        if row[""] == "nsd":
            name, pool = row["nsdName"], row["storagePool"]
            size, number = int(row["diskSize"]) << 10, len(filesystem.disks) + 1
            holds = {"metadata": row["metadata"] == "Yes", "data": row["data"] == "Yes"}
            filesystem.disks[name] = Disk(name, pool, size, number, row["failureGroup"], **holds)
            filesystem.pools.setdefault(pool, Pool(pool, len(filesystem.pools), size))
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
        if fields[1:2] == ["nsd"]:
            name, _, _, group, metadata, data, status, availability, *rest = fields
            pool, number = rest[-1 - (rest[-1] == "desc")], len(filesystem.disks) + 1
            filesystem.pools[pool] = Pool(pool, 0, 1 << 30)
            disk = Disk(name, pool, 1 << 30, number, group, status, availability)
            disk.metadata, disk.data = metadata.lower() == "yes", data.lower() == "yes"
            filesystem.disks[name] = disk


def disks_rows(state: State, text: str) -> None:
    filesystem = only(state, "gpfs")
    filesystem.created, filesystem.disks = 0.0, {}
    for row in rows(text):
        filesystem.pools[row["storagePool"]] = Pool(row["storagePool"], 0, 1 << 30)
        filesystem.disks[row["nsdName"]] = Disk(
            row["nsdName"],
            row["storagePool"],
            int(row["diskSizeKB"]) << 10,
            int(row["diskID"]),
            row["failureGroup"],
            row["status"],
            row["availability"],
            data=row["data"].lower() == "yes",
            metadata=row["metadata"].lower() == "yes",
        )


def nsds(state: State, text: str) -> None:
    """The table of file systems and servers, or that of devices: two blanks or more, or a blank before a name."""
    only(state, "unused")
    state.filesystems = {}
    for line in text.splitlines():
        table = re.match(r" (\(free disk\)|\S+) +(\S+) +(\S+) *$", line)
        long = re.match(r" (\S+) +(\S+) +[0-9A-F]{16} +(\S+) *$", line)
        devices = re.match(r" (\S+) +[0-9A-F]{16} +/dev/\S+ +(?:generic +)?(\S+) +server node", line)
        if long:
            place, name, servers = long.groups()
        elif devices:
            place, name, servers = "fs1", devices[1], devices[2]
        elif table:
            place, name, servers = table[1], table[2], table[3]
        else:
            continue
        add_nsd(state, place, name, servers)


def nsd_rows(state: State, text: str) -> None:
    state.filesystems = {}
    for row in rows(text):
        add_nsd(state, row["fileSystem"] or "fs1", row["diskName"], row["serverList"])


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
        fileset_id = number if kind == "FILESET" else int(row.get("fid") or len(filesystem.filesets))
        filesystem.filesets.setdefault(fileset, Fileset(fileset, fileset_id, 0, "", 0.0))
        used = Amount(int(row["blockUsage"]) << 10, int(row["filesUsage"]))
        if kind == "FILESET":
            usage.filesets[fileset] = used
        else:
            usage.owners[kind, fileset, number] = used
    return usages


QUOTA_LINE = re.compile(
    r"(?m)^(\S+) +(?:([\w-]+) +)?(USR|GRP|FILESET) +([\d.]+[MG]?) +([\d.]+[MG]?) +([\d.]+[MG]?) "
    r".*\| +(\d+) +(\d+) +(\d+)(?:.* (d_fset))?"
)
"""File system or owner, fileset, kind; usage, soft and hard limit of blocks, and of files; by default."""


def quota_plain(state: State, text: str) -> Usage:
    """A table of mmlsquota, of root's quotas, or of mmrepquota; owners without a number get one."""
    title = re.search(r" type +(\w+)", text)[1]  # type: ignore[index]
    report = re.search(r"quotas on (\S+)", text)
    found = QUOTA_LINE.findall(text)
    filesystem, usage = only(state, report[1] if report else found[0][0]), Usage()
    filesystem.perfileset_quota = "ileset " in text

    def size(figure: str) -> int:
        unit = {"M": 1 << 20, "G": 1 << 30}.get(figure[-1], 1 << (40 if title == "TB" else 10))
        return round(float(figure.rstrip("MG")) * unit)

    for first, fileset, kind, used, soft, hard, files, files_soft, files_hard, by in found:
        amount = Amount(size(used), int(files))
        number = 50_000 + len(usage.owners)
        if not report or first == "root":
            number = 0
        elif first.isdigit():
            number = int(first)
        of = "FILESET" if kind == "FILESET" else fileset
        if of:
            filesystem.filesets.setdefault(of, Fileset(of, len(filesystem.filesets), 0, "", 0.0))
        name = of if kind == "FILESET" else name_of(kind, number)
        limits = (size(soft), size(hard), int(files_soft), int(files_hard))
        quota = Quota(kind, name, number, fileset, *limits)
        if by == "d_fset":
            quota = Quota(kind, "", 0, fileset, *limits)
        filesystem.quotas[quota.key] = quota
        if kind == "FILESET":
            usage.filesets[name] = amount
        elif fileset:
            usage.owners[kind, fileset, number] = amount
        else:
            (usage.users if kind == "USR" else usage.groups)[number] = amount
    return usage


def quota_defaults(state: State, text: str) -> None:
    """The table of one fileset."""
    for name, fileset, kind, soft, hard, files_soft, files_hard in re.findall(
        r"(?m)^(\S+) +(\S+) +(USR|GRP) +(\d+) +(\d+)  \| +(\d+) +(\d+)", text
    ):
        filesystem = state.filesystems.get(name) or only(state, name)
        filesystem.perfileset_quota = True
        filesystem.filesets = {fileset: Fileset(fileset, 1, 0, "", 0.0)}
        quota = Quota(
            kind, "", 0, fileset, int(soft) << 10, int(hard) << 10, int(files_soft), int(files_hard)
        )
        filesystem.quotas[quota.key] = quota


def fileset_without_limits(state: State, text: str) -> Usage:
    filesystem = only(state, text.splitlines()[-1].split()[0])
    filesystem.filesets["FILESET"] = Fileset("FILESET", 1, 0, "", 0.0)
    return Usage(filesets={"FILESET": Amount(1 << 20, 3)})


def quotas_off(state: State, _: str) -> None:
    only(state, "fs1").quotas_enforced = []


# -- the cases

EDGES = (r"(?<=\() *\d+| +\d+", lambda number: "#" * len(number[0]))
"""Here all of a pool's disks are equally full, and data and metadata are not told apart: columns only."""
LARGEST = (r"allowed is .* GB", "allowed is # GB")
"""How GPFS comes to this figure is not known."""

IN_DOUBT = (r" +\d+     none", " #     none")
"""Nothing is in doubt here."""

CASES = (
    Case("mmlsfileset-L-4.2.3.txt", "mmlsfileset--*-4.2.2-3-L.txt", "4.2.3", "mmlsfileset FS -L", filesets_long),
    Case("mmlsfileset-L-4.2.3.txt", "mmlsfileset--*-4.2.3-L.txt", "4.2.3", "mmlsfileset FS -L", filesets_long),
    Case("mmlsfileset-L-long-name-5.0.3.txt", "mmlsfileset--*-L-2.txt", "5.0.3", "mmlsfileset FS -L", filesets_long),
    Case("mmlsfileset-L-long-name-5.1.2.txt", "", "5.1.2", "mmlsfileset FS -L", filesets_long),
    Case("mmlsfileset-L-long-name-5.1.7.txt", "mmlsfileset--*-L-[34]?.txt", "5.1.7", "mmlsfileset FS -L",
         filesets_long),
    Case("mmlsfileset-long-name-4.2.3.txt", "", "4.2.3", "mmlsfileset FS", filesets_plain),
    Case(
        "mmlsfileset-6.0.0.txt", "mmlsfileset--*-plain.txt", "6.0.0", "mmlsfileset FS", filesets_plain,
        defects=((r"\AFilesets in file system .*\n", ""),),  # the recording has lost its title
    ),
    Case(
        "mmlsfileset-Y-5.1.7.txt", "mmlsfileset--*-Y-5.1.txt", "5.1.7",
        "mmlsfileset FS FILESET -Y", filesets_rows,
    ),
    Case("mmlsfileset-Y-4.2.3.txt", "", "4.2.3", "mmlsfileset FS -Y", filesets_rows),
    Case("mmlsfileset-Y-5.0.3.txt", "mmlsfileset--*r-Y.txt", "5.0.3", "mmlsfileset FS -Y", filesets_rows),
    Case("mmlspool-6.0.0.txt", "mmlspool--*-6.0.0.txt", "6.0.0", "mmlspool FS", pools, defects=(EDGES,)),
    Case("mmlspool-two-pools-5.1.7.txt", "mmlspool--*r.txt", "5.1.7", "mmlspool FS", pools, defects=(EDGES,)),
    Case("mmdf-6.0.0.txt", "mmdf--*-two-pools.txt", "6.0.0", "mmdf FS", space, defects=(LARGEST, EDGES)),
    Case("mmdf-4.2.3.txt", "mmdf--*-3.5.0-34.txt", "4.2.3", "mmdf FS", space, defects=(LARGEST, EDGES)),
    Case("mmdf-d-4.2.0.txt", "mmdf--*-4.2.0.3-d.txt", "4.2.0", "mmdf FS -d", space, defects=(LARGEST, EDGES)),
    Case("mmdf-block-size-G-5.2.1.txt", "", "5.2.1", "mmdf FS --block-size G", space, defects=(LARGEST,)),
    Case("mmdf-independent-filesets-5.1.7.txt", "", "5.1.7", "mmdf FS", space),
    Case("mmdf-Y-5.1.7.txt", "mmdf--*r-Y.txt", "5.1.7", "mmdf FS -Y", space_rows, defects=((r":\d+", ":#"),)),
    Case("mmlspool-KB-5.1.7.txt", "mmlspool--*-KB.txt", "5.1.7", "mmlspool FS", pools,
         defects=((r" +\d+ [KM]B", " #"),)),  # figures invented by its author
    Case("mmlsdisk-4.2.3.txt", "mmlsdisk--*-4.2.0.3.txt", "4.2.3", "mmlsdisk FS", disks_plain),
    Case("mmlsdisk-5.1.7.txt", "mmlsdisk--*g.txt", "5.1.7", "mmlsdisk FS", disks_plain, defects=(BLANKS,)),
    Case(
        "mmlsdisk-Y-5.1.2.txt", "mmlsdisk--*-Y.txt", "5.1.2", "mmlsdisk FS -Y", disks_rows,
        defects=(VOLUMES, (r"(?m)^mmlsdisk:\w+\n", "")),  # its author's line
    ),
    Case("mmlsdisk-Y-5.1.7.txt", "mmlsdisk--*-Y-5.1.6.txt", "5.1.7", "mmlsdisk FS -Y", disks_rows,
         defects=(VOLUMES,)),
    Case("mmlsdisk-Y-5.2.1.txt", "", "5.2.1", "mmlsdisk FS -Y", disks_rows),
    Case("mmlsdisk-L-4.2.3.txt", "mmlsdisk--*-aix-L.txt", "4.2.3", "mmlsdisk FS -L", disks_plain,
         defects=(("yes|no ", lambda word: word[0].capitalize()),)),  # as 4.1 writes them, which is not played
    Case("mmlsdisk-L-5.0.3.txt", "", "5.0.3", "mmlsdisk FS -L", disks_plain),
    Case("mmlsnsd-5.1.7.txt", "mmlsnsd--*-a.txt", "5.1.7", "mmlsnsd -a", nsds, defects=(BLANKS,)),
    Case("mmlsnsd-free-5.2.1.txt", "mmlsnsd--*-2025-free.txt", "5.2.1", "mmlsnsd", nsds, defects=(BLANKS,)),
    Case("mmlsnsd-free-4.2.3.txt", "mmlsnsd--*-4.2.3-free.txt", "4.2.3", "mmlsnsd", nsds, defects=(BLANKS,)),
    Case("mmlsnsd-free-4.2.3.txt", "mmlsnsd--*-linux.txt", "4.2.3", "mmlsnsd", nsds),
    Case("mmlsnsd-free-4.2.3.txt", "mmlsnsd--*-long-names.txt", "4.2.3", "mmlsnsd", nsds,
         defects=(FIRST_LINE, BLANKS)),
    Case("mmlsnsd-4.2.0.txt", "", "4.2.0", "mmlsnsd", nsds),
    Case("mmlsnsd-L-4.2.3.txt", "", "4.2.3", "mmlsnsd -L", nsds, defects=(VOLUMES,)),
    Case("mmlsnsd-L-5.1.7.txt", "", "5.1.7", "mmlsnsd -L", nsds, defects=(VOLUMES,)),
    Case("mmlsnsd-X-5.2.1.txt", "", "5.2.1", "mmlsnsd -aX", nsds),
    Case("mmlsnsd-m-5.0.3.txt", "", "5.0.3", "mmlsnsd -m", nsds),
    Case("mmlsnsd-X-Y-5.1.7.txt", "mmlsnsd--*-X-Y.txt", "5.1.7", "mmlsnsd -X -Y", nsd_rows,
         defects=(VOLUMES, (r":\w+:/dev/[\w-]+:", ":generic:/dev/#:"))),
    Case("mmlsnsd-X-Y-5.2.1.txt", "", "5.2.1", "mmlsnsd -X -Y", nsd_rows),
    Case("mmlsnsd-X-4.2.3.txt", "mmlsnsd--*-X.txt", "4.2.3", "mmlsnsd -X", nsds,
         defects=(FIRST_LINE, BLANKS, VOLUMES)),
    Case("mmlsnsd-m-4.2.3.txt", "mmlsnsd--*-m.txt", "4.2.3", "mmlsnsd -m", nsds,
         defects=(VOLUMES, (r"/dev/\S+ *", "/dev/# ")),),
    Case("mmlsnsd-Y-5.1.7.txt", "mmlsnsd--*a-Y.txt", "5.1.7", "mmlsnsd -a -Y", nsd_rows, defects=(VOLUMES,)),
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
    Case("mmlsquota-u-no-limits-5.2.1.txt", "mmlsquota--*-user-5.2.txt", "5.2.1", "mmlsquota -u root", quota_plain),
    Case("mmlsquota-j-no-limits-5.1.7.txt", "", "5.1.7", "mmlsquota -j FILESET FS", fileset_without_limits),
    Case("mmlsquota-j-4.2.3.txt", "mmlsquota--*-fileset-2012.txt", "4.2.3", "mmlsquota -j FILESET FS", quota_plain),
    Case(
        "mmlsquota-g-T-4.2.3.txt", "mmlsquota--*-group-T.txt", "4.2.3", "mmlsquota -g root --block-size T", quota_plain,
        defects=(BLANKS, (r"group \S+ \(gid \d+\)", "group # (gid #)")),  # this machine has no such group
    ),
    Case("mmlsquota-g-T-5.1.7.txt", "", "5.1.7", "mmlsquota -g root --block-size T", quota_plain),
    Case("mmlsquota-d-5.1.7.txt", "mmlsquota--*-d.txt", "5.1.7", "mmlsquota -d -u -g FS", quota_defaults),
    Case("mmlsquota-none-enabled-5.0.3.txt", "", "5.0.3", "mmlsquota -Y", quotas_off, "stderr"),
    Case("mmlsquota-Y-4.2.3.txt", "mmlsquota--*-u-Y.txt", "4.2.3", "mmlsquota -u USER -Y", quotas,
         defects=((r"(USR:(\d+)):\w+:", r"\1:\2:"),)),  # this machine has no such user
    Case("mmrepquota-Y-5.1.7.txt", "", "5.1.7", "mmrepquota -Y FS", quotas),
    Case("mmrepquota-u-v-5.1.7.txt", "mmrepquota--*-u-v.txt", "5.1.7", "mmrepquota -u -v FS", quota_plain, unordered=True,
         defects=(IN_DOUBT, (r"(?m)^(?!Name|\*|root)\S+ +", "# ")),),  # this machine has no such users
    Case("mmrepquota-u-5.2.1.txt", "", "5.2.1", "mmrepquota -u FS", quota_plain),
    Case("mmrepquota-a-Y-5.1.7.txt", "", "5.1.7", "mmrepquota -j -u -g -Y -a", quotas),
    Case(
        "mmrepquota-j-Y-5.1.7.txt", "mmrepquota--*-j-Y.txt", "5.1.7", "mmrepquota -j -Y -a", quotas,
        defects=((r":\d+:none", ":0:none"),),  # nothing is ever in doubt
    ),
    Case("mmlsfileset-unknown-5.1.7.txt", "errors--*-unknown-fileset.txt", "5.1.7",
         "mmlsfileset fs1 FILESET", nothing, "stderr"),
    Case("mmlsquota-unknown-4.2.3.txt", "errors--*-unknown-fs.txt", "4.2.3",
         "mmlsquota -j FILESET DEVICE", nothing, "stderr"),
)  # fmt: skip

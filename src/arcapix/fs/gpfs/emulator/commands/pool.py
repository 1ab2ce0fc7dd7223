"""mmlspool, mmlspolicy and mmdf.

All data counts against the system pool, as there are no policies that would place it elsewhere.
The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from arcapix.fs.gpfs.emulator import figures, filesets, layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.disks import holds
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Disk, Filesystem, Pool
from arcapix.fs.gpfs.emulator.releases import Layout
from arcapix.fs.gpfs.emulator.usage import Usage

_MAX_DISK_FACTOR = 16
"""The largest disk that a pool takes, as a multiple of its largest one [inferred: 15.87 in one recording]."""
_RULE = f"{'-' * 20} {'-' * 19}"
_FREE = "freeBlocks freeBlocksPct freeFragments freeFragmentsPct"
_SECTIONS = {
    "nsd": f"nsdName storagePool diskSize failureGroup metadata data {_FREE} diskAvailableForAlloc",
    "poolTotal": f"poolName poolSize {_FREE} maxDiskSize",
    "data": f"totalData {_FREE}",
    "metadata": f"totalMetadata {_FREE}",
    "fsTotal": f"fsSize {_FREE}",
    "inode": "usedInodes freeInodes allocatedInodes maxInodes",
}
"""Sections of mmdf -Y and their columns [recorded]."""


@dataclass(frozen=True)
class _Space:
    """Size and free space of a disk, pool or file system, in KiB: in full blocks, and in fragments."""

    size: int
    blocks: int
    fragments: int

    @classmethod
    def of(cls, filesystem: Filesystem, size: int, used: int) -> _Space:
        free, block = max(size - used, 0) >> 10, filesystem.block_size >> 10
        return cls(size >> 10, free // block * block, free % block)

    @classmethod
    def sum(cls, parts: Sequence[_Space]) -> _Space:
        return cls(
            sum(one.size for one in parts),
            sum(one.blocks for one in parts),
            sum(one.fragments for one in parts),
        )

    def plain(self, unit: _Unit) -> str:
        """The two columns of mmdf, 40 characters."""
        shares = figures.percent(self.blocks, self.size), figures.percent(self.fragments, self.size)
        blocks, fragments = unit.show(self.blocks), unit.show(self.fragments)
        return f"{blocks:>13} ({shares[0]:>3}%) {fragments:>13} ({shares[1]:>2}%)"

    @property
    def values(self) -> tuple[int, int, int, int]:
        """The four columns of -Y."""
        return (
            self.blocks,
            figures.percent(self.blocks, self.size),
            self.fragments,
            figures.percent(self.fragments, self.size),
        )


@dataclass(frozen=True)
class _Unit:
    """In what mmdf counts: its name, "" if it is one for each figure, and how it shows a number of KiB."""

    name: str
    show: Callable[[int], str]


@dataclass(frozen=True)
class _Part:
    """A disk of a pool: what it holds, and its space."""

    disk: Disk
    metadata: bool
    data: bool
    space: _Space


def _parts(filesystem: Filesystem, pool: Pool, usage: Usage) -> list[_Part]:
    """The disks of a pool; what is used is spread evenly over those that hold data, if any of them does."""
    held = [(disk, *holds(filesystem, disk)) for disk in filesystem.disks.values() if disk.pool == pool.name]
    filled = [disk for disk, _, data in held if data] or [disk for disk, _, _ in held]
    total = sum(disk.size for disk in filled) or 1
    used = usage.total.bytes if pool.name == "system" else 0
    parts = []
    for disk, metadata, data in held:
        share = used * disk.size // total if disk in filled else 0
        parts.append(_Part(disk, metadata, data, _Space.of(filesystem, disk.size, share)))
    return parts


# -- mmlspool


@command(
    "mmlspool",
    usage="mmlspool Device {all | StoragePool[;StoragePool...]} [-L]",
    flags=("-L",),
    words=(1, 2),
    needs_daemon=True,
)
def mmlspool(context: Context, arguments: Arguments) -> None:
    """List the storage pools of a file system."""
    filesystem = context.filesystem(arguments.words[0])
    wanted = arguments.words[1] if len(arguments.words) > 1 else "all"
    pools = sorted(filesystem.pools.values(), key=lambda pool: pool.id)
    if wanted != "all":
        for name in wanted.split(";"):
            if name not in filesystem.pools:
                raise context.failure(texts.POOL_UNKNOWN, pool=name)
        pools = [pool for pool in pools if pool.name in wanted.split(";")]
    if arguments.flag("-L"):
        for pool in pools:
            _describe(context, filesystem, pool)
        return
    context.out(texts.POOLS_TITLE.format(path=filesystem.mount_point))
    context.out(
        "Name                    Id   BlkSize Data Meta Total Data in (KB)   Free Data in (KB)   "
        "Total Meta in (KB)    Free Meta in (KB)"
    )
    usage = context.emulator.usage(filesystem)
    for pool in pools:
        context.out(_pool_row(filesystem, pool, usage))


def _pool_row(filesystem: Filesystem, pool: Pool, usage: Usage) -> str:
    parts = _parts(filesystem, pool, usage)
    row = f"{pool.name:<20} {pool.id:>5} {figures.block_size(filesystem.block_size):>9}"
    figured = ""
    for spaces in ([one.space for one in parts if one.data], [one.space for one in parts if one.metadata]):
        space = _Space.sum(spaces)
        free = space.blocks + space.fragments
        row += f" {'yes' if spaces else 'no':>4}"
        figured += f" {space.size:>14} {free:>14} ({figures.percent(free, space.size):>3}%)"
    return row + figured


def _describe(context: Context, filesystem: Filesystem, pool: Pool) -> None:
    """The long form [unverified]."""
    kinds = {(True, True): "dataAndMetadata", (True, False): "dataOnly", (False, True): "metadataOnly"}
    held = [holds(filesystem, disk) for disk in filesystem.disks.values() if disk.pool == pool.name]
    data, metadata = any(one[1] for one in held), any(one[0] for one in held)
    context.out("Pool:")
    for key, value in (
        ("name", pool.name),
        ("poolID", str(pool.id)),
        ("blockSize", figures.block_size(filesystem.block_size)),
        ("usage", kinds[data, metadata]),
        ("maxDiskSize", _largest_disk(context, filesystem, pool)),
        ("layoutMap", "cluster"),
        ("allowWriteAffinity", "no"),
        ("writeAffinityDepth", "0"),
        ("blockGroupFactor", "1"),
    ):
        context.out(f"  {key:<22} = {value}")
    context.out()


def _largest_disk(context: Context, filesystem: Filesystem, pool: Pool) -> str:
    return figures.gigabytes(_MAX_DISK_FACTOR * _largest(filesystem, pool), context.release)


def _largest(filesystem: Filesystem, pool: Pool) -> int:
    return max((disk.size for disk in filesystem.disks.values() if disk.pool == pool.name), default=0)


# -- mmlspolicy


@command("mmlspolicy", usage="mmlspolicy Device [-L]", flags=("-L",), words=(1, 1), needs_daemon=True)
def mmlspolicy(context: Context, arguments: Arguments) -> None:
    """Print the rules that say when a pool is low on space; with or without -L [unverified]."""
    filesystem = context.filesystem(arguments.words[0])
    context.out(texts.POLICY_TITLE)
    for pool in sorted(filesystem.pools.values(), key=lambda pool: pool.id):
        context.out(texts.POLICY_RULE.format(pool=pool.name, threshold=pool.threshold))


# -- mmdf


@command(
    "mmdf",
    usage="""mmdf Device [-d] [-F] [-m] [-P PoolName] [-Y | --block-size {BlockSize | auto}]
   [--qos QOSClass]""",
    flags=("-d", "-F", "-m", "-Y"),
    values=("-P", "--block-size"),
    words=(1, 1),
    needs_daemon=True,
    layouts=(
        Layout("plain, a blank behind each disk", "one site, 4.2.0"),
        Layout("plain", "three sites, 3.5 and 4.2", (4, 2, 3)),
        Layout("plain, “free in KB”", "one site, 6.0", (5,)),
        Layout("plain, yes and no", "one site, 5.2", (5, 2)),
        Layout("plain, Yes and No again", "one site, 6.0", (6,)),
        Layout("--block-size G", "one site, 5.2"),
        Layout("--block-size auto", "one site, 5.2"),
        Layout("-Y", "two sites, 5.0 and 5.1"),
    ),
)
def mmdf(context: Context, arguments: Arguments) -> None:
    """Show the free space of a file system."""
    filesystem = context.filesystem(arguments.words[0])
    usage = context.emulator.usage(filesystem)
    pools = sorted(filesystem.pools.values(), key=lambda pool: pool.id)
    name = arguments.value("-P")
    if name is not None:
        if name not in filesystem.pools:
            raise context.failure(texts.POOL_UNKNOWN, pool=name)
        pools = [filesystem.pools[name]]
    if arguments.flag("-d", "-m") and arguments.flag("-F"):
        raise context.usage(messages.OPTIONS_EXCLUDE, one="-F", other="-d")
    if arguments.flag("-d", "-m"):
        data, metadata = arguments.flag("-d"), arguments.flag("-m")
        parts = {pool.name: _parts(filesystem, pool, usage) for pool in pools}
        pools = [
            pool
            for pool in pools
            if any((data and one.data) or (metadata and one.metadata) for one in parts[pool.name])
        ]
    unit = _unit(context, arguments)
    if arguments.flag("-Y"):
        _print_rows(context, filesystem, pools, usage)
        return
    if not arguments.flag("-F"):
        _print_space(context, filesystem, pools, usage, unit)
    if not arguments.flag("-d", "-m") and name is None:
        if not arguments.flag("-F"):
            context.out()
        _print_inodes(context, filesystem, usage)


def _unit(context: Context, arguments: Arguments) -> _Unit:
    """The unit of --block-size: ``[n]K``, M, G or T, figures rounded up [recorded], or auto."""
    text = arguments.value("--block-size")
    if text is not None and arguments.flag("-Y"):
        raise context.usage(messages.OPTIONS_EXCLUDE, one="-Y", other="--block-size")
    if text == "auto":
        return _Unit("", lambda kib: figures.auto(kib << 10))
    match = re.fullmatch("([0-9]{0,4})([KMGT])", text or "K")
    if match is None or not 1 <= int(match[1] or 1) <= 1023:
        raise context.usage(messages.INVALID_PARAMETER, option="--block-size", value=text)
    unit = int(match[1] or 1) << 10 * "KMGT".index(match[2])
    return _Unit(f"{text or 'K'}B", lambda kib: str(-(-kib // unit)))


def _totals(parts: Sequence[_Part]) -> dict[str, _Space]:
    """The lines behind the pools: that of metadata only if a disk holds either metadata or data alone."""
    found = {"data": _Space.sum([one.space for one in parts if one.data])}
    if any(one.data != one.metadata for one in parts):
        found["metadata"] = _Space.sum([one.space for one in parts if one.metadata])
    return {**found, "total": _Space.sum([one.space for one in parts])}


def _print_space(
    context: Context, filesystem: Filesystem, pools: Sequence[Pool], usage: Usage, unit: _Unit
) -> None:
    inside = f"in {unit.name}" if unit.name else ""
    free = f"free {inside if context.release >= (5,) else unit.name}".rstrip()
    context.out(f"disk                disk size  failure holds    holds {free:>20} {free:>19}")
    context.out(f"name{inside:>25}    group metadata data {'in full blocks':>21}{'in fragments':>20}")
    context.out(f"{'-' * 15} {'-' * 13} {'-' * 8} {'-' * 8} {'-' * 5} {_RULE}")
    everything: list[_Part] = []
    for pool in pools:
        limit = _largest_disk(context, filesystem, pool)
        context.out(f"Disks in storage pool: {pool.name} (Maximum disk size allowed is {limit})")
        parts = _parts(filesystem, pool, usage)
        for one in parts:
            context.out(_disk_row(context, one, unit))
        context.out(f"{' ' * 16}{'-' * 13}{' ' * 25}{_RULE}")
        _print_total(context, "pool total", _Space.sum([one.space for one in parts]), unit)
        context.out()
        everything += parts
    rule = f"{' ' * 16}{'=' * 13}{' ' * 25}{_RULE.replace('-', '=')}"
    totals = _totals(everything)
    if "metadata" in totals:
        context.out(rule)
        _print_total(context, "data", totals["data"], unit)
        _print_total(context, "metadata", totals["metadata"], unit)
    context.out(rule)
    _print_total(context, "total", totals["total"], unit)


def _disk_row(context: Context, part: _Part, unit: _Unit) -> str:
    words = ("no", "yes") if (5, 2) <= context.release < (6,) else ("No", "Yes")
    left = f"{part.disk.name:<15} {unit.show(part.space.size):>13} {part.disk.failure_group:>8}"
    row = f"{left} {words[part.metadata]:<8} {words[part.data]:<5} {part.space.plain(unit)}"
    return row if context.release >= (4, 2, 3) else f"{row} "


def _print_total(context: Context, title: str, space: _Space, unit: _Unit) -> None:
    context.out(f"{f'({title})':<15} {unit.show(space.size):>13}{' ' * 25}{space.plain(unit)}")


def _inodes(filesystem: Filesystem, usage: Usage) -> tuple[int, int, int, int]:
    """Used, free, allocated and maximum inodes of all inode spaces."""
    found = [filesets.inodes(filesystem, one, usage) for one in filesystem.filesets.values()]
    limit, allocated, free = (sum(figure) for figure in zip(*found, strict=True))
    return allocated - free, free, allocated, limit


def _print_inodes(context: Context, filesystem: Filesystem, usage: Usage) -> None:
    used, free, allocated, limit = _inodes(filesystem, usage)
    context.out("Inode Information")
    context.out("-----------------")
    kinds = ("used", "free", "allocated")
    if sum(one.independent for one in filesystem.filesets.values()) > 1:
        titles = [f"Total number of {kind} inodes in all Inode spaces:" for kind in kinds]
        titles.append("Total of Maximum number of inodes in all Inode spaces:")
        right = 67
    else:
        titles = [f"Number of {kind} inodes:" for kind in kinds]
        titles.append("Maximum number of inodes:")
        right = 38
    for title, figure in zip(titles, (used, free, allocated, limit), strict=True):
        context.out(f"{title}{figure:>{right - len(title)}}")


def _print_rows(context: Context, filesystem: Filesystem, pools: Sequence[Pool], usage: Usage) -> None:
    """The -Y form in the order of the recording; no metadata row unless a pool separates metadata."""
    for section, columns in _SECTIONS.items():
        context.out(layout.y_header("mmdf", section, columns.split()))

    def row(section: str, *values: object) -> None:
        context.out(layout.y_row("mmdf", section, values))

    parts = {pool.name: _parts(filesystem, pool, usage) for pool in pools}
    everything = [one for pool in pools for one in parts[pool.name]]
    for one in everything:
        held = ["Yes" if what else "No" for what in (one.metadata, one.data)]
        left = (one.disk.name, one.disk.pool, one.space.size, one.disk.failure_group, *held)
        row("nsd", *left, *one.space.values, "")
    totals = _totals(everything)
    for number, pool in enumerate(pools):
        total = _Space.sum([one.space for one in parts[pool.name]])
        largest = _MAX_DISK_FACTOR * _largest(filesystem, pool) >> 10
        row("poolTotal", pool.name, total.size, *total.values, largest)
        if number == 0:
            for section in ("data", "metadata"):
                if section in totals:
                    row(section, totals[section].size, *totals[section].values)
    row("fsTotal", totals["total"].size, *totals["total"].values)
    row("inode", *_inodes(filesystem, usage))

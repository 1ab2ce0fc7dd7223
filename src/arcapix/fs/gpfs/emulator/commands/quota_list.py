"""mmlsquota and mmrepquota.

The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from arcapix.fs.gpfs.emulator import figures, filesets, layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.commands.quota import name_of, number_of
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Filesystem, Quota
from arcapix.fs.gpfs.emulator.usage import Amount, Usage, of_quota

_Kind: TypeAlias = Literal["USR", "GRP", "FILESET"]
_GRACE = 7 * 86400
"""Seconds that a soft limit may stay passed [unverified]."""
_ENFORCED = {"USR": "user", "GRP": "group", "FILESET": "fileset"}
_KINDS: dict[str, _Kind] = {"-j": "FILESET", "-u": "USR", "-g": "GRP"}
"""Options, in the order in which mmrepquota reports [recorded]."""
_COLUMNS = (
    "filesystemName quotaType id name blockUsage blockQuota blockLimit blockInDoubt blockGrace "
    "filesUsage filesQuota filesLimit filesInDoubt filesGrace remarks"
)


@dataclass(frozen=True)
class _Line:
    """What a listing says about one quota."""

    filesystem: Filesystem
    quota: Quota
    amount: Amount

    @property
    def fileset(self) -> str:
        """The fileset that a user or group quota is in; that of a whole file system is shown as root."""
        return "" if self.quota.kind == "FILESET" else self.quota.fileset or "root"

    @property
    def is_limited(self) -> bool:
        quota = self.quota
        return any((quota.block_soft, quota.block_hard, quota.files_soft, quota.files_hard))

    def grace(self, used: int, soft: int) -> str:
        """How long usage may stay above a soft limit: ``none``, ``6 days``, ``expired``."""
        if not soft or used <= soft:
            return "none"
        left = _GRACE - (time.time() - self.quota.over_since if self.quota.over_since else 0)
        for unit, seconds in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if left >= seconds:
                return f"{round(left) // seconds} {unit}"
        return "expired"

    def values(self, size: Callable[[int], object]) -> tuple[list[str], list[str]]:
        """Block and file columns: usage, soft and hard limit, in doubt, grace."""
        quota, used = self.quota, self.amount
        blocks = [str(size(one)) for one in (used.bytes, quota.block_soft, quota.block_hard, 0)]
        files = [str(one) for one in (used.files, quota.files_soft, quota.files_hard, 0)]
        return (
            [*blocks, self.grace(used.bytes, quota.block_soft)],
            [*files, self.grace(used.files, quota.files_soft)],
        )

    def row(self) -> list[object]:
        """The columns that both commands have in -Y, up to filesGrace."""
        blocks, files = self.values(figures.kib)
        return [self.filesystem.name, self.quota.kind, self.quota.id, self.quota.name, *blocks, *files]


def _size(context: Context, arguments: Arguments) -> tuple[str, Callable[[int], object]]:
    """Title and form of block figures that --block-size asks for."""
    text = arguments.value("--block-size")
    if text is None:
        return "KB", figures.kib
    if text == "auto":
        return "blocks", figures.auto
    unit = figures.read(text)
    if not unit:
        raise context.usage(messages.INVALID_PARAMETER, option="--block-size", value=text)
    return "blocks", lambda size: -(-size // unit)


def _table(
    context: Context, arguments: Arguments, lines: Sequence[_Line], first: str, last: str = "Remarks"
) -> list[str]:
    """The plain table [recorded for users]; without a fileset column where all quotas are fileset quotas."""
    title, size = _size(context, arguments)
    has_fileset = any(line.quota.kind != "FILESET" for line in lines)
    fileset = f"{'Fileset' if first == 'Filesystem' else 'fileset':<11}" if has_fileset else ""
    width = 55 + len(fileset)
    table = [
        f"{'':25}{'Block Limits':<{width - 7}}|     File Limits",
        f"{first:<11}{fileset}type{title:>15}{'quota':>11}{'limit':>11}{'in_doubt':>11}{'grace':>9} |"
        f"{'files':>9}{'quota':>8}{'limit':>9}{'in_doubt':>9}{'grace':>9}  {last}",
    ]
    for line in lines:
        name = line.filesystem.name if first == "Filesystem" else line.quota.name
        left = f"{name:<10} " + (f"{line.fileset:<10} " if has_fileset else "")
        if not line.is_limited and first == "Filesystem":
            table.append(f"{left}{line.quota.kind:<8}{texts.QUOTA_NO_LIMITS:>22}")
            continue
        blocks, files = line.values(size)
        widths = (11, 11, 11, 11, 9, 9, 8, 9, 9, 9)
        cells = [f"{cell:>{cell_width}}" for cell, cell_width in zip(blocks + files, widths, strict=True)]
        remarks = _entry(line) if last == "entryType" else ""
        table.append(f"{left}{line.quota.kind:<8}{''.join(cells[:5])} |{''.join(cells[5:])} {remarks}")
    return table


def _entry(line: _Line) -> str:
    """How an entry came about: ``e`` for limits that were set, ``i`` for none [recorded in -Y]."""
    return "e" if line.is_limited else "i"


# -- mmlsquota


@command(
    "mmlsquota",
    usage="""mmlsquota [-u User | -g Group] [-v | -q] [-e] [-C ClusterName]
   [-Y] [--block-size {BlockSize | auto}] [Device[:Fileset] ...]
mmlsquota -j Fileset [-v | -q] [-e] [-Y] [--block-size {BlockSize | auto}] Device ...
mmlsquota -d [-Y] {-u | -g | -j} [Device ...]""",
    flags=("-v", "-e", "-Y"),
    values=("-u", "-g", "-j", "--block-size"),
    needs_daemon=True,
)
def mmlsquota(context: Context, arguments: Arguments) -> None:
    """Show the quota of a user, a group or a fileset; by default the caller's."""
    asked = [option for option in _KINDS if arguments.flag(option)]
    if len(asked) > 1:
        raise context.usage(messages.OPTIONS_EXCLUDE, one=asked[0], other=asked[1])
    kind = _KINDS[asked[0]] if asked else "USR"
    if kind == "FILESET" and not arguments.words:
        raise context.usage(messages.MISSING_ARGUMENTS)
    name = arguments.value(asked[0], "") if asked else str(context.uid)
    lines = _asked(context, kind, name or "", arguments.words)
    if arguments.flag("-Y"):
        section = _ENFORCED[kind]
        context.out(layout.y_header("mmlsquota", section, [*_COLUMNS.split(), "filesetname"]))
        for line in lines:
            context.out(layout.y_row("mmlsquota", section, [*line.row(), "", line.fileset]))
        return
    for text in _table(context, arguments, lines, "Filesystem") if lines else ():
        context.out(text)


def _asked(context: Context, kind: _Kind, name: str, devices: Sequence[str]) -> list[_Line]:
    """One line for each file system, and for each fileset in it where users have quotas per fileset."""
    number = 0
    if kind != "FILESET":
        found = number_of(kind, name)
        if found is None:
            raise context.failure(texts.QUOTA_NO_OWNER, owner=name, kind=_ENFORCED[kind])
        number, name = found, name_of(kind, found)
    lines = []
    for device in devices or sorted(context.state.filesystems):
        filesystem = context.filesystem(device.partition(":")[0])
        fileset = device.partition(":")[2]
        if kind == "FILESET":
            number = filesets.named(context, filesystem, name).id
        if fileset:
            filesets.named(context, filesystem, fileset)
        usage = context.emulator.usage(filesystem)
        insides = [""]
        if kind != "FILESET" and filesystem.perfileset_quota:
            insides = [fileset] if fileset else list(filesystem.filesets)
        for inside in insides:
            line = _line(filesystem, usage, Quota(kind=kind, name=name, id=number, fileset=inside))
            if len(insides) == 1 or line.is_limited or line.amount.files:
                lines.append(line)
    return lines


def _line(filesystem: Filesystem, usage: Usage, quota: Quota) -> _Line:
    quota = filesystem.quotas.get(quota.key, quota)
    return _Line(filesystem, quota, of_quota(usage, quota.kind, quota.id, quota.name, quota.fileset))


# -- mmrepquota


@command(
    "mmrepquota",
    usage="""mmrepquota [-e] [-u] [-g] [-j] [-v | -q] [-n] [-t] [-Y]
   [--block-size {BlockSize | auto}] {-a | Device[:Fileset] ...}""",
    flags=("-e", "-u", "-g", "-j", "-v", "-q", "-n", "-a", "-Y"),
    values=("--block-size",),
    needs_daemon=True,
)
def mmrepquota(context: Context, arguments: Arguments) -> None:
    """Report all quotas of file systems."""
    if bool(arguments.words) == arguments.flag("-a"):
        raise context.usage(messages.MISSING_ARGUMENTS)
    devices = sorted(context.state.filesystems) if arguments.flag("-a") else list(arguments.words)
    kinds = [kind for option, kind in _KINDS.items() if arguments.flag(option)] or list(_KINDS.values())
    for kind in kinds:
        for device in devices:
            filesystem = context.filesystem(device.partition(":")[0])
            is_on = _ENFORCED[kind] in filesystem.quotas_enforced
            if arguments.flag("-q"):
                state = "on" if is_on else "off"
                context.out(texts.QUOTA_STATE.format(filesystem=filesystem.name, kind=kind, state=state))
            elif is_on or arguments.flag("-Y"):
                _report(context, arguments, filesystem, kind, device.partition(":")[2])
            else:
                values = {"command": context.command, "kind": kind, "filesystem": filesystem.name}
                context.err(texts.QUOTA_OFF.format(**values))


def _report(context: Context, arguments: Arguments, filesystem: Filesystem, kind: _Kind, inside: str) -> None:
    lines = [
        line
        for line in _all(filesystem, context.emulator.usage(filesystem), kind)
        if not inside or inside == (line.fileset or line.quota.name)
    ]
    if arguments.flag("-n"):
        lines = [_Line(line.filesystem, _numbered(line.quota), line.amount) for line in lines]
    context.out(texts.QUOTA_REPORT.format(kind=kind, filesystem=filesystem.name))
    if not arguments.flag("-Y"):
        for text in _table(context, arguments, lines, "Name", "entryType"):
            context.out(text)
        return
    context.out(
        layout.y_header("mmrepquota", "", [*_COLUMNS.split(), "quota", "defQuota", "fid", "filesetname"])
    )
    state = "on" if _ENFORCED[kind] in filesystem.quotas_enforced else "off"
    for line in lines:
        values = [*line.row(), _entry(line), state, "off", "", line.fileset]
        context.out(layout.y_row("mmrepquota", "", values))


def _numbered(quota: Quota) -> Quota:
    return replace(quota, name=str(quota.id))


def _all(filesystem: Filesystem, usage: Usage, kind: _Kind) -> list[_Line]:
    """Every fileset; every user or group that has files or limits, per fileset if quotas are per fileset."""
    quotas: dict[str, Quota] = {}
    if kind == "FILESET":
        candidates = [Quota(kind=kind, name=one.name, id=one.id) for one in filesystem.filesets.values()]
    else:
        if filesystem.perfileset_quota:
            found = [(fileset, number) for what, fileset, number in usage.owners if what == kind]
        else:
            found = [("", number) for number in (usage.users if kind == "USR" else usage.groups)]
        candidates = [
            Quota(kind=kind, name=name_of(kind, number), id=number, fileset=fileset)
            for fileset, number in [("root" if filesystem.perfileset_quota else "", 0), *found]
        ]
        candidates += [quota for quota in filesystem.quotas.values() if quota.kind == kind]
    for quota in candidates:
        quotas.setdefault(quota.key, quota)
    ordered = sorted(quotas.values(), key=lambda quota: (quota.id, quota.fileset))
    return [_line(filesystem, usage, quota) for quota in ordered]

"""mmrepquota.

Its synopsis is from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from arcapix.fs.gpfs.emulator import layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Filesystem, Kind, Quota
from arcapix.fs.gpfs.emulator.owners import ENFORCED, name_of, owned
from arcapix.fs.gpfs.emulator.quotas import (
    COLUMNS,
    OPTIONS,
    Line,
    Unit,
    heading,
    is_any_per_fileset,
)
from arcapix.fs.gpfs.emulator.releases import Layout
from arcapix.fs.gpfs.emulator.usage import Usage

_TOGETHER: list[Kind] = ["USR", "GRP", "FILESET"]
"""The kinds of the one report that is given where none is asked for, in its order."""


@command(
    "mmrepquota",
    usage="""mmrepquota [-e] [-u] [-g] [-j] [-v | -q] [-n] [-t] [-Y]
   [--block-size {BlockSize | auto}] {-a | Device[:Fileset] ...}""",
    flags=("-e", "-u", "-g", "-j", "-v", "-q", "-n", "-a", "-Y"),
    values=("--block-size",),
    needs_daemon=True,
    layouts=(
        Layout("plain", "one site, 5.2"),
        Layout("plain -v", "one site, 5.1.6"),
        Layout("-Y with -u, -g or -j", "one site, 5.0"),
        Layout("-Y for all kinds together", "three sites, 4.2 to 5.1"),
    ),
)
def mmrepquota(context: Context, arguments: Arguments) -> None:
    """Report all quotas of file systems: a report for each kind that is asked for, or one for all kinds."""
    if bool(arguments.words) == arguments.flag("-a"):
        raise context.usage(messages.MISSING_ARGUMENTS)
    devices = sorted(context.state.filesystems) if arguments.flag("-a") else list(arguments.words)
    asked = [kind for option, kind in OPTIONS.items() if arguments.flag(option)]
    for kinds in [[kind] for kind in asked] or [_TOGETHER]:
        for device in devices:
            filesystem = context.filesystem(device.partition(":")[0])
            if arguments.flag("-q"):
                _states(context, filesystem, kinds)
                continue
            off = [kind for kind in kinds if not _is_on(filesystem, kind)]
            if not arguments.flag("-Y"):
                for kind in off:
                    values = {"command": context.command, "kind": kind, "filesystem": filesystem.name}
                    context.err(texts.QUOTA_OFF.format(**values))
            shown = [kind for kind in kinds if kind not in off or arguments.flag("-Y")]
            if shown:
                _report(context, arguments, filesystem, shown, device.partition(":")[2])


def _is_on(filesystem: Filesystem, kind: Kind) -> bool:
    return ENFORCED[kind] in filesystem.quotas_enforced


def _states(context: Context, filesystem: Filesystem, kinds: Sequence[Kind]) -> None:
    for kind in kinds:
        values = {
            "state": _on_off(_is_on(filesystem, kind)),
            "default": _on_off(kind in filesystem.kinds_with_defaults()),
        }
        context.out(texts.QUOTA_STATE.format(filesystem=filesystem.name, kind=kind, **values))


def _on_off(is_on: bool) -> str:
    return "on" if is_on else "off"


def _report(
    context: Context, arguments: Arguments, filesystem: Filesystem, kinds: Sequence[Kind], inside: str
) -> None:
    usage = context.emulator.usage(filesystem)
    lines = [
        line
        for kind in kinds
        for line in _all(filesystem, usage, kind)
        if not inside or inside == line.fileset
    ]
    if arguments.flag("-n"):
        lines = [replace(line, quota=_numbered(line.quota)) for line in lines]
    context.out(texts.QUOTA_REPORT.format(kind=" ".join(kinds), filesystem=filesystem.name))
    if arguments.flag("-Y"):
        _rows(context, filesystem, lines, is_together=len(kinds) > 1)
        return
    for text in _table(lines, Unit.asked(context, arguments), with_entries=arguments.flag("-v")):
        context.out(text)


def _rows(context: Context, filesystem: Filesystem, lines: Sequence[Line], *, is_together: bool) -> None:
    """The -Y rows; filesets name themselves only beside the other kinds [recorded]."""
    columns = [*COLUMNS.split(), "quota", "defQuota", "fid", "filesetname"]
    context.out(layout.y_header("mmrepquota", "", columns))
    for line in lines:
        kind, inside = line.quota.kind, line.quota.fileset
        states = (
            _on_off(_is_on(filesystem, kind)),
            _on_off(filesystem.default_quota(kind, inside).is_limited),
        )
        fileset: tuple[object, object] = ("", "")
        if kind != "FILESET":
            fileset = (filesystem.filesets[line.fileset].id, line.fileset)
        elif is_together:
            fileset = (line.quota.id, line.fileset)
        context.out(layout.y_row("mmrepquota", "", [*line.row(), line.entry, *states, *fileset]))


def _table(lines: Sequence[Line], unit: Unit, *, with_entries: bool) -> list[str]:
    """The plain table; its first line has one form, with a column for the fileset and without [recorded]."""
    fileset = "fileset" if is_any_per_fileset(lines) else ""
    table = [
        f"{'':25}{'Block Limits':<48}|{'':21}File Limits",
        heading("Name", fileset, unit) + (" entryType" if with_entries else ""),
    ]
    for line in lines:
        left = f"{line.quota.name:<10} " + (f"{line.fileset:<10} " if fileset else "")
        table.append(left + line.plain(unit) + (f" {line.entry:<10}" if with_entries else ""))
    return table


def _numbered(quota: Quota) -> Quota:
    return replace(quota, name=str(quota.id))


def _all(filesystem: Filesystem, usage: Usage, kind: Kind) -> list[Line]:
    """Every fileset; root, and every user or group that has files or limits."""
    candidates = owned(filesystem, usage, kind)
    if kind != "FILESET":
        inside = "root" if filesystem.perfileset_quota else ""
        candidates.insert(0, Quota(kind=kind, name=name_of(kind, 0), id=0, fileset=inside))
        candidates += [quota for quota in filesystem.quotas.values() if quota.kind == kind and quota.name]
    quotas: dict[str, Quota] = {}
    for quota in candidates:
        quotas.setdefault(quota.key, quota)
    ordered = sorted(quotas.values(), key=lambda quota: (quota.id, quota.fileset))
    return [Line.of(filesystem, usage, quota) for quota in ordered]

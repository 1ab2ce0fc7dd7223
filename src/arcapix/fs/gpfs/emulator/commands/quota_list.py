"""mmlsquota.

Its synopsis is from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence

from arcapix.fs.gpfs.emulator import filesets, layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.commands.quota import per_fileset
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Kind, Quota
from arcapix.fs.gpfs.emulator.owners import ENFORCED, name_of, number_of
from arcapix.fs.gpfs.emulator.quotas import (
    COLUMNS,
    OPTIONS,
    Line,
    Unit,
    heading,
    is_any_per_fileset,
)
from arcapix.fs.gpfs.emulator.releases import Layout

_GROUP_AFTER_EMPTY_LINE = Layout("-g: an empty line, then the group", "two sites, 5.0 to 5.2", (5,))


@command(
    "mmlsquota",
    usage="""mmlsquota [-u User | -g Group] [-v | -q] [-e] [-C ClusterName]
   [-Y] [--block-size {BlockSize | auto}] [Device[:Fileset] ...]
mmlsquota -j Fileset [-v | -q] [-e] [-Y] [--block-size {BlockSize | auto}] Device ...
mmlsquota -d [-Y] {-u | -g | -j} [Device ...]""",
    flags=("-v", "-e", "-d", "-Y"),
    values=("-u", "-g", "-j", "--block-size"),
    bare={"-d": ("-u", "-g", "-j")},
    needs_daemon=True,
    layouts=(
        Layout("plain", "nine sites, 3.x to 5.2"),
        Layout("-j without limits", "two sites, 5.1.6 and another"),
        Layout("-g: the group comes first", "two sites, 3.x and another"),
        _GROUP_AFTER_EMPTY_LINE,
        Layout("-d", "one site, 5.1.6"),
        Layout("-Y", "one site, 4.2 or 5.0"),
    ),
)
def mmlsquota(context: Context, arguments: Arguments) -> None:
    """Show the quota of a user, a group or a fileset, by default the caller's; or default limits."""
    asked = [option for option in OPTIONS if arguments.flag(option)]
    if arguments.flag("-d"):
        _print_defaults(context, arguments, [OPTIONS[option] for option in asked])
        return
    if len(asked) > 1:
        raise context.usage(messages.OPTIONS_EXCLUDE, one=asked[0], other=asked[1])
    kind = OPTIONS[asked[0]] if asked else "USR"
    if kind == "FILESET" and not arguments.words:
        raise context.usage(messages.MISSING_ARGUMENTS)
    name = arguments.value(asked[0], "") if asked else str(context.uid)
    lines = _asked(context, kind, name or "", arguments.words or _with_quotas(context, arguments))
    if arguments.flag("-Y"):
        section = ENFORCED[kind]
        context.out(layout.y_header("mmlsquota", section, [*COLUMNS.split(), "filesetname"]))
        for line in lines:
            fileset = "" if kind == "FILESET" else line.fileset
            context.out(layout.y_row("mmlsquota", section, [*line.row(), "", fileset]))
        return
    if kind == "GRP" and lines:
        if _GROUP_AFTER_EMPTY_LINE.holds(context.release):
            context.out()
        context.out(texts.QUOTA_OF_GROUP.format(group=lines[0].quota.name, id=lines[0].quota.id))
    for text in _table(lines, Unit.asked(context, arguments)) if lines else ():
        context.out(text)


def _print_defaults(context: Context, arguments: Arguments, asked: Sequence[Kind]) -> None:
    """The default limits of the kinds that are asked for, or of all; of one fileset where it is named."""
    if arguments.flag("-Y"):
        text = messages.NOT_EMULATED_OPTION.format(command=context.command, option="-d -Y")
        raise CommandFailed(text, status=messages.NOT_EMULATED_STATUS, summary=False)
    unit = Unit.asked(context, arguments)
    defaults = [
        (context.filesystem(device.partition(":")[0]), quota)
        for device in arguments.words or _with_quotas(context, arguments)
        for quota in _defaults(context, device)
        if not asked or quota.kind in asked
    ]
    fileset = "Fileset" if any(filesystem.perfileset_quota for filesystem, _ in defaults) else ""
    context.out(
        f"{'':9}{f'Default Block Limits({unit.title})':<{41 if fileset else 30}}|  Default File Limits"
    )
    context.out(
        f"{'Filesystem':<11}{f'{fileset:<11}' if fileset else ''}type{'quota':>11}{'limit':>11}  |"
        f"{'quota':>10}{'limit':>9}  entryType"
    )
    for filesystem, quota in defaults:
        left = f"{filesystem.name:<10} " + (f"{quota.fileset or 'root':<10} " if fileset else "")
        blocks = f"{unit.figure(quota.block_soft)!s:>10} {unit.figure(quota.block_hard)!s:>10}"
        entry = texts.QUOTA_DEFAULT_ON if quota.is_limited else "i"
        files = f"{quota.files_soft:>9} {quota.files_hard:>8}"
        context.out(f"{left}{quota.kind:<4} {blocks}  | {files}  {entry:<10}")


def _defaults(context: Context, device: str) -> Iterator[Quota]:
    """The default limits of users and groups, in each fileset or a certain one, and of filesets."""
    name, _, fileset = device.partition(":")
    filesystem = context.filesystem(name)
    if fileset:
        filesets.named(context, filesystem, fileset)
        insides = [per_fileset(context, filesystem, fileset)]
    else:
        insides = list(filesystem.filesets) if filesystem.perfileset_quota else [""]
    for inside in insides:
        yield filesystem.default_quota("USR", inside)
        yield filesystem.default_quota("GRP", inside)
    if not fileset:
        yield filesystem.default_quota("FILESET")


def _with_quotas(context: Context, arguments: Arguments) -> list[str]:
    """The file systems that are meant where none is named: those in which quotas are enabled.

    Raises:
        CommandFailed: There is none.
    """
    filesystems = context.state.filesystems
    found = [name for name in sorted(filesystems) if filesystems[name].quotas_enforced]
    if found:
        return found
    words = " ".join(word for option in arguments.options for word in option if word is not None)
    text = texts.QUOTA_NONE_ENABLED.format(
        command=context.command, options=f"  {words} " if words else "", code=errno.EINVAL
    )
    raise CommandFailed(text, status=int(context.switch("no_quota_status")))


def _table(lines: Sequence[Line], unit: Unit) -> list[str]:
    """The plain table; a user or group without limits, but with files, is shown with figures [recorded]."""
    fileset = "Fileset" if is_any_per_fileset(lines) else ""
    table = [
        f"{'':25}{'Block Limits':<{59 if fileset else 48}}|     File Limits",
        f"{heading('Filesystem', fileset, unit)}  Remarks",
    ]
    for line in lines:
        left = f"{line.filesystem.name:<10} " + (f"{line.fileset:<10} " if fileset else "")
        has_figures = line.quota.is_limited or (line.quota.kind != "FILESET" and line.is_used)
        table.append(left + (f"{line.plain(unit)} " if has_figures else line.without_limits()))
    return table


def _asked(context: Context, kind: Kind, name: str, devices: Sequence[str]) -> list[Line]:
    """One line for each file system, and for each fileset in it where users have quotas per fileset."""
    number = 0
    if kind != "FILESET":
        found = number_of(kind, name)
        if found is None:
            raise context.failure(texts.QUOTA_NO_OWNER, owner=name, kind=ENFORCED[kind])
        number, name = found, name_of(kind, found)
    lines = []
    for device in devices:
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
            line = Line.of(filesystem, usage, Quota(kind=kind, name=name, id=number, fileset=inside))
            if len(insides) == 1 or line.quota.is_limited or line.is_used:
                lines.append(line)
    return lines

"""mmlsquota.

Its synopsis is from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from arcapix.fs.gpfs.emulator import filesets, layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.commands.quota import name_of, number_of
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Quota
from arcapix.fs.gpfs.emulator.quotas import (
    COLUMNS,
    ENFORCED,
    OPTIONS,
    Kind,
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
    flags=("-v", "-e", "-Y"),
    values=("-u", "-g", "-j", "--block-size"),
    needs_daemon=True,
    layouts=(
        Layout("plain", "nine sites, 3.x to 5.2"),
        Layout("-j without limits", "two sites, 5.1.6 and another"),
        Layout("-g: the group comes first", "two sites, 3.x and another"),
        _GROUP_AFTER_EMPTY_LINE,
        Layout("-Y", "one site, 4.2 or 5.0"),
    ),
)
def mmlsquota(context: Context, arguments: Arguments) -> None:
    """Show the quota of a user, a group or a fileset; by default the caller's."""
    asked = [option for option in OPTIONS if arguments.flag(option)]
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
        has_figures = line.is_limited or (line.quota.kind != "FILESET" and line.is_used)
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
            if len(insides) == 1 or line.is_limited or line.is_used:
                lines.append(line)
    return lines

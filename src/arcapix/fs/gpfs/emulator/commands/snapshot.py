"""mmlssnapshot, mmcrsnapshot, mmdelsnapshot and mmsnapdir. Snapshots are names only: nothing is copied.

The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import errno
import re
import time
from functools import partial

from arcapix.fs.gpfs.emulator import figures, filesets, layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Filesystem, Snapshot
from arcapix.fs.gpfs.emulator.releases import Layout

_COLUMNS = "filesystemName directory snapID status created quotas data metadata fileset snapType"
GLOBAL = "global"
"""Value of %filesetName for a snapshot of a whole file system [unverified]."""


def _wanted(text: str, of_filesets: str | None) -> list[tuple[str, str]]:
    """Read ``[[Fileset]:]Snapshot[,...]`` and -j: (fileset or "", snapshot)."""
    wanted = []
    for part in text.split(","):
        fileset, colon, name = part.rpartition(":")
        if colon or not of_filesets:
            wanted.append((fileset, name))
        else:
            wanted += [(one, name) for one in of_filesets.split(",")]
    return wanted


def _shown(context: Context, fileset: str, name: str) -> str:
    """A snapshot in a message: since 5.0 one of the whole file system has an empty fileset [recorded]."""
    return f"{fileset}:{name}" if fileset or context.release >= (5,) else name


# -- mmcrsnapshot


@command(
    "mmcrsnapshot",
    usage="""mmcrsnapshot Device [[Fileset]:]Snapshot[,[[Fileset]:]Snapshot]...
   [-j FilesetName[,FilesetName...]] [--expiration-time yyyy-mm-dd[-hh[:mm[:ss]]]]""",
    values=("-j",),
    words=(2, 2),
    changing=True,
    needs_daemon=True,
    layouts=(Layout("plain", "nobody"), Layout("plain, :NAME", "one site, 5.0", (5,))),
)
def mmcrsnapshot(context: Context, arguments: Arguments) -> None:
    """Make snapshots of a file system, or of independent filesets; waits for synchronous callbacks."""
    made = []
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        for fileset, name in _wanted(arguments.words[1], arguments.value("-j")):
            if fileset:
                filesets.independent(context, filesystem, fileset)
            _check_name(context, name)
            snapshot = Snapshot(name=name, id=filesystem.next_snapshot, created=time.time(), fileset=fileset)
            if snapshot.key in filesystem.snapshots:
                shown = _shown(context, fileset, name)
                raise context.failure(texts.SNAPSHOT_EXISTS, errno.EEXIST, snapshot=shown)
            filesystem.next_snapshot += 1
            filesystem.snapshots[snapshot.key] = snapshot
            made.append(snapshot)
    for snapshot in made:
        shown = _shown(context, snapshot.fileset, snapshot.name)
        context.progress(texts.SNAPSHOT_FLUSHING.format(snapshot=shown))
    context.progress(texts.SNAPSHOT_QUIESCING)
    for snapshot in made:
        _raise(context, filesystem, snapshot)
        shown = _shown(context, snapshot.fileset, snapshot.name)
        context.progress(texts.SNAPSHOT_CREATED.format(snapshot=shown, id=snapshot.id))


def _check_name(context: Context, name: str) -> None:
    if not 0 < len(name) <= 255 or re.search(r"[/:,\x00-\x1f]", name) or name in (".", ".."):
        raise context.failure(texts.SNAPSHOT_BAD_NAME, errno.EINVAL, snapshot=name)


def _raise(context: Context, filesystem: Filesystem, snapshot: Snapshot) -> None:
    raise_event = partial(
        context.emulator.raise_event,
        "snapshotCreated",
        filesystem.manager,
        {
            "fsName": filesystem.name,
            "filesetName": snapshot.fileset or GLOBAL,
            "snapshotName": snapshot.name,
            "snapshotID": str(snapshot.id),
        },
    )
    if context.switch("snapshot_waits") == "at-once":
        context.emulator.later(0, raise_event)
    else:
        raise_event()


# -- mmdelsnapshot


@command(
    "mmdelsnapshot",
    usage="""mmdelsnapshot Device [[Fileset]:]Snapshot[,[[Fileset]:]Snapshot]...
   [-j FilesetName[,FilesetName...]] [--qos QOSClass]
   [-N {all | Node[,Node...] | NodeFile | NodeClass}]""",
    values=("-j", "--qos", "-N"),
    words=(2, 2),
    changing=True,
    needs_daemon=True,
    layouts=(Layout("plain", "nobody"), Layout("plain, :NAME", "one site, 5.0", (5,))),
)
def mmdelsnapshot(context: Context, arguments: Arguments) -> None:
    """Delete snapshots."""
    context.nodes(arguments.value("-N"))
    gone = []
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        for fileset, name in _wanted(arguments.words[1], arguments.value("-j")):
            if fileset:
                filesets.named(context, filesystem, fileset)
            key = Snapshot(name=name, id=0, created=0, fileset=fileset).key
            snapshot = filesystem.snapshots.pop(key, None)
            if snapshot is None:
                raise _unknown(context, filesystem, fileset, name)
            gone.append(snapshot)
    for snapshot in gone:
        shown = _shown(context, snapshot.fileset, snapshot.name)
        context.say(texts.SNAPSHOT_INVALIDATING, snapshot=shown)
        context.say(texts.SNAPSHOT_DELETING, snapshot=shown)
        context.say(texts.DELETED_FILES, date=layout.date(time.time()), inodes=0, size=0)
        if not snapshot.fileset and context.release >= (5,):
            context.say(texts.SNAPSHOT_INVALIDATING_FILESETS, snapshot=shown)
        context.say(texts.SNAPSHOT_DELETED, snapshot=shown)


def _unknown(context: Context, filesystem: Filesystem, fileset: str, name: str) -> CommandFailed:
    shown = _shown(context, fileset, name)
    text = texts.SNAPSHOT_UNKNOWN.format(snapshot=shown, filesystem=filesystem.name)
    return CommandFailed(text, status=errno.ENOENT)


# -- mmlssnapshot


@command(
    "mmlssnapshot",
    usage="""mmlssnapshot Device [-d [--block-size {BlockSize | auto}]]
   [-s {all | global | [[Fileset]:]Snapshot[,[[Fileset]:]Snapshot...]} | -j FilesetName[,FilesetName...]]
   [--qos QOSClass] [-Y]""",
    flags=("-d", "-Y"),
    values=("--block-size", "-s", "-j"),
    words=(1, 1),
    needs_daemon=True,
)
def mmlssnapshot(context: Context, arguments: Arguments) -> None:
    """List snapshots in the order of their ids; they take no space here."""
    filesystem = context.filesystem(arguments.words[0])
    snapshots = _listed(context, filesystem, arguments)
    if not snapshots:
        context.out(texts.SNAPSHOTS_NONE.format(filesystem=filesystem.name))
        return
    if arguments.flag("-Y"):
        _print_rows(context, filesystem, snapshots)
        return
    title = texts.SNAPSHOTS_TITLE.format(filesystem=filesystem.name)
    size = arguments.value("--block-size")
    figure = "0"
    if arguments.flag("-d"):
        title += " [data and metadata]" if size else " [data and metadata in KB]"
        figure = figures.auto(0) if size == "auto" else "0"
    context.out(title)
    expires = context.release >= (5, 2)
    heading = f"{'Directory':<24} {'SnapId':<9} {'Status':<7} {'Created':<24}"
    heading += f"  {'ExpirationTime':<24}" if expires else ""
    context.out(f"{heading}  {_tail('Fileset', ('Data', 'Metadata'), arguments)}".rstrip())
    for snapshot in snapshots:
        created = layout.date(snapshot.created)
        line = f"{snapshot.name:<24} {snapshot.id:<9} {snapshot.status:<7} {created:<24}"
        # one without an expiration shows the time of its creation there [recorded]
        line += f"  {created:<24}" if expires else ""
        context.out(f"{line}  {_tail(snapshot.fileset, (figure, figure), arguments)}".rstrip())


def _tail(fileset: str, figures_: tuple[str, str], arguments: Arguments) -> str:
    """The last columns: the fileset at its width with -d only."""
    return f"{fileset:<10}{figures_[0]:>12}{figures_[1]:>10}" if arguments.flag("-d") else fileset


def _listed(context: Context, filesystem: Filesystem, arguments: Arguments) -> list[Snapshot]:
    found = sorted(filesystem.snapshots.values(), key=lambda snapshot: snapshot.id)
    inside = arguments.value("-j")
    if inside is not None:
        chosen = [filesets.named(context, filesystem, name).name for name in inside.split(",")]
        found = [snapshot for snapshot in found if snapshot.fileset in chosen]
    which = arguments.value("-s", "all")
    if which == GLOBAL:
        return [snapshot for snapshot in found if not snapshot.fileset]
    if which is None or which == "all":
        return found
    wanted = _wanted(which, None)
    for fileset, name in wanted:
        if not any((one.fileset, one.name) == (fileset, name) for one in found):
            raise _unknown(context, filesystem, fileset, name)
    return [snapshot for snapshot in found if (snapshot.fileset, snapshot.name) in wanted]


def _print_rows(context: Context, filesystem: Filesystem, snapshots: list[Snapshot]) -> None:
    expires = context.release >= (5, 2)
    columns = f"{_COLUMNS} expirationTime" if expires else _COLUMNS
    context.out(layout.y_header("mmlssnapshot", "", columns.split()))
    for snapshot in snapshots:
        created = layout.date(snapshot.created)
        values: list[object] = [filesystem.name, snapshot.name, snapshot.id, snapshot.status, created]
        values += ["", 0, 0, snapshot.fileset, ""]
        context.out(layout.y_row("mmlssnapshot", "", [*values, created] if expires else values))


# -- mmsnapdir

_GLOBAL_IN = {"rootfileset": "root fileset", "allfilesets": "all filesets"}
"""Where the folder with snapshots of the whole file system appears: as an option says it, as printed."""


@command(
    "mmsnapdir",
    usage="""mmsnapdir Device [-r | -a] [--show-global-snapshots {rootfileset | allfilesets}]
   [{[--fileset-snapdir FilesetSnapDirName] [--global-snapdir GlobalSnapDirName]}
   | {{--snapdir | -s} SnapDirName}]
mmsnapdir Device [-q]""",
    flags=("-q", "-r", "-a"),
    values=("--show-global-snapshots", "--fileset-snapdir", "--global-snapdir", "-s", "--snapdir"),
    words=(1, 1),
    needs_daemon=True,
    layouts=(Layout("-q", "a parser, 4.x"),),
)
def mmsnapdir(context: Context, arguments: Arguments) -> None:
    """Show or set the names of the folders of snapshots, and where they appear; there are none here."""
    both = arguments.value("-s") or arguments.value("--snapdir")
    names = {
        "snapshot_directory": arguments.value("--global-snapdir") or both,
        "fileset_snapshot_directory": arguments.value("--fileset-snapdir") or both,
    }
    shown = arguments.value("--show-global-snapshots")
    if shown not in (None, *_GLOBAL_IN):
        raise context.usage(messages.INVALID_PARAMETER, option="--show-global-snapshots", value=shown)
    if arguments.flag("-r") and arguments.flag("-a"):
        raise context.usage(messages.OPTIONS_EXCLUDE, one="-r", other="-a")
    changes: dict[str, object] = {key: name for key, name in names.items() if name}
    for name in filter(None, names.values()):
        _check_name(context, name)
    if arguments.flag("-r", "-a"):
        changes["snapshots_in_all_directories"] = arguments.flag("-a")
    if shown is not None:
        changes["global_snapshots_in"] = shown
    if not changes:
        _print_directories(context, context.filesystem(arguments.words[0]))
        return
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        for key, value in changes.items():
            setattr(filesystem, key, value)


def _print_directories(context: Context, filesystem: Filesystem) -> None:
    """One line where the folders of filesets and of the file system have one name, else two [field]."""
    where = "all directories" if filesystem.snapshots_in_all_directories else "root directory only"
    values = {"filesystem": filesystem.name, "name": filesystem.fileset_snapshot_directory, "where": where}
    if filesystem.fileset_snapshot_directory == filesystem.snapshot_directory:
        context.out(texts.SNAPSHOT_DIRECTORY.format(**values))
        return
    context.out(texts.SNAPSHOT_DIRECTORY_FILESETS.format(**values))
    values = {"filesystem": filesystem.name, "name": filesystem.snapshot_directory}
    where = _GLOBAL_IN[filesystem.global_snapshots_in]
    context.out(texts.SNAPSHOT_DIRECTORY_GLOBAL.format(**values, where=where))

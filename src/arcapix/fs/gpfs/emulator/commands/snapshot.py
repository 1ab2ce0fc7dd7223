"""mmlssnapshot, mmcrsnapshot, mmdelsnapshot and mmsnapdir. Snapshots are names only: nothing is copied.

The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import errno
import re
import time
from functools import partial

from arcapix.fs.gpfs.emulator import figures, filesets, layout
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, command
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Filesystem, Snapshot

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


def _shown(snapshot: Snapshot) -> str:
    return f"{snapshot.fileset}:{snapshot.name}" if snapshot.fileset else snapshot.name


# -- mmcrsnapshot


@command(
    "mmcrsnapshot",
    usage="""mmcrsnapshot Device [[Fileset]:]Snapshot[,[[Fileset]:]Snapshot]...
   [-j FilesetName[,FilesetName...]] [--expiration-time yyyy-mm-dd[-hh[:mm[:ss]]]]""",
    values=("-j",),
    words=(2, 2),
    changing=True,
    needs_daemon=True,
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
                raise context.failure(texts.SNAPSHOT_EXISTS, errno.EEXIST, snapshot=_shown(snapshot))
            filesystem.next_snapshot += 1
            filesystem.snapshots[snapshot.key] = snapshot
            made.append(snapshot)
    for snapshot in made:
        context.progress(texts.SNAPSHOT_FLUSHING.format(snapshot=_shown(snapshot)))
    context.progress(texts.SNAPSHOT_QUIESCING)
    for snapshot in made:
        _raise(context, filesystem, snapshot)
        context.progress(texts.SNAPSHOT_CREATED.format(snapshot=_shown(snapshot), id=snapshot.id))


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
                raise _unknown(filesystem, fileset, name)
            gone.append(snapshot)
    for snapshot in gone:
        values = {"snapshot": _shown(snapshot)}
        context.progress(texts.SNAPSHOT_INVALIDATING.format(**values))
        context.progress(texts.SNAPSHOT_DELETING.format(**values))
        figure = {"date": layout.date(time.time()), "inodes": 0, "size": 0}
        context.progress(texts.DELETED_FILES.format(**figure))
        context.progress(texts.SNAPSHOT_DELETED.format(**values))


def _unknown(filesystem: Filesystem, fileset: str, name: str) -> CommandFailed:
    shown = f"{fileset}:{name}" if fileset else name
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
            raise _unknown(filesystem, fileset, name)
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


@command(
    "mmsnapdir",
    usage="""mmsnapdir Device [-r | -a] [--show-global-snapshots {rootfileset | allfilesets}]
   [{[--fileset-snapdir FilesetSnapDirName] [--global-snapdir GlobalSnapDirName]}
   | {{--snapdir | -s} SnapDirName}]
mmsnapdir Device [-q]""",
    flags=("-q",),
    values=("-s", "--snapdir"),
    words=(1, 1),
    needs_daemon=True,
)
def mmsnapdir(context: Context, arguments: Arguments) -> None:
    """Show or set the name of the folder of snapshots; there is no such folder here."""
    filesystem = context.filesystem(arguments.words[0])
    name = arguments.value("-s") or arguments.value("--snapdir")
    if name:
        _check_name(context, name)
        with context.change() as state:
            context.filesystem(arguments.words[0], state).snapshot_directory = name
        return
    for message in (texts.SNAPSHOT_DIRECTORY_FILESETS, texts.SNAPSHOT_DIRECTORY_GLOBAL):
        context.out(message.format(filesystem=filesystem.name, name=filesystem.snapshot_directory))

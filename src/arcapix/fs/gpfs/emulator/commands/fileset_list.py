"""mmlsfileset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from arcapix.fs.gpfs.emulator import figures, filesets, layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, Context, command
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Fileset, Filesystem
from arcapix.fs.gpfs.emulator.releases import Layout, Release
from arcapix.fs.gpfs.emulator.usage import Usage

_COLUMNS_4_2 = (
    "filesystemName filesetName id rootInode status path parentId created inodes dataInKB comment "
    "filesetMode afmTarget afmState afmMode afmFileLookupRefreshInterval afmFileOpenRefreshInterval "
    "afmDirLookupRefreshInterval afmDirOpenRefreshInterval afmAsyncDelay afmNeedsRecovery "
    "afmExpirationTimeout afmRPO afmLastPSnapId inodeSpace isInodeSpaceOwner maxInodes allocInodes "
    "inodeSpaceMask afmShowHomeSnapshots afmNumReadThreads reserved afmReadBufferSize afmWriteBufferSize "
    "afmReadSparseThreshold afmParallelReadChunkSize afmParallelReadThreshold snapId afmNumFlushThreads "
    "afmPrefetchThreshold afmEnableAutoEviction permChangeFlag afmParallelWriteThreshold freeInodes "
    "afmNeedsResync afmParallelWriteChunkSize afmNumWriteThreads afmPrimaryID afmDRState "
    "afmAssociatedPrimaryId afmDIO"
)
_COLUMNS_5_0 = f"{_COLUMNS_4_2} afmGatewayNode afmIOFlags"
_COLUMNS_5_1 = f"{_COLUMNS_5_0} " + (
    "afmVerifyDmapi afmSkipHomeACL afmSkipHomeMtimeNsec afmForceCtimeChange afmSkipResyncRecovery "
    "afmSkipConflictQDrop afmRefreshAsync afmParallelMounts afmRefreshOnce afmSkipHomeCtimeNsec "
    "afmReaddirOnce afmResyncVer2 afmSnapUncachedRead afmFastCreate afmObjectXattr afmObjectVHB "
    "afmObjectNoDirectoryObj afmSkipHomeRefresh afmObjectGCS afmObjectUserKeys afmWriteOnClose "
    "afmObjectSSL afmObjectACL afmMUPromoted afmMUAutoRemove afmObjFastReaddir afmObjectBlkIO "
    "preventSnapshotRestore permInheritFlag afmIOFlags2 afmRemoteUpdate falStatus"
)
"""Recorded: 4.2 ends at afmDIO, 5.0 at afmIOFlags, 5.1 at falStatus; 6.x is longer, but not recorded."""
_INODE_SPACE_MASK = 2692530176
"""Recorded, of every inode space of one file system."""
_ATTRIBUTE_COLUMNS = {"afmGateway": "afmGatewayNode"}
"""Attributes of -p that have another name as a column; the others keep theirs."""


def _columns(release: Release) -> Sequence[str]:
    columns = _COLUMNS_5_1 if release >= (5, 1) else _COLUMNS_5_0 if release >= (5,) else _COLUMNS_4_2
    return columns.split()


@command(
    "mmlsfileset",
    # from knowledge of GPFS, not recorded
    usage="""mmlsfileset Device
   {[[Fileset[,Fileset...]] [-J JunctionPath[,JunctionPath...]]] | -F FileName}
   [-L] [-d [--block-size {BlockSize | auto}]] [-i] [--afm] [--deleted] [--iam-mode] [-Y]""",
    flags=("-L", "-d", "-i", "--iam-mode", "-Y"),
    values=("-J", "-F"),
    words=(1, 2),
    needs_daemon=True,
    layouts=(
        Layout("plain", "three sites, 4.2 to 5.2"),
        Layout("-L", "four sites, 4.2 to 5.1"),
        Layout("-L, a long name moves all columns", "one site, 5.0", (5,)),
        Layout("-L, a long name moves its own row", "one site, 5.1", (5, 1)),
        Layout("-L, a long name moves columns by different widths", "one site, 5.1.2", (5, 1, 2)),
        Layout("-L, a long name moves its own row again", "inferred", (5, 1, 7)),
        Layout("-Y", "one site, 5.0, up to afmDIO"),
        Layout("-Y, up to afmIOFlags", "one site, 5.0", (5,)),
        Layout("-Y, up to falStatus", "one site, 5.1", (5, 1)),
    ),
)
def mmlsfileset(context: Context, arguments: Arguments) -> None:
    """List the filesets of a file system."""
    filesystem = context.filesystem(arguments.words[0])
    chosen = _chosen(context, filesystem, arguments)
    usage = context.emulator.usage(filesystem)
    if arguments.flag("-i", "-d"):
        context.progress(texts.FILESET_USAGE)
    if arguments.flag("-Y"):
        columns = _columns(context.release)
        context.out(layout.y_header("mmlsfileset", "", columns))
        for fileset in chosen:
            context.out(_row(context, filesystem, fileset, usage, arguments))
        return
    context.out(texts.FILESETS_TITLE.format(filesystem=filesystem.name))
    if arguments.flag("-L"):
        table = _long_table(context, filesystem, chosen, usage)
    else:
        table = _table(filesystem, chosen)
    if arguments.flag("-i", "-d", "--iam-mode"):
        table = _with_more(table, chosen, usage, arguments)
    for line in table:
        context.out(line)


def _chosen(context: Context, filesystem: Filesystem, arguments: Arguments) -> list[Fileset]:
    """The filesets named by a word, -J and -F, in the order of their ids; all if there is none of these."""
    wanted = arguments.words[1].split(",") if len(arguments.words) > 1 else []
    listed = arguments.value("-F")
    if listed is not None:
        path = Path(context.cwd / listed)
        if wanted or arguments.flag("-J") or not path.is_file():
            raise context.usage(messages.INVALID_PARAMETER, option="-F", value=listed)
        wanted = path.read_text().split()
    chosen = [filesets.named(context, filesystem, name) for name in wanted]
    for junctions in arguments.values("-J"):
        chosen += [filesets.linked_at(context, filesystem, path) for path in junctions.split(",")]
    everything = not wanted and not arguments.flag("-J") and listed is None
    found = filesystem.filesets.values() if everything else {one.id: one for one in chosen}.values()
    return sorted(found, key=lambda one: one.id)


def _status(fileset: Fileset) -> str:
    return "Linked" if filesets.is_linked(fileset) else "Unlinked"


def _parent(fileset: Fileset) -> str:
    return "--" if fileset.parent is None else str(fileset.parent)


# -- the -Y form


def _row(
    context: Context, filesystem: Filesystem, fileset: Fileset, usage: Usage, arguments: Arguments
) -> str:
    """A row of -Y; a column of which nothing is known holds a dash, as recorded for those without AFM."""
    limit, allocated, free = filesets.inodes(filesystem, fileset, usage)
    held = usage.filesets[fileset.name]
    counted = arguments.flag("-i", "-d")
    values: dict[str, object] = {
        "filesystemName": filesystem.name,
        "filesetName": fileset.name,
        "id": fileset.id,
        "rootInode": fileset.root_inode,
        "status": _status(fileset),
        "path": filesets.shown_path(filesystem, fileset),
        "parentId": _parent(fileset),
        "created": layout.date(fileset.created),
        "inodes": held.files if counted else "-",
        "dataInKB": figures.kib(held.bytes) if counted else "-",
        "comment": fileset.comment,
        "filesetMode": filesets.iam_mode(fileset),
        "inodeSpace": fileset.inode_space,
        "isInodeSpaceOwner": int(fileset.independent),
        "maxInodes": limit,
        "allocInodes": allocated,
        "inodeSpaceMask": _INODE_SPACE_MASK if fileset.independent else 0,
        "snapId": 0,
        "permChangeFlag": "chmodAndSetacl",
        "freeInodes": free,
        "preventSnapshotRestore": "no",
        "permInheritFlag": "inheritAclOnly",
        "falStatus": "default",
    }
    if "afmTarget" in fileset.attributes:
        values.update(afmState="Inactive", afmMode="read-only")
    values.update({_ATTRIBUTE_COLUMNS.get(name, name): value for name, value in fileset.attributes.items()})
    columns = _columns(context.release)
    path = columns.index("path")
    return layout.y_row("mmlsfileset", "", [values.get(column, "-") for column in columns], paths=(path,))


# -- the plain forms


def _table(filesystem: Filesystem, chosen: Sequence[Fileset]) -> list[str]:
    """Name at 0, status at 25, path at 35; behind a long name one blank each [recorded]."""
    lines = [f"{'Name':<24} {'Status':<9} {'Path':<40}"]
    for fileset in chosen:
        row = f"{fileset.name:<24} {_status(fileset)}"
        row = f"{row:<34} {filesets.shown_path(filesystem, fileset)}"
        lines.append(f"{row:<75}")
    return lines


def _long_table(
    context: Context, filesystem: Filesystem, chosen: Sequence[Fileset], usage: Usage
) -> list[str]:
    """Figures end at their edges, or stand one blank behind what is before them [recorded]."""
    more = max([0, *(len(fileset.name) - 32 for fileset in chosen)])
    id_moves, rest_moves = _moves(context.release, more)
    lines = [
        f"{'Name':<{32 + id_moves}}Id{'RootInode':>{15 - id_moves + rest_moves}}  ParentId Created"
        f"{'InodeSpace':>32}{'MaxInodes':>15}{'AllocInodes':>15} Comment"
    ]
    for fileset in chosen:
        limit, allocated, _ = filesets.inodes(filesystem, fileset, usage)
        row = fileset.name
        for edge, figure in (
            (34 + id_moves, str(fileset.id)),
            (49 + rest_moves, str(fileset.root_inode)),
            (59 + rest_moves, _parent(fileset)),
        ):
            row += " " + figure.rjust(edge - len(row) - 1)
        right = f"{layout.date(fileset.created)}{fileset.inode_space:>9}{limit:>21}{allocated:>15}"
        lines.append(f"{row} {right} {fileset.comment}".rstrip())
    return lines


def _moves(release: Release, more: int) -> tuple[int, int]:
    """How far a name with `more` than 32 characters moves the column of ids in all rows, and those behind it.

    Not at all, but in two releases [recorded].
    """
    if (5,) <= release < (5, 1):
        return more, more
    return (more, max(more - 4, 0)) if release == (5, 1, 2) else (0, 0)


def _with_more(table: list[str], chosen: Sequence[Fileset], usage: Usage, arguments: Arguments) -> list[str]:
    """Append IAM modes, inodes and data to the table [unverified]."""
    width = max(len(line) for line in table)
    columns: list[tuple[str, Sequence[object]]] = []
    if arguments.flag("--iam-mode"):
        columns.append(("IAM mode", [filesets.iam_mode(one) for one in chosen]))
    if arguments.flag("-i"):
        columns.append(("Inodes", [usage.filesets[one.name].files for one in chosen]))
    if arguments.flag("-d"):
        columns.append(("Data (in KB)", [figures.kib(usage.filesets[one.name].bytes) for one in chosen]))
    lines = [f"{table[0]:<{width}}" + "".join(f" {title:>15}" for title, _ in columns)]
    for number, line in enumerate(table[1:]):
        lines.append(f"{line:<{width}}" + "".join(f" {values[number]!s:>15}" for _, values in columns))
    return lines

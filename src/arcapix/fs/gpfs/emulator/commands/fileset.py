"""mmcrfileset, mmchfileset, mmlinkfileset, mmunlinkfileset and mmdelfileset.

The synopses are from knowledge of GPFS, not recorded.
"""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Sequence

from arcapix.fs.gpfs.emulator import filesets, layout, messages
from arcapix.fs.gpfs.emulator.command import Arguments, CommandFailed, Context, UsageFailed, command
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Fileset, Filesystem
from arcapix.fs.gpfs.emulator.releases import Layout
from arcapix.fs.gpfs.emulator.usage import Usage

_PERMISSION_MODES = {
    "--allow-permission-change": ("permChangeFlag", "chmodOnly setAclOnly chmodAndSetacl chmodAndUpdateAcl"),
    "--allow-permission-inherit": ("permInheritFlag", "inheritAclOnly inheritAclAndAddMode"),
}
"""Options, the columns that show them, and what they take."""


@command(
    "mmcrfileset",
    usage="""mmcrfileset Device FilesetName [-p afmAttribute=Value...] [-t Comment]
   [--inode-space {new [--inode-limit MaxNumInodes[:NumInodesToPreallocate]] | ExistingFileset}]
   [--allow-permission-change PermissionChangeMode]
   [--allow-permission-inherit PermissionInheritMode] [--iam-mode Mode]""",
    values=("-p", "-t", "--inode-space", "--inode-limit", "--iam-mode", *_PERMISSION_MODES),
    words=(2, 2),
    changing=True,
    needs_daemon=True,
)
def mmcrfileset(context: Context, arguments: Arguments) -> None:
    """Create a fileset, not linked."""
    space = arguments.value("--inode-space", "root")
    limit, preallocated = 0, 0
    if space == "new":
        limit, preallocated = filesets.read_inode_limit(context, arguments.value("--inode-limit") or "100000")
    elif arguments.flag("--inode-limit"):
        raise context.usage(messages.OPTIONS_EXCLUDE, one="--inode-limit", other=f"--inode-space {space}")
    attributes = _attributes(context, arguments)
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        filesets.check_name(context, filesystem, arguments.words[1])
        if space != "new":
            number = filesets.independent(context, filesystem, space or "root").inode_space
        else:
            number = max(one.inode_space for one in filesystem.filesets.values()) + 1
        base = filesets.first_inode(context.release, number)
        made = Fileset(
            name=arguments.words[1],
            id=filesystem.next_fileset,
            root_inode=base + (3 if space == "new" else filesets.RESERVED_INODES + filesystem.next_fileset),
            path="",
            created=time.time(),
            comment=arguments.value("-t") or "",
            inode_space=number,
            independent=space == "new",
            max_inodes=limit,
            alloc_inodes=preallocated,
            attributes=attributes,
        )
        filesystem.next_fileset += 1
        filesystem.filesets[made.name] = made
        filesets.set_up(filesystem, made)
    context.progress(texts.FILESET_CREATED.format(fileset=made.name, id=made.id, inode=made.root_inode))


def _attributes(context: Context, arguments: Arguments) -> dict[str, str]:
    """What -p, the permission modes and the IAM mode say."""
    found: dict[str, str] = {}
    text = arguments.value("--iam-mode")
    if text is not None:
        iam_mode = filesets.read_iam_mode(text)
        if iam_mode is None:
            raise _bad_value(context, "--iam-mode", text)
        found[filesets.IAM_MODE] = iam_mode
    for given in arguments.values("-p"):
        for part in re.split(",(?=afm)", given):
            name, equals, value = part.partition("=")
            if not equals or not re.fullmatch(r"afm\w+", name):
                raise _bad_value(context, "-p", given)
            found[name] = value
    for option, (column, modes) in _PERMISSION_MODES.items():
        mode = arguments.value(option)
        if mode is None:
            continue
        spelled = [one for one in modes.split() if one.lower() == mode.lower()]
        if not spelled:
            raise _bad_value(context, option, mode)
        found[column] = spelled[0]
    return found


def _bad_value(context: Context, option: str, value: str) -> UsageFailed:
    return context.usage(messages.INVALID_PARAMETER, option=option, value=value)


@command(
    "mmchfileset",
    usage="""mmchfileset Device {FilesetName | -J JunctionPath} [-j NewFilesetName] [-t NewComment]
   [-p afmAttribute=Value...] [--inode-limit MaxNumInodes[:NumInodesToPreallocate]]
   [--allow-permission-change PermissionChangeMode]
   [--allow-permission-inherit PermissionInheritMode] [--iam-mode Mode]""",
    values=("-J", "-j", "-t", "-p", "--inode-limit", "--iam-mode", *_PERMISSION_MODES),
    words=(1, 2),
    changing=True,
    needs_daemon=True,
)
def mmchfileset(context: Context, arguments: Arguments) -> None:
    """Change name, comment, inode limit or attributes of a fileset."""
    limit = arguments.value("--inode-limit")
    wanted = filesets.read_inode_limit(context, limit) if limit else None
    attributes = _attributes(context, arguments)
    if not arguments.flag("-j", "-t", "-p", "--inode-limit", "--iam-mode", *_PERMISSION_MODES):
        raise context.usage(messages.MISSING_ARGUMENTS)
    usage = context.emulator.usage(context.filesystem(arguments.words[0])) if wanted else Usage()
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        fileset = _chosen(context, filesystem, arguments)
        if wanted is not None:
            filesets.independent(context, filesystem, fileset.name)
            allocated = filesets.inodes(filesystem, fileset, usage)[1]
            if wanted[0] < allocated:
                raise context.failure(texts.INODES_BELOW_ALLOCATED, errno.EINVAL, allocated=allocated)
            fileset.max_inodes, fileset.alloc_inodes = wanted[0], max(allocated, wanted[1])
        if filesets.IAM_MODE in attributes:
            filesets.refuse_looser(context, fileset, attributes[filesets.IAM_MODE])
        fileset.attributes.update(attributes)
        fileset.comment = arguments.value("-t", fileset.comment) or ""
        new_name = arguments.value("-j")
        if new_name is not None:
            _rename(context, filesystem, fileset, new_name)
    if wanted is not None:
        context.progress(texts.INODES_SET.format(space=fileset.inode_space, limit=fileset.max_inodes))
    context.progress(texts.FILESET_CHANGED.format(fileset=fileset.name))


def _chosen(context: Context, filesystem: Filesystem, arguments: Arguments) -> Fileset:
    """The fileset that a word or -J names: one of the two."""
    junction = arguments.value("-J")
    if (junction is None) == (len(arguments.words) < 2):
        raise context.usage(messages.MISSING_ARGUMENTS)
    if junction is not None:
        return filesets.linked_at(context, filesystem, junction)
    return filesets.named(context, filesystem, arguments.words[1])


def _rename(context: Context, filesystem: Filesystem, fileset: Fileset, new_name: str) -> None:
    """Give a fileset another name; its quotas and snapshots go with it."""
    _refuse_root(context, fileset, "renamed")
    filesets.check_name(context, filesystem, new_name)
    old_name = fileset.name
    fileset.name = new_name
    filesystem.filesets = {one.name: one for one in filesystem.filesets.values()}
    for quota in filesystem.quotas.values():
        if quota.kind == "FILESET" and quota.name == old_name:
            quota.name = new_name
        if quota.fileset == old_name:
            quota.fileset = new_name
    filesystem.quotas = {quota.key: quota for quota in filesystem.quotas.values()}
    for snapshot in filesystem.snapshots.values():
        if snapshot.fileset == old_name:
            snapshot.fileset = new_name
    filesystem.snapshots = {snapshot.key: snapshot for snapshot in filesystem.snapshots.values()}


def _refuse_root(context: Context, fileset: Fileset, done: str) -> None:
    if fileset.id == 0:
        raise context.failure(texts.FILESET_IS_ROOT, errno.EINVAL, done=done)


@command(
    "mmlinkfileset",
    usage="mmlinkfileset Device FilesetName [-J JunctionPath]",
    values=("-J",),
    words=(2, 2),
    changing=True,
    needs_daemon=True,
)
def mmlinkfileset(context: Context, arguments: Arguments) -> None:
    """Make a fileset appear as a folder of the file system."""
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        fileset = filesets.named(context, filesystem, arguments.words[1])
        if filesets.is_linked(fileset):
            raise context.failure(
                texts.FILESET_IS_LINKED,
                errno.EINVAL,
                fileset=fileset.name,
                path=filesets.shown_path(filesystem, fileset),
            )
        path = filesets.junction_path(context, filesystem, arguments.value("-J") or fileset.name)
        filesets.link(context, filesystem, fileset, path)
    context.progress(texts.FILESET_LINKED.format(fileset=fileset.name, path=path))


@command(
    "mmunlinkfileset",
    usage="mmunlinkfileset Device {FilesetName | -J JunctionPath} [-f]",
    flags=("-f",),
    values=("-J",),
    words=(1, 2),
    changing=True,
    needs_daemon=True,
)
def mmunlinkfileset(context: Context, arguments: Arguments) -> None:
    """Take a fileset out of the tree; its files are kept. -f changes nothing, as open files do not matter."""
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        fileset = _chosen(context, filesystem, arguments)
        _refuse_root(context, fileset, "unlinked")
        if not filesets.is_linked(fileset):
            raise context.failure(texts.FILESET_NOT_LINKED, errno.EINVAL, fileset=fileset.name)
        filesets.unlink(filesystem, fileset)
    context.progress(texts.FILESET_UNLINKED.format(fileset=fileset.name))


@command(
    "mmdelfileset",
    usage="mmdelfileset Device FilesetName [-f] [--qos QosClass]",
    flags=("-f",),
    values=("--qos",),
    words=(2, 2),
    changing=True,
    needs_daemon=True,
    layouts=(Layout("plain", "one site, 5.1.2"),),
)
def mmdelfileset(context: Context, arguments: Arguments) -> None:
    """Delete an unlinked fileset; with -f its files too."""
    lines = [texts.CHECKING_FILESET, texts.CHECKED_FILESET]
    usage = context.emulator.usage(context.filesystem(arguments.words[0]))
    with context.change() as state:
        filesystem = context.filesystem(arguments.words[0], state)
        fileset = filesets.named(context, filesystem, arguments.words[1])
        _refuse_deletion(context, filesystem, fileset)
        kept = filesets.shelf(filesystem, fileset)
        if any(kept.iterdir()) and not arguments.flag("-f"):
            reason = texts.FILESET_NOT_EMPTY.format(fileset=fileset.name)
            raise CommandFailed(*lines, reason, status=errno.ENOTEMPTY)
        filesets.unlink_inside(filesystem, fileset)
        del filesystem.filesets[fileset.name]
        filesystem.quotas = {
            key: quota
            for key, quota in filesystem.quotas.items()
            if fileset.name != (quota.name if quota.kind == "FILESET" else quota.fileset)
        }
    filesets.discard(context, filesystem, fileset)
    held = usage.filesets[fileset.name]
    if arguments.flag("-f"):
        figures = {"date": layout.date(time.time()), "inodes": held.files, "size": held.bytes >> 20}
        lines += [texts.DELETING_FILES, texts.DELETED_FILES.format(**figures)]
    lines += [texts.DELETING_FILESET, texts.FILESET_DELETED.format(fileset=fileset.name)]
    _print_all(context, lines)


def _refuse_deletion(context: Context, filesystem: Filesystem, fileset: Fileset) -> None:
    _refuse_root(context, fileset, "deleted")
    if filesets.is_linked(fileset):
        raise context.failure(texts.FILESET_MUST_BE_UNLINKED, errno.EBUSY, fileset=fileset.name)
    others = [one for one in filesystem.filesets.values() if one is not fileset]
    if fileset.independent and any(one.inode_space == fileset.inode_space for one in others):
        raise context.failure(texts.FILESET_HOLDS_FILESETS, errno.EBUSY, fileset=fileset.name)
    if any(snapshot.fileset == fileset.name for snapshot in filesystem.snapshots.values()):
        raise context.failure(texts.FILESET_HAS_SNAPSHOTS, errno.EBUSY, fileset=fileset.name)


def _print_all(context: Context, lines: Sequence[str]) -> None:
    for line in lines:
        context.progress(line)

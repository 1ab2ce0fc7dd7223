"""What makes a fileset: its name, the junction where it is linked, its inode space.

An unlinked fileset keeps its files on a shelf beside the mount point, and gets them back when it is linked.
Moving its folder and saving the state are two steps, so each move is noted before it is made; where the state
was not saved, `undo_moves` moves the folder back.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from arcapix.fs.gpfs.emulator import ownership
from arcapix.fs.gpfs.emulator.command import Context
from arcapix.fs.gpfs.emulator.creation import INODES_AT_ONCE
from arcapix.fs.gpfs.emulator.messages import storage as texts
from arcapix.fs.gpfs.emulator.model import Fileset, Filesystem, State
from arcapix.fs.gpfs.emulator.releases import Release
from arcapix.fs.gpfs.emulator.usage import Usage

RESERVED_INODES = 4038
"""Inodes that a new file system uses for itself, about as recorded (4041 in 3.5, 4108 in 6.0)."""
_BAD_NAME = re.compile(r"[\s/?$&*()`#|\[\]\\:]|^-")


def named(context: Context, filesystem: Filesystem, name: str) -> Fileset:
    """The fileset of this name.

    Raises:
        CommandFailed: There is none, status 22.
    """
    found = filesystem.filesets.get(name)
    if found is None:
        raise context.failure(texts.FILESET_UNKNOWN, errno.EINVAL, fileset=name)
    return found


def independent(context: Context, filesystem: Filesystem, name: str) -> Fileset:
    """The fileset of this name, which must own its inode space.

    Raises:
        CommandFailed: There is none, or it is a dependent one.
    """
    found = named(context, filesystem, name)
    if not found.independent:
        raise context.failure(texts.FILESET_IS_DEPENDENT, errno.EINVAL, fileset=name)
    return found


def check_name(context: Context, filesystem: Filesystem, name: str) -> None:
    """Refuse a name for a new fileset that is invalid or in use.

    Raises:
        CommandFailed: It is one of these.
    """
    if not 0 < len(name) <= 255 or _BAD_NAME.search(name) or name in ("new", ".", ".."):
        raise context.failure(texts.FILESET_BAD_NAME, errno.EINVAL, fileset=name)
    if name in filesystem.filesets:
        raise context.failure(texts.FILESET_EXISTS, errno.EEXIST, fileset=name)


def owner(filesystem: Filesystem, fileset: Fileset) -> Fileset:
    """The fileset that owns the inode space which this one uses."""
    for one in filesystem.filesets.values():
        if one.independent and one.inode_space == fileset.inode_space:
            return one
    return filesystem.filesets["root"]


# -- junctions


def is_linked(fileset: Fileset) -> bool:
    """Tell whether it has a junction; that of the root fileset is the mount point."""
    return fileset.parent is not None or fileset.id == 0


def shown_path(filesystem: Filesystem, fileset: Fileset) -> str:
    """The path as listings print it: ``--`` while it, or a fileset above it, is unlinked."""
    inside = _inside(Path(fileset.path or "/"), Path(filesystem.mount_point))
    return fileset.path if inside else "--"


def shelf(filesystem: Filesystem, fileset: Fileset) -> Path:
    """Where the files of an unlinked fileset are."""
    return Path(filesystem.shelf(fileset))


def set_up(filesystem: Filesystem, fileset: Fileset) -> None:
    """Give a new fileset its root folder, on the shelf; what an earlier file system left there is removed."""
    kept = shelf(filesystem, fileset)
    shutil.rmtree(kept, ignore_errors=True)
    ownership.make_folder(kept, 0o700)


def holding(filesystem: Filesystem, path: Path) -> Fileset:
    """The fileset that a path is in: that of the nearest junction above it."""
    for folder in (path, *path.parents):
        for one in filesystem.filesets.values():
            if one.path and Path(one.path) == folder:
                return one
    return filesystem.filesets["root"]


def linked_at(context: Context, filesystem: Filesystem, text: str) -> Fileset:
    """The fileset whose junction a value of -J names.

    Raises:
        CommandFailed: Nothing is linked there.
    """
    path = junction_path(context, filesystem, text)
    for one in filesystem.filesets.values():
        if one.path and Path(one.path) == path:
            return one
    raise context.failure(texts.NOT_A_JUNCTION, errno.EINVAL, path=text)


def junction_path(context: Context, filesystem: Filesystem, text: str) -> Path:
    """What -J means; relative to the working folder if that is inside, else to the mount point.

    Raises:
        CommandFailed: It is not below the mount point.
    """
    mount = Path(filesystem.mount_point)
    start = context.cwd if _inside(context.cwd.resolve(), mount.resolve()) else mount
    path = Path(os.path.normpath(start / text))
    if _inside(path, mount):
        return path
    real = path.parent.resolve() / path.name
    if _inside(real, mount.resolve()):
        return mount / real.relative_to(mount.resolve())
    raise context.failure(texts.JUNCTION_OUTSIDE, errno.EINVAL, path=text, filesystem=filesystem.name)


def link(context: Context, filesystem: Filesystem, fileset: Fileset, path: Path) -> None:
    """Put the files of an unlinked fileset at a path.

    Raises:
        CommandFailed: Something is there already, or there is no folder to put it in.
    """
    if os.path.lexists(path):
        raise context.failure(texts.JUNCTION_EXISTS, errno.EEXIST, path=path)
    if not path.parent.is_dir():
        raise context.failure(texts.JUNCTION_NO_PARENT, errno.ENOENT, path=path)
    fileset.parent = holding(filesystem, path.parent).id
    kept = shelf(filesystem, fileset)
    _move(filesystem, kept, path)
    _move_junctions(filesystem, kept, path)
    fileset.path = str(path)


def unlink(filesystem: Filesystem, fileset: Fileset) -> None:
    """Take a fileset, and the junctions inside it, out of the tree."""
    kept, path = shelf(filesystem, fileset), Path(fileset.path)
    if path.is_dir():
        _move(filesystem, path, kept)
    else:
        set_up(filesystem, fileset)
    fileset.path, fileset.parent = "", None
    _move_junctions(filesystem, path, kept)


def unlink_inside(filesystem: Filesystem, fileset: Fileset) -> None:
    """Unlink the filesets that are linked in this one, before it is deleted."""
    for one in filesystem.filesets.values():
        if one.parent == fileset.id:
            unlink(filesystem, one)


def discard(context: Context, filesystem: Filesystem, fileset: Fileset) -> None:
    """Delete the files of a fileset that is gone; outside of a change, as it can take long."""
    shutil.rmtree(shelf(filesystem, fileset), ignore_errors=True)
    with context.emulator.unchanged():
        _remove_empty(filesystem)


def _moves(filesystem: Filesystem) -> Path:
    """The file with the moves of a change in progress: a line with source and target for each."""
    return Path(filesystem.unlinked) / "moves"


def _move(filesystem: Filesystem, source: Path, target: Path) -> None:
    moves = _moves(filesystem)
    ownership.make_folder(moves.parent, 0o700)
    with open(moves, "a", encoding="utf-8", errors="surrogateescape", opener=ownership.closed) as file:
        file.write(f"{json.dumps([str(source), str(target)])}\n")
    source.rename(target)


def keep_moves(state: State) -> None:
    """The state that the moves of a change belong to is saved: they stay."""
    for filesystem in state.filesystems.values():
        _moves(filesystem).unlink(missing_ok=True)
        _remove_empty(filesystem)


def _remove_empty(filesystem: Filesystem) -> None:
    """Remove the folder of shelves when it is empty; never while a change makes a shelf."""
    with suppress(OSError):
        Path(filesystem.unlinked).rmdir()
        Path(filesystem.unlinked).parent.rmdir()


def undo_moves(state: State) -> None:
    """Put folders where the saved state says that they are, after a change that was not saved."""
    for filesystem in state.filesystems.values():
        _undo_moves(filesystem)
    keep_moves(state)


def _undo_moves(filesystem: Filesystem) -> None:
    try:
        lines = _moves(filesystem).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return
    there = {one.path or filesystem.shelf(one) for one in filesystem.filesets.values()}
    for line in reversed(lines):
        with suppress(ValueError):  # a last line that was written only in part: nothing was moved
            source, target = json.loads(line)
            if source in there and os.path.lexists(target) and not os.path.lexists(source):
                Path(target).rename(source)


def _move_junctions(filesystem: Filesystem, before: Path, after: Path) -> None:
    for one in filesystem.filesets.values():
        if one.path and Path(one.path) != before and _inside(Path(one.path), before):
            one.path = str(after / Path(one.path).relative_to(before))


def _inside(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents


# -- integrated archive mode

IAM_MODE = "filesetMode"
"""The attribute, named like its column of -Y, that holds the IAM mode."""
_IAM_MODES = ("off", "advisory", "noncompliant", "compliant", "compliant-plus")
"""From the loosest to the strictest [doc]."""


def iam_mode(fileset: Fileset) -> str:
    """Its IAM mode; "off" unless one was set."""
    return fileset.attributes.get(IAM_MODE, "off")


def read_iam_mode(text: str) -> str | None:
    """The mode that a text names, also by its first two letters; None if it names none that can be set."""
    short = {"ad": "advisory", "nc": "noncompliant", "co": "compliant", "cp": "compliant-plus"}
    mode = short.get(text.lower(), text.lower())
    return mode if mode in _IAM_MODES[1:] else None


def refuse_looser(context: Context, fileset: Fileset, mode: str) -> None:
    """Refuse to make an IAM mode less strict [doc].

    Raises:
        CommandFailed: It would be.
    """
    now = iam_mode(fileset)
    if _IAM_MODES.index(mode) < _IAM_MODES.index(now):
        raise context.failure(texts.IAM_MODE_LOOSER, errno.EINVAL, fileset=fileset.name, now=now, mode=mode)


# -- inode spaces


def first_inode(release: Release, inode_space: int) -> int:
    """The number with which an inode space begins, as recorded: multiples of 131072 (4.2) or 524288 (5.0)."""
    return inode_space * (524_288 if release >= (5,) else 131_072)


def rounded(inodes: int) -> int:
    """A number of inodes as GPFS stores it [inferred]: all recorded ones are multiples of 32."""
    return -(-inodes // INODES_AT_ONCE) * INODES_AT_ONCE


def inodes(filesystem: Filesystem, fileset: Fileset, usage: Usage) -> tuple[int, int, int]:
    """Limit, allocated and free inodes of the inode space that a fileset owns; zeros if it owns none."""
    if not fileset.independent:
        return 0, 0, 0
    used = RESERVED_INODES if fileset.id == 0 else 0
    for one in filesystem.filesets.values():
        if one.inode_space == fileset.inode_space and one.name in usage.filesets:
            used += usage.filesets[one.name].files
    allocated = max(fileset.alloc_inodes, min(rounded(used), fileset.max_inodes))
    return fileset.max_inodes, allocated, max(allocated - used, 0)


def read_inode_limit(context: Context, text: str) -> tuple[int, int]:
    """Read ``MAX[:PREALLOCATE]``, both rounded; 0 for what is not given.

    Raises:
        CommandFailed: These are not numbers, or there is more to preallocate than the limit allows.
    """
    match = re.fullmatch(r"(\d+)([kKmM]?)(?::(\d+)([kKmM]?))?", text)
    if match is None:
        raise context.failure(texts.BAD_NUMBER, errno.EINVAL, option="--inode-limit", value=text)
    factor = {"": 1, "k": 1 << 10, "m": 1 << 20}
    limit = int(match[1]) * factor[match[2].lower()]
    preallocated = int(match[3] or 0) * factor[(match[4] or "").lower()]
    if preallocated > limit:
        raise context.failure(texts.INODES_PREALLOCATED, errno.EINVAL)
    return rounded(limit), min(rounded(preallocated), rounded(limit))

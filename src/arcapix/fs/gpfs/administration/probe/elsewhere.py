"""What higher levels of the probe change outside GPFS's configuration, noted before so that it is taken back.

The notes are in the folder of the run: whoever finds the folder of a killed one knows what else there is.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ... import commands
from ...commands import node_table, process, remote
from ...exceptions import GPFSError
from .session import PREFIX, Session

__all__ = ["folders", "is_mounted", "note", "notes", "remove_folders", "undo"]

_NOTES = "notes"


def folders() -> Sequence[Path]:
    """Return the folders of the probe on this node: those of this user alone."""
    places = Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
    return [path for path in sorted(places) if _is_own(path)]


def _is_own(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def note(session: Session, *words: str) -> None:
    """Note what is about to be made, so that it is found even if this process is killed.

    Args:
        session: The run.
        *words: ``snapshot FILESYSTEM``, ``unmounted FILESYSTEM NODE`` or ``folder NODE``.
    """
    with open(session.folder() / _NOTES, "a", encoding="utf-8") as file:
        print(*words, file=file, flush=True)


def notes() -> dict[Path, list[list[str]]]:
    """Return what was noted, by the folder of the run; what was noted twice stands there once."""
    found = {}
    for folder in folders():
        path = folder / _NOTES
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        found[folder] = [line.split() for line in dict.fromkeys(lines)]
    return found


def undo(session: Session) -> None:
    """Mount again what was unmounted, and delete snapshots.

    Raises:
        GPFSError: Something could not be taken back.
    """
    for noted in notes().values():
        for kind, *words in noted:
            if kind == "unmounted":
                filesystem, name = words
                if not is_mounted(session, filesystem, name):
                    told = session.change("take back", "mmmount", filesystem, "-N", name)
                    if told.failed:
                        raise GPFSError(f"{filesystem} could not be mounted on {name} again: {told.shown()}")
            elif kind == "snapshot":
                for one in commands.mmlssnapshot(words[0]):
                    if one.name.startswith(PREFIX):
                        commands.mmdelsnapshot(words[0], one.name, one.fileset)


def is_mounted(session: Session, filesystem: str, name: str) -> bool:
    """Tell whether a node has a file system mounted; one that has left the cluster needs none."""
    node = node_table.find_node(session.cluster, name)
    return node is None or bool({*node.names()} & {*commands.mmlsmount(filesystem)})


def remove_folders(session: Session) -> None:
    """Remove the folders of the probe, here and where they were copied to.

    Raises:
        GPFSError: Another node could not be reached; the folder on this one, which names it, is kept.
    """
    for folder, noted in notes().items():
        for name in [words[0] for kind, *words in noted if kind == "folder"]:
            node = node_table.find_node(session.cluster, name)
            if node and node != session.here:
                words = ("rm", "-rf", str(folder))
                done = remote.run_on(session.cluster, node, words, timeout=process.LIST_LIMIT)
                if done.returncode:
                    raise GPFSError(f"{folder} could not be removed on {node.admin_name}: {done.stderr}")
        shutil.rmtree(folder, ignore_errors=True)

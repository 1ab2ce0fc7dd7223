"""Whether the locks in a shared folder exclude nodes from each other; it takes two nodes to tell."""

from __future__ import annotations

import os
from pathlib import Path

from ...administration.checks.finding import Finding
from ...administration.doctor import Told
from ...commands import NodeRecord
from ...driver.once_record import OnceRecord
from ...exceptions import GPFSError
from ..nodes import Nodes, first_line

_KEY = "doctor"
_HELD, _FREE = "held", "free"


def prove(cluster: Nodes, folder: Path) -> list[Told]:
    """Hold a lock in a folder, ask other nodes for it, let go, and ask again.

    Raises:
        GPFSError: There is no other node, or the folder cannot be used here.
    """
    others = [node for node in cluster.nodes if not cluster.is_local(node)]
    if not others:
        raise GPFSError("there is no other node to ask; the folder's locks can be proved from two nodes only")
    file = f".doctor-{os.uname().nodename}-{os.getpid()}"
    record = _record(folder, file)
    try:
        record.claim(_KEY)
        held = [_asked(cluster, node, folder, file) for node in others]
        record.release(_KEY)
        free = [_asked(cluster, node, folder, file) for node in others]
    finally:
        record.close()
        (folder / file).unlink(missing_ok=True)
    return [Told(node.daemon_name, _finding(*answers)) for node, *answers in zip(others, held, free)]


def state(folder: Path, file: str) -> str:
    """Return whether the lock that another node speaks of can be had on this one.

    Raises:
        GPFSError: The folder is another one here, or cannot be used.
    """
    if not (folder / file).exists():
        raise GPFSError(f"{folder} is another folder on this node: what the other node wrote is not there")
    record = _record(folder, file)
    try:
        return _FREE if record.claim(_KEY) else _HELD
    finally:
        record.close()


def _finding(held: str, free: str) -> Finding:
    if (held, free) == (_HELD, _FREE):
        return Finding("locks", "ok", "the lock of this node excludes it, and is free afterwards")
    if held == _FREE:
        text = "it can have the lock that this node holds, and Run(once=...) would run there, too"
        return Finding("locks", "problem", text, "choose a folder in a file system of this cluster")
    return Finding("locks", "problem", free if held == _HELD else held, "mount the same folder on all nodes")


def _record(folder: Path, file: str) -> OnceRecord:
    try:
        return OnceRecord(str(folder), file)
    except OSError as error:
        raise GPFSError(f"{folder} cannot be used for Run(once=...) on this node: {error}") from error


def _asked(cluster: Nodes, node: NodeRecord, folder: Path, file: str) -> str:
    try:
        done = cluster.ask(node, ["doctor", "--folder", str(folder), "--try", file])
    except GPFSError as error:
        return f"it cannot be asked: {first_line(str(error))}"
    return done.stdout.strip() if done.returncode == 0 else first_line(done.stderr)

"""Whether this node is the one that manages the cluster, or the file system that an event is about."""

from __future__ import annotations

import posix
import re
import select
import time

from . import process
from .decision import Firing, defined, variable

_SECONDS = 60
_KILL = 9
_CLUSTER = r"^\s*Cluster manager node:\s+(\S+)(?:\s+\((\S+)\))?"
_FILESYSTEM = r"^%s\s+\S+\s+\((\S+)\)\s*$"


def reason_to_skip(firing: Firing, which: str) -> str:
    """Return why an event is not for this node; nothing if it is, or if that cannot be told.

    Args:
        firing: The event.
        which: ``clusterManager``, which the event may tell itself, or ``filesystemManager``.
    """
    manager = defined("clusterManager", firing.values) if which == "clusterManager" else None
    if manager is None:
        try:
            manager = _asked(firing, which)
        except (OSError, ValueError) as error:
            firing.notes.append(f"only_on: mmlsmgr does not tell the {which}: {error}")
            return ""
    here = defined("myNode", firing.values) or firing.node
    return "" if _short(manager) == _short(here) else f"only_on: the {which} is {manager}"


def _asked(firing: Firing, which: str) -> str:
    """Return what ``mmlsmgr`` says.

    Raises:
        OSError, ValueError: It does not.
    """
    device = (defined("fsName", firing.values) or "").removeprefix("/dev/")
    if which != "clusterManager" and not device:
        raise ValueError("the event is about no file system")
    said = _printed_by_mmlsmgr(firing, "-c" if which == "clusterManager" else device)
    pattern = _CLUSTER if which == "clusterManager" else _FILESYSTEM % re.escape(device)
    found = re.search(pattern, said, re.MULTILINE | re.IGNORECASE)
    if found is None:
        raise ValueError(f"it says {said.strip()[:100]!r}")
    return str(found[found.lastindex or 1])


def _printed_by_mmlsmgr(firing: Firing, argument: str) -> str:
    """Run ``mmlsmgr``, and return what it prints.

    Raises:
        OSError: There is none, or it takes too long.
    """
    path = str(firing.configuration["path"])
    environment = {"PATH": path, **firing.configuration["set_environment"]}
    environment |= {name: variable(name) for name in firing.configuration["keep_environment"]}
    programs = [f"{folder}/mmlsmgr" for folder in path.split(":")]
    program = next((name for name in programs if posix.access(name, posix.X_OK)), programs[0])
    reading, writing = posix.pipe()
    streams = [
        (posix.POSIX_SPAWN_OPEN, 0, "/dev/null", posix.O_RDONLY, 0),
        (posix.POSIX_SPAWN_DUP2, writing, 1),
        (posix.POSIX_SPAWN_OPEN, 2, "/dev/null", posix.O_WRONLY, 0),
    ]
    try:
        child = posix.posix_spawn(program, [program, argument], environment, file_actions=streams)
        posix.close(writing)
        try:
            return _read_to_the_end(reading).decode(errors="replace")
        except TimeoutError:
            posix.kill(child, _KILL)
            raise
        finally:
            process.reap(child)
    finally:
        posix.close(reading)


def _read_to_the_end(descriptor: int) -> bytes:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + _SECONDS
    said = b""
    while poll.poll(max(0.0, 1000 * (deadline - time.monotonic()))):
        piece = posix.read(descriptor, 1 << 16)
        if not piece:
            return said
        said += piece
    raise TimeoutError(f"it does not answer for {_SECONDS} s")


def _short(node: str) -> str:
    return node.partition(".")[0]

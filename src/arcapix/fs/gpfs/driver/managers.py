"""Whether this node is the one that manages the cluster, or the file system that an event is about."""

from __future__ import annotations

import re

from .decision import Firing, defined, variable

_SECONDS = 60
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
    import subprocess

    device = (defined("fsName", firing.values) or "").removeprefix("/dev/")
    if which != "clusterManager" and not device:
        raise ValueError("the event is about no file system")
    argument = "-c" if which == "clusterManager" else device
    environment = {"PATH": str(firing.configuration["path"]), **firing.configuration["set_environment"]}
    environment |= {name: variable(name) for name in firing.configuration["keep_environment"]}
    try:
        done = subprocess.run(
            ["mmlsmgr", argument],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            env=environment,
            check=True,
            text=True,
        )
    except subprocess.SubprocessError as error:
        raise ValueError(str(error)) from error
    pattern = _CLUSTER if which == "clusterManager" else _FILESYSTEM % re.escape(device)
    found = re.search(pattern, done.stdout, re.MULTILINE | re.IGNORECASE)
    if found is None:
        raise ValueError(f"it says {done.stdout.strip()[:100]!r}")
    return str(found[found.lastindex or 1])


def _short(node: str) -> str:
    return node.partition(".")[0]

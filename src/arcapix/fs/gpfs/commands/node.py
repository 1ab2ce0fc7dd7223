"""The nodes: their states, names and release; starting, stopping, adding, deleting and changing them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..exceptions import GPFSExecuteException
from . import listing, process

__all__ = [
    "mmaddnode",
    "mmchlicense",
    "mmchnode",
    "mmdelnode",
    "mmdiag_version",
    "mmgetstate",
    "mmlsnode_local",
    "mmshutdown",
    "mmstartup",
    "release_in",
]

_PLAIN_STATE = re.compile(r"^\s*\d+\s+(\S+)\s+(?:\d+\*?\s+)*([A-Za-z]\w*)\b")
_BUILD = re.compile(r'GPFS build:\s*"?(\d+\.\d+\.\d+)')
_NODE_NAME = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)\s*$", re.MULTILINE)


def _nodes(nodes: Sequence[str]) -> tuple[str, ...]:
    return ("-N", ",".join(map(process.node_operand, nodes))) if nodes else ("-a",)


def mmgetstate(nodes: Sequence[str] = ()) -> dict[str, str]:
    """Return the state of the daemon on nodes, on all of them if none is named.

    Returns:
        Daemon name, long or short as the release prints it, and ``"active"``, ``"down"``, ``"arbitrating"``,
        ``"unknown"`` …
    """
    which = _nodes(nodes)
    answer = listing.rows_or_text("mmgetstate", *which, "-Y", plain=which)
    if isinstance(answer, str):
        rows = map(_PLAIN_STATE.match, answer.split("\n"))
        return {row[1]: row[2] for row in rows if row}
    return {
        name: row.get("state")
        for row in answer.rows
        if (name := row.get("daemonNodeName") or row.get("nodeName"))
    }


def mmlsnode_local() -> str:
    """Return the long name of the node that this process runs on."""
    answer = process.run("mmlsnode", "-N", "localhost", timeout=process.LIST_LIMIT)
    name = _NODE_NAME.search(answer.stdout)
    if not name:
        note = "its output holds no node name"
        raise GPFSExecuteException(answer.argv, answer.returncode, answer.stdout, answer.stderr, note=note)
    return name[1]


def mmstartup(nodes: Sequence[str] = ()) -> None:
    """Start GPFS on nodes, on all of them if none is named; one that runs already is no error."""
    process.run("mmstartup", *_nodes(nodes), timeout=process.START_STOP_LIMIT, changing=True)


def mmdiag_version() -> str | None:
    """Return the release of GPFS that this node runs, such as ``5.1.7``; None if it is not named."""
    return release_in(process.run("mmdiag", "--version", timeout=process.LIST_LIMIT).stdout)


def release_in(text: str) -> str | None:
    """Return the release that ``mmdiag --version`` has named, without what is behind its third number."""
    build = _BUILD.search(text)
    return build[1] if build else None


def mmshutdown(nodes: Sequence[str] = (), unmount_timeout: int | None = None) -> None:
    """Stop GPFS on nodes, on all of them if none is named.

    Args:
        nodes: Their names.
        unmount_timeout: Seconds to wait for file systems to be unmounted before this is forced.
    """
    patience = () if unmount_timeout is None else ("-t", str(unmount_timeout))
    process.run("mmshutdown", *patience, *_nodes(nodes), timeout=process.START_STOP_LIMIT, changing=True)


def _change(name: str, *arguments: str) -> process.Completed:
    return process.run(name, *arguments, timeout=process.CHANGE_LIMIT, changing=True)


def mmaddnode(descriptor: str) -> None:
    """Add a node to the cluster.

    Args:
        descriptor: ``NAME[:DESIGNATION[:ADMIN_NAME]]``, such as ``"n4:quorum-manager"``.
    """
    answer = _change("mmaddnode", "-N", process.node_operand(descriptor))
    # It says "successfully completed" even if it could not reach any node.
    if re.search(r"cannot be reached|could not be added", f"{answer.stdout}\n{answer.stderr}"):
        note = "the node was not added"
        raise GPFSExecuteException(answer.argv, answer.returncode, answer.stdout, answer.stderr, note=note)


def mmdelnode(node: str) -> None:
    """Remove a node from the cluster."""
    _change("mmdelnode", "-N", process.node_operand(node))


def mmchnode(node: str, *options: str) -> None:
    """Change a node with native options such as ``--quorum`` or ``--admin-interface=NAME``."""
    _change("mmchnode", *options, "-N", process.node_operand(node))


def mmchlicense(kind: str, node: str) -> None:
    """Designate a licence, accepting its terms.

    Args:
        kind: ``"server"``, ``"client"`` or ``"fpo"``.
        node: The node.
    """
    _change("mmchlicense", process.operand(kind), "--accept", "-N", process.node_operand(node))

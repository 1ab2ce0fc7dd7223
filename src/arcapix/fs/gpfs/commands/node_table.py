"""The cluster's own table of its nodes: which cluster a name refers to, and which node.

A node has a number, a daemon and an admin name, each long and short, and an IP address, and each command
prints a different one. Short names in two domains can be the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import commands
from ..exceptions import GPFSError, NotFound, WrongCluster

if TYPE_CHECKING:
    from .cluster import ClusterRecord, NodeRecord

__all__ = ["cluster_record", "find_among", "find_node", "full_name", "node_record"]


def cluster_record(asked: str | None) -> ClusterRecord:
    """Ask for the cluster that this node belongs to (``mmlscluster``).

    Args:
        asked: What the caller expects it to be: its id, its name, or the first label of its name; None: any.

    Raises:
        WrongCluster: It is a different one.
    """
    record = commands.mmlscluster()
    if asked is not None and asked not in (str(record.id), record.name, record.name.partition(".")[0]):
        raise WrongCluster(asked, record.name)
    return record


def find_node(cluster: ClusterRecord, name: str) -> NodeRecord | None:
    """Return the node of a cluster that a name in any form means, None if there is none.

    Raises:
        GPFSError: It is the short name of several nodes.
    """
    return find_among(cluster.nodes, name)


def find_among(nodes: Iterable[NodeRecord], name: str) -> NodeRecord | None:
    """Return the node among these that a name in any form means, None if there is none.

    Raises:
        GPFSError: It is the short name of several nodes.
    """
    # A full name is never ambiguous: it wins over a short one that happens to look the same.
    nodes = tuple(nodes)
    for node in nodes:
        if name in (node.daemon_name, node.admin_name, node.ip):
            return node
    matches = [node for node in nodes if name in node.names()]
    if len(matches) > 1:
        full = " or ".join(node.daemon_name for node in matches)
        raise GPFSError(f"{name!r} is the short name of several nodes; use {full}")
    return matches[0] if matches else None


def node_record(cluster: ClusterRecord, name: str) -> NodeRecord:
    """Return the node that a name in any form means.

    Raises:
        NotFound: There is none.
    """
    node = find_node(cluster, name)
    if node is None:
        raise NotFound("node", name, [node.daemon_name for node in cluster.nodes])
    return node


def full_name(cluster: ClusterRecord, printed: str) -> str:
    """Return the daemon node name of a node that a command printed in some form, as ``mmlsmgr`` does."""
    for form in printed.replace("(", " ").replace(")", " ").split():
        node = find_node(cluster, form)
        if node is not None:
            return node.daemon_name
    return printed

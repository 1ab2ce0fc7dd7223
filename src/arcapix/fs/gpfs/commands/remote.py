"""Runs a command on another node, through the remote shell that the cluster is configured with."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ..exceptions import GPFSError, GPFSNotInstalled
from . import process
from .cluster import ClusterRecord, NodeRecord

__all__ = ["run_on"]


def run_on(
    cluster: ClusterRecord, node: NodeRecord, words: Sequence[str], *, timeout: float
) -> process.Completed:
    """Run a command on a node to its end, whatever it answers.

    The shell there has a login's environment, not this one.

    Args:
        cluster: The cluster, whose remote shell is used.
        node: A node of it.
        words: The command line; its words arrive as they are.
        timeout: Seconds.

    Raises:
        BadIdentifier: The node's name is none: the remote shell would take it for something else. It is
            checked instead of put behind ``--``, which not every remote shell knows.
        GPFSError: The remote shell does not exist.
        GPFSExecuteException: It did not end in time.
    """
    command = (cluster.remote_shell, process.node_operand(node.admin_name), shlex.join(words))
    try:
        return process.execute(command, timeout=timeout)
    except GPFSNotInstalled as error:  # what a missing program is taken for
        raise GPFSError(f"the cluster's remote shell {cluster.remote_shell!r} cannot be started") from error

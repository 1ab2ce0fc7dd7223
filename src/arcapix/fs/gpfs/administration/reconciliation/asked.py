"""What GPFS says at one moment; each question is asked once, and only if somebody wants to know."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from ... import commands
from ...commands.node_names import LOCAL, NodeNames
from ...commands.node_table import find_among, find_node, full_name, node_record
from ...exceptions import GPFSError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...commands import ClusterRecord, ManagerRecord, NodeRecord

__all__ = ["DOWN", "UNDEFINED", "UP", "Asked"]

UP, DOWN = "active", "down"
"""The states of a daemon that say something; ``arbitrating`` and ``unknown`` do not."""

UNDEFINED = "UNDEFINED"
_FORMS = {"ip": "ip", "name": "daemon_name"}


class Asked:
    """The answers of GPFS on this node.

    Attributes:
        moment: When the first question was asked; seconds since 1970.
    """

    def __init__(self) -> None:
        self.moment = time.time()
        self._names = NodeNames()

    @cached_property
    def cluster(self) -> ClusterRecord:
        """The cluster and its nodes (``mmlscluster``)."""
        return commands.mmlscluster()

    @cached_property
    def here(self) -> NodeRecord:
        """This node (``mmlsnode``)."""
        return node_record(self.cluster, commands.mmlsnode_local())

    @cached_property
    def daemon(self) -> str:
        """The state of GPFS on this node (``mmgetstate``)."""
        return next(iter(commands.mmgetstate((self.here.admin_name,)).values()), "unknown")

    @cached_property
    def daemons(self) -> list[tuple[NodeRecord, str]]:
        """The state of GPFS on all nodes (``mmgetstate``)."""
        found = ((self.node(name), state) for name, state in commands.mmgetstate().items())
        return [(node, state) for node, state in found if node is not None]

    @cached_property
    def managers(self) -> ManagerRecord:
        """The managers (``mmlsmgr``)."""
        return commands.mmlsmgr()

    @cached_property
    def filesystems(self) -> dict[str, dict[str, str]]:
        """The file systems, with their attributes (``mmlsfs``)."""
        return commands.mmlsfs()

    def managed(self) -> list[str]:
        """Return the file systems that this node manages."""
        return [
            name
            for name, manager in self.managers.filesystems.items()
            if full_name(self.cluster, manager) == self.here.daemon_name
        ]

    def has_mounted(self, filesystem: str) -> bool:
        """Tell whether this node has a file system mounted (``mmlsmount``)."""
        return any(find_among([self.here], name) for name in commands.mmlsmount(filesystem))

    def node(self, name: str) -> NodeRecord | None:
        """Return the node that a name in any form means; None if there is none, or several."""
        try:
            return find_node(self.cluster, name)
        except GPFSError:
            return None

    def is_among(self, nodes: tuple[str, ...]) -> bool:
        """Tell whether this node is one of those that a callback is limited to, if it is limited."""
        return not nodes or self._names.include(nodes, LOCAL)

    def value(self, variable: str) -> str:
        """Return a variable that any event has, as far as it can be known: else ``UNDEFINED``."""
        name, _, form = variable.partition(".")
        if name == "clusterName":
            return self.cluster.name
        try:
            return self.shown(self._nodes(name), form) or UNDEFINED
        except GPFSError:
            return UNDEFINED

    def shown(self, nodes: Iterator[NodeRecord], form: str) -> str:
        """Return nodes as GPFS writes them; the form is ``ip``, ``shortName``, ``name``, or empty."""
        if form == "shortName":
            return ",".join(node.daemon_name.partition(".")[0] for node in nodes)
        return ",".join(getattr(node, _FORMS.get(form, "daemon_name")) for node in nodes)

    def _nodes(self, name: str) -> Iterator[NodeRecord]:
        """Return the nodes that a variable of any event names."""
        if name == "myNode":
            yield self.here
        elif name == "clusterManager":
            manager = self.node(full_name(self.cluster, self.managers.cluster_manager))
            yield from [manager] if manager else []
        elif name == "quorumNodes":
            yield from (node for node in self.cluster.nodes if node.quorum)
        elif name in ("upNodes", "downNodes"):
            yield from (node for node, state in self.daemons if (state == UP) == (name == "upNodes"))

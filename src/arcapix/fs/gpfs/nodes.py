"""``Nodes``: the nodes of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from . import commands
from .node import Node
from .objects.collection import ClusterCollection
from .objects.keywords import known_keywords
from .registration.nodetable import cluster_record, find_among

__all__ = ["Nodes"]


class Nodes(ClusterCollection[Node]):
    """The nodes by daemon node name; each question is one ``mmlscluster``.

    ``[]`` and ``in`` take any form of a node's name.

    Example:
        >>> from arcapix.fs.gpfs import Cluster
        >>> [node.id for node in Cluster().nodes.values()]
        [1, 2, 3]
    """

    _what: ClassVar[str] = "node"

    def _listing(self) -> dict[str, Node]:
        cluster = self._cluster._read() if self._cluster is not None else cluster_record(None)
        return {record.daemon_name: Node._listed(record) for record in cluster.nodes}

    def _find(self, listing: Mapping[str, Node], key: object) -> Node | None:
        if isinstance(key, Node):
            key = key.name
        if not isinstance(key, str):
            return super()._find(listing, key)
        record = find_among([node._configured() for node in listing.values()], key)
        return listing[record.daemon_name] if record is not None else None

    @property
    def localNode(self) -> Node:
        """The node that this program runs on (``mmlsnode -N localhost``)."""
        self._confirm_cluster()
        return Node(commands.mmlsnode_local())

    @property
    def nodesUp(self) -> list[Node]:
        """The nodes whose state is ``"active"`` now (``mmgetstate -a``); asked anew each time."""
        listing = self._listing()
        active = (name for name, state in commands.mmgetstate().items() if state == "active")
        found = (self._find(listing, name) for name in active)
        return [node for node in found if node is not None]

    @known_keywords()
    def new(
        self,
        name: str,
        quorum_candidate: bool = False,
        manager_candidate: bool = False,
        admin_name: str | None = None,
        license: str | None = None,
    ) -> Node:
        """Add a node to the cluster (``mmaddnode``, and ``mmchlicense`` if a license is given).

        Args:
            name: Its daemon node name.
            quorum_candidate: Whether it can take part in the quorum.
            manager_candidate: Whether it can be a manager.
            admin_name: The name for administration commands.
            license: ``"server"``, ``"client"`` or ``"fpo"``.

        Raises:
            AlreadyExists: The cluster has that node.
        """
        self._confirm_cluster()
        node = Node(name, quorum_candidate, manager_candidate, admin_name, license)
        node.create()
        return node

    @known_keywords()
    def destroy(self, name: str) -> None:
        """Remove a node from the cluster (``mmdelnode``); GPFS must be down there.

        Args:
            name: Any form of its name.

        Raises:
            NotFound: The cluster has no such node.
        """
        self._confirm_cluster()
        Node(name).delete()

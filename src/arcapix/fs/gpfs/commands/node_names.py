"""Compares the names of nodes: one node has a number, an address, two names and their short forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import commands
from ..exceptions import GPFSError
from .node_table import find_node

if TYPE_CHECKING:
    from .cluster import ClusterRecord

__all__ = ["LOCAL", "NodeNames"]

LOCAL = "localhost"
"""The name that stands for the node the program runs on."""


class NodeNames:
    """The names of the cluster's nodes, as they are while one question is being answered.

    GPFS lists ``mynode.localnet`` for ``mynode``. Names are compared through the node table of the cluster,
    which is kept here once it has been read: make one such object for each question, and drop it with the
    answer.
    """

    def __init__(self) -> None:
        self._cluster: ClusterRecord | None = None
        self._numbers: dict[str, int | None] = {}
        self._local = ""
        self._classes: dict[str, tuple[str, ...]] | None = None

    def real(self, name: str) -> str:
        """Return a name unchanged; for ``localhost``, this node's own (``mmlsnode -N localhost``)."""
        if name != LOCAL:
            return name
        if not self._local:
            self._local = commands.mmlsnode_local()
        return self._local

    def is_node(self, name: str) -> bool:
        """Tell whether a name given to ``-N`` is a single node's; if not, it is a class or gone."""
        return name == LOCAL or self._number(name) is not None

    def same(self, one: str, other: str) -> bool:
        """Tell whether two names mean the same node. Equal names do, without asking GPFS."""
        if one == other:
            return True
        number = self._number(self.real(one))
        return number is not None and number == self._number(self.real(other))

    def same_as_class(self, names: tuple[str, ...], nodeclass: str) -> bool:
        """Tell whether names are exactly the members of a node class (``mmlsnodeclass``)."""
        if self._classes is None:
            self._classes = {record.name: record.members for record in commands.mmlsnodeclass()}
        members = self._classes.get(nodeclass)
        if not members:
            return False
        return {self._number(name) or name for name in names} == {
            self._number(name) or name for name in members
        }

    def _number(self, name: str) -> int | None:
        """Return the number of the node with that name; None if it names no node, or two of them."""
        if name not in self._numbers:
            if self._cluster is None:
                self._cluster = commands.mmlscluster()
            try:
                node = find_node(self._cluster, name)
            except GPFSError:
                node = None
            self._numbers[name] = node.number if node else None
        return self._numbers[name]

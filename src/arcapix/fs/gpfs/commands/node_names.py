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
        self._classes: dict[str, tuple[str, ...]] = {}

    @property
    def has_asked(self) -> bool:
        """Whether GPFS was asked for something, which takes a while."""
        return self._cluster is not None or bool(self._local or self._classes)

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
        members = self._members(nodeclass)
        return bool(members) and members == self._nodes_of(names)

    def same_nodes(self, names: tuple[str, ...], others: tuple[str, ...]) -> bool:
        """Tell whether names, of nodes or of classes, mean the same nodes at present."""
        return self._nodes_of(names) == self._nodes_of(others)

    def include(self, names: tuple[str, ...], node: str) -> bool:
        """Tell whether a node is among these nodes and the members of these classes."""
        return self._number(self.real(node)) in self._nodes_of(tuple(map(self.real, names)))

    def is_class(self, name: str) -> bool:
        """Tell whether a name is that of a node class, and not also of a node (``mmlsnodeclass``)."""
        return not self.is_node(name) and name in self._every_class()

    def classes_within(self, names: tuple[str, ...]) -> list[str]:
        """Return the node classes that have members, all of them among these nodes (``mmlsnodeclass``)."""
        nodes = self._nodes_of(names)
        found = {name: self._members(name) for name in self._every_class()}
        return [name for name, members in found.items() if members and members <= nodes]

    def _nodes_of(self, names: tuple[str, ...]) -> set[int | str]:
        """Return the numbers of the nodes that names mean; a name that means nothing stands for itself."""
        found: set[int | str] = set()
        for name in names:
            found |= self._members(name) if self.is_class(name) else {self._number(name) or name}
        return found

    def _members(self, nodeclass: str) -> set[int | str]:
        """Return the numbers of the members of a class; those that are classes hold none themselves."""
        listed = self._every_class()
        single = (one for member in listed.get(nodeclass, ()) for one in listed.get(member, (member,)))
        return {self._number(one) or one for one in single}

    def _every_class(self) -> dict[str, tuple[str, ...]]:
        """Return the members of each class, GPFS's own among them."""
        if not self._classes:
            listed = {record.name: record.members for record in commands.mmlsnodeclass(system=True)}
            self._classes = {"all": tuple(node.daemon_name for node in self._table().nodes), **listed}
        return self._classes

    def _table(self) -> ClusterRecord:
        if self._cluster is None:
            self._cluster = commands.mmlscluster()
        return self._cluster

    def _number(self, name: str) -> int | None:
        """Return the number of the node with that name; None if it names no node, or two of them."""
        if name not in self._numbers:
            try:
                node = find_node(self._table(), name)
            except GPFSError:
                node = None
            self._numbers[name] = node.number if node else None
        return self._numbers[name]

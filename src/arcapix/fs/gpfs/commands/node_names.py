"""Compares the names of nodes: one node has a number, an address, two names and their short forms.

GPFS lists ``mynode.localnet`` for ``mynode``. Names are compared through the node table of the cluster, which
is read once per process, or after `forget`.
"""

from __future__ import annotations

from .. import commands
from ..exceptions import GPFSError
from . import ClusterRecord, process
from .node_table import find_node

__all__ = ["LOCAL", "forget", "is_node", "local", "real", "same", "same_as_class"]

LOCAL = "localhost"
"""The name that stands for the node the program runs on."""


class _Table:
    """What was read of one cluster."""

    def __init__(self) -> None:
        self.source = (process.runner(), process.directory())
        self.cluster: ClusterRecord | None = None
        self.numbers: dict[str, int | None] = {}
        self.local = ""
        self.classes: dict[str, tuple[str, ...]] | None = None

    def number(self, name: str) -> int | None:
        """Return the number of the node of that name; None for another thing, and for a name of two nodes."""
        if name not in self.numbers:
            if self.cluster is None:
                self.cluster = commands.mmlscluster()
            try:
                node = find_node(self.cluster, name)
            except GPFSError:
                node = None
            self.numbers[name] = node.number if node else None
        return self.numbers[name]


_table: _Table | None = None


def _current() -> _Table:
    global _table
    if _table is None or _table.source != (process.runner(), process.directory()):
        _table = _Table()
    return _table


def forget() -> None:
    """Read everything anew at the next comparison, since nodes or classes were added, changed or removed."""
    global _table
    _table = None


def local() -> str:
    """Return the name of the node that this runs on (``mmlsnode -N localhost``, once per process)."""
    table = _current()
    if not table.local:
        table.local = commands.mmlsnode_local()
    return table.local


def real(name: str) -> str:
    """Return a name as it is, or the real name of the local node for ``localhost``."""
    return local() if name == LOCAL else name


def is_node(name: str) -> bool:
    """Tell whether a name behind ``-N`` is that of one node; else it is a class, or nothing any more."""
    return name == LOCAL or _current().number(name) is not None


def same(one: str, other: str) -> bool:
    """Tell whether two names mean the same node. Equal names do, and GPFS is not asked about them."""
    if one == other:
        return True
    table = _current()
    number = table.number(real(one))
    return number is not None and number == table.number(real(other))


def same_as_class(names: tuple[str, ...], nodeclass: str) -> bool:
    """Tell whether names are exactly the members of a node class (``mmlsnodeclass``, once per process)."""
    table = _current()
    if table.classes is None:
        table.classes = {record.name: record.members for record in commands.mmlsnodeclass()}
    members = table.classes.get(nodeclass)
    if not members:
        return False
    return {table.number(name) or name for name in names} == {table.number(name) or name for name in members}

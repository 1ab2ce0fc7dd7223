"""``Nodeclasses``: the node classes of a cluster."""

from __future__ import annotations

from typing import ClassVar

from . import commands
from .nodeclass import Members, Nodeclass
from .objects.collection import ClusterCollection

__all__ = ["Nodeclasses"]


class Nodeclasses(ClusterCollection[Nodeclass]):
    """The node classes that users made, by name, read-only; each question is one ``mmlsnodeclass``.

    Example:
        >>> from arcapix.fs.gpfs import Cluster, Nodeclass
        >>> Nodeclass("gateways") in Cluster().nodeclasses
        False
    """

    _what: ClassVar[str] = "node class"

    def _listing(self) -> dict[str, Nodeclass]:
        self._confirm_cluster()
        records = {record.name: record for record in commands.mmlsnodeclass()}
        return {
            name: Nodeclass._listed(name, Members.of(record, records.keys()))
            for name, record in records.items()
        }

"""What a registration needs to know of an owner object: a kind, and the names that tell it from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .. import events

__all__ = ["CLASS_OF", "Owner"]

CLASS_OF: dict[str, str] = {
    "cluster": "Cluster",
    "node": "Node",
    "nodeclass": "Nodeclass",
    "filesystem": "Filesystem",
    "fileset": "Fileset",
    "pool": "Pool",
}
"""Kind of owner object -> the class that messages name; the three classes of filesets count as one here."""


class Owner:
    """An object of the cluster that callbacks can belong to.

    Attributes:
        kind: ``"cluster"``, ``"node"``, ``"nodeclass"``, ``"filesystem"``, ``"fileset"`` or ``"pool"``.
    """

    kind: ClassVar[events.OwnerKind]

    def _confirm(self) -> None:
        """Make sure that this object is of this node's cluster, before GPFS is asked for its callbacks."""

    @property
    def scope(self) -> tuple[str, ...]:
        """What the callbacks of this object are about: its kind, then the names that tell it from others."""
        raise NotImplementedError

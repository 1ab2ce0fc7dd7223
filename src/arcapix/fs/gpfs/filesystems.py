"""``Filesystems``: the file systems of a cluster."""

from __future__ import annotations

from typing import ClassVar

from . import commands
from .filesystem import Filesystem
from .objects.collection import ClusterCollection

__all__ = ["Filesystems"]


class Filesystems(ClusterCollection[Filesystem]):
    """The file systems by name, read-only; each question is one ``mmlsfs all``.

    Example:
        >>> from arcapix.fs.gpfs import Cluster
        >>> "mmfs1" in Cluster().filesystems
        True
    """

    _what: ClassVar[str] = "file system"

    def _listing(self) -> dict[str, Filesystem]:
        self._confirm_cluster()
        return {
            device: Filesystem._listed(device, attributes) for device, attributes in commands.mmlsfs().items()
        }

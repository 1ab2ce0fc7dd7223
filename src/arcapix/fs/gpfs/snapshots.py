"""``Snapshots``: the global snapshots of a file system, or those of one fileset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from .node import Node
from .objects.collection import Collection
from .objects.identity import device_name, valid_name
from .objects.keywords import known_keywords
from .snapshot import Snapshot, listed_snapshots

__all__ = ["Snapshots"]


class Snapshots(Collection[Snapshot]):
    """Snapshots by name; each question is one ``mmlssnapshot``.

    Args:
        filesystemName: The file system.
        filesetName: The fileset whose own snapshots these are; None: the global ones.

    Example:
        >>> from arcapix.fs.gpfs import Filesystem
        >>> snapshots = Filesystem("mmfs1").snapshots
        >>> snapshots.new("nightly").filesetName is None
        True
        >>> snapshots.destroy("nightly")
    """

    _what: ClassVar[str] = "snapshot"

    def __init__(self, filesystemName: str, filesetName: str | None = None) -> None:
        self._filesystem = device_name(filesystemName)
        self._fileset = None if filesetName is None else valid_name("fileset", filesetName)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem, *([] if self._fileset is None else [self._fileset]))

    def _listing(self) -> dict[str, Snapshot]:
        records = listed_snapshots(self._filesystem, self._fileset)
        return {name: Snapshot._listed(record) for name, record in records.items()}

    @known_keywords()
    def new(self, name: str) -> Snapshot:
        """Make a snapshot (``mmcrsnapshot``).

        Args:
            name: Any that GPFS takes, such as ``"@GMT-2026.01.31-23.59.59"``.

        Raises:
            AlreadyExists: There is one of that name.
            GPFSExecuteException: GPFS refused: a dependent fileset has no snapshots, for one.
        """
        snapshot = Snapshot(self._filesystem, name, self._fileset)
        snapshot.create()
        return snapshot

    @known_keywords()
    def destroy(
        self,
        name: str,
        qosClass: str | None = None,
        nodes: str | Node | Iterable[str | Node] | None = None,
    ) -> None:
        """Delete a snapshot (``mmdelsnapshot``).

        Args:
            name: The snapshot.
            qosClass: The class of service that the work counts for.
            nodes: The nodes, or node classes, that do the work.

        Raises:
            NotFound: There is none of that name here; it is a ValueError.
        """
        Snapshot(self._filesystem, name, self._fileset).delete(qosClass=qosClass, nodes=nodes)

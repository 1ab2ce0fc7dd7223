"""``Snapshot``: a read-only copy of a file system, or of one independent fileset, as it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from . import commands
from .commands import SnapshotRecord
from .exceptions import GPFSExecuteException, NotFound
from .node import Node
from .objects.collection import why_not_created, why_not_found
from .objects.identity import Configured, device_name, valid_name
from .objects.keywords import known_keywords

__all__ = ["Snapshot"]


def listed_snapshots(filesystem: str, fileset: str | None) -> dict[str, SnapshotRecord]:
    """List the snapshots of one fileset by name; None: the global ones (one ``mmlssnapshot``)."""
    records = commands.mmlssnapshot(filesystem)
    return {record.name: record for record in records if record.fileset == fileset}


class Snapshot(Configured[SnapshotRecord]):
    """A snapshot.

    Args:
        filesystemName: The file system.
        snapshot_name: Its name, any that GPFS takes.
        fileset_name: The fileset that it is of; None: it is global.

    Example:
        >>> from arcapix.fs.gpfs import Snapshot
        >>> snapshot = Snapshot("mmfs1", "before-upgrade")
        >>> snapshot.create()
        >>> snapshot.status
        'Valid'
    """

    @known_keywords()
    def __init__(self, filesystemName: str, snapshot_name: str, fileset_name: str | None = None) -> None:
        self._filesystem = device_name(filesystemName)
        self._name = valid_name("snapshot", snapshot_name)
        self._fileset = None if fileset_name is None else valid_name("fileset", fileset_name)

    @classmethod
    def _listed(cls, record: SnapshotRecord) -> Snapshot:
        return cls(record.filesystem, record.name, record.fileset)._knowing(record)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem, self._name, *([] if self._fileset is None else [self._fileset]))

    def _read(self) -> SnapshotRecord:
        records = listed_snapshots(self._filesystem, self._fileset)
        if self._name not in records:
            raise NotFound("snapshot", self._name, records)
        return records[self._name]

    @property
    def id(self) -> int:
        """Its number in the file system (``mmlssnapshot``).

        Raises:
            NotFound: There is no such snapshot.
        """
        return self._configured().id

    @property
    def name(self) -> str:
        """Its name, which is that of its directory."""
        return self._name

    @property
    def status(self) -> str:
        """``"Valid"``, ``"DeleteRequired"``, … (``mmlssnapshot``)."""
        return self._configured().status

    @property
    def created(self) -> datetime | None:
        """When it was made, local time (``mmlssnapshot``)."""
        return self._configured().created

    @property
    def filesystemName(self) -> str:
        """The file system."""
        return self._filesystem

    @property
    def filesetName(self) -> str | None:
        """The fileset that it is of; None: it is global."""
        return self._fileset

    def create(self) -> None:
        """Make the snapshot (``mmcrsnapshot``).

        Raises:
            AlreadyExists: There is one of that name.
            GPFSExecuteException: GPFS refused: a dependent fileset has no snapshots, for one.
        """
        try:
            commands.mmcrsnapshot(self._filesystem, self._name, self._fileset)
        except GPFSExecuteException as error:
            raise why_not_created("snapshot", self._name, self._siblings, error) from error
        self.refresh()

    @known_keywords()
    def delete(
        self, qosClass: str | None = None, nodes: str | Node | Iterable[str | Node] | None = None
    ) -> None:
        """Delete the snapshot (``mmdelsnapshot``).

        Args:
            qosClass: The class of service that the work counts for.
            nodes: The nodes, or node classes, that do the work.

        Raises:
            NotFound: There is no such snapshot.
        """
        listed = [nodes] if isinstance(nodes, (str, Node)) else list(nodes or ())
        workers = [node.name if isinstance(node, Node) else node for node in listed]
        try:
            commands.mmdelsnapshot(
                self._filesystem, self._name, self._fileset, qos_class=qosClass, nodes=workers or None
            )
        except GPFSExecuteException as error:
            raise why_not_found("snapshot", self._name, self._siblings, error) from error
        self.refresh()

    def _siblings(self) -> list[str]:
        return list(listed_snapshots(self._filesystem, self._fileset))

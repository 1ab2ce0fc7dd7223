"""``Snapshot``: a file system or an independent fileset as it was; ``Snapshots``: those of one of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from . import commands
from .commands.misuse import entry_points
from .exceptions import GPFSExecuteException, NotFound
from .model.collection import Collection
from .model.identity import Configured, device_name, valid_name
from .model.keywords import known_keywords
from .model.missing import why_not_created, why_not_found, why_not_listed
from .node import Node

if TYPE_CHECKING:
    from datetime import datetime

    from .commands import SnapshotRecord

__all__ = ["Snapshot", "Snapshots"]


def listed_snapshots(filesystem: str, fileset: str | None) -> dict[str, SnapshotRecord]:
    """List the snapshots of one fileset by name; None: the global ones (one ``mmlssnapshot``)."""
    records = commands.mmlssnapshot(filesystem)
    return {record.name: record for record in records if record.fileset == fileset}


@entry_points
class Snapshot(Configured["SnapshotRecord"]):
    """A snapshot.

    Args:
        filesystemName: The file system.
        snapshot_name: Its name, any that GPFS accepts.
        fileset_name: Its fileset; None: it is global.

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
        try:
            records = listed_snapshots(self._filesystem, self._fileset)
        except GPFSExecuteException as error:
            raise why_not_listed(self._filesystem, error) from None
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
        """Its fileset; None: it is global."""
        return self._fileset

    def create(self) -> None:
        """Make the snapshot (``mmcrsnapshot``).

        Raises:
            AlreadyExists: There is one with that name.
            GPFSExecuteException: GPFS refused, for instance because a dependent fileset cannot have
                snapshots.
        """
        try:
            commands.mmcrsnapshot(self._filesystem, self._name, self._fileset)
        except GPFSExecuteException as error:
            raise why_not_created("snapshot", self._name, self._siblings, error) from None
        self.refresh()

    @known_keywords()
    def delete(
        self, qosClass: str | None = None, nodes: str | Node | Iterable[str | Node] | None = None
    ) -> None:
        """Delete the snapshot (``mmdelsnapshot``).

        Args:
            qosClass: The class of service that the work counts towards.
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
            raise why_not_found("snapshot", self._name, self._siblings, error) from None
        self.refresh()

    def _siblings(self) -> list[str]:
        return list(listed_snapshots(self._filesystem, self._fileset))


@entry_points
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
            name: Any that GPFS accepts, such as ``"@GMT-2026.01.31-23.59.59"``.

        Raises:
            AlreadyExists: There is one with that name.
            GPFSExecuteException: GPFS refused, for instance because a dependent fileset cannot have
                snapshots.
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
            qosClass: The class of service that the work counts towards.
            nodes: The nodes, or node classes, that do the work.

        Raises:
            NotFound: There is none with that name here; it is a ValueError.
        """
        Snapshot(self._filesystem, name, self._fileset).delete(qosClass=qosClass, nodes=nodes)

"""``Filesystem``: a GPFS file system; ``Filesystems``: those of a cluster.

The classes of filesets may be imported from here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from . import commands
from .callbackable import callbackable
from .callbacks.on_events import FilesystemEvents
from .commands.misuse import entry_points
from .commands.node_table import cluster_record, full_name
from .commands.values import present
from .exceptions import GPFSExecuteException, NotFound
from .fileset import CacheFileset, DependentFileset, Fileset, Filesets, IndependentFileset
from .model.collection import ClusterCollection
from .model.identity import Configured, device_name
from .model.keywords import known_keywords
from .model.missing import why_not_found
from .pool import Pools
from .quota import Quotas
from .snapshot import Snapshots

__all__ = ["CacheFileset", "DependentFileset", "Fileset", "Filesystem", "Filesystems", "IndependentFileset"]


@entry_points
class Filesystem(callbackable, FilesystemEvents, Configured[Mapping[str, str]]):
    """A GPFS file system.

    Making the object asks GPFS nothing; a file system that does not exist is noticed at the first question.

    Args:
        deviceName: Its name; a leading ``/dev/`` is dropped.

    Example:
        >>> from arcapix.fs.gpfs import Filesystem
        >>> sorted(Filesystem("/dev/mmfs1").filesets)
        ['root']
    """

    kind = "filesystem"

    @known_keywords()
    def __init__(self, deviceName: str) -> None:
        self._name = device_name(deviceName)
        self._snapshot_directory: str | None = None

    @classmethod
    def _listed(cls, name: str, attributes: Mapping[str, str]) -> Filesystem:
        return cls(name)._knowing(attributes)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._name,)

    @property
    def scope(self) -> tuple[str, ...]:
        """What callbacks installed here are about: ``("filesystem", name)``."""
        return ("filesystem", self._name)

    def _read(self) -> Mapping[str, str]:
        try:
            listed = commands.mmlsfs(self._name)
        except GPFSExecuteException as error:
            raise why_not_found("file system", self._name, commands.mmlsfs, error) from None
        if self._name not in listed:
            raise NotFound("file system", self._name, listed)
        return listed[self._name]

    @property
    def id(self) -> str:
        """The same as ``name``."""
        return self._name

    @property
    def name(self) -> str:
        """The device name, without ``/dev/``."""
        return self._name

    @property
    def deviceName(self) -> str:
        """The same as ``name``."""
        return self._name

    @property
    def snapDir(self) -> str:
        """The name of the directory in which snapshots appear, by default ``.snapshots`` (``mmsnapdir``)."""
        if self._snapshot_directory is None:
            self._snapshot_directory = commands.mmsnapdir(self._name)
        return self._snapshot_directory

    @property
    def mountPoint(self) -> str | None:
        """The path at which nodes mount it by default, None if there is none (``mmlsfs -T``).

        Raises:
            NotFound: There is no such file system.
        """
        return present(self._configured().get("defaultMountPoint", ""))

    @property
    def mountedOn(self) -> list[str]:
        """The names of the nodes that have it mounted now (``mmlsmount``); asked each time."""
        return list(commands.mmlsmount(self._name))

    @property
    def manager(self) -> str | None:
        """The full name of the node that manages it now (``mmlsmgr``), or None; asked each time."""
        printed = commands.mmlsmgr().filesystems.get(self._name)
        return None if printed is None else full_name(cluster_record(None), printed)

    @property
    def filesets(self) -> Filesets:
        """Its filesets by name."""
        return Filesets(self._name)

    @property
    def pools(self) -> Pools:
        """Its storage pools by name."""
        return Pools(self._name)

    @property
    def snapshots(self) -> Snapshots:
        """Its global snapshots by name; those of single filesets are ``Fileset.snapshots``."""
        return Snapshots(self._name)

    @property
    def quotas(self) -> Quotas:
        """Its quotas: ``.fileset``, ``.user`` and ``.group``."""
        return Quotas(self._name)

    def refresh(self) -> None:
        """Forget the configuration that was read; the next question asks GPFS again."""
        super().refresh()
        self._snapshot_directory = None


@entry_points
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

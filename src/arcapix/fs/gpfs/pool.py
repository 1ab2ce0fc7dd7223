"""``Pool``: a storage pool; ``Pools``: those of a file system."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, ClassVar

from . import commands
from .callbackable import callbackable
from .callbacks.on_events import PoolEvents
from .commands.misuse import entry_points
from .exceptions import GPFSExecuteException, NotFound
from .model.collection import Collection
from .model.identity import Configured, device_name, valid_name
from .model.keywords import known_keywords
from .model.missing import why_not_listed

if TYPE_CHECKING:
    from .commands import PoolRecord

__all__ = ["Pool", "Pools"]


@entry_points
class Pool(callbackable, PoolEvents, Configured["PoolRecord"]):
    """A storage pool.

    Args:
        poolname: Its name.
        deviceName: The file system that it belongs to.

    Example:
        >>> from arcapix.fs.gpfs import Filesystem
        >>> Filesystem("mmfs1").pools["system"].metadata
        True
    """

    kind = "pool"

    @known_keywords()
    def __init__(self, poolname: str, deviceName: str) -> None:
        self._name = valid_name("pool", poolname)
        self._filesystem = device_name(deviceName)

    @classmethod
    def _listed(cls, record: PoolRecord) -> Pool:
        return cls(record.name, record.filesystem)._knowing(record)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._name, self._filesystem)

    def __repr__(self) -> str:
        return f"<Pool {self._filesystem}:{self._name}>"

    @property
    def scope(self) -> tuple[str, ...]:
        """What callbacks installed here are about: ``("pool", file system, name)``."""
        return ("pool", self._filesystem, self._name)

    def _read(self) -> PoolRecord:
        try:
            records = {record.name: record for record in commands.mmlspool(self._filesystem)}
        except GPFSExecuteException as error:
            raise why_not_listed(self._filesystem, error, "pool", self._name) from None
        if self._name not in records:
            raise NotFound("pool", self._name, records)
        return records[self._name]

    @property
    def id(self) -> int:
        """The pool's number in its file system (``mmlspool``).

        Raises:
            NotFound: There is no such pool.
        """
        return self._configured().id

    @property
    def name(self) -> str:
        """The pool's name."""
        return self._name

    @property
    def filesystemName(self) -> str:
        """The file system that it belongs to."""
        return self._filesystem

    @property
    def deviceName(self) -> str:
        """The old name of ``filesystemName``; using it gives a DeprecationWarning."""
        warnings.warn(
            "Pool.deviceName is deprecated; use Pool.filesystemName", DeprecationWarning, stacklevel=3
        )
        return self._filesystem

    @property
    def data(self) -> bool:
        """Whether it holds data (``mmlspool``)."""
        return self._configured().data

    @property
    def metadata(self) -> bool:
        """Whether it holds metadata (``mmlspool``)."""
        return self._configured().metadata


@entry_points
class Pools(Collection[Pool]):
    """The storage pools of a file system by name, read-only; each question is one ``mmlspool``.

    Args:
        deviceName: The file system.

    Example:
        >>> from arcapix.fs.gpfs import Filesystem
        >>> list(Filesystem("mmfs1").pools)
        ['system']
    """

    _what: ClassVar[str] = "pool"

    def __init__(self, deviceName: str) -> None:
        self._filesystem = device_name(deviceName)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem,)

    def _listing(self) -> dict[str, Pool]:
        return {record.name: Pool._listed(record) for record in commands.mmlspool(self._filesystem)}

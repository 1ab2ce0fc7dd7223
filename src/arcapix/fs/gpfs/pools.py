"""``Pools``: the storage pools of a file system."""

from __future__ import annotations

from typing import ClassVar

from . import commands
from .objects.collection import Collection
from .objects.identity import device_name
from .pool import Pool

__all__ = ["Pools"]


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

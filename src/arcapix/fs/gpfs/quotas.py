"""``Quotas``: the quotas of a file system, or those of one fileset."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeVar

from . import commands
from .objects.collection import Collection
from .objects.identity import ByName, device_name, valid_name
from .objects.keywords import known_keywords
from .objects.limits import BlockLimit, Count
from .quota import FilesetQuota, GroupQuota, UserQuota, counts_in, has_limits

__all__ = ["Quotas"]

Owned = TypeVar("Owned", UserQuota, GroupQuota)


class FilesetQuotas(Collection[FilesetQuota]):
    """The fileset quotas of a file system, by the fileset's name; each question is one ``mmrepquota -j``."""

    _what: ClassVar[str] = "fileset quota"

    def __init__(self, filesystemName: str) -> None:
        self._filesystem = device_name(filesystemName)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem,)

    def _listing(self) -> dict[str, FilesetQuota]:
        records = commands.mmrepquota(self._filesystem, "j")
        return {record.name: FilesetQuota(self._filesystem, record.name) for record in records}


class OwnFilesetQuota(FilesetQuotas):
    """The fileset quota of one fileset; one ``mmlsquota -j`` tells whether it is there."""

    def __init__(self, filesystemName: str, filesetName: str) -> None:
        super().__init__(filesystemName)
        self._fileset = valid_name("fileset", filesetName)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem, self._fileset)

    def _listing(self) -> dict[str, FilesetQuota]:
        there = has_limits(commands.mmlsquota_fileset(self._filesystem, self._fileset))
        return {self._fileset: FilesetQuota(self._filesystem, self._fileset)} if there else {}

    @known_keywords()
    def new(
        self,
        *,
        filesSoftLimit: Count | None = None,
        filesHardLimit: Count | None = None,
        blockSoftLimit: BlockLimit | None = None,
        blockHardLimit: BlockLimit | None = None,
    ) -> FilesetQuota:
        """Set the quota, or overwrite it; a limit that is not given stays (``mmsetquota``).

        Args:
            filesSoftLimit: Files; 0: no limit.
            filesHardLimit: Files; 0: no limit.
            blockSoftLimit: Bytes, or text such as ``"10G"``; rounded up to KiB; 0: no limit.
            blockHardLimit: The same.

        Raises:
            ValueError: A soft limit would be above its hard limit.
            GPFSExecuteException: GPFS refused.
        """
        quota = FilesetQuota(self._filesystem, self._fileset)
        quota.change(
            filesSoftLimit=filesSoftLimit,
            filesHardLimit=filesHardLimit,
            blockSoftLimit=blockSoftLimit,
            blockHardLimit=blockHardLimit,
        )
        return quota


class _OwnedQuotas(Collection[Owned]):
    """The quotas of users or groups, by name; each question is one ``mmrepquota``."""

    _member: type[Owned]
    _kind: ClassVar[Literal["u", "g"]]

    def __init__(self, filesystemName: str, filesetName: str | None = None) -> None:
        self._filesystem = device_name(filesystemName)
        self._fileset = filesetName

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem, *([] if self._fileset is None else [self._fileset]))

    def _listing(self) -> dict[str, Owned]:
        return {
            record.name: self._member(self._filesystem, record.name, self._fileset)
            for record in commands.mmrepquota(self._filesystem, self._kind)
            if counts_in(record, self._fileset)
        }


class UserQuotas(_OwnedQuotas[UserQuota]):
    """The quotas of users, by name; each question is one ``mmrepquota -u``."""

    _what: ClassVar[str] = "user quota"
    _member = UserQuota
    _kind = "u"


class GroupQuotas(_OwnedQuotas[GroupQuota]):
    """The quotas of groups, by name; each question is one ``mmrepquota -g``."""

    _what: ClassVar[str] = "group quota"
    _member = GroupQuota
    _kind = "g"


class Quotas(ByName):
    """The quotas of a file system.

    Args:
        filesystemName: The file system.

    Example:
        >>> from arcapix.fs.gpfs import Filesystem
        >>> "nobody-of-that-name" in Filesystem("mmfs1").quotas.user
        False
    """

    def __init__(self, filesystemName: str) -> None:
        self._filesystem = device_name(filesystemName)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem,)

    @property
    def fileset(self) -> FilesetQuotas:
        """Fileset quotas by the fileset's name."""
        return FilesetQuotas(self._filesystem)

    @property
    def user(self) -> UserQuotas:
        """User quotas by the user's name."""
        return UserQuotas(self._filesystem)

    @property
    def group(self) -> GroupQuotas:
        """Group quotas by the group's name."""
        return GroupQuotas(self._filesystem)


class QuotasOfFileset(Quotas):
    """The quotas of one fileset; true exactly while it has a fileset quota.

    Args:
        filesystemName: The file system.
        filesetName: The fileset.
    """

    def __init__(self, filesystemName: str, filesetName: str) -> None:
        super().__init__(filesystemName)
        self._fileset = valid_name("fileset", filesetName)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem, self._fileset)

    def __bool__(self) -> bool:
        """Whether any soft or hard limit of the fileset is above zero now (one ``mmlsquota -j``)."""
        return has_limits(commands.mmlsquota_fileset(self._filesystem, self._fileset))

    @property
    def fileset(self) -> OwnFilesetQuota:
        """The fileset's own quota; ``.new(...)`` sets it."""
        return OwnFilesetQuota(self._filesystem, self._fileset)

    @property
    def user(self) -> UserQuotas:
        """User quotas that count in this fileset."""
        return UserQuotas(self._filesystem, self._fileset)

    @property
    def group(self) -> GroupQuotas:
        """Group quotas that count in this fileset."""
        return GroupQuotas(self._filesystem, self._fileset)

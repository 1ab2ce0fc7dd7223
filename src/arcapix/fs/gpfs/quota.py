"""The quotas of filesets, users and groups, and ``Quotas``, those of a file system or a fileset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from . import commands
from .commands.misuse import entry_points
from .exceptions import NotFound
from .model.collection import Collection
from .model.identity import ByName, device_name, valid_name
from .model.keywords import known_keywords
from .model.limits import BlockLimit, Count, QuotaLimits

if TYPE_CHECKING:
    from .commands import QuotaRecord

__all__ = ["FilesetQuota", "GroupQuota", "Quotas", "UserQuota"]


def has_limits(record: QuotaRecord | None) -> bool:
    """Tell whether any limit is set: GPFS reports usage without limits as well."""
    return record is not None and any(
        (record.block_soft, record.block_hard, record.files_soft, record.files_hard)
    )


@entry_points
class Quota(ByName):
    """What the three kinds of quota share. GPFS is asked for a figure each time it is read."""

    # What it is called in error texts.
    _what: ClassVar[str]
    _filesystem: str
    _name: str

    def _current(self) -> QuotaRecord | None:
        """Ask GPFS for the figures; None if it has none."""
        raise NotImplementedError

    @property
    def _target(self) -> str | Sequence[str]:
        """What mmsetquota calls it."""
        raise NotImplementedError

    def _figures(self) -> QuotaRecord:
        record = self._current()
        if record is None:
            raise NotFound(self._what, self._name)
        return record

    @property
    def id(self) -> int:
        """The number of the user, group or fileset.

        Raises:
            NotFound: GPFS keeps no figures for it.
        """
        return self._figures().id

    @property
    def name(self) -> str:
        """The name of the user, group or fileset."""
        return self._name

    @property
    def filesystemName(self) -> str:
        """The file system."""
        return self._filesystem

    @property
    def blockUsage(self) -> int:
        """Bytes used."""
        return self._figures().block_usage

    @property
    def blockSoftLimit(self) -> int:
        """Bytes; 0: no limit."""
        return self._figures().block_soft

    @property
    def blockHardLimit(self) -> int:
        """Bytes; 0: no limit."""
        return self._figures().block_hard

    @property
    def blockInDoubt(self) -> int:
        """Bytes granted to nodes, which may be used or not."""
        return self._figures().block_in_doubt

    @property
    def blockGrace(self) -> str | None:
        """How long the soft limit may stay exceeded, in GPFS's words; None while it is not exceeded."""
        return self._figures().block_grace

    @property
    def filesUsage(self) -> int:
        """The number of files."""
        return self._figures().files_usage

    @property
    def filesSoftLimit(self) -> int:
        """Files; 0: no limit."""
        return self._figures().files_soft

    @property
    def filesHardLimit(self) -> int:
        """Files; 0: no limit."""
        return self._figures().files_hard

    @property
    def filesInDoubt(self) -> int:
        """Files granted to nodes, which may exist or not."""
        return self._figures().files_in_doubt

    @property
    def filesGrace(self) -> str | None:
        """How long the soft limit may stay exceeded, in GPFS's words; None while it is not exceeded."""
        return self._figures().files_grace

    @known_keywords()
    def change(
        self,
        *,
        filesSoftLimit: Count | None = None,
        filesHardLimit: Count | None = None,
        blockSoftLimit: BlockLimit | None = None,
        blockHardLimit: BlockLimit | None = None,
    ) -> None:
        """Set limits, even if there was no quota yet; a limit that is not given stays (``mmsetquota``).

        Args:
            filesSoftLimit: Files; 0: no limit.
            filesHardLimit: Files; 0: no limit.
            blockSoftLimit: Bytes, or text such as ``"10G"``; rounded up to KiB; 0: no limit.
            blockHardLimit: The same.

        Raises:
            ValueError: A soft limit would be above its hard limit.
            GPFSExecuteException: GPFS refused.
        """
        limits = QuotaLimits.checked(
            filesSoftLimit=filesSoftLimit,
            filesHardLimit=filesHardLimit,
            blockSoftLimit=blockSoftLimit,
            blockHardLimit=blockHardLimit,
        )
        if limits.given:
            limits.completed(self._current).set(self._target)

    def delete(self) -> None:
        """Remove all limits (``mmsetquota`` with 0).

        Raises:
            GPFSExecuteException: GPFS refused.
        """
        QuotaLimits(0, 0, 0, 0).set(self._target)


@entry_points
class FilesetQuota(Quota):
    """The quota of a fileset (``mmlsquota -j``, ``mmsetquota``).

    Args:
        filesystemName: The file system.
        filesetName: The fileset.

    Example:
        >>> from arcapix.fs.gpfs import Filesystem
        >>> quota = Filesystem("mmfs1").filesets["root"].quotas.fileset.new(filesSoftLimit=900)
        >>> quota.filesSoftLimit
        900
    """

    _what = "fileset quota"

    def __init__(self, filesystemName: str, filesetName: str) -> None:
        self._filesystem = device_name(filesystemName)
        self._name = valid_name("fileset", filesetName)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem, self._name)

    def _current(self) -> QuotaRecord | None:
        return commands.mmlsquota_fileset(self._filesystem, self._name)

    @property
    def _target(self) -> str:
        return f"{self._filesystem}:{self._name}"


@entry_points
class _OwnedQuota(Quota):
    """The quota of a user or group, in a whole file system or in one fileset."""

    _kind: ClassVar[Literal["u", "g"]]
    _option: ClassVar[str]

    def __init__(self, filesystemName: str, name: str, filesetName: str | None = None) -> None:
        self._filesystem = device_name(filesystemName)
        self._name = valid_name(self._what, name)
        self._fileset = filesetName

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem, self._name, *([] if self._fileset is None else [self._fileset]))

    @property
    def filesetName(self) -> str | None:
        """The fileset that it applies to; None: the whole file system."""
        return self._fileset

    def _current(self) -> QuotaRecord | None:
        for record in commands.mmrepquota(self._filesystem, self._kind):
            if record.name == self._name and counts_in(record, self._fileset):
                return record
        return None

    @property
    def _target(self) -> Sequence[str]:
        where = self._filesystem if self._fileset is None else f"{self._filesystem}:{self._fileset}"
        return (where, self._option, self._name)


def counts_in(record: QuotaRecord, fileset: str | None) -> bool:
    """Tell whether a user's or group's figures are those of a fileset; None: of the whole file system.

    If users have no quotas per fileset, GPFS reports no fileset, or root.
    """
    return record.fileset in (None, "root") if fileset is None else record.fileset == fileset


@entry_points
class UserQuota(_OwnedQuota):
    """The quota of a user (``mmrepquota -u``, ``mmsetquota --user``).

    Args:
        filesystemName: The file system.
        name: The user's name, or number.
        filesetName: The fileset that it applies to; None: the whole file system.
    """

    _what = "user quota"
    _kind = "u"
    _option = "--user"


@entry_points
class GroupQuota(_OwnedQuota):
    """The quota of a group (``mmrepquota -g``, ``mmsetquota --group``).

    Args:
        filesystemName: The file system.
        name: The group's name, or number.
        filesetName: The fileset that it applies to; None: the whole file system.
    """

    _what = "group quota"
    _kind = "g"
    _option = "--group"


Owned = TypeVar("Owned", UserQuota, GroupQuota)


@entry_points
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


@entry_points
class OwnFilesetQuota(FilesetQuotas):
    """The fileset quota of one fileset; one ``mmlsquota -j`` tells whether it exists."""

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


@entry_points
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


@entry_points
class UserQuotas(_OwnedQuotas[UserQuota]):
    """The quotas of users, by name; each question is one ``mmrepquota -u``."""

    _what: ClassVar[str] = "user quota"
    _member = UserQuota
    _kind = "u"


@entry_points
class GroupQuotas(_OwnedQuotas[GroupQuota]):
    """The quotas of groups, by name; each question is one ``mmrepquota -g``."""

    _what: ClassVar[str] = "group quota"
    _member = GroupQuota
    _kind = "g"


@entry_points
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


@entry_points
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
        """User quotas that apply to this fileset."""
        return UserQuotas(self._filesystem, self._fileset)

    @property
    def group(self) -> GroupQuotas:
        """Group quotas that apply to this fileset."""
        return GroupQuotas(self._filesystem, self._fileset)

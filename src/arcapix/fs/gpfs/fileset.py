"""``Fileset`` and its kinds, independent, dependent and cache; ``Filesets``: those of a file system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar, TypeVar

from . import commands
from .callbackable import callbackable
from .callbacks.on_events import FilesetEvents
from .commands.misuse import entry_points
from .exceptions import GPFSExecuteException, NotFound
from .model.collection import Collection
from .model.fileset_options import Parameter, afm_options, afm_target, change_options, inode_limit
from .model.identity import Configured, device_name, valid_name
from .model.keywords import known_keywords
from .model.limits import BlockLimit, Count, QuotaLimits, count
from .model.missing import why_not_created, why_not_found
from .model.steps import Step, take
from .quota import FilesetQuota, QuotasOfFileset
from .snapshot import Snapshots

if TYPE_CHECKING:
    from datetime import datetime

    from .commands import FilesetRecord

__all__ = ["CacheFileset", "DependentFileset", "Fileset", "Filesets", "IndependentFileset"]


@entry_points
class Fileset(callbackable, FilesetEvents, Configured["FilesetRecord"]):
    """A fileset that exists, of whatever kind; ``Filesystem.filesets[name]`` gives the class that fits.

    Making the object asks GPFS nothing.

    Args:
        filesystemName: The file system.
        name: Its name, unique there.

    Example:
        >>> from arcapix.fs.gpfs import Fileset
        >>> Fileset("mmfs1", "root").status
        'Linked'
    """

    kind = "fileset"
    # The published module, which is named by tokens and pickles that outlive a release.
    __module__ = "arcapix.fs.gpfs.fileset"

    @known_keywords()
    def __init__(self, filesystemName: str, name: str) -> None:
        self._filesystem = device_name(filesystemName)
        self._name = valid_name("fileset", name)

    @classmethod
    def _listed(cls, record: FilesetRecord) -> Fileset:
        return cls(record.filesystem, record.name)._knowing(record)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem, self._name)

    @property
    def scope(self) -> tuple[str, ...]:
        """What callbacks installed here are about: ``("fileset", file system, name)``."""
        return ("fileset", self._filesystem, self._name)

    def _read(self) -> FilesetRecord:
        try:
            records = commands.mmlsfileset(self._filesystem, self._name)
        except GPFSExecuteException as error:
            missing = why_not_found("fileset", self._name, self._siblings, error, self._filesystem)
            raise missing from None
        for record in records:
            if record.name == self._name:
                return record
        raise NotFound("fileset", self._name, self._siblings())

    def _siblings(self) -> list[str]:
        return [record.name for record in commands.mmlsfileset(self._filesystem)]

    @property
    def id(self) -> int:
        """Its number in the file system (``mmlsfileset -L``).

        Raises:
            NotFound: There is no such fileset.
        """
        return self._configured().id

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def filesystemName(self) -> str:
        """The file system."""
        return self._filesystem

    @property
    def comment(self) -> str:
        """The comment that it was given (``mmlsfileset -L``)."""
        return self._configured().comment

    @property
    def status(self) -> str:
        """``"Linked"``, ``"Unlinked"`` or ``"Deleted"`` (``mmlsfileset``)."""
        return self._configured().status

    @property
    def path(self) -> str | None:
        """Where it is linked; None: not linked (``mmlsfileset``)."""
        return self._configured().path

    @property
    def inodeSpace(self) -> int:
        """The number of the inode space that it uses (``mmlsfileset -L``)."""
        return self._configured().inode_space

    @property
    def created(self) -> datetime | None:
        """When it was made, local time (``mmlsfileset -L``)."""
        return self._configured().created

    @property
    def maxInodes(self) -> int:
        """The limit of its inodes; 0 on a dependent fileset (``mmlsfileset -L``)."""
        return self._configured().max_inodes

    @property
    def allocInodes(self) -> int:
        """The inodes allocated now; 0 on a dependent fileset; asked each time (``mmlsfileset -L``)."""
        return self._read_anew().alloc_inodes

    @property
    def snapshots(self) -> Snapshots:
        """Its own snapshots by name, not those of the whole file system."""
        return Snapshots(self._filesystem, self._name)

    @property
    def quotas(self) -> QuotasOfFileset:
        """Its quotas, which are true while it has a fileset quota; ``.fileset.new(...)`` sets one."""
        return QuotasOfFileset(self._filesystem, self._name)

    def _creation_options(self) -> list[str]:
        raise TypeError(
            "a Fileset stands for one that exists; "
            "create an IndependentFileset, a DependentFileset or a CacheFileset"
        )

    def create(self) -> None:
        """Make the fileset (``mmcrfileset``); it is not linked.

        Raises:
            TypeError: It is a plain ``Fileset``, which has no kind.
            AlreadyExists: There is one with that name.
            GPFSExecuteException: GPFS refused.
        """
        options = self._creation_options()
        try:
            commands.mmcrfileset(self._filesystem, self._name, *options)
        except GPFSExecuteException as error:
            raise why_not_created("fileset", self._name, self._siblings, error) from None
        self.refresh()

    @known_keywords()
    def link(self, path: str | os.PathLike[str]) -> None:
        """Link it at a path (``mmlinkfileset -J``).

        Args:
            path: It is handed over as it is, even if it is relative.

        Raises:
            GPFSExecuteException: GPFS refused.
        """
        commands.mmlinkfileset(self._filesystem, self._name, os.fspath(path))
        self.refresh()

    @known_keywords()
    def unlink(self, force: bool = False) -> None:
        """Take it out of the directory tree, but keep its files (``mmunlinkfileset``).

        Args:
            force: Even while files in it are open.

        Raises:
            GPFSExecuteException: GPFS refused.
        """
        commands.mmunlinkfileset(self._filesystem, self._name, force)
        self.refresh()

    @known_keywords()
    def delete(self, force: bool = False) -> None:
        """Delete it (``mmdelfileset``).

        Args:
            force: Even if it is linked or holds files, WHICH ARE LOST.

        Raises:
            NotFound: There is no such fileset.
            GPFSExecuteException: GPFS refused.
        """
        try:
            commands.mmdelfileset(self._filesystem, self._name, force)
        except GPFSExecuteException as error:
            raise why_not_found("fileset", self._name, self._siblings, error) from None
        self.refresh()

    @known_keywords(passing="afm")
    def change(
        self,
        *,
        maxInodes: Count | None = None,
        allocInodes: Count | None = None,
        comment: object = None,
        name: str | None = None,
        path: str | os.PathLike[str] | None = None,
        force: bool = False,
        filesSoftLimit: Count | None = None,
        filesHardLimit: Count | None = None,
        blockSoftLimit: BlockLimit | None = None,
        blockHardLimit: BlockLimit | None = None,
        **afm: Parameter,
    ) -> None:
        """Change what is given, and leave the rest. All values are checked before the first command.

        Inode limits, comment, name and AFM parameters are one ``mmchfileset``; then come ``mmunlinkfileset``
        and ``mmlinkfileset``, then ``mmsetquota``. Renaming changes what this object is equal to.

        Args:
            maxInodes: The new limit of inodes.
            allocInodes: How many to allocate beforehand.
            comment: Any object; its text is stored.
            name: The new name.
            path: Where to link it; it is unlinked first if it is linked elsewhere.
            force: With ``path``: unlink even while files in it are open.
            filesSoftLimit: Files; 0: no limit.
            filesHardLimit: Files; 0: no limit.
            blockSoftLimit: Bytes, or text such as ``"10G"``; rounded up to KiB; 0: no limit.
            blockHardLimit: The same.
            **afm: Parameters of AFM, such as ``afmNumReadThreads=4``.

        Raises:
            ValueError: Values contradict each other.
            GPFSExecuteException: GPFS refused. What was done before stays, and the message says what it was.

        Example:
            >>> from arcapix.fs.gpfs import IndependentFileset
            >>> fileset = IndependentFileset("mmfs1", "scratch", maxInodes=2048)
            >>> fileset.create()
            >>> fileset.change(maxInodes=4096, filesSoftLimit=3000, filesHardLimit=4000)
            >>> fileset.maxInodes
            4096
        """
        most, allocated = count("maxInodes", maxInodes), count("allocInodes", allocInodes)
        limits = QuotaLimits.checked(
            filesSoftLimit=filesSoftLimit,
            filesHardLimit=filesHardLimit,
            blockSoftLimit=blockSoftLimit,
            blockHardLimit=blockHardLimit,
        )
        if force and path is None:
            raise ValueError("force= says how to unlink before linking elsewhere; it goes with path=")
        where = None if path is None else os.fspath(path)
        options = change_options(comment, name, afm)
        # GPFS takes allocated inodes, and half a quota, only with the other number, which may be its current
        # one.
        if allocated is not None and most is None:
            most = self._read_anew().max_inodes
        options = [*inode_limit(most, allocated), *options]
        limits = limits.completed(FilesetQuota(self._filesystem, self._name)._current)
        links = [] if where is None else self._link_steps(where, force)
        try:
            take(*self._option_steps(options, name), *links, *self._limit_steps(limits))
        finally:
            self.refresh()

    def _option_steps(self, options: list[str], new_name: str | None) -> list[Step]:
        def change() -> None:
            commands.mmchfileset(self._filesystem, self._name, *options)
            self._name = new_name or self._name

        return [(f"mmchfileset {' '.join(options)}", change)] if options else []

    def _link_steps(self, path: str, force: bool) -> list[Step]:
        from pathlib import Path  # only a link to a relative path needs it

        linked_at = self._read_anew().path
        if linked_at == os.path.normpath(Path(path).absolute()):
            return []
        steps: list[Step] = [(f"linked at {path}", lambda: self.link(path))]
        if linked_at is not None:
            steps.insert(0, (f"unlinked from {linked_at}", lambda: self.unlink(force)))
        return steps

    def _limit_steps(self, limits: QuotaLimits) -> list[Step]:
        def change() -> None:
            limits.set(FilesetQuota(self._filesystem, self._name)._target)

        return [("quota", change)] if limits.given else []


@entry_points
class IndependentFileset(Fileset):
    """A fileset with an inode space, and hence with limits and snapshots, of its own.

    Args:
        filesystemName: The file system.
        name: Its name, unique there.
        comment: Any object; its text is stored.
        maxInodes: The limit of its inodes, an int or digits; None: GPFS's default.
        allocInodes: How many of them to allocate at once; needs ``maxInodes``.
        **kw: Parameters of AFM, such as ``afmMode="single-writer"``.

    Example:
        >>> from arcapix.fs.gpfs import IndependentFileset
        >>> fileset = IndependentFileset("mmfs1", "projects", maxInodes=2048)
        >>> fileset.create()
        >>> fileset.status
        'Unlinked'
    """

    @known_keywords(passing="afm")
    def __init__(
        self,
        filesystemName: str,
        name: str,
        comment: object = "",
        maxInodes: Count | None = None,
        allocInodes: Count | None = None,
        **kw: Parameter,
    ) -> None:
        super().__init__(filesystemName, name)
        self._comment = str(comment)
        limits = inode_limit(count("maxInodes", maxInodes), count("allocInodes", allocInodes))
        self._inode_options = ["--inode-space", "new", *limits]
        self._afm = dict(kw)
        afm_options(self._afm)

    def _creation_options(self) -> list[str]:
        return [*_comment_options(self._comment), *self._inode_options, *afm_options(self._afm)]


@entry_points
class DependentFileset(Fileset):
    """A fileset that takes its inodes from the space of an independent one.

    Args:
        filesystemName: The file system.
        name: Its name, unique there.
        comment: Any object; its text is stored.
        inodeSpace: The independent fileset whose inode space it uses.
        **kw: Parameters of AFM.

    Example:
        >>> from arcapix.fs.gpfs import DependentFileset
        >>> fileset = DependentFileset("mmfs1", "notes")
        >>> fileset.create()
        >>> fileset.maxInodes
        0
    """

    @known_keywords(passing="afm")
    def __init__(
        self,
        filesystemName: str,
        name: str,
        comment: object = "",
        inodeSpace: str = "root",
        **kw: Parameter,
    ) -> None:
        super().__init__(filesystemName, name)
        self._comment = str(comment)
        # Published programs set this attribute before create().
        self._inodeSpace = inodeSpace
        self._afm = dict(kw)
        afm_options(self._afm)

    def _creation_options(self) -> list[str]:
        space = ["--inode-space", commands.operand(valid_name("fileset", self._inodeSpace))]
        return [*_comment_options(self._comment), *space, *afm_options(self._afm)]


@entry_points
class CacheFileset(IndependentFileset):
    """An independent fileset whose files come from another place, its home, by AFM.

    Args:
        filesystem: The file system.
        name: Its name, unique there.
        target: The home: a path, or the complete ``afmTarget``, such as ``"nfs://server/export"``.
        gateway: The host, or the AFM map, through which a path is reached.
        protocol: ``"nfs"``, or ``"gpfs"`` where the home is mounted on this cluster.
        comment: Any object; its text is stored.
        **kw: Parameters of AFM, such as ``afmMode="single-writer"``; ``maxInodes`` and ``allocInodes``.

    Example:
        >>> from arcapix.fs.gpfs import CacheFileset
        >>> CacheFileset("mmfs1", "cache", "/export/home", "gw1")
        <CacheFileset mmfs1:cache>
    """

    @known_keywords(passing="afm")
    def __init__(
        self,
        filesystem: str,
        name: str,
        target: str,
        gateway: str | None = None,
        protocol: str = "nfs",
        comment: object = "",
        *,
        maxInodes: Count | None = None,
        allocInodes: Count | None = None,
        **kw: Parameter,
    ) -> None:
        super().__init__(filesystem, name, comment, maxInodes, allocInodes, **kw)
        if target:
            self._afm = {"afmTarget": afm_target(target, gateway, protocol), **self._afm}

    @classmethod
    def _listed(cls, record: FilesetRecord) -> CacheFileset:
        return cls(record.filesystem, record.name, record.afm_target or "")._knowing(record)

    def __reduce__(self) -> tuple[object, ...]:
        # By name, like all objects: GPFS knows the home of an existing one.
        return type(self), (*self._names, "")

    def _creation_options(self) -> list[str]:
        if "afmTarget" not in self._afm:
            raise ValueError(f"cache fileset {self._name!r} has no home to be created with; give target=")
        return super()._creation_options()


def _comment_options(comment: str) -> list[str]:
    return ["-t", comment] if comment else []


Kind = TypeVar("Kind", bound=Fileset)


def _fitting(record: FilesetRecord) -> Fileset:
    cls: type[Fileset] = DependentFileset
    if record.afm_target:
        cls = CacheFileset
    elif record.inode_space_owner:
        cls = IndependentFileset
    return cls._listed(record)


@entry_points
class Filesets(Collection[Fileset]):
    """The filesets of a file system by name; each question is one ``mmlsfileset -L``.

    Those that own an inode space are ``IndependentFileset``, root among them; those with a home are
    ``CacheFileset``; the others are ``DependentFileset``.

    Args:
        filesystemName: The file system.

    Example:
        >>> from arcapix.fs.gpfs import Filesystem, IndependentFileset
        >>> isinstance(Filesystem("mmfs1").filesets["root"], IndependentFileset)
        True
    """

    _what: ClassVar[str] = "fileset"

    def __init__(self, filesystemName: str) -> None:
        self._filesystem = device_name(filesystemName)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._filesystem,)

    def _listing(self) -> dict[str, Fileset]:
        return {record.name: _fitting(record) for record in commands.mmlsfileset(self._filesystem)}

    def independent(self) -> dict[str, IndependentFileset]:
        """The filesets with an inode space of their own, cache filesets among them, by name."""
        return self._of(IndependentFileset)

    def dependent(self) -> dict[str, DependentFileset]:
        """The filesets that use another's inode space, by name."""
        return self._of(DependentFileset)

    def cache(self) -> dict[str, CacheFileset]:
        """The filesets whose files come from a home, by name."""
        return self._of(CacheFileset)

    def _of(self, kind: type[Kind]) -> dict[str, Kind]:
        return {name: fileset for name, fileset in self._listed_now().items() if isinstance(fileset, kind)}

    @known_keywords(passing="afm")
    def new(
        self,
        filesetname: str,
        maxInodes: Count | None = None,
        allocInodes: Count | None = None,
        *,
        comment: object = "",
        inodeSpace: str | None = None,
        remotePath: str | None = None,
        gateway: str | None = None,
        protocol: str | None = None,
        **kw: Parameter,
    ) -> Fileset:
        """Make a fileset (``mmcrfileset``); it is not linked.

        ``remotePath`` makes it a CacheFileset; otherwise ``maxInodes`` above zero makes it an
        IndependentFileset; otherwise it is a DependentFileset.

        Args:
            filesetname: Its name.
            maxInodes: The limit of its inodes.
            allocInodes: How many of them to allocate at once.
            comment: Any object; its text is stored.
            inodeSpace: The independent fileset whose inodes a dependent one uses; None: root.
            remotePath: The home of a cache fileset.
            gateway: The host through which that home is reached.
            protocol: ``"nfs"`` (the default) or ``"gpfs"``, for a cache fileset.
            **kw: Parameters of AFM, such as ``afmMode="read-only"``.

        Returns:
            An object of the class that fits.

        Raises:
            AlreadyExists: There is one with that name.
            ValueError: Keywords contradict each other.
        """
        independent = bool(count("maxInodes", maxInodes))
        if inodeSpace is not None and (independent or remotePath is not None):
            raise ValueError("inodeSpace= is for a dependent fileset; leave out maxInodes= and remotePath=")
        if remotePath is None and (gateway is not None or protocol is not None):
            raise ValueError("gateway= and protocol= are for a cache fileset; give remotePath=")
        fileset: Fileset
        if remotePath is not None:
            fileset = CacheFileset(
                self._filesystem,
                filesetname,
                remotePath,
                gateway,
                protocol or "nfs",
                comment,
                maxInodes=maxInodes if independent else None,
                allocInodes=allocInodes,
                **kw,
            )
        elif independent:
            fileset = IndependentFileset(self._filesystem, filesetname, comment, maxInodes, allocInodes, **kw)
        elif count("allocInodes", allocInodes):
            raise ValueError("allocInodes= is for an independent fileset; give maxInodes=, too")
        else:
            fileset = DependentFileset(self._filesystem, filesetname, comment, inodeSpace or "root", **kw)
        fileset.create()
        return fileset

    @known_keywords()
    def destroy(
        self,
        id: str | Fileset,
        deleteNonEmpty: bool = False,
        unlink: bool = False,
        force: bool = False,
        qosClass: str | None = None,
    ) -> None:
        """Delete a fileset (``mmdelfileset``).

        Args:
            id: Its name.
            deleteNonEmpty: Even if it holds files, WHICH ARE LOST.
            unlink: Unlink it first (``mmunlinkfileset``).
            force: With ``unlink``: even while files in it are open.
            qosClass: The class of service that the work counts towards.

        Raises:
            NotFound: There is none with that name; it is a GPFSError.
            GPFSExecuteException: GPFS refused. If it was unlinked before, it stays so, and the message says
                so.
        """
        name = id.name if isinstance(id, Fileset) else id
        if qosClass is not None:
            commands.operand(qosClass)
        steps: list[Step] = []
        if unlink:
            steps.append(("unlinked", lambda: commands.mmunlinkfileset(self._filesystem, name, force)))
        steps.append(
            ("deleted", lambda: commands.mmdelfileset(self._filesystem, name, deleteNonEmpty, qosClass))
        )
        try:
            take(*steps)
        except GPFSExecuteException as error:
            raise why_not_found("fileset", name, self.keys, error) from None

"""``Fileset``: what every fileset can do, and the handle on one whose kind nobody has asked for."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from . import commands
from .commands import FilesetRecord
from .exceptions import GPFSExecuteException, NotFound
from .objects.collection import why_not_created, why_not_found
from .objects.fileset_options import Parameter, change_options, inode_limit
from .objects.identity import Configured, device_name, valid_name
from .objects.keywords import known_keywords
from .objects.limits import BlockLimit, Count, QuotaLimits, count
from .objects.steps import Step, take
from .on_events import FilesetEvents
from .quota import FilesetQuota
from .quotas import QuotasOfFileset
from .snapshots import Snapshots

__all__ = ["Fileset"]


class Fileset(FilesetEvents, Configured[FilesetRecord]):
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
    # The published module: tokens and pickles that outlive a release name it.
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
            raise why_not_found("fileset", self._name, self._siblings, error) from error
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
        """Where it is linked; None: it is not (``mmlsfileset``)."""
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
        """The inodes allocated now; 0 on a dependent fileset; asked anew each time (``mmlsfileset -L``)."""
        return self._read_anew().alloc_inodes

    @property
    def snapshots(self) -> Snapshots:
        """Its own snapshots by name, not those of the whole file system."""
        return Snapshots(self._filesystem, self._name)

    @property
    def quotas(self) -> QuotasOfFileset:
        """Its quotas: true while it has a fileset quota; ``.fileset.new(...)`` sets one."""
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
            AlreadyExists: There is one of that name.
            GPFSExecuteException: GPFS refused.
        """
        options = self._creation_options()
        try:
            commands.mmcrfileset(self._filesystem, self._name, *options)
        except GPFSExecuteException as error:
            raise why_not_created("fileset", self._name, self._siblings, error) from error
        self.refresh()

    @known_keywords()
    def link(self, path: str | os.PathLike[str]) -> None:
        """Link it at a path (``mmlinkfileset -J``).

        Args:
            path: Handed over as it is, a relative one, too.

        Raises:
            GPFSExecuteException: GPFS refused.
        """
        commands.mmlinkfileset(self._filesystem, self._name, os.fspath(path))
        self.refresh()

    @known_keywords()
    def unlink(self, force: bool = False) -> None:
        """Take it out of the directory tree, its files staying (``mmunlinkfileset``).

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
            raise why_not_found("fileset", self._name, self._siblings, error) from error
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
        # GPFS takes allocated inodes, and half a quota, only beside the other number, which may be its own.
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

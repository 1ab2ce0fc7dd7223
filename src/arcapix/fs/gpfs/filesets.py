"""``Filesets``: the filesets of a file system, each as an object of the class that fits."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from . import commands
from .commands import FilesetRecord
from .exceptions import GPFSExecuteException
from .fileset import CacheFileset, DependentFileset, Fileset, IndependentFileset
from .objects.collection import Collection, why_not_found
from .objects.fileset_options import Parameter
from .objects.identity import device_name
from .objects.keywords import known_keywords
from .objects.limits import Count, count
from .objects.steps import Step, take

__all__ = ["Filesets"]

Kind = TypeVar("Kind", bound=Fileset)


def _fitting(record: FilesetRecord) -> Fileset:
    cls: type[Fileset] = DependentFileset
    if record.afm_target:
        cls = CacheFileset
    elif record.inode_space_owner:
        cls = IndependentFileset
    return cls._listed(record)


class Filesets(Collection[Fileset]):
    """The filesets of a file system by name; each question is one ``mmlsfileset -L``.

    Owners of an inode space are ``IndependentFileset``, root among them; those with a home are
    ``CacheFileset``; the others ``DependentFileset``.

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
        return {name: fileset for name, fileset in self._listing().items() if isinstance(fileset, kind)}

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

        ``remotePath`` makes it a CacheFileset, ``maxInodes`` above zero an IndependentFileset, neither
        of them a DependentFileset.

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
            AlreadyExists: There is one of that name.
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
            qosClass: The class of service that the work counts for.

        Raises:
            NotFound: There is none of that name; it is a GPFSError.
            GPFSExecuteException: GPFS refused. An unlinking before that stays, and the message says so.
        """
        name = id.name if isinstance(id, Fileset) else id
        if qosClass is not None:
            commands.process.operand(qosClass)
        steps: list[Step] = []
        if unlink:
            steps.append(("unlinked", lambda: commands.mmunlinkfileset(self._filesystem, name, force)))
        steps.append(
            ("deleted", lambda: commands.mmdelfileset(self._filesystem, name, deleteNonEmpty, qosClass))
        )
        try:
            take(*steps)
        except GPFSExecuteException as error:
            raise why_not_found("fileset", name, self.keys, error) from error

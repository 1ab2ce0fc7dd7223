"""The filesets: ``Fileset`` and its kinds, independent, dependent and cache."""

from __future__ import annotations

from .commands import FilesetRecord
from .fileset_handle import Fileset
from .objects.fileset_options import Parameter, afm_options, afm_target, inode_limit
from .objects.identity import valid_name
from .objects.keywords import known_keywords
from .objects.limits import Count, count

__all__ = ["CacheFileset", "DependentFileset", "Fileset", "IndependentFileset"]


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
        space = ["--inode-space", valid_name("fileset", self._inodeSpace)]
        return [*_comment_options(self._comment), *space, *afm_options(self._afm)]


class CacheFileset(IndependentFileset):
    """An independent fileset whose files come from another place, its home, by AFM.

    Args:
        filesystem: The file system.
        name: Its name, unique there.
        target: The home: a path, or the whole of ``afmTarget`` such as ``"nfs://server/export"``.
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
        # By name, like all objects: GPFS knows the home of one that exists.
        return type(self), (*self._names, "")

    def _creation_options(self) -> list[str]:
        if "afmTarget" not in self._afm:
            raise ValueError(f"cache fileset {self._name!r} has no home to be created with; give target=")
        return super()._creation_options()


def _comment_options(comment: str) -> list[str]:
    return ["-t", comment] if comment else []

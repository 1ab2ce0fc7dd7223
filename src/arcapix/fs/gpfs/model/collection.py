"""Read-only mappings by name over what GPFS lists; no listing is kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, overload

from ..commands.misuse import entry_points
from ..exceptions import GPFSError, GPFSExecuteException, NotFound
from .identity import ByName
from .listing import RemembersListing
from .missing import why_not_listed

if TYPE_CHECKING:
    from ..commands import ClusterRecord

__all__ = ["ClusterCollection", "Collection"]

Member = TypeVar("Member", bound=ByName)
Default = TypeVar("Default")


@entry_points
class Collection(ByName, RemembersListing[str], Mapping[str, Member]):
    """A live, read-only mapping from names to objects.

    Iterating gives names. Each question is one listing, and so are ``values()`` and ``items()``, whose
    objects know what the listing said about them. ``[]`` and ``in`` take a name or an object.
    """

    # What a member is called in error texts.
    _what: ClassVar[str]

    @abstractmethod
    def _listing(self) -> dict[str, Member]:
        """List the members with one mm command, in GPFS's order."""

    def _listed_now(self) -> dict[str, Member]:
        try:
            return self._listing()
        except GPFSExecuteException as error:
            raise self._why_not_listed(error) from None

    def _why_not_listed(self, error: GPFSExecuteException) -> GPFSError:
        """Return why a listing failed: what these are members of may be missing."""
        return why_not_listed(self._names[0], error)

    def __getitem__(self, key: str | Member) -> Member:
        listing = self._listed_now()
        found = self._find(listing, key)
        if found is None:
            raise NotFound(self._what, key if isinstance(key, str) else repr(key), listing)
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, (str, ByName)) and self._find(self._listed_now(), key) is not None

    @overload
    def get(self, key: str | Member, /) -> Member | None: ...

    @overload
    def get(self, key: str | Member, /, default: Member | Default) -> Member | Default: ...

    def get(self, key: str | Member, /, default: object = None) -> object:
        """Return the member with a name, or the default; a missing file system is no reason for that."""
        found = self._find(self._listed_now(), key)
        return default if found is None else found

    def __iter__(self) -> Iterator[str]:
        return self._begin(self._listed_now())

    def __len__(self) -> int:
        length = self._length()
        return len(self._listed_now()) if length is None else length

    def keys(self) -> KeysView[str]:
        """The names, listed now."""
        return self._listed_now().keys()

    def values(self) -> ValuesView[Member]:
        """The objects, listed now."""
        return self._listed_now().values()

    def items(self) -> ItemsView[str, Member]:
        """Names and objects, listed now."""
        return self._listed_now().items()

    def __repr__(self) -> str:
        return f"<{' of '.join(filter(None, [type(self).__name__, ':'.join(self._names)]))}>"

    def _find(self, listing: Mapping[str, Member], key: object) -> Member | None:
        if isinstance(key, str):
            return listing.get(key)
        if not isinstance(key, ByName):
            raise TypeError(f"a {self._what} is looked up by its name, not by {type(key).__name__}")
        same = (member for member in listing.values() if member._names == key._names)
        return next((member for member in same if _akin(member, key)), None)


def _akin(member: ByName, key: ByName) -> bool:
    # A Fileset made by name stands for the IndependentFileset in the listing.
    return isinstance(member, type(key)) or isinstance(key, type(member))


class _Cluster(Protocol):
    """What a collection needs to know of its cluster."""

    @property
    def _names(self) -> tuple[str, ...]: ...

    def _confirm(self) -> None: ...

    def _read(self) -> ClusterRecord: ...


class ClusterCollection(Collection[Member]):
    """A collection of things whose names are unique in the cluster."""

    def __init__(self, cluster: _Cluster | None = None) -> None:
        self._cluster = cluster

    @property
    def _names(self) -> tuple[str, ...]:
        return self._cluster._names if self._cluster is not None else ()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._cluster,)

    def _why_not_listed(self, error: GPFSExecuteException) -> GPFSError:
        return error

    def _confirm_cluster(self) -> None:
        if self._cluster is not None:
            self._cluster._confirm()

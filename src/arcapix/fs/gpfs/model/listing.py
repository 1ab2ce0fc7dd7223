"""One listing, handed out item by item.

``list()`` and ``sorted()`` take an iterator of a collection and ask for its length before they
use it. An iterator that nobody has started on knows the answer, which saves a second listing.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

__all__ = ["Listing", "RemembersListing"]

Item = TypeVar("Item")


class Listing(Iterator[Item]):
    """The items of one listing, each handed out once."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._left = list(items)[::-1]
        self._started = False

    def __next__(self) -> Item:
        self._started = True
        if not self._left:
            raise StopIteration
        return self._left.pop()

    @property
    def length(self) -> int | None:
        """How many items there are; None once somebody has started on them."""
        return None if self._started else len(self._left)


class RemembersListing(Generic[Item]):
    """A collection that knows its last listing for as long as somebody iterates over it."""

    _last: weakref.ref[Listing[Item]] | None = None

    def _begin(self, items: Iterable[Item]) -> Listing[Item]:
        """Return an iterator over a new listing."""
        listing = Listing(items)
        self._last = weakref.ref(listing)
        return listing

    def _length(self) -> int | None:
        """Return the length of a listing that was just taken; None if GPFS has to be asked."""
        listing = self._last() if self._last else None
        return None if listing is None else listing.length

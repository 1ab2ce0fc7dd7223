"""What all owner objects share: a scope, and the callbacks that belong to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from . import events
from .exceptions import UnsupportedEvent

if TYPE_CHECKING:
    from typing import NoReturn

    from .callbacks import Callbacks

__all__ = ["CLASS_OF", "callbackable"]

CLASS_OF: dict[str, str] = {
    "cluster": "Cluster",
    "node": "Node",
    "nodeclass": "Nodeclass",
    "filesystem": "Filesystem",
    "fileset": "Fileset",
    "pool": "Pool",
}
"""Kind of owner object -> the class that messages name; the three classes of filesets are one here."""

_EVENT_ATTRIBUTE = re.compile(r"on[A-Z]")


class callbackable:
    """The mixin of every class whose objects own callbacks.

    Attributes:
        kind: ``"cluster"``, ``"node"``, ``"nodeclass"``, ``"filesystem"``, ``"fileset"`` or ``"pool"``.
    """

    kind: ClassVar[events.OwnerKind]

    def _confirm(self) -> None:
        """Make sure that this object is of the cluster at hand, before GPFS is asked for its callbacks."""

    @property
    def scope(self) -> tuple[str, ...]:
        """What the callbacks of this object are about: its kind, then the names that tell it from others."""
        raise NotImplementedError

    @property
    def callbacks(self) -> Callbacks:
        """The callbacks of this object, as GPFS lists them when they are asked for."""
        from .callbacks import Callbacks

        return Callbacks(self)

    if not TYPE_CHECKING:  # a checker would take it as a promise that every attribute exists

        def __getattr__(self, name: str) -> NoReturn:
            """Say of an event attribute that is not there why, or which one was meant."""
            owner = CLASS_OF.get(getattr(type(self), "kind", ""), type(self).__name__)
            if name.startswith("on") and owner in CLASS_OF.values():
                if events.event_of(name):
                    raise UnsupportedEvent(owner, name, events.about(events.event_of(name)))
                nearest = events.nearest_attribute(self.kind, name)
                if nearest or _EVENT_ATTRIBUTE.match(name):
                    raise UnsupportedEvent(owner, name, nearest=nearest)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

"""What all owner objects share: a scope, and the callbacks that belong to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import callbacks, events
from .exceptions import UnsupportedEvent, nearest
from .registration.owner import CLASS_OF, Owner

if TYPE_CHECKING:
    from typing import NoReturn

    from .callbacks import Callbacks

__all__ = ["callbackable"]

_EVENT_ATTRIBUTE = re.compile(r"on[A-Z]")


class callbackable(Owner):
    """The mixin of every class whose objects own callbacks."""

    @property
    def callbacks(self) -> Callbacks:
        """The callbacks of this object, as GPFS lists them when they are asked for."""
        return callbacks.Callbacks(self)

    if not TYPE_CHECKING:  # a checker would take it as a promise that every attribute exists

        def __getattr__(self, name: str) -> NoReturn:
            """Say why an event attribute is missing, or which one was meant."""
            owner = CLASS_OF.get(getattr(type(self), "kind", ""), type(self).__name__)
            if name.startswith("on") and owner in CLASS_OF.values():
                if events.event_of(name):
                    raise UnsupportedEvent.by_attribute(owner, name, events.about(events.event_of(name)))
                meant = nearest(name, map(events.attribute, events.EVENTS))
                if meant or _EVENT_ATTRIBUTE.match(name):
                    is_elsewhere = meant and meant not in events.attributes_of(self.kind)
                    about = events.about(events.event_of(meant)) if is_elsewhere else ""
                    raise UnsupportedEvent.by_attribute(owner, name, about, nearest=meant)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

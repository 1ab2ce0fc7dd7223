"""Callbacks as objects: one of them, those of an object, many at once, and the ``on<Event>`` attributes.

The names load on first use: a program that has nothing to do with callbacks needs none of what installs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .callback import Callback
    from .collection import Callbacks, EventCallbacks

__all__ = ["Callback", "Callbacks", "EventCallbacks"]

_HOMES = {"Callback": "callback", "Callbacks": "collection", "EventCallbacks": "collection"}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value

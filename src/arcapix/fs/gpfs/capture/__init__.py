"""How a Python callable becomes the body of a token.

`capture` makes it, `verify` compares it with the original in a new process, `describe` shows it without
running anything. `Secret` is what a function should use instead of a captured password.

The names load on first use: a node that reads a `Secret` needs none of the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .check import verify
    from .core import Captured, capture
    from .description import Description, ShownUnit, describe
    from .secret import Secret

__all__ = ["Captured", "Description", "Secret", "ShownUnit", "capture", "describe", "verify"]

_HOMES = {
    "Captured": "core",
    "Description": "description",
    "Secret": "secret",
    "ShownUnit": "description",
    "capture": "core",
    "describe": "description",
    "verify": "check",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value

"""How a Python callable becomes the body of a token.

`capture` makes it, `verify` compares it with the original in a new process, `view` shows it without
running anything. `Secret` is what a function should use instead of a captured password.

The names load on first use: a node that reads a `Secret` needs none of the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .check import verify
    from .core import Captured, capture
    from .description import Description, describe
    from .secret import Secret
    from .step_texts import ShownUnit
    from .viewing import view

__all__ = ["Captured", "Description", "Secret", "ShownUnit", "capture", "describe", "verify", "view"]

_HOMES = {
    "Captured": "core",
    "Description": "description",
    "Secret": "secret",
    "ShownUnit": "step_texts",
    "capture": "core",
    "describe": "description",
    "verify": "check",
    "view": "viewing",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value

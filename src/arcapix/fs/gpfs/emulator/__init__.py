"""A GPFS small enough to develop and test callbacks with.

`Emulator` is the whole of it in one object; `control` starts, queries and ends clusters that live in their
own process; the executables in ``DIR/bin`` talk to such a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Completed, Emulator
    from arcapix.fs.gpfs.emulator.errors import EmulatorError
    from arcapix.fs.gpfs.emulator.runs import CallbackProcess

__all__ = ["CallbackProcess", "Completed", "Emulator", "EmulatorError"]

_HOMES = {
    "Completed": "emulator",
    "Emulator": "emulator",
    "EmulatorError": "errors",
    "CallbackProcess": "runs",
}


def __getattr__(name: str) -> object:
    """Import the public names on first use, so that asking for `control` does not load the whole of GPFS."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value

"""What an event is about, where events are told apart: for one run in a window, or one in the cluster."""

from __future__ import annotations

import sys

from .decision import Firing, defined

if sys.version_info >= (3, 12):
    from _sha2 import sha256
else:
    from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]

VARIABLES = (
    "fsName", "filesetName", "storagePool", "diskName", "eventNode", "snapshotName", "rgName",
)  # fmt: skip
"""Those that name what an event is about; never the node that it runs on."""


def of(firing: Firing) -> str:
    """Return what the events of a callback have in common that are about the same; a drill is for itself.

    Users choose some of the names: a shorter digest could be made to fit.
    """
    values = [defined(name, firing.values) or "" for name in VARIABLES]
    told = [firing.callback, firing.event, *(value.removeprefix("/dev/") for value in values)]
    if firing.drill:
        told.append(firing.drill)
    found: str = sha256("\0".join(told).encode("utf-8", "surrogateescape")).hexdigest()
    return found[:32]

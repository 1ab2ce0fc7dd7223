"""Run a Python function when something happens on an IBM GPFS (Storage Scale) cluster.

::

    from arcapix.fs.gpfs import Filesystem

    def report(fsName, eventNode):
        print(f"{fsName} was mounted on {eventNode}")

    Filesystem("mmfs1").onMount.new("report-mounts", report)

Importing this package loads none of its modules and starts no process: each public name loads its module on
first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .binding.parms import Literal, Variable
    from .callbacks.callback import Callback
    from .callbacks.collection import Callbacks, EventCallbacks
    from .capture.secret import Secret
    from .cluster import Cluster
    from .commands.any_command import Completed, run_command
    from .driver.event import Event
    from .exceptions import (
        AlreadyExists,
        BadCallable,
        BadIdentifier,
        BindingError,
        CallbackWarning,
        CaptureError,
        GPFSError,
        GPFSExecuteException,
        GPFSNotInstalled,
        NotFound,
        PayloadTooLarge,
        ReplaceFailed,
        ScopeError,
        UnsupportedEvent,
        WrongCluster,
    )
    from .fileset import CacheFileset, DependentFileset, Fileset, IndependentFileset
    from .filesystem import Filesystem
    from .node import Node
    from .nodeclass import Nodeclass
    from .pool import Pool
    from .registration.once import Once
    from .registration.run_options import Run
    from .registration.verdicts import GiveUp, RetryLater
    from .snapshot import Snapshot

__all__ = [
    "AlreadyExists",
    "BadCallable",
    "BadIdentifier",
    "BindingError",
    "CacheFileset",
    "Callback",
    "CallbackWarning",
    "Callbacks",
    "CaptureError",
    "Cluster",
    "Completed",
    "DependentFileset",
    "Event",
    "EventCallbacks",
    "Fileset",
    "Filesystem",
    "GPFSError",
    "GPFSExecuteException",
    "GPFSNotInstalled",
    "GiveUp",
    "IndependentFileset",
    "Literal",
    "Node",
    "Nodeclass",
    "NotFound",
    "Once",
    "PayloadTooLarge",
    "Pool",
    "ReplaceFailed",
    "RetryLater",
    "Run",
    "ScopeError",
    "Secret",
    "Snapshot",
    "UnsupportedEvent",
    "Variable",
    "WrongCluster",
    "run_command",
]

# Which module has a public name; any name not listed here is an error, hence in ``exceptions``.
_HOME = {
    "CacheFileset": "fileset",
    "Callback": "callbacks.callback",
    "Callbacks": "callbacks.collection",
    "Cluster": "cluster",
    "Completed": "commands.any_command",
    "DependentFileset": "fileset",
    "Event": "driver.event",
    "EventCallbacks": "callbacks.collection",
    "Fileset": "fileset",
    "Filesystem": "filesystem",
    "GiveUp": "registration.verdicts",
    "IndependentFileset": "fileset",
    "Literal": "binding",
    "Node": "node",
    "Nodeclass": "nodeclass",
    "Once": "registration.once",
    "Pool": "pool",
    "RetryLater": "registration.verdicts",
    "Run": "registration.run_options",
    "Secret": "capture.secret",
    "Snapshot": "snapshot",
    "Variable": "binding",
    "run_command": "commands.any_command",
}

if not TYPE_CHECKING:  # a checker would take __getattr__ as a promise that every name exists

    def __getattr__(name: str) -> object:
        """Load a public name on first use."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_HOME.get(name, 'exceptions')}", __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """Show the public names before they are loaded."""
        return sorted({*globals(), *__all__})

"""What never travels, neither by value nor in a pickle, and what to do instead."""

from __future__ import annotations

import _thread
import contextvars
import io
import mmap
import os
import sys
import types
import weakref

_OPEN_INSIDE = "open it inside the function"
_MAKE_INSIDE = "make it inside the function"
_START_INSIDE = "start it inside the function"
_HOLD_ITSELF = "hold the object itself, or make it inside the function"
_WHOLE_ENVIRONMENT = "import os, and read os.environ inside the function"

_REMEDIES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (io.IOBase, _OPEN_INSIDE),
    ((mmap.mmap, memoryview), _OPEN_INSIDE),
    ((_thread.LockType, _thread.RLock), _MAKE_INSIDE),
    ((types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType), _MAKE_INSIDE),
    ((types.FrameType, types.TracebackType), "keep its text instead"),
    ((weakref.ref, weakref.ProxyType, weakref.CallableProxyType), _HOLD_ITSELF),
    ((contextvars.ContextVar, contextvars.Context, contextvars.Token), _MAKE_INSIDE),
)

REMEDIES_BY_NAME: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("socket", ("socket",), _OPEN_INSIDE),
    ("sqlite3", ("Connection", "Cursor"), _OPEN_INSIDE),
    ("select", ("epoll",), _OPEN_INSIDE),
    ("tempfile", ("_TemporaryFileWrapper", "TemporaryDirectory"), _OPEN_INSIDE),
    ("subprocess", ("Popen",), _START_INSIDE),
    ("threading", ("Thread", "Event", "Condition", "Semaphore", "Barrier", "local", "_RLock"), _MAKE_INSIDE),
    ("concurrent.futures", ("Executor", "Future"), _START_INSIDE),
    ("multiprocessing.process", ("BaseProcess",), _START_INSIDE),
    ("multiprocessing.connection", ("_ConnectionBase",), _OPEN_INSIDE),
    ("queue", ("Queue", "SimpleQueue"), _MAKE_INSIDE),
    ("asyncio", ("AbstractEventLoop", "Future"), _START_INSIDE),
    ("weakref", ("WeakSet", "WeakValueDictionary", "WeakKeyDictionary"), _HOLD_ITSELF),
    ("ssl", ("SSLContext",), _MAKE_INSIDE),
    ("ctypes", ("CDLL",), "load it inside the function"),
    ("unittest.mock", ("NonCallableMock",), "give the thing itself, a mock records calls in this process"),
)
"""Classes of modules that are looked at only if the installing program has loaded them."""


def remedy_for(value: object) -> str | None:
    """Return what to do instead of capturing an object that never travels; None for all others."""
    if value is os.environ or value is os.environb:
        return _WHOLE_ENVIRONMENT
    return remedy_for_type(type(value))


def remedy_for_type(kind: type) -> str | None:
    """Return what to do instead of capturing objects of a class that never travel; None for all others."""
    if kind is io.BytesIO or kind is io.StringIO:
        return None
    for kinds, remedy in _REMEDIES:
        if issubclass(kind, kinds):
            return remedy
    for module, names, remedy in REMEDIES_BY_NAME:
        loaded = sys.modules.get(module)
        for name in names if loaded else ():
            refused = getattr(loaded, name, None)
            if isinstance(refused, type) and issubclass(kind, refused):
                return remedy
    return None


def remedy_for_unpicklable(value: object) -> str:
    """Return what to do about an object that no pickle can carry and that is not of a known kind."""
    if type(value) is types.ModuleType:
        return "use its attributes by name, or import it at the top of the file"
    return _MAKE_INSIDE if "onnection" not in type(value).__name__ else _OPEN_INSIDE

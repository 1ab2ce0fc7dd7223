"""What a callable is called, once partials and bound methods are stripped off."""

from __future__ import annotations

import functools
import os
from pathlib import PurePath
from types import MethodType

__all__ = ["NameInCallback", "name_of", "qualified_name", "unwrapped"]

_NAMELESS = (lambda: None).__name__


class NameInCallback(str):
    """The name of a callable; quoted in a message, it says which callback the callable is for.

    Attributes:
        callback: The identifier of the callback.
    """

    callback: str

    @classmethod
    def of(cls, name: str, callback: str) -> str:
        """Return what messages call a callable: one without a name goes by its callback's identifier."""
        if name in (_NAMELESS, callback):
            return callback
        shown = cls(name)
        shown.callback = callback
        return shown

    def __repr__(self) -> str:
        return f"{str(self)!r} of callback {self.callback!r}"


def unwrapped(command: object) -> object:
    """Return the callable inside partials and bound methods, however deeply nested."""
    while isinstance(command, (functools.partial, MethodType)):
        command = command.func if isinstance(command, functools.partial) else command.__func__
    return command


def name_of(command: object) -> str:
    """Return the name that people know a command by.

    That is the ``__name__`` of a function, even of one inside a partial or a bound method; the class of any
    other callable object; the file name of a script without its suffix.
    """
    if isinstance(command, (str, os.PathLike)) and not callable(command):
        return PurePath(os.fsdecode(command)).stem
    command = unwrapped(command)
    name = getattr(command, "__name__", None)
    return name if isinstance(name, str) and name else type(command).__name__


def qualified_name(command: object) -> str:
    """Return ``module.qualname`` of a callable: of the function in a partial or method, or of the class."""
    command = unwrapped(command)
    qualname, module = (getattr(command, name, None) for name in ("__qualname__", "__module__"))
    if not isinstance(qualname, str):  # an object may answer with whatever it likes
        qualname, module = type(command).__qualname__, type(command).__module__
    return f"{module if isinstance(module, str) and module else 'builtins'}.{qualname}"

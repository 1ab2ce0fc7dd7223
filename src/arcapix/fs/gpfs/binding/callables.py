"""What a callable is called, once partials and bound methods are stripped off."""

from __future__ import annotations

import functools
import os
from pathlib import PurePath
from types import MethodType

__all__ = ["name_of", "qualified_name", "unwrapped"]


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

"""Errors of use end at the line that made them: frames of this package would tell its reader nothing.

What is raised by or below the user's own code keeps all its frames, and so does everything where
``$ARCAPIX_GPFS_LOG`` is ``debug``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from types import FunctionType, TracebackType
from typing import ParamSpec, TypeVar

from ..exceptions import CallbackWarning, GPFSError
from .environment import LOG

__all__ = ["entry_point", "entry_points"]

_PACKAGE = "arcapix.fs.gpfs"
_ERRORS_OF_USE = (TypeError, ValueError, GPFSError, CallbackWarning)  # a warning, where warnings are errors
_CALLED_BY_SYNTAX = {
    f"__{name}__"
    for name in ("init", "call", "getattr", "getitem", "contains", "iter", "len", "bool", "exit")
}

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Class = TypeVar("Class", bound=type)


def entry_point(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Decorate a function that users call."""

    @wraps(function)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except _ERRORS_OF_USE as error:
            if os.environ.get(LOG, "").lower() != "debug":
                _cut(error)
            raise

    return call


def entry_points(cls: Class) -> Class:
    """Decorate a class whose public methods and properties are what users call."""
    for name, value in list(vars(cls).items()):
        if name.startswith("_") and name not in _CALLED_BY_SYNTAX:
            continue
        if isinstance(value, FunctionType):
            setattr(cls, name, entry_point(value))
        elif isinstance(value, property) and value.fget is not None:
            setattr(cls, name, value.getter(entry_point(value.fget)))
    return cls


def _cut(error: BaseException | None) -> None:
    """Take our frames off an error, and off what it was raised from, unless code of the user ran below."""
    seen: set[int] = set()  # nothing keeps a program from making a circle of causes
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if _is_without_users(error.__traceback__):
            error.__traceback__ = None
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _is_without_users(traceback: TracebackType | None) -> bool:
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__"))
        is_ours = f"{module}.".startswith(f"{_PACKAGE}.")
        if not is_ours and module.partition(".")[0] not in sys.stdlib_module_names:
            return False
        traceback = traceback.tb_next
    return True

"""Warnings that point at the line in the user's program, and say which callback they are about."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from ..exceptions import CallbackWarning

if TYPE_CHECKING:
    from .definition import Definition

__all__ = ["about", "warn"]

_PACKAGE = str(Path(__file__).parents[1]) + os.sep


def warn(doubts: Iterable[str]) -> None:
    """Give each doubt as a `CallbackWarning`."""
    level = 2
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
        level += 1
    for doubt in doubts:
        warnings.warn(doubt, CallbackWarning, stacklevel=level)


def about(definition: Definition, doubts: Iterable[str]) -> tuple[str, ...]:
    """Return doubts with the identifier that a user gave to a callback, where they do not name it."""
    shown = repr(definition.identifier)
    return tuple(
        doubt if definition.generated or shown in doubt else f"callback {shown}: {doubt}" for doubt in doubts
    )

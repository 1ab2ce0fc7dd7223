"""Warnings that point at the line in the user's program, however many of our frames lie between."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from ..exceptions import CallbackWarning

__all__ = ["warn"]

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

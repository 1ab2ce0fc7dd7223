"""What the emulator refuses, apart from what an mm command refuses."""

from __future__ import annotations


class EmulatorError(Exception):
    """The emulator was asked for something that it cannot do; the text is one sentence for the user."""

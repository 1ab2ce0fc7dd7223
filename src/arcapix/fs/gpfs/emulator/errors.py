"""What the emulator refuses, apart from what an mm command refuses."""

from __future__ import annotations

from collections.abc import Iterable


class EmulatorError(Exception):
    """The emulator was asked for something that it cannot do; the text is one sentence for the user."""


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return the end of a sentence that offers the name most like a misspelt one; nothing if none is."""
    from difflib import get_close_matches  # only a mistake needs it

    folded = {name.lower(): name for name in names}
    near = get_close_matches(word.lower(), folded, 1)
    return f"; did you mean '{folded[near[0]]}'?" if near else ""

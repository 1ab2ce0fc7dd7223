"""What a plain listing of callbacks looks like: its lines as they are, not what they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Entry", "Pair", "entries"]

_KEY = re.compile(r"\s+(?P<padded>[A-Za-z][\w.-]*\s*)=(?: (?P<value>.*)|)")


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and a value.

    Attributes:
        key: The key.
        columns: How wide it is with the blanks behind it.
        value: The value, or the part of it that one line holds.
        below: Whether the value stands on the line below.
    """

    key: str
    columns: int
    value: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A callback in the listing.

    Attributes:
        identifier: As its own line says; empty if it has none.
        pairs: Its keys and values, in order.
    """

    identifier: str
    pairs: Sequence[Pair]

    def values(self, key: str) -> list[str]:
        """Return the values of a key: several, if it stands there several times."""
        return [pair.value for pair in self.pairs if pair.key == key]


def entries(text: str) -> list[Entry]:
    """Return the callbacks in a listing; a line that is neither key nor identifier is left out."""
    found: list[tuple[str, list[Pair]]] = []
    for line in text.splitlines():
        key = _KEY.fullmatch(line)
        if key:
            padded = key["padded"]
            if not found:
                found.append(("", []))
            found[-1][1].append(Pair(padded.rstrip(), len(padded), key["value"] or ""))
        elif found and found[-1][1] and not found[-1][1][-1].value and line.strip():
            pair = found[-1][1][-1]
            found[-1][1][-1] = Pair(pair.key, pair.columns, line, below=True)
        elif line.strip() and len(line.split()) == 1 and not line[0].isspace():
            found.append((line.strip(), []))
    return [Entry(identifier, tuple(pairs)) for identifier, pairs in found if pairs]

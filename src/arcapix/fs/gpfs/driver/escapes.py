"""Reads back what `journal.line` has escaped; a module of its own, since an event only writes."""

from __future__ import annotations

_UNESCAPES = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r", "0": "\0"}


def unescape(value: str) -> str:
    """Return the text that a field stands for."""
    if "\\" not in value:
        return value
    found, escaped = [], False
    for character in value:
        if escaped:
            found.append(_UNESCAPES.get(character, character))
        elif character != "\\":
            found.append(character)
        escaped = character == "\\" and not escaped
    return "".join(found)


def fields(line: str) -> list[str]:
    """Return the fields that `journal.line` has made one text of."""
    return [unescape(field) for field in line.split("\t")] if line else []


def pairs(line: str) -> dict[str, str]:
    """Return what was written as fields of a name and a text with ``=`` between them."""
    found = {}
    for field in fields(line):
        name, _, text = field.partition("=")
        found[name] = text
    return found

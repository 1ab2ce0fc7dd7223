"""Reads a callback from a journal file, which becomes words of ``mmaddcallback`` and ``mmdelcallback``.

What stands there was listed by GPFS, or made by us, when it was written. A value that a command could take
for something else, such as a name that begins like an option, was written by nobody of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .. import commands
from ..driver import token as tokens
from . import header, sealing

__all__ = ["Misleading", "read"]


class Misleading(ValueError):
    """A value that a command could take for something else, or a token that was altered."""


_NAME = re.compile(r"[^\s\x00-\x1f\x7f,/-][^\s\x00-\x1f\x7f,/]*")
_FIELDS: Mapping[str, re.Pattern[str]] = {
    "identifier": _NAME,
    "command": re.compile(r"/[^\s\x00-\x1f\x7f]*"),
    "events": re.compile(r"[A-Za-z]\w*", re.ASCII),
    "nodes": _NAME,
    "parms": re.compile(r"[^ \t\r\n\x00-\x1f\x7f]+"),
    "priority": re.compile(r"-?\d+(\.\d*)?", re.ASCII),
    "onerror": re.compile(r"[A-Za-z]+", re.ASCII),
}
"""What each word of a field looks like."""


def read(values: Mapping[str, object]) -> commands.CallbackRecord:
    """Return the callback that a journal file describes.

    Raises:
        Misleading: It must not be given to a command.
        KeyError, TypeError: It describes none.
    """
    sync, timeout = values["sync"], values["timeout"]
    if not isinstance(sync, bool) or not (timeout is None or (type(timeout) is int and timeout >= 0)):
        raise TypeError("sync and timeout are none")
    record = commands.CallbackRecord(
        identifier=_text(values, "identifier"),
        command=_text(values, "command"),
        events=_texts(values, "events"),
        nodes=_texts(values, "nodes"),
        parms=_texts(values, "parms"),
        priority=None if values["priority"] is None else _text(values, "priority"),
        sync=sync,
        timeout=timeout,
        onerror=None if values["onerror"] is None else _text(values, "onerror"),
    )
    if not record.events:
        raise TypeError("there are no events")
    _refuse_altered(record)
    return record


def _text(values: Mapping[str, object], field: str) -> str:
    return _checked(values[field], field)


def _texts(values: Mapping[str, object], field: str) -> tuple[str, ...]:
    words = values[field]
    if not isinstance(words, list):
        raise TypeError(f"{field} is no list")
    return tuple(_checked(word, field) for word in words)


def _checked(word: object, field: str) -> str:
    if not isinstance(word, str):
        raise TypeError(f"{field} is no text")
    if not _FIELDS[field].fullmatch(word):
        raise Misleading(f"names {word[:80]!r} among its {field}, which an mm command would misread")
    return word


def _refuse_altered(record: commands.CallbackRecord) -> None:
    """Refuse a token that is not whole; one that is signed is checked by the driver."""
    if not record.parms or not header.is_driver(record.command) or sealing.is_signed(record.parms[0]):
        return
    try:
        tokens.check(record.parms[0])
    except tokens.TokenError as error:
        raise Misleading(f"cannot install {record.identifier!r}: {error}") from error

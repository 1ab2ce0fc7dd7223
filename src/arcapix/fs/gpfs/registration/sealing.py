"""Makes tokens: the counterpart of `driver.token`, for those who install and list callbacks."""

from __future__ import annotations

import binascii
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence

from ..driver.dictionary import DICTIONARY
from ..driver.token import VERSION, digest, text
from ..exceptions import GPFSError

LIMIT = 65_536
"""Default limit of a token, in characters; one argument of a Linux process may have 131,071 bytes."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


def make(header: Mapping[str, str | list[str]], body: bytes, key: bytes | None = None) -> str:
    """Return the token of a captured function.

    Args:
        header: Fields in their final order; those with an empty value are left out.
        body: The captured function, as ``capture`` made it.
        key: The cluster key, where the site has one.
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    packed = deflate.compress(body) + deflate.flush()
    return seal(_write_header(header), binascii.b2a_base64(packed, newline=False).rstrip(b"=").decode(), key)


def seal(header: str, body: str, key: bytes | None = None) -> str:
    """Return the token of a header and a body that are already texts, as when only the header changes."""
    rest = f"@{header}@{body}@"
    length = len(VERSION) + 1 + len(rest) + 1 + len(digest(b"", None))
    digits = len(str(length))
    while len(str(length + digits)) > digits:
        digits += 1
    text = f"{VERSION}.{length + digits}{rest}"
    return text + ("d" if key is None else "k") + digest(text.encode(), key)


def is_signed(token: str) -> bool:
    """Tell whether a token says that it was made with a cluster key; nothing is checked."""
    return token.rpartition("@")[2].startswith("k")


def is_altered(token: str) -> bool:
    """Tell whether a token that is not signed has another digest than its text."""
    start = token.rfind("@") + 1
    return token[start:] != f"d{digest(token[:start].encode(), None)}"


def pairs(value: str | None) -> list[tuple[str, str | None]]:
    """Return the pairs of a list field whose items are ``name`` or ``name=value``."""
    if value is None:
        return []
    found = []
    for item in value.split("."):
        name, equals, rest = item.partition("=")
        found.append((text(name), text(rest) if equals else None))
    return found


def write_pairs(entries: Sequence[tuple[str, str | None]]) -> str:
    """Return a list field's value from pairs; the counterpart of `pairs`."""
    return ".".join(
        _escape(name) if value is None else f"{_escape(name)}={_escape(value)}" for name, value in entries
    )


def write_names(names: Iterable[str]) -> Written:
    """Return a list field's value from names of GPFS's objects, as the bytes that GPFS knows them by.

    Raises:
        GPFSError: The encoding of this process cannot express one.
    """
    try:
        return Written(".".join([_escape(os.fsencode(name)) for name in names]))
    except UnicodeEncodeError as error:
        raise GPFSError(
            f"{error.object!r} cannot be written in {error.encoding}, the encoding of this process's locale; "
            "set LC_ALL to one that can, such as C.UTF-8"
        ) from None


class Written(str):
    """A header value that is already in its escaped form."""


def _write_header(header: Mapping[str, str | list[str]]) -> str:
    written = []
    for name, value in header.items():
        if isinstance(value, list):
            if value:
                written.append(name + "=" + ".".join([_escape(item) for item in value]))
        elif isinstance(value, Written):
            if value:
                written.append(name + "=" + value)
        elif value:
            written.append(name + "=" + _escape(value, keep="."))
    return "/".join(written)


def _escape(value: str | bytes, keep: str = "") -> str:
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if chr(byte) in _PLAIN or chr(byte) in keep else f"+{byte:02X}" for byte in data)

"""The text form of an installed function: readable header, compressed body, digest.

    A1.<length>@<header>@<body>@<digest>

A token travels through GPFS's configuration file, its tokeniser and a command line. So it is made of the
characters ``A-Z a-z 0-9 _ - + / = . @`` and begins with a letter.

* ``A1`` names this layout and the preset dictionary that the body was compressed with.
* ``length`` is that of the whole token, so that a cut one is recognised by looking at it.
* ``header`` is a list of ``key=value`` fields joined by ``/``; what a value may not hold is written ``+XX``.
* ``body`` is the captured function, raw deflate, base64 without padding.
* ``digest`` is ``d`` and a SHA-256, or ``k`` and an HMAC-SHA-256 under the cluster key, over all before it;
  128 bits of it, base64.

The driver imports this module on every event: only what it needs to read a token is imported.
"""

from __future__ import annotations

import binascii
import sys
import zlib

from ._dictionary import DICTIONARY

if sys.version_info >= (3, 12):
    from _sha2 import sha256
else:
    from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]

VERSION = "A1"
LIMIT = 65_536
"""Default limit of a token, in characters; one argument of a Linux process may have 131,071 bytes."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_ALPHABET = frozenset(_PLAIN | set("+/=.@"))
_DIGEST_BYTES = 16
_BLOCK_BYTES = 64


class TokenError(ValueError):
    """A text is not a token that may be used; the message says why, for the administrator."""


def make(header: dict[str, str | list[str]], body: bytes, key: bytes | None = None) -> str:
    """Return the token of a captured function.

    Args:
        header: fields in the order in which they are to stand, without those whose value is empty.
        body: the captured function, as ``capture`` made it.
        key: the cluster key, where the site has one.
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    packed = deflate.compress(body) + deflate.flush()
    return seal(_write_header(header), binascii.b2a_base64(packed, newline=False).rstrip(b"=").decode(), key)


def seal(header: str, body: str, key: bytes | None = None) -> str:
    """Return the token of a header and a body that are texts already, as a change of the header needs it."""
    rest = f"@{header}@{body}@"
    length = len(VERSION) + 1 + len(rest) + 1 + len(_digest(b"", None))
    digits = len(str(length))
    while len(str(length + digits)) > digits:
        digits += 1
    text = f"{VERSION}.{length + digits}{rest}"
    return text + ("d" if key is None else "k") + _digest(text.encode(), key)


def split(text: str) -> tuple[str, str]:
    """Return header and body of a token as texts, without checking its digest: enough to look at it.

    Raises:
        TokenError: it is no token of ours, or it was cut.
    """
    parts = text.split("@")
    if len(parts) != 4 or not parts[0].startswith(VERSION + "."):
        raise TokenError("this is not a token of this version of arcapix.fs.gpfs")
    length = parts[0][len(VERSION) + 1 :]
    if not (length.isascii() and length.isdigit()) or int(length) != len(text):
        raise TokenError(f"the token was cut or lengthened: {len(text)} characters instead of {length[:12]}")
    if not _ALPHABET.issuperset(text):
        raise TokenError("the token holds a character that no token has")
    return parts[1], parts[2]


def check(text: str, key: bytes | None = None) -> tuple[str, str]:
    """Return header and body of a token as texts, after its digest was found right. Nothing is decoded.

    Raises:
        TokenError: it is no token, it was cut or altered, or it was not made with the site's key.
    """
    header, body = split(text)
    start = text.rfind("@") + 1
    kind, digest = text[start : start + 1], text[start + 1 :]
    if kind == "k":
        if key is None:
            raise TokenError("the token was made with a cluster key, and this node has none")
    elif kind != "d":
        raise TokenError("the token was altered")
    elif key is not None:
        raise TokenError("the token was made without the cluster key of this site")
    if digest != _digest(text[:start].encode(), key):
        raise TokenError("the token was altered, or made with another cluster key")
    return header, body


def unpack(body: str) -> bytes:
    """Return the captured function from the body's text."""
    packed = binascii.a2b_base64(body + "=" * (-len(body) % 4))
    return zlib.decompressobj(-15, DICTIONARY).decompress(packed)


def fields(header: str) -> dict[str, str]:
    """Return the fields of a header, values still escaped: `text` or `items` reads one."""
    return dict([field.split("=", 1) for field in header.split("/")]) if header else {}


def text(value: str) -> str:
    """Return the text that a header field holds."""
    if "+" not in value:
        return value
    first, *escaped = value.split("+")
    data = bytearray(first.encode())
    for piece in escaped:
        data += binascii.a2b_hex(piece[:2]) + piece[2:].encode()
    return data.decode("utf-8", "surrogatepass")


def items(value: str | None) -> list[str]:
    """Return the texts of a list field; of an absent one, none."""
    return [] if value is None else [text(item) for item in value.split(".")]


def pairs(value: str | None) -> list[tuple[str, str | None]]:
    """Return the pairs of a list field whose items are ``name`` or ``name=value``."""
    if value is None:
        return []
    found = []
    for item in value.split("."):
        name, equals, rest = item.partition("=")
        found.append((text(name), text(rest) if equals else None))
    return found


def write_pairs(entries: list[tuple[str, str | None]]) -> str:
    """Return a list field's value from pairs; the counterpart of `pairs`."""
    return ".".join(
        _escape(name) if value is None else f"{_escape(name)}={_escape(value)}" for name, value in entries
    )


class Written(str):
    """A header value that is in its escaped form already."""


def _write_header(header: dict[str, str | list[str]]) -> str:
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


def _escape(value: str, keep: str = "") -> str:
    return "".join(
        character
        if character in _PLAIN or character in keep
        else "".join(f"+{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
        for character in value
    )


def _digest(data: bytes, key: bytes | None) -> str:
    """Return 128 bits of SHA-256 or HMAC-SHA-256 as 22 characters; `hmac` itself would load OpenSSL."""
    if key is None:
        found = sha256(data).digest()
    else:
        block = (key if len(key) <= _BLOCK_BYTES else sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
        inner = sha256(bytes([byte ^ 0x36 for byte in block]) + data).digest()
        found = sha256(bytes([byte ^ 0x5C for byte in block]) + inner).digest()
    return binascii.b2a_base64(found[:_DIGEST_BYTES], newline=False).rstrip(b"=").decode()

"""The text form of an installed function: readable header, compressed body, digest.

    A1.<length>@<header>@<body>@<digest>

A token travels through GPFS's configuration file, its tokeniser and a command line. So it is made of the
characters ``A-Z a-z 0-9 _ - + / = . @`` and begins with a letter.

* ``A1`` names this layout and the preset dictionary that the body was compressed with.
* ``length`` is that of the whole token, so that a cut one is recognised by looking at it.
* ``header`` is a list of ``key=value`` fields joined by ``/``; characters that a value may not hold are
  written ``+XX``.
* ``body`` is the captured function, raw deflate, base64 without padding.
* ``digest`` is ``d`` and a SHA-256, or ``k`` and an HMAC-SHA-256 under the cluster key, over all before it;
  128 bits of it, in hexadecimal digits.

The driver imports this module at a function's first event on a node, so it holds only what reading a token
takes; `sealing` makes tokens.
"""

from __future__ import annotations

import sys

if sys.version_info >= (3, 12):
    from _sha2 import sha256
else:
    from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]

VERSION = "A1"
ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+/=.@")
_DIGEST_BYTES = 16
_LONGEST_NUMBER = 12
_BLOCK_BYTES = 64


class TokenError(ValueError):
    """A text is not a usable token; the message tells the administrator why."""


def split(text: str) -> tuple[str, str]:
    """Return header and body of a token as texts, without checking its digest: enough for looking at it.

    Raises:
        TokenError: It is not one of our tokens, or it was cut.
    """
    parts = text.split("@")
    damage = damage_of(text) if text.startswith(VERSION + ".") else ""
    if damage:
        raise TokenError(f"the token was {damage}")
    if len(parts) != 4 or not text.startswith(VERSION + "."):
        raise TokenError("this is not a token of this version of arcapix.fs.gpfs")
    if not ALPHABET.issuperset(text):
        raise TokenError("the token holds a character that no token has")
    return parts[1], parts[2]


def damage_of(text: str) -> str:
    """Return what was done to a token that has not the length that it names; nothing if it has.

    Only its beginning and its length are looked at.
    """
    rest = text.partition(".")[2]
    named, at, _ = rest[:_LONGEST_NUMBER].partition("@")
    if at and named == str(len(text)):
        return ""
    if not (at and named.isascii() and named.isdigit()):
        return f"cut or altered: it has {len(text)} characters, and does not say how many it should have"
    damage = "cut" if len(text) < int(named) else "lengthened"
    return f"{damage}: it has {len(text)} characters instead of {named}"


def check(text: str, key: bytes | None = None) -> tuple[str, str]:
    """Return header and body of a token as texts, once its digest has proved right. Nothing is decoded.

    Raises:
        TokenError: It is not a token, it was cut or altered, or it was not made with the site's key.
    """
    header, body = split(text)
    start = text.rfind("@") + 1
    kind, given = text[start : start + 1], text[start + 1 :]
    if kind == "k":
        if key is None:
            raise TokenError("the token was made with a cluster key, and this node has none")
    elif kind != "d":
        raise TokenError("the token was altered")
    elif key is not None:
        raise TokenError("the token was made without the cluster key of this site")
    if given != digest(text[:start].encode(), key):
        raise TokenError("the token was altered, or made with another cluster key")
    return header, body


def unpack(body: str) -> bytes:
    """Return the captured function from the body's text."""
    import binascii
    import zlib

    from .dictionary import DICTIONARY

    packed = binascii.a2b_base64(body + "=" * (-len(body) % 4))
    return zlib.decompressobj(-15, DICTIONARY).decompress(packed)


def fields(header: str) -> dict[str, str]:
    """Return the fields of a header, values still escaped: `text` or `items` reads one."""
    return dict([field.split("=", 1) for field in header.split("/")]) if header else {}


def text(value: str, errors: str = "surrogatepass") -> str:
    """Return the text that a header field holds.

    Args:
        value: The field.
        errors: How bytes are read that stand for no character; with ``surrogateescape``, as those of the
            words on the command line are.
    """
    if "+" not in value:
        return value
    first, *escaped = value.split("+")
    import binascii

    data = bytearray(first.encode())
    for piece in escaped:
        data += binascii.a2b_hex(piece[:2]) + piece[2:].encode()
    return data.decode("utf-8", errors)


def items(value: str | None, errors: str = "surrogatepass") -> list[str]:
    """Return the texts of a list field; none if the field is absent."""
    return [] if value is None else [text(item, errors) for item in value.split(".")]


def digest(data: bytes, key: bytes | None) -> str:
    """Return 128 bits of SHA-256, or of HMAC-SHA-256; the module `hmac` would load OpenSSL."""
    if key is None:
        found = sha256(data).digest()
    else:
        block = (key if len(key) <= _BLOCK_BYTES else sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
        inner = sha256(bytes([byte ^ 0x36 for byte in block]) + data).digest()
        found = sha256(bytes([byte ^ 0x5C for byte in block]) + inner).digest()
    return str(found[:_DIGEST_BYTES].hex())

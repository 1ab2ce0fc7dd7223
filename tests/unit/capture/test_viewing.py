"""What ``show`` reads may have been written by anybody who may register a callback."""

from __future__ import annotations

import binascii
import marshal
import zlib

import pytest

from arcapix.fs.gpfs import GPFSError, capture
from arcapix.fs.gpfs.driver.dictionary import DICTIONARY


def packed(data: bytes, *, whole: bool = True) -> str:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    text = deflate.compress(data) + deflate.flush(zlib.Z_FINISH if whole else zlib.Z_SYNC_FLUSH)
    return binascii.b2a_base64(text, newline=False).rstrip(b"=").decode()


def with_text(text: str) -> bytes:
    return marshal.dumps((((0, f"#a.py\n{text}\n", ""),), (["m"],), (), None, ()))


ATTACKS = {
    "16 GiB in five bytes": (b"(\xff\xff\xff\x7f", "MemoryError"),
    "16 GiB inside": (b")\x05(\xff\xff\xff\x7f", "MemoryError"),
    "a dict in itself": (b"\xfb" + b"r\x00\x00\x00\x00" * 2 + b"0", "Error"),
    "nested values": (b")\x01" * 1900 + b"N", "Error"),
    "more nested values": (b")\x01" * 100_000 + b"N", "Error"),
    "nested brackets": (with_text("(" * 100_000 + ")" * 100_000), "Error"),
    "nested operators": (with_text("-" * 1_000_000 + "1"), "Error"),
    "nested attributes": (with_text("a" + ".a" * 100_000), "Error"),
    "a sum": (with_text("1" + "+1" * 100_000), "Error"),
    "a long text": (b"y" * (40 << 20), "it is longer than 32 MiB"),
    "nothing": (b"", "EOFError"),
}
"""What somebody may put in a body, and how the answer names it."""


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_none_of_ours_is_refused_within_bounds(attack: str) -> None:
    data, said = ATTACKS[attack]
    with pytest.raises(GPFSError, match=f"what was captured is not shown: .*{said}"):
        capture.view(packed(data), "source")


def test_a_body_that_is_cut_is_refused() -> None:
    with pytest.raises(GPFSError, match="or was cut"):
        capture.view(packed(b"N", whole=False), "source")
    with pytest.raises(GPFSError, match="not shown"):
        capture.view("A", "source")

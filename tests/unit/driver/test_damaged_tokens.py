"""Tokens with any damage: refused, or the very same token; nothing altered ever runs, and nothing else happens."""

from __future__ import annotations

import functools
import random
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arcapix.fs.gpfs.driver import token as tokens
from arcapix.fs.gpfs.driver.decision import OTHER_PYTHON, SUCCEEDED, UNREADABLE, Firing
from arcapix.fs.gpfs.driver.main import CONFIGURATION
from arcapix.fs.gpfs.registration import sealing

from ..damage import damaged, few, many

KEYS = [None, b"0123456789abcdef0123456789abcdef"]
HEADER: dict[str, str | list[str]] = {
    "id": "check_1",
    "fn": "site.check",
    "py": "3.11",
    "ow": ["fileset", "mmfs3", "été"],
    "vs": ["fsName", "filesetName"],
    "pm": ["a.b", "c=d/e"],
}
WORDS = ["eventName=softQuotaExceeded", "fsName=mmfs3", "filesetName=été"]
BODIES = [b"", b"\0" * 40, bytes(range(256)) * 3]
FEW = pytest.param(functools.partial(few, 1_500), id="few")
MANY = pytest.param(
    functools.partial(many, 65_000), id="many", marks=(pytest.mark.slow, pytest.mark.timeout(900))
)


def decided(token: str, key: bytes | None, folder: Path) -> tuple[int, str] | None:
    file = folder / "key"
    if key is None:
        file.unlink(missing_ok=True)
    elif not file.exists():
        file.write_bytes(key)
    return Firing({**CONFIGURATION, "state": str(folder), "key": str(file)}).decide([token, *WORDS])


@pytest.mark.parametrize("chances", [FEW, MANY])
def test_no_token_that_was_altered_is_admitted(chances: Callable[[], Iterator[random.Random]], tmp_path):
    whole = [(sealing.make(HEADER, body, key), key) for body in BODIES for key in KEYS]
    foreign = [token.encode() for token, _ in whole]
    for chance in chances():
        token, key = chance.choice(whole)
        data = token.encode()
        for _ in range(chance.randint(1, 3)):
            data = damaged(data, chance, foreign)
        text = data.decode("utf-8", "surrogateescape")
        answer = decided(text, key, tmp_path)
        if answer is None:
            assert (text, key) in whole
        else:
            assert answer[0] == UNREADABLE and answer[1], text


def resealed(header: str, body: str, chance: random.Random) -> str:
    alphabet = string.ascii_letters + string.digits + "_-+/=."
    pieces = [header, body]
    which = chance.randrange(2)
    text = list(pieces[which])
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(text) + 1)
        text[place : place + chance.randrange(3)] = chance.choices(alphabet, k=chance.randrange(4))
    pieces[which] = "".join(text)
    return sealing.seal(*pieces)


@pytest.mark.parametrize("chances", [FEW, MANY])
def test_a_header_that_says_anything_is_read_or_refused(
    chances: Callable[[], Iterator[random.Random]], tmp_path
):
    header, body = tokens.split(sealing.make(HEADER, BODIES[2]))
    statuses = set()
    for chance in chances():
        token = resealed(header, body, chance)
        answer = decided(token, None, tmp_path)
        statuses.add(answer and answer[0])
        if answer is not None and answer[0] in (UNREADABLE, OTHER_PYTHON):
            assert answer[1], token
    assert statuses == {None, SUCCEEDED, UNREADABLE, OTHER_PYTHON}

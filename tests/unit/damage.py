"""Damage to what is read: lines and bytes that are lost, doubled, moved, run together or put in between.

A test tries the same few cases each time, and under the marker ``slow`` many others: ``DAMAGE_CASES`` says how many,
and ``DAMAGE_SEED`` with the number that a run has printed has it try the same again.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence

SPLINTERS = [
    b" ",
    b"=",
    b"\n",
    b"\t",
    b"|",
    b",",
    b":",
    b"%",
    b"-",
    b"x",
    b"0",
    b".",
    b"\xff",
    b"\xc3\xa9",
    b"\0",
]


def few(count: int) -> Iterator[random.Random]:
    """Chances for cases that are always the same."""
    return map(random.Random, range(count))


def many(count: int) -> Iterator[random.Random]:
    """Chances for cases that are others each time, unless the environment says which."""
    first = int(os.environ.get("DAMAGE_SEED", random.SystemRandom().getrandbits(32)))
    print(f"DAMAGE_SEED={first}")
    return map(random.Random, range(first, first + int(os.environ.get("DAMAGE_CASES", count))))


def damaged(data: bytes, chance: random.Random, foreign: Sequence[bytes] = ()) -> bytes:
    """Do one thing to a text.

    Args:
        data: The text.
        chance: Decides what is done, and where.
        foreign: Lines that may be put in between.
    """
    kinds: list[Callable[[], bytes]] = [
        lambda: _lines_damaged(data, chance, foreign),
        lambda: _bytes_damaged(data, chance),
    ]
    return chance.choice(kinds)()


def _lines_damaged(data: bytes, chance: random.Random, foreign: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    if chance.random() < 0.4:
        other = min(at + 1, len(lines) - 1)
    kind = chance.choice(["lose", "lose", "lose some", "double", "swap", "move", "join", "cut", "put in"])
    if kind == "lose":
        del lines[at]
    elif kind == "lose some":
        del lines[at : at + chance.randint(2, 5)]
    elif kind == "double":
        lines.insert(other, lines[at])
    elif kind == "swap":
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == "move":
        lines.insert(other, lines.pop(at))
    elif kind == "join":
        lines[at : at + 2] = [b"".join(lines[at : at + 2])]
    elif kind == "cut":
        lines = [*lines[:at], b""]
    elif foreign:
        lines.insert(at, chance.choice(foreign))
    return b"\n".join(lines)


def _bytes_damaged(data: bytes, chance: random.Random) -> bytes:
    at, splinter = chance.randrange(len(data) + 1), chance.choice(SPLINTERS)
    kind = chance.choice(["lose", "lose some", "put in", "put in", "replace", "cut", "repeat"])
    if kind == "lose":
        return data[:at] + data[at + 1 :]
    if kind == "lose some":
        return data[:at] + data[at + chance.randint(2, 60) :]
    if kind == "put in":
        return data[:at] + splinter * chance.choice([1, 1, 8]) + data[at:]
    if kind == "replace":
        return data[:at] + splinter + data[at + 1 :]
    if kind == "cut":
        return data[:at]
    return data[:at] + data[max(0, at - chance.randint(1, 40)) :]

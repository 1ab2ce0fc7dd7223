"""Rows (``-Y``) that were damaged: each that is whole is read as it was printed, and nothing is made up.

Releases print rows that are too short or too long, so a row that was cut is read as far as it goes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.commands.yformat import decoded, parse
from arcapix.fs.gpfs.exceptions import GPFSError

from ..damage import damaged, few, many

COMMAND = "mmlsthing"
SECTIONS = {"": ("name", "path", "size", "comment_enc"), "state": ("node", "since", "reason")}
VALUES = [
    "mmfs1",
    "%2Fgpfs%2Fa%5Fb",
    "",
    "100%",
    "Sat Jan 31 23%3A59%3A59 2026",
    "é",
    "-",
    COMMAND,
    "0",
    "HEADER",
]
TALK = (
    b"",
    b"   ",
    b"=====",
    b"mmlsthing: 6027-1262 Retrying ...",
    b"n2:  mesg: ttyname failed",
    b"a:b:c:d:e:f:g:h:",
)


def header(section: str) -> str:
    return f"{COMMAND}:{section}:HEADER:version:reserved:reserved:{':'.join(SECTIONS[section])}:"


def drawn(chance: random.Random) -> list[str]:
    """Lines of a listing, headers first or each before its rows."""
    rows = {
        section: [
            f"{COMMAND}:{section}:0:1:::{':'.join(chance.choices(VALUES, k=len(names)))}:"
            for _ in range(chance.randint(0, 4))
        ]
        for section, names in SECTIONS.items()
    }
    if chance.random() < 0.5:
        return [*map(header, SECTIONS), *rows[""], *rows["state"]]
    return [line for section in SECTIONS for line in (header(section), *rows[section])]


def hold(chance: random.Random) -> bool:
    """Read damaged rows; return whether a line was lost or altered."""
    lines = drawn(chance)
    data = "".join(f"{line}\n" for line in lines).encode()
    for _ in range(chance.choice([1, 1, 2, 3])):
        data = damaged(data, chance, TALK)
    text = data.decode("utf-8", "surrogateescape")

    found = parse(text, COMMAND).rows

    left = text.split("\n")
    seen = iter(found)
    for line in left:
        section, fields = line.split(":")[1:2], line.split(":")[6:-1]
        titles = [other for other in left if f"{COMMAND}:{''.join(section)}:HEADER" in other]
        if line in lines and ":0:1:::" in line and set(titles) == {header(section[0])}:
            names = [name.removesuffix("_enc") for name in SECTIONS[section[0]]]
            expected = (section[0], [decoded(field) for field in fields])
            assert any((row.section, [row.get(name) for name in names]) == expected for row in seen), (
                line,
                found,
            )
    for row in found:
        assert ":".join(row.fields) in text
    assert len(found) <= text.count(f"{COMMAND}:")
    return left[:-1] != lines


def try_rows(chances: Iterator[random.Random]) -> None:
    altered = [hold(chance) for chance in chances]
    assert sum(altered) > len(altered) / 2


def test_of_damaged_rows_each_that_is_whole_is_read_and_nothing_is_made_up():
    try_rows(few(2_000))


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_of_any_damaged_rows_each_that_is_whole_is_read_and_nothing_is_made_up():
    try_rows(many(60_000))


def test_a_header_whose_mark_was_damaged_is_no_row():
    (row,) = parse(header("").replace("HEADER", "HEXDER") + f"\n{COMMAND}::0:1:::a:b:5:c:\n", COMMAND).rows
    assert (row.get("name"), row.get("size")) == ("a", "5")


# The options of a callback

ROW = "mmlscallback::0:1:::drill:%2Fopt%2Fx:mount:::2.5:yes:30:continue:"
TITLE = (
    "mmlscallback::HEADER:version:reserved:reserved:"
    "callbackId:command:event:node:parms:priority:sync:timeout:onerror:"
)


def options(*lines: str) -> commands.CallbackRecord | None:
    answer = "".join(f"{line}\n" for line in lines)
    with process.using(lambda argv, timeout: process.Completed(argv, 0, answer, "")):
        return commands.mmlscallback_options("drill")


def test_a_row_that_is_whole_tells_the_options_of_a_callback():
    found = options(TITLE, ROW.replace("drill", "other"), ROW)
    assert found is not None
    assert (found.priority, found.sync, found.timeout, found.onerror) == ("2.5", True, 30, "continue")


@pytest.mark.parametrize(
    "lines",
    [
        (TITLE, ROW.removesuffix("continue:")),
        (TITLE, ROW.replace(":30", "30")),
        (TITLE, ROW.replace("yes", "y:es")),
        (TITLE, ROW, ROW.replace("2.5", "1")),
        (TITLE.replace(":sync", ""), ROW),
        (TITLE, ROW[:-20]),
        (TITLE,),
        (ROW,),
    ],
)
def test_of_a_row_that_is_not_whole_no_option_is_believed(lines):
    try:
        assert options(*lines) is None
    except GPFSError as error:
        assert "HEADER" in str(error)

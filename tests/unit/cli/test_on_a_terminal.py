"""What rich adds on a terminal: tables that fit, states in colour, and progress that goes away."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios

import pytest

TABLE = """
from arcapix.fs.gpfs.cli.table import Table
rows = [("a", "failed", {reason!r}), ("b", "succeeded", "")]
table = Table(("ID", "STATE", "REASON"), rows)
table.show_heading()
table.show(rows)
"""
NODES = """
import sys
from arcapix.fs.gpfs.cli import nodes
asked = nodes.Nodes.__new__(nodes.Nodes)
found = asked.each(lambda node: node.upper(), {names!r})
print(",".join(said for _, said in found))
"""
HISTORY = """
from arcapix.fs.gpfs.cli.table import Table
heading = ("STARTED", "RUN", "CALLBACK", "EVENT", "ABOUT", "STATE", "SECONDS", "REASON")
run = ("2026-11-22T16:43:03+00:00", "20261122T164303.109039-29395", "nearly-full", "lowDiskSpace", "filesystem:mmfs1")
table = Table(heading, [(*run, "failed", "0.005", "why it has failed, in many words " * 3)] * 2)
table.show_heading()
table.show([(*run, "failed", "0.005", "why it has failed, in many words " * 3)] * 2)
"""
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*3\dm")


def says(program: str, *, columns: int = 80, errors: bool = False, **environment: str) -> str:
    """Return what a program writes to a terminal: its standard output, or its standard error."""
    try:
        here, there = os.openpty()
    except OSError as error:
        pytest.skip(f"this machine has no terminals to give: {error}")
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    settings = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM"}
    others = {name: value for name, value in os.environ.items() if name not in settings}
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**others, "TERM": "xterm-256color", **environment},
        stdout=subprocess.DEVNULL if errors else there,
        stderr=there if errors else subprocess.DEVNULL,
    )
    os.close(there)
    said = b""
    try:
        while piece := os.read(here, 65536):
            said += piece
    except OSError:  # a terminal that nobody writes to any more
        pass
    os.close(here)
    assert started.wait(60) == 0
    return said.decode().replace("\r\n", "\n")


def lines(said: str) -> list[str]:
    return [line.rstrip() for line in ESCAPE.sub("", said).splitlines()]


def test_a_cell_that_does_not_fit_is_wrapped_and_nothing_is_cut():
    reason = "what was wrong is told in so many words that no terminal is wide enough for them"
    shown = lines(says(TABLE.format(reason=reason), columns=40))
    assert max(map(len, shown)) <= 40
    heading, first, *more, last = shown
    assert heading.split() == ["ID", "STATE", "REASON"]
    assert last.split() == ["b", "succeeded", "-"]
    place = heading.index("REASON")
    assert " ".join(line[place:] for line in [first, *more]) == reason
    assert {line[:place].strip() for line in more} == {""}


def test_a_word_that_does_not_fit_is_folded():
    shown = lines(says(TABLE.format(reason="x" * 60), columns=40))
    assert "".join(shown).count("x") == 60
    assert max(map(len, shown)) <= 40


@pytest.mark.parametrize("columns", [60, 80, 120, 140, 240])
def test_identifiers_and_times_are_in_one_piece_whatever_the_width(columns):
    shown = lines(says(HISTORY, columns=columns))
    assert max(map(len, shown)) <= columns
    for whole in ("2026-11-22T16:43:03+00:00", "20261122T164303.109039-29395", "nearly-full"):
        assert sum(whole in line for line in shown) == 2
    words = " ".join(shown).split()
    for name in ("STARTED", "RUN", "CALLBACK", "EVENT", "ABOUT", "STATE", "SECONDS", "REASON"):
        assert words.count(name) == 1
    assert words.count("many") == 6


def test_a_row_that_takes_two_lines_has_its_columns_under_their_names():
    first, second, *rows = lines(says(HISTORY))
    assert (first.split(), second.split()) == (
        ["STARTED", "RUN", "CALLBACK"],
        ["EVENT", "ABOUT", "STATE", "SECONDS", "REASON"],
    )
    assert rows[0].index("nearly-full") == first.index("CALLBACK")
    assert rows[1].index("failed") == second.index("STATE")
    assert rows[1].index("why") == second.index("REASON")


def test_a_table_that_fits_is_as_elsewhere_but_for_its_colours():
    program = TABLE.format(reason="why")
    plain = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    said = says(program)
    assert lines(said) == plain.splitlines()
    assert "\x1b[31mfailed" in said
    assert "\x1b[32msucceeded" in said


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colours_gets_none(environment):
    assert not COLOUR.search(says(TABLE.format(reason="why"), **environment))


def test_a_dumb_terminal_gets_no_control_sequence_at_all():
    assert "\x1b" not in says(TABLE.format(reason="why"), TERM="dumb")


@pytest.mark.parametrize("reason", ["[red]x[/red]", ":warning:", "[/]"])
def test_what_looks_like_markup_stays_text(reason):
    assert lines(says(TABLE.format(reason=reason)))[1].endswith(reason)


def test_what_a_terminal_would_obey_is_escaped():
    said = says(TABLE.format(reason="a\x1b[2Jb\x9bc"))
    assert "\\x1b[2J" in said
    assert "\x1b[2J" not in said
    assert "\x9b" not in said


def test_a_terminal_that_lacks_a_character_gets_it_escaped():
    assert "\\xe9" in says(TABLE.format(reason="\xe9"), PYTHONIOENCODING="ascii")


def test_of_many_nodes_it_is_shown_how_many_have_answered_and_the_line_goes_away():
    said = says(NODES.format(names=list("abcd")), errors=True)
    assert "4/4" in said
    assert said.endswith("\x1b[2K")  # the line that was shown is empty again


@pytest.mark.parametrize(("names", "environment"), [("ab", {}), ("abcd", {"TERM": "dumb"})])
def test_of_few_nodes_or_on_a_dumb_terminal_nothing_is_shown(names, environment):
    assert says(NODES.format(names=list(names)), errors=True, **environment).strip("\n") == ""


def test_what_nodes_have_answered_is_the_same_on_a_terminal():
    assert lines(says(NODES.format(names=list("abcd")))) == ["A,B,C,D"]


def test_off_a_terminal_rich_is_not_loaded():
    program = f"{TABLE.format(reason='why')}{NODES.format(names=list('abcd'))}print('rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("False", "")

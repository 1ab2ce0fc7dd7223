"""What reaches a terminal: nothing that it obeys, whoever has written it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import unicodedata
import warnings
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs import CallbackWarning, Cluster, GPFSError, cli
from arcapix.fs.gpfs.cli import main, terminal
from arcapix.fs.gpfs.cli.table import Table
from arcapix.fs.gpfs.exceptions import GPFSExecuteException, ReplaceFailed

OBEYED = [
    *map(chr, (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))),
    *"\u200b\u200c\u200d\u200e\u200f\u061c\u2028\u2029\u2060\ufeff\u00ad\U000e0041", *"\ud800\udc80\udfff",
]  # fmt: skip
"""Control characters, marks of direction, what has no width, ends of lines and paragraphs, lone surrogates."""

HOSTILE = "".join(OBEYED)


def is_harmless(text: str, kept: str = "") -> bool:
    return all(unicodedata.category(each)[0] != "C" or each in kept for each in text) and not set(text) & {
        "\u2028",
        "\u2029",
    }


@pytest.mark.parametrize("err", [False, True])
def test_a_line_stays_one_line_whatever_it_holds(capsys, err):
    terminal.print_line(f"before{HOSTILE}behind é 漢", err=err)
    said = capsys.readouterr()[err]
    line, end = said[:-1], said[-1]
    assert end == "\n"
    assert is_harmless(line)
    assert line.startswith("before\\x00\\x01") and line.endswith("behind é 漢")


@pytest.mark.parametrize("character", OBEYED)
def test_each_character_that_a_terminal_obeys_is_told_as_python_writes_it(capsys, character):
    terminal.print_line(f"a{character}b")
    assert capsys.readouterr().out == f"a{ascii(character)[1:-1]}b\n"


def test_a_text_keeps_the_ends_of_its_lines_and_its_tabs(capsys):
    terminal.print_text("def f():\n\treturn '\x1b[2J\r'")
    assert capsys.readouterr().out == "def f():\n\treturn '\\x1b[2J\\r'\n"


def test_an_error_of_several_lines_is_one_error(capsys):
    terminal.print_error("no\narcapix-gpfs: all is well\n  ran: x")
    assert capsys.readouterr().err == "arcapix-gpfs: no\n  arcapix-gpfs: all is well\n  ran: x\n"


def test_json_is_ascii(capsys):
    terminal.print_json({HOSTILE: "é"})
    out = capsys.readouterr().out
    assert out.isascii() and is_harmless(out, "\n")


def test_a_terminal_without_a_character_shows_its_number(monkeypatch, tmp_path):
    with (tmp_path / "printed").open("w", encoding="latin-1") as file:
        monkeypatch.setattr(sys, "stdout", file)
        terminal.print_line("é 漢")
    assert (tmp_path / "printed").read_bytes() == b"\xe9 \\u6f22\n"


# Tables


def test_no_cell_makes_a_row_or_moves_a_column(capsys):
    rows = [("a\nb\tc\x1b[1A", "here"), ("漢字", "here"), ("e\u0301", "here"), ("plain", "here")]
    table = Table(("ID", "PLACE"), rows)
    table.show(rows)
    first = r"a\nb\tc\x1b[1A"
    assert capsys.readouterr().out.splitlines() == [
        f"{first}  here",
        f"漢字{' ' * (len(first) - 4)}  here",
        f"e\u0301{' ' * (len(first) - 1)}  here",
        f"plain{' ' * (len(first) - 5)}  here",
    ]


# The output of runs


PRINTED = "\x1b[31mred\x1b[0m\té\r\n".encode() + b"\xff\xc3"
SHOWN = "\\x1b[31mred\\x1b[0m\té\\r\n\\xff\\xc3"


@pytest.mark.parametrize(
    ("is_terminal", "options", "wanted"),
    [
        (True, [], SHOWN.encode()),
        (True, ["--raw"], PRINTED),
        (False, [], PRINTED),
        (False, ["--raw"], PRINTED),
    ],
)
def test_only_a_terminal_is_spared_what_a_run_has_printed(
    driver, traces, monkeypatch, is_terminal, options, wanted
):
    monkeypatch.setattr(terminal, "is_terminal", lambda: is_terminal)
    run = traces.start()
    traces.print(run, PRINTED)
    assert CliRunner().invoke(main, ["output", run, *options]).stdout_bytes == wanted


def test_a_character_that_comes_in_two_pieces_is_one(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "is_terminal", lambda: True)
    assert terminal.print_output(iter(["é".encode()[:1], "é".encode()[1:]]), raw=False)
    assert capsys.readouterr().out == "é"


def test_a_real_terminal_is_recognised(driver, traces):
    run = traces.start()
    traces.print(run, b"\x1b[2Jprinted\n")
    try:
        here, there = os.openpty()
    except OSError as error:
        pytest.skip(f"this machine has no terminals to give: {error}")
    program = "from arcapix.fs.gpfs.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, "output", run], stdout=there, timeout=60)
    os.close(there)
    said = os.read(here, 4096)
    os.close(here)
    assert (done.returncode, said) == (0, b"\\x1b[2Jprinted\r\n")


def test_what_a_shell_reads_is_escaped_on_a_terminal_only(monkeypatch, capfdbinary):
    terminal.print_exactly("a\x1b\udcff")
    monkeypatch.setattr(terminal, "is_terminal", lambda: True)
    terminal.print_exactly("a\x1b\udcff")
    assert capfdbinary.readouterr().out == b"a\x1b\xff\na\\x1b\\udcff\n"


# Commands


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("words", [["list"], ["show", "x"]])
def test_what_gpfs_and_tokens_say_is_shown_harmless(gpfs, monkeypatch, words, as_json):
    monkeypatch.setattr(handler, "__module__", f"odd{HOSTILE}")
    Cluster().onMount.new("x", handler, parms=[f"literal{HOSTILE}"])
    done = CliRunner().invoke(main, [*words, *(["--json"] if as_json else [])])
    assert done.exit_code == 0, done.output
    assert "\\x1b" in done.stdout or "\\u001b" in done.stdout
    assert is_harmless(done.stdout, "\n")
    if words == ["list"] and not as_json:
        assert len(done.stdout.splitlines()) == 2


def handler(given: str) -> str:
    return given


def test_runs_are_listed_one_to_a_row_whatever_gpfs_said_of_them(driver, traces):
    run = traces.start(event=f"mount{HOSTILE}", about=f"fileset.{HOSTILE}", callback=f"c{HOSTILE}")
    traces.end(run, "failed", 1, f"why{HOSTILE}")
    for words in (["history"], ["history", "--last", "1"], ["history", "--json"]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
        assert is_harmless(done.stdout, "\n")
    assert len(CliRunner().invoke(main, ["history"]).stdout.splitlines()) == 2


@pytest.mark.parametrize(
    "words",
    [
        [f"--{HOSTILE}"],
        ["output", "--node", "n2", f"--follow{HOSTILE}"],
        [f"comm{HOSTILE}"],
        ["history", "--state", HOSTILE],
        ["pause", "--for", HOSTILE, "x"],
        ["pause", "--until", HOSTILE, "x"],
        ["output", f"run{HOSTILE}"],
        ["show", f"x{HOSTILE}"],
    ],
)
def test_what_is_wrong_with_a_command_line_is_told_harmless(gpfs, driver, words):
    done = CliRunner().invoke(main, words)
    assert done.exit_code > 0
    assert is_harmless(done.stderr, "\n\t")
    assert all(line[:1].isascii() for line in done.stderr.splitlines())


@pytest.mark.parametrize(
    "error",
    [
        GPFSError(HOSTILE),
        GPFSExecuteException(("/bin/mmx", f"a{HOSTILE}"), 1, "", f"mmx: {HOSTILE}", note=HOSTILE),
        ReplaceFailed("x", restored=False, journal=HOSTILE, reason=HOSTILE, registered=HOSTILE),
    ],
)
def test_the_text_of_an_error_is_harmless_before_anybody_prints_it(error):
    assert is_harmless(str(error), "\n\t")


def test_what_an_mm_command_says_is_no_line_of_ours():
    error = GPFSExecuteException(
        ("/bin/mmx", "a\nneeds root\nb"), 1, "", "mmx: \x0cPermission denied\nneeds root\n", note=""
    )
    assert [line for line in str(error).splitlines() if line.strip() == "needs root"] == (
        ["  needs root"] if os.geteuid() else []
    )


def test_what_click_is_told_is_wrong_is_told_harmless(monkeypatch):
    @click.command()
    def wrong() -> None:
        raise click.UsageError(HOSTILE)

    monkeypatch.setitem(main.commands, "wrong", wrong)
    done = CliRunner().invoke(main, ["wrong"])
    assert done.exit_code == 2 and is_harmless(done.stderr, "\n\t")


def test_a_warning_is_told_like_an_error(monkeypatch, capsys):
    @click.command()
    def doubtful() -> None:
        warnings.warn(f"doubt{HOSTILE}", CallbackWarning, stacklevel=1)

    monkeypatch.setitem(main.commands, "doubtful", doubtful)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        done = CliRunner().invoke(main, ["doubtful"])
    assert done.stderr.startswith("arcapix-gpfs: warning: doubt\\x00")
    assert is_harmless(done.stderr, "\n\t") and "doubtful" not in done.stderr


def test_nothing_is_printed_past_the_one_module_that_may():
    folder = Path(cli.__file__).parent
    for path in set(folder.glob("*.py")) - {folder / "terminal.py"}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", getattr(node, "id", ""))
            assert name not in ("echo", "secho", "echo_via_pager", "print", "write", "writelines"), (
                path,
                node.lineno,
            )

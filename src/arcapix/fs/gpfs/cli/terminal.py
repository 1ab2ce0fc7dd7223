"""What the command line prints, all of it: nobody else's text reaches a terminal as it is."""

from __future__ import annotations

import codecs
import sys
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from ..exceptions import printable, printable_lines

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PROGRAM = "arcapix-gpfs"


def print_line(line: str, *, err: bool = False) -> None:
    """Print one line, whatever it holds."""
    _echo(f"{printable(line)}\n", err)


def print_text(text: str, *, err: bool = False) -> None:
    """Print a text that keeps the ends of its lines, and its tabs."""
    _echo(printable_lines(text if text.endswith("\n") else f"{text}\n"), err)


def print_error(text: str) -> None:
    """Print what is wrong on standard error; no line but the first one looks like an error of its own."""
    first, *others = f"{PROGRAM}: {text}".rstrip("\n").split("\n")
    others = [line if line.startswith("  ") else f"  {line}" for line in others]
    print_text("\n".join([first, *others]), err=True)


def print_warning(text: str) -> None:
    """Print a doubt on standard error, in one line."""
    print_error(f"warning: {' '.join(line.strip() for line in text.splitlines())}")


def print_rendered(console: Console, texts: RenderableType) -> None:
    """Print what rich makes of printable texts for this terminal, without blanks at the ends of lines."""
    with console.capture() as said:
        console.print(texts)
    _echo("".join(f"{line.rstrip()}\n" for line in said.get().splitlines()), False)


def print_json(value: object, *, indent: int | None = None) -> None:
    """Print what programs read; JSON has an escape for whatever is not ASCII."""
    import json  # only programs need it

    _echo(f"{json.dumps(value, indent=indent)}\n", False)


def print_exactly(line: str) -> None:
    """Print one line that a shell reads, such as a path: as it is, except on a terminal."""
    if is_terminal():
        print_line(line)
    else:
        click.echo(f"{line}\n".encode("utf-8", "surrogateescape"), nl=False)


def print_output(pieces: Iterable[bytes], *, raw: bool) -> bool:
    """Print what a program has printed, and tell whether that is anything.

    Args:
        pieces: It, in pieces.
        raw: Whether it is printed as it is on a terminal, too.
    """
    is_any = False
    decoder = None if raw or not is_terminal() else codecs.getincrementaldecoder("utf-8")("backslashreplace")
    for piece in pieces:
        is_any = is_any or bool(piece)
        if decoder is None:
            click.echo(piece, nl=False)
        else:
            _echo(printable_lines(decoder.decode(piece)), False)
    if decoder is not None:
        _echo(printable_lines(decoder.decode(b"", final=True)), False)
    return is_any


def is_terminal() -> bool:
    """Tell whether standard output is a terminal."""
    return sys.stdout.isatty()


def is_error_terminal() -> bool:
    """Tell whether standard error is a terminal."""
    return sys.stderr.isatty()


def can_ask() -> bool:
    """Tell whether somebody can be asked: whether standard input is a terminal."""
    return sys.stdin.isatty()


def columns(text: str) -> int:
    """Return how many columns a printable text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _echo(text: str, err: bool) -> None:
    """Print a printable text; what the terminal has no character for is escaped as well."""
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err, nl=False)

"""The commands of ``arcapix-gpfs`` as their help tells them, taken apart."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import click

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.contents import SECTIONS
from arcapix.fs.gpfs.cli.terminal import PROGRAM

EXAMPLES = "Examples:"
_AS_IT_STANDS = "\b\n"
"""How click marks a paragraph whose lines are kept."""


class Paragraph(NamedTuple):
    """A paragraph of a help.

    Attributes:
        text: The text, one line if it is prose.
        kept: Whether its lines stay as they are.
    """

    text: str
    kept: bool


class Told(NamedTuple):
    """What the help of a command tells.

    Attributes:
        path: The command with those that it is within: ``arcapix-gpfs driver install``.
        usage: What follows it.
        what: Its first sentence.
        paragraphs: All that it says, without the examples.
        examples: Command lines.
        options: Pairs of spelling and help.
        commands: Pairs of a command within it, and its first sentence.
    """

    path: str
    usage: str
    what: str
    paragraphs: Sequence[Paragraph]
    examples: Sequence[str]
    options: Sequence[tuple[str, str]]
    commands: Sequence[tuple[str, str]]


def sections() -> Iterator[tuple[str, list[Told]]]:
    """Yield the sections of the program's help, each with its commands and those within them."""
    context = _context()
    for title, entries in SECTIONS.items():
        yield title, [told for name in entries for told in _below(context, name)]


def program() -> Told:
    """Return what the help of the program itself tells."""
    return _told(_context())


def _context() -> click.Context:
    return click.Context(main, info_name=PROGRAM, **main.context_settings)


def _below(parent: click.Context, name: str) -> Iterator[Told]:
    group = parent.command
    assert isinstance(group, click.Group)
    command = group.get_command(parent, name)
    assert command is not None
    if command.hidden:
        return
    context = click.Context(command, info_name=name, parent=parent)
    yield _told(context)
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            yield from _below(context, each)


def _told(context: click.Context) -> Told:
    command = context.command
    paragraphs = _paragraphs(command.help or "")
    examples = next((one for one in paragraphs if one.kept and one.text.startswith(EXAMPLES)), None)
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    within = []
    if isinstance(command, click.Group):
        found = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
        within = [(name, one.get_short_help_str(limit=1000)) for name, one in found if one and not one.hidden]
    return Told(
        path=context.command_path,
        usage=" ".join(command.collect_usage_pieces(context)),
        what=command.get_short_help_str(limit=1000),
        paragraphs=[one for one in paragraphs if one is not examples],
        examples=_lines(examples.text.removeprefix(EXAMPLES)) if examples else [],
        options=[record for record in records if record and record[1]],
        commands=within,
    )


def _paragraphs(text: str) -> list[Paragraph]:
    found = []
    for part in inspect.cleandoc(text).split("\n\n"):
        kept = part.startswith(_AS_IT_STANDS)
        lines = part.removeprefix(_AS_IT_STANDS)
        found.append(Paragraph(lines if kept else " ".join(lines.split()), kept))
    return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]

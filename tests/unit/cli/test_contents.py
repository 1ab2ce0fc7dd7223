"""What the help of ``arcapix-gpfs`` says without loading the commands is what they say themselves."""

from __future__ import annotations

import inspect
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.contents import COMMANDS, SECTIONS, UNLISTED


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_of_itself_what_the_list_of_commands_says(name):
    command = main.get_command(click.Context(main, **main.context_settings), name)
    assert command is not None
    assert command.name == name
    assert command.hidden == (name in UNLISTED)
    if name not in UNLISTED:
        assert command.get_short_help_str(limit=1000) == COMMANDS[name].what


def test_the_help_has_each_command_in_its_section_in_one_line():
    said = subprocess.run(
        [sys.executable, "-c", "from arcapix.fs.gpfs.cli import main; main()", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    listed: dict[str, list[str]] = {}
    for line in said.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            section = listed.setdefault(line[:-1], [])
        elif line.startswith("  ") and listed:
            section.append(line.split()[0])
    del listed["Options"]
    assert listed == {title: list(commands) for title, commands in SECTIONS.items()}


def commands(context: click.Context, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for path, below in commands(context, command):
                yield f"{name} {path}", below
        elif not command.hidden:
            yield name, command


EVERY = dict(commands(click.Context(main, **main.context_settings), main))


@pytest.mark.parametrize("path", EVERY)
def test_the_help_of_a_command_has_examples_that_it_takes(path):
    command = EVERY[path]
    help_text = inspect.cleandoc(command.help or "")
    _, found, below = help_text.partition("\b\nExamples:")
    assert found, "no examples, or their lines are wrapped"
    examples = [line.strip() for line in below.splitlines()[1:] if line.strip()]
    for example in examples:
        words = shlex.split(example.partition(" |")[0].partition(" >")[0])
        assert words[: len(path.split()) + 1] == ["arcapix-gpfs", *path.split()]
        context = click.Context(command, **main.context_settings)
        command.make_parser(context).parse_args(words[len(path.split()) + 1 :])

"""What the help of ``arcapix-gpfs`` says without loading the commands is what they say themselves."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.contents import COMMANDS, SECTIONS, UNLISTED


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_of_itself_what_the_list_of_commands_says(name):
    command = main.get_command(click.Context(main), name)
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

"""An option that takes one value is refused where it is given twice, in every command."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.cli import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def single_valued(context: click.Context, *path: str) -> Iterator[tuple[str, ...]]:
    """Commands with one of their options, by the words that they are started with."""
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from single_valued(click.Context(below, info_name=name, parent=context), *path, name)
    else:
        for option in command.get_params(context):
            if isinstance(option, click.Option) and not (option.multiple or option.is_flag or option.count):
                yield *path, option.opts[-1]


@pytest.mark.parametrize(
    "words", [*single_valued(click.Context(main, **main.context_settings))], ids=" ".join
)
def test_a_second_value_is_an_error_of_usage(words):
    *command, option = words
    done = run(*command, option, "a", f"{option}=b" if option.startswith("--") else f"{option}b")
    assert done.exit_code == 2
    assert f"Usage: main {' '.join(command)} " in done.stderr
    assert "given 2" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["history", "--nodes", "n2", "--nodes", "n3,n4"], "give it once: --nodes n2,n3,n4"),
        (["change", "m", "--event", "mount", "--event", "unmount"], "give it once: --event mount,unmount"),
        (
            ["add", "mount", "/bin/true", "--id", "a", "--id", "b"],
            "--id takes one value, and was given 2: a, b",
        ),
    ],
)
def test_the_error_says_how_several_are_given_where_that_is_possible(words, said):
    assert said in run(*words).stderr


def test_flags_and_options_for_several_values_may_be_repeated(driver):
    done = run("history", "--json", "--json", "--callback", "a", "--callback", "b")
    assert (done.exit_code, done.stdout) == (0, "[]\n")


def test_what_stands_behind_two_dashes_is_no_option():
    assert "no such file" in run("lint", "--json", "--", "--json", "--json").stderr.lower()

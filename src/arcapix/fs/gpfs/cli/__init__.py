"""The command ``arcapix-gpfs``: what an administrator does with callbacks without writing Python."""

from __future__ import annotations

import copy
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from ..commands import log
from ..emulator import EmulatorError
from ..exceptions import GPFSError, printable_lines
from .contents import COMMANDS, SECTIONS
from .terminal import print_error, print_warning

_COMPLETE = "_ARCAPIX_GPFS_COMPLETE"
"""What is set in the environment when a shell asks for completions."""


class _Program(click.Group):
    """Reports every error of ours in one line on standard error, and exits with the status that it states.

    No command takes an option twice that has one value: the first one would be lost without a word.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        if _COMPLETE in os.environ:
            import_module(f"{__name__}.bash").register()
        return super().main(*args, **kwargs)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.what) for name, entry in commands.items()])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, name = COMMANDS[cmd_name].place.partition(":")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, words = super().resolve_command(ctx, args)
        if command is not None and not ctx.resilient_parsing:
            _refuse_repetitions(click.Context(command, info_name=name, parent=ctx), words)
        return name, command, words

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _printable_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _printable_errors(), _printable_warnings():
                return super().invoke(ctx)
        except GPFSError as error:
            print_error(str(error))
            sys.exit(error.exit_status)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(1)
        except (EmulatorError, OSError) as error:
            print_error(str(error))
            sys.exit(1)


def _refuse_repetitions(context: click.Context, words: Sequence[str]) -> None:
    """See that no option which takes one value is given several times, whichever of its names are used.

    Args:
        context: That of the command, or of the group of commands.
        words: What stands behind its name.
    """
    options = [each for each in context.command.get_params(context) if isinstance(each, click.Option)]
    single = [each for each in options if not (each.multiple or each.is_flag or each.count)]
    reader = click.Command(None, params=[copy.copy(each) for each in options], add_help_option=False)
    for option in reader.params:
        if option.name in {each.name for each in single}:
            option.multiple = True
    try:
        given, rest, _ = reader.make_parser(context).parse_args(list(words))
    except click.UsageError:
        return  # the command says the same
    for option in single:
        values = given.get(option.name, ())
        if len(values) > 1:
            raise click.UsageError(_repeated(option, values), context)
    if rest and isinstance(context.command, click.Group):
        command = context.command.get_command(context, rest[0])
        if command is not None:
            _refuse_repetitions(click.Context(command, info_name=rest[0], parent=context), rest[1:])


def _repeated(option: click.Option, values: Sequence[str]) -> str:
    name = max(option.opts, key=len)
    if (option.metavar or "").endswith(",..."):
        return f"{name} was given {len(values)} times; give it once: {name} {','.join(values)}"
    return f"{name} takes one value, and was given {len(values)}: {', '.join(values)}"


@contextmanager
def _printable_errors() -> Iterator[None]:
    """Let what click says about a command line be printed, whatever stands in it."""
    try:
        yield
    except click.ClickException as error:
        error.message = printable_lines(error.message)  # type: ignore[misc]  # only its classes may not
        raise


@contextmanager
def _printable_warnings() -> Iterator[None]:
    """Have warnings told like errors, each in one line, in the place of a line of our source."""

    def tell(message: Warning | str, *_: object, **__: object) -> None:
        print_warning(str(message))

    with warnings.catch_warnings():
        warnings.showwarning = tell
        yield


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="arcapix-fs-gpfs")
@click.option("--verbose", "-v", is_flag=True, help="Show each mm command that is run, on standard error.")
def main(verbose: bool) -> None:
    """Python functions as callbacks of an IBM GPFS (Storage Scale) cluster."""
    if verbose:
        log.show("debug")

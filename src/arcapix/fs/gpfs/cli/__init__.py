"""The command ``arcapix-gpfs``: what an administrator does with callbacks without writing Python."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from ..commands import log
from ..emulator import EmulatorError
from ..exceptions import GPFSError

PROGRAM = "arcapix-gpfs"

_COMMANDS = {
    "delete": ("callbacks", "delete"),
    "discard": ("deliveries", "discard"),
    "doctor": ("doctor", "doctor"),
    "driver": ("driver", "driver"),
    "emulate": ("emulate", "emulate"),
    "history": ("history", "history"),
    "key": ("key", "key"),
    "learn-pauses": ("pause", "learn_pauses"),
    "list": ("callbacks", "list_callbacks"),
    "output": ("history", "output"),
    "pause": ("pause", "pause"),
    "paused": ("pause", "paused"),
    "pending": ("deliveries", "pending"),
    "reconcile": ("reconcile", "reconcile"),
    "recover": ("recover", "recover"),
    "resume": ("pause", "resume"),
    "retry": ("deliveries", "retry"),
    "show": ("callbacks", "show"),
}
"""The module of each command, and its name there; nothing is loaded for the others."""


class _Program(click.Group):
    """Reports every error of ours in one line on standard error, and exits with the status that it states."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GPFSError as error:
            click.echo(f"{PROGRAM}: {error}", err=True)
            sys.exit(error.exit_status)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(1)
        except (EmulatorError, OSError) as error:
            click.echo(f"{PROGRAM}: {error}", err=True)
            sys.exit(1)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="arcapix-fs-gpfs")
@click.option("--verbose", "-v", is_flag=True, help="Show each mm command that is run, on standard error.")
def main(verbose: bool) -> None:
    """Python functions as callbacks of an IBM GPFS (Storage Scale) cluster."""
    if verbose:
        log.show("debug")

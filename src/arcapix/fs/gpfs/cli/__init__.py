"""The command ``arcapix-gpfs``: what an administrator does with callbacks without writing Python."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..commands import log
from ..emulator import EmulatorError
from ..exceptions import GPFSError
from . import callbacks, deliveries, driver, emulate, history, key


class _Program(click.Group):
    """Reports every error of ours in one line on standard error, and exits with the status that it states."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GPFSError as error:
            click.echo(f"arcapix-gpfs: {error}", err=True)
            sys.exit(error.exit_status)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(1)
        except (EmulatorError, OSError) as error:
            click.echo(f"arcapix-gpfs: {error}", err=True)
            sys.exit(1)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="arcapix-fs-gpfs")
@click.option("--verbose", "-v", is_flag=True, help="Show each mm command that is run, on standard error.")
def main(verbose: bool) -> None:
    """Python functions as callbacks of an IBM GPFS (Storage Scale) cluster."""
    if verbose:
        log.show("debug")


main.add_command(callbacks.list_callbacks)
main.add_command(callbacks.show)
main.add_command(callbacks.delete)
main.add_command(deliveries.discard)
main.add_command(deliveries.pending)
main.add_command(deliveries.retry)
main.add_command(driver.driver)
main.add_command(emulate.emulate)
main.add_command(history.history)
main.add_command(key.key)
main.add_command(history.output)

"""``arcapix-gpfs driver``: the program that GPFS starts."""

from __future__ import annotations

from pathlib import Path

import click

from ..deployment import installation


@click.group()
def driver() -> None:
    """Install the program that GPFS starts for Python callbacks."""


@driver.command()
@click.option(
    "--prefix",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the driver, its state and its log: on a local disk, at the same path on every node.",
)
@click.option("--path", help="The PATH for handlers.")
@click.option(
    "--keep-environment", metavar="NAME", multiple=True, help="A variable that handlers get as GPFS gave it."
)
@click.option(
    "--node-variable", metavar="NAME", help="A variable that names the node, instead of the host's name."
)
def install(
    prefix: Path | None, path: str | None, keep_environment: tuple[str, ...], node_variable: str | None
) -> None:
    """Write the driver for this Python, and print its path. Needs no GPFS, and changes nothing in it."""
    given = {"path": path, "keep_environment": keep_environment, "node_variable": node_variable}
    settings = {name: value for name, value in given.items() if value}
    click.echo(installation.install(prefix, settings))

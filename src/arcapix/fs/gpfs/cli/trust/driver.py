"""``arcapix-gpfs driver``: the program that GPFS starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ...commands import values
from ...deployment import installation
from ...exceptions import GPFSError
from ...registration import run_options
from ..terminal import print_exactly, print_line, print_warning

_LEAST_BYTES = 64 << 10
"""A file with less room would be moved aside by almost every run."""

_RUNNING = run_options.between(0, run_options.MOST_RUNNING, "d", "64")


def _size(text: str) -> int:
    try:
        found = values.size(text)
    except ValueError:
        way_out = "give bytes, or a whole number with K, M or G, such as 64M"
        raise click.BadParameter(f"{text!r} is not a size; {way_out}") from None
    if found < _LEAST_BYTES:
        raise click.BadParameter(f"{text!r} is less than 64K; give a size such as 64M")
    return found


def _most_running(_context: click.Context, _option: click.Parameter, number: int | None) -> int | None:
    try:
        return None if number is None else _RUNNING("max_running", number)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


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
@click.option(
    "--journal-bytes",
    type=_size,
    metavar="SIZE",
    help="The bound of each of the journal's three files, such as 64M; default: 4M.",
)
@click.option(
    "--log-bytes",
    type=_size,
    metavar="SIZE",
    help="The bound of each of the log's three files, such as 64M; default: 16M.",
)
@click.option(
    "--max-running",
    type=int,
    callback=_most_running,
    metavar="NUMBER",
    help="How many runs of a callback without run options a node has at the same time; as many more wait. "
    f"0: any number; default: 64; at most {run_options.MOST_RUNNING}.",
)
@click.option(
    "--once-folder",
    metavar="DIR",
    help="The folder that all nodes share for callbacks with Run(once=...), such as /mmfs1/.arcapix/once.",
)
@click.option(
    "--insecure",
    is_flag=True,
    help="Install it even where others than root can change what it runs; every listing will say so.",
)
@click.option("--defaults", is_flag=True, help="Keep no setting of the driver that is replaced.")
def install(prefix: Path | None, defaults: bool, **given: object) -> None:
    """Write the driver for this Python, and print its path. Needs no GPFS, and changes nothing in it.

    A driver that is there is replaced; what it was installed with stays, unless it is given anew.
    """
    settings = {
        name: value for name, value in given.items() if value not in (None, ()) and value is not False
    }
    if not defaults:
        settings |= _kept(prefix, settings)
    installation.make_sure_of_python(prefix, settings)
    print_exactly(str(installation.install(prefix, settings)))


def _kept(prefix: Path | None, given: Mapping[str, object]) -> dict[str, object]:
    """Return what stays of the driver that is replaced, and say so."""
    try:
        kept = installation.kept(prefix, given)
    except GPFSError as error:
        print_warning(str(error))
        return {}
    if kept:
        told = ", ".join(f"{name}={value!r}" for name, value in kept.items())
        print_line(f"kept from the driver before, unless --defaults is given: {told}", err=True)
    return kept

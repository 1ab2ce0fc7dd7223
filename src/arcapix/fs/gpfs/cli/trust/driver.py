"""``arcapix-gpfs driver``: the program that GPFS starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ...commands import mmlscallback, values
from ...deployment import installation, removal
from ...exceptions import GPFSError, GPFSNotInstalled
from ...registration import run_options
from ..agreement import agree
from ..nodes import Nodes
from ..places import places
from ..terminal import print_exactly, print_line, print_text, print_warning
from .rollout import roll_out

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
@places
@click.pass_context
def install(
    context: click.Context,
    /,
    prefix: Path | None,
    defaults: bool,
    nodes: tuple[str, ...],
    everywhere: bool,
    **given: object,
) -> None:
    """Write the driver for this Python, and print its path.

    That needs no GPFS, and changes nothing in it. A driver that is there is replaced; what it was installed
    with stays, unless it is given anew.

    With --nodes or --node it is installed there, through the remote shell of the cluster: on one node first,
    and on the rest, many at once, only if that went well. The package has to be there, at the same path.

    \b
    Examples:
      arcapix-gpfs driver install
      arcapix-gpfs driver install --log-bytes 64M --nodes all
      arcapix-gpfs driver install --keep-environment KRB5CCNAME --node n7
    """
    settings = {
        name: value for name, value in given.items() if value not in (None, ()) and value is not False
    }

    def here() -> str:
        if not defaults:
            settings.update(_kept(prefix, settings))
        installation.make_sure_of_python(prefix, settings)
        return str(installation.install(prefix, settings))

    if nodes or everywhere:
        roll_out(context, Nodes(nodes, of_driver=False), here)
    else:
        print_exactly(here())


@driver.command()
@click.option(
    "--prefix",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that it was installed in, if another was given then.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether callbacks may fail.")
@places
@click.pass_context
def remove(
    context: click.Context, prefix: Path | None, yes: bool, nodes: tuple[str, ...], everywhere: bool
) -> None:
    """Remove the driver from this node.

    What runs goes on; state and log stay, with the history and what waits for another attempt. Callbacks
    that are registered with this driver fail at each event here from then on; they are named first.

    \b
    Examples:
      arcapix-gpfs driver remove
      arcapix-gpfs driver remove --prefix /opt/old --yes
    """
    path = (prefix or installation.default_prefix()).absolute() / installation.STUB

    def here() -> str:
        removed = removal.remove(prefix)
        if not removed:
            raise GPFSError(f"no driver is installed at {path}")
        return "\n".join(f"removed {gone}" for gone in removed)

    told = _who_needs(path)
    if told:
        agree(told, yes=yes)
    if nodes or everywhere:
        roll_out(context, Nodes(nodes, of_driver=False), here, "--yes")
    else:
        print_text(here())


def _who_needs(driver: Path) -> str:
    """Return what has to be said before a driver is removed; nothing if no callback needs it."""
    try:
        names = [record.identifier for record in mmlscallback() if record.command == str(driver)]
    except GPFSNotInstalled:
        return ""  # no event ever comes to this node
    except GPFSError as error:
        reason, _, _ = str(error).partition("\n")
        return f"callbacks that need the driver will fail here; they cannot be listed: {reason}"
    count = "1 callback" if len(names) == 1 else f"{len(names)} callbacks"
    return f"{count} will fail here at each event: {', '.join(names)}" if names else ""


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

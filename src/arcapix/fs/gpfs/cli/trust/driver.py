"""``arcapix-gpfs driver``: the program that GPFS starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ...administration.checks import node_checks
from ...administration.checks.finding import Finding, told_by
from ...administration.doctor import Told
from ...commands import mmlscallback, values
from ...deployment import installation, removal
from ...exceptions import GPFSError, GPFSNotInstalled
from ...registration import run_options
from ..agreement import agree
from ..nodes import Nodes, read_answer
from ..places import HERE, asked_by_nodes, places
from ..terminal import print_exactly, print_json, print_line, print_text, print_warning
from . import findings
from .rollout import print_said, roll_out

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


_json = click.option(
    "--json", "as_json", is_flag=True, help="A JSON array of what each node says, for programs."
)


@click.group()
def driver() -> None:
    """Install, check and remove the program that GPFS starts."""


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
@_json
@click.pass_context
def install(
    context: click.Context,
    /,
    prefix: Path | None,
    defaults: bool,
    nodes: tuple[str, ...],
    everywhere: bool,
    as_json: bool,
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
        roll_out(context, Nodes(nodes, of_driver=False), here, as_json=as_json)
    elif as_json:
        print_said({installation.node_here(): here()})
    else:
        print_exactly(here())


@driver.command()
@places
@click.option("--verbose", "-a", "everything", is_flag=True, help="Show what is well, too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of all findings, for programs.")
@asked_by_nodes
@click.pass_context
def check(
    context: click.Context,
    nodes: tuple[str, ...],
    everywhere: bool,
    everything: bool,
    as_json: bool,
    is_asked: bool,
) -> None:
    """Say whether GPFS can start the driver, and whether it is as it should be.

    That is what `doctor` says of the driver, its interpreter, who could change them, the cluster key, and the
    folders of what it records. The exit status is 1 where there is a problem.

    \b
    Examples:
      arcapix-gpfs driver check -a
      arcapix-gpfs driver check --nodes all
    """
    if is_asked:
        print_json(_findings(installation.driver_place()))
        return
    if nodes or everywhere:
        cluster = Nodes(nodes)
        path = cluster.driver()
        answers = cluster.gather(["driver", "check", HERE], lambda: _findings(path))
        found = [told for node, answer in answers for told in _read(node.daemon_name, answer)]
        names = [node.daemon_name for node in cluster.nodes]
    else:
        names = [installation.node_here()]
        found = _read(names[0], _findings(installation.driver_place()))
    if as_json:
        print_json([told.fields() for told in found], indent=2)
    else:
        findings.show(found, everything, names)
    if any(told.finding.state == "problem" for told in found):
        context.exit(1)


def _findings(path: Path) -> list[dict[str, Any]]:
    checks = (node_checks.of_driver, node_checks.of_key, node_checks.of_places)
    return [finding.fields() for check_ in checks for finding in check_(path)]


def _read(node: str, answer: Any) -> list[Told]:
    found = read_answer(
        answer,
        lambda every: [Finding.from_fields(fields) for fields in every],
        *findings.OF_ANOTHER_RELEASE,
    )
    if isinstance(found, Exception):
        text, advice = told_by(found)
        return [Told(node, Finding("answer", "problem", text, advice))]
    return [Told(node, finding) for finding in found]


@driver.command()
@click.option(
    "--prefix",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that it was installed in, if another was given then.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether callbacks may fail.")
@places
@_json
@click.pass_context
def remove(
    context: click.Context,
    prefix: Path | None,
    yes: bool,
    nodes: tuple[str, ...],
    everywhere: bool,
    as_json: bool,
) -> None:
    """Remove the driver from this node.

    What runs goes on; state and log stay, with the history and what waits for another attempt. The settings
    of the driver go with it, and are told; to keep them, install another one over it instead. Callbacks that
    are registered with this driver fail at each event here from then on; they are named first.

    \b
    Examples:
      arcapix-gpfs driver remove
      arcapix-gpfs driver remove --prefix /opt/old --yes
    """
    path = (prefix or installation.default_prefix()).absolute() / installation.STUB

    def here() -> str:
        forgotten = _forgotten(prefix)
        removed = removal.remove(prefix)
        if not removed:
            raise GPFSError(f"no driver is installed at {path}")
        return "\n".join([*(f"removed {gone}" for gone in removed), *forgotten])

    told = _who_needs(path)
    if told:
        agree(told, yes=yes)
    if nodes or everywhere:
        roll_out(context, Nodes(nodes, of_driver=False), here, "--yes", as_json=as_json)
    elif as_json:
        print_said({installation.node_here(): here()})
    else:
        print_text(here())


def _forgotten(prefix: Path | None) -> list[str]:
    """Return the settings that the next installation does not know any more, in a line, if there are any."""
    try:
        settings = installation.kept(prefix, {})
    except GPFSError:
        return []
    told = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    return [f"it had settings that the next installation will not have by itself: {told}"] if told else []


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

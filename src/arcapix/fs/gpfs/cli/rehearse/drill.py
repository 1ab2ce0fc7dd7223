"""``arcapix-gpfs drill``: an event is played through the callbacks that are registered for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from ...administration.drill.plan import Drill, callbacks_of, doubts, missing, named, place_of
from ...administration.drill.play import Outcome, play
from ...exceptions import GPFSError
from ...registration import header, registry
from .. import completion
from ..nodes import Nodes, first_line
from ..places import places
from ..table import Table
from ..terminal import print_error, print_json, print_line, print_warning

_HEADING = ["NODE", "CALLBACK", "RUN", "STATE", "SECONDS", "REASON"]


@click.command()
@click.argument("event", shell_complete=completion.event_names)
@click.argument("values", nargs=-1, metavar="[VARIABLE=VALUE]...", shell_complete=completion.values)
@places
@click.option(
    "--callback",
    "callbacks",
    multiple=True,
    metavar="ID",
    shell_complete=completion.callbacks,
    help="Only this callback, or those matching a pattern such as 'log*'; may be given several times.",
)
@click.option(
    "--only-python", is_flag=True, help="Leave scripts out: they may not look whether it is a drill."
)
@click.option("--json", "as_json", is_flag=True, help="A JSON array.")
@click.option("--id", "name", hidden=True, default="", help="Play what another node plays, on this node.")
@click.pass_context
def drill(
    context: click.Context,
    event: str,
    values: tuple[str, ...],
    nodes: Sequence[str],
    everywhere: bool,
    callbacks: tuple[str, ...],
    only_python: bool,
    as_json: bool,
    name: str,
) -> None:
    """Play an event through the callbacks that are registered for it.

    The callbacks' own programs are started, as GPFS would start them, on each node where GPFS would: a global
    event on every active node; a local one on the manager that raises it, such as the one of the file system,
    or else on this node unless GPFS is down there. A line says where and why. --node or --nodes says
    otherwise. Functions see event.drill, and functions and scripts the environment variable
    ARCAPIX_GPFS_DRILL; whatever does not look acts as at a real event. `history` shows such runs as drills.
    Variables that are not given are what GPFS says of the node and the cluster, or UNDEFINED. The status is 1
    if one of the callbacks fails.

    \b
    Examples:
      arcapix-gpfs drill mount fsName=mmfs1
      arcapix-gpfs drill lowDiskSpace fsName=mmfs1 storagePool=system --node n2
      arcapix-gpfs drill nodeLeave eventNode=n3 --callback 'page*' --nodes all
      arcapix-gpfs drill preUnmount fsName=mmfs1 --only-python --json
    """
    wanted = named(Drill(event, _pairs(values), callbacks, only_python, name))
    records = callbacks_of(wanted, registry.listed())
    if name:
        print_json([outcome.fields() for outcome in play(wanted, records)])
        return
    for doubt in [*doubts(wanted, records), *missing(wanted)]:
        print_warning(doubt)
    if not (nodes or everywhere):
        nodes, why = place_of(wanted)
        print_line(why, err=True)
    cluster = Nodes(nodes)
    failures: list[str] = []
    outcomes = _outcomes(cluster, wanted, lambda: play(wanted, records), failures.append)
    if as_json:
        print_json([outcome.fields() for outcome in outcomes], indent=2)
    else:
        _show(outcomes)
    played = {outcome.callback for outcome in outcomes}
    for record in records:
        if record.identifier not in played and not failures:
            limits = ", ".join(header.nodes_of(record)) or "no node"
            print_line(f"{record.identifier} is for none of these nodes; it is limited to {limits}", err=True)
    for failure in failures:
        print_error(failure)
    if failures or not all(outcome.is_good() for outcome in outcomes):
        context.exit(1)


def _pairs(words: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{word!r} is no variable with a value, such as fsName=mmfs1")
        if name in found:
            raise click.UsageError(f"{name} is given twice")
        found[name.removeprefix("%")] = value
    return found


def _outcomes(
    nodes: Nodes, wanted: Drill, here: Callable[[], list[Outcome]], complain: Callable[[str], object]
) -> list[Outcome]:
    """Have nodes play a drill; each node that cannot be asked is complained about in one line."""
    words = ["drill", "--id", wanted.id, *(["--only-python"] if wanted.only_python else [])]
    words += [word for callback in wanted.callbacks for word in ("--callback", callback)]
    words += ["--", wanted.event, *(f"{name}={value}" for name, value in wanted.values.items())]
    found: list[Outcome] = []
    for node, answer in nodes.gather(words, lambda: [outcome.fields() for outcome in here()]):
        try:
            found += _read(answer)
        except (GPFSError, OSError) as error:
            complain(f"{node.daemon_name} cannot be asked: {first_line(str(error))}")
    return found


def _read(answer: Any) -> list[Outcome]:
    if isinstance(answer, Exception):
        raise answer
    if not isinstance(answer, list):
        raise GPFSError(f"its answer is no list: {str(answer)[:80]!r}")
    return [Outcome.from_fields(fields) for fields in answer]


def _show(outcomes: Sequence[Outcome]) -> None:
    rows = [
        [
            outcome.node,
            outcome.callback,
            outcome.run or "-",
            outcome.state,
            "-" if outcome.seconds is None else f"{outcome.seconds:.3f}",
            outcome.reason,
        ]
        for outcome in outcomes
    ]
    if rows:
        table = Table(_HEADING, rows)
        table.show_heading()
        table.show(rows)

"""``arcapix-gpfs reconcile``: what callbacks have missed on this node, told afterwards."""

from __future__ import annotations

import random
import time
from pathlib import Path

import click

from ...administration.reconciliation.missed import Missed
from ...administration.reconciliation.reconciler import Reconciler
from ...deployment import installation
from ...registration import durations
from .. import usage
from ..terminal import print_error, print_json, print_line

_INCOMPLETE = 5
"""The exit status where GPFS could not be asked for all of it, as for an mm command that failed."""


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell what was missed; nothing is written.")
@click.option(
    "--jitter",
    metavar="DURATION",
    help="First wait at random, as long at most, such as 30s; default: not at all.",
)
@click.option(
    "--callback",
    "callbacks",
    metavar="ID",
    multiple=True,
    help="Only this callback, or those matching a pattern such as 'log*'.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON array of what was missed, for programs.")
@click.pass_context
def reconcile(
    context: click.Context, dry_run: bool, jitter: str | None, callbacks: tuple[str, ...], as_json: bool
) -> None:
    """Tell callbacks of what this node has missed.

    That is what happened while GPFS or the driver was down, as far as GPFS can be asked: mounts, states of
    nodes, use of pools, soft quotas. Only callbacks with Run(reconcile=True) are told, once, however many
    reconcile; those that are paused, after the pause. --callback may be given several times.

    \b
    Examples:
      arcapix-gpfs reconcile --dry-run
      arcapix-gpfs reconcile --callback 'log*'
      arcapix-gpfs reconcile --dry-run --json
    """
    if jitter is not None:
        with usage.checked():
            longest = durations.seconds("--jitter", jitter, without="no wait")
        time.sleep(random.uniform(0, longest))
    complaints: list[str] = []
    missed: list[Missed] = []
    announce = missed.append if as_json else lambda each: print_line(str(each))
    state = Path(installation.configuration_of(installation.driver_path())["state"])
    reconciler = Reconciler(state, announce, complaints.append)
    try:
        count = reconciler.reconcile(callbacks, dry_run=dry_run)
    finally:  # what was told by then was told, whatever failed after that
        if as_json:
            here = installation.node_here()
            print_json([{"node": here, **each._asdict()} for each in missed], indent=2)
    if reconciler.is_down():
        complaints.append(
            f"GPFS is down on {reconciler.node}: only startup and shutdown could be looked after"
        )
    for complaint in dict.fromkeys(complaints):
        print_error(complaint)
    if complaints:
        context.exit(_INCOMPLETE)
    if not count and not as_json:
        print_line("nothing was missed", err=True)

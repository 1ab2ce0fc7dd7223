"""``arcapix-gpfs kill``: the end of a run that goes on."""

from __future__ import annotations

import signal

import click

from ...administration import kills
from ...deployment import installation
from ...exceptions import GPFSError
from ...registration import durations
from ...runs.deliveries import Deliveries, accepted
from ...runs.history import History
from .. import usage
from ..nodes import Nodes
from ..places import place
from ..terminal import print_json, print_line, print_text
from .deliveries import who

_LONGEST = 30.0
"""Seconds; whoever asks another node waits for no more than a minute."""


@click.command()
@click.argument("run")
@place
@click.option(
    "--signal",
    "name",
    type=click.Choice(("TERM", "INT", "KILL")),
    default="TERM",
    show_default=True,
    help="What it gets first.",
)
@click.option(
    "--after",
    metavar="DURATION",
    default="10s",
    show_default=True,
    help="After that long what is left gets SIGKILL; 30s at most.",
)
@click.option("--discard", is_flag=True, help="Give its event up as well, so that it is not tried again.")
@click.option(
    "--json", "as_json", is_flag=True, help="A JSON array of the run, as `history` has it, for programs."
)
@click.option("--by", hidden=True)
@click.pass_context
def kill(
    context: click.Context,
    run: str,
    node: str | None,
    name: str,
    after: str,
    discard: bool,
    as_json: bool,
    by: str | None,
) -> None:
    """End a run that goes on.

    RUN is what `history` calls it, or as much of that as no other run begins with. The function gets SIGTERM
    with all that it has started, and SIGKILL after --after; nothing else does, even if a process has the
    number of one that is gone. The command waits for the end, says what became of the run, and has the
    history say who ended it.

    A run that was killed counts as a failed attempt: with retries=, the event is tried again, as often as
    is left; --discard gives it up instead.

    \b
    Examples:
      arcapix-gpfs kill 20261129T031502.004711-815
      arcapix-gpfs kill 20261129T0315 --after 2s --discard
      arcapix-gpfs kill 20261129T031502.004711-815 --node n2 --signal KILL
    """
    with usage.checked():
        seconds = durations.seconds("--after", after, least=0)
    if seconds > _LONGEST:
        raise click.UsageError(f"--after {after} is longer than anybody waits for this; give 30s at most")
    by = by or who()
    if node is not None:
        cluster = Nodes([node])
        (record,) = cluster.nodes
        if not cluster.is_local(record):
            flags = [*(["--discard"] if discard else []), *(["--json"] if as_json else [])]
            done = cluster.ask(
                record, ["kill", "--by", by, "--signal", name, "--after", after, *flags, "--", run]
            )
            for text, is_error in ((done.stdout, False), (done.stderr, True)):
                if text:
                    print_text(text, err=is_error)
            context.exit(done.returncode)
    _kill_here(run, signal.Signals[f"SIG{name}"], seconds, by, discard=discard, as_json=as_json)


def _kill_here(
    name: str, number: signal.Signals, after: float, by: str, *, discard: bool, as_json: bool
) -> None:
    driver = installation.driver_path()
    history = History.of(driver)
    found = kills.find(history, name)
    if discard and not accepted(found.id):
        raise GPFSError(f"run {found.id} is not tried again in any case; leave --discard out")
    ended = kills.Kill(history, found, by).end(number, after)
    if as_json:
        print_json([ended.fields()], indent=2)
    else:
        reason = f": {ended.reason}" if ended.reason else ""
        print_line(f"{ended.id} of {ended.callback}: {ended.state} after {ended.seconds:.3f} s{reason}")
    if discard:
        for event in Deliveries.of(driver).discard([ended.id], by):
            print_line(f"discarded {event}", err=as_json)

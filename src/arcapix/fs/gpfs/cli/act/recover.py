"""``arcapix-gpfs recover``: what something that was killed has left half done on this node."""

from __future__ import annotations

import sys
from contextlib import suppress

import click

from ...deployment import installation
from ...exceptions import GPFSError
from ...registration import durations, lost, recovery, registry
from ...runs.deliveries import Deliveries, PendingEvent
from ...runs.history import History
from .. import usage
from ..terminal import can_ask, print_error, print_json, print_line, print_warning
from .deliveries import become_deliverer, shown_due


@click.command()
@click.option("--wait", is_flag=True, help="Come back once no event waits for an attempt any more.")
@click.option(
    "--definitions", is_flag=True, help="Changes of callbacks and batches that were cut short instead."
)
@click.option(
    "--max-age",
    metavar="DURATION",
    help="With --definitions: leave alone what was cut short longer ago, such as 12h or 30d; default: "
    f"{recovery.MAX_AGE}.",
)
@click.option("--yes", is_flag=True, help="With --definitions: do it without asking.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="A JSON array of runs, as `history` has them, and events, as `pending` has them, for programs; with "
    "--definitions of what is to be done, and whether it was. Nothing is asked then.",
)
def recover(wait: bool, definitions: bool, max_age: str | None, yes: bool, as_json: bool) -> None:
    """Put in order what was left half done on this node.

    Runs that were killed are recorded as interrupted. Events that wait for an attempt, as Run(retries=...)
    asks for, get it as soon as it is due, once, however many recover them. What is going to be done is told
    first.

    With --definitions, a callback that is missing since its change was cut short is added again, as it was
    before, and the part of a batch that was installed is deleted. What was changed or deleted with success on
    this node since does not come back. On a terminal it asks before it does that; without one it only tells,
    and ends with 1, unless --yes is given.

    \b
    Examples:
      arcapix-gpfs recover
      arcapix-gpfs recover --wait
      arcapix-gpfs recover --definitions --yes
      arcapix-gpfs recover --definitions --json
    """
    if definitions and wait:
        raise click.UsageError("--wait is about events, and --definitions is not; leave one of them out")
    if not definitions:
        if max_age is not None:
            raise click.UsageError("--max-age goes only with --definitions: no accepted event is too old")
        if yes:
            raise click.UsageError("--yes goes only with --definitions: nothing else is asked")
        _recover_runs(wait, as_json=as_json)
        return
    max_age = max_age or recovery.MAX_AGE
    with usage.checked():
        oldest = durations.seconds("--max-age", max_age, without=recovery.MAX_AGE)
    if as_json:
        _recover_for_programs(oldest, yes=yes)
    elif yes:
        _report(recovery.recover(oldest, announce=lambda one: print_line(one.text)))
    else:
        _recover_when_agreed(oldest)


def _recover_runs(wait: bool, *, as_json: bool) -> None:
    driver = installation.driver_path()
    killed = History.of(driver).mark_interrupted()
    events = [event for event in Deliveries.of(driver).pending() if event.state != "failed"]
    try:
        if as_json:
            here = installation.node_here()
            found = [*(run.fields() for run in killed), *({"node": here, **one.fields()} for one in events)]
            print_json(found, indent=2)
        else:
            for run in killed:
                print_line(f"run {run.id} of {run.callback} is interrupted: {run.reason}")
            for event in events:
                print_line(_told(event))
    finally:  # whether or not anybody reads that
        if events:
            become_deliverer(driver, *(["--wait"] if wait else []))
    if not as_json:
        print_line("no event waits for an attempt", err=True)
    _tell_of_definitions()


def _tell_of_definitions() -> None:
    """Say which definitions wait, unless GPFS does not tell what is registered."""
    with suppress(GPFSError, OSError):
        for each in lost.lost({record.identifier for record in registry.listed()}):
            print_warning(f"{each.text}; {lost.WAY_OUT}")


def _told(event: PendingEvent) -> str:
    number = max(event.attempts, 1) if event.state == "running" else event.attempts + 1
    when = "is being made" if event.state == "running" else f"is due {shown_due(event)}"
    return f"event {event.id} of {event.callback}: attempt {number} of {event.most} {when}"


def _recover_for_programs(oldest: float, *, yes: bool) -> None:
    """Do what is to be done, if that was agreed to, and print it; a file that is gone was dealt with."""
    planned: list[recovery.Planned] = []
    done = None
    if yes:
        done = recovery.recover(oldest, announce=planned.append)
    else:
        planned = recovery.plan(oldest)
    here = installation.node_here()
    print_json(
        [
            {
                "node": here,
                "path": str(one.path),
                "text": one.text,
                "changes": one.changes,
                "done": yes and not one.path.exists(),
            }
            for one in planned
        ],
        indent=2,
    )
    if done is not None:
        _tell_of_doubts(done)
    elif any(one.changes for one in planned):
        print_error("nothing was changed; to do that, add --yes")
        sys.exit(1)


def _recover_when_agreed(oldest: float) -> None:
    """Tell what is to be done, and do it if whoever sits there agrees; what has changed meanwhile is left."""
    planned = recovery.plan(oldest)
    for one in planned:
        print_line(one.text)
    if any(one.changes for one in planned):
        if not can_ask():
            print_error("nothing was changed, since nobody could be asked; to do that, add --yes")
            sys.exit(1)
        click.confirm("Do that now?", abort=True, err=True)
    _report(recovery.recover(oldest, only=[one.path for one in planned]))


def _report(done: recovery.Recovered) -> None:
    """Print what was done.

    Raises:
        GPFSError: GPFS refused something.
    """
    for identifier in done.added:
        print_line(f"added {identifier}")
    for part in done.deleted:
        print_line(f"deleted the part of a batch: {', '.join(part)}")
    _tell_of_doubts(done)
    if not (done.added or done.deleted or done.left):
        print_line("nothing to recover", err=True)


def _tell_of_doubts(done: recovery.Recovered) -> None:
    """Print what somebody should look at.

    Raises:
        GPFSError: GPFS refused something.
    """
    for doubt in done.doubts:
        print_warning(doubt)
    for error in done.failed[1:]:
        print_error(str(error))
    if done.failed:
        raise done.failed[0]

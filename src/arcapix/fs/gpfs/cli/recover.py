"""``arcapix-gpfs recover``: what something that was killed has left half done on this node."""

from __future__ import annotations

import click

from ..registration import durations, recovery


@click.command()
@click.option(
    "--definitions", is_flag=True, help="Changes of callbacks and batches that were cut short on this node."
)
@click.option(
    "--max-age",
    metavar="DURATION",
    default=recovery.MAX_AGE,
    show_default=True,
    help="Leave alone what was cut short longer ago, such as 12h or 30d.",
)
def recover(definitions: bool, max_age: str) -> None:
    """Put in order what killed programs have left half done on this node.

    With --definitions, a callback that is missing since its change was cut short is added again, as it was
    before, and the part of a batch that was installed is deleted. What was changed or deleted with success on
    this node since does not come back. What is going to be done is told first.
    """
    if not definitions:
        raise click.UsageError("say what to recover: --definitions")
    try:
        oldest = durations.seconds("--max-age", max_age, without=recovery.MAX_AGE)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    _recover_definitions(oldest)


def _recover_definitions(oldest: float) -> None:
    """Recover, and print what was done.

    Raises:
        GPFSError: GPFS refuses something, or cannot be asked.
    """
    done = recovery.recover(oldest, announce=click.echo)
    for identifier in done.added:
        click.echo(f"added {identifier}")
    for part in done.deleted:
        click.echo(f"deleted the part of a batch: {', '.join(part)}")
    for doubt in done.doubts:
        click.echo(doubt, err=True)
    for error in done.failed[1:]:
        click.echo(f"arcapix-gpfs: {error}", err=True)
    if done.failed:
        raise done.failed[0]
    if not (done.added or done.deleted or done.left):
        click.echo("nothing to recover", err=True)

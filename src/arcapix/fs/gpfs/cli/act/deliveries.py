"""``arcapix-gpfs pending``, ``retry`` and ``discard``: what is delivered at least once, on this node."""

from __future__ import annotations

import os
import pwd
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from ...deployment import installation
from ...registration import moments
from ...runs.deliveries import Deliveries, PendingEvent
from ..table import Table
from ..terminal import print_json, print_line


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for programs.")
def pending(as_json: bool) -> None:
    """List events that were accepted and are not finished.

    Only callbacks with Run(retries=...) have any. What has failed stays until it is retried or discarded.

    \b
    Examples:
      arcapix-gpfs pending
      arcapix-gpfs pending --json
    """
    found = Deliveries.of(installation.driver_path()).pending()
    if as_json:
        print_json([event.fields() for event in found], indent=2)
    elif found:
        rows = [_row(event) for event in found]
        table = Table(("ACCEPTED", "ID", "CALLBACK", "EVENT", "STATE", "ATTEMPTS", "DUE"), rows)
        table.show_heading()
        table.show(rows)
    else:
        print_line("nothing is pending", err=True)


@click.command()
@click.argument("events", nargs=-1, required=True)
def retry(events: tuple[str, ...]) -> None:
    """Try events again that have failed, or that wait.

    They get as many attempts as at first. EVENTS are what `pending` calls them, or runs of theirs.

    \b
    Examples:
      arcapix-gpfs retry 20261129T060002.004711-815
    """
    driver = installation.driver_path()
    retried = Deliveries.of(driver).retry(events)
    try:
        for event in retried:
            print_line(f"{event} is tried again")
    finally:  # whether or not anybody reads that
        become_deliverer(driver)


@click.command()
@click.argument("events", nargs=-1, required=True)
def discard(events: tuple[str, ...]) -> None:
    """Give events up that have failed, or that wait.

    EVENTS are what `pending` calls them, or runs of theirs.

    \b
    Examples:
      arcapix-gpfs discard 20261129T060002.004711-815
    """
    for event in Deliveries.of(installation.driver_path()).discard(events, who()):
        print_line(f"discarded {event}")


def become_deliverer(driver: Path, *words: str) -> NoReturn:
    """Have the driver deliver what waits, in the place of this process."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):  # nobody reads it, or it was closed from the start
            stream.flush()
    os.execv(driver, [str(driver), "recover", *words])


def who() -> str:
    """Return who has started this command, for those who read of it later."""
    name = os.environ.get("SUDO_USER") or os.environ.get("USER")
    if name:
        return name
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def _row(event: PendingEvent) -> list[str]:
    return [
        moments.shown(event.accepted),
        event.id,
        event.callback,
        event.event,
        event.state,
        f"{event.attempts} of {event.most}",
        shown_due(event),
    ]


def shown_due(event: PendingEvent) -> str:
    """Return when the next attempt is due, for people."""
    if event.due is None:
        return "-"
    return moments.shown(event.due) if event.due > datetime.now().astimezone() else "now"

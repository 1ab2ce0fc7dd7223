"""``arcapix-gpfs pending``, ``retry`` and ``discard``: what is delivered at least once."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ...deployment import installation
from ...registration import moments
from ...runs.deliveries import Deliveries, PendingEvent, event_of
from ...runs.identifiers import unknown
from ..nodes import Nodes, first_line, read_answer
from ..places import places
from ..table import Table
from ..terminal import print_error, print_json, print_line

if TYPE_CHECKING:
    from ...commands import NodeRecord


_json = click.option(
    "--json", "as_json", is_flag=True, help="A JSON array of the events and their nodes, for programs."
)


@click.command()
@places
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for programs.")
@click.pass_context
def pending(context: click.Context, nodes: tuple[str, ...], everywhere: bool, as_json: bool) -> None:
    """List events that were accepted and are not finished.

    Only callbacks with Run(retries=...) have any. What has failed stays until it is retried or discarded.

    \b
    Examples:
      arcapix-gpfs pending
      arcapix-gpfs pending --nodes all --json
    """
    failures: list[str] = []
    found: list[tuple[str | None, PendingEvent]]
    if nodes or everywhere:
        found = [(node.daemon_name, event) for node, event in _pending_on(Nodes(nodes), failures.append)]
    else:
        found = [(None, event) for event in Deliveries.of(installation.driver_path()).pending()]
    if as_json:
        here = installation.node_here()
        print_json([{"node": node or here, **event.fields()} for node, event in found], indent=2)
    elif found:
        with_node = bool(nodes or everywhere)
        rows = [[*([node] if with_node else []), *_row(event)] for node, event in found]
        heading = ("ACCEPTED", "ID", "CALLBACK", "EVENT", "STATE", "ATTEMPTS", "DUE")
        table = Table(("NODE", *heading) if with_node else heading, rows)
        table.show_heading()
        table.show(rows)
    elif not failures:
        print_line("nothing is pending", err=True)
    _end_with(context, failures)


@click.command()
@click.argument("events", nargs=-1, required=True)
@places
@_json
@click.pass_context
def retry(
    context: click.Context, events: tuple[str, ...], nodes: tuple[str, ...], everywhere: bool, as_json: bool
) -> None:
    """Try events again that have failed, or that wait.

    They get as many attempts as at first. EVENTS are what `pending` calls them, or runs of theirs. Where
    nodes are given, each event is looked for on all of them.

    \b
    Examples:
      arcapix-gpfs retry 20261129T060002.004711-815
      arcapix-gpfs retry 20261129T060002.004711-815 --node n2
    """
    if nodes or everywhere:
        _end_with(context, _on_their_nodes(["retry"], events, nodes, as_json=as_json))
        return
    driver = installation.driver_path()
    retried = Deliveries.of(driver).retry(events)
    try:
        if as_json:
            _print_events([(installation.node_here(), event) for event in retried])
        else:
            for event in retried:
                print_line(f"{event} is tried again")
    finally:  # whether or not anybody reads that
        become_deliverer(driver)


@click.command()
@click.argument("events", nargs=-1, required=True)
@places
@_json
@click.option("--by", hidden=True)
@click.pass_context
def discard(
    context: click.Context,
    events: tuple[str, ...],
    nodes: tuple[str, ...],
    everywhere: bool,
    as_json: bool,
    by: str | None,
) -> None:
    """Give events up that have failed, or that wait.

    EVENTS are what `pending` calls them, or runs of theirs. Where nodes are given, each event is looked for
    on all of them.

    \b
    Examples:
      arcapix-gpfs discard 20261129T060002.004711-815
      arcapix-gpfs discard 20261129T060002.004711-815 --nodes all
    """
    by = by or who()
    if nodes or everywhere:
        _end_with(context, _on_their_nodes(["discard", "--by", by], events, nodes, as_json=as_json))
        return
    discarded = Deliveries.of(installation.driver_path()).discard(events, by)
    if as_json:
        _print_events([(installation.node_here(), event) for event in discarded])
    else:
        for event in discarded:
            print_line(f"discarded {event}")


def _print_events(done: Sequence[tuple[str, str]]) -> None:
    """Print nodes and events as JSON, in the words of `pending`."""
    print_json([{"node": node, "id": event} for node, event in done], indent=2)


def _pending_on(nodes: Nodes, complain: Callable[[str], object]) -> list[tuple[NodeRecord, PendingEvent]]:
    """Return what is pending on nodes; each that cannot be asked is complained about in one line."""
    found: list[tuple[NodeRecord, PendingEvent]] = []

    def here() -> list[dict[str, Any]]:
        return [event.fields() for event in Deliveries.of(installation.driver_path()).pending()]

    for node, answer in nodes.gather(["pending", "--json"], here):
        events = read_answer(
            answer,
            lambda every: [PendingEvent.from_fields(fields) for fields in every],
            "its answer is not a list of events",
        )
        if isinstance(events, Exception):
            complain(f"{node.daemon_name} cannot be asked: {first_line(str(events))}")
        else:
            found += [(node, event) for event in events]
    return found


def _on_their_nodes(
    words: Sequence[str], events: Sequence[str], names: Sequence[str], *, as_json: bool
) -> list[str]:
    """Run a command for events on the nodes that have accepted them; return what has failed.

    Args:
        words: The command.
        events: The events, or runs of theirs.
        names: Where they are looked for; none given: on all nodes.
        as_json: Whether what was done is printed for programs.

    Raises:
        NotFound: One is on none of the nodes that have answered.
    """
    nodes = Nodes(names)
    failures: list[str] = []
    known = {event.id: node for node, event in _pending_on(nodes, failures.append)}
    wanted: dict[NodeRecord, list[str]] = {}
    done: list[tuple[str, str]] = []
    for event in dict.fromkeys(map(event_of, events)):
        if event not in known:
            for failure in failures:
                print_error(failure)
            raise unknown("event", event, known)
        wanted.setdefault(known[event], []).append(event)
    for node, said in nodes.each(
        lambda node: nodes.answer(node, [*words, "--", *wanted[node]], relays=True), list(wanted)
    ):
        if isinstance(said, str):
            done += [(node.daemon_name, event) for event in wanted[node]]
            if not as_json:
                for line in said.splitlines():
                    print_line(f"{node.daemon_name}: {line}")
        else:
            failures.append(f"{node.daemon_name}: {first_line(str(said))}")
    if as_json:
        _print_events(done)
    return failures


def _end_with(context: click.Context, failures: Sequence[str]) -> None:
    for failure in failures:
        print_error(failure)
    if failures:
        context.exit(1)


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
        f"{event.event}(drill)" if event.drill else event.event,
        event.state,
        f"{event.attempts} of {event.most}",
        shown_due(event),
    ]


def shown_due(event: PendingEvent) -> str:
    """Return when the next attempt is due, for people."""
    if event.due is None:
        return "-"
    return moments.shown(event.due) if event.due > datetime.now().astimezone() else "now"

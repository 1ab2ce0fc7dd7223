"""``arcapix-gpfs pause``, ``resume`` and ``paused``: events let go for a while; GPFS is not changed."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import click

from ...commands import NodeRecord
from ...deployment import installation
from ...exceptions import GPFSError, NotFound
from ...registration import durations, header, moments, registry
from ...runs import pause_orders
from ...runs.pauses import ALL, CurrentPause, holding
from .. import completion, usage
from ..nodes import Nodes
from ..places import places
from ..table import Table
from ..terminal import print_error, print_json, print_line, print_warning
from .cluster_pauses import (
    catch_up,
    pause_everywhere,
    paused_everywhere,
    pauses_here,
    print_done,
    resume_everywhere,
    shown,
)
from .deliveries import who

Command = Callable[..., Any]

_MOST_OF_REASON = 500
"""Characters: each event that cannot be counted has it in its record."""


def _which(command: Command) -> Command:
    """Add what says which callbacks."""
    everything = click.option("--all", "everything", is_flag=True, help="All callbacks.")
    return click.argument("callbacks", nargs=-1, shell_complete=completion.callbacks)(everything(command))


_json = click.option(
    "--json", "as_json", is_flag=True, help="A JSON array of nodes and callbacks, for programs."
)


@click.command()
@_which
@click.option("--reason", default="", metavar="TEXT", help="Why; the history shows it.")
@click.option("--for", "duration", metavar="DURATION", help="It ends by itself after that, such as 2h.")
@click.option(
    "--until",
    metavar="TIME",
    help="It ends by itself then: 18:00, or 2026-11-29T06:00, in local time; a date alone is the end of that "
    "day.",
)
@places
@_json
@click.option("--by", hidden=True)
@click.pass_context
def pause(
    context: click.Context,
    callbacks: tuple[str, ...],
    everything: bool,
    reason: str,
    duration: str | None,
    until: str | None,
    nodes: tuple[str, ...],
    everywhere: bool,
    as_json: bool,
    by: str | None,
) -> None:
    """Let the events of callbacks go, until `resume` or a time.

    GPFS goes on starting the driver, which ends at once with status 0: synchronous callbacks hold nothing up
    either, and do not run. The history has the first event that each callback let go, and their number.

    No pause holds a script, which GPFS starts itself: to name one is an error, and --all leaves scripts out.

    \b
    Examples:
      arcapix-gpfs pause low-space-alert --for 2h --reason 'new disks'
      arcapix-gpfs pause note-mounts --until 18:00
      arcapix-gpfs pause --all --nodes all --until 2026-11-29T18:00
      arcapix-gpfs pause note-mounts --node n2
    """
    chosen = _chosen(callbacks, everything)
    end = _end(duration, until)
    _check_reason(reason)
    doubt = "" if by else _check(chosen)  # who has asked was told where the command was given
    by = by or who()
    failures: list[str] = []
    if everywhere:
        failures = pause_everywhere(chosen, end, by, reason, as_json=as_json)
    elif nodes:
        words = ["pause", "--by", by, "--reason", reason]
        if end is not None:
            words += ["--until", datetime.fromtimestamp(end).astimezone().isoformat(timespec="milliseconds")]
        failures = _on(nodes, lambda _: [*words, *_as_words(chosen)], chosen, as_json=as_json)
    else:
        pauses_here().add(chosen, end, by, reason)
        if as_json:
            print_done([installation.node_here()], chosen)
        else:
            for name in chosen:
                print_line(f"paused {shown(name)}")
    if doubt:  # only now: whatever made the command fail is its reason, too
        print_warning(doubt)
    _end_with(context, failures)


@click.command()
@_which
@places
@_json
@click.option("--called", default="", hidden=True)
@click.pass_context
def resume(
    context: click.Context,
    callbacks: tuple[str, ...],
    everything: bool,
    nodes: tuple[str, ...],
    everywhere: bool,
    as_json: bool,
    called: str,
) -> None:
    """End pauses. With --all, all that were asked for on the node; with --nodes all, every one there is.

    \b
    Examples:
      arcapix-gpfs resume low-space-alert
      arcapix-gpfs resume --all --nodes all
    """
    chosen = _chosen(callbacks, everything)
    if everywhere:
        _end_with(context, resume_everywhere(chosen, who(), as_json=as_json))
    elif nodes:
        words = ["resume", "--called"]
        _end_with(
            context, _on(nodes, lambda name: [*words, name, *_as_words(chosen)], chosen, as_json=as_json)
        )
    else:
        _resume_here(chosen, called, as_json=as_json)


@click.command()
@places
@click.option("--catch-up", "is_behind", is_flag=True, help="First ask other nodes what this one has missed.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for programs.")
@click.pass_context
def paused(
    context: click.Context, nodes: tuple[str, ...], everywhere: bool, is_behind: bool, as_json: bool
) -> None:
    """List what is paused. With --nodes all, nodes that have missed something are told of it, too.

    \b
    Examples:
      arcapix-gpfs paused
      arcapix-gpfs paused --nodes all --json
    """
    if is_behind:
        if nodes or everywhere:
            raise click.UsageError("--catch-up is about the local node, and goes with no other")
        catch_up()
    failures: list[str] = []
    found: Sequence[tuple[str | None, CurrentPause]]
    if everywhere:
        found = paused_everywhere(failures.append)
    elif nodes:
        found = _paused_on(nodes, failures.append)
    else:
        found = [(None, each) for each in pauses_here().current()]
    if as_json:
        here = installation.node_here()
        print_json([{"node": node or here, **each.fields()} for node, each in found], indent=2)
    elif found:
        rows = [_row(node, each) for node, each in found]
        table = Table(("NODE", "CALLBACK", "SINCE", "UNTIL", "SKIPPED", "BY", "ASKED OF", "REASON"), rows)
        table.show_heading()
        table.show(rows)
    elif not failures:
        print_line("nothing is paused", err=True)
    _end_with(context, failures)


@click.command(hidden=True)
@click.argument("orders")
@click.option("--resumed", multiple=True)
def learn_pauses(orders: str, resumed: tuple[str, ...]) -> None:
    """Heed what was asked of all nodes, and tell what this one knows; other nodes call this."""
    try:
        given = pause_orders.parse(orders)
    except ValueError as error:
        raise click.UsageError(f"not orders: {error}") from None
    answer = pauses_here().learn(given, resumed)
    print_json(answer.fields())


def _chosen(callbacks: Sequence[str], everything: bool) -> list[str]:
    if bool(callbacks) == everything:
        raise click.UsageError("give callbacks, or --all")
    return [ALL] if everything else list(dict.fromkeys(callbacks))


def _as_words(chosen: Sequence[str]) -> list[str]:
    return ["--all"] if list(chosen) == [ALL] else ["--", *chosen]


def _end(duration: str | None, until: str | None) -> float | None:
    """Return when a pause ends, or None."""
    if duration is not None and until is not None:
        raise click.UsageError("--for and --until exclude each other")
    if duration is not None:
        with usage.checked():
            return time.time() + durations.seconds("--for", duration)
    if until is None:
        return None
    with usage.checked():
        given = moments.parse("--until", until)
    end = given.ends if given.is_day else given.begins
    if end <= time.time():
        raise click.UsageError(f"--until {until} is past")
    return end


def _check_reason(reason: str) -> None:
    """See that a reason fits into one line of the history."""
    if len(reason) > _MOST_OF_REASON:
        raise click.UsageError(
            f"--reason has {len(reason)} characters; give {_MOST_OF_REASON} at most, such as 'new disks'"
        )
    for character in reason:
        if unicodedata.category(character) == "Cc":
            raise click.UsageError(f"--reason holds {character!r}; give one line without control characters")


def _check(chosen: Sequence[str]) -> str:
    """See that there are such callbacks, and that a pause can hold them; return what is to be warned about.

    Raises:
        NotFound: There is no such callback.
        GPFSError: One is a script.
    """
    try:
        known = {record.identifier: record for record in registry.listed()}
    except (GPFSError, OSError) as error:
        reason = str(error).partition("\n")[0]
        what = (
            "whether there is such a callback"
            if chosen != [ALL]
            else "which callbacks are scripts, and run on"
        )
        return f"GPFS cannot be asked {what}: {reason}"
    if chosen == [ALL]:
        scripts = [name for name, record in known.items() if not header.is_driver(record.command)]
        return f"scripts run on, since no pause holds them: {', '.join(scripts)}" if scripts else ""
    for name in chosen:
        if name not in known:
            raise NotFound("callback", name, known)
        if not header.is_driver(known[name].command):
            raise GPFSError(
                f"nothing was paused: {name!r} is a script, {known[name].command}, which GPFS starts itself; "
                f"to let its events go, delete it: arcapix-gpfs delete {name}"
            )
    return ""


def _resume_here(chosen: Sequence[str], node: str, *, as_json: bool) -> None:
    """End pauses of this node alone, and tell of those that go on."""
    pauses = pauses_here()
    ended = pauses.remove(chosen, node)
    if as_json:
        print_done([installation.node_here()], [each.callback for each in ended])
        return
    current = pauses.current()
    for each in ended:
        events = "1 event was" if each.skipped == 1 else f"{each.skipped} events were"
        held = holding(each.callback, current)
        if held is None:
            print_line(f"resumed {shown(each.callback)}; {events} let go")
            continue
        what = f"the pause of {shown(each.callback)} {'here' if held.cluster else 'alone'}"
        print_line(f"{what} has ended, {events} let go; still {held.why()}, run: {held.way_out(node)}")
    if not ended:
        print_line("nothing was paused here alone", err=True)


def _on(
    names: Sequence[str], words: Callable[[str], Sequence[str]], chosen: Sequence[str], *, as_json: bool
) -> list[str]:
    """Run this command on nodes, show what it says there, and return what has failed.

    Args:
        names: The nodes.
        words: Gives the words for a node with a name.
        chosen: The callbacks that it is about.
        as_json: Whether what was done is printed for programs.
    """
    nodes = Nodes(names)
    done: list[str] = []
    failures = []
    for node, said in nodes.each(
        lambda node: nodes.answer(node, words(node.daemon_name), relays=True), nodes.nodes
    ):
        if isinstance(said, str):
            done.append(node.daemon_name)
            if not as_json:
                for line in said.rstrip("\n").split("\n"):
                    print_line(f"{node.daemon_name}: {line}")
        else:
            failures.append(_failure(node, said))
    if as_json:
        print_done(done, chosen)
    return failures


def _paused_on(names: Sequence[str], complain: Callable[[str], object]) -> list[tuple[str, CurrentPause]]:
    nodes = Nodes(names)
    found = []
    for node, answer in nodes.each(lambda node: _pauses_of(nodes, node), nodes.nodes):
        if isinstance(answer, list):
            found += [(node.daemon_name, each) for each in answer]
        else:
            complain(_failure(node, answer))
    return found


def _pauses_of(nodes: Nodes, node: NodeRecord) -> list[CurrentPause]:
    said = nodes.answer(node, ["paused", "--json"], relays=True)
    try:
        return [CurrentPause.from_fields(fields) for fields in json.loads(said)]
    except (KeyError, TypeError, ValueError) as error:
        raise GPFSError("its answer is not a list of pauses") from error


def _failure(node: NodeRecord, error: Exception) -> str:
    return f"{node.daemon_name}: {str(error).strip().partition(chr(10))[0]}"


def _end_with(context: click.Context, failures: Sequence[str]) -> None:
    for failure in failures:
        print_error(failure)
    if failures:
        context.exit(1)


def _row(node: str | None, each: CurrentPause) -> list[str | None]:
    return [
        node,
        each.callback,
        moments.shown(each.since),
        None if each.until is None else moments.shown(each.until),
        str(each.skipped),
        each.by,
        "all nodes" if each.cluster else "this node",
        each.reason,
    ]

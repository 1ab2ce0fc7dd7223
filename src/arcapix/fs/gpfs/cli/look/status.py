"""``arcapix-gpfs status``: the cluster on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import click

from ...administration.status import Daemons, NodeStatus, Registrations, Repeated, Status
from ...deployment import installation
from ...registration import moments
from ...runs.history import RecordedRun
from ...runs.pauses import ALL, CurrentPause
from ..nodes import Nodes, read_answer
from ..places import HERE, asked_by_nodes, places_of_all
from ..terminal import print_error, print_json, print_line

_MOST = 10
"""Lines of one kind that are shown; the rest is counted."""


@click.command()
@places_of_all
@click.option(
    "--json", "as_json", is_flag=True, help="A JSON array of the cluster and of each node, for programs."
)
@asked_by_nodes
@click.pass_context
def status(context: click.Context, nodes: tuple[str, ...], as_json: bool, is_asked: bool) -> None:
    """Show the cluster on one screen.

    That is what is registered, what runs, what has failed or was let go in the last 24 hours, what is paused
    or waits, and the last runs. All nodes are asked, unless some are named. The first line says whether
    anything is wrong: nodes where GPFS does not run, callbacks that cannot run, failed runs, events that are
    not tried again, nodes that do not answer, drivers or scripts that cannot be started, runs that hang,
    callbacks that a killed change has left out. `why` tells more of a callback, `doctor` of a node.

    The exit status is 1 if a node does not answer, else 0.

    \b
    Examples:
      arcapix-gpfs status
      arcapix-gpfs status --node n1 --node n2
      arcapix-gpfs status --json | jq '.[].failures[]? | [.callback, .times, .last.reason]'
    """
    if is_asked:
        print_json(_here())
        return
    cluster = Nodes(nodes)
    answers = cluster.gather(["status", HERE], _here)
    daemons = Daemons.now([node for node, _ in answers])
    found = Status(
        Registrations.now(), daemons, [(node.daemon_name, _read(answer)) for node, answer in answers]
    )
    if as_json:
        print_json(found.fields(), indent=2)
    else:
        _show(found)
    for node, why in found.silent.items():
        print_error(f"{node} does not answer: {why}")
    if found.silent:
        context.exit(1)


def _here() -> dict[str, Any]:
    return NodeStatus.of(installation.driver_place()).fields()


def _read(answer: Any) -> NodeStatus | Exception:
    return read_answer(answer, NodeStatus.from_fields, "its answer is of another release")


def _show(found: Status) -> None:
    wrong = "; ".join(found.wrong())
    print_line(f"wrong: {wrong}" if wrong else f"nothing is wrong on {_nodes(len(found.nodes))}")
    _section(
        "",
        (
            f"{', '.join(nodes)}: {finding.text}" + (f"; {finding.advice}" if finding.advice else "")
            for nodes, finding in found.problems
        ),
    )
    objects = ", ".join(f"{count} of {name}" for name, count in found.registrations.objects.items())
    print_line(f"registered: {_callbacks(found.registrations.total)}" + (f", {objects}" if objects else ""))
    _section("", (f"{callback}: {text}" for callback, text in found.registrations.remarks))
    _section("running:", map(_running, found.running))
    _section("failed in the last 24 h:", map(_repeated, found.failures))
    _section("let go in the last 24 h, as far as it is on record:", map(_repeated, found.skipped))
    _section("paused:", _pauses(found.pauses))
    _section(
        "accepted and not finished:",
        (
            f"{event.callback} on {node}: {event.event}{'(drill)' if event.drill else ''} of "
            f"{moments.shown(event.accepted)} {event.state}, "
            f"{event.attempts} of {event.most} attempts made ({event.id})"
            for node, event in found.pending
        ),
    )
    _section("last runs:", map(_run, found.last))


def _section(title: str, lines: Iterable[str]) -> None:
    """Print lines under a title, not too many; nothing if there are none."""
    lines = list(lines)
    if title and lines:
        print_line(title)
    for line in lines[:_MOST]:
        print_line(f"  {line}")
    if len(lines) > _MOST:
        print_line(f"  and {len(lines) - _MOST} more: see --json")


def _running(run: RecordedRun) -> str:
    seconds = max(0, int((datetime.now().astimezone() - run.started).total_seconds()))
    return f"{run.callback} on {run.node} for {_duration(seconds)}: {_event(run)} ({run.id})"


def _repeated(one: Repeated) -> str:
    times = "once" if one.times == 1 else f"{one.times} times, the last"
    return f"{one.last.callback}: {times} {_run(one.last, named=False)}"


def _run(run: RecordedRun, *, named: bool = True) -> str:
    subject = f"{run.callback} " if named else ""
    about = f" of {run.about}" if run.about else ""
    reason = f": {run.reason}" if run.reason else ""
    when = moments.shown(run.started)
    return f"{subject}at {when} on {run.node} {run.state}, {_event(run)}{about}{reason} ({run.id})"


def _event(run: RecordedRun) -> str:
    return f"{run.event}(drill)" if run.drill else run.event


def _pauses(found: Iterable[tuple[str, CurrentPause]]) -> Iterator[str]:
    """Yield a line for each pause; one that several nodes share has one line."""
    shared: dict[tuple[object, ...], tuple[list[str], list[CurrentPause]]] = {}
    for node, pause in found:
        key = (pause.callback, pause.until, pause.by, pause.reason, pause.cluster)
        names, pauses = shared.setdefault(key, ([], []))
        names.append(node)
        pauses.append(pause)
    for names, pauses in shared.values():
        one = pauses[0]
        what = "all callbacks" if one.callback == ALL else one.callback
        until = f" until {moments.shown(one.until)}" if one.until else ""
        reason = f": {one.reason}" if one.reason else ""
        since = f"since {moments.shown(one.since)}{until}"
        let_go = sum(pause.skipped for pause in pauses)
        yield f"{what} on {', '.join(names)} {since}, {let_go} let go, by {one.by}{reason}"


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count} nodes"


def _callbacks(count: int) -> str:
    return "1 callback" if count == 1 else f"{count} callbacks"

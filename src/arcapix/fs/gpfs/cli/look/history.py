"""``arcapix-gpfs history`` and ``output``: what ran, on this node or on others, and what it printed."""

from __future__ import annotations

import click

from ...deployment import installation
from ...exceptions import GPFSError
from ...registration import moments, notation
from ...runs.history import STATES, History, RecordedRun, RunState, Selection
from ...runs.pauses import Pauses
from .. import completion, usage
from ..places import place, places
from ..table import Table
from ..terminal import PROGRAM, print_error, print_json, print_line, print_output, print_text

_WITHOUT_RECORD = ("node", "nodeclass")
"""Kinds of objects that the record of a run does not name."""
_INTERRUPTED = 130
"""The exit status of a command that was ended by Ctrl-C."""
_BECAME: dict[RunState, str] = {
    "running": "still runs",
    "succeeded": "succeeded",
    "failed": "failed",
    "timed-out": "timed out",
    "interrupted": "was interrupted",
    "refused": "was refused",
    "skipped": "was skipped",
    "retrying": "failed and is to be tried again",
    "discarded": "was discarded",
}
_LAST_FOLLOWED = 10
"""How many earlier runs are shown when runs are followed."""


def _objects(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """See that these are objects that runs can be about."""
    for text in given:
        with usage.checked():
            kind, *names = notation.parse(text)
        if kind in _WITHOUT_RECORD:
            raise click.UsageError(
                f"--object takes no {kind}, since runs do not tell for which nodes their callback is; "
                f"for what ran there give: --nodes {names[0]}"
            )
    return given


@click.command()
@click.option(
    "--callback",
    "callbacks",
    multiple=True,
    metavar="ID",
    shell_complete=completion.callbacks,
    help="Of this callback, or of those matching a pattern such as 'log*'.",
)
@click.option(
    "--event",
    "events_",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.event_names,
    help="Started by this event.",
)
@click.option(
    "--object",
    "objects",
    multiple=True,
    metavar="OBJECT",
    callback=_objects,
    shell_complete=completion.recorded_objects,
    help="Of callbacks of this object: filesystem:mmfs1, fileset:mmfs1/projects or pool:mmfs1/system; "
    "'cluster' for those of no such object.",
)
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="In this state.")
@click.option(
    "--since",
    metavar="TIME",
    help="Started then or later: 2026-11-29T06:00, 18:00 for when it was that last, or 2h for 2 h ago.",
)
@click.option(
    "--until",
    metavar="TIME",
    help="Started then or before, in the same forms: all of that day, minute or second is included.",
)
@places
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")
@click.option("--follow", "-f", is_flag=True, help="Then show each run as it starts and as it ends.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array; with --follow, an object per line.")
@click.pass_context
def history(
    context: click.Context,
    callbacks: tuple[str, ...],
    events_: tuple[str, ...],
    objects: tuple[str, ...],
    states: tuple[str, ...],
    since: str | None,
    until: str | None,
    nodes: tuple[str, ...],
    everywhere: bool,
    last: int | None,
    follow: bool,
    as_json: bool,
) -> None:
    """List the runs of Python callbacks, the newest last.

    Reading changes nothing, but that a pause which has ended by itself is told how many events it let go.
    Each of --callback, --event, --object, --state and --node may be given several times.

    \b
    Examples:
      arcapix-gpfs history --last 20
      arcapix-gpfs history --callback 'log*' --state failed --since 2h
      arcapix-gpfs history --object filesystem:mmfs1 --nodes all
      arcapix-gpfs history --follow --json
    """
    selection = Selection(callbacks, events_, states, *_period(since, until), objects)
    if follow:
        if until:
            raise click.UsageError("--follow shows what is still to come, and goes with no --until")
        if nodes or everywhere:
            raise click.UsageError(f"--follow is for this node; there: ssh NODE {PROGRAM} history --follow")
        _follow(selection, last or _LAST_FOLLOWED, as_json)
        return
    failures: list[str] = []
    if nodes or everywhere:
        from ..nodes import Nodes
        from .runs_of_nodes import runs_of

        found = runs_of(Nodes(nodes), selection, last, failures.append)
    else:
        found = runs_here(selection, last)
    if last:
        found = found[-last:]
    if as_json:
        print_json([run.fields() for run in found], indent=2)
    elif found:
        with_node = bool(nodes or everywhere)
        rows = [_row(run, with_node) for run in found]
        table = Table(_heading(with_node), rows)
        table.show_heading()
        table.show(rows)
    elif not failures:
        _say_nothing_found(selection, is_here=not (nodes or everywhere))
    for failure in failures:
        print_error(failure)
    if failures:
        context.exit(1)


@click.command()
@click.argument("run")
@place
@click.option("--follow", "-f", is_flag=True, help="Then print what it goes on printing, until it has ended.")
@click.option("--raw", is_flag=True, help="Let a terminal obey what is printed, such as colours.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object, with the whole output as text.")
@click.pass_context
def output(
    context: click.Context, run: str, node: str | None, follow: bool, raw: bool, as_json: bool
) -> None:
    """Print what a run has printed.

    RUN is what `history` calls it.

    What processes print that outlive the function is printed as well, but not waited for. A terminal is shown
    control characters instead of obeying them; a pipe or a file gets everything as it was printed. In JSON,
    bytes that are no UTF-8 are written as \\xff.

    \b
    Examples:
      arcapix-gpfs output 20261129T060002.004711-815
      arcapix-gpfs output 20261129T060002.004711-815 --node n2
      arcapix-gpfs output --follow 20261129T060002.004711-815
      arcapix-gpfs output 20261129T060002.004711-815 --json | jq -r .text
    """
    if follow and as_json:
        raise click.UsageError("--json is the whole output; leave --follow out, or --json")
    if node is not None:
        from ..nodes import Nodes

        cluster = Nodes([node])
        if len(cluster.nodes) > 1:
            raise click.UsageError(f"--node takes the name of a node; {node} is a class of several")
        (record,) = cluster.nodes
        if not cluster.is_local(record):
            if follow:
                raise click.UsageError(
                    f"--follow is for this node; there: ssh {node} {PROGRAM} output -f {run}"
                )
            done = cluster.ask(record, ["output", *(["--json"] if as_json else []), "--", run])
            print_output([done.stdout.encode("utf-8", "surrogateescape")], raw=raw)
            if done.stderr:
                print_text(done.stderr, err=True)
            context.exit(done.returncode)
    here = _here()
    found = here.find(run)
    if follow and found.state == "running":
        try:
            if print_output(here.follow_output(found), raw=raw):
                return
        except KeyboardInterrupt:
            context.exit(_INTERRUPTED)
        found = here.find(run)
    printed = here.output(found)
    if printed is None:
        raise GPFSError(f"no output of run {run!r} is kept; it {_became(found)}")
    if as_json:
        text = printed.decode(errors="backslashreplace")
        print_json({"run": found.id, "node": found.node, "text": text}, indent=2)
        return
    if not printed:
        print_line(f"run {run!r} has printed nothing; it {_became(found)}", err=True)
    print_output([printed], raw=raw)


def _period(since: str | None, until: str | None) -> tuple[float | None, float | None]:
    """Return the first and the last moment of what is asked for; None where there is no bound."""
    with usage.checked():
        first = None if since is None else moments.parse("--since", since, is_past=True).begins
        last = None if until is None else moments.parse("--until", until, is_past=True).last
    if first is not None and last is not None and first > last:
        begin, end = moments.shown(first), moments.shown(last)
        raise click.UsageError(
            f"--since {since} ({begin}) is later than --until {until} ({end}); no run can be both"
        )
    return first, last


def _here() -> History:
    driver = installation.driver_path()
    Pauses.of(driver).settle()
    return History.of(driver)


def runs_here(selection: Selection, last: int | None) -> list[RecordedRun]:
    """Return the runs on this node; if a number is given, the newest ones only."""
    return _here().newest(last, selection) if last else _here().runs(selection)


def _follow(selection: Selection, last: int, as_json: bool) -> None:
    looks = _here().follow()
    table = None
    try:
        for look in looks:
            runs = [run for run in look if selection.takes(run)]
            if table is None:
                runs = runs[-last:]
            rows = [_row(run, with_node=False) for run in runs]
            if table is None:
                table = Table(_heading(with_node=False), rows)
                if not as_json:
                    table.show_heading()
            if as_json:
                for run in runs:
                    print_json(run.fields())
            else:
                table.show(rows)
    except KeyboardInterrupt:
        return  # that is how to end it
    finally:
        looks.close()


def _say_nothing_found(selection: Selection, *, is_here: bool) -> None:
    """Say on standard error why that may be so.

    Args:
        selection: What was looked for.
        is_here: Whether only this node was asked.
    """
    said = ["no runs on this node; --nodes all shows those of every node" if is_here else "no runs"]
    if selection.callbacks or selection.events or selection.objects:
        from .nothing_found import doubts

        said += doubts(selection, _here())
    print_line("; ".join(said), err=True)


def _became(run: RecordedRun) -> str:
    text = _BECAME[run.state]
    return f"{text}: {run.reason}" if run.reason else text


def _heading(with_node: bool) -> list[str]:
    node = ["NODE"] if with_node else []
    return ["STARTED", *node, "RUN", "CALLBACK", "EVENT", "ABOUT", "STATE", "SECONDS", "REASON"]


def _row(run: RecordedRun, with_node: bool) -> list[str | None]:
    return [
        moments.shown(run.started),
        *([run.node] if with_node else []),
        run.id,
        f"{run.callback}(unverified)" if run.unverified else run.callback,
        f"{run.event}(drill)" if run.drill else run.event,
        run.about,
        run.state,
        None if run.seconds is None else f"{run.seconds:.3f}",
        run.reason,
    ]

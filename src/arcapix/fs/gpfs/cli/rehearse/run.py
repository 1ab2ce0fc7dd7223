"""``arcapix-gpfs run``: a function is called here and now, as the driver would."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import click

from ...administration import functions, objects
from ...administration.trial import Trial, Tried
from .. import completion, run_options, usage
from ..terminal import print_json, print_line, print_output, print_text, print_warning

_OPTIONS = ("timeout", "run_as", "umask", "nice", "memory", "cpu_seconds", "output", "env")
"""What matters to a single run on this node."""
_VARIABLE = re.compile(r"%?([A-Za-z]\w*(?:\.\w+)?)=(.*)", re.DOTALL)


@click.command()
@click.argument("function", metavar="FUNCTION", shell_complete=completion.functions)
@click.argument(
    "words", nargs=-1, metavar="[OBJECT] [VARIABLE=VALUE]...", shell_complete=completion.words_of_run
)
@click.option(
    "--event", required=True, metavar="EVENT", shell_complete=completion.event_names, help="For it."
)
@click.option(
    "--parms",
    multiple=True,
    metavar="TEXT",
    shell_complete=completion.parms,
    help="A variable, such as %reason, or any text; may be given several times.",
)
@click.option("--raw", is_flag=True, help="Let a terminal obey what is printed, such as colours.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="A JSON array of the run, with what it printed; empty if the function was not called.",
)
@run_options.run_options(_OPTIONS)
@click.pass_context
def run(
    context: click.Context,
    /,
    function: str,
    words: tuple[str, ...],
    event: str,
    parms: tuple[str, ...],
    raw: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Call a function here and now, as the driver would for an event.

    FUNCTION is FILE.py:name or package.module:name. It is captured, checked and bound as by `add`, and a
    driver calls it in a process with the environment, the limits and the user of a real run. Nothing is
    installed, and neither history nor log of this node changes; but the function is called, and does what
    it does. It sees event.drill. What it prints is printed here, and the status is the driver's.

    Variables that are not given are UNDEFINED, except those that name the OBJECT, such as fsName of
    filesystem:mmfs1. Options for several runs or nodes, such as --retries and --once, are those of `add`.

    \b
    Examples:
      arcapix-gpfs run alerts.py:mail --event lowDiskSpace pool:mmfs1/system
      arcapix-gpfs run mounts.py:note_mount --event mount fsName=mmfs1 --run-as alerts
      arcapix-gpfs run site.events:tell --event nodeLeave eventNode=n3 --timeout 10s
    """
    target, values = _told(words)
    printed: list[bytes] = []
    owner = objects.find(target)
    with usage.keywords_as_options():
        fields = run_options.given(options)
        with functions.loaded(function) as called:
            trial = Trial(called, event, owner.scope, values, parms, fields)
            for doubt in trial.doubts():
                print_warning(usage.in_words(doubt))
            tried = trial.run(printed.extend if as_json else partial(print_output, raw=raw))
    if tried.complaints:
        print_text(tried.complaints, err=True)
    if as_json:
        output = b"".join(printed).decode(errors="backslashreplace")
        print_json([{**tried.run.fields(), "output": output}] if tried.run else [], indent=2)
    else:
        _show(function, tried)
    context.exit(tried.status if tried.status >= 0 else 128 - tried.status)


def _told(words: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Return the object and the values of variables that were named."""
    targets, values = [], {}
    for word in words:
        match = _VARIABLE.fullmatch(word)
        if match is None:
            targets.append(word)
        elif match[1] in values:
            raise click.UsageError(f"{match[1]} is given twice")
        else:
            values[match[1]] = match[2]
    if len(targets) > 1:
        raise click.UsageError(f"give one object, and variables as NAME=VALUE, not: {' '.join(targets)}")
    return targets[0] if targets else "cluster", values


def _show(function: str, tried: Tried) -> None:
    run = tried.run
    if run is None:
        print_line(f"{function} was not called: the event is about another object", err=True)
    else:
        seconds = "" if run.seconds is None else f" after {run.seconds:.3f} s"
        reason = f": {run.reason}" if run.reason else ""
        print_line(f"{function}: {run.state}{seconds}, status {tried.status}{reason}", err=True)

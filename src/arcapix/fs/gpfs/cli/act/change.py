"""``arcapix-gpfs change``: one replacement for all that is to be another way."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import click

from ...administration import changes, functions
from ...callbacks.callback import Callback
from .. import completion, run_options, usage
from ..table import Table
from ..terminal import print_json, print_line
from .add import registered, registration_options

_OF_GPFS = {"on-nodes": "node", "priority": "priority", "onerror": "onerror"}
_DEFAULTS = (*_OF_GPFS, "parms", *(name.replace("_", "-") for name in run_options.NAMES))


@click.command()
@click.argument("identifier", metavar="CALLBACK", shell_complete=completion.callbacks)
@click.option(
    "--event", metavar="EVENT,...", shell_complete=completion.event_names, help="These events instead."
)
@click.option("--function", metavar="FUNCTION", help="This function, or script, instead.")
@registration_options
@click.option("--sync/--no-sync", default=None, help="Whether GPFS waits for its end.")
@click.option(
    "--default",
    "defaults",
    multiple=True,
    metavar="NAME",
    type=click.Choice(_DEFAULTS),
    help="Take an option back, such as 'retries' or 'on-nodes'; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON array of what is different, for programs.")
@run_options.run_options()
def change(
    identifier: str,
    event: str | None,
    function: str | None,
    on_nodes: tuple[str, ...],
    parms: tuple[str, ...],
    defaults: tuple[str, ...],
    sync: bool | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Change a callback: its events, nodes, function or options.

    All that is given is changed at once. GPFS can only delete and add, so an event in the gap between the
    two is not seen. The function stays as it was captured, unless --function gives another one. An option
    that is not given stays, too; --default takes one back. --timeout is GPFS's own where GPFS waits.

    Prints what is different now.

    \b
    Examples:
      arcapix-gpfs change note-mounts --event mount,unmount --retries 3
      arcapix-gpfs change note-mounts --function mounts.py:note_mount
      arcapix-gpfs change note-mounts --default retries --default on-nodes
      arcapix-gpfs change check --sync --timeout 30 --onerror continue
    """
    _check(defaults, {**options, "on_nodes": on_nodes or None, "parms": parms or None})
    with changes.alone_with(identifier) as callback, ExitStack() as stack, usage.keywords_as_options():
        wanted = _options(callback, defaults, sync, options)
        if event is not None:
            wanted["event"] = event
        if on_nodes:
            wanted["node"] = list(on_nodes)
        if parms or "parms" in defaults:
            wanted["parms"] = list(parms)
        if function is not None:
            if callback.parms and "parms" not in wanted:
                raise click.UsageError("it has parms: give them again with --parms, or give --default parms")
            is_script = functions.is_script(function)
            wanted["command"] = function if is_script else stack.enter_context(functions.loaded(function))
        if not wanted:
            raise click.UsageError("give what is to be changed, such as --retries 3 or --default retries")
        found = changes.changed(callback, wanted)
    if as_json:
        print_json([difference._asdict() for difference in found], indent=2)
    elif found:
        table = Table(("FIELD", "BEFORE", "AFTER"), found)
        table.show_heading()
        table.show(found)
    else:
        print_line("nothing was changed: it is so already", err=True)


def _check(defaults: tuple[str, ...], options: Mapping[str, Any]) -> None:
    """See that nothing is set and taken back at once; of variables some may be set while the rest goes."""
    for name in defaults:
        is_given = options[name.replace("-", "_")] is not None
        if name == "max-running":
            is_given = is_given or options["alone"]
        if is_given and name != "env":
            raise click.UsageError(
                f"--default {name} takes back what is given with it; leave one of them out"
            )


def _options(
    callback: Callback, defaults: tuple[str, ...], sync: bool | None, options: dict[str, Any]
) -> dict[str, Any]:
    """Return the keywords of `Callback.change` for what was said about options."""
    is_sync = callback.sync if sync is None else sync
    wanted = registered(options, sync=is_sync)
    given = wanted.pop("run", {})
    if sync is None:
        wanted.pop("sync", None)
    elif not sync:
        wanted = {"sync": False, "timeout": None, "onerror": None, **wanted}
    wanted |= {_OF_GPFS[name]: None for name in defaults if name in _OF_GPFS}
    taken_back = [name.replace("-", "_") for name in defaults if name not in (*_OF_GPFS, "parms")]
    if given or taken_back:
        wanted["run"] = changes.options(callback.run, given, taken_back)
    return wanted

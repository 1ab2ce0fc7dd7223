"""``arcapix-gpfs add``: what ``Filesystem(...).onMount.new(...)`` does, from a shell."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import click

from ...administration import functions, objects
from ...deployment import cluster_key
from ...exceptions import AlreadyExists
from ...registration import durations, registry
from ...registration.listed import Listed
from ...registration.signatures import Signatures
from .. import completion, run_options, usage
from ..terminal import print_json, print_line

Command = Callable[..., Any]

_OF_GPFS = ("priority", "onerror")


def registration_options(command: Command) -> Command:
    """Add the options of a registration that `add` and `change` have in common."""
    for option in (
        click.option(
            "--onerror",
            metavar="ACTION",
            help="What GPFS does when it fails: continue, quorumLoss, shutdown; with --sync.",
        ),
        click.option("--priority", type=float, metavar="NUMBER", help="Lower numbers are run first by GPFS."),
        click.option(
            "--parms",
            multiple=True,
            metavar="TEXT",
            shell_complete=completion.parms,
            help="A variable, such as %reason, or any text; may be given several times.",
        ),
        click.option(
            "-N",
            "--on-nodes",
            "on_nodes",
            multiple=True,
            metavar="N,...",
            shell_complete=completion.node_lists,
            help="Install it for these nodes and node classes alone, as -N of mmaddcallback.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="[OBJECT] EVENT FUNCTION|SCRIPT",
    shell_complete=completion.words_of_add,
)
@click.option("--id", "identifier", metavar="ID", help="Its identifier; default: made from the name.")
@registration_options
@click.option("--sync", is_flag=True, help="GPFS waits for its end, as long as --timeout says.")
@click.option("--replace", is_flag=True, help="Replace the one with that identifier, if there is one.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of it, as `list` has it, for programs.")
@run_options.run_options()
def add(
    words: tuple[str, ...],
    identifier: str | None,
    on_nodes: tuple[str, ...],
    parms: tuple[str, ...],
    sync: bool,
    replace: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Install a callback: a function, or a script.

    EVENT is one event, or several with commas between them. FUNCTION is FILE.py:name or package.module:name;
    it is captured as it is now, and the file is not needed any more. SCRIPT is the absolute path of a program
    that every node has. OBJECT is what the event has to be about, the cluster by default:
    filesystem:mmfs1, fileset:mmfs1/projects, pool:mmfs1/system, node:n1 or nodeclass:c.

    Prints the identifier. --timeout is how long a run may take; with --sync it is GPFS's own, in whole
    seconds. --on-nodes says where the callback is to run; this command itself runs here, and no other node
    is asked. Options from --timeout on are for functions, except for --timeout with --sync.

    \b
    Examples:
      arcapix-gpfs add filesystem:mmfs1 mount mounts.py:note_mount --id note-mounts
      arcapix-gpfs add lowDiskSpace alerts.py:mail --every 1h --retries 3 --run-as alerts
      arcapix-gpfs add preMount /usr/local/sbin/check-mount --sync --timeout 30 --parms %fsName
      arcapix-gpfs add node:n1 startup,shutdown site.events:tell --replace --id tell
    """
    target, event, command = _named(words)
    owner = objects.find(target)
    with ExitStack() as stack, usage.keywords_as_options():
        callback = owner.callbacks.define(
            identifier,
            command if functions.is_script(command) else stack.enter_context(functions.loaded(command)),
            event,
            list(on_nodes) or None,
            list(parms) or None,
            **registered(options, sync=sync),
        )
        try:
            callback.create(replace=replace)
        except AlreadyExists as error:
            hint = "give --replace, or another --id" if not replace else error.hint
            raise AlreadyExists(error.kind, error.name, error.detail, hint=hint) from None
    if as_json:
        print_json([Listed(registry.find(callback.id)).fields(Signatures(cluster_key.keys()))], indent=2)
    else:
        print_line(callback.id)


def registered(options: dict[str, Any], *, sync: bool) -> dict[str, Any]:
    """Return the keywords of a registration that were given, ``run`` as fields.

    Args:
        options: What click has read; that of options not given is None.
        sync: Whether GPFS waits for the callback, so that ``--timeout`` is GPFS's.

    Raises:
        ValueError: One is unreadable.
    """
    found: dict[str, Any] = {name: options[name] for name in _OF_GPFS if options.get(name) is not None}
    if "priority" in found and found["priority"].is_integer():
        found["priority"] = int(found["priority"])
    if sync:
        found["sync"] = True
        timeout = options.pop("timeout", None)
        if timeout is not None:
            found["timeout"] = durations.seconds("timeout", timeout)
    run = run_options.given(options)
    if run:
        found["run"] = run
    return found


def _named(words: tuple[str, ...]) -> tuple[str, str, str]:
    """Return object, event and command."""
    match words:
        case (event, command):
            return "cluster", event, command
        case (target, event, command):
            return target, event, command
    raise click.UsageError(
        f"give [OBJECT] EVENT FUNCTION|SCRIPT, two or three words, not {len(words)}: {' '.join(words)}"
    )

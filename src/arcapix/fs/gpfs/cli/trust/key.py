"""``arcapix-gpfs key``: the cluster key, which tells our tokens from all others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ...commands import CallbackRecord, mmlscallback
from ...deployment import cluster_key, installation
from ...driver.verification import from_another_node
from ...exceptions import GPFSError, GPFSNotInstalled
from ...registration import durations, header, moments, sealing
from .. import usage
from ..agreement import agree
from ..nodes import Nodes, first_line
from ..places import places
from ..terminal import print_exactly, print_json, print_line
from . import key_rotation
from .rollout import tell

_SHOW = ["key", "show", "--json"]
_IN_ORDER = "the key is in order"

_DISOWNED = {
    False: "made without a key will not run any more",
    True: "made with a key that this node lacks will not run with another one",
}
"""What becomes of callbacks by a new key, by whether their tokens are signed."""

_yes = click.option("--yes", is_flag=True, help="Do not ask whether callbacks may stop running.")


@click.group()
def key() -> None:
    """Make, compare and change the cluster key.

    A node that has it runs only tokens made with it.
    """


@key.command()
@_yes
def create(yes: bool) -> None:
    """Make a new key on this node, and print where; copy the file to every node, as root.

    Callbacks that were made without it run no more once a node has it, and those made with a key that is gone
    here do not run with another one: copy that from a node that still has it. Both are named first. From then
    on the driver of this node runs nothing without the key; on others, `arcapix-gpfs driver install` says so.

    \b
    Examples:
      arcapix-gpfs key create
    """
    if not os.path.lexists(cluster_key.path()):
        _ask(_DISOWNED, yes=yes)
    print_exactly(str(cluster_key.create()))
    print_line(f"copy it to every node, as root: {cluster_key.copying()}", err=True)
    _require(True)


@key.command()
@_yes
def forget(yes: bool) -> None:
    """Remove the key from this node, and let its driver run what was made without one.

    Callbacks that were made with it run no more on this node; they are named first.

    \b
    Examples:
      arcapix-gpfs key forget
    """
    _ask({True: "made with the key will not run any more"}, yes=yes)
    _require(False)
    cluster_key.path().unlink(missing_ok=True)


@key.command()
@places
@click.option("--json", "as_json", is_flag=True, help="A JSON array of keys, for programs.")
@click.pass_context
def show(context: click.Context, nodes: tuple[str, ...], everywhere: bool, as_json: bool) -> None:
    """Print the key's path and its fingerprint, for comparing nodes.

    The key itself is never shown. While keys change, a line follows for the one that is to come, or for the
    old one.

    \b
    Examples:
      arcapix-gpfs key show
      arcapix-gpfs key show --nodes all
    """
    if not (nodes or everywhere):
        here = _shown_keys()
        if as_json:
            print_json([{**key, "node": installation.node_here()} for key in here], indent=2)
        else:
            for line in _lines(here):
                print_exactly(line)
        return
    answers = Nodes(nodes).gather(_SHOW, _shown_keys)
    if as_json:
        known = [(node, found) for node, found in answers if isinstance(found, list)]
        print_json([{**key, "node": node.daemon_name} for node, found in known for key in found], indent=2)
        answers = [answer for answer in answers if answer not in known]
    if not tell([(node, _text(found)) for node, found in answers]):
        context.exit(1)


@key.command()
@click.option(
    "--keep",
    metavar="DURATION",
    help="How long tokens of the old key still run; default: 7d. While it lives, this sets its end anew, and "
    "0s ends it at once.",
)
@click.option("--without", metavar="NODE", multiple=True, help="A node that may lack the new key.")
@click.option("--yes", is_flag=True, help="Do not ask the nodes whether they have the new key.")
def rotate(keep: str | None, without: tuple[str, ...], yes: bool) -> None:
    """Put another key in the place of this one, while events arrive. Run it until nothing is left to do.

    At first the key's file gets a new key beside the present one. Once the file has been copied to every
    node, all callbacks that a key of this node vouches for are signed with the new one, one after the other;
    whoever is killed can start again. Then the new key takes the place of the old one, which ends after a
    week, and the file is copied once more. A last run signs what other nodes have made meanwhile. The next
    rotation begins when the old key has ended.

    \b
    Examples:
      arcapix-gpfs key rotate
      arcapix-gpfs key rotate --keep 1d
      arcapix-gpfs key rotate --without n7
    """
    with usage.checked():
        seconds = None if keep is None else durations.seconds("--keep", keep, without="7d", least=0)
    if not key_rotation.rotate(seconds, without, ask=not yes):
        sys.exit(1)


@key.command()
@click.argument("other", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@places
@click.option(
    "--json", "as_json", is_flag=True, help="A JSON array of the nodes and their keys, for programs."
)
@click.pass_context
def check(
    context: click.Context, other: Path | None, nodes: tuple[str, ...], everywhere: bool, as_json: bool
) -> None:
    """Say whether the key is usable: present, root's, closed to others.

    With OTHER, whether it is the same as that file; with --nodes or --node, whether it is usable there, and
    the same as here.

    \b
    Examples:
      arcapix-gpfs key check
      arcapix-gpfs key check ~/gpfs.key.of-n2
      arcapix-gpfs key check --nodes all
    """
    cluster_key.check(other)
    if nodes or everywhere:
        mine = _shown_keys()
        found = [(node, _compared(keys, mine)) for node, keys in Nodes(nodes).gather(_SHOW, lambda: mine)]
        if as_json:
            print_json([_checked(node.daemon_name, said) for node, said in found], indent=2)
            found = [(node, said) for node, said in found if isinstance(said, Exception)]
        if not tell(found):
            context.exit(1)
    elif as_json:
        print_json([_checked(installation.node_here(), _IN_ORDER)], indent=2)
    else:
        print_line(_IN_ORDER)


def _checked(node: str, said: Any) -> dict[str, str]:
    state = "problem" if isinstance(said, Exception) else "ok"
    return {"node": node, "state": state, "text": first_line(str(said))}


def _shown_keys() -> list[dict[str, Any]]:
    """Return what may be shown of the keys of this node.

    Raises:
        GPFSError: There is none, or it cannot be used.
    """
    found = []
    for number, one in enumerate(cluster_key.existing()):
        is_ending = one.until != float("inf")
        found.append(
            {
                "path": str(cluster_key.path()),
                "fingerprint": cluster_key.fingerprint_of(one),
                "state": ("old" if is_ending else "next") if number else "present",
                "until": moments.shown(one.until) if is_ending else None,
            }
        )
    return found


def _lines(keys: Any) -> list[str]:
    present, *others = keys
    lines = [f"{present['path']} {present['fingerprint']}"]
    for other in others:
        kind = f"old until {other['until']}" if other["until"] else "next"
        lines.append(f"{kind} {other['fingerprint']}")
    return lines


def _text(keys: Any) -> Any:
    return "\n".join(_lines(keys)) if isinstance(keys, list) else keys


def _compared(keys: Any, mine: list[dict[str, Any]]) -> Any:
    if isinstance(keys, Exception):
        return keys
    theirs = [(key["fingerprint"], key["state"]) for key in keys]
    if theirs == [(key["fingerprint"], key["state"]) for key in mine]:
        return f"{_IN_ORDER}, and the same as here"
    return GPFSError(f"its key is another one: {', '.join(_lines(keys))}; here: {', '.join(_lines(mine))}")


def _ask(fates: Mapping[bool, str], *, yes: bool) -> None:
    """Name the callbacks that a node will not run, and ask whether that is meant.

    Args:
        fates: What becomes of those whose tokens are signed, or not signed, or of both.
        yes: Whether that was said with the command.

    Raises:
        GPFSError: Nobody can be asked.
    """
    try:
        made = [record for record in mmlscallback() if header.read(record) is not None]
    except GPFSError as error:
        reason = str(error).splitlines()[0]
        if isinstance(error, GPFSNotInstalled):
            reason = f"no mm commands are in {error.directory}"
        told = f"callbacks {', those '.join(fates.values())}; they cannot be listed: {reason}"
    else:
        told = "; ".join(_of_fates(fates, made))
        if not told:
            return
    agree(told, yes=yes)


def _of_fates(fates: Mapping[bool, str], made: Sequence[CallbackRecord]) -> Iterator[str]:
    """Yield which callbacks a node will not run, and what is better where they have a key."""
    for is_signed, fate in fates.items():
        names = [one.identifier for one in made if sealing.is_signed(one.parms[0]) == is_signed]
        if names:
            count = "1 callback" if len(names) == 1 else f"{len(names)} callbacks"
            yield f"{count} {fate}: {', '.join(names)}"
            if is_signed and fates is _DISOWNED:
                yield f"rather than make one, {from_another_node(str(cluster_key.path()))}"


def _require(is_required: bool) -> None:
    """Have the driver of this node run nothing without the key, or no longer, if it is installed."""
    try:
        driver = installation.driver_path()
    except GPFSError:
        return  # whoever installs one finds the key
    if installation.configuration_of(driver)["key"] == str(cluster_key.path()):
        installation.require_key(driver, is_required)

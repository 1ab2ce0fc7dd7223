"""``arcapix-gpfs doctor``: whether what callbacks need is in order, on this node and on others."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ...commands import NodeRecord
from ...driver.once_record import OnceRecord
from ...exceptions import GPFSError
from ..nodes import Nodes, first_line
from ..terminal import print_line

_KEY = "doctor"
_HELD, _FREE = "held", "free"


@click.command()
@click.option(
    "--folder",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="A shared folder for Run(once=...): do its locks exclude one node from what another one holds?",
)
@click.option(
    "--node",
    "nodes",
    multiple=True,
    metavar="NAME",
    help="Ask this node; default: all others of the cluster.",
)
@click.option("--try", "name", hidden=True, help="The name of a file there: say whether its lock is held.")
@click.pass_context
def doctor(context: click.Context, folder: Path, nodes: tuple[str, ...], name: str | None) -> None:
    """Prove that a folder's locks exclude nodes from each other.

    This node holds a lock in the folder, and asks the others whether they can have it; then it lets go, and
    asks again. Emulated nodes are processes of one machine: they show exclusion, and nothing about a node
    that dies while it holds a lock.

    On the others it starts arcapix-gpfs of the Python that runs the callbacks' driver; where there is no
    callback yet, arcapix-gpfs at the path that it has here.
    """
    if name is not None:
        print_line(_state(folder, name))
        return
    cluster = Nodes(nodes)
    others = [node for node in cluster.nodes if not cluster.is_local(node)]
    if not others:
        raise GPFSError("there is no other node to ask; the folder's locks can be proved from two nodes only")
    file = f".doctor-{os.uname().nodename}-{os.getpid()}"
    record = _record(folder, file)
    try:
        record.claim(_KEY)
        held = [_asked(cluster, node, folder, file) for node in others]
        record.release(_KEY)
        free = [_asked(cluster, node, folder, file) for node in others]
    finally:
        record.close()
        (folder / file).unlink(missing_ok=True)
    sound = [_verdict(node.daemon_name, *answers) for node, *answers in zip(others, held, free)]
    if not all(sound):
        context.exit(1)


def _verdict(node: str, held: str, free: str) -> bool:
    """Print what two answers of a node mean; tell whether that is well."""
    if (held, free) == (_HELD, _FREE):
        print_line(f"{node}: the lock of this node excludes it, and is free afterwards")
        return True
    if held == _FREE:
        print_line(f"{node}: it can have the lock that this node holds; Run(once=...) would run there, too")
    else:
        print_line(f"{node}: {free if held == _HELD else held}")
    return False


def _record(folder: Path, file: str) -> OnceRecord:
    try:
        return OnceRecord(str(folder), file)
    except OSError as error:
        raise GPFSError(f"{folder} cannot be used for Run(once=...) on this node: {error}") from error


def _state(folder: Path, file: str) -> str:
    if not (folder / file).exists():
        raise GPFSError(f"{folder} is another folder on this node: what the other node wrote is not there")
    record = _record(folder, file)
    try:
        return _FREE if record.claim(_KEY) else _HELD
    finally:
        record.close()


def _asked(cluster: Nodes, node: NodeRecord, folder: Path, file: str) -> str:
    try:
        done = cluster.ask(node, ["doctor", "--folder", str(folder), "--try", file])
    except GPFSError as error:
        return f"it cannot be asked: {first_line(str(error))}"
    return done.stdout.strip() if done.returncode == 0 else first_line(done.stderr)

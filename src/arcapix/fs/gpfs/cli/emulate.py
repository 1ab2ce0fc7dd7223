"""``arcapix-gpfs emulate``: a cluster in a folder, with the driver that its callbacks run."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .. import emulated
from ..emulator import EmulatorError, client, control, creation, figures, firing, likeness, ownership
from ..emulator.environment import BIN, CLUSTER, NODE
from ..emulator.switches import SWITCHES
from ..exceptions import GPFSError
from . import completion
from .terminal import print_exactly, print_line, print_warning


def _default_directory() -> Path:
    """Return the shell's cluster, or else a folder of the user's own."""
    named = os.environ.get(CLUSTER)
    if named:
        return Path(named)
    state = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    return Path(state) / "arcapix-gpfs" / "cluster"


def _directory(command: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(command)
    def told(directory: Path, **given: Any) -> None:
        directory = directory.absolute()
        try:
            command(directory=directory, **given)
        except OSError as error:
            if error.filename is None:  # not about a file, such as a closed pipe
                raise
            raise EmulatorError(client.reason(str(directory), error)) from None

    return click.option(
        "--dir",
        "directory",
        type=click.Path(file_okay=False, path_type=Path),
        default=_default_directory,
        help="The cluster's folder; default: this shell's, else one under $XDG_STATE_HOME/arcapix-gpfs.",
    )(told)


def _node_names_there(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return lists whose last node is completed: one of the cluster in the folder that was named."""
    directory = context.params.get("directory")
    before, comma, last = incomplete.rpartition(",")
    try:
        status = control.status(directory if isinstance(directory, Path) else _default_directory())
    except (EmulatorError, OSError):
        return []
    return [f"{before}{comma}{node.label}" for node in status.nodes if node.label.startswith(last)]


def _switch_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [f"{name}=" for name in SWITCHES if name.startswith(incomplete)]


@click.group()
def emulate() -> None:
    """Run an emulated GPFS cluster on this machine.

    It is there to develop and to test callbacks with.
    """


@emulate.command()
@_directory
@click.option(
    "--nodes", default=None, metavar="N|NAME,...", help="How many nodes, or their names; default 3: n1,n2,n3."
)
@click.option(
    "--filesystem",
    "filesystems",
    multiple=True,
    metavar="NAME[=SIZE]",
    help="A file system; SIZE takes K, M, G (binary), default 64M. Default: mmfs1 and mmfs2.",
)
@click.option(
    "--switch",
    "switches",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=_switch_names,
    help="A behaviour of GPFS to emulate.",
)
@click.option(
    "--like",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Behave as a cluster that was asked by arcapix-gpfs probe --save; FILE is its site file.",
)
@click.option(
    "--command-delay",
    metavar="LIST[,CHANGE[,LOCK]]",
    help="Seconds that a listing and a change take, and that a change waits for another one.",
)
@click.option(
    "--on",
    "node",
    default=None,
    shell_complete=_node_names_there,
    help="The node that this shell is on; default: the first.",
)
def start(
    directory: Path,
    nodes: str | None,
    filesystems: tuple[str, ...],
    switches: tuple[str, ...],
    like: Path | None,
    command_delay: str | None,
    node: str | None,
) -> None:
    """Create or resume a cluster, and print exports for a shell: eval "$(arcapix-gpfs emulate start)".

    \b
    Examples:
      arcapix-gpfs emulate start --nodes 5 --filesystem mmfs1=1G
      arcapix-gpfs emulate start --nodes n1,n2 --switch release=4.2.3
      arcapix-gpfs emulate start --like gpfs-site.json
    """
    chosen = {} if like is None else _habits(like)
    chosen.update(_pair(text, "--switch") for text in switches)
    if command_delay is not None:
        chosen["command_delay"] = command_delay
    control.start(
        directory,
        nodes=None if nodes is None else _node_names(nodes),
        filesystems=dict(_filesystem(text) for text in filesystems) or None,
        switches=chosen,
        shell_node=node,
    )
    for folder in ownership.open_parents(directory):
        print_warning(
            f"others may write to {folder}, and put a folder of theirs in the place of {directory}; "
            "choose one below your home, or let nobody else own that folder or write to it"
        )
    emulated.install_driver(directory)
    if like is not None:
        emulated.keep_site_file(directory, like)
    exports = {**control.environment(directory, node), **emulated.places(directory)}
    programs = str(Path(sys.executable).parent)
    if shutil.which("arcapix-gpfs", path=exports["PATH"]) is None:
        exports["PATH"] += f":{programs}"
    for name, value in exports.items():
        print_exactly(f"export {name}={shlex.quote(value)}")


def _habits(file: Path) -> dict[str, str]:
    """Return the switches that a site file means, and say what cannot be played."""
    try:
        found = likeness.read(file)
    except OSError as error:
        raise EmulatorError(f"'{file}' cannot be read: {error.strerror}") from None
    for sentence in found.unplayed:
        print_line(f"not played: {sentence}", err=True)
    return dict(found.switches)


@emulate.command()
@_directory
def status(directory: Path) -> None:
    """Say what the cluster is made of and what state it is in.

    \b
    Examples:
      arcapix-gpfs emulate status
    """
    found = control.status(directory)
    process = "is stopped"
    if found.running:
        process = f"{'is a part of' if found.inside else 'runs as'} process {found.pid}"
    print_line(f"cluster {found.name} in {found.directory} {process}; manager {found.cluster_manager}")
    for node in found.nodes:
        mounts = ", ".join(node.mounts) or "nothing"
        print_line(f"  node {node.label} ({node.ip}) is {node.state}, {mounts} mounted")
    for filesystem in found.filesystems:
        print_line(
            f"  file system {filesystem.name}, {filesystem.size >> 20} MiB, at {filesystem.mount_point}"
        )
    print_line(f"  callbacks: {len(found.callbacks)}")
    for name, answer in sorted(found.switches.items()):
        print_line(f"  switch {name}={answer}")


@emulate.command()
@_directory
def stop(directory: Path) -> None:
    """End every process of the cluster; its state stays, and start resumes it.

    \b
    Examples:
      arcapix-gpfs emulate stop
    """
    control.stop(directory)


@emulate.command()
@_directory
def destroy(directory: Path) -> None:
    """End every process of the cluster and remove its folder; say what a shell that names it is to forget.

    \b
    Examples:
      arcapix-gpfs emulate destroy
    """
    control.destroy(directory)
    programs = f"{directory}/bin"
    if os.environ.get(BIN) == programs:
        names = sorted({BIN, CLUSTER, NODE, *emulated.places(directory)} & set(os.environ))
        forget = f'unset {" ".join(names)}; PATH="${{PATH#{programs}:}}"'
        print_line(f"this shell still names it, so run: {forget}", err=True)


@emulate.command()
@click.argument("event", shell_complete=completion.event_names)
@click.argument("variables", nargs=-1, metavar="[VARIABLE=VALUE]...", shell_complete=completion.values)
@click.option(
    "--node",
    default=None,
    shell_complete=_node_names_there,
    help="Where it happens; default: where GPFS raises this event.",
)
@_directory
def fire(directory: Path, event: str, variables: tuple[str, ...], node: str | None) -> None:
    """Raise an event, with any variables, without its cause.

    A variable that the event is not known to have is warned of, and passed on.

    \b
    Examples:
      arcapix-gpfs emulate fire lowDiskSpace fsName=mmfs1 storagePool=system
      arcapix-gpfs emulate fire nodeLeave --node n1 eventNode=n2
    """
    given = dict(_pair(text, "a variable") for text in variables)
    for doubt in firing.doubts(event, given):
        print_warning(doubt)
    control.fire(directory, event, node, given)


@emulate.command()
@click.option("--node", default=None, shell_complete=_node_names_there, help="One node's lines only.")
@click.option(
    "--follow",
    "-f",
    is_flag=True,
    help="Then print each line as it is written, until the cluster is destroyed.",
)
@_directory
def log(directory: Path, node: str | None, follow: bool) -> None:
    """Print the mmfs log, with GPFS's line for each callback that it called.

    \b
    Examples:
      arcapix-gpfs emulate log
      arcapix-gpfs emulate log --node n2 --follow
    """
    try:
        for line in (control.follow_log if follow else control.log)(directory, node):
            print_line(line)
    except KeyboardInterrupt:
        if not follow:  # that is how to end it
            raise


@emulate.command()
@click.argument("node", shell_complete=_node_names_there)
@_directory
def crash(directory: Path, node: str) -> None:
    """Let a node die: all its processes are killed.

    \b
    Examples:
      arcapix-gpfs emulate crash n2
    """
    control.crash(directory, node)


@emulate.command()
@click.argument("nodes", metavar="A,B,...", shell_complete=_node_names_there)
@_directory
def partition(directory: Path, nodes: str) -> None:
    """Cut nodes off from the others.

    \b
    Examples:
      arcapix-gpfs emulate partition n2,n3
    """
    control.partition(directory, nodes.split(","))


@emulate.command()
@_directory
def heal(directory: Path) -> None:
    """Join what was cut off.

    \b
    Examples:
      arcapix-gpfs emulate heal
    """
    control.heal(directory)


@emulate.group()
def fail() -> None:
    """Let a part fail."""


@fail.command()
@click.argument("name")
@_directory
def disk(directory: Path, name: str) -> None:
    """Let a disk fail.

    \b
    Examples:
      arcapix-gpfs emulate fail disk mmfs1_nsd1
    """
    control.fail_disk(directory, name)


def _node_names(text: str) -> list[str]:
    if text.isascii() and text.isdigit():
        return [f"n{number}" for number in range(1, int(text) + 1)]
    return text.split(",")


def _filesystem(text: str) -> tuple[str, int]:
    name, equals, size = text.partition("=")
    return name, figures.size(size) if equals else creation.SIZE


def _pair(text: str, what: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise GPFSError(f"{text!r} is not {what}: write NAME=VALUE")
    return name, value

"""The options ``--node`` and ``--nodes``, the same for all commands: on which nodes they look or act."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from . import completion

Command = Callable[..., Any]

HERE = "--here"
"""What another node is asked with for what it alone knows."""
_EVERY = "all"


def places(command: Command) -> Command:
    """Add the options; the command gets ``nodes``, names, and ``everywhere``, whether all are meant."""
    return _with_options(command, "the local one", lambda nodes: {"everywhere": nodes == (_EVERY,)})


def places_of_all(command: Command) -> Command:
    """Add the options to a command that looks at all nodes by itself; it gets ``nodes``, names."""
    return _with_options(command, "all of them", lambda _nodes: {})


def place(command: Command) -> Command:
    """Add ``--node`` to a command about one thing of one node; it gets ``node``, a name or None."""
    return click.option(
        "--node",
        metavar="NAME",
        callback=single_names,
        shell_complete=completion.nodes,
        help="On this node, instead of the local one.",
    )(command)


def asked_by_nodes(command: Command) -> Command:
    """Add the hidden option that nodes ask each other with, as ``is_asked``."""
    return click.option(
        HERE, "is_asked", is_flag=True, hidden=True, help="Tell of this node alone, for another one."
    )(command)


def _with_options(
    command: Command, usual: str, further: Callable[[tuple[str, ...]], dict[str, bool]]
) -> Command:
    @functools.wraps(command)
    def with_places(*arguments: Any, nodes: tuple[str, ...], listed: tuple[str, ...], **others: Any) -> Any:
        if nodes and listed:
            raise click.UsageError(f"--node {nodes[0]} and --nodes {','.join(listed)} exclude each other")
        named = () if listed == (_EVERY,) else nodes or listed
        return command(*arguments, nodes=named, **further(listed), **others)

    several = click.option(
        "--nodes",
        "listed",
        metavar=f"{_EVERY}|NAME,...",
        shell_complete=completion.node_lists,
        callback=_names,
        help="On every node of the cluster, or on these nodes and the members of these node classes, instead "
        f"of {usual}.",
    )
    single = click.option(
        "--node",
        "nodes",
        multiple=True,
        metavar="NAME",
        shell_complete=completion.nodes,
        callback=single_names,
        help=f"On this node, instead of {usual}; may be given several times.",
    )
    return single(several(with_places))


def _names(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Return the names that a list holds, or ``all`` alone."""
    if value is None:
        return ()
    names = tuple(name.strip() for name in value.split(","))
    if not all(names):
        raise click.UsageError(
            f"--nodes {value!r} lacks a name between commas; give {_EVERY}, or such as n1,n2"
        )
    if _EVERY in names and len(names) > 1:
        raise click.UsageError(f"--nodes {value!r}: {_EVERY!r} stands alone; it means every node")
    return names


def single_names(
    _context: click.Context, parameter: click.Parameter, value: tuple[str, ...] | str | None
) -> tuple[str, ...] | str | None:
    """See that what ``--node`` was given are single names."""
    for name in (value,) if isinstance(value, str) else value or ():
        if name == _EVERY:
            every = f"; for every node give: --nodes {_EVERY}" if parameter.multiple else ""
            raise click.UsageError(f"--node takes the name of a node{every}")
        if "," in name:
            several = f"; for several give: --nodes {name}" if parameter.multiple else ""
            raise click.UsageError(f"--node takes one name{several}")
    return value

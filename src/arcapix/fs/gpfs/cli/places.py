"""The options ``--node`` and ``--nodes``, the same for all commands: on which nodes they look or act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Command = Callable[..., Any]

_EVERY = "all"


def places(command: Command) -> Command:
    """Add the options, as ``nodes`` and ``everywhere``."""
    everywhere = click.option(
        "--nodes",
        "everywhere",
        metavar=_EVERY,
        callback=_only_all,
        help="'all': on every node of the cluster, instead of the local one.",
    )
    named = click.option(
        "--node",
        "nodes",
        multiple=True,
        metavar="NAME",
        callback=single_names,
        help="On this node, instead of the local one; may be given several times.",
    )
    return named(everywhere(command))


def check(nodes: tuple[str, ...], everywhere: str | None) -> None:
    """See that named nodes and all nodes were not both asked for."""
    if nodes and everywhere:
        raise click.UsageError(f"--node {nodes[0]} and --nodes {everywhere} exclude each other")


def _only_all(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value not in (None, _EVERY):
        named = " ".join(f"--node {name}" for name in str(value).split(",") if name)
        raise click.UsageError(f"--nodes takes {_EVERY!r} alone; for some of the nodes give: {named}")
    return value


def single_names(
    _context: click.Context, parameter: click.Parameter, value: tuple[str, ...] | str | None
) -> tuple[str, ...] | str | None:
    """See that what ``--node`` was given are single names."""
    for name in (value,) if isinstance(value, str) else value or ():
        if name == _EVERY:
            every = f"; for every node give: --nodes {_EVERY}" if parameter.multiple else ""
            raise click.UsageError(f"--node takes the name of a node{every}")
        if "," in name:
            named = " ".join(f"--node {each}" for each in name.split(",") if each)
            raise click.UsageError(f"--node takes one name; give: {named}")
    return value

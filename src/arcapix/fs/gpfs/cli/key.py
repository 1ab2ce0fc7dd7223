"""``arcapix-gpfs key``: the cluster key, which tells our tokens from all others."""

from __future__ import annotations

from pathlib import Path

import click

from ..deployment import cluster_key
from .terminal import print_exactly, print_line


@click.group()
def key() -> None:
    """Make and compare the cluster key: a node that has it runs only tokens made with it."""


@key.command()
def create() -> None:
    """Make a new key on this node, and print where; copy the file to every node, as root."""
    print_exactly(str(cluster_key.create()))


@key.command()
def show() -> None:
    """Print the key's path and its fingerprint, for comparing nodes; never the key itself."""
    found = cluster_key.path()
    print_line(f"{found} {cluster_key.fingerprint()}")


@key.command()
@click.argument("other", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def check(other: Path | None) -> None:
    """Say whether the key is usable: present, root's, closed to others; and, with OTHER, the same as that."""
    cluster_key.check(other)
    print_line("the key is in order")

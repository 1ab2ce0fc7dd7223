"""``arcapix-gpfs key``: the cluster key, which tells our tokens from all others."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..deployment import cluster_key
from ..registration import durations
from . import key_rotation
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
    """Print the key's path and its fingerprint, for comparing nodes; never the key itself.

    While keys change, a line follows for the one that is to come, or for the old one.
    """
    present, *others = cluster_key.existing()
    print_line(f"{cluster_key.path()} {cluster_key.fingerprint_of(present)}")
    for other in others:
        kind = "next" if other.until == float("inf") else f"old until {int(other.until)}"
        print_line(f"{kind} {cluster_key.fingerprint_of(other)}")


@key.command()
@click.option(
    "--keep", default="7d", metavar="DURATION", help="How long tokens of the old key still run; default: 7d."
)
@click.option("--without", metavar="NODE", multiple=True, help="A node that may lack the new key.")
@click.option("--yes", is_flag=True, help="Do not ask the nodes whether they have the new key.")
def rotate(keep: str, without: tuple[str, ...], yes: bool) -> None:
    """Put another key in the place of this one, while events arrive. Run it until nothing is left to do.

    At first the key's file gets a new key beside the present one. Once the file has been copied to every
    node, all callbacks that a key of this node vouches for are signed with the new one, one after the other;
    whoever is killed can start again. Then the new key takes the place of the old one, which ends after a
    week, and the file is copied once more. A last run signs what other nodes have made meanwhile.
    """
    try:
        seconds = durations.seconds("--keep", keep, without="7d")
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if not key_rotation.rotate(seconds, without, ask=not yes):
        sys.exit(1)


@key.command()
@click.argument("other", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def check(other: Path | None) -> None:
    """Say whether the key is usable: present, root's, closed to others; and, with OTHER, the same as that."""
    cluster_key.check(other)
    print_line("the key is in order")

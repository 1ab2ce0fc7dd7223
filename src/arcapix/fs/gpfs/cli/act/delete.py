"""``arcapix-gpfs delete``: callbacks that are wanted no more."""

from __future__ import annotations

import click

from ...cluster import Cluster
from ...registration import journal
from .. import completion
from ..terminal import print_line


@click.command()
@click.argument("identifiers", nargs=-1, required=True, shell_complete=completion.callbacks)
def delete(identifiers: tuple[str, ...]) -> None:
    """Delete callbacks. All of them are looked up first: if one is misspelt, none is deleted.

    A pause stays, and holds for the next callback of that name: a warning says so, and how to end it.

    \b
    Examples:
      arcapix-gpfs delete low-space-alert note-mounts
    """
    callbacks = Cluster().callbacks
    with journal.alone(identifiers):  # one may be in the gap of a change
        found = {callback.id: callback for callback in callbacks}
        chosen = [found[name] if name in found else callbacks[name] for name in dict.fromkeys(identifiers)]
        for callback in chosen:
            callback.delete()
            print_line(f"deleted {callback.id}")

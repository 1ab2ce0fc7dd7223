"""``arcapix-gpfs delete``: callbacks that are wanted no more."""

from __future__ import annotations

import click

from ...cluster import Cluster
from ...registration import journal
from .. import completion
from ..terminal import print_json, print_line


@click.command()
@click.argument("identifiers", nargs=-1, required=True, shell_complete=completion.callbacks)
@click.option(
    "--json", "as_json", is_flag=True, help="A JSON array of those that were deleted, for programs."
)
def delete(identifiers: tuple[str, ...], as_json: bool) -> None:
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
        deleted: list[dict[str, str]] = []
        try:
            for callback in chosen:
                callback.delete()
                deleted.append({"callback": callback.id})
                if not as_json:
                    print_line(f"deleted {callback.id}")
        finally:  # also of those before one that could not be
            if as_json:
                print_json(deleted, indent=2)

"""Asks whether something is meant, before it is done."""

from __future__ import annotations

import click

from ..exceptions import GPFSError, printable
from .terminal import can_ask, print_line


def agree(told: str, *, yes: bool) -> None:
    """Say what is going to be, and go on only if whoever sits there agrees.

    Args:
        told: What is going to be.
        yes: Whether that was said with the command.

    Raises:
        GPFSError: Nobody can be asked.
        click.Abort: The answer is no.
    """
    if yes:
        print_line(told, err=True)
    elif not can_ask():
        raise GPFSError(f"nothing was changed: {told}; if that is meant, give --yes")
    else:
        click.confirm(printable(f"{told}; go on?"), abort=True, err=True)

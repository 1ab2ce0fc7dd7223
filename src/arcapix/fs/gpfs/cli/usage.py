"""Tells wrong values of options as errors of usage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ..exceptions import GPFSError

_KEYWORD = re.compile(r"(?<![\w'\"-])([a-z_]+)=(?:True\b)?")
_BEFORE_A_STOP = re.compile(r" (?=[ ,.;:)]|$)")


@contextmanager
def checked() -> Iterator[None]:
    """Within the block, a `TypeError` or `ValueError` that is none of ours is an error of usage."""
    try:
        yield
    except GPFSError:
        raise
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from None


@contextmanager
def keywords_as_options() -> Iterator[None]:
    """Within the block, what the API refuses is an error of usage: ``sync=True`` is ``--sync`` there."""
    try:
        with checked():
            yield
    except click.UsageError as error:
        text = _KEYWORD.sub(_option, error.message)
        raise click.UsageError(_BEFORE_A_STOP.sub("", text)) from None


def _option(keyword: re.Match[str]) -> str:
    return "a run option " if keyword[1] == "run" else f"--{keyword[1].replace('_', '-')} "

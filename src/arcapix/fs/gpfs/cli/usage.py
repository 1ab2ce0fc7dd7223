"""Tells wrong values of options as errors of usage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def checked() -> Iterator[None]:
    """Within the block, a `ValueError` is an error of usage with the same text."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error)) from None

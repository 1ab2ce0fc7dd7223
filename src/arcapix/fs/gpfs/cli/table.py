"""Tables on standard output: a heading, and rows in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click


def printable(text: str) -> str:
    """Return a text that cannot move the cursor; events and exceptions may say anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Table:
    """Rows of text under a heading.

    Args:
        heading: The names of the columns.
        rows: The rows that the columns are made wide enough for; others can be shown, too.
    """

    def __init__(self, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self._heading = heading
        self._widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]

    def show_heading(self) -> None:
        """Print the names of the columns."""
        self._show(self._heading)

    def show(self, rows: Iterable[Sequence[str]]) -> None:
        """Print rows."""
        for row in rows:
            self._show(row)

    def _show(self, cells: Sequence[str]) -> None:
        padded = (cell.ljust(width) for cell, width in zip(cells, self._widths, strict=True))
        click.echo("  ".join(padded).rstrip())

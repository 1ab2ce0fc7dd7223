"""Tables on standard output: a heading, and rows in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..exceptions import printable
from .terminal import columns, print_line


class Table:
    """Rows of text under a heading; whatever a cell holds, it stays in its row and column.

    Args:
        heading: The names of the columns.
        rows: The rows that the columns are made wide enough for; others can be shown, too.
    """

    def __init__(self, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self._heading = heading
        shown = [map(printable, row) for row in rows]
        self._widths = [max(map(columns, column)) for column in zip(heading, *shown, strict=True)]

    def show_heading(self) -> None:
        """Print the names of the columns."""
        self._show(self._heading)

    def show(self, rows: Iterable[Sequence[str]]) -> None:
        """Print rows."""
        for row in rows:
            self._show(row)

    def _show(self, cells: Sequence[str]) -> None:
        shown = map(printable, cells)
        padded = (
            cell + " " * (width - columns(cell)) for cell, width in zip(shown, self._widths, strict=True)
        )
        print_line("  ".join(padded).rstrip())

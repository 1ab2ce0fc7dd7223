"""Tables on standard output: a heading, and rows in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..exceptions import printable
from .terminal import columns, print_line


class Table:
    """Rows of text under a heading; whatever a cell holds, it stays in its row and column.

    A cell that holds nothing is shown as ``-``, unless its column has no name.

    Args:
        heading: The names of the columns.
        rows: The rows that the columns are made wide enough for; others can be shown, too.
    """

    def __init__(self, heading: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
        self._heading = heading
        shown = [self._cells(row) for row in rows]
        self._widths = [max(map(columns, column)) for column in zip(heading, *shown, strict=True)]

    def show_heading(self) -> None:
        """Print the names of the columns."""
        self._show(self._heading)

    def show(self, rows: Iterable[Sequence[str | None]]) -> None:
        """Print rows."""
        for row in rows:
            self._show(self._cells(row))

    def _cells(self, row: Sequence[str | None]) -> list[str]:
        return [
            printable(cell or ("-" if name else "")) for name, cell in zip(self._heading, row, strict=True)
        ]

    def _show(self, cells: Sequence[str]) -> None:
        padded = (
            cell + " " * (width - columns(cell)) for cell, width in zip(cells, self._widths, strict=True)
        )
        print_line("  ".join(padded).rstrip())

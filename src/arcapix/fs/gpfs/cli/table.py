"""Tables on standard output: a heading, and rows in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..exceptions import printable
from .terminal import columns, is_terminal, print_line

if TYPE_CHECKING:
    from .fitted_table import FittedTable


class Table:
    """Rows of text under a heading; whatever a cell holds, it stays in its row and column.

    A cell that holds nothing is shown as ``-``, unless its column has no name.
    On a terminal cells are wrapped that would not fit; elsewhere a row is a line.

    Args:
        heading: The names of the columns.
        rows: The rows that the columns are made wide enough for; others can be shown, too.
    """

    def __init__(self, heading: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
        self._heading = heading
        shown = [self._cells(row) for row in rows]
        self._widths = [max(map(columns, column)) for column in zip(heading, *shown, strict=True)]
        self._fitted = _fitted(heading, self._widths) if is_terminal() else None

    def show_heading(self) -> None:
        """Print the names of the columns."""
        if self._fitted is not None:
            self._fitted.show_heading()
        else:
            self._show(self._heading)

    def show(self, rows: Iterable[Sequence[str | None]]) -> None:
        """Print rows."""
        if self._fitted is not None:
            self._fitted.show([self._cells(row) for row in rows])
            return
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


def _fitted(heading: Sequence[str], widths: Sequence[int]) -> FittedTable:
    from .fitted_table import FittedTable

    return FittedTable(heading, widths)

"""Tables on a terminal: cells are wrapped where its width asks for it, and states have colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .terminal import print_rendered

__all__ = ["FittedTable"]

_BETWEEN = 2
"""Blanks between two columns."""

_LEAST = 6
"""Columns of the terminal that a column of the table keeps, however narrow the terminal is."""

_COLOURED = "STATE"
_COLOURS = {
    **dict.fromkeys(("succeeded", "ok"), "green"),
    **dict.fromkeys(("failed", "timed-out", "interrupted", "refused", "problem"), "red"),
    **dict.fromkeys(("retrying", "waiting", "skipped", "discarded", "warning", "unknown"), "yellow"),
    "running": "cyan",
}


class FittedTable:
    """Rows under a heading, all as wide as the terminal at most.

    Args:
        heading: The names of the columns.
        widths: How many columns of the terminal each needs.
    """

    def __init__(self, heading: Sequence[str], widths: Sequence[int]) -> None:
        self._heading = heading
        self._console = Console()
        self._widths = _fitted(list(widths), self._console.width)

    def show_heading(self) -> None:
        """Print the names of the columns."""
        self._show([[Text(name, "bold") for name in self._heading]])

    def show(self, rows: Iterable[Sequence[str]]) -> None:
        """Print rows of printable text."""
        self._show([[self._cell(*one) for one in zip(self._heading, row, strict=True)] for row in rows])

    def _cell(self, name: str, text: str) -> Text:
        return Text(text, _COLOURS.get(text, "") if name == _COLOURED else "")

    def _show(self, rows: Sequence[Sequence[Text]]) -> None:
        table = Table.grid(padding=(0, _BETWEEN, 0, 0))
        for width in self._widths:
            table.add_column(width=width, overflow="fold")
        for row in rows:
            table.add_row(*row)
        print_rendered(self._console, table)


def _fitted(widths: list[int], room: int) -> list[int]:
    """Return widths that fit: the widest columns give most."""
    excess = sum(widths) + _BETWEEN * (len(widths) - 1) - room
    for _ in range(excess):
        widest = widths.index(max(widths))
        if widths[widest] <= _LEAST:
            break
        widths[widest] -= 1
    return widths

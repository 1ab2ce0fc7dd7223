"""Tables on a terminal: what does not fit its width is wrapped, and states have colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .terminal import print_rendered

__all__ = ["FittedTable"]

_BETWEEN = 2
"""Blanks between two columns."""

_LEAST = 6
"""Columns of the terminal that a column of the table keeps, however narrow the terminal is."""

_WHOLE = frozenset({"RUN", "ID", "CALLBACK", "STARTED", "ACCEPTED", "DUE", "SINCE", "UNTIL"})
"""The columns of identifiers and times, which are copied: they are kept in one piece."""

_READABLE = 20
"""Columns of the terminal that another one is given, if it needs them, once a row takes several lines."""

_INDENT = 2
"""Blanks before the second line of a row, and further ones."""

_COLOURED = "STATE"
_COLOURS = {
    **dict.fromkeys(("succeeded", "ok"), "green"),
    **dict.fromkeys(("failed", "timed-out", "interrupted", "refused", "problem"), "red"),
    **dict.fromkeys(("retrying", "waiting", "skipped", "discarded", "warning", "unknown"), "yellow"),
    "running": "cyan",
}


class FittedTable:
    """Rows under a heading, all as wide as the terminal at most.

    Identifiers and times are kept whole, and other columns shrink. Where those are too many for that, a row
    takes several lines, each with some of the columns.

    Args:
        heading: The names of the columns.
        widths: How many columns of the terminal each needs.
    """

    def __init__(self, heading: Sequence[str], widths: Sequence[int]) -> None:
        self._heading = heading
        self._console = Console()
        room = self._console.width
        self._lines = _lines([_Column(*one) for one in zip(heading, widths, strict=True)], room)

    def show_heading(self) -> None:
        """Print the names of the columns."""
        self._show([[Text(name, "bold") for name in self._heading]])

    def show(self, rows: Iterable[Sequence[str]]) -> None:
        """Print rows of printable text."""
        self._show([[self._cell(*one) for one in zip(self._heading, row, strict=True)] for row in rows])

    def _cell(self, name: str, text: str) -> Text:
        return Text(text, _COLOURS.get(text, "") if name == _COLOURED else "")

    def _show(self, rows: Sequence[Sequence[Text]]) -> None:
        together = [rows] if len(self._lines) == 1 else [[row] for row in rows]
        print_rendered(self._console, Group(*(part for some in together for part in self._rendered(some))))

    def _rendered(self, rows: Sequence[Sequence[Text]]) -> Iterator[RenderableType]:
        """Yield what the lines of rows are, all first lines before all second ones."""
        start = 0
        for widths in self._lines:
            table = Table.grid(padding=(0, _BETWEEN, 0, 0))
            for width in widths:
                table.add_column(width=width, overflow="fold")
            for row in rows:
                table.add_row(*row[start : start + len(widths)])
            yield Padding(table, (0, 0, 0, _INDENT if start else 0))
            start += len(widths)


class _Column(NamedTuple):
    name: str
    width: int

    def least(self, others: int) -> int:
        """Return how narrow it may become, if that is the least of columns that need not be whole."""
        return self.width if self.name in _WHOLE else min(self.width, others)


def _lines(columns: Sequence[_Column], room: int) -> list[list[int]]:
    """Return the widths of the columns that each line of a row has."""
    if _width(column.least(_LEAST) for column in columns) <= room:
        return [_fitted(columns, room)]
    lines: list[list[_Column]] = [[]]
    for column in columns:
        tried = [*lines[-1], column]
        if lines[-1] and _width(each.least(_READABLE) for each in tried) > room - _INDENT:
            lines.append([column])
        else:
            lines[-1] = tried
    return [_fitted(line, room - _INDENT) for line in lines]


def _width(widths: Iterable[int]) -> int:
    widths = list(widths)
    return sum(widths) + _BETWEEN * (len(widths) - 1)


def _fitted(columns: Sequence[_Column], room: int) -> list[int]:
    """Return widths that fit: the widest columns of those that may shrink give most."""
    widths = [min(column.width, room) for column in columns]
    for _ in range(_width(widths) - room):
        excess = [width - column.least(_LEAST) and width for column, width in zip(columns, widths)]
        if not any(excess):
            break
        widths[excess.index(max(excess))] -= 1
    return widths

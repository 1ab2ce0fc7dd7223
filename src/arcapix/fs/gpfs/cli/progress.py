"""How many nodes have answered, in a line on the terminal that is gone when all have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

__all__ = ["counted"]


@contextmanager
def counted(total: int) -> Iterator[Callable[[], object]]:
    """Show progress within the block; what it gives is to be called for each node that has answered."""
    console = Console(stderr=True)
    columns = TextColumn("asking nodes"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True, disable=console.is_dumb_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)

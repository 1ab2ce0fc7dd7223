"""Shows what checks of nodes have found: what is not well, and how each node stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...administration.doctor import Told
from ..table import Table
from ..terminal import print_line

OF_ANOTHER_RELEASE = ("what it says is of another release", "; install the same package there")
"""What is said of an answer that is none of ours, and what to do."""

_CLUSTER = "cluster"
_NAMED = 3
"""Nodes that a row names; of more only the number is told."""


def show(found: Sequence[Told], everything: bool, nodes: Sequence[str]) -> None:
    """Print findings as a table, and a line of each node.

    Args:
        found: What was found.
        everything: Whether what is well is in the table.
        nodes: The nodes that were looked at.
    """
    shown = [told for told in found if everything or told.finding.state != "ok"]
    rows = _rows(shown, len(nodes))
    if rows:
        table = Table(("NODE", "CHECK", "STATE", "WHAT"), rows)
        table.show_heading()
        table.show(rows)
        print_line("")
    for node in (*nodes, None):
        mine = [told for told in found if told.node == node]
        if mine:
            print_line(f"{node or _CLUSTER}: {_summary(mine)}")


def _rows(shown: Iterable[Told], nodes: int) -> list[list[str]]:
    """Return a row for each finding; one that many nodes share has one row."""
    places: dict[tuple[str, ...], list[str]] = {}
    for node, finding in shown:
        what = finding.text + (f"; {finding.advice}" if finding.advice else "")
        places.setdefault((finding.check, finding.state, what), []).append(node or _CLUSTER)
    return [[_where(names, nodes), *cells] for cells, names in places.items()]


def _where(names: Sequence[str], nodes: int) -> str:
    if len(names) == nodes > 1:
        return f"all {nodes} nodes"
    return ",".join(names) if len(names) <= _NAMED else f"{len(names)} nodes"


def _summary(found: Sequence[Told]) -> str:
    checks = len({told.finding.check for told in found})
    count = "1 check" if checks == 1 else f"{checks} checks"
    states = [told.finding.state for told in found]
    wrong = [
        f"{states.count(state)} {state}" + ("" if states.count(state) == 1 or state == "unknown" else "s")
        for state in ("problem", "warning", "unknown")
        if state in states
    ]
    return f"{count}, {', '.join(wrong) or 'all well'}"

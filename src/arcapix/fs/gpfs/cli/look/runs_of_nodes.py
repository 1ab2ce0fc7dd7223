"""The runs of other nodes: each is asked for its history, and all of them are told in one order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ...runs.history import RecordedRun, Selection
from ..nodes import Nodes, first_line, read_answer
from .history import runs_here


def runs_of(
    nodes: Nodes, selection: Selection, last: int | None, complain: Callable[[str], object]
) -> list[RecordedRun]:
    """Return the runs of nodes in the order of their starts.

    Args:
        nodes: The nodes.
        selection: Which runs.
        last: How many runs per node at most, the newest.
        complain: Gets one line about each node that cannot be read.
    """
    words = ["history", "--json"]
    for option, values in (
        ("--callback", selection.callbacks),
        ("--event", selection.events),
        ("--object", selection.objects),
        ("--state", selection.states),
        ("--since", _as_given(selection.since)),
        ("--until", _as_given(selection.until)),
        ("--last", (str(last),) if last else ()),
    ):
        for value in values:
            words += [option, value]
    found: list[RecordedRun] = []
    for node, answer in nodes.gather(words, lambda: [run.fields() for run in runs_here(selection, last)]):
        runs = read_answer(
            answer,
            lambda every: [RecordedRun.from_fields(fields) for fields in every],
            "its answer is not a list of runs",
        )
        if isinstance(runs, Exception):
            complain(f"{node.daemon_name} cannot be read: {first_line(str(runs))}")
        else:
            found += runs
    return sorted(found, key=lambda run: run.started)


def _as_given(moment: float | None) -> tuple[str, ...]:
    """Return a time as another node reads it, whatever its zone is."""
    return () if moment is None else (datetime.fromtimestamp(moment, UTC).isoformat(),)

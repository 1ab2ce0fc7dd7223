"""What the run options of a callback make of its events at present: which node runs it, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ...registration import moments
from ...registration.run_options import Run
from ...runs.history import RecordedRun
from .findings import NODE, Finding

__all__ = ["of_bounds", "of_once"]

_NOT_CALLED = ("skipped", "refused")


def of_bounds(node: str, options: Run, runs: Sequence[RecordedRun], now: datetime) -> Iterator[Finding]:
    """Yield which further events do not run on a node at present, whatever they are about."""
    if options.max_running is not None:
        running = sum(run.state == "running" for run in runs)
        if running >= options.max_running:
            what = "wait" if options.overflow == "wait" else "are skipped"
            text = f"{running} go on at {NODE}, as many as max_running allows: further events {what}"
            yield Finding(node, "options", "note", text)
    called = [run for run in runs if run.state not in _NOT_CALLED]
    if options.every is not None and called:
        end = called[-1].started + timedelta(seconds=options.every)
        if end > now:
            text = f"events about what it ran for on {NODE} are dropped until {moments.shown(end)}"
            yield Finding(node, "options", "note", f"every {options.every:g} s: {text}")


def of_once(runs: Mapping[str, Sequence[RecordedRun]]) -> Finding:
    """Return which node has run it for all of them.

    Args:
        runs: The runs of each node.
    """
    succeeded = [
        (run.started, node) for node, every in runs.items() for run in every if run.state == "succeeded"
    ]
    if not succeeded:
        return Finding(None, "options", "note", "once: none of these nodes has run it with success")
    started, node = max(succeeded)
    text = f"once: of these nodes {node} ran it last, at {moments.shown(started)}"
    return Finding(None, "options", "note", text)

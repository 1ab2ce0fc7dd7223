"""What the run options of a callback make of its events at present: which node runs it, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ...driver.once import LOST
from ...registration import moments
from ...registration.run_options import Run
from ...runs.history import RecordedRun
from .findings import NODE, Finding, listed

__all__ = ["of_bounds", "of_once"]

_NOT_CALLED = ("skipped", "refused")


def _last_without_folder(runs: Sequence[RecordedRun]) -> RecordedRun | None:
    """Return the last run that was one, if it took place although the folder of ``once`` was lost."""
    called = [run for run in runs if run.state not in _NOT_CALLED]
    return called[-1] if called and LOST in called[-1].reason else None


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
    """Return which node has run it for all of them; or which ran on their own, as they could not agree.

    Args:
        runs: The runs of each node.
    """
    lost = {node: last.reason for node, every in runs.items() if (last := _last_without_folder(every))}
    if lost:
        why = next(iter(lost.values()))
        text = (
            f"once did not work: {len(lost)} of {len(runs)} nodes ran it on their own: {listed(list(lost))}"
        )
        advice = "see to that folder, on each of these nodes; what doctor finds of it: arcapix-gpfs doctor"
        return Finding(None, "options", "problem", f"{text}; {why[why.index(LOST) :]}", advice)
    succeeded = [
        (run.started, node) for node, every in runs.items() for run in every if run.state == "succeeded"
    ]
    if not succeeded:
        return Finding(None, "options", "note", "once: none of these nodes has run it with success")
    started, node = max(succeeded)
    text = f"once: of these nodes {node} ran it last, at {moments.shown(started)}"
    return Finding(None, "options", "note", text)

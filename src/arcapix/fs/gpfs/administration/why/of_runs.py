"""What became of the runs of a callback on a node, and of the events that it has accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from ...driver.decision import OTHER_PYTHON, UNREADABLE
from ...registration import moments
from ...runs.history import RecordedRun
from .facts import NodeFacts
from .findings import NODE, Finding, State

__all__ = ["hangs", "of_pending", "of_runs"]

_LONG = 600.0
"""Seconds after which a run counts as one that hangs, whatever is usual."""
_TIMES_AS_LONG = 10
_LEAST = 5.0
"""Seconds that a run may take though it usually takes no time at all."""
_LATE = 60.0
"""Seconds after which an attempt that is due ought to have begun."""
_MOST_RETRIED = 5
"""How many events an advice names."""
_MISSING = re.compile(r"ModuleNotFoundError: No module named '(?P<module>[^']+)'")
_BECAME = {
    "succeeded": "succeeded",
    "failed": "failed",
    "timed-out": "timed out",
    "interrupted": "was interrupted",
    "refused": "was refused",
    "retrying": "failed and is to be tried again",
    "discarded": "was discarded",
    "skipped": "was skipped",
}
_NO_PROBLEM: dict[str, State] = {"succeeded": "ok", "retrying": "note", "discarded": "note"}


def of_runs(
    node: str, facts: NodeFacts, runs: Sequence[RecordedRun], installed: datetime | None, now: datetime
) -> Iterator[Finding]:
    """Yield what became of runs.

    Args:
        node: The node.
        facts: What it has answered.
        runs: Those of its runs that are asked about, in the order of their starts.
        installed: When the callback was installed, if that is known.
        now: The time.
    """
    if not facts.knows_runs:
        return
    if not runs:
        yield Finding(node, "runs", "note", f"never fired on {NODE}")
        return
    ended = [run for run in runs if run.state not in ("running", "skipped")]
    skipped = [run for run in runs if run.state == "skipped"]
    if ended:
        yield _of_ended(node, facts, ended, installed)
    last = max([*skipped[-1:], *ended[-1:]], key=lambda run: run.started, default=None)
    if last is not None and last.state == "skipped":
        yield Finding(node, "runs", "note", f"its last event was skipped: {last.reason}", detail=_shown(last))
    for run in runs:
        if run.state == "running":
            yield _of_running(node, run, [each.seconds for each in ended if each.seconds is not None], now)


def hangs(run: RecordedRun, usual: Sequence[float], now: datetime) -> bool:
    """Tell whether a run that goes on takes much longer than those before, or more than ten minutes.

    Args:
        run: The run.
        usual: Seconds that others of the callback took.
        now: The time.
    """
    longest = max(usual, default=_LONG)
    return (now - run.started).total_seconds() >= min(_LONG, max(_LEAST, _TIMES_AS_LONG * longest))


def _of_running(node: str, run: RecordedRun, usual: Sequence[float], now: datetime) -> Finding:
    seconds = (now - run.started).total_seconds()
    detail, kill = f"{_shown(run)}, pid {run.pid}", f"arcapix-gpfs kill {run.id} --node {NODE}"
    if not hangs(run, usual, now):
        if usual:
            return Finding(node, "runs", "ok", "it runs now", detail=detail)
        way_out = f"it has been running since {moments.shown(run.started)}; to end it: {kill}"
        return Finding(node, "runs", "note", "it runs now, for the first time", way_out, detail)
    taken = f", and has taken {max(usual):.3g} s at most before" if usual else ""
    return Finding(
        node,
        "runs",
        "problem",
        f"it hangs: it has been running for {seconds:.0f} s{taken}",
        kill,
        detail,
    )


def _of_ended(
    node: str, facts: NodeFacts, ended: Sequence[RecordedRun], installed: datetime | None
) -> Finding:
    run = ended[-1]
    state: State = _NO_PROBLEM.get(run.state, "problem")
    text = f"its last run {_BECAME[run.state]}"
    if run.id in facts.killed_for_memory:
        text += ": killed by SIGKILL, since the node had no memory left"
    elif run.reason:
        text += f": {run.reason}"
    if run.unverified:
        text += " (unverified: its token only calls itself so)"
    since = _since(run, facts, installed) if state == "problem" else ""
    if since:
        return Finding(node, "runs", "note", f"{text}; {since}", detail=_shown(run))
    advice = _advice(run, facts) if state == "problem" else ""
    return Finding(node, "runs", state, text, advice, _shown(run) + _in_a_row(ended))


def _since(run: RecordedRun, facts: NodeFacts, installed: datetime | None) -> str:
    """Return what has been put right since a run, as far as that can be told."""
    if installed is not None and run.started < installed:
        return "it was installed anew since"
    is_of_token = run.state == "refused" and run.status == UNREADABLE and run.unverified
    if is_of_token and facts.is_taken and all(check.state != "problem" for check in facts.checks):
        return "its token is taken there now"
    return ""


def _in_a_row(ended: Sequence[RecordedRun]) -> str:
    """Return how many of the last runs were no success, if those are several."""
    number = next((n for n, run in enumerate(reversed(ended)) if run.state == "succeeded"), len(ended))
    return f", {number} in a row" if number > 1 else ""


def _advice(run: RecordedRun, facts: NodeFacts) -> str:
    """Return what to do about a run that was no success."""
    missing = _MISSING.match(run.reason)
    if missing:
        return f"install the module {missing['module']!r} on {NODE}, for {facts.interpreter}"
    if run.id in facts.killed_for_memory:
        bound = f"arcapix-gpfs change {run.callback} --memory 512M"
        return f"bound what it takes, such as by: {bound}; or give {NODE} more memory"
    if run.state == "refused":
        if run.status == UNREADABLE:
            return f"compare the keys, on {NODE} and here: arcapix-gpfs key show; or install it again"
        if run.status == OTHER_PYTHON:
            return f"on {NODE} run: arcapix-gpfs driver install, with the Python that it names"
        return f"see to what the reason names, on {NODE}"
    return f"arcapix-gpfs output {run.id} --node {NODE}"


def of_pending(node: str, facts: NodeFacts, now: datetime) -> Iterator[Finding]:
    """Yield which accepted events wait, and for what."""
    failed = [event for event in facts.pending if event["state"] == "failed"]
    waiting = [event for event in facts.pending if event["state"] == "waiting"]
    due = [datetime.fromisoformat(event["due"]) for event in waiting]
    if failed:
        names = " ".join(event["id"] for event in failed[-_MOST_RETRIED:])
        advice = f"arcapix-gpfs retry {names} --node {NODE}; or discard in its place"
        text = "events were given up after all attempts, until somebody decides"
        yield Finding(node, "pending", "problem", text, advice, f"there are {len(failed)}")
    if due and (now - min(due)).total_seconds() > _LATE and not facts.has_deliverer:
        text = "events wait for another attempt, and nobody makes it"
        advice = f"on {NODE} run: arcapix-gpfs recover"
        yield Finding(node, "pending", "problem", text, advice, f"there are {len(due)}")
    elif due:
        detail = f"there are {len(due)}, the next is due at {moments.shown(min(due))}"
        yield Finding(node, "pending", "note", "events wait for another attempt", detail=detail)


def _shown(run: RecordedRun) -> str:
    took = f", {run.seconds:.3f} s" if run.seconds is not None and run.state != "skipped" else ""
    return f"run {run.id} at {moments.shown(run.started)}{took}"

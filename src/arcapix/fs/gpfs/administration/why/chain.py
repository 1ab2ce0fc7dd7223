"""Puts the facts about a callback in the order of their causes; the first problem is the one to see to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ... import events
from ...registration import moments
from ...registration.header import Header
from ...runs.history import RecordedRun
from ...runs.pauses import CurrentPause, holding
from ..checks.finding import FindingState
from .facts import NodeFacts
from .findings import NODE, Finding, Group, State
from .of_options import of_bounds, of_once
from .of_runs import of_pending, of_runs

__all__ = ["UNREACHED", "Asked", "is_untold", "is_wrong", "of_nodes", "of_rights", "what_to_do"]

_STATES: dict[FindingState, State] = {
    "ok": "ok",
    "warning": "note",
    "problem": "problem",
    "unknown": "unknown",
}
UNREACHED = "answer"
"""The subject of what is said of a node that has not answered."""

LOG = Path("/var/adm/ras/mmfs.log.latest")
"""The log of GPFS on each node; an emulated cluster has others."""

_LASTING = ("old key", "no events")
"""Marks of remarks on tokens that the driver takes for the time being."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the question is about.

    Attributes:
        identifier: The callback.
        header: That of its token, if it has one that can be read.
        event: The event; None: all of them.
        release: Of this package on the node that asks.
        now: The time.
        is_script: Whether GPFS starts a program that no history knows.
    """

    identifier: str
    header: Header | None
    event: str | None
    release: str
    now: datetime
    is_script: bool = False

    @property
    def name(self) -> str:
        """What its runs and pauses call the callback."""
        return self.header.identifier if self.header else self.identifier

    @property
    def installed(self) -> datetime | None:
        """When it was installed, if that can be read."""
        try:
            stamp = self.header.installed_at if self.header else ""
            return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None

    def takes(self, run: RecordedRun) -> bool:
        """Tell whether a run is asked about; a token that was refused need not tell its event."""
        if self.event is None or run.event == "-":
            return True
        return _folded(run.event) == _folded(self.event)


def of_rights(nodes: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    """Yield where this user may not look, which comes before all that follows from it."""
    for node, facts in nodes.items():
        if facts.needs_root:
            text = f"this user may not read what the driver has recorded on {NODE}: run this as root"
            yield Finding(node, "rights", "problem", text, "run this as root")


def of_nodes(asked: Asked, nodes: Mapping[str, NodeFacts], daemons: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what holds on nodes, cause by cause.

    Args:
        asked: What the question is about.
        nodes: What nodes have answered.
        daemons: The state of GPFS on nodes, as far as it is known.
    """
    runs = {node: [run for run in facts.runs if asked.takes(run)] for node, facts in nodes.items()}
    options = asked.header.run if asked.header else None
    for node, facts in nodes.items():
        yield from _of_driver(node, facts, asked.release)
    for node, facts in nodes.items():
        yield from _of_key(node, facts, asked)
    for node, facts in nodes.items():
        yield from _of_pause(node, facts, asked)
    for node, facts in () if asked.is_script else nodes.items():
        yield from of_runs(node, facts, runs[node], asked.installed, asked.now)
        if options is not None:
            yield from of_bounds(node, options, runs[node], asked.now)
    if options is not None and options.once is not None:
        yield of_once(runs)
    for node, facts in nodes.items():
        yield from of_pending(node, facts, asked.now)
    for node, state in daemons.items():
        yield from _of_daemon(node, state)
    for node, facts in nodes.items():
        for text in facts.unknown:
            yield Finding(node, "unknown", "unknown", text)


def _of_driver(node: str, facts: NodeFacts, release: str) -> Iterator[Finding]:
    for check in facts.checks:
        if check.state != "ok":
            advice = _on_node(check.advice) if check.state == "problem" else ""
            yield Finding(node, "driver", _STATES[check.state], check.text, advice)
    if facts.release != release:
        text = f"release {facts.release} is installed there, and {release} here"
        yield Finding(node, "driver", "note", text)
    elif facts.checks and all(check.state in ("ok", "warning") for check in facts.checks):
        yield Finding(node, "driver", "ok", "what GPFS starts is there, and can be started")


def _on_node(advice: str) -> str:
    """Return what a check on a node advises, for somebody on another one."""
    for beginning in ("run: ", "run there: "):
        if advice.startswith(beginning):
            return f"on {NODE} run: {advice.removeprefix(beginning)}"
    return f"on {NODE}: {advice}" if advice else ""


def _of_daemon(node: str, state: str) -> Iterator[Finding]:
    if state == "unknown":
        yield Finding(node, "gpfs", "unknown", "whether GPFS runs there cannot be told")
    elif state != "active":
        text = f"GPFS is {state} there: no event comes from it"
        way_out = f"mmstartup -N {NODE}" if state == "down" else "see whether there is quorum: mmgetstate -aL"
        yield Finding(node, "gpfs", "problem", text, way_out)


def _of_key(node: str, facts: NodeFacts, asked: Asked) -> Iterator[Finding]:
    for mark, text in facts.key:
        if mark in _LASTING:
            yield Finding(node, "key", "note", text)
        else:
            advice = (
                f"compare the keys, on {NODE} and on the node where it was installed: arcapix-gpfs key show; "
                f"copy the right one, or install {asked.identifier!r} again"
            )
            yield Finding(node, "key", "problem", text, advice)


def _of_pause(node: str, facts: NodeFacts, asked: Asked) -> Iterator[Finding]:
    pause = holding(asked.name, facts.pauses)
    if pause is not None:
        yield Finding(
            node, "pause", "problem", _shown(pause), pause.way_out(NODE), f"let go so far: {pause.skipped}"
        )


def _shown(pause: CurrentPause) -> str:
    until = f" until {moments.shown(pause.until)}" if pause.until is not None else ""
    reason = f": {pause.reason}" if pause.reason else ""
    return f"it is {pause.why()} by {pause.by}, since {moments.shown(pause.since)}{until}{reason}"


def what_to_do(identifier: str, groups: Sequence[Group]) -> str:
    """Return the last line of the answer."""
    problems = [group for group in groups if group.state == "problem"]
    if problems:
        advised = next((group.advice for group in problems if group.advice), "see to the first problem")
        return f"what to do{' first' if len(problems) > 1 else ''}: {advised}"
    going_on = next((group.advice for group in groups if _is_first_run(group)), "")
    if going_on:
        return going_on
    if any(group.findings[0].subject == UNREACHED for group in groups):
        return "nothing is wrong on the nodes that have answered"
    if any(group.state == "unknown" for group in groups):
        return "nothing is wrong as far as it can be told; what cannot is marked unknown"
    if any(group.findings[0].subject == "runs" and group.state == "ok" for group in groups):
        return "all is well: nothing keeps it from running"
    started = f"user exit script {identifier}"
    where = f"grep '{started}' {LOG}" if LOG.exists() else f"a line with {started!r}"
    return (
        "nothing keeps it from running; whether GPFS has started it, its log tells on the node of the event: "
        f"{where}"
    )


def _is_first_run(group: Group) -> bool:
    """Tell whether it is a run that goes on, and nothing tells whether it takes too long."""
    return group.findings[0].subject == "runs" and bool(group.advice)


def is_untold(findings: Iterable[Finding]) -> bool:
    """Tell whether something of what was asked could not be told."""
    return any(finding.state == "unknown" and finding.subject != "driver" for finding in findings)


def is_wrong(findings: Iterable[Finding]) -> bool:
    """Tell whether a problem was found."""
    return any(finding.state == "problem" for finding in findings)


def _folded(event: str) -> str:
    return (events.canonical(event) or event).lower()

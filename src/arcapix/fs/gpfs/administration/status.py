"""One look at a cluster: what is registered, what ran, what failed, what was let go, and what waits."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import commands
from ..commands.node_names import NodeNames
from ..commands.node_table import find_among
from ..exceptions import GPFSError
from ..registration import moments, registry
from ..registration.listed import Listed
from ..registration.presence import Objects
from ..registration.signatures import Signatures
from ..runs.deliveries import Deliveries, PendingEvent
from ..runs.history import History, RecordedRun
from ..runs.pauses import CurrentPause, Pauses
from .checks import node_callbacks, node_checks
from .checks.finding import Finding
from .why import of_runs
from .why.findings import listed

if TYPE_CHECKING:
    from ..commands import NodeRecord

__all__ = ["Daemons", "NodeStatus", "Registrations", "Repeated", "Status"]

LAST = 5
"""How many of the last runs are shown."""

_RECENT = 86_400.0
_FAILURES = frozenset({"failed", "timed-out", "interrupted", "refused", "discarded"})
_EVERYTHING = "cluster"


class Repeated(NamedTuple):
    """How often runs of a callback had such an end lately, and the last of them."""

    times: int
    last: RecordedRun

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        return {"callback": self.last.callback, "times": self.times, "last": self.last.fields()}


@dataclass(frozen=True)
class NodeStatus:
    """What a node tells of itself.

    Attributes:
        last: Its last runs, the newest last.
        running: Those that run.
        failures: By callback, what has failed in the last 24 h; what was only rehearsed does not count.
        skipped: By callback, what was let go in that time, as far as it is on record.
        pauses: The pauses that are in force.
        pending: The events that it has accepted and not finished.
        wrong: What keeps callbacks from running there, or goes on for too long.
    """

    last: Sequence[RecordedRun]
    running: Sequence[RecordedRun]
    failures: Sequence[Repeated]
    skipped: Sequence[Repeated]
    pauses: Sequence[CurrentPause]
    pending: Sequence[PendingEvent]
    wrong: Sequence[Finding] = ()

    @classmethod
    def of(cls, driver: Path) -> NodeStatus:
        """Look at this node.

        Raises:
            GPFSError: What the driver has left cannot be read.
        """
        checks = node_checks.of_driver(driver)
        wrong = [found for found in [*checks, *_of_listed(driver)] if found.state == "problem"]
        if checks[0].state != "ok":
            return cls([], [], [], [], [], [], [check for check in checks if check not in wrong] + wrong)
        pauses = Pauses.of(driver).current()
        runs = History.of(driver).runs()
        since = time.time() - _RECENT
        recent = [run for run in runs if run.started.timestamp() >= since and not run.drill]
        return cls(
            last=runs[-LAST:],
            running=[run for run in runs if run.state == "running"],
            failures=_repeated(Repeated(1, run) for run in recent if run.state in _FAILURES),
            skipped=_repeated(Repeated(1, run) for run in recent if run.state == "skipped"),
            pauses=pauses,
            pending=Deliveries.of(driver).pending(),
            wrong=[*wrong, *_hanging(runs)],
        )

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        return {name: [each.fields() for each in getattr(self, name)] for name in _FROM_FIELDS}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> NodeStatus:
        """Return the status that `fields` was called for.

        Raises:
            KeyError, TypeError, ValueError: They are of none.
        """
        return cls(**{name: [read(each) for each in fields[name]] for name, read in _FROM_FIELDS.items()})


def _read_repeated(fields: Mapping[str, Any]) -> Repeated:
    return Repeated(int(fields["times"]), RecordedRun.from_fields(fields["last"]))


_FROM_FIELDS: dict[str, Callable[[Any], Any]] = {
    "last": RecordedRun.from_fields,
    "running": RecordedRun.from_fields,
    "failures": _read_repeated,
    "skipped": _read_repeated,
    "pauses": CurrentPause.from_fields,
    "pending": PendingEvent.from_fields,
    "wrong": Finding.from_fields,
}


def _of_listed(driver: Path) -> list[Finding]:
    """Return how what GPFS lists stands on this node; nothing where it lists nothing, as others say that."""
    try:
        records = registry.listed()
    except (GPFSError, OSError):
        return []
    return node_callbacks.of_listed(driver, records)


def _hanging(runs: Sequence[RecordedRun]) -> Iterator[Finding]:
    """Yield which runs take too long, those that have run for longest first."""
    now = datetime.now().astimezone()
    for run in sorted(runs, key=lambda each: each.started):
        if run.state != "running":
            continue
        usual = [one.seconds for one in runs if one.callback == run.callback and one.seconds is not None]
        if of_runs.hangs(run, usual, now):
            text = f"{run.callback} hangs: run {run.id} goes on since {moments.shown(run.started)}"
            yield Finding("running", "problem", text, f"run: arcapix-gpfs kill {run.id} --node {run.node}")


def _repeated(found: Iterable[Repeated]) -> list[Repeated]:
    """Return one for each callback, the one that was last at the end."""
    by_callback: dict[str, Repeated] = {}
    for one in sorted(found, key=lambda each: each.last.started):
        before = by_callback.pop(one.last.callback, None)
        by_callback[one.last.callback] = Repeated(one.times + (before.times if before else 0), one.last)
    return list(by_callback.values())


@dataclass(frozen=True)
class Registrations:
    """What is registered in GPFS.

    Attributes:
        objects: How many callbacks an object has: ``cluster`` for those that compare none.
        remarks: Pairs of callback and sentence: what an administrator has to know of it.
        unknown: What could not be told.
    """

    objects: Mapping[str, int]
    remarks: Sequence[tuple[str, str]]
    unknown: Sequence[str]

    @classmethod
    def now(cls) -> Registrations:
        """List what is registered, and look whether all of it can run.

        Raises:
            GPFSError: The listing failed.
        """
        unknown = []
        try:
            signatures = Signatures.of_this_node()
        except GPFSError as error:
            signatures = Signatures(None)
            unknown.append(f"which tokens are signed is not known: {error}")
        objects, names = Objects(), NodeNames()
        found = [Listed(record) for record in registry.listed()]
        remarks = [
            (one.record.identifier, remark.text)
            for one in found
            for remark in one.remarks(signatures, objects, names)
        ]
        counts = Counter(one.about or _EVERYTHING for one in found)
        return cls(dict(counts.most_common()), remarks, [*unknown, *sorted(objects.unknown)])

    @property
    def total(self) -> int:
        """How many callbacks there are."""
        return sum(self.objects.values())


@dataclass(frozen=True)
class Daemons:
    """Whether GPFS runs.

    Attributes:
        states: Its state on nodes, by name.
        unknown: Why it is not known of any.
    """

    states: Mapping[str, str]
    unknown: str = ""

    @classmethod
    def now(cls, nodes: Sequence[NodeRecord]) -> Daemons:
        """Ask GPFS for the states on nodes (``mmgetstate -a``)."""
        try:
            states = {find_among(nodes, name): state for name, state in commands.mmgetstate().items()}
        except (GPFSError, OSError) as error:
            return cls({}, f"the state of GPFS cannot be told: {str(error).partition(chr(10))[0]}")
        return cls({node.daemon_name: states.get(node, "unknown") for node in nodes})

    def wrong(self) -> list[str]:
        """Return on which nodes GPFS does not run, one text for each state; nothing if all is well."""
        nodes: dict[str, list[str]] = {}
        for node, state in self.states.items():
            if state != "active":
                nodes.setdefault(state, []).append(node)
        found = [f"GPFS is {state} on {listed(names)}" for state, names in nodes.items()]
        return [self.unknown] if self.unknown else found


class Status:
    """What a cluster looks like.

    Args:
        registrations: What is registered.
        daemons: Whether GPFS runs on the nodes.
        answers: What each node has answered, by name, or why it has not.

    Attributes:
        nodes: The names of the nodes that have answered.
        silent: Why others have not, by name.
    """

    def __init__(
        self,
        registrations: Registrations,
        daemons: Daemons,
        answers: Iterable[tuple[str, NodeStatus | Exception]],
    ) -> None:
        self.registrations = registrations
        self._daemons = daemons
        self._found: dict[str, NodeStatus] = {}
        self.silent: dict[str, str] = {}
        for node, answer in answers:
            if isinstance(answer, NodeStatus):
                self._found[node] = answer
            else:
                self.silent[node] = str(answer).strip().partition("\n")[0]
        self.nodes = list(self._found)

    @cached_property
    def last(self) -> list[RecordedRun]:
        """The last runs of all nodes, the newest last."""
        runs = (run for one in self._found.values() for run in one.last)
        return sorted(runs, key=lambda run: run.started)[-LAST:]

    @cached_property
    def running(self) -> list[RecordedRun]:
        """What runs, the oldest first."""
        runs = (run for one in self._found.values() for run in one.running)
        return sorted(runs, key=lambda run: run.started)

    @cached_property
    def failures(self) -> list[Repeated]:
        """By callback, what has failed in the last 24 h on any node."""
        return _repeated(each for one in self._found.values() for each in one.failures)

    @cached_property
    def skipped(self) -> list[Repeated]:
        """By callback, what was let go in that time on any node."""
        return _repeated(each for one in self._found.values() for each in one.skipped)

    @cached_property
    def pauses(self) -> list[tuple[str, CurrentPause]]:
        """The pauses that are in force, with the nodes."""
        return [(node, each) for node, one in self._found.items() for each in one.pauses]

    @cached_property
    def pending(self) -> list[tuple[str, PendingEvent]]:
        """The events that were accepted and are not finished, with the nodes."""
        return [(node, each) for node, one in self._found.items() for each in one.pending]

    @cached_property
    def problems(self) -> list[tuple[list[str], Finding]]:
        """What keeps callbacks from running on nodes, with these nodes, or goes on there for too long."""
        found: dict[Finding, list[str]] = {}
        for node, one in self._found.items():
            for finding in one.wrong:
                found.setdefault(finding, []).append(node)
        return [(nodes, finding) for finding, nodes in found.items()]

    def wrong(self) -> list[str]:
        """Return what somebody has to look after, in a few words each; nothing if all is well."""
        remarked = len({callback for callback, _ in self.registrations.remarks})
        failed = sum(one.times for one in self.failures)
        given_up = sum(event.state == "failed" and not event.drill for _, event in self.pending)
        counts = (
            (remarked, "callback with remarks", "callbacks with remarks"),
            (failed, "failed run in the last 24 h", "failed runs in the last 24 h"),
            (given_up, "event that is not tried again", "events that are not tried again"),
            (len(self.problems), "problem on nodes", "problems on nodes"),
            (len(self.silent), "node that does not answer", "nodes that do not answer"),
        )
        found = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return [*self._daemons.wrong(), *found, *self.registrations.unknown]

    def fields(self) -> list[dict[str, Any]]:
        """Return all that is known, in values that JSON has: first of the cluster, then of each node."""
        remarks = self.registrations.remarks
        cluster = {
            "node": None,
            "error": None,
            "wrong": self.wrong(),
            "registered": self.registrations.total,
            "objects": dict(self.registrations.objects),
            "remarks": [{"callback": callback, "remark": text} for callback, text in remarks],
        }
        states = self._daemons.states
        return [
            cluster,
            *(
                {"node": node, "error": None, "gpfs": states.get(node), **one.fields()}
                for node, one in self._found.items()
            ),
            *({"node": node, "error": why, "gpfs": states.get(node)} for node, why in self.silent.items()),
        ]

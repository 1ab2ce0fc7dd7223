"""Judges whether a cluster is in order for callbacks, by what nodes say of themselves and what GPFS lists."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import commands
from ..commands.node_names import NodeNames
from ..commands.node_table import find_among
from ..deployment import cluster_key, installation
from ..driver.verification import from_another_node
from ..exceptions import GPFSError
from ..registration import header
from ..registration.presence import Objects
from ..registration.signatures import Signatures
from .checks import node_callbacks, node_checks
from .checks.finding import Finding, FindingState, Outcome, checked, told_by

if TYPE_CHECKING:
    from ..commands import CallbackRecord, ClusterRecord, NodeRecord

__all__ = ["Answer", "Facts", "Told", "judge", "of_cluster"]

_DISTRIBUTION = "arcapix-fs-gpfs"
_MOST_SKEW = 2.0
"""Seconds between two clocks, from which on histories and windows of time puzzle."""

_WARNINGS = frozenset({"another driver", "old key", "no events", "no node"})
"""Remarks about callbacks that run all the same, if only somewhere."""


class Told(NamedTuple):
    """A finding, and where it was found.

    Attributes:
        node: The daemon name of the node; None for what is about the cluster.
        finding: The finding.
    """

    node: str | None
    finding: Finding

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        return {"node": self.node, **self.finding.fields()}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a node says of itself, and when it was asked.

    Attributes:
        began: When it began to look, by its own clock; seconds since 1970.
        ended: When it was ready.
        version: The release of its package.
        key: The file of the cluster key.
        fingerprints: Of its cluster keys, first the one that signs; None where that may not be read.
        findings: What it has found.
    """

    began: float
    ended: float
    version: str
    key: str
    fingerprints: tuple[str, ...] | None
    findings: tuple[Finding, ...]

    @classmethod
    def of_this_node(cls, driver: Path) -> Facts:
        """Look at this node.

        Args:
            driver: The driver that callbacks are registered with; need not be here.
        """
        began = time.time()
        found = node_checks.of_driver(driver)
        is_there = found[0].state == "ok"
        key = Path(installation.configuration_of(driver)["key"]) if is_there else cluster_key.path()
        if is_there:
            found += (answering := node_checks.of_answering(driver))
            is_there = answering[0].state == "ok"
        if is_there:
            found += [*node_checks.of_key(driver), *node_checks.of_places(driver)]
            found += node_callbacks.findings(driver)
        found += node_checks.of_site()
        fingerprints = _fingerprints(key) if is_there else None
        return cls(began, time.time(), version(_DISTRIBUTION), str(key), fingerprints, tuple(found))

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        return {
            "began": self.began,
            "ended": self.ended,
            "version": self.version,
            "key": self.key,
            "fingerprints": self.fingerprints,
            "findings": [finding.fields() for finding in self.findings],
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Facts:
        """Return the facts that `fields` was called for.

        Raises:
            KeyError, TypeError, ValueError: They are of none.
        """
        fingerprints = fields["fingerprints"]
        return cls(
            began=float(fields["began"]),
            ended=float(fields["ended"]),
            version=str(fields["version"]),
            key=str(fields["key"]),
            fingerprints=None if fingerprints is None else tuple(map(str, fingerprints)),
            findings=tuple(Finding.from_fields(finding) for finding in fields["findings"]),
        )


class Answer(NamedTuple):
    """What a node has answered, and when by the clock of here."""

    node: str
    asked: float
    answered: float
    said: Facts | Exception


def judge(answers: Sequence[Answer]) -> list[Told]:
    """Return what nodes have found, and what shows when they are compared.

    Args:
        answers: Those of all nodes that were asked.
    """
    found = []
    facts = {answer.node: answer.said for answer in answers if isinstance(answer.said, Facts)}
    for answer in answers:
        if isinstance(answer.said, Facts):
            each = [*answer.said.findings, _clock(answer, answer.said), _release(answer.said)]
            each = _compared_key(answer.node, each, facts)
        else:
            text, advice = told_by(answer.said)
            way_out = (
                advice or "see whether the node is up, and whether the cluster's remote shell reaches it"
            )
            each = [Finding("answer", "problem", f"it does not answer: {text}", way_out)]
        found += [Told(answer.node, finding) for finding in each]
    return found


def of_cluster(cluster: ClusterRecord, nodes: Sequence[NodeRecord]) -> list[Told]:
    """Return what GPFS lists about nodes, and about the callbacks of the cluster.

    Args:
        cluster: The cluster.
        nodes: The nodes that are looked at.
    """
    found = list(_daemons(cluster, nodes))
    found += [Told(None, finding) for finding in checked("callbacks", _callbacks)]
    return found


def _fingerprints(key: Path) -> tuple[str, ...] | None:
    try:
        return tuple(map(cluster_key.fingerprint_of, cluster_key.keys(key)))
    except GPFSError:
        return None


def _clock(answer: Answer, facts: Facts) -> Finding:
    """Compare a node's clock with the one of here; what lies between is how long the way took."""
    ahead = facts.ended - answer.answered
    behind = answer.asked - facts.began
    if max(ahead, behind) <= _MOST_SKEW:
        return Finding("clock", "ok", "its clock agrees with that of the node which asks")
    way = "ahead of" if ahead > behind else "behind"
    text = f"its clock is {max(ahead, behind):.0f} s {way} that of the node which asks"
    return Finding("clock", "warning", text, "see to its time service: chronyc tracking, or timedatectl")


def _release(facts: Facts) -> Finding:
    here = version(_DISTRIBUTION)
    if facts.version == here:
        return Finding("package", "ok", f"the package is of release {here}")
    text = f"its package is of release {facts.version}, and the node which asks has {here}"
    return Finding("package", "problem", text, "install the same, and run: arcapix-gpfs driver install")


def _compared_key(node: str, findings: list[Finding], facts: Mapping[str, Facts]) -> list[Finding]:
    """Return what a node has found, with its finding about the key seen among those of others."""
    mine = facts[node].fingerprints
    others = Counter(one.fingerprints for one in facts.values() if one.fingerprints)
    if mine is None or not others:
        return findings
    usual, _ = others.most_common(1)[0]
    having = next(name for name, one in facts.items() if one.fingerprints == usual)
    file = facts[node].key
    if not mine:
        text = f"there is no cluster key in {file}, and {having} has one"
    elif mine == usual:
        return findings
    elif set(mine) & set(usual):
        text, advice = (
            "its cluster keys are not all those of other nodes",
            "run again: arcapix-gpfs key rotate",
        )
        return _with_key(findings, Finding("key", "warning", text, advice))
    else:
        text = f"the cluster key in {file} is another one than that of {having}"
    return _with_key(findings, Finding("key", "problem", text, from_another_node(file)))


def _with_key(findings: list[Finding], key: Finding) -> list[Finding]:
    return [*(finding for finding in findings if finding.check != "key"), key]


def _daemons(cluster: ClusterRecord, nodes: Sequence[NodeRecord]) -> Iterator[Told]:
    try:
        states = commands.mmgetstate()
    except (GPFSError, OSError) as error:
        yield Told(None, Finding("gpfs", "unknown", *told_by(error)))
        return
    found = {node: state for name, state in states.items() if (node := find_among(cluster.nodes, name))}
    for node in nodes:
        state = found.get(node, "unknown")
        if state == "active":
            yield Told(node.daemon_name, Finding("gpfs", "ok", "GPFS is active"))
        elif state == "unknown":
            text = "whether GPFS is active cannot be told from here"
            yield Told(node.daemon_name, Finding("gpfs", "unknown", text, "see whether the node is up"))
        else:
            start = f"run: mmstartup -N {node.admin_name}"
            advice = start if state == "down" else "see whether there is quorum: mmgetstate -aL"
            text = f"GPFS is {state}: no event happens there"
            yield Told(node.daemon_name, Finding("gpfs", "problem", text, advice))


def _callbacks() -> Outcome:
    """Look at what each callback is about and limited to, and at its token."""
    records = commands.mmlscallback()
    found: list[tuple[FindingState, str, str]] = []
    try:
        signatures = Signatures.of_this_node()
    except GPFSError as error:
        signatures = Signatures(None)
        text, advice = told_by(error)
        found.append(("unknown", f"which tokens are signed: {text}", advice))
    objects, names = Objects(), NodeNames()
    for record in records:
        found += _of_callback(record, signatures, objects, names)
    found += [("unknown", unknown, "") for unknown in sorted(objects.unknown)]
    yield from found or [("ok", "callbacks are as they were made, and what they are about is there", "")]


def _of_callback(
    record: CallbackRecord, signatures: Signatures, objects: Objects, names: NodeNames
) -> Outcome:
    name = record.identifier
    damage = header.problem_of(record)
    if damage:
        yield "problem", f"callback {name!r}: {damage}", "delete it, and install it anew"
    for remark in (*signatures.remarks(record), *objects.remarks(record, names)):
        text, _, advice = remark.text.partition("; ")
        state: FindingState = "warning" if remark.mark in _WARNINGS else "problem"
        yield state, f"callback {name!r}: {text}", advice or f"see: arcapix-gpfs show {name}"

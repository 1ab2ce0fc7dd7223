"""The question why a callback did not run: what GPFS is asked for it, and which nodes it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from ... import commands
from ...commands import CallbackRecord, NodeRecord
from ...commands.node_names import NodeNames
from ...commands.node_table import find_among
from ...exceptions import GPFSError, GPFSExecuteException
from ...registration import header
from . import chain, registered
from .facts import NodeFacts, release
from .findings import NODE, Finding, listed

__all__ = ["Question", "without_gpfs"]


class Question:
    """One question, answered from one listing.

    Args:
        record: The callback.
        event: The event that is asked about; None: all of its own.
        nodes: All nodes of the cluster.
    """

    def __init__(self, record: CallbackRecord, event: str | None, nodes: Sequence[NodeRecord]) -> None:
        self.record = record
        self.event = event
        self._nodes = nodes
        self._names = NodeNames()

    def is_for(self, node: NodeRecord) -> bool:
        """Tell whether GPFS runs the callback on a node.

        Raises:
            GPFSError: GPFS does not tell the members of a node class.
        """
        if not (self.record.nodes or self.record.nowhere):
            return True
        return self._names.include(self.record.nodes, node.daemon_name)

    def name_of(self, node: NodeRecord) -> str:
        """Return what a node is called in the answer: its short name, unless another has that, too."""
        short = node.daemon_name.partition(".")[0]
        same = [one for one in self._nodes if short in (one.daemon_name.partition(".")[0], one.admin_name)]
        return short if same == [node] else node.daemon_name

    def of_cluster(self, named: Sequence[NodeRecord]) -> list[Finding]:
        """Return what is so for the whole cluster, and for named nodes by what GPFS lists.

        Args:
            named: The nodes that somebody has asked about by name.
        """
        found = list(registered.of_registration(self.record, self.event))
        return [*found, *(self._of_elsewhere(named) if named else ())]

    def _of_elsewhere(self, named: Sequence[NodeRecord]) -> Iterator[Finding]:
        """Yield on which nodes none of the events is raised, since only a manager does that."""
        names = registered.managers(self.record, self.event)
        raising = [node for name in names if (node := find_among(self._nodes, name)) is not None]
        where = listed([self.name_of(node) for node in raising])
        what = self.event or " or ".join(self.record.events)
        for node in named if raising else ():
            if node not in raising:
                text = f"{what} does not come on {NODE}: at present it is raised on {where} alone"
                again = f"arcapix-gpfs why {self.record.identifier} --node {self.name_of(raising[0])}"
                yield Finding(self.name_of(node), "event", "problem", text, f"{text}; see: {again}")

    def of_others(self, nodes: Sequence[NodeRecord], *, named: bool) -> Iterator[Finding]:
        """Yield that the callback is not for some nodes.

        Args:
            nodes: They.
            named: Whether somebody has asked about just these.
        """
        where = listed(header.nodes_of(self.record)) or "a node class without members"
        text = f"it never runs on {NODE}: it is registered for {where}"
        nodes_too = ",".join((*header.nodes_of(self.record), NODE))
        change = f"arcapix-gpfs change {self.record.identifier} --on-nodes {nodes_too}"
        way_out = f"register it for that node, too: {change}"
        for node in nodes:
            name = self.name_of(node)
            yield Finding(name, "nodes", "problem" if named else "note", text, way_out if named else "")

    def of_nodes(self, answers: Mapping[str, NodeFacts], asked: Sequence[NodeRecord]) -> list[Finding]:
        """Return what holds on nodes.

        Args:
            answers: What they have answered, those that have.
            asked: The nodes.
        """
        question = chain.Asked(
            self.record.identifier,
            header.read(self.record),
            self.event,
            release(),
            datetime.now(UTC),
            is_script=not header.is_driver(self.record.command),
        )
        found = []
        try:
            daemons = self._daemons(asked)
        except GPFSError as error:
            text = f"the state of GPFS cannot be told: {str(error).partition(chr(10))[0]}"
            found.append(Finding(None, "gpfs", "unknown", text))
            daemons = {}
        return [*found, *chain.of_nodes(question, answers, daemons)]

    def _daemons(self, asked: Sequence[NodeRecord]) -> dict[str, str]:
        found = {}
        for name, state in commands.mmgetstate().items():
            node = find_among(asked, name)
            if node is not None:
                found[self.name_of(node)] = state
        return found


def without_gpfs(
    identifier: str, event: str | None, error: GPFSExecuteException, node: str, facts: NodeFacts
) -> list[Finding]:
    """Return what one node can tell by itself, where GPFS answers no question."""
    text = f"GPFS does not tell what is registered: {str(error).partition(chr(10))[0]}"
    if error.needs_root:
        advice = "run this as root"
        text = f"{text}; {advice}"
    else:
        advice = "see whether it runs: mmgetstate -a; start it: mmstartup -a"
    down = Finding(None, "gpfs", "problem", text, advice)
    asked = chain.Asked(identifier, None, event, facts.release, datetime.now(UTC))
    return [down, *chain.of_nodes(asked, {node: facts}, {})]

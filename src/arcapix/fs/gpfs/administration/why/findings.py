"""Facts in the answer to why a callback did not run, and how those of several nodes are told in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["NODE", "Finding", "Group", "State", "grouped", "listed"]

State: TypeAlias = Literal["ok", "problem", "note", "unknown"]

NODE = "{node}"
"""What stands in a text or an advice for the nodes that it is about."""
_ON_NODE = f"--node {NODE}"
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact.

    Attributes:
        node: The node that it holds for; None for the cluster.
        subject: What it is about, in one word.
        state: Whether it keeps the callback from running.
        text: What is so; `NODE` stands for the node.
        advice: What to do about it; empty if there is nothing to do.
        detail: What tells it from the same fact on another node, such as a time.
    """

    node: str | None
    subject: str
    state: State
    text: str
    advice: str = ""
    detail: str = ""

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        node = self.node or ""
        detail = f" ({self.detail})" if self.detail else ""
        return {
            "node": self.node,
            "subject": self.subject,
            "state": self.state,
            "text": self.text.replace(NODE, node) + detail,
            "advice": self.advice.replace(NODE, node) or None,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """The same fact on several nodes, or one about the cluster.

    Attributes:
        findings: It, once for each node.
    """

    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """Whether it keeps the callback from running."""
        return self.findings[0].state

    @property
    def text(self) -> str:
        """The fact, with the nodes that it holds for, as one line."""
        first = self.findings[0]
        detail = f" ({first.detail})" if first.detail and len(self.findings) == 1 else ""
        if first.node is None:
            return first.text + detail
        nodes = listed(self._nodes)
        if NODE in first.text:
            return first.text.replace(NODE, nodes) + detail
        return f"{nodes}: {first.text}{detail}"

    @property
    def advice(self) -> str:
        """What to do: on all of the nodes if that is the same, else on the first."""
        first = self.findings[0]
        is_same = all(finding.advice == first.advice for finding in self.findings)
        nodes = self._nodes if is_same else self._nodes[:1]
        options = " ".join(f"--node {node}" for node in nodes)
        return first.advice.replace(_ON_NODE, options).replace(NODE, ",".join(nodes))

    @property
    def _nodes(self) -> list[str]:
        return list(dict.fromkeys(finding.node for finding in self.findings if finding.node is not None))


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Return findings with those together that say the same, in the order of the first of each."""
    found: dict[tuple[bool, str, State, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.node is None, finding.subject, finding.state, finding.text)
        found.setdefault(key, []).append(finding)
    return [Group(tuple(same)) for same in found.values()]


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them, with the number of those that would make it too long."""
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"

"""The targets P1 to P22, as data, and what a measurement says about one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["met", "missed", "void", "not measured"]


COUNTED = ("characters", "events", "mm commands")
"""Units that are counted in whole numbers."""


@dataclass(frozen=True)
class Target:
    """One figure that is promised.

    Attributes:
        number: ``P1`` to ``P22``.
        what: What is measured, in a few words.
        bound: The promise.
        unit: Of the promise and of what is measured.
        at_least: Whether the bound is a lower one.
        limit: The best that can be reached, where it is known.
    """

    number: str
    what: str
    bound: float
    unit: str = "x base"
    at_least: bool = False
    limit: float | None = None


FIRST_LINE = Target("P1", "event → first line of a small function", 0.95, limit=0.80)
WHOLE_EVENT = Target("P2", "whole event, small function", 1.05, limit=0.85)
SKIPPED = Target("P3", "event about another object", 0.95, limit=0.85)
LOGGER = Target("P4", "guide's logger (imports datetime)", 1.25, limit=1.08)
LONG_FIRST = Target("P5", "300 lines, first event on the node", 1.75, limit=1.11)
LONG_LATER = Target("P5", "300 lines, later events", 1.40, limit=1.11)
EMAIL = Target("P6", "guide's email alert", 1.05, "x bare call", limit=1.00)
STORM_OF_BASE = Target("P7", "storm, events/s against base", 1.0, "x base's rate", at_least=True, limit=1.17)
STORM_OF_SCRIPT = Target(
    "P7", "storm, events/s against a Python script", 4.0, "x script's rate", at_least=True
)
STORM_LOST = Target("P7", "storm, events failed or lost", 0, "events")
MEMORY = Target("P8", "peak memory of a run", 1.12, limit=1.0)
TOKEN_OF_LOGGER = Target("P9", "token: guide's logger", 420, "characters")
TOKEN_OF_EMAIL = Target("P9", "token: guide's email alert", 560, "characters")
TOKEN_OF_LOGCALLBACK = Target("P9", "token: guide's logcallback", 680, "characters")
TOKEN_OF_LONG = Target("P9", "token: 300 lines", 5_600, "characters")
INSTRUCTIONS = Target("P10", "instructions, small function", 0.95, limit=0.78)
LOOK_FOR_PAUSES = Target("P18", "looking for a file of pauses, instructions", 0.002, limit=0.0)
LOOKING = Target("P11", "list or look up callbacks", 1, "mm commands")
LOOKING_AT_NODE = Target("P11", "the same, where names of nodes are compared first", 2, "mm commands")
LOOKING_AT_CLASS = Target("P11", "the same, where classes are compared first", 3, "mm commands")
FIRST_NEW = Target("P11", "first new about an object, with the longest token", 3, "mm commands")
NEW = Target("P11", "new or create", 1, "mm commands")
NEW_WITH_IDENTIFIER = Target("P11", "new or create with an identifier", 2, "mm commands")
CHANGING = Target("P11", "add, remove or change", 4, "mm commands")
DELETING = Target("P11", "delete; batch of 10", 1, "mm commands")
LISTING = Target("P12", "10,000 callbacks listed, beyond mmlscallback", 0.25, "s")
LISTING_GROWTH = Target("P12", "time for one of 10,000 against one of 2,500", 1.5, "x")
DROPPED = Target("P14", "event that `every` drops", 1.15, limit=0.85)
PAUSED = Target("P14", "event of a callback that is paused", 1.15, limit=0.85)
TIMED = Target("P15", "whole event, small function with a timeout", 1.45)
LIMITED = Target("P15", "the same with limits", 1.45)
RUN_AS = Target("P15", "the same as a user by name", 1.45)
WOKEN = Target("P13", "256 nodes at once: the last one decided after the end of the run", 2.0, "s")
DONE_ELSEWHERE = Target("P14", "whole event that once lets go, done elsewhere, local folder", 1.15)
ONCE = Target("P17", "whole event with once, first node, no contention, local folder", 1.45)
ACCEPTED = Target("P16", "until an event with retries is accepted, without the disk's fsync", 1.20)
RECORDED = Target("P19", "the last 20 of one of 50 callbacks, a million runs recorded", 0.5, "s")
STARTING = Target(
    "P20", "start of --help, list and history, mm commands apart", 2.0, "x import click", limit=1.0
)
IMPORTING = Target("P21", "importing a public name", 8.0)
INSTALLING = Target("P21", "first new of a small function, mm command apart", 10.0)
INSTALLING_MORE = Target("P21", "each further one of a batch", 1.0)
FIRST_CLUSTER = Target("P22", "fixture gpfs_cluster, first test of a process", 0.30, "s")
FURTHER_CLUSTER = Target("P22", "the same, each further test", 0.02, "s")


@dataclass(frozen=True)
class Result:
    """What was measured for a target.

    Attributes:
        target: The target.
        measured: The figure; None where it could not be taken.
        peers: The same figure of what people have today, by name.
        void: Whether the run that it comes from does not count.
        note: What a reader has to know, or why there is no figure.
        details: Further figures for the JSON file.
    """

    target: Target
    measured: float | None
    peers: dict[str, float] = field(default_factory=dict)
    void: bool = False
    note: str = ""
    details: dict[str, object] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """Whether the target is met."""
        if self.measured is None:
            return "not measured"
        if self.void:
            return "void"
        reached = (
            self.measured >= self.target.bound if self.target.at_least else self.measured <= self.target.bound
        )
        return "met" if reached else "missed"

"""Which events tell of a state that GPFS can be asked for, too, so that a node can learn what it has missed.

Whatever else is an event is over once it has happened: nothing tells of it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from . import canonical

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from .facts import Evidence

    Kind: TypeAlias = Literal["mount", "daemon", "node", "low", "full", "quota"]

__all__ = ["STATES", "SUBJECTS", "StateEvent", "Subject", "news_of"]


class Subject(NamedTuple):
    """A kind of thing that has a state.

    Attributes:
        names: The variables that tell one such thing from another on a node.
        commands: The mm commands that tell the state.
        assumed: The state that counts where none is known: an alarm is given rather than left out. Empty
            where only a change is news.
        evidence: The mark behind what the commands tell.
    """

    names: tuple[str, ...]
    commands: str
    assumed: str
    evidence: Evidence


class StateEvent(NamedTuple):
    """An event as news of a state: what it is about, and how that is from then on."""

    kind: Kind
    state: str


SUBJECTS: Mapping[Kind, Subject] = MappingProxyType(
    {
        "mount": Subject(("fsName",), "mmlsmount", "", "recorded"),
        "daemon": Subject((), "mmgetstate", "", "recorded"),
        "node": Subject(("eventNode",), "mmgetstate", "", "recorded"),
        # The policy in force is printed as it was written [unverified].
        "low": Subject(("fsName", "storagePool"), "mmlspool, mmlspolicy", "enough", "recorded"),
        # That no free block is left is what the event means [inferred].
        "full": Subject(("fsName", "storagePool"), "mmlspool", "enough", "recorded"),
        # `quotaEventType` tells blocks from files [unverified]; without a value the event counts as both.
        "quota": Subject(
            ("fsName", "quotaType", "quotaID", "filesetName", "quotaEventType"),
            "mmrepquota",
            "under",
            "recorded",
        ),
    }
)

STATES: Mapping[str, StateEvent] = MappingProxyType(
    {
        "mount": StateEvent("mount", "mounted"),
        "unmount": StateEvent("mount", "unmounted"),
        "startup": StateEvent("daemon", "up"),
        "shutdown": StateEvent("daemon", "down"),
        "nodeJoin": StateEvent("node", "up"),
        "nodeLeave": StateEvent("node", "down"),
        "lowDiskSpace": StateEvent("low", "low"),
        "noDiskSpace": StateEvent("full", "full"),
        "softQuotaExceeded": StateEvent("quota", "over"),
        "usageUnderSoftQuota": StateEvent("quota", "under"),
    }
)
"""The events, by GPFS's spelling."""


def news_of(event: str) -> StateEvent | None:
    """Return what an event, in any spelling, tells of a state; None if it tells of none."""
    return STATES.get(canonical(event) or "")

"""The record of an event, for handlers that ask for it. Loaded only when one does."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from .journal import MISSED

if TYPE_CHECKING:
    from .run import Run


class Event:
    """What happened, for a handler whose parameter is annotated ``Event`` or is called ``event``. Read-only.

    Attributes:
        name: The event's name as GPFS gave it, such as ``shutdown``.
        time: When the driver was started for it, naive local time; the same for each attempt.
        id: Identifies the event on this node, the same for each attempt. The run in the driver's log and
            journal is called like that, or begins with it.
        node: The name of the node that this run is on.
        cluster: The name of the cluster, or None where the event does not tell it.
        variables: The GPFS variables by name, as they were given.
        callback: The callback's identifier.
        attempt: 1 for the first attempt, as ``Run(retries=)`` asks for more.
        suppressed: How many events were dropped since the last run, as ``Run(every=)`` or
            ``Run(overflow=)`` asks for.
        drill: Whether the event was only rehearsed, by ``arcapix-gpfs drill``.
        synthetic: Whether this node missed the event and is told of it afterwards, as ``Run(reconcile=True)``
            asks for; `time` is then that of the telling.
    """

    __slots__ = (
        "attempt", "callback", "cluster", "drill", "id", "name", "node", "suppressed", "synthetic", "time",
        "variables",
    )  # fmt: skip

    name: str
    time: datetime
    id: str
    node: str
    cluster: str | None
    variables: MappingProxyType[str, str]
    callback: str
    attempt: int
    suppressed: int
    drill: bool
    synthetic: bool

    def __init__(
        self,
        name: str,
        time: float,
        id: str,
        node: str,
        variables: dict[str, str],
        callback: str,
        attempt: int = 1,
        suppressed: int = 0,
        *,
        drill: bool = False,
        synthetic: bool = False,
    ) -> None:
        for attribute, value in (
            ("name", name),
            ("time", datetime.fromtimestamp(time)),
            ("id", id),
            ("node", node),
            ("cluster", variables.get("clusterName")),
            ("variables", MappingProxyType(dict(variables))),
            ("callback", callback),
            ("attempt", attempt),
            ("suppressed", suppressed),
            ("drill", drill),
            ("synthetic", synthetic),
        ):
            object.__setattr__(self, attribute, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("an Event is read-only")

    def __repr__(self) -> str:
        return f"<Event {self.name} of {self.callback} on {self.node}>"


def event_of(run: Run) -> Event:
    """Return the record of the event that a run is for: for each attempt the same, but for its number."""
    firing, records = run.firing, run.records
    accepted = records.accepted
    return Event(
        firing.event,
        firing.started if accepted is None else accepted.time,
        records.id if accepted is None else accepted.id,
        firing.node,
        firing.values,
        firing.callback,
        1 if accepted is None else accepted.attempts,
        firing.suppressed if accepted is None else accepted.suppressed,
        synthetic=firing.mark == MISSED,
        drill=firing.drill != "",
    )

"""The events that a node has accepted: which wait, which have failed, and what is to become of these."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from ..deployment import installation
from ..driver import pending_reader
from ..driver.claims import DELIVERER, Claims
from ..driver.journal import end_record
from ..driver.pending import FINISHED, MORE, WAITING, Event, PendingEvents
from ..driver.records import DRILL
from ..exceptions import GPFSError
from . import generations, identifiers

__all__ = ["Accepted", "Deliveries", "DeliveryState", "PendingEvent", "accepted", "event_of"]

DeliveryState: TypeAlias = Literal["running", "waiting", "failed"]
"""What becomes of an event: an attempt is made, or another one is due, or somebody has to decide."""

_PATIENCE, _PAUSE = 1.0, 0.02
"""Seconds to wait for the process of an attempt that has recorded its end, and how often to look."""

_ATTEMPT = re.compile(r"(?P<event>(?P<time>\d{8}T\d{6}\.\d{6})-(?P<pid>\d+))\.\d+-\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event that a node has accepted and not finished.

    Attributes:
        id: What it is called; its runs begin with that.
        callback: The identifier of the callback.
        event: The event, as GPFS spelled it.
        accepted: When GPFS handed it over.
        state: What becomes of it.
        attempts: How many attempts have begun.
        most: How many there may be.
        due: When the next one is due, or was, if nobody has made it; None while one is made, and for an event
            that has failed.
        run: The last attempt's run; empty before the first.
        drill: Whether it was only rehearsed.
    """

    id: str
    callback: str
    event: str
    accepted: datetime
    state: DeliveryState
    attempts: int
    most: int
    due: datetime | None
    run: str
    drill: bool = False

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has; times are local, in ISO format with offset."""
        return {
            "event": self.event,
            "id": self.id,
            "callback": self.callback,
            "accepted": self.accepted.isoformat(timespec="milliseconds"),
            "state": self.state,
            "attempts": self.attempts,
            "most": self.most,
            "due": None if self.due is None else self.due.isoformat(timespec="milliseconds"),
            "run": self.run or None,
            "drill": self.drill,
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> PendingEvent:
        """Return the event that another node reported; the counterpart of `fields`.

        Raises:
            KeyError, TypeError, ValueError: They are of none.
        """
        due = fields["due"]
        return cls(
            id=str(fields["id"]),
            callback=str(fields["callback"]),
            event=str(fields["event"]),
            accepted=datetime.fromisoformat(fields["accepted"]).astimezone(),
            state=fields["state"],
            attempts=int(fields["attempts"]),
            most=int(fields["most"]),
            due=None if due is None else datetime.fromisoformat(due).astimezone(),
            run=fields["run"] or "",
            drill=bool(fields["drill"]),
        )


class Accepted(NamedTuple):
    """What the identifier of a run tells of the event which it is an attempt at.

    Attributes:
        event: The event.
        time: When it was accepted.
        pid: The process that accepted it.
    """

    event: str
    time: datetime
    pid: int


def accepted(run: str) -> Accepted | None:
    """Return the event that a run, by its identifier, is an attempt at; None if it is not one of several."""
    match = _ATTEMPT.fullmatch(run)
    if match is None:
        return None
    time = datetime.strptime(match["time"], "%Y%m%dT%H%M%S.%f").astimezone()
    return Accepted(match["event"], time, int(match["pid"]))


class Deliveries:
    """The accepted events of the driver on this node.

    Args:
        state: The driver's state folder.
        node: The name of this node; by default, the host's.
    """

    def __init__(self, state: Path, node: str = "") -> None:
        self._node = node or os.uname().nodename
        self._events = PendingEvents(str(state))
        self._journal = state / "journal"

    @classmethod
    def of(cls, driver: Path) -> Deliveries:
        """Return those of an installed driver.

        Raises:
            GPFSError: It is not one of our drivers.
        """
        configuration = installation.configuration_of(driver)
        return cls(Path(configuration["state"]), installation.node_of(configuration))

    def pending(self) -> list[PendingEvent]:
        """Return the events that are not finished, in the order in which they were accepted.

        Raises:
            GPFSError: They cannot be read: this user may not, or something else stands in their place.
        """
        events = self._read()
        if not events:
            return []
        with self._claims() as claims:
            return [_shown(event, self._is_free(event, claims)) for event in events]

    def _is_free(self, event: Event, claims: Claims) -> bool:
        """Tell whether no attempt at an event is being made; of another node's, by what it has recorded."""
        if event.node not in ("", self._node):
            return not event.attempts or event.ended is not None
        return claims.is_free(event.id)

    def has_deliverer(self) -> bool:
        """Tell whether a process delivers what waits.

        Raises:
            GPFSError: It cannot be told.
        """
        with self._claims() as claims:
            return not claims.is_free(DELIVERER + self._node)

    def retry(self, names: Sequence[str]) -> list[str]:
        """Ask for as many attempts again, the first one now; return the events.

        A deliverer has to be started afterwards.

        Args:
            names: Events, or runs that are attempts at them.

        Raises:
            NotFound: There is no such event.
            GPFSError: An attempt at one is being made, or the file cannot be written.
        """
        with self._chosen(names) as events:
            for event in events:
                self._events.note(MORE, event, str(event.attempts))
                self._events.settle(event, WAITING)
        return [event.id for event in events]

    def discard(self, names: Sequence[str], by: str) -> list[str]:
        """Give events up, whether they wait or have failed; return them.

        Args:
            names: Events, or runs that are attempts at them.
            by: Who gives them up, for the history.

        Raises:
            NotFound: There is no such event.
            GPFSError: An attempt at one is being made, or the file cannot be written.
        """
        with self._chosen(names) as events:
            for event in events:
                self._events.settle(event, FINISHED)
                if event.run:
                    reason = f"discarded by {by}"
                    record = end_record(event.run, time.time(), "discarded", None, reason)
                    generations.append(self._journal, record)
        return [event.id for event in events]

    @contextmanager
    def _chosen(self, names: Sequence[str]) -> Iterator[list[Event]]:
        """Find events, and keep everybody else from them meanwhile."""
        wanted = list(dict.fromkeys(map(event_of, names)))
        self._find(wanted)
        with self._claims() as claims:
            for name in wanted:
                _take(claims, name)
            events = self._find(wanted)  # until now others may have attempted them
            for event in events:
                if event.node not in ("", self._node):
                    raise GPFSError(f"event {event.id} was accepted on {event.node}; decide about it there")
            try:
                yield events
            except OSError as error:
                raise GPFSError(f"the pending events cannot be changed: {error}") from None

    def _find(self, names: Sequence[str]) -> list[Event]:
        """Return events by their names.

        Raises:
            NotFound: One is finished, or never was.
        """
        known = {event.id: event for event in self._read()}
        for name in names:
            if name not in known:
                raise identifiers.unknown("event", name, list(known), "pending")
        return [known[name] for name in names]

    def _read(self) -> list[Event]:
        try:
            return pending_reader.read(self._events)
        except OSError as error:
            raise GPFSError(
                f"the pending events in {self._events} cannot be read: {error.strerror or error}"
            ) from None

    @contextmanager
    def _claims(self) -> Iterator[Claims]:
        try:
            claims = Claims(self._events.folder)
        except OSError as error:
            raise GPFSError(f"nobody can tell which events are worked at: {error}") from None
        with closing(claims):
            yield claims


def _take(claims: Claims, event: str) -> None:
    """Claim an event; the process of an attempt lives on for a moment after it has recorded the end.

    Raises:
        GPFSError: An attempt at it is being made.
    """
    deadline = time.monotonic() + _PATIENCE
    while not claims.take(event):
        if time.monotonic() > deadline:
            raise GPFSError(f"an attempt at event {event} is being made; wait for its end")
        time.sleep(_PAUSE)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds).astimezone()


def event_of(name: str) -> str:
    """Return the event that an identifier means, which may be that of an attempt at it."""
    run = accepted(name)
    return run.event if run else name


def _shown(event: Event, is_free: bool) -> PendingEvent:
    state: DeliveryState = "failed"
    if event.mark == WAITING:
        state = "waiting" if is_free else "running"
    given = dict(word.partition("=")[::2] for word in event.words[1:])
    return PendingEvent(
        id=event.id,
        callback=event.callback,
        event=given.get("eventName", "-"),
        accepted=_moment(event.time),
        state=state,
        attempts=event.attempts,
        most=event.spent + event.retries + 1,
        due=_moment(pending_reader.due(event) or event.time) if state == "waiting" else None,
        run=event.run,
        drill=DRILL in event.environment,
    )

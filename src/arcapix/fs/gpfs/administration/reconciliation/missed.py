"""Which events a callback has missed on this node: a state differs from the last one that was known."""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...driver.decision import defined, is_about
from ...events import NODE_VALUED, canonical
from ...events.states import SUBJECTS, news_of
from .asked import UNDEFINED
from .memory import Known

if TYPE_CHECKING:
    from ...commands import CallbackRecord
    from ...events.states import Kind
    from ...registration.header import Header
    from ...runs.history import RecordedRun
    from .asked import Asked
    from .memory import Memory
    from .sightings import Sighting

__all__ = ["Finding", "Missed", "Wanted", "findings"]


class Missed(NamedTuple):
    """An event that a callback was not told of.

    Attributes:
        callback: The identifier of the callback.
        event: The event, as GPFS spells it.
        about: What it is about, as people read it.
        outcome: Whether the callback is run for it now, or left alone while it is paused; None if nobody has
            decided.
    """

    callback: str
    event: str
    about: str
    outcome: Literal["run", "paused"] | None

    def __str__(self) -> str:
        told = f"{self.event} of {self.about}: was not told to callback {self.callback}"
        return f"{told}; {self.outcome}" if self.outcome else told


class Wanted(NamedTuple):
    """A callback that asks for what it has missed."""

    record: CallbackRecord
    header: Header

    @property
    def installed(self) -> float:
        """When it was installed: what was known before that says nothing about it."""
        try:
            return calendar.timegm(time.strptime(self.header.installed_at, "%Y%m%dT%H%M%SZ"))
        except ValueError:
            return 0.0

    def kinds(self) -> list[Kind]:
        """Return the kinds of things that its events are about."""
        return [told.kind for told in map(news_of, self.record.events) if told is not None]

    def event_for(self, sighting: Sighting) -> str:
        """Return the event of it that tells of a state; empty if none does."""
        for event in self.record.events:
            told = news_of(event)
            if told is not None and told == (sighting.kind, sighting.state):
                return canonical(event) or event
        return ""


class Finding(NamedTuple):
    """What a look has found about one thing for one callback.

    Attributes:
        callback: The callback.
        sighting: How the thing is.
        name: What it is called in the memory.
        event: The event that was missed; empty if there is none.
    """

    callback: Wanted
    sighting: Sighting
    name: str
    event: str

    def missed(self, outcome: Literal["run", "paused"] | None) -> Missed:
        """Return the event that was missed, with what becomes of it."""
        return Missed(self.callback.record.identifier, self.event, self.sighting.about, outcome)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from other findings of the same look, and is the same in the next one."""
        return self.callback.record.identifier, self.name, self.event

    def words(self, asked: Asked) -> list[str]:
        """Return what the driver is started with, as GPFS would: the token, and the variables by name."""
        names = ("eventName", *self.callback.header.variables)
        return [self.callback.record.parms[0], *(f"{name}={self._value(name, asked)}" for name in names)]

    def _value(self, variable: str, asked: Asked) -> str:
        name, _, form = variable.partition(".")
        named = dict(zip(SUBJECTS[self.sighting.kind].names, self.sighting.values, strict=True))
        if name == "eventName":
            return self.event
        if name == "eventNode" and self.sighting.nodes:
            return asked.shown(iter(self.sighting.nodes), form)
        if name in NODE_VALUED or name == "clusterName":
            return asked.value(variable)
        return {**self.sighting.others, **named}.get(name, UNDEFINED)


def findings(
    wanted: Sequence[Wanted],
    sightings: Sequence[Sighting],
    runs: Sequence[RecordedRun],
    memory: Memory,
    asked: Asked,
) -> Iterator[Finding]:
    """Compare how things are with what callbacks were last told of them.

    A thing of which a callback was told after the look is left out.

    Args:
        wanted: The callbacks.
        sightings: How things are.
        runs: What this node has run, the oldest first.
        memory: What the last reconcile found.
        asked: What else may be asked.
    """
    for callback in wanted:
        told = _told(callback, runs, asked)
        for sighting in sightings:
            if sighting.kind not in callback.kinds() or not _is_for(callback, sighting):
                continue
            name = "\t".join((sighting.kind, *sighting.values))
            known = [one for kind, values, one in told if _matches(kind, values, sighting)]
            remembered = memory.get(callback.record.identifier, name)
            if remembered is not None and remembered.moment >= callback.installed:
                known.append(remembered)
            last = max(known, key=lambda one: one.moment, default=None)
            if last is not None and last.moment > sighting.moment:
                continue
            before = last.state if last else SUBJECTS[sighting.kind].assumed
            is_news = before and before != sighting.state
            yield Finding(callback, sighting, name, callback.event_for(sighting) if is_news else "")


def _is_for(callback: Wanted, sighting: Sighting) -> bool:
    """Tell whether the driver of a callback would run it for an event about a thing."""
    values = dict(zip(SUBJECTS[sighting.kind].names, sighting.values, strict=True))
    owner = list(callback.header.owner)
    return not owner or is_about(owner, values)


def _told(
    callback: Wanted, runs: Sequence[RecordedRun], asked: Asked
) -> list[tuple[Kind, tuple[str | None, ...], Known]]:
    """Return what a callback was last told of each thing, whatever became of the run."""
    newest: dict[tuple[Kind, tuple[str | None, ...]], Known] = {}
    for run in runs:
        news = news_of(run.event)
        if news is None or run.drill or run.callback != callback.record.identifier:
            continue
        moment = run.started.timestamp()
        if moment >= callback.installed:
            for values in _things(news.kind, dict(run.variables), asked):
                newest[news.kind, values] = Known(news.state, moment)
    return [(kind, values, known) for (kind, values), known in newest.items()]


def _things(kind: Kind, variables: dict[str, str], asked: Asked) -> Iterator[tuple[str | None, ...]]:
    """Return what an event was about: one thing, or several where it names several nodes."""
    values = [defined(name, variables) for name in SUBJECTS[kind].names]
    if kind == "node":
        found = map(asked.node, (values[0] or "").replace(",", " ").split())
        yield from ((node.daemon_name,) for node in found if node is not None)
    elif not values or values[0] is not None:
        yield tuple(None if value is None else value.removeprefix("/dev/") for value in values)


def _matches(kind: Kind, values: tuple[str | None, ...], sighting: Sighting) -> bool:
    """Tell whether an event was about a thing, as far as it told."""
    return kind == sighting.kind and all(
        value in (None, here) for value, here in zip(values, sighting.values, strict=True)
    )

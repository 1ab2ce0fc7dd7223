"""Puts in order what killed processes left half done on this node.

A callback that is missing because its change was cut short is added again. A batch of which a part is
installed is undone: its promise is all or nothing, and nobody was told that it is installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from .. import commands
from ..exceptions import GPFSError, GPFSExecuteException
from . import journal, moments, registry, sameness

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from .journal import Entry

__all__ = ["MAX_AGE", "Planned", "Recovered", "plan", "recover", "unfinished"]

MAX_AGE = "7d"
"""How old something may be to come back without being asked for by its age."""

_LONG_AGO = 3600.0
"""Seconds after which somebody may well have deleted elsewhere what comes back here."""
_DAY = 86_400
_CHANGING = ("add", "delete")
_MOST_DAYS = 365


def unfinished() -> list[str]:
    """Return what to say about changes and batches that were cut short on this node."""
    doubts = []
    for entry in journal.entries():
        if entry.mine and entry.problem:
            doubts.append(_unusable(entry))
        elif entry.mine:
            names = ", ".join(map(repr, sorted(entry.identifiers)))
            what = (
                f"the installation of a batch ({names})" if entry.batch else f"a change of callback {names}"
            )
            kept = "what it was to install is in" if entry.batch else "its definition is in"
            doubts.append(
                f"{what} was cut short; {kept} {entry.path}: run arcapix-gpfs recover --definitions, "
                "or Cluster().callbacks.recover()"
            )
    return doubts


def _unusable(entry: Entry) -> str:
    return f"the journal file {entry.path} {entry.problem}"


@dataclass
class Recovered:
    """What a recovery has done.

    Attributes:
        added: The callbacks that are back.
        deleted: The part of each batch that is gone.
        left: What was left alone, why, and what to do about it: a line for each file.
        doubts: What came back although somebody may have deleted it.
        failed: What GPFS refused.
    """

    added: list[str] = field(default_factory=list)
    deleted: list[tuple[str, ...]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    failed: list[GPFSError] = field(default_factory=list)


class Planned(NamedTuple):
    """What a recovery would do about a file.

    Attributes:
        path: The file.
        text: What an administrator reads about it.
        changes: Whether GPFS would be asked to add or to delete something.
    """

    path: Path
    text: str
    changes: bool


def plan(max_age: float) -> list[Planned]:
    """Return what `recover` would do now, file by file; nothing is done (one listing at most).

    Args:
        max_age: See `recover`.

    Raises:
        GPFSError: The files cannot be read, or GPFS does not list its callbacks.
    """
    with journal.alone():
        steps = _steps(max_age)
    return [step.planned() for step in steps]


def recover(
    max_age: float,
    announce: Callable[[Planned], object] | None = None,
    only: Collection[Path] | None = None,
) -> Recovered:
    """Add again what killed processes left out, and delete parts of batches.

    That is a listing, an ``mmaddcallback`` each, and an ``mmdelcallback`` for each batch. Of several files
    about one callback the newest counts. A later success retires a file: one on this node has removed it, and
    one on another node shows where GPFS lists the callback in any form: then nothing is added. But what was
    deleted on another node cannot be told from what is missing. The file of a command that is still under way
    is left alone; and so is one that is too old, cannot be read, or may be the work of somebody else.

    Args:
        max_age: How many seconds ago a change may have been cut short.
        announce: Gets what is to be done about each file, before anything is.
        only: The files that may lead to a change in GPFS, such as those of a `plan`; all of them if None.

    Raises:
        GPFSError: The files cannot be read, or GPFS does not list its callbacks. What it refuses to add or
            to delete is in `Recovered.failed`.
    """
    with journal.alone():
        steps = _steps(max_age)
        if announce is not None:
            for step in steps:
                announce(step.planned())
        execution = _Execution()
        for step in steps:
            if only is None or step.action not in _CHANGING or step.entry.path in only:
                execution.carry_out(step)
    return execution.done


def _steps(max_age: float) -> list[_Step]:
    plan = _Plan(max_age)
    return [plan.step(entry) for entry in journal.entries(needed=True)]


class _Step(NamedTuple):
    """What is to be done about a file.

    Attributes:
        entry: What it says.
        action: Add its callback, delete these callbacks of its batch, do nothing, or leave the file where it
            is, too: since it is not to be used, or since a command still works on it.
        text: What an administrator reads about it.
        identifiers: What is to be deleted.
    """

    entry: Entry
    action: Literal["add", "delete", "nothing", "leave", "wait"]
    text: str
    identifiers: tuple[str, ...] = ()

    def planned(self) -> Planned:
        """Return what others are told of it."""
        return Planned(self.entry.path, self.text, self.action in _CHANGING)


class _Plan:
    """Decides about one file after the other, the newest first.

    Args:
        max_age: See `recover`.
    """

    def __init__(self, max_age: float) -> None:
        self._max_age = max_age
        self._now = time.time()
        self._left: set[str] = set()
        self._listed: dict[str, CallbackRecord] | None = None

    def step(self, entry: Entry) -> _Step:
        """Decide about a file.

        Raises:
            GPFSError: GPFS cannot be asked what is installed.
        """
        if entry.problem:
            return _Step(entry, "leave" if entry.mine else "wait", _unusable(entry))
        names = ", ".join(map(repr, sorted(entry.identifiers)))
        what = f"the batch of {names}" if entry.batch else f"the change of callback {names}"
        age = self._now - entry.time
        what = f"{what}, cut short {_when(age)}"
        if not entry.mine:
            step = _Step(entry, "wait", f"{what}: a command still works on it")
        elif age > self._max_age:
            step = _Step(entry, "leave", f"{what}, is left alone: {_way_out(entry, age)}")
        elif not self._left.isdisjoint(entry.identifiers):
            step = _Step(entry, "wait", f"{what}: a later one is left alone")
        elif entry.batch:
            return self._undoing(entry, what)
        else:
            return self._adding(entry, what)
        self._left |= entry.identifiers
        return step

    @property
    def _there(self) -> dict[str, CallbackRecord]:
        """What will be registered once everything has been done that was decided so far."""
        if self._listed is None:
            self._listed = {record.identifier: record for record in registry.listed()}
        return self._listed

    def _adding(self, entry: Entry, what: str) -> _Step:
        [record] = entry.records
        if record.identifier in self._there:
            return _Step(entry, "nothing", f"{what}: the callback is registered, and nothing comes back")
        self._there[record.identifier] = record
        return _Step(entry, "add", f"{what}: the callback comes back as it was before")

    def _undoing(self, entry: Entry, what: str) -> _Step:
        """Have deleted what a batch has installed, unless that is all of it."""
        ours = tuple(
            record.identifier
            for record in entry.records
            if record.identifier in self._there and sameness.is_sent(self._there[record.identifier], record)
        )
        if not ours or len(ours) == len(entry.records):
            return _Step(entry, "nothing", f"{what}: {'all' if ours else 'nothing'} of it is installed")
        for identifier in ours:
            del self._there[identifier]
        return _Step(
            entry, "delete", f"{what}: the part that is installed is deleted: {', '.join(ours)}", ours
        )


class _Execution:
    """Carries out what was decided about one file after the other.

    Attributes:
        done: What came of it.
    """

    def __init__(self) -> None:
        self.done = Recovered()
        self._refused: set[str] = set()

    def carry_out(self, step: _Step) -> None:
        """Do what was decided about a file, and remove it."""
        if step.action == "leave":
            self.done.left.append(step.text)
        if step.action in ("leave", "wait") or not self._refused.isdisjoint(step.entry.identifiers):
            return
        try:
            if step.action == "add":
                self._add(step.entry)
            elif step.action == "delete":
                commands.mmdelcallback(*step.identifiers)
                self.done.deleted.append(step.identifiers)
        except GPFSError as error:
            self.done.failed.append(error)
            self._refused |= step.entry.identifiers
            return
        step.entry.path.unlink(missing_ok=True)

    def _add(self, entry: Entry) -> None:
        [record] = entry.records
        try:
            registry.add(record)
        except GPFSExecuteException:
            if registry.get(record.identifier) is None:
                raise
            return  # somebody on another node was faster
        self.done.added.append(record.identifier)
        age = time.time() - entry.time
        if age > _LONG_AGO:
            at = moments.shown(entry.time)
            self.done.doubts.append(
                f"callback {record.identifier!r} is back as it was at {at}, {_shown(age)} ago, when a change "
                "was cut short on this node; if it was deleted on another node since, delete it again"
            )


def _way_out(entry: Entry, age: float) -> str:
    """Return what to do about something that is too old to come back; there is a day for it at least."""
    days = int(age // _DAY) + 2
    if days > _MOST_DAYS:
        return f"look at {entry.path}, and remove it"
    return (
        f"run arcapix-gpfs recover --definitions --max-age {days}d if it is still wanted, "
        f"otherwise remove {entry.path}"
    )


def _when(age: float) -> str:
    if age <= -1:
        return f"{_shown(-age)} in the future, as its date says"
    return f"{_shown(age)} ago"


def _shown(seconds: float) -> str:
    """Return an age in the largest unit that fits twice."""
    for unit, size in (("days", _DAY), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds"

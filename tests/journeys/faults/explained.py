"""Does what programs were told explain what is registered? An auditor that shares nothing with the API.

For each callback it looks for an order of the calls, one that agrees with the clock, in which each reported success is
possible, and which ends in what is registered. A call that failed may have been made or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

State = tuple[str, frozenset[str], int | None] | None
"""Tag of the function, events, priority; None: not registered."""

_CHANGES = ("add", "remove", "priority", "replace")


@dataclass(frozen=True)
class Call:
    """What a program was told about one callback.

    Attributes:
        kind: Which call.
        detail: What it was given.
        node: Where it was made; nodes share no lock.
        started: When it began, in seconds.
        ended: When it returned.
        sure: Whether it was told that it succeeded.
        listed: When its last listing before its last deletion began.
        deleted: When that deletion ended.
        confirmed: When its last listing began.
    """

    kind: str
    detail: Any
    node: str
    started: float
    ended: float
    sure: bool
    listed: float | None = None
    deleted: float | None = None
    confirmed: float | None = None

    def overlaps(self, other: Call) -> bool:
        return self.started < other.ended and other.started < self.ended

    def may_have_overwritten(self, other: Call) -> bool:
        """Whether it falls under what ADR 0005 says remains: the other was begun and confirmed before it deleted."""
        return (
            self.node != other.node
            and self.listed is not None
            and self.deleted is not None
            and self.listed < other.ended
            and self.deleted > (other.started if other.confirmed is None else other.confirmed)
        )


def calls(entries: Sequence[Mapping[str, Any]], identifier: str) -> list[Call]:
    """Return what was told about a callback, without what had no effect for certain."""
    found = []
    for entry in entries:
        if identifier not in entry["names"] or entry["outcome"] == "refused":
            continue
        if entry["kind"] == "recover" and not entry["said"]:
            continue
        commands = entry["commands"]
        deletions = [number for number, (name, *_) in enumerate(commands) if name == "mmdelcallback"]
        listings = [began for name, began, _ in commands if name == "mmlscallback"]
        before = (
            [began for name, began, _ in commands[: deletions[-1]] if name == "mmlscallback"]
            if deletions
            else []
        )
        found.append(
            Call(
                "new" if entry["kind"] == "batch" else entry["kind"],
                entry["detail"],
                entry["node"],
                entry["started"],
                entry["ended"],
                entry["outcome"] == "ok",
                before[-1] if before else None,
                commands[deletions[-1]][2] if deletions else None,
                listings[-1] if entry["kind"] in _CHANGES and listings else None,
            )
        )
    return found


def _after(
    call: Call, state: State, first: State, overlapped: bool, settled: frozenset[str]
) -> Iterator[State]:
    """Return the states in which a call can leave a callback; none if it cannot have succeeded."""
    if call.kind == "recover":
        # It brings back what was there before, unless its own node has had a success with it since.
        if (state is None or overlapped) and call.node not in settled:
            yield first
    elif call.kind in ("new", "replace"):
        # Between the deletion and the addition of another node there is none: who installs one takes the name.
        if state is None or call.kind == "replace" or overlapped:
            yield (call.detail[0], frozenset(call.detail[1]), None)
    elif state is not None:
        tag, events, priority = state
        if call.kind == "delete":
            yield None
        elif call.kind == "priority":
            yield tag, events, call.detail
        elif call.kind == "add":
            yield tag, events | {call.detail}, priority
        elif events != {call.detail}:
            yield tag, events - {call.detail}, priority


def _is_explained(every: Sequence[Call], begin: State, first: State, last: State) -> bool:
    overlapped = [
        any(other.kind in _CHANGES and other.node != call.node and other.overlaps(call) for other in every)
        for call in every
    ]
    seen = set()
    waiting = [(frozenset(range(len(every))), begin, frozenset[str]())]
    while waiting:
        left, state, settled = where = waiting.pop()
        if where in seen:
            continue
        seen.add(where)
        if state == last and not any(every[number].sure for number in left):
            return True
        for number in left:
            call = every[number]
            if any(every[other].ended < call.started for other in left if every[other].sure):
                continue
            after = _after(call, state, first, overlapped[number], settled)
            waiting += [(left - {number}, one, settled | {call.node}) for one in after]
    return False


def problem_of(record: Mapping[str, Any], identifier: str, cut_short: str) -> str | None:
    """Return what is wrong with a callback after a round: ``lost``, ``overwritten``, or None.

    Overwritten is what remains between nodes: it is explained once the successes that another node may have
    overwritten, in the moment that ADR 0005 tells of, need not be in.
    """
    every = calls(record["entries"], identifier)
    first, last = (_state(record[when].get(identifier)) for when in ("first", "last"))
    before = _state(next(iter(record["first"].values()))) if identifier == cut_short else first
    if _is_explained(every, first, before, last):
        return None
    doubtful = [
        Call(**{**vars(call), "sure": False})
        if call.sure and any(other.may_have_overwritten(call) for other in every if other is not call)
        else call
        for call in every
    ]
    return "overwritten" if _is_explained(doubtful, first, before, last) else "lost"


def _state(listed: Sequence[Any] | None) -> State:
    return None if listed is None else (listed[0], frozenset(listed[1]), listed[2])

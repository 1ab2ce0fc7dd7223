"""How long ``--parms`` may be: longer and longer ones are registered, up to what a callback may need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...registration import sealing
from .evidence import Evidence, Observations, Unseen
from .listing import entries
from .questions import Found
from .session import PREFIX, LevelEnds, Session, Step

__all__ = ["MOST", "STEP", "longest_parms"]

MOST = sealing.LIMIT + 1024
"""Characters of the longest token, and of the words behind it."""

_LENGTHS = (1024, 8192, MOST)
_HALVINGS = 12
_NUMBER = re.compile(r"\d+")


class Attempt(NamedTuple):
    """A length that was tried: how much was kept, None if it was refused, and what shows it."""

    length: int
    kept: int | None
    added: Evidence
    listed: Evidence | None


def attempts(seen: Observations) -> list[Attempt]:
    """Return all that was tried."""
    listed = {told.words[1]: told for told in seen.every("parms listed") if not told.failed}
    found = []
    for added in seen.every("parms"):
        if added.status is None:
            continue  # it was stopped at its time limit, which says nothing about lengths
        told = listed.get(added.words[1])
        kept = None if added.failed or told is None else _length(told)
        found.append(Attempt(len(added.words[-1]), kept, added, told))
    return found


def _length(told: Evidence) -> int:
    return sum(len(value) for entry in entries(told.stdout) for value in entry.values("parms"))


def _try(session: Session, length: int) -> Attempt:
    """Register one of this length.

    Raises:
        LevelEnds: It was stopped at its time limit.
    """
    name = f"{PREFIX}parms_{length}"
    words = (name, "--command", "/bin/true", "--event", "afmPrepopEnd", "-N", session.here.daemon_name)
    added = session.change("parms", "mmaddcallback", *words, "--parms", "x" * length)
    if added.status is None:
        raise LevelEnds(f"mmaddcallback has not ended with {length} characters of --parms")
    if not added.failed:
        session.ask("parms listed", "mmlscallback", name)
    return attempts(session.seen)[-1]


def _grow(session: Session) -> None:
    known = 0
    for length in _LENGTHS:
        tried = _try(session, length)
        if tried.kept is None:
            _close_in(session, known, tried)
        if tried.kept != length:
            break
        known = length
    taken = [one.added.words[1] for one in attempts(session.seen) if not one.added.failed]
    if taken:
        session.change("parms deleted", "mmdelcallback", ",".join(taken))


def _close_in(session: Session, known: int, refused: Attempt) -> None:
    """Find the bound between a length that was taken and one that was not; the refusal may name it."""
    bound = refused.length
    said = map(int, _NUMBER.findall(refused.added.stdout + refused.added.stderr))
    named = [number for number in said if known < number < bound][:1]
    lengths = iter([*named, *(number + 1 for number in named)])
    for _ in range(_HALVINGS):
        if bound - known < 2:
            return
        length = next(_between(lengths, known, bound))
        if _try(session, length).kept == length:
            known = length
        else:
            bound = length


def _between(lengths: Iterator[int], known: int, bound: int) -> Iterator[int]:
    yield from (length for length in lengths if known < length < bound)
    yield (known + bound) // 2


def longest_parms(seen: Observations) -> Found:
    """Return how long parms may be: ``none`` for no bound, ``cut:N`` or ``refuse:N`` for the longest kept."""
    tried = attempts(seen)
    if not tried:
        raise Unseen("")
    evidence = [one.listed or one.added for one in tried]
    cut = [one for one in tried if one.kept is not None and one.kept < one.length]
    if cut:
        return Found(f"cut:{max(one.kept or 0 for one in cut)}", evidence)
    longest = max((one.kept for one in tried if one.kept is not None), default=0)
    return Found("none" if longest == MOST else f"refuse:{longest}", evidence)


STEP = Step(
    "parms",
    f"registers some with longer and longer --parms, up to {MOST} characters, and finds the bound by halving",
    {
        "mmaddcallback": len(_LENGTHS) + _HALVINGS,
        "mmlscallback": len(_LENGTHS) + _HALVINGS,
        "mmdelcallback": 1,
    },
    _grow,
)

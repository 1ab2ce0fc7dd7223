"""What a check has found, and how checks are made that may fail themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, TypeAlias, get_args

from ...exceptions import GPFSError, GPFSExecuteException

__all__ = ["Finding", "FindingState", "Outcome", "checked", "told_by"]

FindingState: TypeAlias = Literal["ok", "warning", "problem", "unknown"]
"""How it stands: as it should be, something to know, something that keeps callbacks from running, or nobody
can tell."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check has found.

    Attributes:
        check: The check.
        state: How it stands.
        text: What was found, in one line.
        advice: What to do about it, in one line; empty where there is nothing to do.
    """

    check: str
    state: FindingState
    text: str
    advice: str = ""

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has."""
        return asdict(self)

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Self:
        """Return the finding that `fields` was called for.

        Raises:
            KeyError, TypeError, ValueError: They are of none.
        """
        (state,) = (one for one in get_args(FindingState) if one == fields["state"])
        return cls(str(fields["check"]), state, str(fields["text"]), str(fields["advice"]))


Outcome: TypeAlias = Iterator[tuple[FindingState, str, str]]
"""State, text and advice of each thing that a check has found."""


def told_by(error: Exception) -> tuple[str, str]:
    """Return what an error says in its first line, and the advice in it."""
    text = str(error).partition("\n")[0]
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, GPFSExecuteException) and error.returncode is None and error.note:
        text = f"{text}: {error.note}"
    found, _, advice = text.partition("; ")
    return found, advice


def checked(name: str, check: Callable[..., Outcome], *arguments: Any) -> list[Finding]:
    """Return what a check finds; that nobody can tell, if it cannot be made."""
    found = []
    try:
        for state, text, advice in check(*arguments):
            found.append(Finding(name, state, text, advice))
    except (GPFSError, OSError) as error:
        found.append(Finding(name, "unknown", *told_by(error)))
    return found

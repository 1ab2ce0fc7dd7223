"""What the probe has seen: each command that it ran, with all that it printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...exceptions import printable, shown_command

__all__ = ["Evidence", "Observations", "Unseen"]

_FAILED = re.compile(r"^(?:\S+:\s+)?(?:6027-\d+\s+)?(?:\[\w\]\s+)?Command failed\b", re.MULTILINE)
_LONGEST_SHOWN = 90
_LONGEST_KEPT = 4000


class Unseen(Exception):
    """A question cannot be answered by what was seen; the text says why."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A command that has ended.

    Attributes:
        tag: What it was run for.
        words: Its command line, without the directory of the program.
        status: Its exit status; None if it was stopped at its time limit.
        stdout: Its standard output.
        stderr: Its standard error.
        seconds: How long it took.
    """

    tag: str
    words: tuple[str, ...]
    status: int | None
    stdout: str
    stderr: str
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether it failed; some releases say so with status 0."""
        return self.status != 0 or any(map(_FAILED.search, (self.stdout, self.stderr)))

    def shown(self) -> str:
        """Return it in one line: the command, its status, and the beginning of what it printed."""
        printed = " | ".join(
            line.strip() for line in (self.stdout + self.stderr).splitlines() if line.strip()
        )
        status = "stopped" if self.status is None else f"status {self.status}"
        return f"{_short(shown_command(self.words))}: {status}, {_short(printed) or 'nothing printed'}"

    def fields(self) -> dict[str, Any]:
        """Return all that is known, in values that JSON has; of long texts the beginning."""
        return {
            "command": _short(shown_command(self.words), _LONGEST_KEPT),
            "status": self.status,
            "stdout": _short(printable_text(self.stdout), _LONGEST_KEPT),
            "stderr": _short(printable_text(self.stderr), _LONGEST_KEPT),
            "seconds": round(self.seconds, 3),
        }


class Observations:
    """All commands that the probe has run, in order."""

    def __init__(self) -> None:
        self._seen: list[Evidence] = []

    def __iter__(self) -> Iterator[Evidence]:
        return iter(self._seen)

    def add(self, evidence: Evidence) -> None:
        """Take down a command that has ended."""
        self._seen.append(evidence)

    def every(self, tag: str) -> list[Evidence]:
        """Return what was run for something; empty if nothing was."""
        return [evidence for evidence in self._seen if evidence.tag == tag]

    def last(self, tag: str) -> Evidence:
        """Return what was last run for something.

        Raises:
            Unseen: Nothing was.
        """
        found = self.every(tag)
        if not found:
            raise Unseen("")
        return found[-1]

    def refusal(self, tag: str) -> Evidence | None:
        """Return what was last run for something, if it was refused; None if it was not.

        Raises:
            Unseen: Nothing was; or that program was refused each time, as if by whom or where it was run.
        """
        told = self.last(tag)
        if not told.failed:
            return None
        if all(one.failed for one in self._seen if one.words[0] == told.words[0]):
            raise Unseen(f"{told.words[0]} has failed each time: see what it says")
        return told


def printable_text(text: str) -> str:
    """Return a text whose lines stay lines, and which holds nothing that JSON has no characters for."""
    return "\n".join(map(printable, text.splitlines()))


def _short(text: str, most: int = _LONGEST_SHOWN) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"

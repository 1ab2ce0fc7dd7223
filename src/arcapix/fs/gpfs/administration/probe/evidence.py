"""What the probe has seen: each command that it ran, with all that it printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...commands import NodeRecord
from ...exceptions import printable, shown_command

__all__ = ["Evidence", "Observations", "Run", "Unseen"]

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
        ended: When it ended, by the clock of this node; None where that was not taken down.
    """

    tag: str
    words: tuple[str, ...]
    status: int | None
    stdout: str
    stderr: str
    seconds: float
    ended: float | None = None

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


@dataclass(frozen=True, slots=True)
class Run:
    """A callback of the probe that GPFS has started, as its program has recorded it.

    Attributes:
        name: What was to be seen by it.
        node: The node.
        arguments: What its program was given: name, seconds, status, this node, and further words.
        environment: The variables that it was started with.
        user: The number of its user.
        folder: Its working folder.
        mask: Its umask, as the shell shows it.
        descriptors: What standard input, output and error were.
        signals: Masks of the blocked and the ignored signals, each behind its name in /proc.
        ancestors: The names of its process, of that one's parent, and so on.
        process: The number of its process.
        started: When it began, by the clock of the node that the probe runs on.
        ended: When it ended; None if it was killed, or still runs.
    """

    name: str
    node: NodeRecord
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    user: int
    folder: str
    mask: str
    descriptors: tuple[str, ...]
    signals: tuple[str, ...]
    ancestors: tuple[str, ...]
    process: int
    started: float
    ended: float | None

    def groups(self) -> list[list[str]]:
        """Return its further words, in groups: a plus sign stands before each."""
        found: list[list[str]] = []
        for word in self.arguments[4:]:
            if word == "+":
                found.append([])
            elif found:
                found[-1].append(word)
        return found

    def evidence(self) -> Evidence:
        """Return it as a command that has printed what was recorded; of its environment the names alone."""
        lines = [
            f"node {self.node.admin_name}, user {self.user}, folder {self.folder}, umask {self.mask}",
            f"output {', '.join(self.descriptors)}",
            f"variables {' '.join(sorted(self.environment)) or 'none'}",
            f"signals {', '.join(self.signals)}",
            f"processes {' < '.join(self.ancestors)}",
        ]
        seconds = 0.0 if self.ended is None else self.ended - self.started
        status = None if self.ended is None else int(self.arguments[2])
        return Evidence(
            f"run {self.name}", ("callback", *self.arguments), status, "\n".join(lines), "", seconds
        )


class Observations:
    """All commands that the probe has run, in order, and its callbacks that GPFS has started."""

    def __init__(self) -> None:
        self._seen: list[Evidence] = []
        self.runs: Sequence[Run] = ()

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

    def run(self, name: str) -> Run:
        """Return the first run of a callback of the probe.

        Raises:
            Unseen: GPFS has not started it.
        """
        for run in self.runs:
            if run.name == name:
                return run
        raise Unseen("")


def printable_text(text: str) -> str:
    """Return a text whose lines stay lines, and which holds nothing that JSON has no characters for."""
    return "\n".join(map(printable, text.splitlines()))


def _short(text: str, most: int = _LONGEST_SHOWN) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"

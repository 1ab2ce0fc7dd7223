"""Says why no callback ran: what was registered for what, what the events were about, who did not wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..driver import token as tokens
from ..emulator.model import Callback
from ..emulator.runs import CallbackProcess
from ..exceptions import printable_lines

_SHOWN = 20


@dataclass(frozen=True)
class Fired:
    """An event that a test has played, and how many nodes noticed it."""

    event: str
    variables: Mapping[str, str]
    nodes: int

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.variables.items())
        where = f"noticed by {self.nodes} nodes" if self.nodes else "noticed nowhere: GPFS is down there"
        return f"played by the test: {self.event}({given}), {where}"


@dataclass(frozen=True)
class Written:
    """A file that a test has written, or tried to: its size, and its path with the file system in front."""

    size: int
    path: str

    def __str__(self) -> str:
        return f"written by the test: {self.path}, {self.size} bytes"


def advice(late: int) -> str:
    """Return what a test is told that has failed before its callbacks had ended.

    Args:
        late: How many runs had not ended then.
    """
    mend = "let it call gpfs_cluster.wait_idle() before it looks"
    if late:
        runs = "1 run had" if late == 1 else f"{late} runs had"
        return f"{runs} not ended when the test failed; {mend}"
    return f"the test had not waited, so that an event may have been on its way; {mend}"


def explain(
    callbacks: Iterable[Callback], causes: Sequence[Fired | Written], started: Sequence[CallbackProcess]
) -> str:
    """Return why nothing ran, as text for a report.

    Args:
        callbacks: Those that are registered.
        causes: What the test has played and written.
        started: The processes that GPFS started; each has left an event about another object.
    """
    left = dict.fromkeys(
        f"an event about another object was left by: {run.callback} on {run.node}, "
        f"given {' '.join(run.arguments[1:])}"
        for run in started
    )
    return printable_lines(
        "\n".join(
            [
                f"no callback ran; registered: {'; '.join(map(_registered, callbacks)) or 'none'}",
                *_listed(map(str, causes)),
                *_listed(left),
            ]
        )
    )


def _listed(found: Iterable[str]) -> list[str]:
    items = list(found)
    lines = [f"    {item}" for item in items[:_SHOWN]]
    return lines + ([f"    ... and {len(items) - _SHOWN} more"] if len(items) > _SHOWN else [])


def _registered(callback: Callback) -> str:
    events = ", ".join(callback.events)
    about = _owner(callback)
    where = f" on {', '.join(callback.nodes)}" if callback.nodes else ""
    return f"{callback.identifier} for {events}{f' of {about}' if about else ''}{where}"


def _owner(callback: Callback) -> str:
    """Return the object that a callback belongs to, as its token names it; nothing if it is the cluster."""
    try:
        header, _ = tokens.split(callback.parms[0].partition(" ")[0] if callback.parms else "")
        return " ".join(tokens.items(tokens.fields(header).get("ow")))
    except ValueError:
        return ""

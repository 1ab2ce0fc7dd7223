"""Level 2 of the probe: callbacks of its own run once, for one snapshot that it makes and deletes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ... import commands
from ...commands import NodeRecord, node_table
from ...exceptions import GPFSError, NotFound
from . import elsewhere, observer
from .evidence import Run
from .leftovers import TAKE_ALL_BACK
from .listing import entries
from .session import PREFIX, REMOTE, Level, LevelEnds, Session, Step

__all__ = [
    "BLANK",
    "CALLBACKS",
    "EVENT",
    "LEVEL",
    "MAKING",
    "PLAIN",
    "Observer",
    "named_before",
    "prepared",
    "register",
]

EVENT = "snapshotCreated"
BLANK = f"{PREFIX}snapshot with blank"
"""The name of the snapshot: no other value of that event that the probe chooses can have a blank."""
PLAIN = f"{PREFIX}snapshot"
"""Its name where GPFS takes no blank."""

MAKING = "make snapshot"
"""What the command is taken down under that raises the event."""

_SECONDS = 15
"""How long it waits for what should have been started."""
_LISTED = 60
"""How long it waits until the manager knows of a new callback."""


@dataclass(frozen=True, slots=True)
class Observer:
    """A callback of the probe whose runs are recorded.

    Attributes:
        name: Its identifier, without the prefix, and what its records are called.
        words: What it is to record besides.
        options: Further options of ``mmaddcallback``.
        events: Its events.
        seconds: How long it sleeps when it has recorded.
        status: The exit status that it ends with.
    """

    name: str
    words: str = ""
    options: Sequence[str] = ()
    events: Sequence[str] = (EVENT,)
    seconds: int = 0
    status: int = 0


CALLBACKS = (
    Observer(
        "values",
        "+ x=%eventName + %eventName + %fsName + %snapshotName + %storagePool + %upNodes + %myNode.shortName",
    ),
    Observer("unknown", "+ %arcapixProbe"),
    Observer("quotes", '+ "two words"'),
    Observer("second", options=("--priority", "2")),
    Observer("third", options=("--priority", "3")),
    Observer("first", options=("--priority", "1")),
    Observer("tie1"),
    Observer("tie2"),
    Observer("tie3"),
)
"""In the order in which they are registered; ``values`` is the first of those without a priority."""


def register(session: Session, observers: Sequence[Observer], nodes: Sequence[NodeRecord]) -> None:
    """Register callbacks for nodes; one that is refused is not there."""
    names = ",".join(dict.fromkeys(node.admin_name for node in nodes))
    for one in observers:
        parms = observer.parms(session, one.name, one.words, one.seconds, one.status)
        words = (f"{PREFIX}{one.name}", "--command", observer.SHELL, "--event", ",".join(one.events))
        session.change(
            f"register {one.name}", "mmaddcallback", *words, "-N", names, *one.options, "--parms", parms
        )


def prepared(session: Session, nodes: Sequence[NodeRecord]) -> None:
    """Copy the program to nodes.

    Raises:
        LevelEnds: That is not possible.
    """
    for node in dict.fromkeys(nodes):
        elsewhere.note(session, "folder", node.admin_name)
        try:
            observer.copy_to(session, node)
        except GPFSError as error:
            raise LevelEnds(str(error).partition("\n")[0]) from None


def named_before(session: Session, events: Sequence[str]) -> Sequence[str]:
    """Return lines about the callbacks of the site that run for the same events."""
    wanted = {event.lower() for event in events}
    lines = []
    for told in session.seen.every("list whole")[-1:]:
        for entry in entries(told.stdout):
            listed = {one.strip().lower() for one in ",".join(entry.values("event")).split(",")}
            if wanted & listed and not entry.identifier.lower().startswith(PREFIX):
                lines.append(f"{entry.identifier} of this site runs, too")
    return lines


def _nodes(session: Session) -> list[NodeRecord]:
    """Return this node and the manager of the file system.

    Raises:
        LevelEnds: There is no such file system.
    """
    if session.manager is None:
        raise LevelEnds("the manager of the file system is not known")
    return list(dict.fromkeys((session.here, session.manager)))


def _copy(session: Session) -> None:
    managers = commands.mmlsmgr().filesystems
    filesystem = session.filesystem or ""
    if filesystem not in managers:
        raise LevelEnds(str(NotFound("file system", filesystem, managers)))
    name = node_table.full_name(session.cluster, managers[filesystem])
    session.manager = node_table.node_record(session.cluster, name or managers[filesystem])
    prepared(session, _nodes(session))


def _register(session: Session) -> None:
    register(session, CALLBACKS, _nodes(session))


def _wait_until_known(session: Session) -> None:
    nodes = [node for node in _nodes(session) if node != session.here]
    for node in nodes:
        if not observer.until_listed(session, node, f"{PREFIX}{CALLBACKS[-1].name}", _LISTED):
            raise LevelEnds(f"{node.admin_name} did not list a new callback within {_LISTED} s")


def _snapshot(session: Session) -> None:
    filesystem = session.filesystem or ""
    elsewhere.note(session, "snapshot", filesystem)
    if session.change(MAKING, "mmcrsnapshot", filesystem, BLANK).failed:
        session.change(MAKING, "mmcrsnapshot", filesystem, PLAIN)
    expected = sum(not session.seen.last(f"register {one.name}").failed for one in CALLBACKS)
    runs: list[Run] = []
    for node in reversed(_nodes(session)):
        there = observer.gather(session, node, expected - len(runs), 0 if runs else _SECONDS)
        seen = {(run.node, run.process) for run in runs}
        runs += [run for run in there if (run.node, run.process) not in seen]
    session.seen.runs = runs
    if not runs:
        where = " or ".join(node.admin_name for node in _nodes(session))
        raise LevelEnds(f"no callback of the probe was started for {EVENT} on {where}")


def _steps(session: Session) -> Sequence[Step]:
    filesystem = session.filesystem or ""
    return (
        Step(
            "program",
            f"copies a program that records how it was started here and to the manager of {filesystem}",
            {"mmlsmgr": 2, "sh": 1, REMOTE: 1},
            _copy,
        ),
        Step(
            "callbacks",
            f"registers {len(CALLBACKS)} callbacks for {EVENT} there; they are asynchronous, and end at once",
            {"mmaddcallback": len(CALLBACKS)},
            _register,
        ),
        Step("propagation", "waits until the manager lists the last one", {REMOTE: 1}, _wait_until_known),
        Step(
            "snapshot",
            f"makes a snapshot of {filesystem}, and reads what was recorded",
            {"mmcrsnapshot": 2, "sh": 1, REMOTE: 1},
            _snapshot,
        ),
    )


LEVEL = Level(
    2,
    "it makes one snapshot, for which GPFS quiesces the file system on all nodes, as for any snapshot, and "
    "deletes it",
    _steps,
    TAKE_ALL_BACK,
    lambda session: named_before(session, [EVENT]),
)

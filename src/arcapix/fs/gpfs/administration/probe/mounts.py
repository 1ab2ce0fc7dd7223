"""Level 3 of the probe: a file system is unmounted and mounted on one node, with synchronous callbacks."""

from __future__ import annotations

from collections.abc import Sequence

from ...commands import NodeRecord, node_table
from . import elsewhere, observer
from .evidence import Observations, Unseen
from .leftovers import TAKE_ALL_BACK
from .questions import Found, Meaning, Question
from .session import PREFIX, REMOTE, Level, LevelEnds, Session, Step
from .snapshots import Observer, named_before, prepared, register

__all__ = ["LEVEL", "QUESTIONS"]

EVENTS = ("preUnmount", "unmount", "preMount", "mount")
"""In the order in which they are expected."""

_TIMEOUT = 2
_TOO_LONG = 6
_LONGEST = 65
"""Seconds that a callback without a timeout is let run: longer than any default that was heard of."""
_LISTED = 60
_CONTINUE = ("--onerror", "continue")

CALLBACKS = (
    Observer("mounts", "+ %eventName", events=EVENTS),
    Observer(
        "overdue",
        options=("--sync", "--timeout", str(_TIMEOUT), *_CONTINUE),
        events=EVENTS[:1],
        seconds=_TOO_LONG,
    ),
    Observer("failing", options=("--sync", "--timeout", "30", *_CONTINUE), events=EVENTS[2:3], status=1),
    Observer("untimed", options=("--sync", *_CONTINUE), events=EVENTS[3:], seconds=_LONGEST),
)
_RUNS = sum(len(one.events) for one in CALLBACKS)


def _place(session: Session) -> tuple[str, NodeRecord]:
    """Return the file system, and the node on which it is unmounted.

    Raises:
        NotFound: There is no such node.
    """
    return session.filesystem or "", node_table.node_record(session.cluster, session.node or "")


def _copy(session: Session) -> None:
    filesystem, node = _place(session)
    if not elsewhere.is_mounted(session, filesystem, node.admin_name):
        raise LevelEnds(f"{filesystem} is not mounted on {node.admin_name}; mount it there before level 3")
    prepared(session, [node])


def _register(session: Session) -> None:
    _, node = _place(session)
    register(session, CALLBACKS, [node])
    identifier = f"{PREFIX}{CALLBACKS[-1].name}"
    if node != session.here and not observer.until_listed(session, node, identifier, _LISTED):
        raise LevelEnds(f"{node.admin_name} did not list a new callback within {_LISTED} s")


def _unmount(session: Session) -> None:
    filesystem, node = _place(session)
    elsewhere.note(session, "unmounted", filesystem, node.admin_name)
    told = session.change("unmount", "mmumount", filesystem, "-N", node.admin_name)
    if told.failed:
        raise LevelEnds(f"{filesystem} could not be unmounted on {node.admin_name}: {told.shown()}")


def _mount(session: Session) -> None:
    filesystem, node = _place(session)
    session.change("mount", "mmmount", filesystem, "-N", node.admin_name)
    elsewhere.is_mounted(session, filesystem, node.admin_name)
    session.seen.runs = [
        *session.seen.runs,
        *observer.gather(session, node, _RUNS, _TOO_LONG, _TOO_LONG - _TIMEOUT),
    ]


def _steps(session: Session) -> Sequence[Step]:
    filesystem, node = session.filesystem, session.node
    return (
        Step(
            "node",
            f"copies a program that records how it was started to {node}, where {filesystem} is mounted",
            {"mmlsmount": 2, "sh": 1, REMOTE: 1},
            _copy,
        ),
        Step(
            "mount callbacks",
            f"registers {len(CALLBACKS)} callbacks for {', '.join(EVENTS)} on {node}; three are synchronous, "
            "and one of these fails, with --onerror continue",
            {"mmaddcallback": len(CALLBACKS), REMOTE: 1},
            _register,
        ),
        Step(
            "unmounting",
            f"unmounts {filesystem} on {node}, never by force; a callback holds it up for some seconds",
            {"mmumount": 1},
            _unmount,
        ),
        Step(
            "mounting",
            f"mounts {filesystem} on {node}; a callback that runs then lasts {_LONGEST} s, to see "
            "whether GPFS ends it before",
            {"mmmount": 1, "mmlsmount": 2, "sh": 1, REMOTE: 1},
            _mount,
        ),
    )


LEVEL = Level(
    3,
    "a file system is gone on one node for a moment: what uses it there fails, or keeps it from being "
    "unmounted, and then nothing more is done",
    _steps,
    TAKE_ALL_BACK,
    lambda session: named_before(session, EVENTS),
)


def _timeout_action(seen: Observations) -> Found:
    run = seen.run("overdue")
    cause = seen.last("unmount")
    if run.ended is None:
        return Found("kill", [cause, run.evidence()])
    waited = cause.ended is not None and cause.ended >= run.ended
    return Found("wait" if waited else "leave", [cause, run.evidence()])


def _default_timeout(seen: Observations) -> Found:
    run = seen.run("untimed")
    cause = seen.last("mount")
    lasted = 0.0 if cause.ended is None else cause.ended - run.started
    if lasted < 0.5 and run.ended is None:
        raise Unseen("mmmount did not wait for a synchronous callback of mount")
    evidence = [cause, run.evidence()]
    return Found("none" if lasted < 0.5 or lasted > _LONGEST - 1 else f"{lasted:.0f}", evidence)


def _failure(seen: Observations) -> Found:
    run = seen.run("failing")
    after = [told for told in seen.every("mounting") if told.words[0] == "mmlsmount"]
    mounted = any(one.arguments[-1].lower() == "mount" for one in seen.runs if one.name == "mounts")
    return Found("goes on" if mounted else "held up", [run.evidence(), *after[-1:]])


def _order(seen: Observations) -> Found:
    runs = sorted((run for run in seen.runs if run.name == "mounts"), key=lambda run: run.started)
    if not runs:
        raise Unseen("")
    names = [run.arguments[-1].lower() for run in runs]
    expected = [event.lower() for event in EVENTS]
    if set(names) != set(expected):
        return Found(f"only {', '.join(names)}", [run.evidence() for run in runs])
    return Found("kept" if names == expected else "not kept", [run.evidence() for run in runs])


_ENDED_BEFORE = "the driver, which ends a function before"

QUESTIONS = (
    Question(
        "sync_timeout_action",
        3,
        "What becomes of a synchronous callback at its timeout?",
        "kill",
        {
            "kill": Meaning("it is killed"),
            "leave": Meaning("it runs on, and GPFS goes on", handled=_ENDED_BEFORE),
            "wait": Meaning("GPFS waits for its end", handled=_ENDED_BEFORE),
        },
        _timeout_action,
        switch="sync_timeout_action",
    ),
    Question(
        "sync_timeout_default",
        3,
        "After how many seconds does a synchronous callback run out of time that has no timeout?",
        "none",
        {
            "none": Meaning(f"it lasted {_LONGEST} s"),
            "": Meaning("it ran out of time", handled="new(), which wants a timeout with sync"),
        },
        _default_timeout,
        switch="sync_timeout_default",
    ),
    Question(
        "failing_pre_event",
        3,
        "Does a mount go on when a synchronous callback for preMount fails, with --onerror continue?",
        "goes on",
        {
            "goes on": Meaning("it does"),
            "held up": Meaning(
                "it does not", unhandled="a handler for preMount that fails keeps from mounting"
            ),
        },
        _failure,
    ),
    Question(
        "mount_order",
        3,
        f"Do {', '.join(EVENTS)} come in this order?",
        "kept",
        {
            "kept": Meaning("they do"),
            "not kept": Meaning("they do not", handled="handlers that ask GPFS how things are now"),
            "": Meaning("not all of them come", unhandled="callbacks for the others are not called"),
        },
        _order,
    ),
)

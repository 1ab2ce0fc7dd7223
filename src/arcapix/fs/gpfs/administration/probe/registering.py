"""Level 1 of the probe: callbacks of its own are registered, listed and deleted; none of them can run.

Their event does not come by itself, they are for this node alone, and their command is ``/bin/true``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...commands import NodeRecord
from . import growing
from .evidence import Evidence
from .leftovers import TAKE_BACK
from .session import PREFIX, Level, LevelEnds, Session, Step

__all__ = ["CLASS", "COMMAND", "EVENTS", "LEVEL", "add", "node_as_typed"]

EVENTS = ("afmPrepopEnd", "afmManualResyncComplete")
"""Events of what administrators start by hand, in an order that is not that of the alphabet."""

COMMAND = "/bin/true"
CLASS = f"{PREFIX}class"
_ABSENT = f"{PREFIX}absent"
_LONG = "long-" * 50
_OPTIONS = ("--sync", "--timeout", "30", "--onerror", "continue", "--priority", "5")
_ADD, _LIST, _DELETE = "mmaddcallback", "mmlscallback", "mmdelcallback"


def node_as_typed(node: NodeRecord) -> str:
    """Return a name of a node that no listing shows unless it shows what was typed."""
    return node.ip or str(node.number)


def add(
    session: Session,
    tag: str,
    name: str,
    *options: str,
    events: Sequence[str] = EVENTS[:1],
    command: str = COMMAND,
    nodes: str = "",
) -> Evidence:
    """Register a callback of the probe.

    Args:
        session: The run.
        tag: What it is registered for.
        name: Its identifier, without the prefix.
        *options: Further options of ``mmaddcallback``.
        events: Its events.
        command: Its command.
        nodes: What follows ``-N``; by default this node.
    """
    words = (f"{PREFIX}{name}", "--command", command, "--event", ",".join(events))
    return session.change(tag, _ADD, *words, "-N", nodes or node_as_typed(session.here), *options)


def _options(session: Session) -> None:
    parms = ("--parms", "first second", "--parms", "third")
    add(session, "options", "zz", *_OPTIONS, *parms, events=EVENTS)
    session.ask("options listed", _LIST, f"{PREFIX}zz")
    session.ask("list one", _LIST, f"{PREFIX}zz")
    session.ask("options -Y", _LIST, "-Y", f"{PREFIX}zz")


def _long(session: Session) -> None:
    if add(session, "long", "aa", "--parms", _LONG).failed and session.seen.last("options").failed:
        raise LevelEnds(f"no callback can be registered: {session.seen.last('long').shown()}")
    session.ask("list own", _LIST)


def _duplicate(session: Session) -> None:
    add(session, "duplicate", "aa", "--parms", "second")
    session.ask("duplicate listed", _LIST, f"{PREFIX}aa")


def _names(session: Session) -> None:
    add(session, "event unknown", "event", events=["arcapixProbeNothing"])
    if not add(session, "event case", "case", events=[EVENTS[1].upper()]).failed:
        session.ask("event case listed", _LIST, f"{PREFIX}case")
    add(session, "command missing", "command", command=f"/nonexistent/{PREFIX}command")
    add(session, "onerror", "onerror", "--sync", "--timeout", "30", "--onerror", "arcapixProbe")
    add(session, "unknown variable", "variable", "--parms", "%arcapixProbe")


def _quotes(session: Session) -> None:
    add(session, "quotes", "quotes", "--parms", "\"two words\" 'three words more'")
    session.ask("quotes listed", _LIST, f"{PREFIX}quotes")


def _spec_file(session: Session) -> None:
    def line(name: str, rest: str = f"--command {COMMAND}") -> str:
        return f"{PREFIX}{name} {rest} --event {EVENTS[0]} -N {node_as_typed(session.here)}\n"

    path = session.folder() / "callbacks"
    path.write_text(line("spec"))
    if session.change("spec file", _ADD, "-S", str(path)).failed:
        return
    session.ask("spec file listed", _LIST)
    path.write_text(line("before") + line("bad", "") + line("behind"))
    session.change("spec file partial", _ADD, "-S", str(path))
    session.ask("spec file partial listed", _LIST)


def _classes(session: Session) -> None:
    add(session, "mount class", "mount", nodes="mount")
    here = session.here
    if session.change("class", "mmcrnodeclass", CLASS, "-N", here.admin_name).failed:
        return
    add(session, "class", "class", nodes=CLASS)
    session.ask("class listed", _LIST, f"{PREFIX}class")
    other = next((node for node in session.cluster.nodes if node != here), None)
    if other and not session.change("class", "mmchnodeclass", CLASS, "add", "-N", other.admin_name).failed:
        session.ask("larger class listed", _LIST, f"{PREFIX}class")


def _deletions(session: Session) -> None:
    session.change("delete absent", _DELETE, _ABSENT)
    session.change("delete partial", _DELETE, f"{PREFIX}aa,{_ABSENT}")
    session.ask("delete partial listed", _LIST)


_STEPS = (
    Step(
        "options",
        "registers a callback with all options, two events and several --parms, and lists it",
        {_ADD: 1, _LIST: 3},
        _options,
    ),
    Step("long", "registers one with a long value, and lists all", {_ADD: 1, _LIST: 1}, _long),
    Step("duplicate", "registers the same identifier again", {_ADD: 1, _LIST: 1}, _duplicate),
    Step(
        "names",
        "registers one for an event that does not exist, for one in capitals, with a command that does not "
        "exist, with an unknown --onerror, and with an unknown variable",
        {_ADD: 5, _LIST: 1},
        _names,
    ),
    Step("quotes", "registers one with quotes in --parms, and lists it", {_ADD: 1, _LIST: 1}, _quotes),
    Step(
        "spec file",
        "registers one by a spec file, and two by a spec file with a bad line between them",
        {_ADD: 2, _LIST: 2},
        _spec_file,
    ),
    Step(
        "classes",
        f"registers one for the node class mount, and one for a node class {CLASS}, which it makes of this "
        "node and gives another one",
        {_ADD: 2, "mmcrnodeclass": 1, "mmchnodeclass": 1, _LIST: 2},
        _classes,
    ),
    growing.STEP,
    Step(
        "deletions",
        "deletes an identifier that does not exist, alone and together with one that does",
        {_DELETE: 2, _LIST: 1},
        _deletions,
    ),
)

LEVEL = Level(
    1,
    f"it registers callbacks for {EVENTS[0]}, which does not come by itself, on this node, and deletes them; "
    "the configuration of the cluster is changed, one change at a time",
    lambda _: _STEPS,
    TAKE_BACK,
)

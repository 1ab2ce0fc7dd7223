"""Looks at how callbacks stand on this node: what they start and import, what waits, how GPFS answers."""

from __future__ import annotations

import json
import marshal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ... import commands
from ...commands import process
from ...commands.node_names import LOCAL, NodeNames
from ...deployment import installation
from ...driver import token as tokens
from ...driver.dictionary import DICTIONARY
from ...exceptions import GPFSError, GPFSExecuteException, few
from ...registration import header, lost, programs
from ...runs.deliveries import Deliveries
from ...runs.pauses import ALL, Pauses
from . import module_finder, once_folders
from .finding import Finding, Outcome, checked, told_by
from .hanging import hanging

if TYPE_CHECKING:
    from ...commands import CallbackRecord, NodeRecord

__all__ = ["findings", "of_callback", "of_listed"]

Listed = TypeVar("Listed")

_SLOW = 5.0
"""Seconds after which an mm command counts as slow."""

_MOST_SECONDS = 20.0
"""For all names of nodes, and for all modules of callbacks."""

_LATE = 60.0
"""Seconds that an event may be overdue: whoever delivers may have to wait for others."""

_RESOLVE = """
import socket, sys
for name in sys.argv[1:]:
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        print(name, flush=True)
"""


def findings(driver: Path) -> list[Finding]:
    """Return how callbacks stand on this node, and what it takes GPFS's commands to answer.

    Args:
        driver: The driver that callbacks are registered with.
    """
    callbacks, of_callbacks = _timed("mmlscallback", commands.mmlscallback)
    cluster, of_cluster = _timed("mmlscluster", commands.mmlscluster)
    found = of_callbacks + of_cluster
    if cluster is not None:
        found += checked("names", _names, driver, cluster.nodes)
    if callbacks is not None:
        found += of_listed(driver, callbacks)
        mine = _on_this_node(callbacks)
        found += checked("modules", _modules, driver, mine)
        found += checked("once", once_folders.looked_at, driver, mine)
    return [*found, *checked("pauses", _pauses, driver), *checked("deliveries", _deliveries, driver)]


def of_listed(driver: Path, records: Sequence[CallbackRecord]) -> list[Finding]:
    """Return whether what GPFS starts is there, and whether a change that was cut short has left one out.

    Args:
        driver: The driver that callbacks are registered with.
        records: All callbacks that GPFS lists.
    """
    others = [record for record in _on_this_node(records) if record.command != str(driver)]
    return [*checked("programs", _programs, others), *checked("definitions", _definitions, records)]


def of_callback(driver: Path, record: CallbackRecord) -> list[Finding]:
    """Return whether this node has what a callback starts and imports.

    Args:
        driver: Runs the callback, if that is a function.
        record: The callback.
    """
    if header.is_driver(record.command):
        return checked("modules", _modules, driver, [record])
    return checked("programs", _programs, [record])


def _timed(name: str, ask: Callable[[], Listed]) -> tuple[Listed | None, list[Finding]]:
    """Ask GPFS for something; return that, and how long it took."""
    began = time.monotonic()
    try:
        listed = ask()
    except (GPFSError, OSError) as error:
        return None, [Finding(name, "problem", *told_by(error))]
    seconds = time.monotonic() - began
    if seconds > _SLOW:
        text = f"{name} took {seconds:.0f} s, and every change of a callback takes several commands"
        advice = "see what GPFS waits for: mmdiag --waiters"
        return listed, [Finding(name, "warning", text, advice)]
    return listed, [Finding(name, "ok", f"{name} took {seconds:.1f} s")]


def _on_this_node(records: Sequence[CallbackRecord]) -> list[CallbackRecord]:
    """Return the callbacks that GPFS may start here; all of them where it cannot be asked."""
    names = NodeNames()

    def is_here(record: CallbackRecord) -> bool:
        return not record.nowhere and (not record.nodes or names.include(record.nodes, LOCAL))

    try:
        return [record for record in records if is_here(record)]
    except GPFSError:
        return list(records)


def _names(driver: Path, nodes: Sequence[NodeRecord]) -> Outcome:
    if installation.configuration_of(driver)["emulated"]:
        yield "ok", "emulated nodes have names that nobody looks up", ""
        return
    asked = sorted({node.daemon_name for node in nodes})
    advice = "see to /etc/hosts and DNS of this node"
    try:
        done = process.execute((sys.executable, "-IS", "-c", _RESOLVE, *asked), timeout=_MOST_SECONDS)
    except GPFSExecuteException as error:
        if error.returncode is not None:
            raise
        yield "problem", f"to look up the nodes' names takes longer than {_MOST_SECONDS:.0f} s", advice
        return
    unknown = done.stdout.split()
    if unknown:
        yield "problem", f"the names of nodes cannot be resolved: {few(unknown)}", advice
    else:
        yield "ok", f"the names of {len(asked)} nodes can be resolved", ""


def _programs(records: Sequence[CallbackRecord]) -> Outcome:
    """See that what GPFS starts is there, and can be started."""
    found = hanging([record.command for record in records]) if records else ""
    if found:
        yield (
            "problem",
            f"{found}, which GPFS starts, does not answer",
            "see to the file system that it is on",
        )
        return
    is_well = True
    for record in records:
        problem = programs.why_not(Path(record.command))
        if problem is not None:
            what, advice = problem
            is_well = False
            yield "problem", f"callback {record.identifier!r} starts {record.command}, which {what}", advice
    if is_well:
        yield "ok", "what GPFS starts is there", ""


def _definitions(records: Iterable[CallbackRecord]) -> Outcome:
    """See that no callback is missing since a change of it was cut short."""
    found = [one.text for one in lost.lost({record.identifier for record in records})]
    for text in found:
        yield "problem", text, f"there {lost.WAY_OUT}"
    if not found:
        yield "ok", "no change of a callback was cut short here", ""


def _modules(driver: Path, records: Iterable[CallbackRecord]) -> Outcome:
    """See that the driver's interpreter finds what functions import."""
    bodies = {}
    for record in records:
        if header.read(record) is not None:
            bodies[record.identifier] = tokens.split(record.parms[0])[1]
    interpreter = installation.interpreter_of(driver)
    missing = _missing(interpreter, list(bodies.values())) if bodies else []
    for identifier, names in zip(bodies, missing):
        if names:
            text = f"callback {identifier!r} imports {few(names)}, which {interpreter} does not have"
            yield (
                "problem",
                text,
                f"install {few(names)} there, such as with: {interpreter} -m pip install NAME",
            )
    if not any(missing):
        yield "ok", "the modules that functions import are there", ""


def _missing(interpreter: str, bodies: list[str]) -> list[list[str]]:
    """Return the modules that an interpreter does not find, for each body.

    Raises:
        GPFSError: Nobody can tell: it takes too long, or the interpreter does not start.
    """
    # A file without a name: whoever is killed leaves nothing behind.
    with tempfile.TemporaryFile() as file, process.holding(file.fileno()):
        file.write(marshal.dumps({"bodies": bodies, "dictionary": DICTIONARY}, 2))
        file.flush()
        argv = (interpreter, "-I", str(Path(module_finder.__file__)), f"/proc/self/fd/{file.fileno()}")
        done = process.execute(argv, timeout=_MOST_SECONDS)
    if done.returncode:
        said = done.stderr.strip().rpartition("\n")[2] or f"status {done.returncode}"
        raise GPFSError(f"what functions import cannot be told: {said}")
    found: list[list[str]] = json.loads(done.stdout)
    return found


def _pauses(driver: Path) -> Outcome:
    pauses = Pauses.of(driver)
    endless = [pause for pause in pauses.current() if pause.until is None]
    for damage in pauses.damage():
        yield "problem", damage, "see: arcapix-gpfs paused"
    for pause in endless:
        what = "every callback" if pause.callback == ALL else f"callback {pause.callback!r}"
        yield "warning", f"{what} is paused by {pause.by}, and that never ends", f"run: {pause.way_out()}"
    if not endless:
        yield "ok", "no pause goes on for ever", ""


def _deliveries(driver: Path) -> Outcome:
    deliveries = Deliveries.of(driver)
    events = deliveries.pending()
    now = time.time()
    late = [event for event in events if event.due is not None and event.due.timestamp() < now - _LATE]
    failed = [event for event in events if event.state == "failed"]
    is_waiting = bool(late) and not deliveries.has_deliverer()
    if is_waiting:
        yield (
            "problem",
            f"{_count(late)} been due for long, and nobody delivers",
            "run there: arcapix-gpfs recover",
        )
    if failed:
        advice = "see: arcapix-gpfs pending; then run retry, or discard"
        yield "warning", f"{_count(failed)} failed at the last attempt", advice
    if not (is_waiting or failed):
        yield "ok", "no event waits longer than it should", ""


def _count(events: Sequence[object]) -> str:
    return "1 event has" if len(events) == 1 else f"{len(events)} events have"

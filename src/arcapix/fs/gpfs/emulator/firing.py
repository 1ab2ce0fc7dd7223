"""From an event to processes: which nodes run which callbacks, in which order, and what a failure does."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from arcapix.fs.gpfs import events
from arcapix.fs.gpfs.emulator import membership, messages, names, substitution
from arcapix.fs.gpfs.emulator.errors import did_you_mean
from arcapix.fs.gpfs.emulator.model import Callback, Node, State
from arcapix.fs.gpfs.emulator.runs import CallbackProcess

if TYPE_CHECKING:
    from arcapix.fs.gpfs.emulator.emulator import Emulator

_DAEMON_SPELLING = {"clusterManagerTakeover": "clusterManagerTakeOver"}
"""What the daemon prints differs from the lists in one name [recorded]."""

_DELAY = 1.0
"""Longest delay of the switch event_order, in seconds."""


@dataclass(frozen=True)
class Occurrence:
    """One event: its name in the lists, the node it is about, its own variables."""

    event: str
    node: str | None = None
    """Daemon node name."""
    variables: Mapping[str, str] = field(default_factory=dict)
    time: float = field(default_factory=time.time)

    @property
    def shown(self) -> str:
        """The name as the daemon prints it."""
        return _DAEMON_SPELLING.get(self.event, self.event)


def is_global(event: str) -> bool:
    """Tell whether an event runs on all nodes; one that the catalogue does not know is local."""
    facts = events.EVENTS.get(event)
    return facts is not None and facts.scope == "global"


def nodes_of(emulator: Emulator, occurrence: Occurrence) -> list[str]:
    """The nodes on which an event is noticed: daemon node names, by number."""
    state = emulator.state
    if not is_global(occurrence.event):
        node = state.nodes.get(occurrence.node or "")
        return [node.name] if node is not None and node.state == "active" else []
    switch = "quorumReached_on" if occurrence.event == "quorumReached" else "global_on"
    if emulator.switch(switch) == "cluster-manager":
        return [state.cluster_manager] if state.cluster_manager else []
    return [node.name for node in state.active()]


def narrowed(emulator: Emulator, event: str, nodes: Sequence[str]) -> Sequence[str]:
    """Those of the nodes that a global event runs on, by the switch global_on."""
    if emulator.switch("global_on") == "every-node" or not is_global(event):
        return nodes
    manager = emulator.state.cluster_manager
    return [manager] if manager in nodes else nodes[:1]


def home(state: State, event: str, variables: Mapping[str, str]) -> str:
    """The node that notices a local event, as the catalogue has it; the shell's node where nobody knows."""
    facts = events.EVENTS.get(event)
    where = facts.fires_on if facts is not None else "unknown"
    if where == "file system manager" and state.filesystems:
        filesystem = state.filesystems.get(variables.get("fsName", "").removeprefix("/dev/"))
        return (filesystem or next(iter(state.filesystems.values()))).manager
    if where == "cluster manager":
        return state.cluster_manager
    about = names.find(state, variables.get("eventNode", "")) if where == "node of the event" else None
    if about is not None:
        return about.name
    return state.shell_node


def doubts(event: str, variables: Iterable[str]) -> list[str]:
    """What is doubtful about an event that is played by hand: variables that it is not known to have.

    Args:
        event: An event in any case; of one that the catalogue lacks nothing is said.
        variables: The names that are given a value.
    """
    name = events.canonical(event)
    if name is None:
        return []
    known = events.variables_of(name)
    return [
        f"no variable '{one}' is known of {name}{did_you_mean(one, known) or _listed(known - events.COMMON)}"
        " It is passed on as it was given."
        for one in variables
        if one not in known
    ]


def _listed(own: Collection[str]) -> str:
    return f"; of its own it has {', '.join(sorted(own)) or 'none'}."


Delivery: TypeAlias = tuple[Occurrence, str]
"""An event, and the daemon node name of a node that noticed it."""


def deliver(emulator: Emulator, deliveries: Sequence[Delivery]) -> None:
    """Run the callbacks of events on nodes; return when the synchronous ones have ended."""
    order = emulator.switch("event_order")
    if order in ("shuffled", "delayed"):
        delay = random.uniform(0 if order == "shuffled" else _DELAY / 2, _DELAY)
        emulator.later(delay, lambda: _deliver_now(emulator, deliveries))
        return
    for _ in range(2 if order == "duplicated" else 1):
        _deliver_now(emulator, deliveries)


def _deliver_now(emulator: Emulator, deliveries: Sequence[Delivery]) -> None:
    """Start on all nodes at once if a callback is synchronous, since nodes do not wait for each other."""
    work: list[Callable[[], None]] = []
    waiting = False
    for occurrence, name in deliveries:
        node = emulator.state.nodes.get(name)
        if node is None:
            continue
        chosen = _in_order(emulator, _chosen(emulator, occurrence.event, node))
        if chosen:
            waiting = waiting or any(callback.sync for callback in chosen)
            work.append(partial(_run_all, emulator, occurrence, node, chosen))
    if not waiting or len(work) == 1:
        for one in work:
            one()
        return
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _chosen(emulator: Emulator, event: str, node: Node) -> list[Callback]:
    """The callbacks that a node knows of for an event, and whose -N includes the node."""
    state = emulator.state
    registered = emulator.callbacks_seen_by(node)
    return [callback for callback in registered.get(event, ()) if _is_inside(state, callback, node)]


def _is_inside(state: State, callback: Callback, node: Node) -> bool:
    if not callback.nodes:
        return True
    for entry in callback.nodes:
        inside = names.members(state, entry) if names.is_class(state, entry) else [names.find(state, entry)]
        if any(one is not None and one.name == node.name for one in inside or ()):
            return True
    return False


def _in_order(emulator: Emulator, callbacks: Sequence[Callback]) -> list[Callback]:
    """By priority; without one last; ties as registered."""
    rule = emulator.switch("priority_rule")
    ordered = list(callbacks)
    if rule == "shuffled":
        random.shuffle(ordered)
    sign = -1.0 if rule == "larger-first" else 1.0

    def key(callback: Callback) -> tuple[bool, float]:
        try:
            return (False, sign * float(callback.priority))
        except ValueError:
            return (True, 0.0)

    return sorted(ordered, key=key)


def _run_all(emulator: Emulator, occurrence: Occurrence, node: Node, callbacks: Sequence[Callback]) -> None:
    values = _values(emulator, occurrence, node)
    for callback in callbacks:
        arguments = substitution.arguments(callback.parms, values)
        start = partial(_run, emulator, occurrence, node, callback, arguments)
        if not callback.sync:
            emulator.runs.turns.add(node.label, start)
            continue
        emulator.runs.turns.catch_up(node.label)
        run = start()
        if run is None or emulator.runs.closed:
            return
        if run.status and not _after_failure(emulator, occurrence, node, callback, run):
            return


def _run(
    emulator: Emulator, occurrence: Occurrence, node: Node, callback: Callback, arguments: Sequence[str]
) -> CallbackProcess | None:
    """Start a callback, and wait for a synchronous one; None if its node has died, or the cluster ended."""
    now = emulator.state.nodes.get(node.name)
    if now is None or now.state == "unknown" or emulator.runs.closed:
        return None
    if emulator.switch("log_launch") == "on":
        mode = "Sync" if callback.sync else "Async"
        text = messages.LOG_LAUNCH.format(
            identifier=callback.identifier, event=occurrence.shown, mode=mode, command=callback.command
        )
        emulator.log(node, text)
    run = emulator.runs.start(
        callback,
        node,
        occurrence.shown,
        arguments,
        inherit=emulator.switch("exec_environment") == "inherit",
        timeout=_timeout(emulator, callback),
        kill=emulator.switch("sync_timeout_action") == "kill",
    )
    if run is not None and run.status in (126, 127) and not run.pid:
        reason = Path(run.output).read_text().strip()
        emulator.log(node, messages.LOG_NOT_STARTED.format(identifier=callback.identifier, reason=reason))
    return run


def _timeout(emulator: Emulator, callback: Callback) -> float | None:
    if callback.timeout:
        return float(callback.timeout)
    default = emulator.switch("sync_timeout_default")
    return None if default == "none" else float(default)


def _after_failure(
    emulator: Emulator, occurrence: Occurrence, node: Node, callback: Callback, run: CallbackProcess
) -> bool:
    """Do what --onerror says after a synchronous callback failed; tell whether the node carries on."""
    action = callback.onerror.lower() or "continue"
    text = messages.LOG_EXIT.format(
        identifier=callback.identifier, event=occurrence.shown, status=run.status, action=action
    )
    emulator.log(node, text)
    if action == "shutdown":
        membership.fail_daemon(emulator, node.name)
        return False
    if action == "quorumloss" and occurrence.event == "tiebreakerCheck":
        membership.lose_quorum(emulator)
        return False
    return True


def _values(emulator: Emulator, occurrence: Occurrence, here: Node) -> substitution.Values:
    """The variables of an event on a node: those of any event, then its own."""
    state = emulator.state
    plain = {"eventName": occurrence.shown, "clusterName": state.name}
    if emulator.release >= (5,):
        plain["eventTime"] = time.strftime("%Y-%m-%d_%H:%M:%S", time.localtime(occurrence.time))
    nodes: dict[str, Sequence[Node]] = {
        "myNode": [here],
        "upNodes": state.active(),
        "downNodes": [node for node in state.by_number() if node.state != "active"],
        "quorumNodes": state.quorum_nodes(),
    }
    if occurrence.node in state.nodes:
        nodes["eventNode"] = [state.nodes[occurrence.node]]
    if state.cluster_manager:
        nodes["clusterManager"] = [state.nodes[state.cluster_manager]]
    for name, value in occurrence.variables.items():
        found = [names.find(state, one) for one in value.split(",")] if name in events.NODE_VALUED else [None]
        if all(found):
            nodes[name] = [one for one in found if one is not None]
        else:
            nodes.pop(name, None)
            plain[name] = value
    return substitution.Values(plain, nodes, state, emulator.switch)

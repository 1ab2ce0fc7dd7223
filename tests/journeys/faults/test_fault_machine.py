"""Commands, accidents and kills in any order, by real processes, against a model of what GPFS is then.

The model is written from the rules, not from the emulator: who has a majority of the quorum nodes, what is
mounted where, who may change the configuration, which callbacks there are and where they run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from arcapix.fs.gpfs import AlreadyExists, Cluster, GPFSExecuteException, NotFound
from arcapix.fs.gpfs.emulator import control

NAMES = ("n1", "n2", "n3", "n4", "n5")
QUORUM = ("n1", "n2", "n3")
EVENTS = ("mount", "startup")

MANY = (pytest.mark.slow, pytest.mark.timeout(600))

nodes = st.sampled_from(NAMES)
identifiers = st.sampled_from(["a", "b", "c", "d"])
events = st.sampled_from(EVENTS)
places = st.lists(nodes, max_size=2, unique=True).map(sorted)


@dataclass
class Node:
    """What a node is at a moment; `again` is what comes back with quorum: its mount, or the automount."""

    state: str = "active"
    side: int = 0
    mounted: bool = True
    again: bool = False

    @property
    def running(self):
        return self.state in ("active", "arbitrating")


@dataclass
class Callback:
    events: tuple[str, ...]
    nodes: tuple[str, ...]


def handler(eventName):
    print(eventName)


class Machine(RuleBasedStateMachine):
    """A cluster of five nodes, three of them quorum nodes, and one file system."""

    def __init__(self, start):
        super().__init__()
        self.start = start
        self.folder = Path(tempfile.mkdtemp(prefix="gpfs-machine-"))
        self.directory = self.folder / "c"
        self.nodes = {name: Node() for name in NAMES}
        self.callbacks: dict[str, Callback] = {}

    @initialize()
    def begin(self):
        self.shell = self.start(self.directory, NAMES)

    def teardown(self):
        control.destroy(self.directory)
        shutil.rmtree(self.folder)

    # what the rules say

    def quorate(self, side):
        return sum(self.nodes[name].running and self.nodes[name].side == side for name in QUORUM) >= 2

    def may_configure(self, caller):
        side = self.nodes[caller].side
        reached = [one for one in map(self.nodes.get, QUORUM) if one.side == side and one.state != "unknown"]
        return len(reached) >= 2

    def settle(self):
        """Let each node have what its side's quorum gives or takes."""
        for node in self.nodes.values():
            if not node.running:
                node.mounted = node.again = False
            elif self.quorate(node.side):
                node.state = "active"
                node.mounted, node.again = node.mounted or node.again, False
            elif node.state == "active":
                node.state = "arbitrating"
                node.again, node.mounted = node.mounted, False

    def caller_for(self, target):
        """A node that can reach another one, which may have crashed and is started again."""
        side = self.nodes[target].side
        reach = [name for name, one in self.nodes.items() if one.side == side and one.state != "unknown"]
        return reach[0] if reach else None

    def command(self, caller, *argv):
        return self.shell.run(*argv, node=caller).returncode

    # callbacks

    def caller(self):
        return next((name for name, one in self.nodes.items() if one.state != "unknown"), None)

    @rule(identifier=identifiers, event=events, where=places)
    def add(self, identifier, event, where):
        caller = self.caller()
        if caller is None:
            return
        expected = 0 if self.may_configure(caller) and identifier not in self.callbacks else 1
        options = ["-N", ",".join(where)] if where else []
        words = ("mmaddcallback", identifier, "--command", "/bin/true", "--event", event, *options)
        assert self.command(caller, *words) == expected
        if expected == 0:
            self.callbacks[identifier] = Callback((event,), tuple(where))

    @rule(chosen=st.lists(identifiers, min_size=1, max_size=3, unique=True))
    def delete(self, chosen):
        caller = self.caller()
        if caller is None:
            return
        expected = 0 if self.may_configure(caller) and set(chosen) <= set(self.callbacks) else 1
        assert self.command(caller, "mmdelcallback", ",".join(chosen)) == expected
        if expected == 0:
            for identifier in chosen:
                del self.callbacks[identifier]

    @rule(chosen=st.lists(identifiers, min_size=2, unique=True))
    def add_or_delete_at_once(self, chosen):
        """Of two who want the same at the same moment one succeeds."""
        caller = self.caller()
        if caller is None:
            return
        commands = {
            identifier: ("mmdelcallback", identifier)
            if identifier in self.callbacks
            else ("mmaddcallback", identifier, "--command", "/bin/true", "--event", "mount")
            for identifier in chosen
        }
        running = [(one, self.shell.begin(*commands[one], node=caller)) for one in (*chosen, *chosen)]
        ended = [
            (identifier, process.communicate(timeout=60), process.returncode)
            for identifier, process in running
        ]
        for identifier in chosen:
            statuses = sorted(status for one, _, status in ended if one == identifier)
            assert statuses == ([0, 1] if self.may_configure(caller) else [1, 1])
            if statuses[0] == 0 and self.callbacks.pop(identifier, None) is None:
                self.callbacks[identifier] = Callback(("mount",), ())

    @rule(identifier=identifiers, event=events)
    def install_and_change_by_the_api(self, identifier, event):
        caller = self.caller()
        if caller is None:
            return
        other = EVENTS[1 - EVENTS.index(event)]
        with patch.dict(os.environ, self.shell.environment(caller)):
            try:
                callback = Cluster().callbacks.new(identifier, handler, event)
                callback.add(event=other)
            except AlreadyExists:
                assert identifier in self.callbacks
            except GPFSExecuteException:
                assert not self.may_configure(caller)
            else:
                assert self.may_configure(caller)
                self.callbacks[identifier] = Callback((event, other), ())

    @rule(identifier=identifiers)
    def delete_by_the_api(self, identifier):
        caller = self.caller()
        if caller is None:
            return
        with patch.dict(os.environ, self.shell.environment(caller)):
            try:
                Cluster().callbacks.destroy(identifier)
            except NotFound:
                assert identifier not in self.callbacks
            except GPFSExecuteException:
                assert not self.may_configure(caller)
            else:
                del self.callbacks[identifier]

    @rule(event=events, node=nodes)
    def fire(self, event, node):
        assert control.wait_idle(self.directory)
        before = max((run.number for run in control.runs(self.directory)), default=0)
        active = self.nodes[node].state == "active"
        assert control.fire(self.directory, event, node, {"fsName": "mmfs1"}) == int(active)
        assert control.wait_idle(self.directory)
        ran = sorted((run.callback, run.node, run.status) for run in control.runs(self.directory, before))
        due = [
            name
            for name, one in self.callbacks.items()
            if event in one.events and node in (one.nodes or (node,))
        ]
        assert ran == sorted((name, node, 0) for name in due if active)

    # nodes

    @rule(node=nodes)
    def shut_down(self, node):
        caller = self.caller_for(node)
        if caller is None or self.nodes[node].state == "unknown":
            return
        assert self.command(caller, "mmshutdown", "-N", node) == 0
        self.nodes[node].state = "down"
        self.settle()

    @rule(node=nodes)
    def start_up(self, node):
        caller = self.caller_for(node)
        if caller is None:
            return
        assert self.command(caller, "mmstartup", "-N", node) == 0
        if not self.nodes[node].running:
            self.nodes[node].state = "arbitrating"
            self.nodes[node].again = True
        self.settle()

    @rule(node=nodes)
    def crash(self, node):
        control.crash(self.directory, node)
        self.nodes[node].state = "unknown"
        self.settle()

    @rule(cut=st.lists(nodes, min_size=1, max_size=4, unique=True))
    def partition(self, cut):
        control.partition(self.directory, cut)
        side = max(one.side for one in self.nodes.values()) + 1
        for name in cut:
            self.nodes[name].side = side
        self.settle()

    @rule()
    def heal(self):
        control.heal(self.directory)
        for one in self.nodes.values():
            one.side = 0
        self.settle()

    @rule(node=nodes, mounted=st.booleans())
    def mount_or_unmount(self, node, mounted):
        caller = self.caller_for(node)
        if caller is None:
            return
        status = self.command(caller, "mmmount" if mounted else "mmumount", "mmfs1", "-N", node)
        active = self.nodes[node].state == "active"
        assert status == (1 if mounted and not active else 0)
        if active:
            self.nodes[node].mounted = mounted

    # kills

    @rule()
    def kill_the_daemon(self):
        self.shell.kill_daemon()

    @rule(identifier=identifiers, milliseconds=st.integers(0, 60))
    def kill_a_command(self, identifier, milliseconds):
        caller = self.caller()
        if caller is None:
            return
        words = ("mmaddcallback", identifier, "--command", "/bin/true", "--event", "mount")
        if identifier in self.callbacks:
            words = ("mmdelcallback", identifier)
        with self.shell.begin(*words, node=caller) as process:
            try:
                process.wait(milliseconds / 1000)
            except subprocess.TimeoutExpired:
                process.kill()
        # A next change comes after it, whether it was done or not.
        self.command(caller, "mmchconfig", f"pagepool={milliseconds + 1}M")
        there = identifier in self.shell.saved().callbacks
        assert process.returncode != 0 or there != (identifier in self.callbacks)
        assert self.may_configure(caller) or there == (identifier in self.callbacks)
        if there and identifier not in self.callbacks:
            self.callbacks[identifier] = Callback(("mount",), ())
        elif not there:
            self.callbacks.pop(identifier, None)

    @rule()
    def stop_and_resume(self):
        control.stop(self.directory)
        control.start(self.directory)

    # what has to hold

    @invariant()
    def what_is_saved_and_listed_is_what_the_rules_say(self):
        state = self.shell.saved()
        assert {node.label: (node.state, node.side, node.mounts) for node in state.nodes.values()} == {
            name: (one.state, one.side, ["mmfs1"] if one.mounted else []) for name, one in self.nodes.items()
        }
        assert {name: one.events for name, one in state.callbacks.items()} == {
            name: one.events for name, one in self.callbacks.items()
        }
        active = {node.name for node in state.active()}
        for manager in (state.cluster_manager, state.filesystems["mmfs1"].manager):
            assert manager in active or (not active and manager == "")
        assert self.shell.callbacks() == list(state.callbacks)


@pytest.mark.parametrize(
    ("examples", "steps"),
    [
        pytest.param(4, 14, id="a few"),
        pytest.param(50, 40, id="many", marks=MANY),
    ],
)
def test_whatever_happens_the_cluster_is_what_the_rules_say(another_shell, examples, steps):
    run_state_machine_as_test(
        lambda: Machine(another_shell),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=examples < 10,
            suppress_health_check=list(HealthCheck),
        ),
    )

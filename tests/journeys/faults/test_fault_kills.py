"""kill -9 of any part at any time leaves the last complete state."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import control

from ..shells import ARCAPIX

ADD = ("--command", "/bin/true", "--event", "mount")
MANY = (pytest.mark.slow, pytest.mark.timeout(600))
ROUNDS = [pytest.param(6, id="a few"), pytest.param(150, id="many", marks=MANY)]


class Change:
    """Two commands that undo each other, given in turn, and what their reports say about the state."""

    def __init__(self, there, make, unmake):
        self.there, self.commands = there, (make, unmake)
        self.possible = {False}
        self.turn = 0

    def next(self):
        made = self.turn % 2 == 0
        self.turn += 1
        return made, self.commands[0 if made else 1]

    def happened(self, made, status):
        """A success is certain; what failed may have been done before its reporter was killed."""
        self.possible = {made} if status == 0 else self.possible | {made}


def changes(directory):
    path = directory / "mnt" / "mmfs1" / "projects"
    return [
        Change(lambda state: "cb" in state.callbacks, ("mmaddcallback", "cb", *ADD), ("mmdelcallback", "cb")),
        Change(
            lambda state: "edge" in state.nodeclasses,
            ("mmcrnodeclass", "edge", "-N", "n3"),
            ("mmdelnodeclass", "edge"),
        ),
        Change(
            lambda state: state.filesystems["mmfs1"].filesets["projects"].parent is not None,
            ("mmlinkfileset", "mmfs1", "projects", "-J", path),
            ("mmunlinkfileset", "mmfs1", "projects"),
        ),
        Change(
            lambda state: "mmfs1" not in state.nodes["n3.gpfs.test"].mounts,
            ("mmumount", "mmfs1", "-N", "n3"),
            ("mmmount", "mmfs1", "-N", "n3"),
        ),
    ]


def prepared(shell):
    """Make the fileset that is linked and unlinked, with a file in it."""
    shell.ok("mmcrfileset", "mmfs1", "projects")
    shell.ok("mmlinkfileset", "mmfs1", "projects")
    (shell.directory / "mnt" / "mmfs1" / "projects" / "precious").write_text("x")
    shell.ok("mmunlinkfileset", "mmfs1", "projects")
    return changes(shell.directory)


def has_its_files(shell):
    """Put the fileset into the tree, where its file has to be."""
    if shell.saved().filesystems["mmfs1"].filesets["projects"].parent is None:
        shell.ok("mmlinkfileset", "mmfs1", "projects")
    return (shell.directory / "mnt" / "mmfs1" / "projects" / "precious").read_text() == "x"


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_daemon_that_is_killed_loses_nothing_that_it_reported(shell, chance, rounds):
    every = prepared(shell)
    stop = threading.Event()

    def work(change):
        while not stop.is_set():
            made, command = change.next()
            change.happened(made, shell.run(*command).returncode)

    workers = [threading.Thread(target=work, args=(change,)) for change in every]
    for worker in workers:
        worker.start()
    killed = 0
    while killed < rounds:
        assert any(worker.is_alive() for worker in workers)
        stop.wait(chance.uniform(0, 0.12))
        shell.saved()
        killed += shell.kill_daemon()
    stop.set()
    for worker in workers:
        worker.join()
    shell.ok("mmlscluster")
    state = shell.saved()
    for change in every:
        assert change.there(state) in change.possible, change.commands
    assert shell.callbacks() == list(state.callbacks)
    assert has_its_files(shell)
    assert all(node.state == "active" for node in state.nodes.values())


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_command_that_is_killed_was_done_or_not_and_holds_no_lock(shell, chance, rounds):
    every = prepared(shell)
    for number in range(rounds):
        change = every[number % len(every)]
        made, command = change.next()
        process = shell.begin(*command)
        try:
            process.communicate(timeout=chance.uniform(0, 0.08))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        change.happened(made, process.returncode)
        shell.ok("mmaddcallback", f"next{number}", *ADD)
        state = shell.saved()
        assert change.there(state) in change.possible, command
        change.possible = {change.there(state)}
    assert has_its_files(shell)


CHANGES_A_CALLBACK = """
import itertools
from arcapix.fs.gpfs import Cluster
callback = Cluster().callbacks["watch"]
print("ready", flush=True)
for _ in itertools.count():
    callback.add(event="unmount", node="n2")
    callback.remove(event="unmount", node="n2")
"""
INSTALLS = """
from arcapix.fs.gpfs import Filesystem
def watch(fsName):
    print(fsName)
Filesystem("mmfs1").onMount.new("watch", watch, node="n1", priority=2)
"""
RECOVERS = """
import json
from arcapix.fs.gpfs import Cluster
print(json.dumps(Cluster().callbacks.recover()))
callback = Cluster().callbacks["watch"]
print(json.dumps([callback.installed, sorted(callback.events), len(callback.nodes), callback.priority]))
"""


def commands_under_way(found):
    """The changing commands among processes."""
    return [pid for pid in found if re.search(rb"/mm(add|del)callback\0", _command_line(pid))]


def is_going_on(directory):
    """Tell whether a command still works on a change, and holds its journal file for that."""
    for path in (directory / "state" / "replacements").glob("*.json"):
        with open(path) as journal:
            try:
                fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def recover(shell):
    """Recover in a new process; return what came back, and what is installed then."""
    with shell.begin(sys.executable, shell.program(RECOVERS)) as program:
        stdout, stderr = program.communicate(timeout=60)
    assert program.returncode == 0, stderr
    return map(json.loads, stdout.splitlines())


@pytest.mark.parametrize("rounds", [pytest.param(4, id="a few"), pytest.param(60, id="many", marks=MANY)])
def test_a_program_that_is_killed_while_it_changes_a_callback_leaves_it_or_what_brings_it_back(
    shell, chance, wait, rounds
):
    with shell.begin(sys.executable, shell.program(INSTALLS)) as program:
        assert program.wait(60) == 0, program.stderr.read()
    recovered = 0
    for _ in range(rounds):
        with shell.begin(sys.executable, shell.program(CHANGES_A_CALLBACK)) as program:
            assert program.stdout.readline() == "ready\n", program.stderr.read()
            try:
                program.wait(chance.uniform(0, 0.3))
            except subprocess.TimeoutExpired:
                program.kill()
        wait(lambda: not is_going_on(shell.directory), "no change is going on")
        there = "watch" in shell.callbacks()
        back, facts = recover(shell)
        assert back == ([] if there else ["watch"])
        assert facts in ([True, ["mount"], 1, 2], [True, ["mount", "unmount"], 2, 2])
        recovered += len(back)
    assert rounds < 50 or recovered > 0


INSTALLS_A_BATCH = """
from arcapix.fs.gpfs import Cluster
def watch(fsName):
    print(fsName)
with Cluster().callbacks.batch(spec_file=False) as batch:
    for number in range(6):
        batch.new(f"watch{number}", watch, "mount")
    print("ready", flush=True)
"""


@pytest.mark.parametrize("rounds", [pytest.param(3, id="a few"), pytest.param(60, id="many", marks=MANY)])
def test_a_program_that_is_killed_while_it_installs_a_batch_leaves_all_of_it_or_none(
    shell, chance, wait, rounds
):
    every = [f"watch{number}" for number in range(6)]
    parts = 0
    for _ in range(rounds):
        with shell.begin(sys.executable, shell.program(INSTALLS_A_BATCH)) as program:
            assert program.stdout.readline() == "ready\n", program.stderr.read()
            try:
                program.wait(chance.uniform(0.1, 0.5))
            except subprocess.TimeoutExpired:
                program.kill()
        wait(lambda: not is_going_on(shell.directory), "no change is going on")
        before = shell.callbacks()
        said = shell.ok(ARCAPIX, "recover", "--definitions", "--yes")
        left = shell.callbacks()
        assert left == (every if before == every else [])
        is_part = 0 < len(before) < len(every)
        assert (f"deleted the part of a batch: {', '.join(before)}\n" in said) == is_part
        parts += is_part
        if left:
            shell.ok("mmdelcallback", ",".join(left))
    assert rounds < 50 or parts > 0


def test_a_deletion_that_outlives_its_program_is_not_recovered_too_early(shell, wait, left_over):
    with shell.begin(sys.executable, shell.program(INSTALLS)) as program:
        assert program.wait(60) == 0, program.stderr.read()
    control.set_switches(shell.directory, {"command_delay": "0,3600"})
    with shell.begin(sys.executable, shell.program(CHANGES_A_CALLBACK)) as program:
        wait(lambda: control.is_locked(shell.directory), "the command holds the lock")
        program.kill()
    assert commands_under_way(left_over(shell.directory))
    assert list(recover(shell)) == [[], [True, ["mount"], 1, 2]]
    control.set_switches(shell.directory, {"command_delay": "0"})
    wait(lambda: not commands_under_way(left_over(shell.directory)), "no command is under way")
    assert shell.callbacks() == []
    assert list(recover(shell)) == [["watch"], [True, ["mount"], 1, 2]]


def test_a_daemon_that_is_killed_while_it_starts_is_started_by_the_next_command(shell, chance, left_over):
    shell.ok("mmaddcallback", "cb", *ADD)
    for _ in range(6):
        shell.kill_daemon()
        process = shell.begin("mmlscallback")
        try:
            process.communicate(timeout=chance.uniform(0.02, 0.2))
        except subprocess.TimeoutExpired:
            for pid in left_over(shell.directory):
                if b"libexec/daemon" in _command_line(pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, 9)
            process.communicate(timeout=60)
        assert shell.callbacks() == ["cb"]
    daemons = [pid for pid in left_over(shell.directory) if b"libexec/daemon" in _command_line(pid)]
    assert daemons == [control.status(shell.directory).pid]


def _command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


@pytest.mark.parametrize("rounds", [pytest.param(3, id="a few"), pytest.param(40, id="many", marks=MANY)])
def test_the_verbs_of_emulate_can_be_killed_and_given_again(directory, chance, left_over, rounds):
    def emulate(verb, seconds):
        command = [ARCAPIX, "emulate", verb, "--dir", str(directory)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            stdout, stderr = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return "killed"
        assert process.returncode == 0, stderr
        return stdout

    for _ in range(rounds):
        emulate("start", chance.uniform(0.1, 0.5))
        assert "export ARCAPIX_GPFS_BIN=" in emulate("start", 60)
        if chance.random() < 0.5:
            emulate("stop", chance.uniform(0.1, 0.3))
            assert emulate("stop", 60) == ""
        if emulate("destroy", chance.uniform(0.1, 0.4)) == "killed" and (directory / "cluster.json").exists():
            emulate("destroy", 60)
        assert not directory.exists() or list(directory.iterdir()) == []
        assert left_over(directory) == []

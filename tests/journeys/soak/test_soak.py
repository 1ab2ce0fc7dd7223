"""A soak: hours of mixed callbacks, events and accidents on an emulated cluster, and an audit at its end.

`make soak MINUTES=30` runs it; `make test-all` runs a minute of it. Callbacks of all kinds (`handlers`) are
installed as users do. Then events are raised at random while the processes of drivers are killed, nodes crash,
GPFS is stopped and started, GPFS's daemon is killed, and pending events are recovered, all at the same time.
SOAK_SEED with the number that a soak has printed draws the same events and accidents again.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs import Cluster, emulated
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.emulator import EmulatorError, control
from arcapix.fs.gpfs.emulator.environment import BIN, NODE
from arcapix.fs.gpfs.emulator.runs import CallbackProcess

from ...waiting import wait
from ..shells import Shell, kill
from . import handlers
from .audit import Audit
from .handlers import KINDS

MINUTES = float(os.environ.get("SOAK_MINUTES", "1"))
SEED = int(os.environ.get("SOAK_SEED", random.SystemRandom().randrange(1_000_000)))
NODES = ("n1", "n2", "n3")
EVENTS = sorted({kind.event for kind in KINDS.values()})
MOST_PROCESSES = 60
"""No event is raised while there are more: what it cannot do in time says nothing about a driver."""


class Soak:
    """A cluster to which things happen."""

    def __init__(self, shell: Shell, seed: int) -> None:
        self.shell = shell
        self.directory = shell.directory
        self.stub = emulated.places(self.directory)[DRIVER]
        self.seed = seed
        self.chance = random.Random(seed)
        self.count: Counter[str] = Counter()
        self.told: dict[int, CallbackProcess] = {}
        """The processes that GPFS started and saw the end of, by their numbers."""
        self.unended: set[int] = set()
        self.is_over = threading.Event()

    def run(self, seconds: float) -> None:
        firing = [threading.Thread(target=self.fire, args=(random.Random(self.seed + n),)) for n in (1, 2)]
        for thread in firing:
            thread.start()
        deadline = time.monotonic() + seconds
        accidents = [
            *[self.kill_a_process] * 12,
            *[self.recover] * 3,
            self.crash_a_node,
            self.stop_a_node,
            self.kill_gpfs,
        ]
        try:
            while time.monotonic() < deadline:
                time.sleep(self.chance.uniform(0, 1))
                self.listen()
                self.reap()
                self.chance.choice(accidents)()
        finally:
            self.is_over.set()
            for thread in firing:
                thread.join()

    def fire(self, chance: random.Random) -> None:
        while not self.is_over.wait(chance.expovariate(2)):
            if len(self.processes()) < MOST_PROCESSES:
                event, node = chance.choice(EVENTS), chance.choice(NODES)
                try:
                    control.fire(self.directory, event, node, {"fsName": "mmfs1"})
                    self.count["events"] += 1
                except EmulatorError:
                    self.count["events that a kill of GPFS cut short"] += 1

    def processes(self) -> list[int]:
        """Return the processes of drivers, on all nodes."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if self.stub.encode() in path.read_bytes().split(b"\0")[:4]:
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found

    def reap(self) -> None:
        """Take note of the ends of orphans, which come to the process of a test; its own children are no orphans."""
        with contextlib.suppress(ChildProcessError):
            while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if os.getsid(found.si_pid) == os.getsid(0):
                    return
                os.waitpid(found.si_pid, 0)

    def listen(self) -> None:
        """Take down what GPFS has seen of the ends of drivers."""
        after = min(self.unended, default=max(self.told, default=0) + 1) - 1
        for process in control.runs(self.directory, after):
            if process.status is None:
                self.unended.add(process.number)
            else:
                self.unended.discard(process.number)
                self.told[process.number] = process

    # Accidents

    def kill_a_process(self) -> None:
        """A driver, a worker, a function, a deliverer or a collector."""
        found = self.processes()
        if found and kill(self.chance.choice(found)):
            self.count["processes killed"] += 1

    def active(self) -> list[str]:
        return [node.label for node in control.status(self.directory).nodes if node.state == "active"]

    def recover(self, node: str = "") -> None:
        environment = {BIN: str(self.directory / "bin"), NODE: node or self.chance.choice(self.active())}
        done = subprocess.run([self.stub, "recover"], env=environment, capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("", "") and done.returncode in (0, -signal.SIGKILL), done
        self.count["recoveries"] += 1

    def crash_a_node(self) -> None:
        if len(self.active()) == len(NODES):
            node = self.chance.choice(NODES)
            control.crash(self.directory, node)
            self.count["nodes crashed"] += 1
            self.start(node)

    def stop_a_node(self) -> None:
        if len(self.active()) == len(NODES):
            node = self.chance.choice(NODES)
            self.shell.ok("mmshutdown", "-N", node)
            self.count["nodes stopped"] += 1
            self.start(node)

    def start(self, node: str) -> None:
        """Start GPFS on a node, and recover there, as the unit at boot does."""
        self.shell.ok("mmstartup", "-N", node)
        self.shell.wait(lambda: node in self.active(), f"{node} is active")
        self.recover(node)

    def kill_gpfs(self) -> None:
        """Kill the daemon; the next who asks it something starts another one."""
        self.listen()
        self.unended.clear()
        if self.shell.kill_daemon():
            self.count["daemons killed"] += 1

    # The end

    def settle(self) -> None:
        """Let everything end, by itself and by a last recovery; nothing may be left running."""
        wait(lambda: control.wait_idle(self.directory, 10), "GPFS is idle")
        self.listen()
        for node in NODES:
            environment = {BIN: str(self.directory / "bin"), NODE: node}
            done = subprocess.run([self.stub, "recover", "--wait"], env=environment, timeout=300)
            assert done.returncode == 0
        wait(
            lambda: not self.processes(), "no process of a driver is left", told=lambda: str(self.processes())
        )


@pytest.fixture
def soak(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Soak:
    control.start(directory, nodes=NODES, filesystems={"mmfs1": 1 << 20})
    emulated.install_driver(directory)
    shell = Shell(directory)
    for name, value in shell.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(handlers, "folder", str(tmp_path))
    for name, kind in KINDS.items():
        options: dict[str, Any] = {"run": kind.run} if kind.run else {}
        if kind.sync:
            options.update(sync=True, timeout=10)
        Cluster().callbacks.new(name, kind.handler, kind.event, **options)
    return Soak(shell, SEED)


@pytest.mark.slow
@pytest.mark.timeout(MINUTES * 60 + 900)
def test_after_hours_of_events_and_accidents_the_audit_is_clean(
    soak: Soak, tmp_path: Path, left_over: Callable[[Path], list[int]]
):
    soak.run(MINUTES * 60)
    soak.settle()
    print(f"SOAK_SEED={SEED} SOAK_MINUTES={MINUTES:g}")
    print(", ".join(f"{count:,} {what}" for what, count in sorted(soak.count.items())))
    problems = []
    for node in NODES:
        told = [process for process in soak.told.values() if process.node == node]
        audit = Audit(soak.directory, node, tmp_path / node, told)
        problems += audit.problems()
        print(audit.summary())
    control.stop(soak.directory)
    wait(lambda: not left_over(soak.directory), "no process is left")
    assert problems == [], "\n".join(problems)

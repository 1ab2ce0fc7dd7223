"""A large cluster: listings in time, a global event on every node, and little memory while nothing happens."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Cluster, Filesystem, Node, emulated
from arcapix.fs.gpfs.emulator import control
from arcapix.fs.gpfs.emulator.place import Place
from arcapix.fs.gpfs.emulator.store import Store

pytestmark = pytest.mark.xdist_group("scale")

SIZES = [
    pytest.param((50, 500), id="50 nodes, 500 callbacks"),
    pytest.param(
        (500, 5_000), id="500 nodes, 5000 callbacks", marks=[pytest.mark.slow, pytest.mark.timeout(600)]
    ),
]
GIBIBYTE = 1 << 30


@dataclass(frozen=True)
class Large:
    """A cluster in a process of its own, with many nodes and callbacks."""

    directory: Path
    nodes: int
    callbacks: int

    def pid(self) -> int:
        pid = control.status(self.directory).pid
        assert pid is not None
        return pid

    def run(self, command: str, *arguments: str) -> str:
        argv = [self.directory / "bin" / command, *arguments]
        return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True).stdout

    def work(self) -> float:
        """Seconds that processors have worked until now for the cluster, for this process and for its children.

        That says how long something takes on a machine that has nothing else to do; a clock does not.
        """
        return self.work_of_daemon() + sum(os.times()[:4])

    def work_of_daemon(self) -> float:
        fields = Path(f"/proc/{self.pid()}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def takes(self, *argv: str) -> float:
        """The work for a command, in seconds."""
        before = self.work()
        self.run(*argv)
        return self.work() - before


def memory(directory: Path) -> int:
    """Bytes of all processes that belong to a cluster, shared pages shared."""
    total = 0
    for path in Path("/proc").iterdir():
        if not path.name.isdigit() or int(path.name) == os.getpid():
            continue
        try:
            if str(directory).encode() in (path / "cmdline").read_bytes() + (path / "environ").read_bytes():
                shares = re.findall(r"^Pss:\s+(\d+) kB", (path / "smaps_rollup").read_text(), re.M)
                total += sum(map(int, shares)) * 1024
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return total


@pytest.fixture(scope="module", params=SIZES)
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Large]:
    """The cluster: one callback for nodeLeave, the others for an event that does not come, a tenth of each kind."""
    nodes, callbacks = request.param
    folder = tmp_path_factory.mktemp("large")
    directory = folder / "c"
    control.start(
        directory, nodes=[f"n{number}" for number in range(1, nodes + 1)], filesystems={"mmfs1": 1 << 20}
    )
    try:
        emulated.install_driver(directory)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables(directory).items():
                patch.setenv(name, value)
            fill(folder, callbacks)
        yield Large(directory, nodes, callbacks)
    finally:
        control.destroy(directory)


def variables(directory: Path) -> dict[str, str]:
    """The environment of a shell on the cluster."""
    return {**control.environment(directory), **emulated.places(directory)}


def greet(myNode, eventNode):
    print(f"{myNode} saw {eventNode}")


def fill(folder: Path, count: int) -> None:
    """Register one function, and as many callbacks as are wanted with the same token or with words of a script."""
    Filesystem("mmfs1").onSoftQuotaExceeded.new("function", lambda fsName: print(fsName))
    Cluster().onNodeLeave.new("greet", greet)
    model = Store(Place(folder / "c").state).load().callbacks["function"]
    lines = []
    for number in range(count - 2):
        event = ("softQuotaExceeded", "unmount", "preUnmount")[number % 3]
        where = f"-N n{number % 40 + 1}" if number % 2 else ""
        parms = " ".join(f"--parms {word}" for word in model.parms[0].split())
        words = parms if number % 10 else "--parms -e --parms %eventName --priority 3"
        lines.append(f"callback-{number} --command {model.command} --event {event} {where} {words}")
    path = folder / "spec"
    path.write_text("\n".join(lines) + "\n")
    subprocess.run(["mmaddcallback", "-S", str(path)], check=True, capture_output=True, timeout=120)


def test_all_callbacks_are_listed_within_a_second(large):
    assert large.takes("mmlscallback") < 1
    listing = large.run("mmlscallback")
    assert len(re.findall(r"^\S+$", listing, re.M)) == large.callbacks
    assert large.takes("mmlscluster", "-Y") < 1
    assert large.takes("mmgetstate", "-a", "-Y") < 1


def test_the_api_reads_them_all(large, monkeypatch):
    for name, value in variables(large.directory).items():
        monkeypatch.setenv(name, value)
    before = large.work()
    callbacks = Cluster().callbacks.values()
    assert large.work() - before < 5
    assert len(callbacks) == large.callbacks
    assert Cluster().callbacks["greet"].installed
    assert len(Cluster().nodes) == large.nodes
    assert len(Node("n2").callbacks) == len(range(1, large.callbacks - 2, 40))


def test_one_more_is_registered_in_time(large):
    assert large.takes("mmaddcallback", "one-more", "--command", "/bin/true", "--event", "mount") < 3
    large.run("mmdelcallback", "one-more")


def test_a_global_event_runs_the_function_on_every_node(large):
    before = max((run.number for run in control.runs(large.directory)), default=0)
    assert control.fire(large.directory, "nodeLeave", variables={"eventNode": "n7"}) == large.nodes
    assert control.wait_idle(large.directory, 300)
    runs = control.runs(large.directory, before)
    assert {run.node for run in runs} == {f"n{number}" for number in range(1, large.nodes + 1)}
    assert len(runs) == large.nodes
    assert {run.status for run in runs} == {0}
    for node in ("n1", f"n{large.nodes}"):
        log = emulated.driver_log(large.directory, node).read_text()
        assert f"{node}.gpfs.test saw n7.gpfs.test\n" in log


def test_a_node_that_dies_is_noticed_by_all_others(large):
    last = f"n{large.nodes}"
    before = max((run.number for run in control.runs(large.directory)), default=0)
    control.crash(large.directory, last)
    assert control.wait_idle(large.directory, 300)
    runs = control.runs(large.directory, before)
    assert {run.node for run in runs} == {f"n{number}" for number in range(1, large.nodes)}
    large.run("mmstartup", "-N", last)
    assert control.wait_idle(large.directory, 300)


def test_it_costs_little_while_it_is_idle(large):
    assert control.wait_idle(large.directory, 300)
    assert memory(large.directory) < GIBIBYTE
    before, began = large.work_of_daemon(), time.monotonic()
    time.sleep(3)
    assert (large.work_of_daemon() - before) / (time.monotonic() - began) < 0.05


def test_a_killed_one_is_resumed_by_the_next_command(large):
    os.kill(large.pid(), 9)
    before = sum(os.times()[:4])
    assert len(re.findall(r"^\S+$", large.run("mmlscallback"), re.M)) == large.callbacks
    assert large.work() - before < 10

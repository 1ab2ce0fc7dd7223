"""Many commands and programs at once leave a state that is what they reported; a busy lock keeps them waiting."""

from __future__ import annotations

import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.emulator import control

ADD = ("--command", "/bin/true", "--event", "mount")


def test_two_hundred_commands_of_all_kinds_at_once(shell):
    for number in range(40):
        shell.ok("mmaddcallback", f"old{number}", *ADD) if number % 2 else None
    everything = [
        *[("mmaddcallback", f"new{number}", *ADD) for number in range(60)],
        *[("mmdelcallback", f"old{number}") for number in range(40)],
        *[("mmcrnodeclass", f"class{number}", "-N", f"n{number % 3 + 1}") for number in range(20)],
        *[("mmcrfileset", "mmfs1", f"fileset{number}") for number in range(20)],
        *[("mmaddcallback", "one-of-them", *ADD, "--parms", str(number)) for number in range(10)],
        *[("mmlscallback",)] * 20,
        *[("mmlscluster", "-Y")] * 10,
        *[("mmgetstate", "-a", "-Y")] * 10,
        *[("mmlsfileset", "mmfs1", "-Y")] * 10,
    ]
    assert len(everything) == 200
    with ThreadPoolExecutor(48) as pool:
        ended = list(pool.map(lambda command: shell.run(*command), everything))
    status = {one.args[0] + " " + " ".join(map(str, one.args[1:])): one.returncode for one in ended}
    state = shell.saved()
    expected = {f"new{number}" for number in range(60)} | {"one-of-them"}
    assert set(state.callbacks) == expected == set(shell.callbacks())
    assert [status[f"mmdelcallback old{number}"] for number in range(40)] == [1, 0] * 20
    assert len(state.nodeclasses) == 20
    assert len(state.filesystems["mmfs1"].filesets) == 21
    ids = [one.id for one in state.filesystems["mmfs1"].filesets.values()]
    assert sorted(ids) == list(range(21))
    (winner,) = [one.args for one in ended if "one-of-them" in one.args and one.returncode == 0]
    assert state.callbacks["one-of-them"].parms == (winner[-1],)
    for one in ended:
        if one.args[0] == "mmlscallback":
            assert len(re.findall(r"^ +command ", one.stdout, re.M)) == len(
                re.findall(r"^\S", one.stdout, re.M)
            )
        if one.args[0] == "mmlscluster":
            assert one.stdout.count("clusterNode:0:") == 3


ADDS_EVENTS = """
import sys
from arcapix.fs.gpfs import Cluster
callback = None
while callback is None:  # between the deletion and the addition of another program's change, GPFS has none
    callback = Cluster().callbacks.get("shared")
for event in {events!r}:
    callback.add(event=event)
"""


def test_programs_that_change_the_same_callback_at_once_lose_nothing_of_each_other(shell):
    shell.ok("mmaddcallback", "shared", *ADD)
    events = [
        "startup",
        "shutdown",
        "unmount",
        "preMount",
        "preUnmount",
        "nodeJoin",
        "nodeLeave",
        "quorumLoss",
    ]
    programs = [
        shell.begin(sys.executable, shell.program(ADDS_EVENTS.format(events=events[at : at + 2])))
        for at in range(0, 8, 2)
    ]
    for program in programs:
        with program:
            assert program.wait(60) == 0, program.stderr.read()
    assert sorted(shell.saved().callbacks["shared"].events) == sorted(["mount", *events])


@pytest.fixture
def quick(monkeypatch):
    """Make the pauses of the API between two attempts short, and count them."""
    from arcapix.fs.gpfs.commands import process

    pauses: list[float] = []

    def sleep(seconds):
        pauses.append(seconds)
        time.sleep(seconds / 100)

    monkeypatch.setattr(process, "_sleep", sleep)
    return pauses


def show(fsName):
    print(fsName)


@pytest.mark.gpfs_cluster(switches={"lock_busy": "timeout:3"})
def test_the_api_comes_back_until_the_lock_is_free(gpfs_cluster, quick):
    callback = Cluster().callbacks.new("show", show, "mount")
    assert callback.installed
    assert len(quick) == 3


@pytest.mark.gpfs_cluster(switches={"lock_busy": "retry"})
def test_a_line_about_retrying_is_no_failure(gpfs_cluster, quick):
    assert Cluster().callbacks.new("show", show, "mount").installed
    assert quick == []


def test_of_two_commands_one_waits_and_gives_up_with_the_message_of_gpfs(shell, wait):
    control.set_switches(shell.directory, {"command_delay": "0,3600,0.3"})
    first = shell.begin("mmaddcallback", "first", *ADD)
    wait(lambda: control.is_locked(shell.directory), "the command holds the lock")
    second = shell.run("mmaddcallback", "second", *ADD)
    assert second.returncode == 1
    assert "Unable to obtain the GPFS configuration file lock. Retrying ..." in second.stderr
    assert "Timed out waiting for lock. Try again later." in second.stderr
    control.set_switches(shell.directory, {"command_delay": "0"})
    assert first.communicate(timeout=60)[1] == ""
    assert first.returncode == 0
    assert shell.callbacks() == ["first"]


@pytest.mark.gpfs_cluster(switches={"propagation_delay": "n2=3600,n3=0.2"})
def test_a_callback_is_in_force_on_a_node_when_installed_says_so_there(gpfs_cluster, monkeypatch, wait):
    callback = Cluster().callbacks.new("show", show, "mount")

    def installed_on(node):
        monkeypatch.setenv("ARCAPIX_GPFS_NODE", node)
        return callback.installed

    def ran_on(node):
        before = len(gpfs_cluster.runs)
        gpfs_cluster.fire("mount", node=node, fsName="mmfs1")
        gpfs_cluster.wait_idle()
        return [run.node for run in gpfs_cluster.runs[before:]]

    assert installed_on("n1")
    assert ran_on("n1") == ["n1"]
    wait(lambda: installed_on("n3"), "n3 knows of it")
    assert ran_on("n3") == ["n3"]
    assert not installed_on("n2")
    assert ran_on("n2") == []
    gpfs_cluster._emulator.set_switches({"propagation_delay": "0"})
    assert installed_on("n2")
    assert ran_on("n2") == ["n2"]


def test_a_command_that_was_stopped_may_have_done_its_work(shell, wait):
    control.set_switches(shell.directory, {"command_delay": "0,3600"})
    process = shell.begin("mmaddcallback", "slow", *ADD)
    wait(lambda: control.is_locked(shell.directory), "the command holds the lock")
    process.kill()
    process.communicate()
    control.set_switches(shell.directory, {"command_delay": "0"})
    shell.ok("mmaddcallback", "next", *ADD)
    assert shell.callbacks() == ["slow", "next"]

"""Functions that GPFS waits for: their order, what their end means to it, and what they may do meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from arcapix.fs.gpfs import Cluster, Filesystem, commands, run_command

WAITS = {"sync": True, "timeout": 30}

record = ""
"""A file that handlers write to; captured by value."""


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """The file whose path is in `record`."""
    path = tmp_path / "seen"
    monkeypatch.setattr(sys.modules[__name__], "record", str(path))
    return path


def states(cluster):
    return {name: node.state for name, node in cluster.nodes.items()}


UP = {"n1": "active", "n2": "active", "n3": "active"}
N2_DOWN = {**UP, "n2": "down"}


def verdicts(cluster, node="n2"):
    """What GPFS has logged of synchronous callbacks that failed."""
    return [
        line.partition("CallExitScript: ")[2] for line in cluster.nodes[node].log if "CallExitScript" in line
    ]


def fail(fsName):
    raise RuntimeError(f"no {fsName} today")


def leave_with_an_error():
    sys.exit(3)


def hang():
    time.sleep(600)


def hang_and_ignore_termination():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("handler", "timeout", "state", "status", "reason"),
    [
        (fail, 30, "failed", 1, "RuntimeError: no mmfs1 today"),
        (leave_with_an_error, 30, "failed", 1, "sys.exit(3)"),
        (die, 30, "interrupted", 1, "killed by SIGKILL"),
        (hang, 2, "timed-out", 6, "timed out after 1 s: GPFS waits for 2 s"),
        (hang_and_ignore_termination, 2, "timed-out", 6, "timed out after 1 s: GPFS waits for 2 s"),
    ],
)
def test_a_failure_takes_the_node_down_and_no_other_where_that_was_asked_for(
    gpfs_cluster, handler, timeout, state, status, reason
):
    Cluster().onPreUnmount.new("strict", handler, sync=True, timeout=timeout, onerror="shutdown")
    gpfs_cluster.fire("preUnmount", node="n2", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    assert states(gpfs_cluster) == N2_DOWN
    assert "down" in gpfs_cluster.mm("mmgetstate", "-N", "n2").stdout
    first = gpfs_cluster.runs[0]
    assert (first.callback, first.node, first.state, first.status, first.reason) == (
        "strict", "n2", state, status, reason,
    )  # fmt: skip
    asked_for = f"exit script strict on event preUnmount returned code {status}, shutdown."
    assert verdicts(gpfs_cluster)[0] == asked_for
    assert not any(process.timed_out for process in gpfs_cluster._emulator.records())


def test_a_refusal_counts_as_a_failure(gpfs_cluster):
    Cluster().onMount.new("strict", fail, onerror="shutdown", **WAITS)
    (there,) = commands.mmlscallback("strict")
    token, *words = there.parms
    altered = f"{token[:-1]}{'0' if token[-1] != '0' else '1'}"
    gpfs_cluster.mm("mmdelcallback", "strict")
    options = ("--sync", "--timeout", "30", "--onerror", "shutdown", "--parms", " ".join([altered, *words]))
    gpfs_cluster.mm("mmaddcallback", "strict", "--command", there.command, "--event", "mount", *options)
    gpfs_cluster.fire("mount", node="n2", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    assert states(gpfs_cluster) == N2_DOWN
    (run,) = gpfs_cluster.runs
    assert (run.state, run.status) == ("refused", 3)
    assert run.reason == "the token was altered, or made with another cluster key"
    assert verdicts(gpfs_cluster) == ["exit script strict on event mount returned code 3, shutdown."]


def succeed(fsName):
    print(fsName)


def leave():
    sys.exit()


def leave_with_zero():
    sys.exit(0)


def leave_a_process_behind():
    if os.fork() == 0:
        while not os.path.exists(record):
            time.sleep(0.01)
        raise RuntimeError("of nobody's concern")


@pytest.mark.parametrize("handler", [succeed, leave, leave_with_zero, leave_a_process_behind])
def test_what_ends_well_is_no_error(gpfs_cluster, seen, handler):
    Cluster().onMount.new("strict", handler, onerror="shutdown", **WAITS)
    gpfs_cluster.fire("mount", node="n2", fsName="mmfs1")
    (run,) = gpfs_cluster.runs
    assert (run.state, run.status) == ("succeeded", 0)
    seen.touch()
    gpfs_cluster.wait_idle()
    assert (states(gpfs_cluster), verdicts(gpfs_cluster)) == (UP, [])


def test_an_event_about_another_object_is_no_error(gpfs_cluster):
    Filesystem("mmfs2").onMount.new("strict", fail, onerror="shutdown", **WAITS)
    gpfs_cluster.fire("mount", node="n2", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    assert (gpfs_cluster.runs, states(gpfs_cluster), verdicts(gpfs_cluster)) == ([], UP, [])


@pytest.mark.parametrize("action", [None, "continue", "CONTINUE"])
@pytest.mark.parametrize(("handler", "timeout", "status"), [(fail, 30, 1), (hang, 1, 6)])
def test_gpfs_carries_on_after_a_failure_otherwise(gpfs_cluster, handler, timeout, status, action):
    Cluster().onPreUnmount.new("lenient", handler, sync=True, timeout=timeout, onerror=action)
    Cluster().onUnmount.new("after", succeed)
    gpfs_cluster.mm("mmumount", "mmfs1", "-N", "n2")
    gpfs_cluster.wait_idle()
    assert gpfs_cluster.nodes["n2"].mounts == ("mmfs2",)
    assert [(run.callback, run.status) for run in gpfs_cluster.runs] == [("lenient", status), ("after", 0)]
    assert verdicts(gpfs_cluster) == [
        f"exit script lenient on event preUnmount returned code {status}, continue."
    ]
    assert states(gpfs_cluster) == UP


@pytest.mark.gpfs_cluster(switches={"tiebreaker_guard": "accept"})
@pytest.mark.parametrize(
    ("handler", "timeout", "status"), [(leave_with_an_error, 30, 1), (hang, 1, 6), (leave, 30, 0)]
)
def test_a_tiebreaker_check_that_fails_costs_the_quorum(gpfs_cluster, handler, timeout, status):
    waits = {"sync": True, "timeout": timeout, "onerror": "quorumLoss"}
    Cluster().callbacks.new("check", handler, "tiebreakerCheck", **waits)
    Cluster().onQuorumLoss.new("lost", lambda: None)
    gpfs_cluster.fire("tiebreakerCheck", node="n1")
    gpfs_cluster.wait_idle()
    ran = [(run.callback, run.status) for run in gpfs_cluster.runs]
    assert ran == [("check", status), *([("lost", 0)] * 3 if status else [])]
    assert states(gpfs_cluster) == UP


def note(name):
    def handler():
        with open(record, "a") as file:
            print(name, "begins", file=file, flush=True)
            time.sleep(0.3)
            print(name, "ends", file=file)

    return handler


def note_and_fail():
    with open(record, "a") as file:
        print("fails", file=file)
    raise RuntimeError


def test_each_verdict_is_there_before_the_next_one_starts(gpfs_cluster, seen):
    for priority, name in ((3, "third"), (1, "first"), (2, "second")):
        Cluster().onMount.new(name, note(name), priority=priority, **WAITS)
    gpfs_cluster.fire("mount", node="n2", fsName="mmfs1")
    wanted = [f"{name} {what}" for name in ("first", "second", "third") for what in ("begins", "ends")]
    assert seen.read_text().splitlines() == wanted


@pytest.mark.gpfs_cluster(expect_failures=True)
@pytest.mark.parametrize("action", ["continue", "shutdown"])
def test_what_comes_behind_a_failure_starts_only_where_gpfs_carries_on(gpfs_cluster, seen, action):
    Cluster().onMount.new("later", note("later"), priority=2, **WAITS)
    Cluster().onMount.new("strict", note_and_fail, priority=1, onerror=action, **WAITS)
    gpfs_cluster.fire("mount", node="n2", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    later = ["later begins", "later ends"] if action == "continue" else []
    assert seen.read_text().splitlines() == ["fails", *later]


def look_and_change(name):
    run_command("mmlscluster")
    run_command("mmlsfs", "all")
    run_command("mmlscallback")
    run_command("mmcrnodeclass", f"made_on_{name}", "-N", "n1")
    run_command("mmdelnodeclass", f"made_on_{name}")


@pytest.mark.parametrize(
    ("event", "nodes", "command"),
    [
        ("snapshotCreated", 1, "mmcrsnapshot mmfs1 made"),
        ("preUnmount", 3, "mmumount mmfs1 -a"),
        ("unmount", 3, "mmumount mmfs1 -a"),
        ("clusterManagerTakeover", 3, "mmchmgr -c n2"),
        ("diskFailure", 1, "mmchdisk mmfs1 stop -d mmfs1_nsd1"),
        ("shutdown", 1, "mmshutdown -N n3"),
        ("nodeLeave", 2, "mmshutdown -N n3"),
    ],
)
def test_a_function_may_run_commands_while_the_one_that_raised_the_event_waits(
    gpfs_cluster, event, nodes, command
):
    Cluster().callbacks.new("looks", look_and_change, event, parms=["%myNode.shortName"], **WAITS)
    gpfs_cluster.mm(*command.split())
    gpfs_cluster.wait_idle()
    runs = gpfs_cluster.runs
    assert {(run.state, run.reason) for run in runs} == {("succeeded", "")}
    assert len(runs) == nodes


def test_a_function_may_run_commands_while_the_threshold_is_looked_at(gpfs_cluster):
    Filesystem("mmfs1").onLowDiskSpace.new("looks", look_and_change, parms=["%myNode.shortName"], **WAITS)
    gpfs_cluster.write("mmfs1", 60 << 20)
    gpfs_cluster.wait_idle()
    assert [(run.state, run.reason) for run in gpfs_cluster.runs] == [("succeeded", "")]

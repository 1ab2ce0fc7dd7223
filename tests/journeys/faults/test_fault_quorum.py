"""Nodes that crash and are cut off: who keeps quorum, who takes over, and which handlers run."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs import Cluster, Filesystem, GPFSExecuteException, Node

FIVE = pytest.mark.gpfs_cluster(nodes=["n1", "n2", "n3", "n4", "n5"])


def report(eventName, eventNode, myNode):
    print(eventName, eventNode.partition(".")[0], myNode.partition(".")[0])


MEMBERSHIP = [
    "nodeJoin",
    "nodeLeave",
    "quorumLoss",
    "quorumNodeJoin",
    "quorumNodeLeave",
    "clusterManagerTakeover",
]


class Story:
    """What handlers have printed since the last look."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.told = 0

    def since(self):
        self.cluster.wait_idle()
        runs = self.cluster.runs
        new, self.told = runs[self.told :], len(runs)
        assert {run.state for run in new} <= {"succeeded"}
        return sorted(run.output.strip() for run in new)


@pytest.fixture
def story(gpfs_cluster):
    Cluster().callbacks.new("report", report, MEMBERSHIP)
    return Story(gpfs_cluster)


def told(event, about, *nodes):
    return [f"{event} {about} {node}" for node in nodes]


@FIVE
def test_the_cluster_manager_dies_and_another_one_takes_over(gpfs_cluster, story, monkeypatch):
    monkeypatch.setenv("ARCAPIX_GPFS_NODE", "n2")
    assert Cluster().manager == "n1.gpfs.test"
    gpfs_cluster.crash("n1")
    rest = ("n2", "n3", "n4", "n5")
    assert story.since() == sorted(
        told("nodeLeave", "n1", *rest)
        + told("quorumNodeLeave", "n1", *rest)
        + told("clusterManagerTakeOver", "n2", *rest)
    )
    assert Cluster().manager == "n2.gpfs.test"
    assert Node("n1").state == "unknown"
    assert "n1.gpfs.test" not in (Filesystem("mmfs1").manager, Filesystem("mmfs2").manager)
    Node("n1").startup()
    every = ("n1", *rest)
    assert story.since() == sorted(told("nodeJoin", "n1", *every) + told("quorumNodeJoin", "n1", *every))
    assert Cluster().manager == "n2.gpfs.test"
    assert gpfs_cluster.nodes["n1"].mounts == ("mmfs1", "mmfs2")


@FIVE
def test_a_local_event_follows_the_role_of_the_file_system_manager(gpfs_cluster, monkeypatch):
    Filesystem("mmfs1").onLowDiskSpace.new("low", report)
    manager = Filesystem("mmfs1").manager.partition(".")[0]
    monkeypatch.setenv("ARCAPIX_GPFS_NODE", "n5")
    gpfs_cluster.write("mmfs1", 62 << 20)
    gpfs_cluster.wait_idle()
    gpfs_cluster.crash(manager)
    gpfs_cluster.advance(120)
    gpfs_cluster.wait_idle()
    successor = Filesystem("mmfs1").manager.partition(".")[0]
    assert successor != manager
    assert [run.node for run in gpfs_cluster.runs] == [manager, successor]


@FIVE
def test_the_side_with_most_quorum_nodes_goes_on_and_the_other_one_loses_its_mounts(
    gpfs_cluster, story, monkeypatch
):
    Filesystem("mmfs1").onUnmount.new("unmounted", lambda reason: print(reason))
    gpfs_cluster.partition("n1", "n4")
    monkeypatch.setenv("ARCAPIX_GPFS_NODE", "n2")
    assert [node.state for node in gpfs_cluster.nodes.values()] == [
        "arbitrating", "active", "active", "arbitrating", "active",
    ]  # fmt: skip
    remaining, lost = ("n2", "n3", "n5"), ("n1", "n4")
    assert story.since() == sorted(
        told("nodeLeave", "n1", *remaining)
        + told("quorumNodeLeave", "n1", *remaining)
        + told("nodeLeave", "n4", *remaining)
        + told("clusterManagerTakeOver", "n2", *remaining)
        + [f"quorumLoss UNDEFINED {node}" for node in lost]
        + ["forced"] * 2
    )
    assert Filesystem("mmfs1").mountedOn == list(remaining)
    Cluster().callbacks.new("there", report, "startup")
    monkeypatch.setenv("ARCAPIX_GPFS_NODE", "n1")
    with pytest.raises(GPFSExecuteException):
        Cluster().callbacks.new("here", report, "startup")
    monkeypatch.setenv("ARCAPIX_GPFS_NODE", "n2")
    gpfs_cluster.heal()
    every = ("n1", "n2", "n3", "n4", "n5")
    assert story.since() == sorted(
        told("nodeJoin", "n1", *every) + told("quorumNodeJoin", "n1", *every) + told("nodeJoin", "n4", *every)
    )
    assert Filesystem("mmfs1").mountedOn == list(every)
    assert Cluster().manager == "n2.gpfs.test"


def test_without_a_majority_nobody_goes_on_until_it_is_back(gpfs_cluster, story, monkeypatch):
    monkeypatch.setenv("ARCAPIX_GPFS_NODE", "n3")
    gpfs_cluster.crash("n1")
    story.since()
    gpfs_cluster.crash("n2")
    assert [node.state for node in gpfs_cluster.nodes.values()] == ["unknown", "unknown", "arbitrating"]
    assert gpfs_cluster.nodes["n3"].mounts == ()
    assert "quorumLoss UNDEFINED n3" in story.since()
    gpfs_cluster.fire("mount", node="n3", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    assert story.since() == []
    with pytest.raises(GPFSExecuteException):
        Cluster().callbacks.new("late", report, "startup")
    gpfs_cluster.mm("mmstartup", "-N", "n1")
    assert gpfs_cluster.nodes["n3"].state == "active"
    assert gpfs_cluster.nodes["n3"].mounts == ("mmfs1", "mmfs2")
    assert "nodeJoin n3 n1" in story.since()


def test_a_crash_ends_handlers_of_that_node_only_and_their_journal_tells(
    gpfs_cluster, wait, tmp_path, monkeypatch
):
    def slow(myNode):
        import pathlib
        import time

        print("begun", flush=True)
        while not pathlib.Path(str(tmp_path / "enough")).exists():
            time.sleep(0.01)

    monkeypatch.setenv("ARCAPIX_GPFS_NODE", "n1")
    Cluster().callbacks.new("slow", slow, "mount")
    for node in ("n2", "n3"):
        gpfs_cluster.fire("mount", node=node, fsName="mmfs1")
    wait(lambda: [run.output for run in gpfs_cluster.runs] == ["begun\n"] * 2, "both handlers have begun")
    gpfs_cluster.crash("n3")
    wait(
        lambda: {run.node: run.state for run in gpfs_cluster.runs} == {"n2": "running", "n3": "interrupted"},
        "the handler on n3 is interrupted and the one on n2 runs",
    )
    (tmp_path / "enough").touch()
    gpfs_cluster.wait_idle()
    assert {run.node: run.state for run in gpfs_cluster.runs} == {"n2": "succeeded", "n3": "interrupted"}


def test_a_disk_that_fails_is_told_on_the_manager_of_its_file_system(gpfs_cluster):
    Filesystem("mmfs2").onDiskFailure.new("disk", lambda diskName: print(diskName))
    gpfs_cluster.fail_disk("mmfs1_nsd1")
    gpfs_cluster.fail_disk("mmfs2_nsd1")
    gpfs_cluster.wait_idle()
    manager = Filesystem("mmfs2").manager.partition(".")[0]
    assert [(run.node, run.output) for run in gpfs_cluster.runs] == [(manager, "mmfs2_nsd1\n")]

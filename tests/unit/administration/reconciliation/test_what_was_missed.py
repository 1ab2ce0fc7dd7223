"""A state that differs from the last that is known is an event that was missed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from arcapix.fs.gpfs import Filesystem, Run
from arcapix.fs.gpfs.administration.reconciliation import reconciler
from arcapix.fs.gpfs.driver import journal

HERE = "n1.localnet"


def test_where_nothing_is_known_of_a_mount_it_is_no_news_and_becomes_known(node):
    node.install("mount, unmount")
    assert node.missed() == []
    node.gpfs.run("mmumount mmfs1 -N n1")
    assert node.missed() == ["unmount of mmfs1"]
    assert node.started == [["eventName=unmount", "fsName=mmfs1"]]
    assert node.missed() == []


def test_the_journal_tells_what_a_callback_was_told_last(node):
    node.install("mount, unmount")
    node.ran("mount", fsName="mmfs1")
    node.ran("unmount", fsName="mmfs1")
    node.ran("unmount", fsName="/dev/mmfs2")
    assert node.missed() == ["mount of mmfs1", "mount of mmfs2"]


@pytest.mark.parametrize("state", ["failed", "refused", "skipped", "interrupted", "retrying"])
def test_whatever_became_of_a_run_its_event_was_not_missed(node, state):
    node.install("mount, unmount")
    node.gpfs.run("mmumount mmfs1 -N n1")
    node.traces.end(node.traces.start(callback="note", event="unmount", variables={"fsName": "mmfs1"}), state)
    assert node.missed() == []


def test_the_newer_of_journal_and_last_reconcile_counts(node):
    node.install("mount, unmount")
    node.gpfs.run("mmumount mmfs1 -N n1")
    assert node.missed() == []
    node.ran("mount", fsName="mmfs1")
    assert node.missed() == ["unmount of mmfs1"]
    assert node.missed() == []


def test_what_other_callbacks_were_told_says_nothing(node):
    node.install("mount, unmount")
    node.ran("unmount", callback="note2", fsName="mmfs1")
    assert node.missed() == []


def test_a_drill_tells_a_callback_nothing(node):
    node.install("mount, unmount")
    node.ran("mount", fsName="mmfs1")
    node.ran("unmount", mark=journal.DRILL, fsName="mmfs1")
    assert node.missed() == []


def test_what_was_known_before_a_callback_was_installed_does_not_count(node):
    node.install("mount, unmount")
    node.traces.ended(
        callback="note", event="unmount", variables={"fsName": "mmfs1"}, time=time.time() - 3600
    )
    assert node.missed() == []


def test_a_run_that_began_after_the_look_has_told_of_it(node):
    node.install("mount, unmount")
    node.ran("unmount", fsName="mmfs1")
    node.traces.ended(callback="note", event="unmount", variables={"fsName": "mmfs2"}, time=time.time() + 60)
    assert node.missed() == ["mount of mmfs1"]


def test_what_gpfs_tells_between_two_looks_was_not_missed(node, monkeypatch):
    node.install("mount, unmount")
    node.missed()
    node.gpfs.run("mmumount mmfs1 -N n1")
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        node.ran("unmount", fsName="mmfs1")

    monkeypatch.setattr(reconciler, "time", SimpleNamespace(sleep=pause))
    assert (node.missed(), pauses, node.started) == ([], [0.0], [])


def test_what_happens_between_two_looks_is_left_to_gpfs_and_to_the_next_reconcile(node, monkeypatch):
    node.install("mount, unmount")
    node.missed()
    node.gpfs.run("mmumount mmfs1 -N n1")
    pauses = SimpleNamespace(sleep=lambda _: node.gpfs.run("mmumount mmfs2 -N n1"))
    with monkeypatch.context() as patch:
        patch.setattr(reconciler, "time", pauses)
        assert node.missed() == ["unmount of mmfs1"]
    assert node.missed() == ["unmount of mmfs2"]


def test_a_callback_is_told_only_of_its_own_object_and_its_own_events(node):
    node.install("mount, unmount", owner=Filesystem("mmfs2"))
    node.install("mount", "other")
    node.missed()
    node.gpfs.run("mmumount all -N n1")
    assert node.missed() == ["unmount of mmfs2"]


def test_a_callback_of_other_nodes_is_not_told(node):
    node.install("mount, unmount", node="n2,mynode")
    node.ran("unmount", fsName="mmfs1")
    assert node.missed() == []


def test_a_callback_of_a_class_with_this_node_is_told(node):
    node.install("mount, unmount", node="gateways")
    node.ran("unmount", fsName="mmfs1")
    assert node.missed() == ["mount of mmfs1"]


def test_a_callback_that_does_not_ask_is_not_told(node):
    node.install("mount, unmount", run=Run(timeout=5))
    node.ran("unmount", fsName="mmfs1")
    assert node.missed() == []


@pytest.mark.parametrize("names", ["n2,mynode.localnet", "10.0.0.2 3"])
def test_an_event_about_several_nodes_is_one_about_each(node, names):
    node.install("nodeJoin, nodeLeave")
    node.ran("nodeLeave", eventNode=names)
    assert node.missed() == ["nodeJoin of n2.localnet", "nodeJoin of mynode.localnet"]
    assert [words[1] for words in node.started] == ["eventNode=n2.localnet", "eventNode=mynode.localnet"]


def test_a_node_whose_state_is_unknown_has_not_left(node):
    node.install("nodeJoin, nodeLeave")
    node.missed()
    listed = node.gpfs.run("mmgetstate -a -Y")
    active = "n2.localnet:2:active"
    node.gpfs.answer("mmgetstate -a -Y", listed.replace(active, active.replace("active", "unknown")))
    assert active in listed and node.missed() == []
    node.gpfs.answer("mmgetstate -a -Y", listed.replace(active, active.replace("active", "down")))
    assert node.missed() == ["nodeLeave of n2.localnet"]


def test_a_start_and_a_stop_of_gpfs_are_told_on_the_node_itself_alone(node):
    node.install("startup, shutdown, nodeJoin, nodeLeave")
    assert node.missed() == []
    node.gpfs.run("mmshutdown -N n2")
    assert node.missed() == ["nodeLeave of n2.localnet"]
    node.gpfs.run("mmshutdown -N n1")
    assert node.reconcile()[1] == [f"shutdown of {HERE}: was not told to callback note; run"]
    node.gpfs.run("mmstartup -a")
    assert node.missed() == [f"startup of {HERE}", "nodeJoin of n2.localnet"]
    assert node.missed() == []


def test_a_restart_between_two_looks_cannot_be_told(node):
    """What is said about it in the documentation is so."""
    node.install("mount, unmount, startup, shutdown")
    node.missed()
    node.gpfs.run("mmshutdown -N n1")
    node.gpfs.run("mmstartup -N n1")
    assert node.missed() == []


def test_each_variable_that_is_known_is_passed_in_the_form_that_is_asked_for(node):
    node.install(
        "nodeJoin, unmount",
        parms=["%eventNode.ip", "%upNodes.shortName", "%clusterName", "%reason", "%myNode"],
    )
    node.ran("nodeLeave", eventNode="n2")
    node.missed()
    (words,) = node.started
    assert sorted(words) == [
        "clusterName=democluster.localnet",
        "eventName=nodeJoin",
        "eventNode.ip=10.0.0.2",
        "eventNode=n2.localnet",
        "fsName=UNDEFINED",
        f"myNode={HERE}",
        "reason=UNDEFINED",
        "upNodes.shortName=n1,n2,mynode",
    ]


def test_a_manager_that_cannot_be_asked_for_is_undefined(node):
    node.install("nodeJoin", run=Run(reconcile=True, only_on="clusterManager"))
    node.ran("nodeLeave", eventNode="n2")
    node.gpfs.answer("mmlsmgr", (1, "mmlsmgr: Command failed."))
    assert node.missed() == ["nodeJoin of n2.localnet"]
    assert "clusterManager=UNDEFINED" in node.started[0]


# Pools and quotas


def fill(node, kilobytes: int, path: str = "data") -> None:
    Path(node.gpfs.mount_point(), path).write_bytes(os.urandom(kilobytes << 10))


@pytest.fixture
def managed(node):
    """The node manages mmfs1, whose files go after the test."""
    node.gpfs.run("mmchmgr mmfs1 n1")
    yield node
    for path in Path(node.gpfs.mount_point()).glob("data*"):
        path.unlink()


def test_a_pool_that_is_low_counts_as_missed_where_nothing_is_known(managed):
    managed.install("lowDiskSpace")
    fill(managed, 900)
    assert managed.missed() == []
    fill(managed, 970)
    (said,) = managed.missed()
    assert said.startswith("lowDiskSpace of system of mmfs1 (94.7 % used, the policy's threshold is 90 %)")
    assert managed.started == [["eventName=lowDiskSpace", "fsName=mmfs1", "storagePool=system"]]
    assert managed.missed() == []


def test_the_threshold_is_that_of_the_policy(managed):
    managed.install("lowDiskSpace")
    fill(managed, 700)
    policy = "RULE 'a' MIGRATE FROM POOL '{}' THRESHOLD({},50) TO POOL 'b'\n"
    managed.gpfs.answer("mmlspolicy mmfs1 -L", policy.format("data", 10) + "RULE 'b' SET POOL 'system'\n")
    assert managed.missed() == []
    managed.gpfs.answer("mmlspolicy mmfs1 -L", policy.format("system", 60))
    assert len(managed.missed()) == 1


def test_a_pool_without_a_free_block_has_no_space(managed):
    managed.install("noDiskSpace, lowDiskSpace")
    fill(managed, 1 << 10)
    said = managed.missed()
    assert [line.split()[0] for line in said] == ["noDiskSpace", "lowDiskSpace"]
    managed.ran("noDiskSpace", fsName="mmfs1", storagePool="UNDEFINED")
    assert managed.missed() == []


def test_a_pool_that_is_full_again_has_no_space_again(managed):
    managed.install("noDiskSpace")
    for _ in range(2):
        fill(managed, 1 << 10)
        assert managed.missed() == ["noDiskSpace of system of mmfs1"]
        Path(managed.gpfs.mount_point(), "data").unlink()
        assert managed.missed() == []


def test_only_the_manager_of_a_file_system_is_told_of_its_space(managed):
    managed.install("lowDiskSpace")
    fill(managed, 970)
    managed.gpfs.run("mmchmgr mmfs1 n2")
    assert managed.missed() == []


def test_a_quota_for_files_and_one_for_blocks_are_two(managed):
    managed.gpfs.run(f"mmsetquota mmfs1 --user {os.getuid()} --block 100K --files 1:5")
    managed.install(
        "softQuotaExceeded, usageUnderSoftQuota", parms=["%quotaOwnerName", "%blockUsage", "%blockQuota"]
    )
    fill(managed, 50)
    fill(managed, 0, "data2")
    owner = managed.gpfs.run("mmrepquota -Y -u mmfs1").splitlines()[-1].split(":")[9]
    (said,) = managed.missed()
    assert said == f"softQuotaExceeded of USR {owner} in mmfs1 (files)"
    words = dict(word.split("=") for word in managed.started[0])
    assert words["quotaEventType"] == "inodeQuotaExceeded" and words["filesetName"] == "root"
    assert (words["quotaID"], words["blockUsage"], words["blockQuota"]) == (str(os.getuid()), "50", "100")
    fill(managed, 120)
    assert managed.missed() == [f"softQuotaExceeded of USR {owner} in mmfs1 (blocks)"]
    fill(managed, 20)
    assert managed.missed() == [f"usageUnderSoftQuota of USR {owner} in mmfs1 (blocks)"]


def test_an_event_that_does_not_tell_blocks_from_files_counts_as_both(managed):
    managed.gpfs.run(f"mmsetquota mmfs1 --user {os.getuid()} --block 100K --files 1:5")
    managed.install("softQuotaExceeded")
    fill(managed, 120)
    fill(managed, 0, "data2")
    told = {"fsName": "mmfs1", "quotaType": "USR", "quotaID": str(os.getuid())}
    managed.ran("softQuotaExceeded", **told, filesetName="root", quotaEventType="%quotaEventType")
    assert managed.missed() == []


def test_quotas_that_are_not_enforced_are_not_asked_for(managed):
    with managed.gpfs.emulator.change() as state:
        state.filesystems["mmfs1"].quotas_enforced = []
    managed.install("softQuotaExceeded")
    assert managed.missed() == []
    assert managed.gpfs.count("mmrepquota") == 0

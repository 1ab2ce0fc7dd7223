"""What a node has missed is told afterwards, once, as far as GPFS can be asked."""

from __future__ import annotations

import os

from ..shells import ARCAPIX

NOTHING = ["nothing was missed"]


def test_an_unmount_while_the_driver_was_away_is_told_on_that_node_and_only_once(shell):
    shell.install("mount, unmount")
    with shell.without_driver():
        shell.ok("mmumount", "mmfs1", "-N", "n2")
    missed = "unmount of mmfs1: was not told to callback note"
    assert shell.reconcile("n2", "--dry-run") == [missed]
    assert shell.reconcile("n2") == [f"{missed}; run"]
    assert shell.told("n2") == [("unmount", True)]
    assert shell.reconcile("n2") == NOTHING
    assert shell.reconcile("n1") == NOTHING
    (run,) = shell.runs("note")
    assert run["variables"] == {"eventName": "unmount", "fsName": "mmfs1"}


def test_what_gpfs_has_told_is_not_told_again(shell):
    shell.install("mount, unmount")
    shell.ok("mmumount", "mmfs1", "-N", "n2")
    shell.wait_idle()
    assert shell.reconcile("n2") == NOTHING
    assert shell.told("n2") == [("unmount", False)]


def test_a_pool_that_was_filled_is_told_on_the_manager_alone(shell):
    shell.install("lowDiskSpace, noDiskSpace")
    manager = next(
        line.split()[-1].strip("()") for line in shell.ok("mmlsmgr").splitlines() if "mmfs1" in line
    )
    with shell.without_driver():
        shell.mount_point("mmfs1").joinpath("data").write_bytes(os.urandom(980 << 10))
    others = [node for node in ("n1", "n2", "n3") if node != manager]
    assert [shell.reconcile(node) for node in others] == [NOTHING, NOTHING]
    (said,) = shell.reconcile(manager)
    assert said.startswith("lowDiskSpace of system of mmfs1 (9") and "the policy's threshold is 90 %" in said
    assert shell.told(manager) == [("lowDiskSpace", True)]
    assert shell.reconcile(manager) == NOTHING


def test_a_soft_quota_that_was_exceeded_is_told_with_its_figures(shell):
    shell.ok("mmcrfileset", "mmfs1", "projects")
    folder = shell.mount_point("mmfs1") / "projects"
    shell.ok("mmlinkfileset", "mmfs1", "projects", "-J", folder)
    shell.ok("mmsetquota", "mmfs1:projects", "--block", "100K:200K")
    shell.install("softQuotaExceeded, usageUnderSoftQuota")
    manager = next(
        line.split()[-1].strip("()") for line in shell.ok("mmlsmgr").splitlines() if "mmfs1" in line
    )
    with shell.without_driver():
        folder.joinpath("data").write_bytes(os.urandom(120 << 10))
    missed = "softQuotaExceeded of FILESET projects in mmfs1 (blocks): was not told to callback note; run"
    assert shell.reconcile(manager) == [missed]
    assert shell.told(manager) == [("softQuotaExceeded", True)]
    assert shell.reconcile(manager) == NOTHING
    folder.joinpath("data").unlink()
    shell.wait_idle()
    assert shell.told(manager) == [("softQuotaExceeded", True), ("usageUnderSoftQuota", False)]
    assert shell.reconcile(manager) == NOTHING


def test_that_gpfs_was_stopped_is_told_to_the_nodes_that_missed_it_and_on_the_node_itself(shell):
    shell.install("nodeLeave, nodeJoin, startup, shutdown")
    with shell.without_driver():
        shell.ok("mmshutdown", "-N", "n3")
    left = "nodeLeave of n3.gpfs.test: was not told to callback note; run"
    assert [shell.reconcile(node) for node in ("n1", "n2")] == [[left], [left]]
    down = "arcapix-gpfs: GPFS is down on n3.gpfs.test: only startup and shutdown could be looked after"
    shutdown = "shutdown of n3.gpfs.test: was not told to callback note; run"
    assert shell.reconcile("n3", status=5) == [shutdown, down]
    assert shell.reconcile("n3", status=5) == [down]
    shell.ok("mmstartup", "-N", "n3")
    shell.wait_idle()
    assert [shell.reconcile(node) for node in ("n1", "n2", "n3")] == [NOTHING] * 3
    assert shell.told("n1") == [("nodeLeave", True), ("nodeJoin", False)]
    assert shell.told("n3")[0] == ("shutdown", True)
    assert ("startup", False) in shell.told("n3")


def test_of_a_node_that_crashed_nothing_is_told_as_long_as_it_cannot_be_reached(shell):
    shell.install("nodeLeave")
    with shell.without_driver():
        shell.ok(ARCAPIX, "emulate", "crash", "n3")
    assert " unknown" in shell.ok("mmgetstate", "-a")
    assert shell.reconcile("n1") == NOTHING


def test_a_restart_of_gpfs_between_two_reconciles_cannot_be_told(shell):
    """What is said about it in the documentation is so."""
    shell.install("mount, unmount, startup, shutdown")
    with shell.without_driver():
        shell.ok("mmshutdown", "-N", "n2")
        shell.ok("mmstartup", "-N", "n2")
    assert shell.reconcile("n2") == NOTHING
    assert shell.told("n2") == []


def test_a_node_that_crashed_learns_of_its_lost_mount(shell):
    shell.install("mount, unmount, startup")
    shell.ok(ARCAPIX, "emulate", "crash", "n2")
    with shell.without_driver():
        shell.ok("mmstartup", "-N", "n2")
        shell.ok("mmumount", "mmfs2", "-N", "n2")
    assert shell.reconcile("n2") == ["unmount of mmfs2: was not told to callback note; run"]


def test_however_many_reconcile_at_the_same_time_each_event_is_told_once(shell):
    shell.install("mount, unmount", retries=2)
    with shell.without_driver():
        shell.ok("mmumount", "mmfs1", "-N", "n2")
        shell.ok("mmumount", "mmfs2", "-N", "n2")
    at_work = [shell.begin(ARCAPIX, "reconcile", node="n2") for _ in range(4)]
    said = sorted(line for one in at_work for line in one.communicate(timeout=60)[0].splitlines())
    assert said == [f"unmount of {name}: was not told to callback note; run" for name in ("mmfs1", "mmfs2")]
    assert sorted(shell.told("n2")) == [("unmount", True)] * 2

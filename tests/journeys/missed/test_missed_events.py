"""What a node has missed is told afterwards, once, as far as GPFS can be asked.

``make test`` tries a sample of the events here, and all of them in process: ``tests/unit/administration/reconciliation``.
"""

from __future__ import annotations

import os

import pytest

from ..shells import ARCAPIX

NOTHING = ["nothing was missed"]


def test_an_unmount_while_the_driver_was_away_is_told_on_that_node_and_only_once(shell):
    shell.install("mount, unmount", ["n1", "n2"])
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
    shell.install("mount, unmount", ["n2"])
    shell.ok("mmumount", "mmfs1", "-N", "n2")
    shell.wait_idle()
    assert shell.reconcile("n2") == NOTHING
    assert shell.told("n2") == [("unmount", False)]


def test_a_pool_that_was_filled_is_told_on_the_manager_alone(shell):
    shell.install("lowDiskSpace, noDiskSpace", [])
    manager = shell.manager("mmfs1")
    with shell.without_driver():
        shell.mount_point("mmfs1").joinpath("data").write_bytes(os.urandom(980 << 10))
    others = [node for node in ("n1", "n2", "n3") if node != manager]
    assert [shell.reconcile(node) for node in others] == [NOTHING, NOTHING]
    (said,) = shell.reconcile(manager)
    assert said.startswith("lowDiskSpace of system of mmfs1 (9") and "the policy's threshold is 90 %" in said
    assert shell.told(manager) == [("lowDiskSpace", True)]
    assert shell.reconcile(manager) == NOTHING


@pytest.mark.slow
def test_a_pool_that_was_full_is_told_each_time_that_it_has_become_full(shell):
    manager = shell.manager("mmfs1")
    shell.install("lowDiskSpace, noDiskSpace", [manager])
    data = shell.mount_point("mmfs1") / "data"
    for _ in range(2):
        with shell.without_driver():
            data.write_bytes(os.urandom(1 << 20))
        low, full = sorted(shell.reconcile(manager))
        assert low == (
            "lowDiskSpace of system of mmfs1 (100.0 % used, the policy's threshold is 90 %): "
            "was not told to callback note; run"
        )
        assert full == "noDiskSpace of system of mmfs1: was not told to callback note; run"
        data.unlink()
        assert shell.reconcile(manager) == NOTHING
    assert sorted(shell.told(manager)) == [("lowDiskSpace", True)] * 2 + [("noDiskSpace", True)] * 2


@pytest.mark.slow
def test_a_soft_quota_that_was_exceeded_is_told_with_its_figures(shell):
    shell.ok("mmcrfileset", "mmfs1", "projects")
    folder = shell.mount_point("mmfs1") / "projects"
    shell.ok("mmlinkfileset", "mmfs1", "projects", "-J", folder)
    shell.ok("mmsetquota", "mmfs1:projects", "--block", "100K:200K")
    shell.install("softQuotaExceeded, usageUnderSoftQuota", [])
    manager = shell.manager("mmfs1")
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_that_gpfs_was_started_is_told_on_the_node_itself_and_to_the_others(shell):
    shell.install("nodeJoin, startup", ["n1"])
    shell.ok("mmshutdown", "-N", "n3")
    assert shell.reconcile("n1") == NOTHING
    shell.reconcile("n3", status=5)
    with shell.without_driver():
        shell.ok("mmstartup", "-N", "n3")
    assert shell.reconcile("n1") == ["nodeJoin of n3.gpfs.test: was not told to callback note; run"]
    assert shell.reconcile("n3") == ["startup of n3.gpfs.test: was not told to callback note; run"]
    assert shell.told("n1") == [("nodeJoin", True)] and shell.told("n3") == [("startup", True)]


@pytest.mark.slow
def test_a_node_that_crashed_is_told_of_once_gpfs_is_seen_to_be_down_there(shell):
    shell.install("nodeLeave, shutdown", ["n1", "n2"])
    with shell.without_driver():
        shell.ok(ARCAPIX, "emulate", "crash", "n2")
    assert shell.reconcile("n1") == NOTHING
    with shell.without_driver():
        shell.ok("mmstartup", "-N", "n2")
        shell.ok("mmshutdown", "-N", "n2")
    assert shell.reconcile("n1") == ["nodeLeave of n2.gpfs.test: was not told to callback note; run"]
    assert (
        shell.reconcile("n2", status=5)[0] == "shutdown of n2.gpfs.test: was not told to callback note; run"
    )


@pytest.mark.slow
def test_of_a_node_that_crashed_nothing_is_told_as_long_as_it_cannot_be_reached(shell):
    shell.install("nodeLeave", ["n1"])
    with shell.without_driver():
        shell.ok(ARCAPIX, "emulate", "crash", "n3")
    assert " unknown" in shell.ok("mmgetstate", "-a")
    assert shell.reconcile("n1") == NOTHING


@pytest.mark.slow
def test_a_restart_of_gpfs_between_two_reconciles_cannot_be_told(shell):
    """What is said about it in the documentation is so."""
    shell.install("mount, unmount, startup, shutdown", ["n2"])
    with shell.without_driver():
        shell.ok("mmshutdown", "-N", "n2")
        shell.ok("mmstartup", "-N", "n2")
    assert shell.reconcile("n2") == NOTHING
    assert shell.told("n2") == []


@pytest.mark.slow
def test_a_node_that_crashed_learns_of_its_lost_mount(shell):
    shell.install("mount, unmount, startup", ["n2"])
    shell.ok(ARCAPIX, "emulate", "crash", "n2")
    with shell.without_driver():
        shell.ok("mmstartup", "-N", "n2")
        shell.ok("mmumount", "mmfs2", "-N", "n2")
    assert shell.reconcile("n2") == ["unmount of mmfs2: was not told to callback note; run"]


def test_however_many_reconcile_at_the_same_time_each_event_is_told_once(shell):
    shell.install("mount, unmount", ["n2"], retries=2)
    with shell.without_driver():
        shell.ok("mmumount", "mmfs1", "-N", "n2")
        shell.ok("mmumount", "mmfs2", "-N", "n2")
    at_work = [shell.begin(ARCAPIX, "reconcile", node="n2") for _ in range(4)]
    said = sorted(line for one in at_work for line in one.communicate(timeout=60)[0].splitlines())
    assert said == [f"unmount of {name}: was not told to callback note; run" for name in ("mmfs1", "mmfs2")]
    assert sorted(shell.told("n2")) == [("unmount", True)] * 2

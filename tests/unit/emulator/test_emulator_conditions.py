"""Bytes and files that were really written raise space and quota events."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import Emulator, conditions
from arcapix.fs.gpfs.emulator.model import Fileset, Quota

SIZE = 1 << 20
"""Size of mmfs1 in these tests."""


def fill(cluster, size, name="data", filesystem="mmfs1"):
    path = Path(cluster.emulator.state.filesystems[filesystem].mount_point) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    return path


def test_passing_the_threshold_raises_low_disk_space_on_the_manager(make_cluster):
    cluster = make_cluster(filesystems={"mmfs1": SIZE, "mmfs2": SIZE})
    cluster.install("lowDiskSpace,noDiskSpace", "--parms", "%eventName %fsName %storagePool %filesetName")
    fill(cluster, SIZE * 9 // 10 - 8192, filesystem="mmfs2")
    assert cluster.fired() == []
    fill(cluster, 16384, "more", filesystem="mmfs2")
    assert cluster.fired() == [("lowDiskSpace", "n2", ("lowDiskSpace", "mmfs2", "system", "UNDEFINED"))]


def test_a_full_file_system_raises_both(cluster):
    cluster.install("lowDiskSpace,noDiskSpace")
    fill(cluster, SIZE)
    assert cluster.events() == [("lowDiskSpace", "n1"), ("noDiskSpace", "n1")]


def test_low_disk_space_is_repeated_while_it_lasts(cluster):
    cluster.install("lowDiskSpace")
    path = fill(cluster, SIZE)
    assert len(cluster.events()) == 1
    cluster.emulator.advance(119)
    assert len(cluster.events()) == 1
    cluster.emulator.advance(2)
    assert len(cluster.events()) == 2
    path.unlink()
    cluster.emulator.advance(1000)
    assert len(cluster.events()) == 2
    fill(cluster, SIZE)
    assert len(cluster.events()) == 3


def test_switch_space_interval(make_cluster):
    cluster = make_cluster(space_interval="0", filesystems={"mmfs1": SIZE})
    cluster.install("lowDiskSpace")
    fill(cluster, SIZE)
    cluster.emulator.conditions.look()
    cluster.emulator.conditions.look()
    assert len(cluster.events()) >= 3


def test_the_interval_of_no_disk_space_is_a_setting_of_its_own(cluster):
    cluster.install("noDiskSpace,lowDiskSpace")
    with cluster.emulator.change() as state:
        state.settings["noSpaceEventInterval"] = {"": "10"}
    fill(cluster, SIZE)
    assert len(cluster.events()) == 2
    cluster.emulator.advance(11)
    assert [event for event, _ in cluster.events()][2:] == ["noDiskSpace"]


def test_the_event_follows_the_manager(cluster):
    cluster.install("lowDiskSpace")
    cluster.ok("mmchmgr", "mmfs1", "n3")
    fill(cluster, SIZE)
    assert cluster.events() == [("lowDiskSpace", "n3")]


def test_nothing_is_noticed_while_nobody_has_mounted_it(cluster):
    cluster.install("lowDiskSpace")
    cluster.ok("mmumount", "mmfs1", "-a")
    fill(cluster, SIZE)
    assert cluster.events() == []
    cluster.ok("mmmount", "mmfs1")
    assert cluster.events() == [("lowDiskSpace", "n1")]


def test_holes_and_second_names_count_for_nothing_snapshots_neither(cluster):
    filesystem = cluster.emulator.state.filesystems["mmfs1"]
    root = Path(filesystem.mount_point)
    with open(root / "sparse", "wb") as file:
        file.truncate(SIZE * 10)
    path = fill(cluster, 10_000)
    os.link(path, root / "second")
    (root / ".snapshots").mkdir()
    (root / ".snapshots" / "copy").write_bytes(b"x" * SIZE)
    usage = cluster.emulator.usage(filesystem)
    assert (usage.total.bytes, usage.total.files) == (10_000, 2)


def with_quota(cluster, **limits):
    root = Path(cluster.emulator.state.filesystems["mmfs1"].mount_point)
    (root / "projects").mkdir()
    with cluster.emulator.change() as state:
        filesystem = state.filesystems["mmfs1"]
        filesystem.filesets["projects"] = Fileset(
            "projects", 1, 131075, str(root / "projects"), 0.0, parent=0
        )
        quota = Quota("FILESET", "projects", 1, **limits)
        filesystem.quotas[quota.key] = quota


QUOTA_PARMS = (
    "%eventName %fsName %filesetName %quotaType %quotaID %quotaOwnerName %blockUsage %blockQuota %blockLimit "
    "%filesUsage %filesQuota %filesLimit %quotaEventType"
)


def test_crossing_a_soft_limit_of_a_fileset_raises_the_event_once(cluster):
    with_quota(cluster, block_soft=100 << 10, block_hard=200 << 10, files_soft=10)
    cluster.install("softQuotaExceeded,usageUnderSoftQuota", "--parms", QUOTA_PARMS)
    fill(cluster, 100 << 10, "projects/a")
    fill(cluster, 100 << 10, "elsewhere")
    assert cluster.fired() == []
    path = fill(cluster, 20 << 10, "projects/deep/b")
    over = ("softQuotaExceeded", "mmfs1", "projects", "FILESET", "1", "projects", "120", "100", "200", "4", "10", "0",
            "blockQuotaExceeded")  # fmt: skip
    assert cluster.fired() == [("softQuotaExceeded", "n1", over)]
    fill(cluster, 0, "projects/deep/c")
    assert len(cluster.fired()) == 1
    path.unlink()
    assert [event for event, _ in cluster.events()] == ["softQuotaExceeded", "usageUnderSoftQuota"]
    fill(cluster, 30 << 10, "projects/deep/d")
    assert [event for event, _ in cluster.events()][2:] == ["softQuotaExceeded"]


def test_files_count_too(cluster):
    with_quota(cluster, files_soft=3)
    cluster.install("softQuotaExceeded", "--parms", "%filesUsage %quotaEventType")
    for number in range(3):
        fill(cluster, 1, f"projects/{number}")
    assert cluster.fired() == [("softQuotaExceeded", "n1", ("4", "inodeQuotaExceeded"))]


def test_a_user_quota_of_the_whole_file_system_is_about_the_root_fileset(cluster):
    with cluster.emulator.change() as state:
        quota = Quota("USR", "me", os.getuid(), block_soft=1024)
        state.filesystems["mmfs1"].quotas[quota.key] = quota
    cluster.install("softQuotaExceeded", "--parms", "%quotaType %quotaOwnerName %quotaID %filesetName")
    fill(cluster, 5000)
    assert cluster.fired() == [("softQuotaExceeded", "n1", ("USR", "me", str(os.getuid()), "root"))]


@pytest.mark.parametrize(("answer", "count"), [("once", 1), ("always", 3)])
def test_switch_quota_repeat(make_cluster, answer, count):
    cluster = make_cluster(quota_repeat=answer)
    with_quota(cluster, block_soft=1024)
    cluster.install("softQuotaExceeded")
    fill(cluster, 5000, "projects/a")
    for _ in range(3):
        cluster.emulator.conditions.look()
    assert len(cluster.events()) >= count
    if answer == "once":
        assert len(cluster.events()) == 1


def test_the_end_does_not_wait_for_a_handler_that_hangs_and_has_no_other_effect(cluster, wait):
    cluster.install("lowDiskSpace", "--sync", "--onerror", "shutdown", body="sleep 300")
    fill(cluster, SIZE)
    wait(cluster.emulator.records, "the handler was started")
    begun = time.monotonic()
    cluster.emulator.close()
    assert time.monotonic() - begun < 4
    (run,) = cluster.emulator.records()
    assert run.status == -9
    assert cluster.emulator.state.nodes["n1.gpfs.test"].state == "active"


def test_what_was_noticed_but_not_raised_at_the_end_is_noticed_again(cluster, wait):
    cluster.install("noDiskSpace,lowDiskSpace", "--sync", "--parms", "%eventName", body="sleep 300")
    fill(cluster, SIZE)
    wait(cluster.emulator.records, "the handler was started")
    cluster.emulator.close()
    assert [run.event for run in cluster.emulator.records()] == ["lowDiskSpace"]
    resumed = Emulator.resume(cluster.emulator.place.directory)
    try:
        wait(resumed.records, "the event was raised again")
        assert [run.event for run in resumed.records()] == ["lowDiskSpace"]
    finally:
        resumed.close()


def test_a_condition_is_raised_once_even_where_it_cannot_be_remembered_at_once(cluster, monkeypatch, capsys):
    with_quota(cluster, block_soft=1024, files_soft=1)
    cluster.install("softQuotaExceeded")

    def fail(_state):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(cluster.emulator._store, "save", fail)
        fill(cluster, 5000, "projects/a")
        cluster.emulator.conditions.look()
        cluster.emulator.conditions.look()
    assert "no space left on device" in capsys.readouterr().err
    assert cluster.events() == [("softQuotaExceeded", "n1")] * 2
    (quota,) = cluster.emulator.state.filesystems["mmfs1"].quotas.values()
    assert quota.over == ["block", "files"]


def test_a_condition_is_raised_once_while_a_handler_of_it_goes_on(cluster, wait):
    with_quota(cluster, block_soft=1024)
    cluster.install(
        "softQuotaExceeded,usageUnderSoftQuota", "--sync", body="until [ -e $0.go ]; do sleep 0.02; done"
    )
    path = fill(cluster, 5000, "projects/a")
    wait(cluster.emulator.records, "the handler was started")
    for _ in range(3):
        cluster.emulator.conditions.look()
    assert [run.event for run in cluster.emulator.records()] == ["softQuotaExceeded"]
    path.unlink()
    under = threading.Thread(target=cluster.emulator.conditions.look)
    under.start()
    wait(lambda: len(cluster.emulator.records()) == 2, "the other event was raised too")
    (cluster.folder / "cb.go").touch()
    under.join()
    assert cluster.events() == [("softQuotaExceeded", "n1"), ("usageUnderSoftQuota", "n1")]
    (quota,) = cluster.emulator.state.filesystems["mmfs1"].quotas.values()
    assert (quota.over, quota.over_since) == ([], 0.0)


def test_a_cause_is_noticed_without_being_asked(cluster, wait):
    assert conditions.INTERVAL <= 2
    cluster.install("lowDiskSpace")
    fill(cluster, SIZE)
    wait(cluster.emulator.records, "the event was raised")
    assert [run.event for run in cluster.emulator.records()] == ["lowDiskSpace"]

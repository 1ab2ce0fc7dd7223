"""Calls that published programs make of the object model (rows 20 to 31): each must be accepted."""

from __future__ import annotations

from datetime import datetime

import pytest

from arcapix.fs.gpfs import (
    CacheFileset,
    Cluster,
    DependentFileset,
    Filesystem,
    GPFSExecuteException,
    IndependentFileset,
    Snapshot,
    WrongCluster,
)


def test_row_20_the_published_imports_work():
    from arcapix.fs.gpfs import GPFSExecuteException as FromPackage
    from arcapix.fs.gpfs.exceptions import GPFSExecuteException as FromModule
    from arcapix.fs.gpfs.fileset import IndependentFileset as FromFileset
    from arcapix.fs.gpfs.filesystem import Filesystem as FromFilesystem
    from arcapix.fs.gpfs.filesystem import IndependentFileset as Older

    assert FromPackage is FromModule
    assert FromFileset is Older is IndependentFileset
    assert FromFilesystem is Filesystem


def test_row_21_a_fileset_from_the_listing_has_the_class_that_fits(gpfs):
    filesets = Filesystem("mmfs1").filesets

    assert type(filesets["projects"]) is IndependentFileset
    assert isinstance(filesets["root"], IndependentFileset)
    assert not isinstance(filesets["notes"], IndependentFileset)


def test_row_22_a_fileset_quota_can_be_set_and_makes_quotas_true(gpfs):
    fset = Filesystem("mmfs1").filesets["projects"]
    gpfs.taken()

    fset.quotas.fileset.new(filesSoftLimit=40, filesHardLimit=50)

    assert gpfs.taken() == ["mmsetquota mmfs1:projects --files 40:50"]
    assert bool(fset.quotas) is True
    assert bool(Filesystem("mmfs1").filesets["root"].quotas) is False


def test_row_23_a_callback_can_be_put_on_a_fileset_with_an_identifier_made_of_its_name(gpfs):
    def increase_max_inodes(fsName, filesetName):
        return Filesystem(fsName).filesets[filesetName]

    fset = Filesystem("mmfs1").filesets["projects"]

    callback = fset.onSoftQuotaExceeded.define(
        callbackId=f"increase_max_inodes-{fset.name}", command=increase_max_inodes
    )

    assert callback.id == "increase_max_inodes-projects"
    assert callback.events == ["softQuotaExceeded"]
    assert fset.scope == ("fileset", "mmfs1", "projects")


def test_row_24_a_handler_raises_inodes_and_both_file_limits_in_one_change(gpfs):
    fset = Filesystem("mmfs1").filesets["projects"]
    assert fset.allocInodes < fset.maxInodes * 80 / 100.0
    gpfs.taken()

    fset.change(maxInodes=220000, filesSoftLimit=176000, filesHardLimit=198000)

    assert gpfs.taken() == [
        "mmchfileset mmfs1 projects --inode-limit 220000",
        "mmsetquota mmfs1:projects --files 176000:198000",
    ]


def test_row_24_a_refusal_by_gpfs_can_be_caught(gpfs):
    gpfs.answer("mmchfileset", (1, "mmchfileset: The inode limit is too large.\n"))

    with pytest.raises(GPFSExecuteException, match="too large"):
        IndependentFileset("mmfs1", "projects").change(maxInodes=10**12)


def test_row_25_every_independent_fileset_can_be_walked_and_its_limit_raised(gpfs):
    changed = []
    for fset in Cluster().filesystems["mmfs1"].filesets.independent().values():
        fset.change(maxInodes=fset.maxInodes + 1000)
        changed.append(fset.name)

    assert changed == ["root", "projects", "cache"]
    assert "mmchfileset mmfs1 projects --inode-limit 201000" in gpfs.ran


def test_row_26_snapshots_of_a_fileset_and_of_the_file_system_are_made_by_name(gpfs):
    name = datetime(2026, 2, 1, 3, 4, 5).strftime("@GMT-%Y.%m.%d-%H.%M.%S")

    of_fileset = Filesystem("mmfs1").filesets["projects"].snapshots.new(name)
    whole = Filesystem("mmfs1").snapshots.new("before")

    assert isinstance(of_fileset, Snapshot)
    assert of_fileset.filesetName == "projects"
    assert whole.filesetName is None
    assert "mmcrsnapshot mmfs1 @GMT-2026.02.01-03.04.05 -j projects" in gpfs.ran
    assert "mmcrsnapshot mmfs1 before" in gpfs.ran


def test_row_27_snapshots_can_be_deleted_while_they_are_looped_over(gpfs):
    snapshots = Filesystem("mmfs1").snapshots
    for snap in snapshots.values():
        assert isinstance(snap.name, str)
        snap.delete()

    assert [line for line in gpfs.ran if line.startswith("mmdelsnapshot")] == [
        "mmdelsnapshot mmfs1 nightly",
        "mmdelsnapshot mmfs1 weekly",
    ]


def test_row_28_a_cluster_by_name_its_file_systems_and_their_filesets(gpfs):
    mycluster = Cluster("democluster")

    assert "mmfs9" not in mycluster.filesystems
    filesys = mycluster.filesystems["mmfs1"]
    assert filesys.filesets.__getitem__("projects").name == "projects"
    with pytest.raises(KeyError):
        filesys.filesets.__getitem__("project")
    assert [fset.name for fset in filesys.filesets.values()] == ["root", "projects", "notes", "cache"]


def test_row_28_another_cluster_s_name_is_refused_at_the_first_question(gpfs):
    elsewhere = Cluster("production")
    assert gpfs.ran == []

    with pytest.raises(WrongCluster) as caught:
        _ = "mmfs1" in elsewhere.filesystems

    assert caught.value.actual == "democluster.localnet"


@pytest.mark.parametrize("allocated", [1024, "1024"])
def test_row_29_an_independent_fileset_is_created_and_linked(gpfs, allocated):
    from uuid import UUID

    comment = UUID("12345678123456781234567812345678")
    fset = IndependentFileset("mmfs1", "newone", comment, maxInodes=4096, allocInodes=allocated)
    fset.create()
    fset.link(f"{gpfs.mount_point()}/newone")

    assert gpfs.ran == [
        f"mmcrfileset mmfs1 newone -t {comment} --inode-space new --inode-limit 4096:1024",
        f"mmlinkfileset mmfs1 newone -J {gpfs.mount_point()}/newone",
    ]


@pytest.mark.parametrize("space", ["root", "projects"])
def test_row_30_a_dependent_fileset_is_created_in_the_inode_space_that_the_attribute_names(gpfs, space):
    fset = DependentFileset("mmfs1", "newone", "for ann")
    fset._inodeSpace = space
    fset.create()
    fset.link("newone")

    assert gpfs.ran == [
        f"mmcrfileset mmfs1 newone -t for ann --inode-space {space}",
        "mmlinkfileset mmfs1 newone -J newone",
    ]


def test_row_31_a_cache_fileset_is_created_over_nfs_and_changed(gpfs):
    fset = CacheFileset("mmfs1", "cache1", "/mmfs1/projects/project1", "gw1")
    fset.create()
    fset.change(afmNumReadThreads=4)

    assert gpfs.ran == [
        "mmcrfileset mmfs1 cache1 --inode-space new -p afmTarget=nfs://gw1/mmfs1/projects/project1",
        "mmchfileset mmfs1 cache1 -p afmNumReadThreads=4",
    ]


def test_row_31_a_cache_fileset_over_the_gpfs_protocol_needs_no_gateway(gpfs):
    CacheFileset("mmfs1", "cache2", "/remote/mmfs1/projects", protocol="gpfs").create()

    assert gpfs.ran == [
        "mmcrfileset mmfs1 cache2 --inode-space new -p afmTarget=gpfs:///remote/mmfs1/projects"
    ]

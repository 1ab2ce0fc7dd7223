from __future__ import annotations

import pickle
from datetime import datetime

import pytest

from arcapix.fs.gpfs import (
    AlreadyExists,
    Filesystem,
    GPFSExecuteException,
    IndependentFileset,
    Node,
    NotFound,
    Pool,
    Snapshot,
)


def test_a_device_path_is_a_file_system_s_name():
    filesystem = Filesystem("/dev/mmfs1")

    assert filesystem.id == filesystem.name == filesystem.deviceName == "mmfs1"
    assert filesystem == Filesystem("mmfs1")
    assert filesystem.scope == ("filesystem", "mmfs1")


def test_a_file_system_s_configuration_is_one_command_each(gpfs):
    filesystem = Filesystem("mmfs1")

    assert filesystem.mountPoint == filesystem.mountPoint == gpfs.mount_point()
    assert filesystem.snapDir == filesystem.snapDir == ".snapshots"
    assert gpfs.taken() == ["mmlsfs mmfs1 -Y", "mmsnapdir mmfs1"]

    filesystem.refresh()

    assert (filesystem.mountPoint, filesystem.snapDir) == (gpfs.mount_point(), ".snapshots")
    assert len(gpfs.taken()) == 2


def test_where_it_is_mounted_and_who_manages_it_are_asked_anew(gpfs):
    filesystem = Filesystem("mmfs1")

    assert filesystem.mountedOn == filesystem.mountedOn == ["mynode", "n2"]
    assert gpfs.taken() == ["mmlsmount mmfs1 -Y"] * 2
    assert filesystem.manager == "n2.localnet"
    assert gpfs.taken() == ["mmlsmgr -Y", "mmlscluster -Y"]


def test_a_file_system_that_no_line_names_has_no_manager(gpfs):
    gpfs.answer(
        "mmlsmgr",
        "mmlsmgr:filesystemManager:HEADER:version:reserved:reserved:filesystem:manager:managerIP:\n",
    )
    assert Filesystem("mmfs2").manager is None


def test_a_missing_file_system_is_decided_by_a_listing_after_the_failure(gpfs):
    with pytest.raises(NotFound, match=r"^no file system 'mmfs3'; did you mean"):
        _ = Filesystem("mmfs3").mountPoint


def test_pools_tell_what_mmlspool_prints(gpfs):
    pools = Filesystem("mmfs1").pools

    assert {name: (pool.id, pool.data, pool.metadata) for name, pool in pools.items()} == {
        "system": (0, True, True),
        "sata1": (65537, True, False),
    }
    assert gpfs.taken() == ["mmlspool mmfs1"]
    assert Pool("sata1", "mmfs1") in pools
    assert Pool("sata1", "mmfs1").data is True
    with pytest.raises(NotFound, match="no pool 'sata2'; did you mean 'sata1'"):
        _ = Pool("sata2", "mmfs1").id


def test_a_pool_knows_its_names_and_deprecates_one_of_them():
    pool = Pool("sata1", "/dev/mmfs1")

    assert (pool.name, pool.filesystemName) == ("sata1", "mmfs1")
    assert pool.scope == ("pool", "mmfs1", "sata1")
    assert repr(pool) == "<Pool mmfs1:sata1>"
    assert pickle.loads(pickle.dumps(pool)) == pool
    with pytest.warns(DeprecationWarning, match="use Pool.filesystemName"):
        assert pool.deviceName == "mmfs1"


def test_global_snapshots_and_those_of_filesets_are_apart(gpfs):
    filesystem = Filesystem("mmfs1")

    assert list(filesystem.snapshots) == ["nightly", "weekly"]
    assert list(IndependentFileset("mmfs1", "projects").snapshots) == ["nightly"]
    assert list(IndependentFileset("mmfs1", "root").snapshots) == ["@GMT-2026.01.31-23.59.59"]
    assert filesystem.snapshots["nightly"].id == 12
    assert IndependentFileset("mmfs1", "projects").snapshots["nightly"].id == 13


def test_a_snapshot_tells_what_mmlssnapshot_prints(gpfs):
    snapshot = Snapshot("mmfs1", "nightly", "projects")

    assert (snapshot.id, snapshot.status) == (13, "Valid")
    assert snapshot.created == datetime(2020, 11, 15, 2, 50)
    assert (snapshot.name, snapshot.filesystemName, snapshot.filesetName) == ("nightly", "mmfs1", "projects")
    assert len(gpfs.taken()) == 1
    assert snapshot != Snapshot("mmfs1", "nightly")
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot


def test_a_snapshot_is_deleted_by_nodes_and_in_a_class_of_service(gpfs):
    Snapshot("mmfs1", "nightly").delete(qosClass="maintenance", nodes=[Node("n2"), "n3"])
    IndependentFileset("mmfs1", "projects").snapshots.destroy("nightly", nodes="n2")

    assert gpfs.ran == [
        "mmdelsnapshot mmfs1 nightly --qos maintenance -N n2,n3",
        "mmdelsnapshot mmfs1 nightly -j projects -N n2",
    ]


def test_an_unknown_snapshot_is_not_found_and_also_a_value_error(gpfs):
    gpfs.answer("mmdelsnapshot", (1, "whatever it says.\n"))

    with pytest.raises(ValueError, match="no snapshot 'nightl'; did you mean 'nightly'") as caught:
        Filesystem("mmfs1").snapshots.destroy("nightl")
    assert isinstance(caught.value, NotFound)
    with pytest.raises(GPFSExecuteException, match="whatever"):
        Filesystem("mmfs1").snapshots.destroy("nightly")
    with pytest.raises(NotFound):
        _ = Snapshot("mmfs1", "nope").status


def test_a_snapshot_that_exists_is_told_from_another_refusal(gpfs):
    gpfs.answer("mmcrsnapshot", (1, "Fileset notes is not independent.\n"))

    with pytest.raises(AlreadyExists, match="snapshot 'nightly' exists"):
        Filesystem("mmfs1").snapshots.new("nightly")
    with pytest.raises(GPFSExecuteException, match="not independent"):
        Filesystem("mmfs1").filesets["notes"].snapshots.new("nightly")

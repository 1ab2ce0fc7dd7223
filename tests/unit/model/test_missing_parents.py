"""What is in a file system that does not exist: the file system is what is missing."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs import Fileset, Filesystem, GPFSExecuteException, NotFound, Pool, Snapshot

MISSING = Filesystem("mfms1")
COLLECTIONS = [
    MISSING.pools,
    MISSING.filesets,
    MISSING.snapshots,
    MISSING.quotas.fileset,
    MISSING.quotas.user,
    MISSING.quotas.group,
]


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize(
    "ask", [lambda all: all["x"], lambda all: all.get("x"), list, len, dict, lambda all: "x" in all]
)
def test_a_collection_names_the_nearest_file_system(gpfs, collection, ask):
    with pytest.raises(NotFound, match="no file system 'mfms1'; did you mean 'mmfs1'") as caught:
        ask(collection)
    assert caught.value.kind == "file system"
    assert gpfs.names()[1:] == ["mmlsfs"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Fileset("mfms1", "root").status,
        lambda: Pool("system", "mfms1").id,
        lambda: Snapshot("mfms1", "daily").status,
    ],
)
def test_so_does_an_object(gpfs, ask):
    with pytest.raises(NotFound, match="no file system 'mfms1'; did you mean 'mmfs1'"):
        ask()


def test_another_failure_stays_what_it_is(gpfs):
    gpfs.fails["mmlspool"] = ["GPFS is down on this node."]
    with pytest.raises(GPFSExecuteException, match="GPFS is down"):
        list(Filesystem("mmfs1").pools)
    gpfs.fails = {name: ["GPFS is down on this node."] for name in ("mmlspool", "mmlsfs")}
    with pytest.raises(GPFSExecuteException, match="mmlspool exited"):
        list(Filesystem("mmfs1").pools)


def test_get_gives_the_default_for_a_member_that_is_missing(gpfs):
    pools = Filesystem("mmfs1").pools
    assert pools.get("nope") is None
    assert pools.get("nope", 5) == 5
    assert pools.get("system") == Pool("system", "mmfs1")

from __future__ import annotations

import pickle
from datetime import datetime

import pytest

from arcapix.fs.gpfs import (
    AlreadyExists,
    CacheFileset,
    Cluster,
    DependentFileset,
    Fileset,
    Filesystem,
    GPFSExecuteException,
    IndependentFileset,
    NotFound,
    Pool,
    Snapshot,
)


def test_a_fileset_tells_what_mmlsfileset_prints(gpfs):
    fset = Fileset("/dev/mmfs1", "projects")

    assert (fset.id, fset.name, fset.filesystemName) == (1, "projects", "mmfs1")
    assert (fset.comment, fset.status, fset.path) == (
        "for all",
        "Linked",
        f"{gpfs.mount_point()}/projects",
    )
    assert (fset.inodeSpace, fset.maxInodes) == (1, 200000)
    assert fset.created == datetime(2022, 12, 15, 9, 0, 1)
    assert gpfs.ran == ["mmlsfileset mmfs1 projects -Y"]


def test_allocated_inodes_are_asked_anew_while_the_limit_is_kept(gpfs):
    fset = Fileset("mmfs1", "projects")
    assert (fset.allocInodes, fset.maxInodes) == (65920, 200000)
    assert len(gpfs.taken()) == 1

    assert fset.allocInodes == 65920

    assert len(gpfs.taken()) == 1


def test_an_unlinked_dependent_fileset_has_no_path_and_no_inodes_of_its_own(gpfs):
    fset = Filesystem("mmfs1").filesets["notes"]

    assert type(fset) is DependentFileset
    assert fset.path is None
    assert (fset.maxInodes, fset.allocInodes) == (0, 0)


def test_a_fileset_with_a_home_is_a_cache_fileset(gpfs):
    assert type(Filesystem("mmfs1").filesets["cache"]) is CacheFileset


def test_the_filesets_of_a_listing_need_no_further_command(gpfs):
    assert [fset.status for fset in Filesystem("mmfs1").filesets.values()] == [
        "Linked",
        "Linked",
        "Unlinked",
        "Linked",
    ]
    assert gpfs.ran == ["mmlsfileset mmfs1 -Y"]


def test_filesets_are_a_read_only_mapping_of_names(gpfs):
    filesets = Filesystem("mmfs1").filesets

    assert list(filesets) == list(filesets.keys()) == ["root", "projects", "notes", "cache"]
    assert len(filesets) == 4
    assert filesets.get("nope") is None
    assert dict(filesets.items())["root"] == filesets["root"]
    assert "projects" in filesets
    assert "nope" not in filesets
    assert None not in filesets
    with pytest.raises(NotFound, match=r"^no fileset 'project'; did you mean 'projects'"):
        filesets["project"]
    with pytest.raises(TypeError, match="a fileset is looked up by its name, not by int"):
        filesets[5]


@pytest.mark.parametrize(
    "ask",
    [
        list,
        sorted,
        tuple,
        len,
        bool,
        lambda filesets: [*filesets],
        lambda filesets: [name for name in filesets],  # noqa: C416
        lambda filesets: list(filesets.values()),
        lambda filesets: dict(filesets.items()),
        lambda filesets: filesets["projects"],
        lambda filesets: filesets.get("nope"),
        lambda filesets: "projects" in filesets,
        lambda filesets: filesets.independent(),
    ],
)
def test_every_question_to_a_collection_is_one_listing(gpfs, ask):
    ask(Filesystem("mmfs1").filesets)

    assert gpfs.ran == ["mmlsfileset mmfs1 -Y"]


def test_a_length_after_a_walk_is_asked_anew(gpfs):
    filesets = Filesystem("mmfs1").filesets
    walk = iter(filesets)
    assert len(filesets) == 4
    next(walk)
    gpfs.answer("mmlsfileset", "mmlsfileset::HEADER:version:reserved:reserved:filesystemName:filesetName:\n")

    assert len(filesets) == 0
    assert list(walk) == ["projects", "notes", "cache"]


def test_an_object_is_a_key_too_but_only_of_its_own_file_system_and_kind(gpfs):
    filesets = Filesystem("mmfs1").filesets

    assert Fileset("mmfs1", "projects") in filesets
    assert filesets[IndependentFileset("mmfs1", "projects")].id == 1
    assert Fileset("mmfs2", "projects") not in filesets
    assert DependentFileset("mmfs1", "projects") not in filesets
    assert Pool("mmfs1", "projects") not in filesets


def test_filesets_by_kind_are_dictionaries(gpfs):
    filesets = Filesystem("mmfs1").filesets

    assert list(filesets.independent()) == ["root", "projects", "cache"]
    assert list(filesets.dependent()) == ["notes"]
    assert list(filesets.cache()) == ["cache"]


def test_a_missing_fileset_is_decided_by_a_listing_after_the_failure(gpfs):
    with pytest.raises(NotFound, match=r"^no fileset 'project'; did you mean 'projects'"):
        _ = Fileset("mmfs1", "project").id

    assert len(gpfs.ran) == 2


def test_a_failure_is_no_missing_fileset_while_the_listing_fails_too(gpfs):
    gpfs.answer("mmlsfileset", (1, "mmlsfileset: GPFS is down on this node.\n"))

    with pytest.raises(GPFSExecuteException, match="GPFS is down"):
        _ = Fileset("mmfs1", "other").id


def test_creating_what_exists_is_already_exists_and_costs_a_listing_only_then(gpfs):
    gpfs.answer("mmcrfileset", (1, "whatever it says.\n"))

    with pytest.raises(AlreadyExists, match="fileset 'projects' exists"):
        IndependentFileset("mmfs1", "projects").create()
    with pytest.raises(GPFSExecuteException, match="whatever it says"):
        IndependentFileset("mmfs1", "newone").create()


def test_a_fileset_of_unknown_kind_cannot_be_created(gpfs):
    with pytest.raises(TypeError, match="create an IndependentFileset"):
        Fileset("mmfs1", "newone").create()
    assert gpfs.ran == []


@pytest.mark.parametrize(
    ("arguments", "kind", "command"),
    [
        ({}, DependentFileset, "--inode-space root"),
        ({"maxInodes": 0}, DependentFileset, "--inode-space root"),
        ({"inodeSpace": "projects", "comment": 5}, DependentFileset, "-t 5 --inode-space projects"),
        ({"maxInodes": "4096"}, IndependentFileset, "--inode-space new --inode-limit 4096"),
        (
            {"maxInodes": 4096, "allocInodes": 1024, "afmMode": "single-writer"},
            IndependentFileset,
            "--inode-space new --inode-limit 4096:1024 -p afmMode=single-writer",
        ),
        (
            {"remotePath": "/export", "gateway": "gw1", "maxInodes": 4096},
            CacheFileset,
            "--inode-space new --inode-limit 4096 -p afmTarget=nfs://gw1/export",
        ),
        (
            {"remotePath": "home:/export", "afmEnableAutoEviction": True},
            CacheFileset,
            "--inode-space new -p afmTarget=nfs://home/export -p afmEnableAutoEviction=yes",
        ),
        (
            {"remotePath": "nfs://home/export"},
            CacheFileset,
            "--inode-space new -p afmTarget=nfs://home/export",
        ),
    ],
)
def test_new_makes_the_kind_that_its_arguments_say(gpfs, arguments, kind, command):
    fset = Filesystem("mmfs1").filesets.new("newone", **arguments)

    assert type(fset) is kind
    assert gpfs.ran == [f"mmcrfileset mmfs1 newone {command}"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"maxInodes": 10, "inodeSpace": "projects"}, ValueError),
        ({"gateway": "gw1"}, ValueError),
        ({"remotePath": "home:/export", "gateway": "gw1"}, ValueError),
        ({"allocInodes": 10}, ValueError),
        ({"maxInodes": 10, "allocInodes": 11}, ValueError),
        ({"maxInodes": -1}, ValueError),
        ({"maxInodes": "10K"}, ValueError),
        ({"maxInodes": 1.5}, TypeError),
        ({"maxInodes": True}, TypeError),
        ({"maxInode": 10}, TypeError),
        ({"afmMode": None}, TypeError),
    ],
)
def test_arguments_that_cannot_be_are_refused_before_any_command(gpfs, arguments, error):
    with pytest.raises(error):
        Filesystem("mmfs1").filesets.new("newone", **arguments)
    assert gpfs.ran == []


def test_an_unknown_keyword_of_a_fileset_names_the_nearest():
    with pytest.raises(
        TypeError, match="IndependentFileset takes no keyword 'maxInode'; did you mean 'maxInodes'"
    ):
        IndependentFileset("mmfs1", "newone", maxInode=5)
    with pytest.raises(
        TypeError, match=r"Fileset.change takes no keyword 'filesSoftlimit'; did you mean 'filesSoftLimit'"
    ):
        IndependentFileset("mmfs1", "newone").change(filesSoftlimit=5)
    with pytest.raises(TypeError, match="CacheFileset takes no keyword 'gatway'; did you mean 'gateway'"):
        CacheFileset("mmfs1", "newone", "/export", gatway="gw1")


@pytest.mark.parametrize(
    "call",
    [
        lambda: Cluster(nam="x"),
        lambda: Cluster().shutdown(unmountTimout=5),
        lambda: Cluster().nodes.new("n9", quorumcandidate=True),
        lambda: Cluster().nodes.destroy(nam="n9"),
        lambda: Filesystem(devicename="mmfs1"),
        lambda: Pool("system", devicename="mmfs1"),
        lambda: Fileset("mmfs1", nam="a"),
        lambda: Fileset("mmfs1", "a").unlink(forced=True),
        lambda: Fileset("mmfs1", "a").delete(forced=True),
        lambda: Fileset("mmfs1", "a").snapshots.destroy("a", node="n2"),
        lambda: Snapshot("mmfs1", "a", filesetname="a"),
        lambda: Snapshot("mmfs1", "a").delete(qosclass="maintenance"),
        lambda: Filesystem("mmfs1").filesets.destroy("a", deleteNonempty=True),
        lambda: Filesystem("mmfs1").filesets.new("a", inodespace="root"),
    ],
)
def test_every_method_names_the_nearest_keyword_before_any_command(gpfs, call):
    with pytest.raises(TypeError, match=r"takes no keyword '.*'; did you mean '"):
        call()
    assert gpfs.ran == []


def test_linking_unlinking_and_deleting(gpfs):
    notes, cache = Fileset("mmfs1", "notes"), Fileset("mmfs1", "cache")
    notes.link("notes")
    notes.unlink()
    notes.delete()
    cache.unlink(force=True)
    cache.delete(force=True)

    assert gpfs.ran == [
        "mmlinkfileset mmfs1 notes -J notes",
        "mmunlinkfileset mmfs1 notes",
        "mmdelfileset mmfs1 notes",
        "mmunlinkfileset mmfs1 cache -f",
        "mmdelfileset mmfs1 cache -f",
    ]
    assert list(Filesystem("mmfs1").filesets) == ["root", "projects"]


def test_destroy_unlinks_first_if_asked_to(gpfs):
    filesets = Filesystem("mmfs1").filesets
    gpfs.run("mmcrfileset mmfs1 old")
    filesets.destroy("notes")
    filesets.destroy(Fileset("mmfs1", "cache"), deleteNonEmpty=True, unlink=True, force=True)
    filesets.destroy("old", qosClass="maintenance")

    assert gpfs.ran == [
        "mmdelfileset mmfs1 notes",
        "mmunlinkfileset mmfs1 cache -f",
        "mmdelfileset mmfs1 cache -f",
        "mmdelfileset mmfs1 old --qos maintenance",
    ]
    assert list(filesets) == ["root", "projects"]


def test_destroy_unlinks_nothing_if_it_cannot_delete_with_that_class_of_service(gpfs):
    with pytest.raises(ValueError, match="'' cannot be a name"):
        Filesystem("mmfs1").filesets.destroy("projects", unlink=True, qosClass="")
    assert gpfs.ran == []


def test_destroying_a_fileset_that_is_not_there_is_not_found_and_not_one_that_is_full(gpfs):
    gpfs.answer("mmdelfileset", (1, "Fileset projects is not empty.\n"))

    with pytest.raises(NotFound):
        Filesystem("mmfs1").filesets.destroy("project")
    with pytest.raises(GPFSExecuteException, match=r"(?s)not empty.*kept: unlinked"):
        Filesystem("mmfs1").filesets.destroy("projects", unlink=True)


def test_one_change_sets_limits_comment_parameters_and_name_with_one_command(gpfs):
    fset = Fileset("mmfs1", "projects")
    fset.change(maxInodes="262144", allocInodes=70016, comment="", afmRPO=60, name="work")

    assert gpfs.ran == ["mmchfileset mmfs1 projects --inode-limit 262144:70016 -t  -p afmRPO=60 -j work"]
    assert fset.name == "work"
    assert fset == Fileset("mmfs1", "work")


def test_what_follows_a_new_name_uses_it(gpfs):
    Fileset("mmfs1", "projects").change(
        name="work", path=f"{gpfs.mount_point()}/work", force=True, blockHardLimit=2048, blockSoftLimit="1K"
    )

    assert gpfs.ran == [
        "mmlsfileset mmfs1 projects -Y",
        "mmchfileset mmfs1 projects -j work",
        "mmunlinkfileset mmfs1 work -f",
        f"mmlinkfileset mmfs1 work -J {gpfs.mount_point()}/work",
        "mmsetquota mmfs1:work --block 1K:2K",
    ]


def test_a_fileset_that_is_linked_there_already_stays(gpfs):
    root = gpfs.mount_point()
    Fileset("mmfs1", "projects").change(path=f"{root}/projects")
    Fileset("mmfs1", "notes").change(path=f"{root}/notes")

    assert gpfs.ran == [
        "mmlsfileset mmfs1 projects -Y",
        "mmlsfileset mmfs1 notes -Y",
        f"mmlinkfileset mmfs1 notes -J {root}/notes",
    ]


@pytest.mark.parametrize("path", ["/projects/", "//projects", "/x/../projects"])
def test_a_fileset_is_not_unlinked_to_be_linked_at_the_same_place_written_otherwise(gpfs, path):
    Fileset("mmfs1", "projects").change(path=gpfs.mount_point() + path)

    assert gpfs.ran == ["mmlsfileset mmfs1 projects -Y"]


def test_allocated_inodes_alone_go_with_the_limit_that_gpfs_has(gpfs):
    Fileset("mmfs1", "projects").change(allocInodes=70000)

    assert gpfs.ran == [
        "mmlsfileset mmfs1 projects -Y",
        "mmchfileset mmfs1 projects --inode-limit 200000:70000",
    ]


def test_a_change_of_nothing_runs_nothing(gpfs):
    Fileset("mmfs1", "projects").change()

    assert gpfs.ran == []


@pytest.mark.parametrize(
    "change",
    [
        {"maxInodes": 10, "filesSoftLimit": 5, "filesHardLimit": 4},
        {"maxInodes": 10, "allocInodes": 11},
        {"maxInodes": 10, "force": True},
        {"maxInodes": 10, "name": ""},
        {"allocInodes": 10, "name": ""},
        {"maxInodes": 10, "name": "-x"},
        {"filesSoftLimit": 45, "name": ""},
        {"maxInodes": 10, "blockSoftLimit": "much"},
    ],
)
def test_no_value_is_set_while_another_is_wrong(gpfs, change):
    with pytest.raises(ValueError):
        Fileset("mmfs1", "projects").change(**change)
    assert gpfs.ran == []


def test_half_a_quota_is_checked_against_the_half_that_stays_before_anything_changes(gpfs):
    with pytest.raises(ValueError, match="the files soft limit 60 is above the hard limit 50"):
        Fileset("mmfs1", "projects").change(maxInodes=10, filesSoftLimit=60)

    assert gpfs.ran == ["mmlsquota -j projects -Y mmfs1"]


def test_a_step_that_fails_tells_what_was_done_before_it(gpfs):
    gpfs.answer("mmsetquota", (1, "mmsetquota: Quota management is not enabled.\n"))

    with pytest.raises(GPFSExecuteException) as caught:
        Fileset("mmfs1", "projects").change(maxInodes=262144, filesSoftLimit=1, filesHardLimit=2)

    assert caught.value.argv[1:] == ("mmfs1:projects", "--files", "1:2")
    assert "Quota management is not enabled" in str(caught.value)
    assert "done before it, and kept: mmchfileset --inode-limit 262144" in str(caught.value)


def test_a_first_step_that_fails_claims_nothing_was_done(gpfs):
    gpfs.answer("mmchfileset", (1, "mmchfileset: no.\n"))

    with pytest.raises(GPFSExecuteException) as caught:
        Fileset("mmfs1", "projects").change(maxInodes=4096, filesSoftLimit=1, filesHardLimit=2)

    assert "done before" not in str(caught.value)
    assert len(gpfs.ran) == 1


def test_own_changes_make_the_configuration_be_read_again(gpfs):
    fset = Fileset("mmfs1", "projects")
    assert fset.maxInodes == 200000
    fset.change(maxInodes=262144)
    gpfs.taken()

    assert fset.maxInodes == 262144

    assert gpfs.taken() == ["mmlsfileset mmfs1 projects -Y"]


@pytest.mark.parametrize(
    "fset",
    [
        Fileset("mmfs1", "a"),
        IndependentFileset("mmfs1", "a", "comment", maxInodes=5),
        DependentFileset("mmfs1", "a"),
        CacheFileset("mmfs1", "a", "/export"),
    ],
)
def test_filesets_are_equal_and_pickle_by_class_and_names(gpfs, fset):
    again = pickle.loads(pickle.dumps(fset))

    assert again == fset
    assert type(again) is type(fset)
    assert hash(again) == hash(fset)
    assert again != Fileset("mmfs2", "a")
    assert repr(again) == f"<{type(fset).__name__} mmfs1:a>"
    assert gpfs.ran == []


def test_a_pickled_fileset_names_only_published_modules():
    for fset in (Fileset("mmfs1", "a"), CacheFileset("mmfs1", "a", "/export")):
        assert fset.__reduce__()[0] is type(fset)
        assert type(fset).__module__ == "arcapix.fs.gpfs.fileset"


def test_a_cache_fileset_made_by_name_only_cannot_be_created(gpfs):
    again = pickle.loads(pickle.dumps(CacheFileset("mmfs1", "newone", "/export")))

    with pytest.raises(ValueError, match="cache fileset 'newone' has no home"):
        again.create()
    assert gpfs.ran == []


@pytest.mark.parametrize("names", [("mmfs1", ""), ("", "a"), ("/dev/", "a")])
def test_empty_names_are_refused(names):
    with pytest.raises(ValueError, match="cannot be empty"):
        Fileset(*names)

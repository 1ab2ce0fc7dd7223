from __future__ import annotations

import pickle

import pytest

from arcapix.fs.gpfs import Fileset, Filesystem, NotFound
from arcapix.fs.gpfs.quota import FilesetQuota, GroupQuota, Quotas, UserQuota

QUOTA_HEADER = (
    "{command}::HEADER:version:reserved:reserved:filesystemName:quotaType:id:name:blockUsage:blockQuota:blockLimit:"
    "blockInDoubt:blockGrace:filesUsage:filesQuota:filesLimit:filesInDoubt:filesGrace:remarks:quota:defQuota:fid:filesetname:\n"
)
IN_DOUBT = QUOTA_HEADER.format(command="mmlsquota") + (
    "mmlsquota::0:1:::mmfs1:FILESET:1:projects:1024:2048:4096:16:6 days:30:40:50:1:none:e:on:off:::\n"
)
"""Figures in doubt and a time of grace, which the emulator has not."""
USERS = (
    QUOTA_HEADER.format(command="mmrepquota")
    + """\
mmrepquota::0:1:::mmfs1:USR:0:root:337419744:0:0:163840:none:1395:0:0:400:none:i:on:off::root:
mmrepquota::0:1:::mmfs1:USR:1001:ann:512:1024:2048:0:none:3:0:0:0:none:e:on:off::root:
mmrepquota::0:1:::mmfs1:USR:1001:ann:256:0:0:0:none:1:10:20:0:none:e:on:off::projects:
"""
)
"""Users that this machine need not have."""


def test_a_fileset_quota_has_figures_in_bytes_and_files(gpfs):
    gpfs.answer("mmlsquota -j projects", IN_DOUBT)
    quota = FilesetQuota("mmfs1", "projects")

    assert (quota.id, quota.name, quota.filesystemName) == (1, "projects", "mmfs1")
    assert (quota.blockUsage, quota.blockSoftLimit, quota.blockHardLimit) == (1 << 20, 2 << 20, 4 << 20)
    assert (quota.blockInDoubt, quota.blockGrace) == (16384, "6 days")
    assert (quota.filesUsage, quota.filesSoftLimit, quota.filesHardLimit) == (30, 40, 50)
    assert (quota.filesInDoubt, quota.filesGrace) == (1, None)


def test_every_figure_is_asked_anew(gpfs):
    quota = FilesetQuota("mmfs1", "projects")

    _ = quota.filesUsage, quota.filesUsage

    assert gpfs.ran == ["mmlsquota -j projects -Y mmfs1"] * 2


def test_quotas_are_true_exactly_while_a_limit_is_above_zero(gpfs):
    assert Fileset("mmfs1", "projects").quotas
    assert not Fileset("mmfs1", "root").quotas
    assert not Fileset("mmfs1", "notes").quotas
    assert len(gpfs.ran) == 3


def test_the_own_quota_of_a_fileset_is_a_mapping_of_at_most_one(gpfs):
    assert list(Fileset("mmfs1", "projects").quotas.fileset) == ["projects"]
    assert list(Fileset("mmfs1", "root").quotas.fileset) == []
    assert Fileset("mmfs1", "projects").quotas.fileset["projects"] == FilesetQuota("mmfs1", "projects")


def test_a_limit_that_is_not_given_stays(gpfs):
    Fileset("mmfs1", "projects").quotas.fileset.new(filesHardLimit=60)
    Fileset("mmfs1", "notes").quotas.fileset.new(blockSoftLimit="10G")

    assert gpfs.ran == [
        "mmlsquota -j projects -Y mmfs1",
        "mmsetquota mmfs1:projects --files 40:60",
        "mmlsquota -j notes -Y mmfs1",
        "mmsetquota mmfs1:notes --block 10485760K:0K",
    ]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (0, "0K"),
        (1, "1K"),
        (1024, "1K"),
        (1025, "2K"),
        ("10G", "10485760K"),
        ("10g", "10485760K"),
        ("1 MiB", "1024K"),
        ("1025", "2K"),
        ("2T", "2147483648K"),
    ],
)
def test_block_limits_are_sent_in_kib_rounded_up(gpfs, given, sent):
    FilesetQuota("mmfs1", "projects").change(blockSoftLimit=0, blockHardLimit=given)

    assert gpfs.ran == [f"mmsetquota mmfs1:projects --block 0K:{sent}"]


@pytest.mark.parametrize("limit", ["much", "-1", "1.5G", "", "10X", -5])
def test_what_is_no_size_is_refused(gpfs, limit):
    with pytest.raises(ValueError, match="is not a size"):
        FilesetQuota("mmfs1", "projects").change(blockHardLimit=limit)
    assert gpfs.ran == []


@pytest.mark.parametrize("limit", [True, 1.5, [5]])
def test_what_is_no_number_is_a_type_error(gpfs, limit):
    with pytest.raises(TypeError, match="blockHardLimit is an int of bytes"):
        FilesetQuota("mmfs1", "projects").change(blockHardLimit=limit)
    with pytest.raises(TypeError, match="filesHardLimit is an int"):
        FilesetQuota("mmfs1", "projects").change(filesHardLimit=limit)
    assert gpfs.ran == []


def test_a_soft_limit_above_its_hard_limit_is_refused_unless_that_is_none(gpfs):
    quota = FilesetQuota("mmfs1", "projects")
    with pytest.raises(ValueError, match="block soft limit 2048 is above the hard limit 1024"):
        quota.change(blockSoftLimit=2048, blockHardLimit=1024)
    assert gpfs.ran == []

    quota.change(filesSoftLimit=5, filesHardLimit=0)

    assert gpfs.ran == ["mmsetquota mmfs1:projects --files 5:0"]


def test_half_a_quota_is_checked_against_the_other_half(gpfs):
    with pytest.raises(ValueError, match="files soft limit 40 is above the hard limit 39"):
        FilesetQuota("mmfs1", "projects").change(filesHardLimit=39)


def test_deleting_a_quota_sets_all_limits_to_zero(gpfs):
    FilesetQuota("mmfs1", "projects").delete()

    assert gpfs.ran == ["mmsetquota mmfs1:projects --block 0K:0K --files 0:0"]


def test_a_change_of_no_limit_runs_nothing(gpfs):
    FilesetQuota("mmfs1", "projects").change()

    assert gpfs.ran == []


def test_the_quotas_of_a_file_system_are_mappings(gpfs):
    gpfs.answer("mmrepquota -Y -u", USERS)
    quotas = Filesystem("mmfs1").quotas

    assert isinstance(quotas, Quotas)
    assert list(quotas.fileset) == ["root", "projects", "notes", "cache"]
    assert list(quotas.user) == ["root", "ann"]
    assert quotas.fileset["projects"].filesHardLimit == 50
    assert quotas.user["ann"].blockUsage == 512 * 1024
    with pytest.raises(NotFound, match="no user quota 'anne'; did you mean 'ann'"):
        quotas.user["anne"]


def test_users_of_a_fileset_are_those_that_count_in_it(gpfs):
    gpfs.answer("mmrepquota -Y -u", USERS)
    quotas = Fileset("mmfs1", "projects").quotas

    assert list(quotas.user) == ["ann"]
    assert quotas.user["ann"].filesHardLimit == 20
    assert quotas.user["ann"].filesetName == "projects"


def test_quotas_of_users_and_groups_are_set_by_name(gpfs):
    gpfs.answer("mmrepquota -Y -u", USERS)
    for target in ("mmfs1 --user ann", "mmfs1:projects --user ann", "mmfs1 --group staff"):
        gpfs.answer(f"mmsetquota {target}", "")
    UserQuota("mmfs1", "ann").change(filesSoftLimit=1, filesHardLimit=2)
    UserQuota("mmfs1", "ann", "projects").change(filesHardLimit=30)
    GroupQuota("mmfs1", "staff").delete()

    assert gpfs.ran == [
        "mmsetquota mmfs1 --user ann --files 1:2",
        "mmrepquota -Y -u mmfs1",
        "mmsetquota mmfs1:projects --user ann --files 10:30",
        "mmsetquota mmfs1 --group staff --block 0K:0K --files 0:0",
    ]


def test_a_quota_that_gpfs_keeps_no_figures_of_is_not_found(gpfs):
    gpfs.answer("mmlsquota -j notes", QUOTA_HEADER.format(command="mmlsquota"))
    with pytest.raises(NotFound, match="no fileset quota 'notes'"):
        _ = FilesetQuota("mmfs1", "notes").filesUsage


def test_quotas_are_equal_and_pickle_by_names(gpfs):
    for quota in (FilesetQuota("mmfs1", "a"), UserQuota("mmfs1", "ann"), UserQuota("mmfs1", "ann", "a")):
        assert pickle.loads(pickle.dumps(quota)) == quota
    assert UserQuota("mmfs1", "ann") != UserQuota("mmfs1", "ann", "a")
    assert UserQuota("mmfs1", "ann") != GroupQuota("mmfs1", "ann")
    assert pickle.loads(pickle.dumps(Fileset("mmfs1", "a").quotas)) == Fileset("mmfs1", "a").quotas
    assert gpfs.ran == []


def test_an_unknown_limit_names_the_nearest():
    with pytest.raises(
        TypeError, match=r"new takes no keyword 'fileSoftLimit'; did you mean 'filesSoftLimit'"
    ):
        Fileset("mmfs1", "a").quotas.fileset.new(fileSoftLimit=5)

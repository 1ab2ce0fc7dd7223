"""Quotas: limits, and usage counted from real files."""

from __future__ import annotations

import os
import pwd

import pytest

from arcapix.fs.gpfs.emulator.usage import Amount, Usage

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def survey(cluster):
    """A linked fileset `survey`."""
    cluster.ok("mmcrfileset mmfs1 survey --inode-space new")
    cluster.ok("mmlinkfileset mmfs1 survey")
    return cluster


def quota(cluster, line):
    (row,) = cluster.rows(line)
    return row


def test_limits_are_set_and_shown_in_kib(survey):
    assert survey.ok("mmsetquota mmfs1:survey --block 1G:2G --files 100:200") == ""
    row = quota(survey, "mmlsquota -j survey -Y mmfs1")
    assert (row["quotaType"], row["id"], row["name"]) == ("FILESET", "1", "survey")
    assert (row["blockQuota"], row["blockLimit"]) == ("1048576", "2097152")
    assert (row["filesQuota"], row["filesLimit"]) == ("100", "200")


def test_a_limit_that_is_not_given_stays(survey):
    survey.ok("mmsetquota mmfs1:survey --block 1M:2M --files 100:200")
    survey.ok("mmsetquota mmfs1:survey --files 150")
    survey.ok("mmsetquota mmfs1:survey --block :3M")
    row = quota(survey, "mmlsquota -j survey -Y mmfs1")
    assert (row["blockQuota"], row["blockLimit"], row["filesQuota"], row["filesLimit"]) == (
        "1024",
        "3072",
        "150",
        "200",
    )


def test_usage_is_counted_from_the_files(survey):
    survey.write("survey/data", 10_000)
    survey.write("outside", 5_000)
    row = quota(survey, "mmlsquota -j survey -Y mmfs1")
    assert (row["blockUsage"], row["filesUsage"]) == ("10", "2")
    survey.ok("mmunlinkfileset mmfs1 survey")
    row = quota(survey, "mmlsquota -j survey -Y mmfs1")
    assert (row["blockUsage"], row["filesUsage"]) == ("10", "2")


def test_grace_begins_when_a_soft_limit_is_passed(survey):
    survey.ok("mmsetquota mmfs1:survey --files 2:9")
    assert quota(survey, "mmlsquota -j survey -Y mmfs1")["filesGrace"] == "none"
    for number in range(3):
        survey.write(f"survey/{number}", 1)
    assert quota(survey, "mmlsquota -j survey -Y mmfs1")["filesGrace"] == "7 days"


def test_an_event_follows_when_the_soft_limit_is_passed(survey):
    script = survey.folder / "handler"
    script.write_text(f'#!/bin/sh\necho "$@" >> {survey.folder}/seen\n')
    script.chmod(0o755)
    line = f"mmaddcallback over --command {script} --event softQuotaExceeded --parms"
    survey.emulator.run([*line.split(), "%fsName %filesetName %filesUsage %filesQuota"])
    survey.ok("mmsetquota mmfs1:survey --files 2:9")
    for number in range(3):
        survey.write(f"survey/{number}", 1)
    assert survey.emulator.wait_idle()
    assert (survey.folder / "seen").read_text() == "mmfs1 survey 4 2\n"


def test_users_and_groups_are_counted_by_the_owner_of_the_files(cluster):
    cluster.write("data", 2048)
    cluster.ok(f"mmsetquota mmfs1 --user {ME} --block 1M:2M")
    row = quota(cluster, f"mmlsquota -u {ME} -Y mmfs1")
    assert (row["quotaType"], row["name"], row["blockUsage"], row["blockQuota"]) == ("USR", ME, "2", "1024")
    assert quota(cluster, f"mmlsquota -u {os.getuid()} -Y mmfs1") == row
    cluster.ok(f"mmsetquota mmfs1 --group {os.getgid()} --files 5:6")
    (row,) = [row for row in cluster.rows("mmrepquota -g -Y mmfs1") if row["id"] == str(os.getgid())]
    assert (row["quotaType"], row["filesUsage"], row["filesLimit"]) == ("GRP", "1", "6")


def test_quotas_per_fileset_need_a_file_system_that_has_them(survey):
    error = survey.fails(f"mmsetquota mmfs1:survey --user {ME} --files 5", status=22)
    assert "Per-fileset quotas are not enabled" in error

    def enable(state):
        state.filesystems["mmfs1"].perfileset_quota = True

    survey.arrange(enable)
    survey.ok(f"mmsetquota mmfs1:survey --user {ME} --files 5")
    survey.write("survey/data", 1)
    (row,) = [row for row in survey.rows("mmrepquota -u -Y mmfs1") if row["filesetname"] == "survey"]
    assert (row["name"], row["filesQuota"], row["filesUsage"]) == (ME, "5", "2")


def test_without_fileset_and_owner_it_is_the_root_fileset(cluster):
    cluster.ok("mmsetquota mmfs1 --files 5:6")
    assert quota(cluster, "mmlsquota -j root -Y mmfs1")["filesLimit"] == "6"


@pytest.mark.parametrize(
    "line",
    [
        "mmfs1:survey --files 20:10",
        "mmfs1:survey --block many",
        "mmfs1:ghost --files 1",
        "mmfs1 --user no-such-user --files 1",
    ],
)
def test_limits_that_cannot_be_change_nothing(survey, line):
    survey.fails(f"mmsetquota {line}", status=22)
    assert not survey.filesystem.quotas


def test_the_kinds_of_target_that_are_not_emulated_say_so(cluster):
    assert (
        cluster.fails("mmsetquota mmfs1 --grace user --files 1", status=124)
        == "mmsetquota: option --grace is not emulated\n"
    )


def test_mmrepquota_lists_every_fileset_with_its_entry_type(survey):
    survey.ok("mmsetquota mmfs1:survey --files 5")
    rows = survey.rows("mmrepquota -j -Y mmfs1")
    assert [(row["name"], row["remarks"]) for row in rows] == [("root", "i"), ("survey", "e")]


def test_mmrepquota_tells_what_is_enforced(cluster):
    assert cluster.ok("mmrepquota -q -j mmfs1") == "mmfs1: FILESET quota is on; default quota is off\n"


def test_mmrepquota_wants_a_device_or_all(cluster):
    assert "Usage:" in cluster.fails("mmrepquota -j")
    assert "is not known to the GPFS cluster" in cluster.fails("mmrepquota -j ghost")


def test_plain_forms_without_limits(survey):
    lines = survey.ok("mmlsquota -j survey mmfs1").splitlines()
    assert lines[1].split()[:2] == ["Filesystem", "type"]
    assert lines[2].split() == ["mmfs1", "FILESET", "no", "limits"]


def test_a_user_without_limits_is_shown_with_figures_once_there_are_files(cluster):
    assert "no limits" in cluster.ok(f"mmlsquota -u {ME} mmfs1")
    cluster.write("data", 2048)
    assert cluster.ok(f"mmlsquota -u {ME} mmfs1").splitlines()[2].split()[:4] == ["mmfs1", "USR", "2", "0"]


def test_a_group_is_named_before_its_quotas(cluster):
    lines = cluster.ok("mmlsquota -g root mmfs1").splitlines()
    assert lines[:2] == ["", "Disk quotas for group root (gid 0):"]


@pytest.mark.parametrize(
    ("size", "title"), [("G", "GB"), ("1024", "blocks"), ("auto", "blocks"), ("2M", "blocks")]
)
def test_the_unit_of_block_figures_is_their_title(cluster, size, title):
    assert cluster.ok(f"mmlsquota -u {ME} --block-size {size} mmfs1").splitlines()[1].split()[2] == title
    assert "--block-size" in cluster.fails(f"mmlsquota -u {ME} --block-size x mmfs1")


def test_without_a_device_those_with_quotas_are_meant(make_cluster):
    cluster = make_cluster(filesystems=["mmfs1", "mmfs2"])

    def disable(*names):
        def arrange(state):
            for name in names:
                state.filesystems[name].quotas_enforced = []

        return arrange

    cluster.arrange(disable("mmfs1"))
    assert [row["filesystemName"] for row in cluster.rows("mmlsquota -Y")] == ["mmfs2"]
    cluster.arrange(disable("mmfs1", "mmfs2"))
    error = cluster.fails("mmlsquota", status=22)
    assert error.startswith(
        "No quota enabled file system found.\nmmlsquota: tslsquota failed. Error code 22.\n"
    )
    assert cluster.ok("mmlsquota -Y mmfs1")


def test_a_site_ends_with_status_0_where_no_quotas_are_enabled(make_cluster):
    cluster = make_cluster(filesystems=[], no_quota_status="0")
    done = cluster.run("mmlsquota -Y")
    assert (done.returncode, done.stdout) == (0, "")
    assert "tslsquota  -Y  failed" in done.stderr


def test_mmrepquota_gives_one_report_where_no_kind_is_asked_for(survey):
    output = survey.ok("mmrepquota mmfs1")
    assert output.splitlines()[0] == "*** Report for USR GRP FILESET quotas on mmfs1"
    assert output.count("Block Limits") == 1
    kinds = [row["quotaType"] for row in survey.rows("mmrepquota -Y mmfs1")]
    assert sorted(set(kinds), key=kinds.index) == ["USR", "GRP", "FILESET"]
    (row,) = [row for row in survey.rows("mmrepquota -Y -n mmfs1") if row["name"] == "1"]
    assert (row["quotaType"], row["fid"]) == ("FILESET", "1")


def test_mmrepquota_leaves_out_the_kinds_that_are_off(survey):
    def arrange(state):
        state.filesystems["mmfs1"].quotas_enforced = ["fileset"]

    survey.arrange(arrange)
    done = survey.run("mmrepquota mmfs1")
    assert done.stdout.startswith("*** Report for FILESET quotas on mmfs1\n")
    assert done.stderr.count("quotas are not enabled") == 2


def test_mmrepquota_tells_how_entries_came_about_only_when_asked(survey):
    survey.ok("mmsetquota mmfs1:survey --files 5")
    assert "entryType" not in survey.ok("mmrepquota -j mmfs1")
    lines = survey.ok("mmrepquota -j -v mmfs1").splitlines()
    assert [line[-11:] for line in lines[3:]] == [" i         ", " e         "]


NOBODY_IN_PARTICULAR = 54321


def used_by_somebody(cluster):
    """Five files in mmfs1, and in its fileset survey, of a user without limits of their own."""
    used = Usage(
        users={NOBODY_IN_PARTICULAR: Amount(5 << 10, 5)}, groups={NOBODY_IN_PARTICULAR: Amount(5 << 10, 5)}
    )
    used.owners["USR", "survey", NOBODY_IN_PARTICULAR] = Amount(5 << 10, 5)
    cluster.emulator.usage = lambda _: used


def test_default_limits_are_set_listed_and_taken_away(cluster):
    assert "none " in cluster.ok("mmlsfs mmfs1 -Q").splitlines()[-1]
    cluster.ok("mmsetquota mmfs1 --default user --block 1M:2M --files 10")
    cluster.ok("mmsetquota mmfs1 --default user --files :20")
    lines = cluster.ok("mmlsquota -d mmfs1").splitlines()
    assert lines[2:] == [
        "mmfs1      USR        1024       2048  |        10       20  default on",
        "mmfs1      GRP           0          0  |         0        0  i         ",
        "mmfs1      FILESET          0          0  |         0        0  i         ",
    ]
    assert " user " in cluster.ok("mmlsfs mmfs1 -Q").splitlines()[-1]
    assert cluster.ok("mmrepquota -q -u mmfs1") == "mmfs1: USR quota is on; default quota is on\n"
    cluster.ok("mmsetquota mmfs1 --default user --block 0:0 --files 0:0")
    assert "default on" not in cluster.ok("mmlsquota -d")


@pytest.mark.parametrize("words", ["-d -u mmfs1", "-du mmfs1", "-u -d mmfs1", "mmfs1 -d -u"])
def test_the_kinds_of_default_limits_take_no_names(cluster, words):
    assert [line.split()[1] for line in cluster.ok(f"mmlsquota {words}").splitlines()[2:]] == ["USR"]


def test_default_limits_hold_for_who_has_none(cluster):
    used_by_somebody(cluster)
    cluster.ok("mmsetquota mmfs1 --default user --files 3:9")
    row = quota(cluster, f"mmlsquota -u {NOBODY_IN_PARTICULAR} -Y mmfs1")
    assert (row["filesQuota"], row["filesLimit"], row["filesGrace"]) == ("3", "9", "7 days")
    (root, somebody) = cluster.rows("mmrepquota -u -Y mmfs1")
    assert (root["remarks"], root["filesQuota"], root["defQuota"]) == ("i", "0", "on")
    assert (somebody["remarks"], somebody["filesQuota"]) == ("d_fsys", "3")
    cluster.ok(f"mmsetquota mmfs1 --user {NOBODY_IN_PARTICULAR} --files 100")
    assert quota(cluster, f"mmlsquota -u {NOBODY_IN_PARTICULAR} -Y mmfs1")["filesQuota"] == "100"


def test_default_limits_of_a_fileset_stay_in_it_and_go_with_it(survey):
    assert "Per-fileset quotas are not enabled" in survey.fails("mmlsquota -d mmfs1:survey", status=22)
    assert "Per-fileset" in survey.fails("mmsetquota mmfs1:survey --default user --files 3", status=22)

    def enable(state):
        state.filesystems["mmfs1"].perfileset_quota = True

    survey.arrange(enable)
    used_by_somebody(survey)
    survey.ok("mmsetquota mmfs1:survey --default user --files 3")
    (row,) = [row for row in survey.rows("mmrepquota -u -Y mmfs1") if row["id"] == str(NOBODY_IN_PARTICULAR)]
    assert (row["remarks"], row["filesetname"], row["filesQuota"]) == ("d_fset", "survey", "3")
    assert [line.split()[1:3] for line in survey.ok("mmlsquota -d mmfs1").splitlines()[2:]] == [
        ["root", "USR"], ["root", "GRP"], ["survey", "USR"], ["survey", "GRP"], ["root", "FILESET"],
    ]  # fmt: skip
    assert "default on" not in survey.ok("mmlsquota -d mmfs1:root")
    survey.ok("mmchfileset mmfs1 survey -j poll")
    assert survey.ok("mmlsquota -d -u mmfs1:poll").endswith("  default on\n")


def test_default_limits_of_filesets_hold_for_all_but_the_root_fileset(survey):
    survey.ok("mmsetquota mmfs1 --default fileset --files 7")
    rows = survey.rows("mmrepquota -j -Y mmfs1")
    assert [(row["name"], row["remarks"], row["filesQuota"]) for row in rows] == [
        ("root", "i", "0"), ("survey", "d_fsys", "7"),
    ]  # fmt: skip


def test_an_event_follows_when_a_default_limit_is_passed(survey):
    script = survey.folder / "handler"
    script.write_text(f'#!/bin/sh\necho "$@" >> {survey.folder}/seen\n')
    script.chmod(0o755)
    line = f"mmaddcallback over --command {script} --event softQuotaExceeded,usageUnderSoftQuota --parms"
    survey.emulator.run([*line.split(), "%eventName %filesetName %filesUsage %filesQuota"])
    survey.ok("mmsetquota mmfs1 --default fileset --files 2:9")
    for number in range(3):
        survey.write(f"survey/{number}", 1)
    assert survey.emulator.wait_idle()
    assert (survey.folder / "seen").read_text() == "softQuotaExceeded survey 4 2\n"
    survey.ok("mmsetquota mmfs1 --default fileset --files 0:0")
    assert survey.emulator.wait_idle()
    assert (survey.folder / "seen").read_text().splitlines()[1:] == ["usageUnderSoftQuota survey 4 0"]


@pytest.mark.parametrize("words", ["everybody", "fileset --user root", "user --group root"])
def test_default_limits_are_of_one_kind(cluster, words):
    assert "--default" in cluster.fails(f"mmsetquota mmfs1 --default {words} --files 1")
    assert "Usage:" in cluster.fails("mmsetquota mmfs1:root --default fileset --files 1")


def test_default_limits_in_colons_are_not_emulated(cluster):
    assert cluster.fails("mmlsquota -d -Y", status=124) == "mmlsquota: option -d -Y is not emulated\n"


def test_deleting_a_fileset_deletes_its_quota(survey):
    survey.ok("mmsetquota mmfs1:survey --files 5")
    survey.ok("mmunlinkfileset mmfs1 survey")
    survey.ok("mmdelfileset mmfs1 survey")
    assert not survey.filesystem.quotas

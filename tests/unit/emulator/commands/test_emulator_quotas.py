"""Quotas: limits, and usage counted from real files."""

from __future__ import annotations

import os
import pwd

import pytest

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
        cluster.fails("mmsetquota mmfs1 --default user --files 1", status=124)
        == "mmsetquota: option --default is not emulated\n"
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


def test_deleting_a_fileset_deletes_its_quota(survey):
    survey.ok("mmsetquota mmfs1:survey --files 5")
    survey.ok("mmunlinkfileset mmfs1 survey")
    survey.ok("mmdelfileset mmfs1 survey")
    assert not survey.filesystem.quotas

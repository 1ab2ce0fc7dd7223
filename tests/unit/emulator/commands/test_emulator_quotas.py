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


def test_deleting_a_fileset_deletes_its_quota(survey):
    survey.ok("mmsetquota mmfs1:survey --files 5")
    survey.ok("mmunlinkfileset mmfs1 survey")
    survey.ok("mmdelfileset mmfs1 survey")
    assert not survey.filesystem.quotas

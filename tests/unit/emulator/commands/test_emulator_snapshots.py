"""Snapshots: names, the event, and its waiting."""

from __future__ import annotations

import os
import time

import pytest


@pytest.fixture
def survey(cluster):
    """An independent fileset `survey` and a dependent one `plain`."""
    cluster.ok("mmcrfileset mmfs1 survey --inode-space new")
    cluster.ok("mmcrfileset mmfs1 plain")
    return cluster


def listed(cluster, options=""):
    return [(row["fileset"], row["directory"]) for row in cluster.rows(f"mmlssnapshot mmfs1 {options} -Y")]


def test_without_snapshots_it_is_a_sentence(cluster):
    assert (
        cluster.ok("mmlssnapshot mmfs1")
        == cluster.ok("mmlssnapshot mmfs1 -Y")
        == "No snapshots in file system mmfs1\n"
    )


def test_one_of_the_whole_file_system(cluster):
    lines = cluster.ok("mmcrsnapshot mmfs1 @GMT-2026.01.31-23.59.59").splitlines()
    assert lines[-1] == "Snapshot :@GMT-2026.01.31-23.59.59 created with id 1."
    assert listed(cluster) == [("", "@GMT-2026.01.31-23.59.59")]


def test_those_of_filesets_in_each_way_of_asking(survey):
    survey.ok("mmcrsnapshot mmfs1 survey:one")
    survey.ok("mmcrsnapshot mmfs1 two -j survey,root")
    survey.ok("mmcrsnapshot mmfs1 :three,survey:four")
    assert listed(survey) == [
        ("survey", "one"),
        ("survey", "two"),
        ("root", "two"),
        ("", "three"),
        ("survey", "four"),
    ]
    assert listed(survey, "-j survey") == [("survey", "one"), ("survey", "two"), ("survey", "four")]
    assert listed(survey, "-s global") == [("", "three")]
    assert listed(survey, "-s survey:four") == [("survey", "four")]


def test_a_dependent_fileset_has_no_snapshots(survey):
    assert survey.fails("mmcrsnapshot mmfs1 one -j plain", status=22).startswith(
        "Fileset plain is not an independent fileset.\n"
    )
    assert "does not exist" in survey.fails("mmcrsnapshot mmfs1 one -j ghost", status=22)


def test_before_5_0_one_of_the_whole_file_system_has_no_colon(make_cluster):
    cluster = make_cluster(release="4.2.3")
    assert cluster.ok("mmcrsnapshot mmfs1 one").splitlines()[-1] == "Snapshot one created with id 1."
    assert ":" not in cluster.ok("mmdelsnapshot mmfs1 one").replace(time.strftime("%H:%M:"), "")


def test_a_name_can_be_used_once_globally_and_once_in_each_fileset(survey):
    survey.ok("mmcrsnapshot mmfs1 one")
    survey.ok("mmcrsnapshot mmfs1 survey:one")
    assert survey.fails("mmcrsnapshot mmfs1 one", status=17).startswith("Snapshot :one already exists.\n")


def test_nothing_is_made_if_one_of_several_cannot_be(survey):
    survey.fails("mmcrsnapshot mmfs1 one,plain:two", status=22)
    assert not survey.filesystem.snapshots


def test_deletion(survey):
    survey.ok("mmcrsnapshot mmfs1 one,survey:one")
    lines = survey.ok("mmdelsnapshot mmfs1 one -j survey --qos maintenance -N n1,n2").splitlines()
    assert lines[-1] == "Delete snapshot survey:one successful."
    assert listed(survey) == [("", "one")]
    assert survey.fails("mmdelsnapshot mmfs1 ghost", status=2).startswith(
        "Cannot find snapshot :ghost in file system mmfs1.\n"
    )
    survey.ok("mmdelsnapshot mmfs1 one")
    assert "with id 3." in survey.ok("mmcrsnapshot mmfs1 one")


def handler(cluster, body, *options):
    script = cluster.folder / "handler"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    parms = ["--parms", "%fsName %filesetName %snapshotName %snapshotID"]
    cluster.emulator.run(
        ["mmaddcallback", "made", "--command", str(script), "--event", "snapshotCreated", *options, *parms]
    )


def test_the_event_carries_the_names(survey):
    handler(survey, f'echo "$@" >> {survey.folder}/seen')
    survey.ok("mmcrsnapshot mmfs1 one")
    assert survey.emulator.wait_idle()
    survey.ok("mmcrsnapshot mmfs1 survey:two")
    assert survey.emulator.wait_idle()
    assert (survey.folder / "seen").read_text() == "mmfs1 global one 1\nmmfs1 survey two 2\n"


def test_the_command_waits_for_synchronous_callbacks(survey):
    handler(survey, f"sleep 0.2; touch {survey.folder}/seen", "--sync", "--timeout", "20")
    survey.ok("mmcrsnapshot mmfs1 one")
    assert (survey.folder / "seen").exists()


def test_the_command_does_not_wait_if_the_switch_says_so(make_cluster, tmp_path):
    cluster = make_cluster(snapshot_waits="at-once")
    handler(cluster, f"read line < {tmp_path}/gate; touch {tmp_path}/seen", "--sync", "--timeout", "20")
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    cluster.ok("mmcrsnapshot mmfs1 one")
    assert not (tmp_path / "seen").exists()
    gate.write_text("go\n")
    assert cluster.emulator.wait_idle()
    assert (tmp_path / "seen").exists()


def test_mmsnapdir_shows_one_line_while_both_names_agree(cluster):
    cluster.ok("mmsnapdir mmfs1 -s .history")
    agreed = 'Snapshot directory for "mmfs1" is ".history" (root directory only)\n'
    assert cluster.ok("mmsnapdir mmfs1 -q") == cluster.ok("mmsnapdir mmfs1") == agreed
    cluster.ok("mmsnapdir mmfs1 -a --show-global-snapshots allfilesets --fileset-snapdir .mine")
    assert cluster.ok("mmsnapdir mmfs1 -q") == (
        'Fileset snapshot directory for "mmfs1" is ".mine" (all directories)\n'
        'Global snapshot directory for "mmfs1" is ".history" in all filesets\n'
    )
    cluster.ok("mmsnapdir mmfs1 -r --show-global-snapshots rootfileset --global-snapdir .whole")
    assert cluster.ok("mmsnapdir mmfs1 -q") == (
        'Fileset snapshot directory for "mmfs1" is ".mine" (root directory only)\n'
        'Global snapshot directory for "mmfs1" is ".whole" in root fileset\n'
    )


def test_mmsnapdir_takes_one_place_and_names_of_folders(cluster):
    assert "cannot be used together" in cluster.fails("mmsnapdir mmfs1 -r -a")
    assert "--show-global-snapshots: some" in cluster.fails("mmsnapdir mmfs1 --show-global-snapshots some")
    assert "Incorrect snapshot name: .." in cluster.fails("mmsnapdir mmfs1 --global-snapdir ..", status=22)


def test_neither_folder_of_snapshots_counts_as_usage(cluster):
    cluster.ok("mmsnapdir mmfs1 --fileset-snapdir .mine --global-snapdir .whole")
    before = cluster.emulator.usage(cluster.filesystem).total.files
    for name in (".mine", ".whole", "counted"):
        (cluster.mount_point / name).mkdir()
    assert cluster.emulator.usage(cluster.filesystem).total.files == before + 1

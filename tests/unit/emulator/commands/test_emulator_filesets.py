"""Filesets: their inode spaces, junctions and real files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


def fileset(cluster, name):
    return next(row for row in cluster.rows("mmlsfileset mmfs1 -Y") if row["filesetName"] == name)


def test_a_dependent_fileset_uses_the_inode_space_of_root(cluster):
    assert cluster.ok("mmcrfileset mmfs1 plain -t notes").startswith(
        "Fileset plain created with id 1 root inode "
    )
    row = fileset(cluster, "plain")
    assert (row["inodeSpace"], row["isInodeSpaceOwner"], row["maxInodes"], row["allocInodes"]) == (
        "0",
        "0",
        "0",
        "0",
    )
    assert (row["status"], row["path"], row["parentId"]) == ("Unlinked", "%2D%2D", "--")
    assert row["comment"] == "notes"


def test_an_independent_fileset_owns_the_next_inode_space(cluster):
    output = cluster.ok("mmcrfileset mmfs1 own --inode-space new --inode-limit 200000:1000")
    assert output == "Fileset own created with id 1 root inode 524291.\n"
    row = fileset(cluster, "own")
    assert (row["inodeSpace"], row["isInodeSpaceOwner"]) == ("1", "1")
    assert (row["maxInodes"], row["allocInodes"], row["freeInodes"]) == ("200000", "1024", "1023")


def test_an_older_release_spaces_its_root_inodes_as_recorded(make_cluster):
    cluster = make_cluster(release="4.2.3")
    assert "root inode 131075." in cluster.ok("mmcrfileset mmfs1 one --inode-space new --inode-limit 200000")
    assert "root inode 262147." in cluster.ok("mmcrfileset mmfs1 two --inode-space new --inode-limit 200000")


def test_a_fileset_can_use_the_inode_space_of_another_one(cluster):
    cluster.ok("mmcrfileset mmfs1 own --inode-space new")
    cluster.ok("mmcrfileset mmfs1 guest --inode-space own")
    assert fileset(cluster, "guest")["inodeSpace"] == "1"
    error = cluster.fails("mmcrfileset mmfs1 nested --inode-space guest", status=22)
    assert error.startswith("Fileset guest is not an independent fileset.")


def test_inode_limits_are_rounded_up(cluster):
    cluster.ok("mmcrfileset mmfs1 own --inode-space new --inode-limit 1000")
    assert fileset(cluster, "own")["maxInodes"] == "1024"


def test_a_fileset_of_that_name_exists(cluster):
    cluster.ok("mmcrfileset mmfs1 one")
    assert cluster.fails("mmcrfileset mmfs1 one", status=17).startswith("Fileset named one already exists.\n")


@pytest.mark.parametrize("name", ["new", "a/b", "a:b", "a*", "x" * 256])
def test_a_name_that_gpfs_does_not_take(cluster, name):
    assert "Incorrect fileset name" in cluster.fails(f"mmcrfileset mmfs1 {name}", status=22)


def test_linking_shows_a_folder_and_unlinking_hides_it_with_its_files(cluster):
    cluster.ok("mmcrfileset mmfs1 one")
    path = cluster.mount_point / "sub"
    assert cluster.ok(f"mmlinkfileset mmfs1 one -J {path}") == f"Fileset one linked at {path}\n"
    cluster.write("sub/file", 10)
    assert cluster.ok("mmunlinkfileset mmfs1 one") == "Fileset one unlinked.\n"
    assert not path.exists()
    assert fileset(cluster, "one")["status"] == "Unlinked"
    cluster.ok(f"mmlinkfileset mmfs1 one -J {cluster.mount_point}/elsewhere")
    assert (cluster.mount_point / "elsewhere" / "file").read_bytes() == b"x" * 10


def test_a_junction_can_be_relative_to_the_working_folder_or_to_the_mount_point(cluster):
    (cluster.mount_point / "deep").mkdir()
    for name in ("one", "two", "three"):
        cluster.ok(f"mmcrfileset mmfs1 {name}")
    cluster.ok("mmlinkfileset mmfs1 one -J here", cwd=cluster.mount_point / "deep")
    cluster.ok("mmlinkfileset mmfs1 two -J deep/there")
    cluster.ok("mmlinkfileset mmfs1 three")
    paths = [one.path for one in cluster.filesystem.filesets.values()]
    assert [str(Path(path).relative_to(cluster.mount_point)) for path in paths] == [
        ".",
        "deep/here",
        "deep/there",
        "three",
    ]


def test_a_junction_needs_a_free_name_in_a_folder_of_the_file_system(cluster):
    cluster.ok("mmcrfileset mmfs1 one")
    cluster.write("taken", 1)
    assert "File exists" in cluster.fails("mmlinkfileset mmfs1 one -J taken", status=17)
    assert "No such file or directory" in cluster.fails("mmlinkfileset mmfs1 one -J nowhere/one", status=2)
    assert "is not in file system mmfs1" in cluster.fails("mmlinkfileset mmfs1 one -J /tmp/one", status=22)
    cluster.ok("mmlinkfileset mmfs1 one")
    assert "is linked at" in cluster.fails("mmlinkfileset mmfs1 one -J again", status=22)


def test_filesets_inside_an_unlinked_one_stay_linked_but_have_no_path(cluster):
    for name in ("outer", "inner"):
        cluster.ok(f"mmcrfileset mmfs1 {name}")
    cluster.ok("mmlinkfileset mmfs1 outer")
    cluster.ok("mmlinkfileset mmfs1 inner -J outer/inner")
    assert fileset(cluster, "inner")["parentId"] == "1"
    cluster.write("outer/inner/file", 5)
    cluster.ok("mmunlinkfileset mmfs1 outer")
    assert (fileset(cluster, "inner")["status"], fileset(cluster, "inner")["path"]) == ("Linked", "%2D%2D")
    cluster.ok("mmlinkfileset mmfs1 outer -J other")
    assert (cluster.mount_point / "other/inner/file").exists()
    assert fileset(cluster, "inner")["path"].endswith("%2Fother%2Finner")


def test_allocated_inodes_follow_the_files_up_to_the_limit(cluster):
    cluster.ok("mmcrfileset mmfs1 own --inode-space new --inode-limit 64")
    cluster.ok("mmlinkfileset mmfs1 own")
    assert fileset(cluster, "own")["allocInodes"] == "32"
    for number in range(32):
        cluster.write(f"own/{number}", 1)
    assert (fileset(cluster, "own")["allocInodes"], fileset(cluster, "own")["freeInodes"]) == ("64", "31")
    for number in range(32, 80):
        cluster.write(f"own/{number}", 1)
    assert (fileset(cluster, "own")["allocInodes"], fileset(cluster, "own")["freeInodes"]) == ("64", "0")


def test_the_inode_limit_can_be_raised_but_not_below_what_is_allocated(cluster):
    cluster.ok("mmcrfileset mmfs1 own --inode-space new --inode-limit 1024:512")
    output = cluster.ok("mmchfileset mmfs1 own --inode-limit 4096")
    assert output == "Set maxInodes for inode space 1 to 4096\nFileset own changed.\n"
    assert "number of allocated inodes: 512" in cluster.fails(
        "mmchfileset mmfs1 own --inode-limit 256", status=22
    )
    cluster.ok("mmchfileset mmfs1 own --inode-limit 8K:1K")
    assert (fileset(cluster, "own")["maxInodes"], fileset(cluster, "own")["allocInodes"]) == ("8192", "1024")


def test_a_dependent_fileset_has_no_inode_limit(cluster):
    cluster.ok("mmcrfileset mmfs1 plain")
    assert "is not an independent fileset" in cluster.fails(
        "mmchfileset mmfs1 plain --inode-limit 4096", status=22
    )
    assert "Usage:" in cluster.fails("mmcrfileset mmfs1 other --inode-limit 4096")


def test_comment_and_name_can_be_changed_and_quotas_go_along(cluster):
    cluster.ok("mmcrfileset mmfs1 old --inode-space new")
    cluster.ok("mmsetquota mmfs1:old --files 10:20")
    cluster.ok("mmcrsnapshot mmfs1 old:monday")
    assert cluster.ok("mmchfileset mmfs1 old -j fresh -t news") == "Fileset fresh changed.\n"
    assert fileset(cluster, "fresh")["comment"] == "news"
    assert cluster.rows("mmlsquota -j fresh -Y mmfs1")[0]["filesLimit"] == "20"
    assert cluster.rows("mmlssnapshot mmfs1 -Y")[0]["fileset"] == "fresh"
    assert cluster.fails("mmlsfileset mmfs1 old", status=22).startswith("Fileset named old does not exist.\n")


def test_afm_attributes_are_kept_and_listed(cluster):
    cluster.ok(
        "mmcrfileset mmfs1 cache --inode-space new -p afmTarget=nfs://home/x,afmMode=iw -p afmGateway=n2"
    )
    row = fileset(cluster, "cache")
    assert (row["afmTarget"], row["afmMode"], row["afmGatewayNode"]) == ("nfs%3A//home/x", "iw", "n2")
    cluster.ok("mmchfileset mmfs1 cache -p afmNumReadThreads=4")
    assert fileset(cluster, "cache")["afmNumReadThreads"] == "4"
    assert "Usage:" in cluster.fails("mmchfileset mmfs1 cache -p threads=4")


def test_the_iam_mode_of_a_fileset_is_listed_and_only_tightened(cluster):
    cluster.ok("mmcrfileset mmfs1 one --iam-mode ad")
    cluster.ok("mmcrfileset mmfs1 two")
    assert cluster.ok("mmchfileset mmfs1 two --iam-mode Compliant") == "Fileset two changed.\n"
    cluster.ok("mmchfileset mmfs1 one --iam-mode nc")
    modes = {row["filesetName"]: row["filesetMode"] for row in cluster.rows("mmlsfileset mmfs1 -Y")}
    assert modes == {"root": "off", "one": "noncompliant", "two": "compliant"}
    heading, *lines = cluster.ok("mmlsfileset mmfs1 --iam-mode").splitlines()[1:]
    assert heading.endswith("        IAM mode")
    assert [line.split()[-1] for line in lines] == ["off", "noncompliant", "compliant"]
    refused = cluster.fails("mmchfileset mmfs1 two --iam-mode advisory", status=22)
    assert refused.startswith("The IAM mode of fileset two cannot be changed from compliant to advisory.\n")
    assert "--iam-mode: off" in cluster.fails("mmchfileset mmfs1 one --iam-mode off")
    assert "Usage:" in cluster.fails("mmcrfileset mmfs1 three --iam-mode strict")


def test_deleting_wants_an_unlinked_fileset_and_a_word_about_its_files(cluster):
    cluster.ok("mmcrfileset mmfs1 one")
    cluster.ok("mmlinkfileset mmfs1 one")
    cluster.write("one/file", 1)
    assert "must be unlinked" in cluster.fails("mmdelfileset mmfs1 one -f", status=16)
    cluster.ok("mmunlinkfileset mmfs1 one -f")
    assert "contains user files" in cluster.fails("mmdelfileset mmfs1 one", status=39)
    lines = cluster.ok("mmdelfileset mmfs1 one -f").splitlines()
    assert [re.sub(" complete on .*", " complete", line) for line in lines] == [
        "Checking fileset ...",
        "Checking fileset complete.",
        "Deleting user files ...",
        " 100.00 % complete",
        "Deleting fileset ...",
        "Fileset one deleted.",
    ]
    assert list(cluster.filesystem.filesets) == ["root"]
    cluster.ok("mmcrfileset mmfs1 one")
    cluster.ok("mmlinkfileset mmfs1 one")
    assert not any((cluster.mount_point / "one").iterdir())


def test_an_empty_fileset_goes_without_force_and_its_number_is_not_given_again(cluster):
    cluster.ok("mmcrfileset mmfs1 one")
    cluster.ok("mmdelfileset mmfs1 one")
    assert "with id 2 " in cluster.ok("mmcrfileset mmfs1 two")


def test_a_fileset_with_guests_or_snapshots_is_not_deleted(cluster):
    cluster.ok("mmcrfileset mmfs1 own --inode-space new")
    cluster.ok("mmcrfileset mmfs1 guest --inode-space own")
    assert "owns an inode space" in cluster.fails("mmdelfileset mmfs1 own -f", status=16)
    cluster.ok("mmdelfileset mmfs1 guest")
    cluster.ok("mmcrsnapshot mmfs1 own:one")
    assert "has snapshots" in cluster.fails("mmdelfileset mmfs1 own", status=16)


def test_filesets_inside_a_deleted_one_are_unlinked_with_their_files(cluster):
    for name in ("outer", "inner"):
        cluster.ok(f"mmcrfileset mmfs1 {name}")
    cluster.ok("mmlinkfileset mmfs1 outer")
    cluster.ok("mmlinkfileset mmfs1 inner -J outer/inner")
    cluster.write("outer/inner/file", 5)
    cluster.ok("mmunlinkfileset mmfs1 outer")
    cluster.ok("mmdelfileset mmfs1 outer -f")
    assert fileset(cluster, "inner")["status"] == "Unlinked"
    cluster.ok("mmlinkfileset mmfs1 inner")
    assert (cluster.mount_point / "inner/file").exists()


@pytest.mark.parametrize(
    "line", ["mmunlinkfileset mmfs1 root", "mmdelfileset mmfs1 root -f", "mmchfileset mmfs1 root -j x"]
)
def test_the_root_fileset_stays(cluster, line):
    assert cluster.fails(line, status=22).startswith("The root fileset cannot be ")


def test_a_listing_can_be_of_names_junctions_or_a_file(cluster):
    for name in ("one", "two", "three"):
        cluster.ok(f"mmcrfileset mmfs1 {name}")
    cluster.ok("mmlinkfileset mmfs1 two")
    (cluster.folder / "list").write_text("three\nroot\n")

    def names(line):
        return [row["filesetName"] for row in cluster.rows(f"mmlsfileset mmfs1 {line} -Y")]

    assert names("three,one") == ["one", "three"]
    assert names("-J two") == ["two"]
    assert names(f"-F {cluster.folder}/list") == ["root", "three"]
    assert "No fileset is linked" in cluster.fails("mmlsfileset mmfs1 -J nowhere", status=22)


def test_a_listing_counts_on_request(cluster):
    cluster.write("file", 3000)
    row = cluster.rows("mmlsfileset mmfs1 -i -d -Y")[0]
    assert (row["inodes"], row["dataInKB"]) == ("1", "3")
    lines = cluster.ok("mmlsfileset mmfs1 -d").splitlines()
    assert lines[0] == "Collecting fileset usage information ..."
    assert lines[-1].endswith(" 3")


def test_an_option_that_is_not_emulated_says_so(cluster):
    assert (
        cluster.fails("mmlsfileset mmfs1 --afm", status=124) == "mmlsfileset: option --afm is not emulated\n"
    )


def test_filesets_need_the_daemon(cluster):
    cluster.ok("mmshutdown -N n1")
    for line in ("mmlsfileset mmfs1", "mmcrfileset mmfs1 one", "mmlsquota"):
        assert "GPFS is down on this node." in cluster.fails(line)

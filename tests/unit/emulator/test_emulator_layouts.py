"""What is printed, column by column, against recorded output of real clusters."""

from __future__ import annotations

from arcapix.fs.gpfs.emulator import layout
from arcapix.fs.gpfs.emulator.model import Node


def node(number, name, ip, *, quorum=True, manager=True):
    return Node(name=name, number=number, ip=ip, admin_name=name, quorum=quorum, manager=manager)


def test_the_cluster_table_of_a_small_old_cluster():
    assert layout.cluster_table([node(n, f"stor0{n}", f"172.30.184.16{n}") for n in (1, 2)]) == [
        " Node  Daemon node name  IP address      Admin node name  Designation",
        "----------------------------------------------------------------------",
        "   1   stor01            172.30.184.161  stor01           quorum-manager",
        "   2   stor02            172.30.184.162  stor02           quorum-manager",
    ]


def test_the_cluster_table_grows_with_long_names():
    table = layout.cluster_table([node(1, "archive-tier-servers-7.labexample.org", "10.77.20.4")])
    assert table == [
        " Node  Daemon node name                        IP address  Admin node name                         Designation",
        "---------------------------------------------------------------------------------------------------------------",
        "   1   archive-tier-servers-7.labexample.org  10.77.20.4  archive-tier-servers-7.labexample.org  quorum-manager",
    ]


def test_a_client_keeps_the_blanks_before_its_empty_designation():
    row = layout.cluster_table([node(4, "worker07", "10.5.5.9", quorum=False, manager=False)])[2]
    assert row == "   4   worker07          10.5.5.9    worker07         "


def test_the_state_table_of_each_release():
    rows = [(1, "arch1", "active"), (155, "c204", "arbitrating")]
    assert layout.state_table(rows, (4, 2, 3)) == [
        " Node number  Node name        GPFS state ",
        "------------------------------------------",
        "       1      arch1            active",
        "     155      c204             arbitrating",
    ]
    assert layout.state_table(rows, (5, 0, 1))[:2] == [
        " Node number  Node name        GPFS state  ",
        "-------------------------------------------",
    ]
    assert layout.state_table(rows, (5, 1, 7)) == [
        " Node number  Node name  GPFS state  ",
        "-------------------------------------",
        "           1  arch1      active",
        "         155  c204       arbitrating",
    ]


def test_the_long_state_table():
    rows = [(1, "stor01", 2, 3, 7, "active", "quorum node"), (4, "worker07", 2, 3, 7, "active", "")]
    assert layout.long_state_table(rows) == [
        " Node number  Node name       Quorum  Nodes up  Total nodes  GPFS state  Remarks    ",
        "------------------------------------------------------------------------------------",
        "       1      stor01             2        3          7       active      quorum node",
        "       4      worker07           2        3          7       active      ",
    ]


def test_the_manager_table():
    assert layout.manager_table([("big", "172.30.184.162 (stor02)")]) == [
        "file system      manager node",
        "---------------- ------------------",
        "big              172.30.184.162 (stor02)",
    ]


def test_attribute_lines_with_long_flags_and_values():
    line = layout.attribute_line
    assert line("-f", "8192", "Minimum fragment (subblock) size in bytes") == (
        " -f                 8192                     Minimum fragment (subblock) size in bytes"
    )
    assert (
        line("", "none", "Quotas enforced") == "                    none                     Quotas enforced"
    )
    assert line("--create-time", "Mon Jun  5 09:14:02 2023", "File system creation time") == (
        " --create-time      Mon Jun  5 09:14:02 2023 File system creation time"
    )
    assert line("--write-cache-threshold", "0", "HAWC Threshold (max 65536)") == (
        " --write-cache-threshold 0                   HAWC Threshold (max 65536)"
    )
    assert line("--subblocks-per-full-block", "512", "Number of subblocks per full block") == (
        " --subblocks-per-full-block 512              Number of subblocks per full block"
    )
    assert line("-d", "dsk01;dsk02;dsk03;dsk04;dsk05;dsk06", "Disks in file system") == (
        " -d                 dsk01;dsk02;dsk03;dsk04;dsk05;dsk06  Disks in file system"
    )


def test_values_of_colon_rows_are_encoded_paths_more_so():
    row = layout.y_row("mmlsfs", "", ("FS1", "UID", "0A1C2E40:6BF01277", "100%"))
    assert row == "mmlsfs::0:1:::FS1:UID:0A1C2E40%3A6BF01277:100%25:"
    row = layout.y_row("mmlsfs", "", ("fs-1", "defaultMountPoint", "/ibm/my_fs-1", ""), paths=(2,))
    assert row == "mmlsfs::0:1:::fs-1:defaultMountPoint:%2Fibm%2Fmy%5Ffs%2D1::"


def test_dates():
    seconds = 1509512910
    assert len(layout.date(seconds)) == 24
    assert layout.date(seconds).endswith(" 2017")
    assert layout.date(seconds, zone=True).split()[-1] == "2017"
    assert len(layout.date(seconds, zone=True).split()) == 6

"""What is printed, column by column, against recorded output of real clusters."""

from __future__ import annotations

from arcapix.fs.gpfs.emulator import layout
from arcapix.fs.gpfs.emulator.model import Node


def node(number, name, ip, *, quorum=True, manager=True):
    return Node(name=name, number=number, ip=ip, admin_name=name, quorum=quorum, manager=manager)


def test_the_cluster_table_of_a_small_old_cluster():
    assert layout.cluster_table([node(n, f"gpfs0{n}", f"192.168.50.24{n}") for n in (1, 2)]) == [
        " Node  Daemon node name  IP address      Admin node name  Designation",
        "----------------------------------------------------------------------",
        "   1   gpfs01            192.168.50.241  gpfs01           quorum-manager",
        "   2   gpfs02            192.168.50.242  gpfs02           quorum-manager",
    ]


def test_the_cluster_table_grows_with_long_names():
    table = layout.cluster_table([node(1, "storage-scale-storage-2.strgscale.com", "10.241.1.7")])
    assert table == [
        " Node  Daemon node name                        IP address  Admin node name                         Designation",
        "---------------------------------------------------------------------------------------------------------------",
        "   1   storage-scale-storage-2.strgscale.com  10.241.1.7  storage-scale-storage-2.strgscale.com  quorum-manager",
    ]


def test_a_client_keeps_the_blanks_before_its_empty_designation():
    row = layout.cluster_table([node(4, "client01", "10.0.0.4", quorum=False, manager=False)])[2]
    assert row == "   4   client01          10.0.0.4    client01         "


def test_the_state_table_of_each_release():
    rows = [(1, "gpfs1", "active"), (155, "n131", "arbitrating")]
    assert layout.state_table(rows, (4, 2, 3)) == [
        " Node number  Node name        GPFS state ",
        "------------------------------------------",
        "       1      gpfs1            active",
        "     155      n131             arbitrating",
    ]
    assert layout.state_table(rows, (5, 0, 1))[:2] == [
        " Node number  Node name        GPFS state  ",
        "-------------------------------------------",
    ]
    assert layout.state_table(rows, (5, 1, 7)) == [
        " Node number  Node name  GPFS state  ",
        "-------------------------------------",
        "           1  gpfs1      active",
        "         155  n131       arbitrating",
    ]


def test_the_long_state_table():
    rows = [(1, "gpfs01", 2, 3, 7, "active", "quorum node"), (4, "client01", 2, 3, 7, "active", "")]
    assert layout.long_state_table(rows) == [
        " Node number  Node name       Quorum  Nodes up  Total nodes  GPFS state  Remarks    ",
        "------------------------------------------------------------------------------------",
        "       1      gpfs01             2        3          7       active      quorum node",
        "       4      client01           2        3          7       active      ",
    ]


def test_the_manager_table():
    assert layout.manager_table([("ffs", "192.168.50.242 (gpfs02)")]) == [
        "file system      manager node",
        "---------------- ------------------",
        "ffs              192.168.50.242 (gpfs02)",
    ]


def test_attribute_lines_with_long_flags_and_values():
    line = layout.attribute_line
    assert line("-f", "8192", "Minimum fragment (subblock) size in bytes") == (
        " -f                 8192                     Minimum fragment (subblock) size in bytes"
    )
    assert (
        line("", "none", "Quotas enforced") == "                    none                     Quotas enforced"
    )
    assert line("--create-time", "Fri Sep  2 11:31:17 2022", "File system creation time") == (
        " --create-time      Fri Sep  2 11:31:17 2022 File system creation time"
    )
    assert line("--write-cache-threshold", "0", "HAWC Threshold (max 65536)") == (
        " --write-cache-threshold 0                   HAWC Threshold (max 65536)"
    )
    assert line("--subblocks-per-full-block", "512", "Number of subblocks per full block") == (
        " --subblocks-per-full-block 512              Number of subblocks per full block"
    )
    assert line("-d", "nsd01;nsd02;nsd03;nsd04;nsd05;nsd06", "Disks in file system") == (
        " -d                 nsd01;nsd02;nsd03;nsd04;nsd05;nsd06  Disks in file system"
    )


def test_values_of_colon_rows_are_encoded_paths_more_so():
    row = layout.y_row("mmlsfs", "", ("FS1", "UID", "090B5475:5E4F9685", "100%"))
    assert row == "mmlsfs::0:1:::FS1:UID:090B5475%3A5E4F9685:100%25:"
    row = layout.y_row("mmlsfs", "", ("fs-1", "defaultMountPoint", "/ibm/my_fs-1", ""), paths=(2,))
    assert row == "mmlsfs::0:1:::fs-1:defaultMountPoint:%2Fibm%2Fmy%5Ffs%2D1::"


def test_dates():
    seconds = 1509512910
    assert len(layout.date(seconds)) == 24
    assert layout.date(seconds).endswith(" 2017")
    assert layout.date(seconds, zone=True).split()[-1] == "2017"
    assert len(layout.date(seconds, zone=True).split()) == 6

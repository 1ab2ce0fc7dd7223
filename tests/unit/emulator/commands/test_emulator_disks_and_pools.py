"""Disks and pools."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.emulator.model import Disk, from_json, to_json


def test_a_disk_that_is_stopped_is_down_and_raises_the_event(cluster):
    script = cluster.folder / "handler"
    script.write_text(f'#!/bin/sh\necho "$@" >> {cluster.folder}/seen\n')
    script.chmod(0o755)
    line = f"mmaddcallback failed --command {script} --event diskFailure --parms"
    cluster.emulator.run([*line.split(), "%fsName %diskName"])
    assert cluster.ok("mmchdisk mmfs1 stop -d mmfs1_nsd1") == ""
    assert cluster.rows("mmlsdisk mmfs1 -Y")[0]["availability"] == "down"
    cluster.ok("mmchdisk mmfs1 stop -d mmfs1_nsd1")
    assert cluster.emulator.wait_idle()
    assert (cluster.folder / "seen").read_text() == "mmfs1 mmfs1_nsd1\n"
    assert cluster.ok("mmchdisk mmfs1 start -a").startswith(
        "mmnsddiscover:  Attempting to rediscover the disks."
    )
    assert cluster.rows("mmlsdisk mmfs1 -Y")[0]["availability"] == "up"


def test_a_disk_can_be_suspended_and_resumed(cluster):
    cluster.ok("mmchdisk mmfs1 suspend -d mmfs1_nsd1")
    assert "suspended" in cluster.ok("mmlsdisk mmfs1 -e")
    cluster.ok("mmchdisk mmfs1 resume -a")
    assert cluster.ok("mmlsdisk mmfs1 -e") == "6027-623 All disks up and ready\n"


@pytest.mark.parametrize(
    ("line", "status", "text"),
    [
        ("mmchdisk mmfs1 stop -a", 1, "Usage:"),
        ("mmchdisk mmfs1 stop", 1, "Usage:"),
        ("mmchdisk mmfs1 polish -d mmfs1_nsd1", 1, "Incorrect action: polish"),
        ("mmchdisk mmfs1 stop -d ghost", 1, "Disk ghost was not found"),
        ("mmchdisk mmfs1 change -d mmfs1_nsd1", 124, "is not emulated"),
        ("mmlsdisk mmfs1 -d ghost", 1, "Disk ghost was not found"),
        ("mmlsdisk mmfs1 -M", 124, "option -M is not emulated"),
        ("mmlsdisk ghost", 1, "is not known to the GPFS cluster"),
        ("mmlspool mmfs1 ghost", 1, "Storage pool ghost does not exist"),
        ("mmdf mmfs1 -P ghost", 1, "Storage pool ghost does not exist"),
    ],
)
def test_what_cannot_be(cluster, line, status, text):
    assert text in cluster.fails(line, status=status)


def test_the_long_form_shows_the_disks_with_a_descriptor(cluster):
    lines = cluster.ok("mmlsdisk mmfs1 -L").splitlines()
    assert lines[4].split()[-3:] == ["1", "system", "desc"]
    assert lines[-3:] == [
        "Number of quorum disks: 1 ",
        "Read quorum value:      1",
        "Write quorum value:     1",
    ]


@pytest.mark.parametrize(
    ("groups", "metadata", "expected"),
    [
        (["-1"] * 2, "++", [1, 2]),
        (["-1"] * 4, "++++", [1, 2, 3]),
        (["-1"] * 8, "++--++--", [1, 2, 3, 5, 6]),
        (["7"] * 8, "++++++++", [1, 2, 3]),
        (["1", "1", "1", "2", "2", "3"], "++++++", [1, 4, 6]),
        (["1", "2", "1", "1", "2", "2", "1", "2"], "++------", [1, 2, 3]),
        (["1", "2", "3", "4", "5", "5"], "++++++", [1, 2, 3, 4, 5]),
        (["1"] * 5 + ["2"] * 4, "+++++++++", [1, 2, 3, 6, 7]),
    ],
)
def test_three_or_five_disks_of_many_have_a_descriptor_spread_over_failure_groups(
    cluster, groups, metadata, expected
):
    def disks(state):
        state.filesystems["mmfs1"].disks = {
            f"d{number}": Disk(f"d{number}", "system", 1 << 20, number, group, metadata=holds == "+")
            for number, (group, holds) in enumerate(zip(groups, metadata, strict=True), 1)
        }

    cluster.arrange(disks)
    rows = cluster.rows("mmlsdisk mmfs1 -Y")
    assert [int(row["diskID"]) for row in rows if row["remarks"] == "desc"] == expected
    majority = str(len(expected) // 2 + 1)
    counts = {(row["numQuorumDisks"], row["readQuorumValue"], row["writeQuorumValue"]) for row in rows}
    assert counts == {(str(len(expected)), majority, majority)}


def test_a_stanza_says_what_a_disk_holds_and_where_it_belongs(cluster):
    (cluster.folder / "stanzas").write_text(
        "# as for mmcrnsd\n"
        "%nsd: nsd=fast usage=metadataOnly failureGroup=1\n"
        "%nsd:\n  device=/dev/vdc\n  nsd=large\n  usage=dataOnly\n  failureGroup=2\n"
        "%nsd: nsd=slow usage=dataOnly pool=archive\n"
        "%pool: pool=archive\n"
    )
    cluster.ok("mmcrfs lab -F stanzas")
    rows = cluster.rows("mmlsdisk lab -Y")
    shown = [
        tuple(row[key] for key in ("nsdName", "metadata", "data", "failureGroup", "storagePool"))
        for row in rows
    ]
    assert shown == [
        ("fast", "Yes", "No", "1", "system"),
        ("large", "No", "Yes", "2", "system"),
        ("slow", "No", "Yes", "-1", "archive"),
    ]
    system, archive = (line.split() for line in cluster.ok("mmlspool lab").splitlines()[2:])
    assert (system[0], system[4:7], system[10]) == ("system", ["yes", "yes", "65536"], "65536")
    assert archive[:2] + archive[4:6] == ["archive", "65537", "yes", "no"]
    totals = {
        line.split()[0]: line.split()[1] for line in cluster.ok("mmdf lab").splitlines() if line[:1] == "("
    }
    assert (totals["(data)"], totals["(metadata)"], totals["(total)"]) == ("131072", "65536", "196608")


def test_descriptors_say_it_too_and_the_system_pool_needs_metadata(cluster):
    cluster.ok("mmcrfs lab fast:::metadataOnly:4;large:::dataOnly:5")
    rows = cluster.rows("mmlsdisk lab -Y")
    held = [(row["metadata"], row["data"], row["failureGroup"]) for row in rows]
    assert held == [("Yes", "No", "4"), ("No", "Yes", "5")]
    assert "holds metadata" in cluster.fails("mmcrfs other large2:::dataOnly")
    assert "Incorrect value for option usage: sometimes" in cluster.fails("mmcrfs other one:::sometimes")
    assert list(cluster.state.filesystems) == ["mmfs1", "lab"]


def test_files_take_space_on_disks_for_data_only(cluster):
    cluster.ok("mmcrfs lab fast:::metadataOnly;large:::dataOnly")
    cluster.ok("mmmount lab -a")
    (cluster.emulator.place.mounts / "lab" / "data").write_bytes(bytes(8 << 20))
    free = {row["nsdName"]: row["freeBlocks"] for row in cluster.rows("mmdf lab -Y") if "nsdName" in row}
    assert free == {"fast": "65536", "large": "57344"}


def test_disks_of_the_cluster_can_be_asked_for_by_file_system_or_name(make_cluster):
    cluster = make_cluster(filesystems=["mmfs1", "mmfs2"])
    assert [row["diskName"] for row in cluster.rows("mmlsnsd -Y")] == ["mmfs1_nsd1", "mmfs2_nsd1"]
    assert [row["diskName"] for row in cluster.rows("mmlsnsd -f mmfs2 -Y")] == ["mmfs2_nsd1"]
    assert [row["fileSystem"] for row in cluster.rows("mmlsnsd -d mmfs2_nsd1 -Y")] == ["mmfs2"]
    done = cluster.run("mmlsnsd -F")
    assert (done.returncode, done.stderr) == (0, "mmlsnsd: No disks were found.\n")


def test_each_server_of_a_disk_has_its_row_with_its_own_device(cluster):
    rows = cluster.rows("mmlsnsd -X -Y")
    assert [(row["serverList"], row["localDiskName"]) for row in rows] == [
        ("n1.gpfs.test", "/dev/vdb"),
        ("n2.gpfs.test", "/dev/vdb"),
    ]
    assert [row["serverList"] for row in cluster.rows("mmlsnsd -Y")] == ["n1.gpfs.test,n2.gpfs.test"]


def test_one_form_of_the_listing_of_disks_at_a_time(cluster):
    assert cluster.rows("mmlsnsd -Y")[0]["volumeId"] in cluster.ok("mmlsnsd -L")
    assert "Options -L and -X cannot be used together" in cluster.fails("mmlsnsd -X -L")


def test_free_disks_survive_on_disk(cluster):
    def free(state):
        state.free_disks["spare"] = Disk("spare", "system", 1 << 30, servers=("n1.gpfs.test",))

    cluster.arrange(free)
    cluster.emulator.state = from_json(to_json(cluster.state))
    assert [row["diskName"] for row in cluster.rows("mmlsnsd -F -Y")] == ["spare"]
    assert cluster.rows("mmlsnsd -F -Y")[0]["fileSystem"] == "(free disk)"


def test_volume_ids_begin_with_the_address_of_the_first_server(cluster):
    assert cluster.rows("mmlsnsd -Y")[0]["volumeId"].startswith("C6120001")


def test_free_space_follows_the_files(make_cluster):
    cluster = make_cluster(filesystems={"mmfs1": 64 << 20})
    cluster.write("data", 16 << 20)
    fields = cluster.ok("mmlspool mmfs1").splitlines()[2].split()
    assert fields[:8] == ["system", "0", "4", "MB", "yes", "yes", "65536", "49152"]
    (total,) = [row for row in cluster.rows("mmdf mmfs1 -Y") if "fsSize" in row]
    assert (total["fsSize"], total["freeBlocks"], total["freeBlocksPct"]) == ("65536", "49152", "75")


def test_parts_of_mmdf_on_request(cluster):
    assert cluster.ok("mmdf mmfs1 -F").startswith("Inode Information\n")
    assert "Inode Information" not in cluster.ok("mmdf mmfs1 -P system")
    assert "Inode Information" not in cluster.ok("mmdf mmfs1 -d")


def test_space_is_shown_in_the_unit_that_is_asked_for_rounded_up(make_cluster):
    cluster = make_cluster(filesystems={"mmfs1": 64 << 20})
    cluster.write("data", (3 << 20) + 1024)

    def total(size):
        lines = cluster.ok(f"mmdf mmfs1 --block-size {size}").splitlines()
        return lines[0].split()[-3:], next(line.split() for line in lines if line.startswith("(total)"))

    assert total("K") == (
        ["free", "in", "KB"],
        ["(total)", "65536", "61440", "(", "94%)", "1023", "(", "2%)"],
    )
    assert total("M") == (["free", "in", "MB"], ["(total)", "64", "60", "(", "94%)", "1", "(", "2%)"])
    assert total("9M") == (["free", "in", "9MB"], ["(total)", "8", "7", "(", "94%)", "1", "(", "2%)"])
    assert total("auto")[1] == ["(total)", "64M", "60M", "(", "94%)", "1023K", "(", "2%)"]


@pytest.mark.parametrize("size", ["0K", "1024M", "4", "k", "automatic"])
def test_what_is_no_unit_is_refused(cluster, size):
    assert f"option --block-size: {size}" in cluster.fails(f"mmdf mmfs1 --block-size {size}")


def test_rows_have_their_own_unit(cluster):
    assert "-Y and --block-size cannot" in cluster.fails("mmdf mmfs1 -Y --block-size G")


def test_the_long_form_of_a_pool(cluster):
    lines = cluster.ok("mmlspool mmfs1 system -L").splitlines()
    assert lines[:5] == [
        "Pool:",
        "  name                   = system",
        "  poolID                 = 0",
        "  blockSize              = 4 MB",
        "  usage                  = dataAndMetadata",
    ]


def test_the_policy_that_is_printed_says_when_a_pool_is_low_on_space(cluster):
    cluster.state.filesystems["mmfs1"].pools["system"].threshold = 75
    title, rule = cluster.ok("mmlspolicy mmfs1 -L").splitlines()
    assert title.startswith("/* The emulated cluster has no policy")
    assert rule == "RULE 'low-system' LIST 'low-system' FROM POOL 'system' THRESHOLD(75)"

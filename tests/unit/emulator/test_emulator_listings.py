"""The listing commands for nodes, managers, mounts and file systems."""

from __future__ import annotations

import re

import pytest

from arcapix.fs.gpfs.emulator import figures


def rows(text, section=""):
    """The rows of a -Y answer as dictionaries."""
    header, found = None, []
    for line in text.splitlines():
        fields = line.split(":")
        if fields[1] != section:
            continue
        if fields[2] == "HEADER":
            header = fields[6:]
        else:
            found.append({name: value for name, value in zip(header, fields[6:], strict=True) if name})
    return found


def test_mmlscluster_names_the_emulated_remote_shell(cluster):
    output = cluster.ok("mmlscluster")
    assert output.startswith(
        "\nGPFS cluster information\n========================\n  GPFS cluster name:         emulated"
    )
    assert f"  Remote shell command:      {cluster.emulator.place.libexec}/ssh\n" in output
    assert "  Repository type:           CCR\n\n Node  Daemon node name" in output


def test_mmlscluster_in_colons_has_all_headers_first(cluster):
    lines = [line.split(":") for line in cluster.ok("mmlscluster", "-Y").splitlines()]
    headers = [line[1] for line in lines if line[2] == "HEADER"]
    assert headers[:2] == ["clusterSummary", "clusterNode"]
    assert [line[2] for line in lines].index("0") == len(headers)
    nodes = rows(cluster.ok("mmlscluster", "-Y"), "clusterNode")
    assert nodes[1]["daemonNodeName"] == "n2.gpfs.test"
    assert nodes[1]["designation"] == "quorumManager"
    assert nodes[1]["ipAddress"] == "198.18.0.2"


@pytest.mark.parametrize(("release", "sections"), [("4.2.3", 7), ("5.1.7", 8), ("6.0.0", 8)])
def test_the_sections_of_mmlscluster_grow_with_the_release(make_cluster, release, sections):
    output = make_cluster(release=release).ok("mmlscluster", "-Y")
    assert sum(":HEADER:" in line for line in output.splitlines()) == sections


def test_nodes_may_be_described_like_those_of_mmcrcluster(make_cluster):
    cluster = make_cluster(nodes=["a:quorum", "b:quorum-manager:adm-b", "c:client", "d.other.net"])
    nodes = rows(cluster.ok("mmlscluster", "-Y"), "clusterNode")
    assert [node["designation"] for node in nodes] == ["quorum", "quorumManager", "", ""]
    assert nodes[1]["adminNodeName"] == "adm-b.gpfs.test"
    assert nodes[3]["daemonNodeName"] == "d.other.net"


def test_mmgetstate_shows_this_node_without_options(cluster):
    output = cluster.ok("mmgetstate", node="n2")
    assert output == (
        "\n Node number  Node name  GPFS state  \n-------------------------------------\n           2  n2         active\n"
    )


def test_mmgetstate_in_colons(make_cluster):
    state = rows(make_cluster().ok("mmgetstate", "-a", "-Y"))[0]
    assert state == {
        "nodeName": "n1.gpfs.test", "nodeNumber": "1", "state": "active", "quorum": "2", "nodesUp": "3",
        "totalNodes": "3", "remarks": "quorum node", "cnfsState": "(undefined)", "daemonShortName": "n1",
    }  # fmt: skip
    state = rows(make_cluster(release="6.0.0").ok("mmgetstate", "-Y"))[0]
    assert (state["nodeName"], state["daemonShortName"], state["daemonNodeName"]) == (
        "n1",
        "n1",
        "n1.gpfs.test",
    )


def test_mmgetstate_v_names_the_nodes_that_cannot_be_reached_apart(cluster):
    cluster.emulator.partition(["n3"])
    assert " unknown" in cluster.ok("mmgetstate", "-a")
    output = cluster.ok("mmgetstate", "-av")
    assert "unknown" not in output
    assert output.endswith("\n\nmmgetstate: The following nodes could not be reached:\n\nn3.gpfs.test\n")
    assert "could not" not in cluster.ok("mmgetstate", "-v")


def test_mmgetstate_with_a_summary(cluster):
    output = cluster.ok("mmgetstate", "-aLs")
    assert "Number of quorum nodes active in the cluster:      3\nQuorum = 2, Quorum achieved\n" in output


def test_mmgetstate_does_not_take_the_class_mount(cluster):
    assert "mount" in cluster.fails("mmgetstate", "-N", "mount")


def test_mmlsnode_prints_the_long_name_of_the_local_node(cluster):
    assert cluster.ok("mmlsnode", "-N", "localhost", node="n3") == "n3.gpfs.test\n"


def test_mmlsmgr(cluster):
    assert cluster.ok("mmlsmgr") == (
        "file system      manager node\n"
        "---------------- ------------------\n"
        "mmfs1            198.18.0.1 (n1)\n"
        "\n"
        "Cluster manager node: 198.18.0.1 (n1)\n"
    )
    assert cluster.ok("mmlsmgr", "-c") == "Cluster manager node: 198.18.0.1 (n1)\n"
    assert rows(cluster.ok("mmlsmgr", "-Y"), "filesystemManager") == [
        {"filesystem": "mmfs1", "manager": "n1", "managerIP": "198.18.0.1"}
    ]
    assert rows(cluster.ok("mmlsmgr", "-Y"), "clusterManager")[0]["manager"] == "n1"


def test_managers_are_spread_over_the_manager_nodes(make_cluster):
    output = make_cluster(filesystems={"a": 1, "b": 1, "c": 1}).ok("mmlsmgr", "-Y")
    assert [row["manager"] for row in rows(output, "filesystemManager")] == ["n1", "n2", "n3"]


def test_mmlsmount_plain_long_and_in_colons(cluster):
    cluster.ok("mmumount", "mmfs1", "-N", "n3")
    assert cluster.ok("mmlsmount", "mmfs1") == "File system mmfs1 is mounted on 2 nodes.\n"
    assert cluster.ok("mmlsmount", "all", "-L") == (
        f"{' ' * 44}\nFile system mmfs1 is mounted on 2 nodes:\n"
        "  198.18.0.1      n1.gpfs.test              \n"
        "  198.18.0.2      n2.gpfs.test              \n"
    )
    assert (
        "mmlsmount::0:1:::mmfs1:mmfs1:emulated.gpfs.test:2:198.18.0.1:n1:emulated.gpfs.test:RW:\n"
        in cluster.ok("mmlsmount", "mmfs1", "-Y")
    )


def test_mmlsmount_of_what_is_mounted_nowhere(cluster):
    cluster.ok("mmunmount", "mmfs1", "-a")
    assert cluster.ok("mmlsmount", "mmfs1") == "File system mmfs1 is not mounted.\n"
    assert rows(cluster.ok("mmlsmount", "mmfs1", "-Y")) == []


def test_a_device_may_be_written_with_dev(cluster):
    assert cluster.ok("mmlsmount", "/dev/mmfs1") == cluster.ok("mmlsmount", "mmfs1")


def test_an_unknown_file_system_is_named_with_status_1(cluster):
    assert cluster.fails("mmlsfs", "nope") == (
        "mmlsfs: File system nope is not known to the GPFS cluster.\n"
        "mmlsfs: Command failed. Examine previous error messages to determine cause.\n"
    )


def test_old_releases_put_two_blanks_into_command_failed(make_cluster):
    assert "Command failed.  Examine" in make_cluster(release="4.2.3").fails("mmlsfs", "nope")


def test_mmlsfs_shows_attributes_under_a_title_only_for_all(cluster):
    assert cluster.ok("mmlsfs", "all").startswith(
        "\nFile system attributes for /dev/mmfs1:\n======================================\nflag                value"
    )
    assert cluster.ok("mmlsfs", "mmfs1", "-B").splitlines()[2] == (
        " -B                 4194304                  Block size"
    )


def test_mmlsfs_q_has_three_lines(cluster):
    assert cluster.ok("mmlsfs", "mmfs1", "-Q").splitlines()[2:] == [
        " -Q                 user;group;fileset       Quotas accounting enabled",
        "                    user;group;fileset       Quotas enforced",
        "                    none                     Default quotas enabled",
    ]


def test_mmlsfs_combined_options_in_colons_have_the_mount_point_encoded(cluster):
    found = rows(cluster.ok("mmlsfs", "mmfs1", "-TY"))
    encoded = cluster.emulator.state.filesystems["mmfs1"].mount_point
    for raw, code in (("/", "%2F"), ("-", "%2D"), ("_", "%5F")):
        encoded = encoded.replace(raw, code)
    assert found == [
        {"deviceName": "mmfs1", "fieldName": "defaultMountPoint", "data": encoded, "remarks": ""}
    ]


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("4.2.3", " -z                 No "),
        ("5.1.7", " -z                 no "),
        ("6.0.0", " -z                 no "),
    ],
)
def test_booleans_of_mmlsfs_by_release(make_cluster, release, expected):
    output = make_cluster(release=release).ok("mmlsfs", "mmfs1")
    assert expected in output
    assert ("--auto-inode-limit" in output) == (release != "4.2.3")


def test_mmlsfs_without_file_systems_is_no_error(make_cluster):
    done = make_cluster(filesystems={}).run("mmlsfs", "all", "-Y")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "mmlsfs: No file systems were found.\n")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (7.9, "7 secs"),
        (184, "3 minutes 4 secs"),
        (7200, "2 hours 0 minutes 0 secs"),
        (2 * 86400 + 62, "2 days 0 hours 1 minutes 2 secs"),
    ],
)
def test_how_long_a_daemon_has_run(seconds, shown):
    assert figures.duration(seconds) == shown


def test_mmdiag_says_how_long_the_daemon_of_its_node_has_run_if_it_runs(cluster):
    def ran_for_hours(state):
        for node in state.nodes.values():
            node.started -= 7200

    cluster.arrange(ran_for_hours)
    assert cluster.ok("mmdiag --version").splitlines()[-1].startswith("Running 2 hours 0 minutes ")
    cluster.ok("mmshutdown")
    assert "Running" not in cluster.ok("mmdiag --version")
    cluster.ok("mmstartup")
    assert re.search(r"^Running \d+ secs, pid \d+$", cluster.ok("mmdiag --version"), re.MULTILINE)
    assert "Running 2 hours" in cluster.ok("mmdiag --version", node="n2")


def test_mmdiag_shows_the_release_with_a_blank_before_the_quote(make_cluster):
    assert 'Current GPFS build: "4.2.3.0 ".\n' in make_cluster(release="4.2.3").ok("mmdiag", "--version")


def test_mmcrfs_and_mmdelfs(cluster):
    output = cluster.ok("mmcrfs", "new", "nsd1;nsd2", "-B", "1M", "-A", "no")
    assert "    nsd2: size 64 MB\n" in output
    assert output.endswith(
        "Completed creation of file system /dev/new.\n"
        "mmcrfs: Propagating the cluster configuration data to all\n"
        "  affected nodes.  This is an asynchronous process.\n"
    )
    assert rows(cluster.ok("mmlsfs", "new", "-B", "-Y"))[0]["data"] == "1048576"
    cluster.ok("mmmount", "new", "-a")
    assert "still mounted" in cluster.fails("mmdelfs", "new")
    cluster.ok("mmumount", "new", "-a")
    cluster.ok("mmdelfs", "new")
    cluster.fails("mmlsfs", "new")


def test_mmcrfs_reads_a_stanza_file_and_refuses_disks_in_use(cluster):
    (cluster.folder / "disks").write_text(
        "%nsd: device=/dev/sdb\n  nsd=d1 usage=dataAndMetadata\n%nsd: nsd=d2\n"
    )
    cluster.ok("mmcrfs", "new", "-F", "disks")
    assert list(cluster.emulator.state.filesystems["new"].disks) == ["d1", "d2"]
    assert "d2" in cluster.fails("mmcrfs", "other", "d2")


def test_the_disks_of_a_deleted_file_system_can_be_used_again(cluster):
    cluster.ok("mmumount", "mmfs1", "-a")
    cluster.ok("mmdelfs", "mmfs1")
    cluster.ok("mmcrfs", "again", "mmfs1_nsd1")
    assert cluster.emulator.state.filesystems["again"].size == 1 << 20
    assert cluster.emulator.state.free_disks == {}


def test_a_new_file_system_is_empty_even_where_a_deletion_was_cut_short(cluster):
    left = cluster.emulator.place.mounts / "new" / "left"
    left.parent.mkdir()
    left.write_text("x")
    cluster.ok("mmcrfs", "new", "nsd9")
    assert left.parent.is_dir()
    assert not left.exists()


def test_mmcrfs_makes_no_folders_outside_the_cluster(cluster):
    assert "not emulated" in cluster.fails("mmcrfs", "new", "d1", "-T", "/gpfs/new", status=124)

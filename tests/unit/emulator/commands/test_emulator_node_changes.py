"""Nodes that are added, changed and deleted, and their licences."""

from __future__ import annotations

import re

from arcapix.fs.gpfs.emulator import Emulator


def node(cluster, name):
    return cluster.state.nodes[f"{name}.gpfs.test"]


def test_a_new_node_is_down_and_has_the_next_number(cluster):
    output = cluster.ok("mmaddnode -N n4:quorum-manager:n4-admin")
    assert re.sub(r"(?m)^.*? \d{4}: ", "DATE: ", output) == (
        "DATE: mmaddnode: Processing node n4\n"
        "mmaddnode: Command successfully completed\n"
        "mmaddnode: Warning: Not all nodes have proper GPFS license designations.\n"
        "    Use the mmchlicense command to designate licenses as needed.\n"
        "mmaddnode: Propagating the cluster configuration data to all\n"
        "  affected nodes.  This is an asynchronous process.\n"
    )
    added = node(cluster, "n4")
    assert (added.number, added.state, added.designation) == (4, "down", "quorum-manager")
    assert (added.admin_name, added.license, added.mounts) == ("n4-admin.gpfs.test", "", [])


def test_a_new_node_can_be_started_and_mounts(cluster):
    cluster.ok("mmaddnode -N n4 --accept")
    assert node(cluster, "n4").license == "client"
    cluster.ok("mmstartup -N n4")
    assert (node(cluster, "n4").state, node(cluster, "n4").mounts) == ("active", ["mmfs1"])


def test_numbers_are_for_life(cluster):
    cluster.ok("mmaddnode -N n4,n5 --accept")
    cluster.ok("mmdelnode -N n4")
    cluster.ok("mmaddnode -N n4 --accept")
    assert [one.number for one in cluster.state.by_number()] == [1, 2, 3, 5, 6]


def test_nodes_can_come_from_a_file(cluster):
    (cluster.folder / "nodes").write_text("# new ones\nn4:quorum\n\nn5::n5-admin\n")
    cluster.ok("mmaddnode -N nodes --accept")
    assert [(one.short, one.designation) for one in cluster.state.by_number()][3:] == [
        ("n4", "quorum"),
        ("n5", ""),
    ]


def test_those_that_cannot_be_added_are_named_and_the_others_added(cluster):
    done = cluster.run("mmaddnode -N n1,n4 --accept")
    assert done.returncode == 0
    assert "Node n1 already belongs to the GPFS cluster" in done.stderr
    assert "mmaddnode: The following nodes could not be added to the GPFS cluster:\n\t\tn1\n" in done.stdout
    assert node(cluster, "n4")
    cluster.fails("mmaddnode -N n1")


def test_a_descriptor_that_cannot_be_adds_nothing(cluster):
    assert "Incorrect node descriptor: n5:captain" in cluster.fails("mmaddnode -N n4,n5:captain")
    assert len(cluster.state.nodes) == 3


def test_a_node_is_deleted_when_it_is_down_and_forgotten_everywhere(cluster):
    cluster.ok("mmcrnodeclass login -N n3")
    cluster.ok("mmchconfig pagepool=1G -N n2,n3")
    assert "GPFS is still active on n3" in cluster.fails("mmdelnode -N n3")
    cluster.ok("mmshutdown -N n3")
    lines = cluster.ok("mmdelnode -N n3").splitlines()
    assert lines[0] == "Verifying GPFS is stopped on all affected nodes ..."
    assert lines[-1] == "mmdelnode: Command successfully completed"
    assert cluster.ok("mmlsconfig pagepool") == "pagepool 1G [n2]\n"
    assert cluster.state.nodeclasses["login"].nodes == []
    assert "n3" not in cluster.ok("mmlscluster")


def test_the_last_server_of_a_disk_is_not_deleted(cluster):
    cluster.ok("mmshutdown -N n1,n2,n3")
    cluster.ok("mmdelnode -N n1")
    assert "Node n2.gpfs.test is a server of NSD mmfs1_nsd1" in cluster.fails("mmdelnode -N n2")


def test_all_nodes_are_deleted_once_nothing_runs_and_no_file_system_is_left(cluster):
    assert "GPFS is still active on n1" in cluster.fails("mmdelnode -a")
    cluster.ok("mmshutdown -a")
    assert "The cluster still has file systems: mmfs1." in cluster.fails("mmdelnode -a")
    cluster.ok("mmdelfs mmfs1")
    assert "Usage:" in cluster.fails("mmdelnode")
    assert "Usage:" in cluster.fails("mmdelnode -a -N n1")
    cluster.ok("mmdelnode -a")
    for command in ("mmlscluster", "mmlscallback", "mmaddnode -N n4"):
        name = command.split()[0]
        assert cluster.fails(command, node="n2").startswith(
            f"{name}: This node does not belong to a GPFS cluster.\n"
        )
    assert cluster.emulator.fire("startup") == 0
    resumed = Emulator.resume(cluster.emulator.place.directory)
    assert resumed.state.nodes == {}
    resumed.close()


def test_the_shell_moves_on_when_its_node_is_deleted(cluster):
    cluster.ok("mmshutdown -N n1")
    cluster.ok("mmdelnode -N n1")
    assert cluster.ok("mmlsnode -N localhost") == "n2.gpfs.test\n"


def test_roles_and_admin_name_change(cluster):
    output = cluster.ok("mmchnode --nonquorum --client --admin-interface=n3-adm -N n3")
    assert re.search(
        r"\d{4}: mmchnode: Processing node n3.gpfs.test\nmmchnode: Propagating the cluster", output
    )
    assert (node(cluster, "n3").designation, node(cluster, "n3").admin_name) == ("", "n3-adm.gpfs.test")
    cluster.ok("mmchnode --manager -N n3-adm")
    assert node(cluster, "n3").designation == "manager"
    cluster.ok("mmchnode --admin-interface n3.other.net -N n3")
    assert node(cluster, "n3").admin_name == "n3.other.net"


def test_sensors_are_a_designation_of_a_node_without_a_role(cluster):
    cluster.ok("mmchnode --perfmon -N n1,n3")
    cluster.ok("mmchnode --nonquorum --nonmanager -N n3")
    assert re.findall(r"\S+-\S+$|perfmon$", cluster.ok("mmlscluster"), re.MULTILINE)[-3:] == [
        "quorum-manager-perfmon",
        "quorum-manager",
        "perfmon",
    ]
    rows = [row for row in cluster.rows("mmlscluster -Y") if "otherNodeRoles" in row]
    assert [(row["otherNodeRoles"], row["otherNodeRolesAlias"]) for row in rows] == [
        ("Z", "perfmon"),
        ("", ""),
        ("Z", "perfmon"),
    ]
    assert "n3.gpfs.test                       client" in cluster.ok("mmlslicense -L").replace(
        "server", "client"
    )
    cluster.ok("mmchnode --noperfmon -N n1,n3")
    assert "perfmon" not in cluster.ok("mmlscluster")
    assert "Usage:" in cluster.fails("mmchnode --perfmon --noperfmon -N n1")


def test_an_admin_name_belongs_to_one_node(cluster):
    assert "already belongs" in cluster.fails("mmchnode --admin-interface=n1 -N n3")
    assert "for several nodes" in cluster.fails("mmchnode --admin-interface=x -N n1,n3")


def test_a_change_that_would_cost_the_quorum_is_refused(make_cluster):
    cluster = make_cluster(nodes=["n1"])
    assert "without node quorum" in cluster.fails("mmaddnode -N n2:quorum")
    cluster.ok("mmaddnode -N n2")
    assert "without node quorum" in cluster.fails("mmchnode --quorum -N n2")
    assert "without node quorum" in cluster.fails("mmchnode --nonquorum -N n1")


def test_nodes_that_wait_for_quorum_get_it_from_a_change_of_roles(cluster):
    cluster.ok("mmshutdown -N n2,n3")
    assert node(cluster, "n1").state == "arbitrating"
    cluster.ok("mmchnode --nonquorum -N n2,n3")
    assert (node(cluster, "n1").state, node(cluster, "n1").mounts) == ("active", ["mmfs1"])


def test_nothing_to_change_or_both_ways_at_once_is_a_usage_error(cluster):
    assert "Usage:" in cluster.fails("mmchnode -N n1")
    assert "Usage:" in cluster.fails("mmchnode --quorum --nonquorum -N n1")
    assert (
        cluster.fails("mmchnode --gateway -N n1", status=124)
        == "mmchnode: option --gateway is not emulated\n"
    )


def test_licences(cluster):
    cluster.ok("mmaddnode -N n4:manager")
    assert "Warning" in cluster.ok("mmlscluster")
    assert "--accept" in cluster.fails("mmchlicense server -N n4")
    assert cluster.ok("mmchlicense server --accept -N n4") == (
        "\n"
        "The following nodes will be designated as possessing server licenses:\n"
        "\tn4.gpfs.test\n"
        "mmchlicense: Command successfully completed\n"
        "mmchlicense: Propagating the cluster configuration data to all\n"
        "  affected nodes.  This is an asynchronous process.\n"
    )
    assert "Warning" not in cluster.ok("mmlscluster")
    row = cluster.rows("mmlslicense -Y")[3]
    assert list(row.values()) == ["n4.gpfs.test", "server", "server", "4", "4", "0", "0", "0", "0"]
    assert "Usage:" in cluster.fails("mmchlicense gold --accept -N n4")


def test_licences_that_are_still_required_are_counted(cluster):
    cluster.ok("mmaddnode -N n4:manager,n5")
    summary = cluster.ok("mmlslicense")
    assert summary.startswith(" Summary information \n")
    assert summary.splitlines()[-3].split(":") == [
        "Number of nodes still requiring server license designation",
        "      1",
    ]
    assert summary.splitlines()[-2].split(":") == [
        "Number of nodes still requiring client license designation",
        "      1",
    ]

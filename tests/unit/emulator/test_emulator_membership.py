"""Nodes that start, stop, crash and are cut off: states, roles, mounts, events."""

from __future__ import annotations

import os
import subprocess

import pytest

from arcapix.fs.gpfs.emulator import EmulatorError, membership

from ...processes import is_alive

EVERYTHING = (
    "preStartup,startup,preShutdown,shutdown,preMount,mount,preUnmount,unmount,nodeJoin,nodeLeave,quorumReached,"
    "quorumLoss,quorumNodeJoin,quorumNodeLeave,clusterManagerTakeover"
)
PARMS = ("--parms", "%eventName %eventNode.shortName %fsName %reason")


def long(node):
    return f"{node}.gpfs.test"


def watch(cluster, events=EVERYTHING):
    cluster.install(events, *PARMS)


def seen(cluster):
    """{node: [what it noticed, in order]}, UNDEFINED left out."""
    found = {}
    for event, node, arguments in cluster.fired():
        facts = [word for word in arguments[1:] if word != "UNDEFINED"]
        found.setdefault(node, []).append(" ".join([event, *facts]))
    return found


def states(cluster):
    return {node.short: node.state for node in cluster.emulator.state.by_number()}


def test_a_new_cluster_is_active_mounted_everywhere_and_raised_nothing(cluster):
    assert states(cluster) == {"n1": "active", "n2": "active", "n3": "active"}
    assert all(node.mounts == ["mmfs1"] for node in cluster.emulator.state.nodes.values())
    assert cluster.log("n1") == ""


def test_mmshutdown_of_a_client(make_cluster):
    cluster = make_cluster(nodes=["n1", "n2", "n3", "n4"])
    watch(cluster)
    output = cluster.ok("mmshutdown", "-N", "n4")
    assert [line.partition(": mmshutdown: ")[2] for line in output.splitlines()] == [
        "Starting force unmount of GPFS file systems",
        "Shutting down GPFS daemons",
        "Finished",
    ]
    found = seen(cluster)
    assert found["n4"] == ["preUnmount n4 mmfs1 normal", "unmount n4 mmfs1 normal", "shutdown n4 normal"]
    assert found["n1"] == found["n2"] == found["n3"] == ["nodeLeave n4"]
    assert states(cluster)["n4"] == "down"
    assert cluster.emulator.state.nodes[long("n4")].mounts == []


def test_mmshutdown_without_options_stops_this_node(cluster):
    cluster.ok("mmshutdown", node="n2")
    assert states(cluster) == {"n1": "active", "n2": "down", "n3": "active"}


def test_old_releases_print_a_line_for_each_node(make_cluster):
    assert "n2.gpfs.test:  Shutting down!\n" in make_cluster(release="4.2.3").ok("mmshutdown", "-N", "n2")


def test_the_shutdown_handler_runs_while_the_daemon_is_down(cluster):
    cluster.install(
        "shutdown", body=f"{cluster.emulator.place.bin}/mmgetstate; {cluster.emulator.place.bin}/mmlsfs mmfs1"
    )
    cluster.emulator.serve()
    cluster.ok("mmshutdown", "-N", "n2")
    with open(cluster.runs()[0].output) as output:
        assert "n2         down" in output.read()


def test_mmstartup_of_a_quorum_node(cluster):
    cluster.ok("mmshutdown", "-N", "n3")
    watch(cluster)
    assert cluster.ok("mmstartup", "-N", "n3").endswith("mmstartup: Starting GPFS ...\n")
    found = seen(cluster)
    assert found["n3"] == [
        "preStartup n3",
        "nodeJoin n3",
        "quorumNodeJoin n3",
        "startup n3",
        "preMount n3 mmfs1",
        "mount n3 mmfs1",
    ]
    assert found["n1"] == found["n2"] == ["nodeJoin n3", "quorumNodeJoin n3"]
    assert ": [N] mmfsd ready\n" in cluster.log("n3")


def test_a_file_system_without_automount_is_not_mounted_at_start(cluster):
    cluster.ok("mmcrfs", "manual", "d9", "-A", "no")
    cluster.ok("mmmount", "manual", "-a")
    cluster.ok("mmshutdown", "-N", "n3")
    cluster.ok("mmstartup", "-N", "n3")
    assert cluster.emulator.state.nodes[long("n3")].mounts == ["mmfs1"]


def test_starting_a_node_that_runs_says_so(cluster):
    assert (
        cluster.ok("mmstartup", "-N", "n2").splitlines()[1]
        == "n2.gpfs.test:  The GPFS subsystem is already active."
    )


def test_the_whole_cluster_goes_down_and_comes_up(cluster):
    cluster.ok("mmshutdown", "-a")
    assert set(states(cluster).values()) == {"down"}
    watch(cluster)
    cluster.ok("mmstartup", "-a")
    assert set(states(cluster).values()) == {"active"}
    found = seen(cluster)
    assert found["n1"][:2] == ["clusterManagerTakeOver n1", "quorumReached n1"]
    assert found["n2"][0] == "clusterManagerTakeOver n1"
    assert sorted(found["n2"])[-6:] == sorted(
        [
            "quorumNodeJoin n1",
            "quorumNodeJoin n2",
            "quorumNodeJoin n3",
            "startup n2",
            "preStartup n2",
            "preMount n2 mmfs1",
        ]
    )


def test_nodes_arbitrate_until_there_is_quorum(cluster):
    cluster.ok("mmshutdown", "-a")
    watch(cluster)
    cluster.ok("mmstartup", "-N", "n2")
    assert states(cluster) == {"n1": "down", "n2": "arbitrating", "n3": "down"}
    assert seen(cluster) == {}
    assert "GPFS is down on this node" in cluster.fails("mmlsmgr")
    cluster.ok("mmstartup", "-N", "n3")
    assert states(cluster) == {"n1": "down", "n2": "active", "n3": "active"}
    assert "startup n2" in seen(cluster)["n2"]
    assert "mount n2 mmfs1" in seen(cluster)["n2"]


def test_roles_move_away_from_a_node_that_leaves(make_cluster):
    cluster = make_cluster(filesystems={"a": 1 << 20, "b": 1 << 20})
    watch(cluster, "clusterManagerTakeover")
    cluster.ok("mmshutdown", "-N", "n1")
    state = cluster.emulator.state
    assert state.cluster_manager == long("n2")
    assert state.filesystems["a"].manager == long("n3")
    assert state.filesystems["b"].manager == long("n2")
    assert seen(cluster) == {"n2": ["clusterManagerTakeOver n2"], "n3": ["clusterManagerTakeOver n2"]}
    assert "This node (198.18.0.2 (n2)) is now Cluster Manager for emulated.gpfs.test." in cluster.log("n2")


def test_losing_quorum_takes_the_mounts_and_its_return_brings_them_back(cluster):
    watch(cluster)
    cluster.ok("mmshutdown", "-N", "n2,n3")
    assert states(cluster) == {"n1": "arbitrating", "n2": "down", "n3": "down"}
    found = seen(cluster)["n1"]
    assert found == [
        "nodeLeave n2",
        "quorumNodeLeave n2",
        "nodeLeave n3",
        "quorumNodeLeave n3",
        "quorumLoss",
        "preUnmount n1 mmfs1 forced",
        "unmount n1 mmfs1 forced",
    ]
    assert cluster.emulator.state.nodes[long("n1")].mounts == []
    cluster.ok("mmstartup", "-N", "n2")
    found = seen(cluster)["n1"][7:]
    assert "startup n1" not in found
    assert found[-2:] == ["preMount n1 mmfs1", "mount n1 mmfs1"]


def test_switch_remount_events_off(make_cluster):
    cluster = make_cluster(remount_events="off")
    cluster.ok("mmshutdown", "-N", "n2,n3")
    watch(cluster, "mount")
    cluster.ok("mmstartup", "-N", "n2")
    assert list(seen(cluster)) == ["n2"]
    assert cluster.emulator.state.nodes[long("n1")].mounts == ["mmfs1"]


def repeating(cluster, event, command):
    """A synchronous callback that does again what it is told of; what GPFS printed for it is in its output."""
    cluster.emulator.serve()
    body = f"{cluster.emulator.place.bin}/{command} mmfs1 -N n2 2>&1"
    cluster.install(event, "--sync", "--timeout", "50", body=body)
    return cluster


@pytest.mark.parametrize(("answer", "times"), [("once", 1), ("again", 16), ("refuse", 1)])
def test_an_unmount_inside_its_own_preunmount_comes_to_an_end(make_cluster, answer, times):
    cluster = repeating(make_cluster(mount_repeat=answer), "preUnmount", "mmumount")
    cluster.ok("mmumount mmfs1 -N n2")
    assert cluster.events() == [("preUnmount", "n2")] * times
    assert [run.status for run in cluster.runs()] == [1 if answer == "refuse" else 0] * times
    assert cluster.emulator.state.nodes[long("n2")].mounts == []
    cluster.ok("mmmount mmfs1 -N n2")
    cluster.ok("mmumount mmfs1 -N n2")
    assert cluster.events() == [("preUnmount", "n2")] * times * 2, (
        "the next one is announced as the first was"
    )


def test_a_refused_repetition_says_why(make_cluster):
    cluster = repeating(make_cluster(mount_repeat="refuse"), "preUnmount", "mmumount")
    cluster.ok("mmumount mmfs1 -N n2")
    with open(cluster.runs()[0].output) as output:
        assert "mmumount: File system mmfs1 is being mounted or unmounted already.\n" in output.read()


def test_a_mount_inside_its_own_premount_comes_to_an_end(cluster):
    cluster.ok("mmumount mmfs1 -N n2")
    repeating(cluster, "preMount", "mmmount").ok("mmmount mmfs1 -N n2")
    assert cluster.events() == [("preMount", "n2")]
    assert cluster.emulator.state.nodes[long("n2")].mounts == ["mmfs1"]


def test_a_shutdown_inside_a_preunmount_comes_to_an_end(cluster):
    cluster.emulator.serve()
    body = f"{cluster.emulator.place.bin}/mmshutdown -N n2"
    cluster.install("preUnmount", "--sync", "--timeout", "50", body=body)
    cluster.ok("mmumount mmfs1 -N n2")
    assert cluster.events() == [("preUnmount", "n2")]
    assert states(cluster)["n2"] == "down"


def test_a_crash_is_noticed_by_the_others_only(cluster):
    watch(cluster)
    membership.crash(cluster.emulator, long("n1"))
    assert states(cluster) == {"n1": "unknown", "n2": "active", "n3": "active"}
    found = seen(cluster)
    assert found == {
        node: ["nodeLeave n1", "quorumNodeLeave n1", "clusterManagerTakeOver n2"] for node in ("n2", "n3")
    }


def test_two_crashes_out_of_three_cost_the_quorum(cluster):
    membership.crash(cluster.emulator, long("n1"))
    watch(cluster)
    membership.crash(cluster.emulator, long("n2"))
    assert states(cluster)["n3"] == "arbitrating"
    assert seen(cluster) == {
        "n3": [
            "nodeLeave n2",
            "quorumNodeLeave n2",
            "quorumLoss",
            "preUnmount n3 mmfs1 forced",
            "unmount n3 mmfs1 forced",
        ]
    }


def test_a_crashed_node_comes_back_with_mmstartup(cluster):
    membership.crash(cluster.emulator, long("n3"))
    cluster.ok("mmstartup", "-N", "n3")
    assert states(cluster)["n3"] == "active"
    assert cluster.emulator.state.nodes[long("n3")].mounts == ["mmfs1"]


def test_a_crash_kills_every_process_of_the_node_and_no_other(cluster, wait):
    folder = cluster.folder
    body = (
        f"setsid sleep 300 & echo $! > {folder}/$ARCAPIX_GPFS_NODE.session\n"
        f"env -i sleep 300 & echo $! > {folder}/$ARCAPIX_GPFS_NODE.clean\n"
        f"echo $$ > {folder}/$ARCAPIX_GPFS_NODE.self.new; mv {folder}/$ARCAPIX_GPFS_NODE.self.new {folder}/$ARCAPIX_GPFS_NODE.self\n"
        "sleep 300"
    )
    cluster.install("nodeJoin", "-N", "n1,n2", body=body)
    cluster.emulator.fire("nodeJoin")
    wait(lambda: (folder / "n1.self").exists() and (folder / "n2.self").exists(), "both handlers have begun")
    pids = {
        name: int((folder / name).read_text())
        for name in os.listdir(folder)
        if name.startswith(("n1.", "n2."))
    }
    membership.crash(cluster.emulator, long("n2"))
    wait(
        lambda: not any(is_alive(pid) for name, pid in pids.items() if name.startswith("n2")),
        "no process of n2 is alive",
    )
    assert all(is_alive(pid) for name, pid in pids.items() if name.startswith("n1"))
    cluster.emulator.runs.kill()


def test_a_process_with_a_session_and_an_environment_of_its_own_dies_with_its_node(cluster, wait):
    folder = cluster.folder
    body = f"env -i setsid sh -c 'echo $$ > {folder}/'$ARCAPIX_GPFS_NODE'; exec sleep 300' &"
    cluster.install("nodeJoin", "-N", "n1,n2", body=body)
    cluster.emulator.fire("nodeJoin")
    assert {run.status for run in cluster.runs()} == {0}
    wait(
        lambda: all((folder / name).exists() and (folder / name).read_text() for name in ("n1", "n2")),
        "both processes have begun",
    )
    first, second = (int((folder / name).read_text()) for name in ("n1", "n2"))
    own = subprocess.Popen(["setsid", "env", "-i", "sleep", "300"])
    try:
        membership.crash(cluster.emulator, long("n2"))
        wait(lambda: not is_alive(second), "the process of n2 has ended")
        assert is_alive(first)
        cluster.emulator.close()
        wait(lambda: not is_alive(first), "the process of n1 has ended")
        assert own.poll() is None
    finally:
        own.kill()
        own.wait()


def test_a_crash_spares_an_administrator_who_writes_where_a_callback_does(cluster):
    cluster.install("mount")
    cluster.emulator.fire("mount", "n2")
    (run,) = cluster.runs()
    with open(run.output, "a") as output:
        shell = subprocess.Popen(["sleep", "300"], stdout=output, env={"ARCAPIX_GPFS_CLUSTER": "x"})
    try:
        membership.crash(cluster.emulator, long("n2"))
        assert shell.poll() is None
    finally:
        shell.kill()
        shell.wait()


def test_a_crash_spares_the_shell_of_an_administrator(cluster):
    marks = {"ARCAPIX_GPFS_BIN": str(cluster.emulator.place.bin), "ARCAPIX_GPFS_NODE": "n2"}
    shell = subprocess.Popen(["sleep", "300"], env={**marks, "ARCAPIX_GPFS_CLUSTER": "x"})
    remote = subprocess.Popen(["sleep", "300"], env=marks)
    try:
        membership.crash(cluster.emulator, long("n2"))
        assert remote.wait(60) == -9
        assert shell.poll() is None
    finally:
        shell.kill()
        remote.kill()
        shell.wait()


def test_the_side_with_most_quorum_nodes_goes_on(make_cluster):
    cluster = make_cluster(nodes=["n1", "n2", "n3", "n4"])
    watch(cluster)
    membership.partition(cluster.emulator, [long("n1"), long("n4")])
    assert states(cluster) == {"n1": "arbitrating", "n2": "active", "n3": "active", "n4": "arbitrating"}
    found = seen(cluster)
    lost = ["quorumLoss"]
    assert found["n1"] == [*lost, "preUnmount n1 mmfs1 forced", "unmount n1 mmfs1 forced"]
    assert found["n4"] == [*lost, "preUnmount n4 mmfs1 forced", "unmount n4 mmfs1 forced"]
    assert found["n2"] == ["nodeLeave n1", "quorumNodeLeave n1", "nodeLeave n4", "clusterManagerTakeOver n2"]
    assert "unknown" in cluster.ok("mmgetstate", "-N", "n1", node="n2")
    assert "arbitrating" in cluster.ok("mmgetstate", "-N", "n1", node="n1")
    assert "unknown" in cluster.ok("mmgetstate", "-N", "n2", node="n1")


def test_the_minority_cannot_change_the_configuration(cluster):
    membership.partition(cluster.emulator, [long("n1")])
    call = ("mmaddcallback", "cb", "--command", "/bin/true", "--event", "mount")
    assert "Not enough CCR quorum nodes" in cluster.fails(*call, node="n1")
    cluster.ok(*call, node="n2")


def test_where_most_quorum_nodes_are_dead_the_configuration_cannot_be_changed(cluster):
    cluster.emulator.crash("n1")
    cluster.ok("mmaddcallback", "one", "--command", "/bin/true", "--event", "mount", node="n3")
    cluster.emulator.crash("n2")
    words = ("mmaddcallback", "two", "--command", "/bin/true", "--event", "mount")
    assert "quorum" in cluster.fails(*words, node="n3")
    cluster.ok("mmstartup", "-N", "n2", node="n3")
    cluster.ok(*words, node="n3")


def test_a_second_partition_can_give_a_majority_back(cluster):
    cluster.install("mount,nodeJoin")
    cluster.emulator.partition(["n1"])
    cluster.emulator.partition(["n1", "n2"])
    states = [(node.label, node.state, node.mounts) for node in cluster.emulator.state.by_number()]
    assert states == [("n1", "active", ["mmfs1"]), ("n2", "active", ["mmfs1"]), ("n3", "arbitrating", [])]
    assert sorted(cluster.events()) == [("mount", "n1"), ("nodeJoin", "n1"), ("nodeJoin", "n2")]


def test_healing_brings_the_nodes_back(cluster):
    membership.partition(cluster.emulator, [long("n3")])
    watch(cluster)
    membership.heal(cluster.emulator)
    assert set(states(cluster).values()) == {"active"}
    assert seen(cluster)["n3"] == ["nodeJoin n3", "quorumNodeJoin n3", "preMount n3 mmfs1", "mount n3 mmfs1"]


def test_an_even_split_leaves_nobody_with_quorum(make_cluster):
    cluster = make_cluster(nodes=["a:quorum", "b:quorum"])
    watch(cluster, "quorumLoss")
    membership.partition(cluster.emulator, ["a.gpfs.test"])
    assert seen(cluster) == {"a": ["quorumLoss"], "b": ["quorumLoss"]}


def test_mmchmgr_moves_the_cluster_manager(cluster):
    watch(cluster, "clusterManagerTakeover")
    cluster.ok("mmchmgr", "-c", "n3")
    assert cluster.ok("mmlsmgr", "-c") == "Cluster manager node: 198.18.0.3 (n3)\n"
    assert seen(cluster) == {node: ["clusterManagerTakeOver n3"] for node in ("n1", "n2", "n3")}


def test_mmchmgr_moves_a_file_system_manager_silently(cluster):
    watch(cluster)
    cluster.ok("mmchmgr", "mmfs1", "n3")
    assert cluster.emulator.state.filesystems["mmfs1"].manager == long("n3")
    cluster.ok("mmchmgr", "mmfs1")
    assert cluster.emulator.state.filesystems["mmfs1"].manager == long("n1")
    assert seen(cluster) == {}


def test_mmchmgr_refuses_nodes_that_cannot(make_cluster):
    cluster = make_cluster(nodes=["n1", "n2", "n3", "n4"])
    cluster.fails("mmchmgr", "-c", "n4")
    cluster.ok("mmshutdown", "-N", "n2")
    cluster.fails("mmchmgr", "mmfs1", "n2")
    cluster.fails("mmchmgr")


def test_mounting_raises_events_only_where_something_changes(cluster):
    cluster.ok("mmumount", "mmfs1", "-N", "n2")
    watch(cluster)
    assert cluster.ok("mmmount", "mmfs1", "-a").endswith(" mmmount: Mounting file systems ...\n".lstrip())
    assert seen(cluster) == {"n2": ["preMount n2 mmfs1", "mount n2 mmfs1"]}


def test_a_forced_unmount_by_mount_point(cluster):
    watch(cluster)
    cluster.ok("mmumount", cluster.emulator.state.filesystems["mmfs1"].mount_point, "-f")
    assert seen(cluster) == {"n1": ["preUnmount n1 mmfs1 forced", "unmount n1 mmfs1 forced"]}


def test_mounting_where_gpfs_is_down_fails_for_that_node(cluster):
    cluster.ok("mmumount", "all", "-a")
    cluster.ok("mmshutdown", "-N", "n3")
    error = cluster.fails("mmmount", "mmfs1", "-a")
    assert error.startswith("n3.gpfs.test:  mmmount: GPFS is down on this node.\n")
    assert cluster.emulator.state.nodes[long("n2")].mounts == ["mmfs1"]
    assert "GPFS is down" in cluster.fails("mmmount", "mmfs1", node="n3")


def test_a_synchronous_preunmount_holds_the_unmount_but_no_lock(cluster, wait):
    import threading

    os.mkfifo(cluster.folder / "go")
    cluster.install("preUnmount", "--sync", "--timeout", "30", body=f"cat {cluster.folder}/go")
    unmount = threading.Thread(target=lambda: cluster.ok("mmumount", "mmfs1", "-N", "n2"))
    unmount.start()
    wait(cluster.emulator.records, "the handler was started")
    assert "mmfs1" in cluster.emulator.state.nodes[long("n2")].mounts
    cluster.ok("mmaddcallback", "other", "--command", "/bin/true", "--event", "mount")
    (cluster.folder / "go").write_text("go\n")
    unmount.join(60)
    assert "mmfs1" not in cluster.emulator.state.nodes[long("n2")].mounts


def test_short_names_may_repeat_in_two_domains(make_cluster):
    cluster = make_cluster(nodes=["a.one.net", "a.two.net"])
    assert [node.label for node in cluster.emulator.state.by_number()] == ["a", "a.two.net"]
    cluster.install("mount", "-N", "a.two.net")
    cluster.emulator.fire("mount", "a.two.net")
    assert [node for _, node in cluster.events()] == ["a.two.net"]


@pytest.mark.parametrize("name", ["", "a b", "1", "1-3", "all", "localhost", "mynodes", "-x", "a/b", "a,b"])
def test_names_that_no_node_can_have(name):
    from arcapix.fs.gpfs.emulator import Emulator

    with pytest.raises(EmulatorError):
        Emulator(nodes=[name])

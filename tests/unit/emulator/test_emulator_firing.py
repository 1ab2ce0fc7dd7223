"""From an event to processes: who runs, in which order, with which arguments, and what a failure does."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import EmulatorError, firing, turns


def test_unmounting_runs_a_script_on_that_node(cluster):
    cluster.install("preUnmount,unmount", "--parms", "%eventName %fsName %myNode %reason", body='echo "$@"')
    cluster.ok("mmumount", "mmfs1", "-N", "n2")
    assert cluster.fired() == [
        ("preUnmount", "n2", ("preUnmount", "mmfs1", "n2.gpfs.test", "normal")),
        ("unmount", "n2", ("unmount", "mmfs1", "n2.gpfs.test", "normal")),
    ]
    run = cluster.runs()[0]
    assert (run.callback, run.status) == ("cb", 0)
    assert Path(run.output).read_text() == "preUnmount mmfs1 n2.gpfs.test normal\n"


def test_the_launch_line_stands_in_the_log_of_the_node_without_parms(cluster):
    cluster.install("mount", "--parms", "secret")
    cluster.ok("mmumount", "mmfs1", "-N", "n2")
    cluster.ok("mmmount", "mmfs1", "-N", "n2")
    command = cluster.emulator.state.callbacks["cb"].command
    assert f": [I] Calling user exit script cb: event mount, Async command {command}.\n" in cluster.log("n2")
    assert "secret" not in cluster.log("n2")
    assert cluster.log("n1") == ""


def test_a_variable_that_an_event_is_not_known_to_have_is_doubtful():
    known = {"fsName": "mmfs1", "eventNode": "n1", "clusterName": "lab"}
    assert firing.doubts("mount", known) == firing.doubts("nope", ["anything"]) == []
    assert firing.doubts("MOUNT", ["fsname", "storagePool"]) == [
        "no variable 'fsname' is known of mount; did you mean 'fsName'? It is passed on as it was given.",
        "no variable 'storagePool' is known of mount; of its own it has fsName. It is passed on as it was given.",
    ]


def test_switch_log_launch_off(make_cluster):
    cluster = make_cluster(log_launch="off")
    cluster.install("mount")
    cluster.emulator.fire("mount")
    assert "Calling" not in cluster.log("n1")


def test_the_environment_holds_what_names_node_and_cluster_and_nothing_else(cluster):
    body = "cat /proc/$$/environ | tr '\\0' '\\n' | sort; pwd; umask; cat; ls -l /proc/$$/fd | wc -l"
    cluster.install("mount", body=body)
    cluster.emulator.fire("mount", "n2")
    lines = Path(cluster.runs()[0].output).read_text().splitlines()
    assert lines[:2] == [f"ARCAPIX_GPFS_BIN={cluster.emulator.place.bin}", "ARCAPIX_GPFS_NODE=n2"]
    assert lines[2:4] == ["/", "0022"]


def test_switch_exec_environment_inherit(make_cluster, monkeypatch):
    monkeypatch.setenv("FROM_THE_DAEMON", "yes")
    cluster = make_cluster(exec_environment="inherit")
    cluster.install("mount", body="echo $FROM_THE_DAEMON $ARCAPIX_GPFS_NODE")
    cluster.emulator.fire("mount")
    assert Path(cluster.runs()[0].output).read_text() == "yes n1\n"


def test_what_leads_the_shell_of_the_emulator_to_a_cluster_is_not_inherited(make_cluster, monkeypatch):
    for name in ("BIN", "CLUSTER", "DRIVER", "DRIVER_LOG", "KEY", "NODE", "STATE"):
        monkeypatch.setenv(f"ARCAPIX_GPFS_{name}", "/of/the/shell")
    cluster = make_cluster(exec_environment="inherit")
    cluster.install("mount", body="env | grep ^ARCAPIX | sort")
    cluster.emulator.fire("mount")
    lines = Path(cluster.runs()[0].output).read_text().splitlines()
    assert lines == [f"ARCAPIX_GPFS_BIN={cluster.emulator.place.bin}", "ARCAPIX_GPFS_NODE=n1"]


def test_a_callback_leads_its_own_session(cluster):
    cluster.install("mount", body="cut -d' ' -f1,6 /proc/$$/stat")
    cluster.emulator.fire("mount")
    pid, session = Path(cluster.runs()[0].output).read_text().split()
    assert pid == session


def test_a_global_event_runs_on_every_active_node(cluster):
    cluster.install("quorumLoss")
    cluster.ok("mmshutdown", "-N", "n3")
    assert cluster.emulator.fire("quorumloss") == 2
    assert sorted(cluster.events()) == [("quorumLoss", "n1"), ("quorumLoss", "n2")]


def test_a_local_event_runs_on_its_node_if_n_holds_it(cluster):
    cluster.install("mount", "-N", "n1,n3")
    for node in ("n1", "n2", "n3"):
        cluster.emulator.fire("mount", node)
    assert cluster.events() == [("mount", "n1"), ("mount", "n3")]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("n2", ["n2"]),
        ("n2.gpfs.test", ["n2"]),
        ("198.18.0.2", ["n2"]),
        ("2", ["n2"]),
        ("2-3", ["n2", "n3"]),
        ("n1,3", ["n1", "n3"]),
        ("managernodes", ["n1", "n2", "n3"]),
        ("clientnodes", ["n4"]),
        ("nonquorumnodes", ["n4"]),
        ("localhost", ["n1"]),
        ("all", ["n1", "n2", "n3", "n4"]),
    ],
)
def test_forms_of_n(make_cluster, entries, expected):
    cluster = make_cluster(nodes=["n1", "n2", "n3", "n4"])
    cluster.install("nodeJoin", "-N", entries)
    cluster.emulator.fire("nodeJoin")
    assert sorted(node for _, node in cluster.events()) == expected


def test_n_may_be_a_file(cluster):
    (cluster.folder / "nodes").write_text("n3\n\n1\n")
    cluster.install("nodeJoin", "-N", str(cluster.folder / "nodes"))
    cluster.emulator.fire("nodeJoin")
    assert sorted(node for _, node in cluster.events()) == ["n1", "n3"]


def test_a_file_does_not_hide_a_node_of_the_same_name(cluster):
    (cluster.folder / "n2").write_text("n3\n")
    cluster.install("nodeJoin", "-N", "n2")
    cluster.emulator.fire("nodeJoin")
    assert cluster.events() == [("nodeJoin", "n2")]


@pytest.mark.parametrize("entries", ["nope", "3-1", "8-9", "n1,nope", "/nowhere/file"])
def test_unknown_entries_of_n_are_named(cluster, entries):
    error = cluster.fails("mmaddcallback", "cb", "--command", "/bin/true", "--event", "mount", "-N", entries)
    assert entries.split(",")[-1] in error


def test_later_members_of_a_class_count(make_cluster):
    from arcapix.fs.gpfs.emulator.model import Nodeclass

    cluster = make_cluster()
    with cluster.emulator.change() as state:
        state.nodeclasses["ours"] = Nodeclass("ours", nodes=["n1.gpfs.test"])
    cluster.install("nodeJoin", "-N", "ours")
    with cluster.emulator.change() as state:
        state.nodeclasses["ours"].nodes.append("n3.gpfs.test")
    cluster.emulator.fire("nodeJoin")
    assert sorted(node for _, node in cluster.events()) == ["n1", "n3"]


@pytest.mark.parametrize(
    ("answer", "expected"), [("every-node", ["n1", "n2", "n3"]), ("cluster-manager", ["n1"])]
)
def test_switch_global_on(make_cluster, answer, expected):
    cluster = make_cluster(global_on=answer)
    cluster.install("nodeJoin")
    cluster.emulator.fire("nodeJoin")
    assert sorted(node for _, node in cluster.events()) == expected


@pytest.mark.parametrize(
    ("answer", "expected"), [("cluster-manager", ["n1"]), ("every-node", ["n1", "n2", "n3"])]
)
def test_switch_quorum_reached_on(make_cluster, answer, expected):
    cluster = make_cluster(quorumReached_on=answer)
    cluster.install("quorumReached")
    cluster.emulator.fire("quorumReached")
    assert sorted(node for _, node in cluster.events()) == expected


def test_fire_without_a_node_goes_where_the_catalogue_says(make_cluster):
    cluster = make_cluster(filesystems={"mmfs1": 1 << 20, "mmfs2": 1 << 20})
    cluster.install("lowDiskSpace,mount")
    assert cluster.emulator.state.filesystems["mmfs2"].manager == "n2.gpfs.test"
    cluster.emulator.fire("lowDiskSpace", variables={"fsName": "mmfs2"})
    cluster.emulator.fire("mount")
    assert cluster.events() == [("lowDiskSpace", "n2"), ("mount", "n1")]


def test_fire_with_an_event_node_goes_there(cluster):
    cluster.install("mount,nodeLeave", "--parms", "%eventNode.ip")
    cluster.emulator.fire("mount", variables={"eventNode": "n3"})
    assert cluster.fired() == [("mount", "n3", ("198.18.0.3",))]
    cluster.emulator.fire("nodeLeave", variables={"eventNode": "n3"})
    assert {arguments for _, _, arguments in cluster.fired()} == {("198.18.0.3",)}
    assert len(cluster.fired()) == 4


def test_values_of_fire_are_free(cluster):
    cluster.install("mount", "--parms", "%eventNode %fsName %myNode %ours %reason")
    cluster.emulator.fire(
        "mount", variables={"eventNode": "stranger", "fsName": "a b", "ours": "x", "reason": ""}
    )
    assert cluster.fired() == [("mount", "n1", ("stranger", "a b", "n1.gpfs.test", "x", "UNDEFINED"))]


def test_fire_on_a_node_that_is_down_reaches_nobody(cluster):
    cluster.install("mount")
    cluster.ok("mmshutdown", "-N", "n2")
    assert cluster.emulator.fire("mount", "n2") == 0
    assert cluster.events() == []


def test_fire_names_the_nearest_event_and_the_nodes_there_are(cluster):
    with pytest.raises(EmulatorError, match="no event 'mout'; did you mean 'mount'"):
        cluster.emulator.fire("mout")
    with pytest.raises(EmulatorError, match="no node 'n9' in the emulated cluster; there are n1, n2, n3"):
        cluster.emulator.fire("mount", "n9")


def test_fire_changes_no_state(cluster):
    before = cluster.emulator.state
    cluster.emulator.fire("shutdown", "n2")
    cluster.emulator.fire("quorumLoss")
    assert cluster.emulator.state is before


def started(cluster):
    return [run.callback for run in cluster.runs()]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("smaller-first", ["two", "ten", "none", "none2"]), ("larger-first", ["ten", "two", "none", "none2"])],
)
def test_callbacks_start_in_the_order_of_their_priority(make_cluster, answer, expected):
    cluster = make_cluster(priority_rule=answer)
    for identifier, options in (
        ("none", []),
        ("ten", ["--priority", "10"]),
        ("two", ["--priority", "2.0"]),
        ("none2", []),
    ):
        cluster.install("mount", *options, identifier=identifier)
    cluster.emulator.fire("mount")
    assert started(cluster) == expected


def test_switch_priority_rule_shuffled_keeps_priorities(make_cluster):
    cluster = make_cluster(priority_rule="shuffled")
    for identifier in "abcdef":
        cluster.install("mount", identifier=identifier)
    cluster.install("mount", "--priority", "1", identifier="first")
    cluster.emulator.fire("mount")
    assert started(cluster)[0] == "first"
    assert sorted(started(cluster)) == [*"abcdef", "first"]


def test_synchronous_callbacks_run_one_after_another_and_hold_up_the_cause(cluster):
    for identifier in ("a", "b"):
        cluster.install("preUnmount", "--sync", "--timeout", "20", identifier=identifier, body="sleep 0.1")
    cluster.ok("mmumount", "mmfs1")
    first, second = cluster.emulator.records()
    assert first.ended is not None and second.ended is not None
    assert first.ended <= second.started
    assert second.ended - first.started >= 0.2


def test_asynchronous_callbacks_run_side_by_side(cluster):
    (cluster.folder / "fifo").unlink(missing_ok=True)
    import os

    os.mkfifo(cluster.folder / "fifo")
    cluster.install("mount", identifier="reader", body=f"cat {cluster.folder}/fifo")
    cluster.install("mount", identifier="writer", body=f"echo met > {cluster.folder}/fifo")
    cluster.emulator.fire("mount")
    reader = cluster.runs()[0]
    assert Path(reader.output).read_text() == "met\n"


def most_at_once(runs):
    """How many of these runs went on at the same time at most."""
    changes = sorted([(run.started, 1) for run in runs] + [(run.ended, -1) for run in runs])
    going, most = 0, 0
    for _, change in changes:
        going += change
        most = max(most, going)
    return most


@pytest.fixture
def narrow(monkeypatch):
    """So many asynchronous callbacks run at the same time at most."""
    return lambda count: monkeypatch.setattr(turns, "AT_ONCE", count)


def test_many_asynchronous_callbacks_run_some_at_a_time_and_each_node_notices_all_in_order(
    make_cluster, narrow
):
    narrow(3)
    names = [f"n{number}" for number in range(1, 9)]
    cluster = make_cluster(nodes=names)
    cluster.install("nodeJoin", "--parms", "%eventNode.shortName", body="sleep 0.05")
    for name in names:
        cluster.emulator.fire("nodeJoin", variables={"eventNode": name})
    noticed = cluster.runs()
    for name in names:
        assert [run.arguments[0] for run in noticed if run.node == name] == names
    assert most_at_once(noticed) == 3


def test_a_synchronous_callback_waits_for_no_asynchronous_one_of_another_node(cluster, narrow):
    narrow(2)
    cluster.install("startup", identifier="hanging", body="sleep 300")
    cluster.install("mount", "--sync", "--timeout", "20", identifier="waited", body="exit 3")
    for _ in range(4):
        cluster.emulator.fire("startup", "n1")
    cluster.emulator.fire("mount", "n2")
    assert [(run.callback, run.status) for run in cluster.emulator.records()] == [
        ("hanging", None),
        ("hanging", None),
        ("waited", 3),
    ]


def test_a_synchronous_callback_is_started_behind_those_of_its_node_that_came_before(cluster, narrow):
    narrow(1)
    cluster.install("startup", identifier="hanging", body="sleep 300")
    cluster.install("mount", "--priority", "1", identifier="first", body="sleep 300")
    cluster.install("mount", "--priority", "2", "--sync", "--timeout", "20", identifier="second")
    cluster.emulator.fire("startup", "n1")
    cluster.emulator.fire("mount", "n2")
    assert [run.callback for run in cluster.emulator.records()] == ["hanging", "first", "second"]


def test_a_crash_forgets_what_waits_on_the_node(cluster, narrow):
    narrow(1)
    cluster.install("startup", identifier="hanging", body="sleep 300")
    cluster.install("mount")
    cluster.emulator.fire("startup", "n1")
    cluster.emulator.fire("mount", "n2")
    cluster.emulator.fire("mount", "n3")
    cluster.emulator.crash("n2")
    cluster.emulator.crash("n1")
    assert cluster.events() == [("startup", "n1"), ("mount", "n3")]


def test_nodes_do_not_wait_for_each_other(cluster):
    import os

    os.mkfifo(cluster.folder / "fifo")
    body = (
        f'[ "$ARCAPIX_GPFS_NODE" = n1 ] && exec cat {cluster.folder}/fifo; echo met > {cluster.folder}/fifo'
    )
    cluster.install("nodeJoin", "--sync", "--timeout", "20", "-N", "n1,n2", body=body)
    cluster.emulator.fire("nodeJoin")
    assert [run.status for run in cluster.runs()] == [0, 0]


def test_a_failure_is_logged_and_ignored_by_default(cluster):
    cluster.install("preUnmount", "--sync", body="exit 7")
    cluster.ok("mmumount", "mmfs1", "-N", "n2")
    assert "CallExitScript: exit script cb on event preUnmount returned code 7, continue." in cluster.log(
        "n2"
    )
    assert "mmfs1" not in cluster.emulator.state.nodes["n2.gpfs.test"].mounts


def test_onerror_shutdown_takes_the_node_down(cluster):
    cluster.install("mount", "--sync", "--onerror", "shutdown", body="exit 1")
    cluster.install(
        "preShutdown,shutdown,nodeLeave",
        "--parms",
        "%eventName %reason %eventNode.shortName",
        identifier="after",
    )
    cluster.emulator.fire("mount", "n2")
    assert cluster.emulator.state.nodes["n2.gpfs.test"].state == "down"
    fired = [run for run in cluster.fired() if run[0] != "mount"]
    assert fired[:2] == [
        ("preShutdown", "n2", ("preShutdown", "abnormal", "n2")),
        ("shutdown", "n2", ("shutdown", "abnormal", "n2")),
    ]
    assert sorted(node for event, node, _ in fired[2:]) == ["n1", "n3"]


def test_onerror_shutdown_on_preshutdown_itself_ends(cluster):
    cluster.install("preShutdown,preUnmount,shutdown", "--sync", "--onerror", "shutdown", body="exit 1")
    cluster.ok("mmumount", "mmfs1", "-N", "n2")
    assert cluster.emulator.state.nodes["n2.gpfs.test"].state == "down"


def test_onerror_quorumloss_of_the_tiebreaker_check(make_cluster):
    cluster = make_cluster(tiebreaker_guard="accept")
    cluster.install("tiebreakerCheck", "--sync", "--onerror", "quorumLoss", body="exit 3")
    cluster.install("quorumLoss,quorumReached", identifier="after")
    cluster.emulator.fire("tiebreakerCheck")
    assert "exit script cb on event tiebreakerCheck returned code 3, quorumloss." in cluster.log("n1")
    events = [event for event, _ in cluster.events()]
    assert events.count("quorumLoss") == 3
    assert events.count("quorumReached") == 1
    assert {node.state for node in cluster.emulator.state.nodes.values()} == {"active"}


def living_that_know_of(folder):
    """The processes whose environment names a folder, but this one and those that have ended."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and int(path.name) != os.getpid():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                if os.fsencode(folder) in (path / "environ").read_bytes():
                    found.append(path.name)
    return found


def test_a_synchronous_callback_is_killed_at_its_timeout_with_its_children(cluster):
    cluster.install("preUnmount", "--sync", "--timeout", "1", body="sleep 300 & wait")
    begin = time.monotonic()
    cluster.ok("mmumount", "mmfs1")
    assert time.monotonic() - begin < 10
    run = cluster.runs()[0]
    assert (run.status, run.timed_out) == (-9, True)
    assert living_that_know_of(cluster.folder) == []


def test_switch_sync_timeout_action_leave(make_cluster):
    cluster = make_cluster(sync_timeout_action="leave")
    body = f"while [ ! -e {cluster.folder}/enough ]; do sleep 0.01; done; exit 4"
    cluster.install("preUnmount", "--sync", "--timeout", "1", body=body)
    cluster.ok("mmumount", "mmfs1")
    assert cluster.emulator.records()[0].status is None
    (cluster.folder / "enough").touch()
    assert cluster.runs()[0].status == 4


def test_switch_sync_timeout_default(make_cluster):
    cluster = make_cluster(sync_timeout_default="0.2")
    cluster.install("preUnmount", "--sync", body="sleep 60")
    cluster.ok("mmumount", "mmfs1")
    assert cluster.runs()[0].timed_out


@pytest.mark.parametrize(("path", "status"), [("/nowhere/script", 127), ("/etc/passwd", 126)])
def test_a_command_that_cannot_be_started_is_logged_and_recorded(cluster, path, status):
    cluster.ok("mmaddcallback", "cb", "--command", path, "--event", "mount")
    cluster.emulator.fire("mount")
    assert cluster.runs()[0].status == status
    assert "Could not start user exit script cb" in cluster.log("n1")


@pytest.mark.parametrize(
    ("answer", "count"), [("as-raised", 1), ("duplicated", 2), ("delayed", 1), ("shuffled", 1)]
)
def test_switch_event_order(make_cluster, answer, count):
    cluster = make_cluster(event_order=answer)
    cluster.install("mount")
    cluster.emulator.fire("mount")
    assert len(cluster.events()) == count


def test_the_daemon_spells_one_event_differently(cluster):
    cluster.install("clusterManagerTakeover", "--parms", "%eventName")
    cluster.emulator.fire("clusterManagerTakeover", "n1")
    assert cluster.fired() == [("clusterManagerTakeOver", "n1", ("clusterManagerTakeOver",))]


def test_records_can_be_written_as_json(cluster):
    cluster.install("mount")
    cluster.emulator.fire("mount")
    assert json.loads(json.dumps(cluster.runs()[0].record()))["callback"] == "cb"

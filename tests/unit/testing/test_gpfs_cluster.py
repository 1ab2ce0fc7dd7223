"""The fixture `gpfs_cluster`, used as authors of handlers use it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from arcapix.fs.gpfs import Cluster, Filesystem, GPFSExecuteException, NotFound
from arcapix.fs.gpfs.emulator import EmulatorError, control
from arcapix.fs.gpfs.testing import EmulatedCluster, room

Script = Callable[[str], str]
Wait = Callable[[Callable[[], object], str], object]


# The cluster is found by everybody


def test_the_api_and_mm_commands_in_other_processes_see_the_same_cluster(
    gpfs_cluster: EmulatedCluster, script: Script
) -> None:
    Cluster().callbacks.new("reporter", script("true"), "mount")
    listed = subprocess.run(["mmlscallback"], capture_output=True, text=True, check=True).stdout
    assert listed.startswith("reporter")
    assert gpfs_cluster.mm("mmlscallback").stdout == listed
    subprocess.run(["mmdelcallback", "reporter"], capture_output=True, check=True)
    assert list(Cluster().callbacks) == []


def test_a_variable_that_an_event_does_not_have_is_warned_of(gpfs_cluster: EmulatedCluster) -> None:
    with pytest.warns(UserWarning, match="'fsname' is known of mount; did you mean 'fsName'") as given:
        assert gpfs_cluster.fire("mount", fsname="mmfs1") == 1
    assert given[0].filename == __file__


def test_others_are_told_whose_cluster_it_is_and_cannot_end_it(gpfs_cluster: EmulatedCluster) -> None:
    def emulate(verb: str) -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).with_name("arcapix-gpfs"))
        return subprocess.run([program, "emulate", verb], capture_output=True, text=True)

    held = f"a part of process {os.getpid()}"
    assert f" is {held}; manager n1" in emulate("status").stdout
    for verb in ("stop", "destroy"):
        refused = emulate(verb)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert f"is {held}, a test perhaps; it ends with that process" in refused.stderr
    assert emulate("start").returncode == 0
    subprocess.run(["mmumount", "mmfs1", "-N", "n2"], check=True, capture_output=True)
    assert gpfs_cluster.nodes["n2"].mounts == ("mmfs2",)
    assert control.status(gpfs_cluster.directory).pid == os.getpid()


def test_a_cluster_whose_test_was_killed_is_stopped_and_can_be_destroyed(tmp_path: Path) -> None:
    directory = tmp_path / "cluster"
    program = (
        "import os, signal; from pathlib import Path; from arcapix.fs.gpfs.emulator import Emulator; "
        f"Emulator(directory=Path({str(directory)!r})).serve(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == -9
    assert not control.status(directory).running
    with pytest.raises(EmulatorError, match=r"the process of the emulated cluster .* has ended"):
        control.fire(directory, "mount")
    control.destroy(directory)
    assert not directory.exists()


def test_a_script_reaches_the_cluster_with_mm_commands(gpfs_cluster: EmulatedCluster, script: Script) -> None:
    Cluster().callbacks.new("lister", script("$ARCAPIX_GPFS_BIN/mmlsnode -N localhost"), "startup")
    gpfs_cluster.fire("startup", node="n2")
    gpfs_cluster.wait_idle()
    (run,) = gpfs_cluster.runs
    assert run.output.strip() == "n2.gpfs.test"


def test_the_test_is_on_the_node_that_its_environment_names(
    gpfs_cluster: EmulatedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gpfs_cluster.mm("mmlsnode", "-N", "localhost").stdout.strip() == "n1.gpfs.test"
    monkeypatch.setenv("ARCAPIX_GPFS_NODE", "n2")
    assert gpfs_cluster.mm("mmlsnode", "-N", "localhost").stdout.strip() == "n2.gpfs.test"
    assert gpfs_cluster.mm("mmlsnode", "-N", "localhost", node="n3").stdout.strip() == "n3.gpfs.test"


def test_a_command_that_fails_raises(gpfs_cluster: EmulatedCluster) -> None:
    with pytest.raises(GPFSExecuteException, match="mmdelcallback") as failure:
        gpfs_cluster.mm("mmdelcallback", "nope")
    assert failure.value.returncode == 1


# Runs


def test_the_state_of_a_script_follows_from_its_exit_status(
    gpfs_cluster: EmulatedCluster, script: Script
) -> None:
    for name, text in (("good", "echo $1"), ("bad", "echo oh; exit 3"), ("shot", "kill -9 $$")):
        Cluster().callbacks.new(name, script(text), "mount", parms=["%fsName"])
    Cluster().callbacks.new("gone", script("true"), "mount")
    Path(Cluster().callbacks["gone"].command).unlink()
    gpfs_cluster.fire("mount", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    good, bad, shot, gone = gpfs_cluster.runs
    assert (good.callback, good.node, good.event, good.arguments) == ("good", "n1", "mount", ("mmfs1",))
    assert (good.state, good.reason, good.status, good.output) == ("succeeded", "", 0, "mmfs1\n")
    assert (bad.state, bad.reason, bad.status, bad.output) == ("failed", "exit status 3", 3, "oh\n")
    assert (shot.state, shot.reason, shot.status) == ("interrupted", "ended by signal 9", -9)
    assert (gone.state, gone.reason, gone.status) == ("failed", "could not be started", 127)


def test_a_script_that_outlasts_the_timeout_of_gpfs_has_timed_out(
    gpfs_cluster: EmulatedCluster, script: Script
) -> None:
    Cluster().callbacks.new("slow", script("sleep 30"), "mount", sync=True, timeout=1)
    gpfs_cluster.fire("mount", fsName="mmfs1")
    (run,) = gpfs_cluster.runs
    assert (run.state, run.reason) == ("timed-out", "ended by signal 9 after GPFS's timeout")


@pytest.mark.gpfs_cluster(expect_failures=True)
def test_output_can_be_read_while_a_callback_runs(
    gpfs_cluster: EmulatedCluster, script: Script, wait: Wait
) -> None:
    Cluster().callbacks.new("slow", script("echo started; sleep 30"), "mount")
    gpfs_cluster.fire("mount", fsName="mmfs1")
    wait(lambda: gpfs_cluster.runs[0].output == "started\n", "the output can be read")
    assert gpfs_cluster.runs[0].state == "running"


@pytest.mark.gpfs_cluster(expect_failures=True)
def test_waiting_in_vain_names_what_still_runs(gpfs_cluster: EmulatedCluster, script: Script) -> None:
    Cluster().callbacks.new("slow", script("sleep 30"), "mount")
    gpfs_cluster.fire("mount", fsName="mmfs1")
    with pytest.raises(TimeoutError, match=r"not idle after 0.1 s: slow on n1, event mount, pid \d+$"):
        gpfs_cluster.wait_idle(timeout=0.1)


def test_a_callable_has_the_state_of_the_journal_and_the_output_of_the_log(
    gpfs_cluster: EmulatedCluster,
) -> None:
    def report(fsName: str) -> None:
        print(f"{fsName} was mounted")

    Filesystem("mmfs1").onMount.new("report", report)
    gpfs_cluster.fire("mount", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    (run,) = gpfs_cluster.runs
    assert (run.callback, run.node, run.event) == ("report", "n1", "mount")
    assert run.arguments == ("eventName=mount", "fsName=mmfs1")
    assert (run.state, run.reason, run.status, run.output) == ("succeeded", "", 0, "mmfs1 was mounted\n")


def test_a_run_about_another_object_is_absent(gpfs_cluster: EmulatedCluster) -> None:
    Filesystem("mmfs1").onMount.new("report", lambda fsName: print(fsName))
    gpfs_cluster.fire("mount", fsName="mmfs2")
    gpfs_cluster.fire("mount", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    assert [run.output for run in gpfs_cluster.runs] == ["mmfs1\n"]


def test_a_callable_that_fails_says_why(gpfs_cluster: EmulatedCluster) -> None:
    def divide(fsName: str) -> float:
        return len(fsName) / 0

    Filesystem("mmfs1").onMount.new("divide", divide)
    gpfs_cluster.fire("mount", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    (run,) = gpfs_cluster.runs
    assert (run.state, run.status) == ("failed", 1)
    assert "ZeroDivisionError" in run.reason
    assert "return len(fsName) / 0" in run.output


def test_a_callable_that_takes_too_long_has_timed_out(gpfs_cluster: EmulatedCluster) -> None:
    def hang() -> None:
        import time

        print("hanging", flush=True)
        time.sleep(60)

    Filesystem("mmfs1").onMount.new("hang", hang, run={"timeout": 0.2})
    gpfs_cluster.fire("mount", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    (run,) = gpfs_cluster.runs
    assert (run.state, run.status, run.reason) == ("timed-out", 6, "timed out after 0.2 s")
    assert run.output.startswith("hanging\n")


def test_a_callable_that_is_killed_is_interrupted(gpfs_cluster: EmulatedCluster) -> None:
    def shoot() -> None:
        import os

        print("shooting", flush=True)
        os.kill(os.getpid(), 9)

    Cluster().onMount.new("shoot", shoot)
    gpfs_cluster.fire("mount", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    (run,) = gpfs_cluster.runs
    assert (run.state, run.reason, run.output) == ("interrupted", "ended by signal 9", "shooting\n")


def test_a_driver_that_was_given_no_token_of_ours_has_refused(gpfs_cluster: EmulatedCluster) -> None:
    driver = gpfs_cluster.directory / "driver" / "callbackdriver.py"
    gpfs_cluster.mm("mmaddcallback", "broken", "--command", driver, "--event", "mount", "--parms", "A1.9@cut")
    gpfs_cluster.fire("mount", fsName="mmfs1")
    gpfs_cluster.wait_idle()
    (run,) = gpfs_cluster.runs
    assert (run.state, run.status) == ("refused", 3)


# Causes


def test_what_is_written_passes_the_threshold(gpfs_cluster: EmulatedCluster, script: Script) -> None:
    Cluster().callbacks.new("low", script("true"), "lowDiskSpace", parms=["%fsName", "%storagePool"])
    path = gpfs_cluster.write("mmfs1", 62 << 20)
    gpfs_cluster.wait_idle()
    assert [run.arguments for run in gpfs_cluster.runs] == [("mmfs1", "system")]
    path.unlink()
    gpfs_cluster.wait_idle()
    assert len(gpfs_cluster.runs) == 1


def test_time_can_be_advanced_to_the_next_repetition(gpfs_cluster: EmulatedCluster, script: Script) -> None:
    Cluster().callbacks.new("low", script("true"), "lowDiskSpace")
    gpfs_cluster.write("mmfs1", 62 << 20)
    gpfs_cluster.wait_idle()
    gpfs_cluster.advance(60)
    gpfs_cluster.wait_idle()
    assert len(gpfs_cluster.runs) == 1
    gpfs_cluster.advance(60)
    gpfs_cluster.wait_idle()
    assert len(gpfs_cluster.runs) == 2


def test_a_file_is_written_where_it_should_be(gpfs_cluster: EmulatedCluster) -> None:
    first, second = gpfs_cluster.write("mmfs1", 10), gpfs_cluster.write("/dev/mmfs1", b"hello")
    assert (first.stat().st_size, second.read_bytes()) == (10, b"hello")
    data = gpfs_cluster.write("mmfs1", (1 << 20) + 1, "projects/data")
    assert data.parts[-3:] == ("mmfs1", "projects", "data")
    assert data.stat().st_size == (1 << 20) + 1


@pytest.mark.gpfs_cluster(filesystems={"mmfs1": 3 << 20})
@pytest.mark.parametrize("data", [1 << 40, bytes(3 << 20)], ids=["how many", "what"])
def test_what_is_larger_than_what_is_free_fills_the_file_system_and_fails(
    gpfs_cluster: EmulatedCluster, script: Script, data: int | bytes
) -> None:
    Cluster().callbacks.new("full", script("true"), "noDiskSpace", parms=["%fsName"])
    first = gpfs_cluster.write("mmfs1", 1000)
    with pytest.raises(OSError, match="No space left on device") as failure:
        gpfs_cluster.write("mmfs1", data, "projects/data")
    assert failure.value.errno == errno.ENOSPC
    written = Path(failure.value.filename)
    assert written.parts[-3:] == ("mmfs1", "projects", "data")
    assert written.stat().st_size == (3 << 20) - 1000
    gpfs_cluster.wait_idle()
    assert [run.arguments for run in gpfs_cluster.runs] == [("mmfs1",)]
    listed = gpfs_cluster.mm("mmdf", "mmfs1", "-Y").stdout.splitlines()
    assert "mmdf:fsTotal:0:1:::3072:0:0:0:0:" in listed
    first.unlink()
    assert gpfs_cluster.write("mmfs1", 1000).stat().st_size == 1000


@pytest.mark.gpfs_cluster(filesystems={"mmfs1": 3 << 20})
def test_a_file_that_is_replaced_gives_its_room_back_first(gpfs_cluster: EmulatedCluster) -> None:
    gpfs_cluster.write("mmfs1", 2 << 20, "data")
    assert gpfs_cluster.write("mmfs1", 3 << 20, "data").stat().st_size == 3 << 20


@pytest.mark.gpfs_cluster(filesystems={"mmfs1": 1 << 50})
def test_a_file_takes_no_more_than_the_disk_of_this_machine_has_to_spare(
    gpfs_cluster: EmulatedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare = SimpleNamespace(f_bavail=(room._RESERVE >> 20) + 5, f_frsize=1 << 20)
    monkeypatch.setattr(os, "statvfs", lambda _path: spare)
    with pytest.raises(OSError, match="the disk of this machine has no room for that") as failure:
        gpfs_cluster.write("mmfs1", 1 << 40)
    assert failure.value.errno == errno.ENOSPC
    assert Path(failure.value.filename).stat().st_size == 5 << 20


def test_a_file_cannot_be_written_where_there_is_no_file_system(gpfs_cluster: EmulatedCluster) -> None:
    with pytest.raises(NotFound, match="no file system 'mfs1'; did you mean 'mmfs1'"):
        gpfs_cluster.write("mfs1", 1)
    with pytest.raises(EmulatorError, match=r"'\.\./mmfs2/x' is not a file below the mount point of 'mmfs1'"):
        gpfs_cluster.write("mmfs1", 1, "../mmfs2/x")
    gpfs_cluster.mm("mmumount", "mmfs1", "-a")
    with pytest.raises(EmulatorError, match="'mmfs1' is mounted on no node; run: mmmount mmfs1 -a"):
        gpfs_cluster.write("mmfs1", 1)


@pytest.mark.parametrize("command", ["mmumount mmfs1 -a", ["mmumount", "mmfs1", "-a"]])
def test_a_command_line_in_one_piece_is_refused_with_the_way_to_give_it(
    gpfs_cluster: EmulatedCluster, command: Any
) -> None:
    said = r"is not the name of an mm command; give each word: mm\('mmumount', 'mmfs1', '-a'\)"
    with pytest.raises(EmulatorError, match=said):
        gpfs_cluster.mm(command)


def test_nodes_stop_and_start(gpfs_cluster: EmulatedCluster, script: Script) -> None:
    node = gpfs_cluster.nodes["n3"]
    assert (node.state, node.mounts) == ("active", ("mmfs1", "mmfs2"))
    Cluster().callbacks.new("watch", script("true"), "nodeLeave,nodeJoin", parms=["%eventNode.shortName"])
    node.stop()
    gpfs_cluster.wait_idle()
    assert (node.state, node.mounts) == ("down", ())
    assert {(run.node, run.event, *run.arguments) for run in gpfs_cluster.runs} == {
        ("n1", "nodeLeave", "n3"),
        ("n2", "nodeLeave", "n3"),
    }
    node.start()
    gpfs_cluster.wait_idle()
    assert node.state == "active"
    assert any("event nodeJoin" in line for line in node.log)


def test_nodes_are_found_by_every_name_and_the_nearest_is_offered(gpfs_cluster: EmulatedCluster) -> None:
    assert list(gpfs_cluster.nodes) == ["n1", "n2", "n3"]
    assert gpfs_cluster.nodes["n2.gpfs.test"] == gpfs_cluster.nodes["n2"]
    assert "n4" not in gpfs_cluster.nodes
    with pytest.raises(NotFound, match="no node 'n22'; did you mean 'n2'"):
        gpfs_cluster.crash("n22")


def test_a_crash_kills_what_runs_on_the_node(
    gpfs_cluster: EmulatedCluster, script: Script, wait: Wait
) -> None:
    Cluster().callbacks.new("slow", script("echo started; sleep 30"), "startup")
    gpfs_cluster.fire("startup", node="n2")
    wait(lambda: gpfs_cluster.runs[0].output, "the callback has begun")
    gpfs_cluster.crash("n2")
    gpfs_cluster.wait_idle()
    assert gpfs_cluster.nodes["n2"].state == "unknown"
    assert gpfs_cluster.runs[0].state == "interrupted"


def test_a_partition_takes_quorum_from_the_smaller_side(gpfs_cluster: EmulatedCluster) -> None:
    gpfs_cluster.partition("n1", "n2")
    assert [node.state for node in gpfs_cluster.nodes.values()] == ["active", "active", "arbitrating"]
    gpfs_cluster.heal()
    assert [node.state for node in gpfs_cluster.nodes.values()] == ["active", "active", "active"]


def test_a_disk_fails(gpfs_cluster: EmulatedCluster, script: Script) -> None:
    Cluster().callbacks.new("disks", script("true"), "diskFailure", parms=["%diskName"])
    gpfs_cluster.fail_disk("mmfs1_nsd1")
    gpfs_cluster.wait_idle()
    assert gpfs_cluster.runs[0].arguments == ("mmfs1_nsd1",)


def test_an_event_that_does_not_exist_is_refused_by_name(gpfs_cluster: EmulatedCluster) -> None:
    with pytest.raises(EmulatorError, match="no event 'mounted'; did you mean 'mount'"):
        gpfs_cluster.fire("mounted")


def test_an_event_is_noticed_nowhere_where_gpfs_is_down(gpfs_cluster: EmulatedCluster) -> None:
    gpfs_cluster.nodes["n2"].stop()
    assert gpfs_cluster.fire("startup", node="n2") == 0
    assert gpfs_cluster.fire("nodeLeave", eventNode="n2") == 2


# Options


@pytest.mark.gpfs_cluster(nodes=5, filesystems=["home"], switches={"list_empty": "sentence"})
def test_options_say_what_the_cluster_is_made_of(gpfs_cluster: EmulatedCluster) -> None:
    assert list(gpfs_cluster.nodes) == ["n1", "n2", "n3", "n4", "n5"]
    assert gpfs_cluster.nodes["n5"].mounts == ("home",)
    assert gpfs_cluster.mm("mmlscallback").stdout.strip()


@pytest.mark.gpfs_cluster(nodes=["b", "a"], filesystems={"home": "8M", "data": 4 << 20})
class TestOptionsOfAClass:
    def test_hold_for_its_tests(self, gpfs_cluster: EmulatedCluster) -> None:
        assert list(gpfs_cluster.nodes) == ["b", "a"]
        assert gpfs_cluster.nodes["a"].mounts == ("data", "home")

    @pytest.mark.gpfs_cluster(nodes=1)
    def test_hold_where_a_test_says_nothing_else(self, gpfs_cluster: EmulatedCluster) -> None:
        assert list(gpfs_cluster.nodes) == ["n1"]
        assert gpfs_cluster.nodes["n1"].mounts == ("data", "home")

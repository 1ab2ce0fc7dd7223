"""Clusters in their own process: commands of a shell, concurrency, kill -9, stop, resume, destroy."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from arcapix.fs.gpfs.emulator import EmulatorError, control

from ...processes import is_alive
from ..shells import ARCAPIX, Shell


def test_the_commands_work_in_a_shell(shell):
    assert "n1.gpfs.test" in shell.ok("mmlscluster")
    assert shell.ok("mmlsnode", "-N", "localhost") == "n1.gpfs.test\n"
    assert shell.ok("mmlsnode", "-N", "localhost", node="n3") == "n3.gpfs.test\n"
    done = shell.run("mmlsfs", "nope")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mmlsfs: File system nope is not known")
    assert shell.run("mmapplypolicy").returncode == 124


def test_a_script_runs_when_its_cause_happens_and_can_use_the_commands(shell, wait):
    out = shell.directory.parent / "out"
    command = shell.script(
        f'$ARCAPIX_GPFS_BIN/mmlsnode -N localhost > {out}.new; echo "$@" >> {out}.new; mv {out}.new {out}'
    )
    shell.ok(
        "mmaddcallback", "cb", "--command", command, "--event", "unmount", "--parms", "%eventName %fsName"
    )
    shell.ok("mmumount", "mmfs1", "-N", "n2")
    assert control.wait_idle(shell.directory)
    assert out.read_text() == "n2.gpfs.test\nunmount mmfs1\n"
    (run,) = control.runs(shell.directory)
    assert (run.callback, run.node, run.event, run.status) == ("cb", "n2", "unmount", 0)
    assert any("Calling user exit script cb" in line for line in control.log(shell.directory, "n2"))
    assert any(line.startswith("n2: ") for line in control.log(shell.directory))


def test_a_handler_of_its_own_event_does_not_hang(shell):
    command = shell.script("$ARCAPIX_GPFS_BIN/mmmount mmfs1 -N n2")
    shell.ok("mmaddcallback", "cb", "--command", command, "--event", "unmount", "--sync", "--timeout", "20")
    shell.ok("mmumount", "mmfs1", "-N", "n2")
    assert shell.ok("mmlsmount", "mmfs1") == "File system mmfs1 is mounted on 3 nodes.\n"


def test_an_interrupted_command_ends_without_a_word_and_its_work_is_done(shell, wait):
    begun, go = shell.folder / "begun", shell.folder / "go"
    command = shell.script(f"touch {begun}; while [ ! -e {go} ]; do sleep 0.05; done")
    shell.ok("mmaddcallback", "cb", "--command", command, "--event", "preMount", "--sync", "--timeout", "60")
    shell.ok("mmumount", "mmfs1", "-N", "n2")
    words = [str(shell.directory / "bin" / "mmmount"), "mmfs1", "-N", "n2"]
    mounting = subprocess.Popen(
        words, env=shell.environment("n1"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    wait(begun.exists, "GPFS waits for the callback")
    mounting.send_signal(signal.SIGINT)
    assert mounting.communicate(timeout=60)[0] == b""
    assert mounting.returncode == -signal.SIGINT
    go.touch()
    wait(lambda: "on 3 nodes" in shell.ok("mmlsmount", "mmfs1"), "the mount is done")


def interrupted(command: subprocess.Popen[bytes]) -> bytes:
    """What a command printed that SIGINT has ended."""
    command.send_signal(signal.SIGINT)
    printed = command.communicate(timeout=60)[0]
    assert command.returncode == -signal.SIGINT
    return printed


def begun(shell, *words: str) -> subprocess.Popen[bytes]:
    program = [str(shell.directory / "bin" / words[0]), *words[1:]]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(program, env=shell.environment(), **streams)


def test_an_interrupted_command_changes_nothing_if_it_waits_for_the_lock(shell, wait):
    control.set_switches(shell.directory, {"command_delay": "0,50,55"})
    adding = ("--command", "/bin/true", "--event", "mount")
    holding = begun(shell, "mmaddcallback", "first", *adding)
    wait(lambda: control.is_locked(shell.directory), "the first command has the lock")
    assert interrupted(begun(shell, "mmaddcallback", "second", *adding)) == b""
    assert interrupted(holding) == b""
    control.set_switches(shell.directory, {"command_delay": "0,0,60"})
    shell.ok("mmaddcallback", "third", *adding)
    assert shell.callbacks() == ["first", "third"], "what has the lock has begun"


def test_a_command_can_be_interrupted_while_it_starts(shell):
    """Python has a handler for SIGINT of its own by then, which would print a traceback."""
    control.set_switches(shell.directory, {"command_delay": "50"})
    for pause in range(60):
        command = begun(shell, "mmlscluster")
        time.sleep(pause * 0.0003)
        assert interrupted(command) == b""


def test_an_interrupt_that_came_before_a_command_could_end_of_it_is_not_lost(shell):
    def pending() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        signal.raise_signal(signal.SIGINT)

    program = str(shell.directory / "bin" / "mmlscluster")
    done = subprocess.run(
        [program], env=shell.environment(), preexec_fn=pending, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def words_of_child(pid: int) -> str:
    """The command line of the only child; the parent's until it becomes another program."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return "".join(Path(f"/proc/{child}/cmdline").read_text() for child in children)


def test_a_shell_sees_status_130_after_ctrl_c(shell, wait):
    """As on a terminal, all processes of the foreground get the signal."""
    control.set_switches(shell.directory, {"command_delay": "50"})
    words = ["sh", "-c", "trap : INT; mmlscluster; echo $?"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(words, env=shell.environment(), process_group=0, **streams) as process:
        command = str(shell.directory / "bin" / "mmlscluster")
        wait(lambda: command in words_of_child(process.pid), "the child of the shell is the command")
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=60)[0] == b"130\n"


def test_two_hundred_commands_at_once(shell):
    def add(number):
        return shell.run(
            "mmaddcallback", f"cb{number}", "--command", "/bin/true", "--event", "mount"
        ).returncode

    def look(_):
        done = shell.run("mmlscallback")
        return done.returncode, done.stdout.count("command") - done.stdout.count("event")

    with ThreadPoolExecutor(64) as pool:
        added = [pool.submit(add, number) for number in range(100)]
        seen = [pool.submit(look, number) for number in range(100)]
    assert {one.result() for one in added} == {0}
    assert {one.result() for one in seen} == {(0, 0)}
    assert len(shell.callbacks()) == 100


def test_a_killed_daemon_is_started_by_the_next_command(shell):
    shell.ok("mmaddcallback", "cb", "--command", "/bin/true", "--event", "mount")
    shell.ok("mmshutdown", "-N", "n3")
    pid = control.status(shell.directory).pid
    os.kill(pid, signal.SIGKILL)
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(shell.run, "mmlscallback") for _ in range(20)]
    answers = {(one.result().stdout.partition("\n")[0], one.result().stderr) for one in asked}
    assert answers == {("cb", "")}
    status = control.status(shell.directory)
    assert status.running and status.pid != pid
    assert [node.state for node in status.nodes] == ["active", "active", "down"]
    assert control.runs(shell.directory) == []


def test_kill_9_in_the_middle_of_changes_leaves_the_last_complete_state(shell):
    """What a command reported as done is there afterwards; what it did not report is there whole or not at all."""
    done = set()

    def add_many(worker):
        for number in range(40):
            name = f"cb-{worker}-{number}"
            if shell.run("mmaddcallback", name, "--command", "/bin/true", "--event", "mount").returncode == 0:
                done.add(name)

    workers = [threading.Thread(target=add_many, args=(worker,)) for worker in range(3)]
    for worker in workers:
        worker.start()
    killed = 0
    while any(worker.is_alive() for worker in workers):
        pid = control.status(shell.directory).pid
        if pid is not None and killed < 8:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        workers[0].join(0.05)
    for worker in workers:
        worker.join()
    assert killed > 2
    assert done <= set(shell.callbacks())
    assert shell.ok("mmlscallback").count("command") == len(shell.callbacks())


def test_stop_ends_every_process_and_start_resumes_silently(shell, wait, left_over):
    shell.ok(
        "mmaddcallback", "cb", "--command", shell.script("sleep 300 & sleep 300"), "--event", "mount,startup"
    )
    control.fire(shell.directory, "mount", "n2")
    wait(lambda: len(left_over(shell.directory)) >= 3, "the callback has started both its processes")
    control.stop(shell.directory)
    assert left_over(shell.directory) == []
    assert not control.status(shell.directory).running
    done = shell.run("mmlscallback")
    assert done.returncode == 1
    assert "is stopped; start it with" in done.stderr
    assert left_over(shell.directory) == []
    control.stop(shell.directory)
    control.start(shell.directory)
    assert shell.callbacks() == ["cb"]
    assert control.runs(shell.directory) == []


def test_destroy_leaves_nothing_behind(shell, wait, left_over):
    shell.ok(
        "mmaddcallback", "cb", "--command", shell.script("setsid sleep 300 & sleep 300"), "--event", "mount"
    )
    control.fire(shell.directory, "mount")
    wait(lambda: len(left_over(shell.directory)) >= 4, "the callbacks have started their processes")
    control.destroy(shell.directory)
    assert not shell.directory.exists()
    assert left_over(shell.directory) == []


def test_destroy_after_kill_9_of_the_daemon(shell, wait, left_over):
    shell.ok("mmaddcallback", "cb", "--command", shell.script("sleep 300"), "--event", "mount")
    control.fire(shell.directory, "mount")
    daemon = control.status(shell.directory).pid
    os.kill(daemon, signal.SIGKILL)
    wait(lambda: daemon not in left_over(shell.directory), "the daemon has ended")
    assert left_over(shell.directory) != [], "the callback goes on without the daemon"
    control.destroy(shell.directory)
    assert not shell.directory.exists()
    assert left_over(shell.directory) == []


@pytest.mark.parametrize("event", ["lowDiskSpace", "softQuotaExceeded"])
def test_what_a_daemon_had_noticed_when_it_was_killed_is_raised_by_the_next_one(
    shell, wait, left_over, event
):
    """The first callback of the event kills the daemon, once, before the second one is started."""
    seen = shell.directory.parent / "seen"
    killed = shell.directory.parent / "killed"
    killer = shell.script(
        f"mkdir {killed} && read daemon rest < {shell.directory}/run/lock && kill -9 $daemon", "killer"
    )
    watcher = shell.script(f'echo "$@" >> {seen}', "watcher")
    shell.ok("mmsetquota", "mmfs1:root", "--files", "1:0")
    shell.ok("mmaddcallback", "a", "--command", killer, "--event", event, "--priority", "1", "--sync")
    shell.ok(
        "mmaddcallback", "b", "--command", watcher, "--event", event, "--priority", "2", "--parms", "%fsName"
    )
    daemon = control.status(shell.directory).pid
    for name in ("data", "more"):
        (shell.directory / "mnt" / "mmfs1" / name).write_bytes(os.urandom(1 << 19))
    wait(
        lambda: killed.exists() and daemon not in left_over(shell.directory), "the callback killed the daemon"
    )
    assert control.wait_idle(shell.directory)
    assert seen.read_text() == "mmfs1\n"


def test_destroy_removes_only_what_is_a_cluster(tmp_path):
    (tmp_path / "precious").write_text("x")
    with pytest.raises(EmulatorError, match="holds no emulated cluster; nothing was removed"):
        control.destroy(tmp_path)
    assert (tmp_path / "precious").exists()


def test_start_does_not_move_into_a_folder_that_is_in_use(tmp_path):
    (tmp_path / "precious").write_text("x")
    with pytest.raises(EmulatorError, match="is not empty and holds no emulated cluster"):
        control.start(tmp_path)


def test_names_sizes_and_switches_are_checked_before_anything_is_made(directory):
    for wrong in (
        {"nodes": ["a b"]},
        {"filesystems": {"all": 1}},
        {"filesystems": {"fs": 0}},
        {"switches": {"release": "9"}},
        {"shell_node": "n9"},
    ):
        with pytest.raises(EmulatorError):
            control.start(directory, **wrong)
        assert not directory.exists()


def test_start_refuses_other_nodes_or_file_systems_than_there_are(shell):
    control.start(shell.directory, nodes=["n1", "n2", "n3"], filesystems={"mmfs1": 1 << 20})
    with pytest.raises(EmulatorError, match="has the nodes n1, n2, n3; destroy it first"):
        control.start(shell.directory, nodes=["n1", "n2"])
    with pytest.raises(EmulatorError, match="has the file systems mmfs1; destroy it first"):
        control.start(shell.directory, filesystems={"mmfs9": 1 << 20})


def test_many_who_start_the_same_cluster_start_one(directory, left_over):
    code = f"from pathlib import Path; from arcapix.fs.gpfs.emulator import control; control.start(Path({str(directory)!r}))"
    starters = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(6)]
    assert [starter.wait(60) for starter in starters] == [0] * 6
    daemons = [
        pid for pid in left_over(directory) if b"libexec/daemon" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert daemons == [control.status(directory).pid]


def test_who_asks_for_a_crash_survives_it(shell):
    """A tester that carries a node's marks but not the administrator's."""
    code = (
        "import os; from pathlib import Path; from arcapix.fs.gpfs.emulator import control; "
        f"control.crash(Path({str(shell.directory)!r}), 'n1'); print('alive')"
    )
    environment = shell.environment("n1")
    del environment["ARCAPIX_GPFS_CLUSTER"]
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("alive\n", "")


def test_processes_of_a_node(shell, wait):
    shell.ok(
        "mmaddcallback", "cb", "--command", shell.script("setsid sleep 300 & sleep 300"), "--event", "mount"
    )
    control.fire(shell.directory, "mount", "n2")
    wait(lambda: len(control.processes(shell.directory, "n2")) == 3, "n2 runs three processes")
    assert control.processes(shell.directory, "n1") == []
    control.crash(shell.directory, "n2")
    assert control.processes(shell.directory) == []


def test_start_can_change_switches_and_the_node_of_the_shell(shell):
    control.start(shell.directory, switches={"release": "4.2.3"}, shell_node="n2")
    environment = {name: value for name, value in os.environ.items() if name != "ARCAPIX_GPFS_NODE"}
    command = [str(shell.directory / "bin" / "mmlsnode"), "-N", "localhost"]
    assert subprocess.run(command, env=environment, capture_output=True, text=True).stdout == "n2.gpfs.test\n"
    assert '"4.2.3.0 "' in shell.ok("mmdiag", "--version")


def test_the_environment_of_a_shell(shell):
    environment = control.environment(shell.directory, "n2.gpfs.test")
    assert environment["ARCAPIX_GPFS_NODE"] == "n2"
    assert environment["ARCAPIX_GPFS_BIN"] == f"{shell.directory}/bin"
    assert environment["PATH"].startswith(f"{shell.directory}/bin:")
    with pytest.raises(EmulatorError, match="no node 'n9'"):
        control.environment(shell.directory, "n9")


def test_the_emulated_remote_shell_and_copy(shell):
    ssh, scp = (str(shell.directory / "libexec" / name) for name in ("ssh", "scp"))
    assert (
        shell.ok(ssh, "-o", "BatchMode=yes", "root@n2.gpfs.test", "mmlsnode", "-N", "localhost")
        == "n2.gpfs.test\n"
    )
    assert shell.run(ssh, "n2", "exit 7").returncode == 7
    source = shell.directory.parent / "file"
    source.write_text("x")
    shell.ok(scp, "-p", str(source), f"n2:{source}.copy")
    assert Path(f"{source}.copy").read_text() == "x"
    control.crash(shell.directory, "n2")
    done = shell.run(ssh, "n2", "true")
    assert (done.returncode, done.stderr) == (255, "ssh: connect to host n2 port 22: No route to host\n")
    assert shell.run(scp, str(source), f"n2:{source}.other").returncode == 255
    assert shell.run(ssh, "n9", "true").returncode == 255


def test_crash_partition_heal_and_disks_from_outside(shell):
    command = shell.script("exit 0")
    shell.ok(
        "mmaddcallback",
        "cb",
        "--command",
        command,
        "--event",
        "nodeLeave,quorumLoss,diskFailure,nodeJoin",
        "--parms",
        "%diskName",
    )
    control.crash(shell.directory, "n3")
    control.partition(shell.directory, ["n2"])
    assert [node.state for node in control.status(shell.directory).nodes] == [
        "arbitrating",
        "arbitrating",
        "unknown",
    ]
    control.heal(shell.directory)
    assert [node.state for node in control.status(shell.directory).nodes] == ["active", "active", "unknown"]
    control.fail_disk(shell.directory, "mmfs1_nsd1")
    assert control.wait_idle(shell.directory)
    assert control.runs(shell.directory)[-1].arguments == ("mmfs1_nsd1",)
    with pytest.raises(EmulatorError, match="no disk 'nope'"):
        control.fail_disk(shell.directory, "nope")
    with pytest.raises(EmulatorError, match="no node 'n9'"):
        control.crash(shell.directory, "n9")


def test_fire_from_outside(shell):
    shell.ok(
        "mmaddcallback",
        "cb",
        "--command",
        "/bin/true",
        "--event",
        "softQuotaExceeded",
        "--parms",
        "%fsName %filesetName",
    )
    assert (
        control.fire(
            shell.directory, "softquotaexceeded", variables={"fsName": "mmfs1", "filesetName": "p q"}
        )
        == 1
    )
    assert control.wait_idle(shell.directory)
    assert control.runs(shell.directory)[0].arguments == ("mmfs1", "p q")
    with pytest.raises(EmulatorError, match="no event"):
        control.fire(shell.directory, "nope")


def test_written_bytes_raise_the_event_of_a_low_file_system(shell, wait):
    shell.ok(
        "mmaddcallback",
        "cb",
        "--command",
        "/bin/true",
        "--event",
        "lowDiskSpace",
        "--parms",
        "%fsName %storagePool",
    )
    (shell.directory / "mnt" / "mmfs1" / "data").write_bytes(os.urandom(1 << 20))
    wait(lambda: control.runs(shell.directory), "the callback was started")
    assert control.runs(shell.directory)[0].arguments == ("mmfs1", "system")


@pytest.mark.parametrize("way", ["removed", "renamed"])
def test_a_daemon_ends_with_its_folder_and_so_do_its_callbacks(shell, wait, left_over, way):
    script = shell.script("sleep 300 & setsid sleep 300 & sleep 300")
    shell.ok("mmaddcallback", "cb", "--command", script, "--event", "mount")
    control.fire(shell.directory, "mount", "n2")
    wait(lambda: len(left_over(shell.directory)) >= 4, "the callback has started its processes")
    daemon = control.status(shell.directory).pid
    moved = shell.directory.with_name("moved")
    shell.directory.rename(moved)
    if way == "removed":
        shutil.rmtree(moved)
    wait(lambda: not is_alive(daemon), "the daemon has ended")
    assert left_over(shell.directory) == []


def test_a_daemon_whose_folder_was_replaced_leaves_the_new_cluster_alone(shell, wait):
    def started() -> int:
        """A callback that stays, on the cluster in the folder; its process."""
        shell.ok("mmaddcallback", "cb", "--command", shell.script("exec sleep 300"), "--event", "mount")
        control.fire(shell.directory, "mount", "n2")
        return wait(lambda: control.runs(shell.directory)[0].pid, "the callback runs")

    daemon, run = control.status(shell.directory).pid, started()
    shell.directory.rename(shell.directory.with_name("moved"))
    control.start(shell.directory, filesystems={"mmfs1": 1 << 20})
    other = started()
    wait(lambda: not is_alive(daemon) and not is_alive(run), "the first daemon and its callback have ended")
    assert is_alive(other)
    assert control.runs(shell.directory)[0].status is None


def test_start_needs_no_sigchld_and_its_daemon_hears_sigterm(directory, wait):
    def deaf() -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})

    command = [ARCAPIX, "emulate", "start", "--dir", str(directory)]
    started = subprocess.run(command, preexec_fn=deaf, capture_output=True, text=True, timeout=60)
    assert (started.returncode, started.stderr) == (0, "")
    shell = Shell(directory)
    shell.ok(
        "mmaddcallback",
        "cb",
        "--command",
        shell.script("exit 3"),
        "--event",
        "mount",
        "--sync",
        "--timeout",
        "9",
    )
    control.fire(directory, "mount", "n2")
    assert control.runs(directory)[0].status == 3, "the daemon learns how its callbacks end"
    daemon = control.status(directory).pid
    os.kill(daemon, signal.SIGTERM)
    wait(lambda: not is_alive(daemon), "the daemon has ended")


def test_a_daemon_that_cannot_start_is_told_of_whatever_becomes_of_sigchld(shell):
    os.kill(control.status(shell.directory).pid, signal.SIGKILL)
    (shell.directory / "libexec" / "daemon").write_text("raise SystemExit('no')\n")
    program = str(shell.directory / "bin" / "mmlsnode")
    for action in (signal.SIG_DFL, signal.SIG_IGN):
        done = subprocess.run(
            [program], env=shell.environment(), capture_output=True, text=True, timeout=60,
            preexec_fn=lambda: signal.signal(signal.SIGCHLD, action),  # noqa: B023
        )  # fmt: skip
        assert done.returncode == 1
        assert "the emulated GPFS could not be started; see " in done.stderr


def test_a_pipe_is_not_held_open_by_a_daemon_that_a_command_started(shell):
    os.kill(control.status(shell.directory).pid, signal.SIGKILL)
    done = subprocess.run(
        ["sh", "-c", "mmlsnode -N localhost | cat"],
        env=shell.environment(),
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.stdout == "n1.gpfs.test\n"


def test_the_client_loads_next_to_nothing(shell):
    libexec = shell.directory / "libexec"
    code = f"import sys; before = set(sys.modules); sys.path[:0] = [{str(libexec)!r}]; import mmclient; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['_socket', 'mmclient']\n"


def test_arguments_that_are_no_utf_8_come_through(shell):
    done = subprocess.run(
        [b"mmlsfs", b"caf\xe9"], env=shell.environment(), capture_output=True, stdin=subprocess.DEVNULL
    )
    assert done.stderr.startswith(b"mmlsfs: File system caf\xe9 is not known")


def test_an_idle_daemon_uses_next_to_no_time(shell):
    pid = control.status(shell.directory).pid

    def used():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used()
    time.sleep(2.5)
    assert used() - before <= 0.1


def test_a_cluster_without_nodes_is_described_and_destroyed_but_has_no_shell(shell):
    shell.ok("mmshutdown", "-a")
    shell.ok("mmdelfs", "mmfs1")
    shell.ok("mmdelnode", "-a")
    assert shell.fails("mmlscluster").startswith(
        "mmlscluster: This node does not belong to a GPFS cluster.\n"
    )
    assert control.status(shell.directory).nodes == ()
    assert list(control.log(shell.directory)) == []
    with pytest.raises(EmulatorError, match="has lost its nodes by mmdelnode -a; destroy it first"):
        control.environment(shell.directory)
    control.destroy(shell.directory)
    assert not shell.directory.exists()

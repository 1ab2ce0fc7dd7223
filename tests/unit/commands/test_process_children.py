"""Real child processes: shell scripts stand in for mm commands."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs import commands
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.exceptions import GPFSExecuteException, GPFSNotInstalled

from ...waiting import wait

HOUR = 3600


def is_gone(number):
    """True once a process has ended, its parent reaped it or not."""
    try:
        with open(f"/proc/{number}/stat", "rb") as file:
            return file.read().rsplit(b")", 1)[1].split()[0] in (b"Z", b"X")
    except FileNotFoundError:
        return True


def is_written(*paths):
    return all(path.exists() and path.read_text().endswith("\n") for path in paths)


def number_in(path):
    wait(lambda: is_written(path), f"{path} is written")
    return int(path.read_text())


@pytest.fixture
def limit_comes_when(monkeypatch):
    """Let the hour of a time limit be over for `process` once something has happened, and not before."""

    def set_clock(condition):
        late = 0

        class Clock:
            sleep = staticmethod(time.sleep)
            perf_counter = staticmethod(time.perf_counter)

            @staticmethod
            def monotonic():
                """Whenever the time is looked at once it has happened, one more hour has gone by."""
                nonlocal late
                late += HOUR if condition() else 0
                return time.monotonic() + late

        monkeypatch.setattr(process, "time", Clock)

    return set_clock


def test_both_streams_and_the_status_come_back_with_the_command_line(fake_mm):
    command = fake_mm("mmlsthing", 'echo "out $1"; echo "err $2" >&2; exit 3')
    answer = process.execute((str(command), "a b", "c"), timeout=10)
    assert answer == process.Completed((str(command), "a b", "c"), 3, "out a b\n", "err c\n")


def test_a_command_runs_in_the_c_locale_in_its_own_session_without_input(fake_mm, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("SITE_SETTING", "kept")
    script = (
        'echo "$LC_ALL $LANG $SITE_SETTING"; read line || echo nothing to read\n'
        "read pid name state parent group session rest < /proc/$$/stat; echo $$ $session"
    )
    command = fake_mm("mmlsthing", script)
    lines = process.execute((str(command),), timeout=10).stdout.splitlines()
    assert lines[:2] == ["C C kept", "nothing to read"]
    own, session = map(int, lines[2].split())
    assert own == session != os.getsid(0)


def test_a_command_inherits_no_open_file(fake_mm, tmp_path):
    with open(tmp_path / "secret", "w") as file:
        os.set_inheritable(file.fileno(), True)
        command = fake_mm("mmlsthing", f"[ -e /proc/$$/fd/{file.fileno()} ] && echo inherited || echo closed")
        assert process.execute((str(command),), timeout=10).stdout == "closed\n"


def test_bytes_that_are_no_text_are_kept(fake_mm):
    command = fake_mm("mmlsthing", r"printf 'caf\351:\303\251\n'")
    text = process.execute((str(command),), timeout=10).stdout
    assert text == "caf\udce9:é\n"
    assert text.encode("utf-8", "surrogateescape") == b"caf\xe9:\xc3\xa9\n"


def test_much_output_on_both_streams_does_not_block(fake_mm):
    command = fake_mm(
        "mmlsthing", "head -c 3000000 /dev/zero | tr '\\0' e >&2; head -c 3000000 /dev/zero | tr '\\0' o"
    )
    answer = process.execute((str(command),), timeout=30)
    assert (len(answer.stdout), len(answer.stderr)) == (3_000_000, 3_000_000)


def test_a_child_that_keeps_the_pipe_open_does_not_hold_up_the_answer(fake_mm, tmp_path):
    command = fake_mm("mmstartup", f"sleep 60 & echo $! > {tmp_path}/daemon; echo started")
    answer = process.execute((str(command),), timeout=30)
    daemon = number_in(tmp_path / "daemon")
    try:
        assert answer.stdout == "started\n"
        assert not is_gone(daemon), "the answer waited for it, or ended what must live on"
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_a_child_that_keeps_on_talking_does_not_hold_up_the_answer(fake_mm, tmp_path):
    script = (
        f"(trap '' PIPE; while :; do echo talk; sleep 0.02; done) & echo $! > {tmp_path}/daemon; echo done"
    )
    command = fake_mm("mmstartup", script)
    began = time.monotonic()
    answer = process.execute((str(command),), timeout=30)
    try:
        assert "done\n" in answer.stdout
        assert time.monotonic() - began < 10
    finally:
        os.kill(number_in(tmp_path / "daemon"), signal.SIGKILL)


def test_a_command_that_closes_its_streams_is_still_waited_for(fake_mm):
    command = fake_mm("mmlsthing", "echo early; exec >&- 2>&-; sleep 0.3; exit 4")
    assert process.execute((str(command),), timeout=10).returncode == 4


def test_at_the_time_limit_the_command_and_its_grandchildren_are_ended(fake_mm, tmp_path, limit_comes_when):
    script = (
        f"echo begun; echo oops >&2; sh -c 'echo $$ > {tmp_path}/child; sleep 1000; :' & "
        f"echo $$ > {tmp_path}/self; sleep 1000"
    )
    command = fake_mm("mmlsthing", script)
    limit_comes_when(lambda: is_written(tmp_path / "self", tmp_path / "child"))
    with pytest.raises(GPFSExecuteException) as caught:
        process.execute((str(command),), timeout=HOUR)
    assert caught.value.returncode is None
    assert (caught.value.stdout, caught.value.stderr) == ("begun\n", "oops\n")
    assert "no end within 3600 s" in str(caught.value)
    for name in ("self", "child"):
        number = number_in(tmp_path / name)
        wait(lambda number=number: is_gone(number), f"the process {name} has ended")


def test_a_grandchild_that_ignores_sigterm_is_ended_too(fake_mm, tmp_path, monkeypatch, limit_comes_when):
    monkeypatch.setattr(process, "_GRACE", 0.2)
    inner = f"trap '' TERM; echo $$ > {tmp_path}/child; while :; do sleep 0.1; done"
    command = fake_mm(
        "mmlsthing",
        f"trap '' TERM\nsh -c \"{inner.replace('$', chr(92) + '$')}\" &\nwhile :; do sleep 0.1; done",
    )
    limit_comes_when(lambda: is_written(tmp_path / "child"))
    with pytest.raises(GPFSExecuteException):
        process.execute((str(command),), timeout=HOUR)
    number = number_in(tmp_path / "child")
    wait(lambda: is_gone(number), "the grandchild has ended")


def test_no_child_stays_unreaped(fake_mm, tmp_path, limit_comes_when):
    command = fake_mm("mmlsthing", f"echo $$ > {tmp_path}/self; sleep 1000")
    limit_comes_when(lambda: is_written(tmp_path / "self"))
    with pytest.raises(GPFSExecuteException):
        process.execute((str(command),), timeout=HOUR)
    with pytest.raises(ChildProcessError):
        os.waitpid(number_in(tmp_path / "self"), os.WNOHANG)


def test_an_interrupt_ends_the_command(fake_mm, tmp_path, limit_comes_when):
    command = fake_mm("mmlsthing", f"echo $$ > {tmp_path}/self; sleep 1000")
    waiting = threading.Event()
    limit_comes_when(lambda: is_written(tmp_path / "self") and waiting.set())

    def interrupt():
        waiting.wait()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    helper = threading.Thread(target=interrupt, daemon=True)
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        process.execute((str(command),), timeout=HOUR)
    helper.join()
    number = number_in(tmp_path / "self")
    wait(lambda: is_gone(number), "the command has ended")


def test_an_interrupt_at_the_start_of_the_command_ends_it_too(fake_mm, tmp_path, monkeypatch):
    command = fake_mm("mmlsthing", "sleep 1000")
    popen, started = subprocess.Popen, []

    def start(*arguments, **keywords):
        started.append(popen(*arguments, **keywords))
        signal.raise_signal(signal.SIGINT)
        return started[0]

    monkeypatch.setattr(process.subprocess, "Popen", start)
    with pytest.raises(KeyboardInterrupt):
        process.execute((str(command),), timeout=HOUR)
    wait(lambda: is_gone(started[0].pid), "the command has ended")


def test_a_missing_directory_means_that_gpfs_is_not_installed(tmp_path, monkeypatch, fake_mm):
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path / "nowhere"))
    with pytest.raises(GPFSNotInstalled) as caught:
        commands.mmlscluster()
    assert caught.value.directory == str(tmp_path / "nowhere")


def test_a_directory_without_any_mm_command_means_the_same(fake_mm):
    with pytest.raises(GPFSNotInstalled):
        commands.mmlscluster()


def test_one_command_that_is_missing_fails_like_in_a_shell(fake_mm):
    fake_mm("mmlscluster", "exit 0")
    with pytest.raises(GPFSExecuteException) as caught:
        commands.mmlspool("fs1")
    assert caught.value.returncode == 127


def test_a_command_that_may_not_be_run_fails_like_in_a_shell(fake_mm):
    fake_mm("mmlspool", "exit 0").chmod(0o644)
    with pytest.raises(GPFSExecuteException) as caught:
        commands.mmlspool("fs1")
    assert caught.value.returncode == 126


def test_an_argument_longer_than_the_kernel_takes_is_a_failure_of_the_command(fake_mm):
    fake_mm("mmaddcallback", "exit 0")
    record = commands.CallbackRecord("long", "/opt/x", ("mount",), parms=("x" * 200_000,))
    with pytest.raises(GPFSExecuteException) as caught:
        commands.mmaddcallback(record)
    assert caught.value.returncode == 126


def test_the_default_directory_is_that_of_gpfs(monkeypatch):
    monkeypatch.delenv("ARCAPIX_GPFS_BIN", raising=False)
    assert process.directory() == "/usr/lpp/mmfs/bin"
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", "")
    assert process.directory() == "/usr/lpp/mmfs/bin"


def test_a_listing_from_a_real_process_is_read_through_noise(fake_mm, golden, tmp_path):
    (tmp_path / "listing").write_text(golden("mmlscallback-talk-in-between"))
    fake_mm("mmlscallback", f"echo 'warning: something' >&2; cat {tmp_path}/listing")
    assert [record.identifier for record in commands.mmlscallback()] == ["drill1", "drill2"]


def test_a_spec_file_is_private_while_it_is_read_and_gone_after(fake_mm, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fake_mm("mmaddcallback", f'stat -c %a "$2" > {tmp_path}/mode; cp "$2" {tmp_path}/copy; [ "$1" = -S ]')
    commands.mmaddcallback_spec(
        [
            commands.CallbackRecord(
                "one", "/opt/x", ("mount", "unmount"), parms=("A1.token", "fsName=%fsName")
            ),
            commands.CallbackRecord("two", "/opt/y", ("startup",), nodes=("n1", "n2"), priority="1.5"),
        ]
    )
    assert (tmp_path / "mode").read_text() == "600\n"
    assert (tmp_path / "copy").read_text() == (
        "one --command /opt/x --event mount,unmount --parms A1.token --parms fsName=%fsName\n"
        "two --command /opt/y --event startup --priority 1.5 -N n1,n2\n"
    )
    assert not list(tmp_path.glob("arcapix-callbacks-*"))


def test_a_spec_file_is_gone_after_a_failure_too(fake_mm, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fake_mm("mmaddcallback", "exit 1")
    with pytest.raises(GPFSExecuteException):
        commands.mmaddcallback_spec([commands.CallbackRecord("one", "/opt/x", ("mount",))])
    assert not list(tmp_path.glob("arcapix-callbacks-*"))


def test_changing_commands_of_several_threads_run_one_after_another(fake_mm, tmp_path):
    script = f"mkdir {tmp_path}/busy || exit 9; sleep 0.05; rmdir {tmp_path}/busy"
    fake_mm("mmdelcallback", script)
    failures = []

    def delete():
        try:
            commands.mmdelcallback("x")
        except GPFSExecuteException as error:
            failures.append(error)

    threads = [threading.Thread(target=delete) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_what_is_started_has_only_its_own_variables_a_session_and_no_streams_and_is_not_waited_for(
    fake_mm, tmp_path, monkeypatch
):
    monkeypatch.setenv("SITE_SETTING", "kept")
    said, go = tmp_path / "said", tmp_path / "go"
    os.mkfifo(go)
    script = (
        f"read line < {go}; read pid name state parent group session rest < /proc/$$/stat\n"
        f'echo "$1 $OWN ${{SITE_SETTING:-none}} $(($$ - session)) $(readlink /proc/$$/fd/1)" > {said}'
    )
    process.start((str(fake_mm("mmlsthing", script)), "a"), {"OWN": "b", "PATH": "/usr/bin:/bin"})
    with go.open("w") as file:
        file.write("on\n")
    wait(lambda: is_written(said), f"{said} is written")
    assert said.read_text() == "a b none 0 /dev/null\n"


def test_what_cannot_be_started_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        process.start((str(tmp_path / "missing"),), {})


def test_a_program_in_a_closed_folder_cannot_be_started_whoever_asks(monkeypatch):
    def denied(*_: object, **__: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied", "/closed/bin")

    monkeypatch.setattr(subprocess, "Popen", denied)
    monkeypatch.setattr(Path, "glob", denied)
    with pytest.raises(GPFSExecuteException) as caught:
        process.execute(("/closed/bin/python", "-c", "pass"), timeout=10)
    assert (caught.value.returncode, caught.value.stderr) == (126, "Permission denied")

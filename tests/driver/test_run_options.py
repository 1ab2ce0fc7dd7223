"""Runs with options: limits, another user, a time; whatever the function does, its end is recorded."""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from arcapix.fs.gpfs.registration import sealing

from .. import killing
from ..waiting import wait

record = ""


def options(**given: str) -> sealing.Written:
    return sealing.Written(
        sealing.write_pairs([(name.replace("env_", "env:"), text) for name, text in given.items()])
    )


@pytest.fixture
def run(driver):
    """Return a function that runs a handler with options, and returns its status and what is recorded."""

    def call(handler, *words: str, **given: str) -> tuple[int, dict[str, object]]:
        token = driver.token(handler, ru=options(**given))
        done = driver.start(token, *(words or ("eventName=mount",)))
        assert done.stderr == ""
        return done.returncode, driver.runs[-1]

    return call


@pytest.fixture
def output_of(driver):
    def output() -> bytes:
        return driver.history.output(driver.history.runs()[-1]) or b""

    return output


def living(mark: str) -> list[int]:
    """Return the processes that have a word in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found


def wait_until_gone(mark: str) -> None:
    wait(lambda: not living(mark), f"no process has {mark}")


@pytest.fixture
def mark(tmp_path: Path) -> Iterator[str]:
    """A word by which the test finds what its handler has started; nothing of that may be left."""
    word = f"mark-of-{os.getpid()}-{tmp_path.name}"
    yield word
    left = living(word)
    for number in left:
        os.kill(number, signal.SIGKILL)
    assert left == []


def say(eventName: str) -> None:
    print("said")
    subprocess.run(["/bin/sh", "-c", "echo by a process >&2"], check=True)
    print(eventName)


PLAN = ((("variable", "eventName", ""),), {})


def test_a_run_with_options_is_recorded_like_any_other(driver, output_of):
    token = driver.token(say, PLAN, ru=options(timeout="60"))
    for _ in ("first event", "later event"):
        done = driver.start(token, "eventName=mount")
        assert (done.returncode, done.stderr) == (0, "")
        run = driver.runs[-1]
        assert (run["state"], run["status"], run["reason"]) == ("succeeded", 0, None)
        assert output_of() == b"said\nby a process\nmount\n"
    assert list((driver.folder / "state" / "output").iterdir()) == []


def needs_what_is_missing() -> None:
    import a_module_that_no_node_has  # type: ignore[import-not-found]  # noqa: F401


def fail() -> None:
    raise RuntimeError("no")


def leave() -> None:
    sys.exit(7)


def leave_at_once() -> None:
    os._exit(3)


def leave_at_once_in_peace() -> None:
    os._exit(0)


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def close_everything() -> None:
    os.closerange(0, 256)


@pytest.mark.parametrize(
    ("handler", "status", "state", "reason"),
    [
        (fail, 1, "failed", "RuntimeError: no"),
        (
            needs_what_is_missing,
            1,
            "failed",
            "ModuleNotFoundError: No module named 'a_module_that_no_node_has'",
        ),
        (leave, 1, "failed", "sys.exit(7)"),
        (leave_at_once, 1, "failed", "its process left with status 3, without a word"),
        (leave_at_once_in_peace, 0, "succeeded", None),
        (kill_itself, 1, "interrupted", "killed by SIGKILL"),
        (close_everything, 0, "succeeded", None),
    ],
)
def test_every_end_is_recorded(run, handler, status, state, reason):
    code, recorded = run(handler, timeout="60")
    assert (code, recorded["state"], recorded["status"], recorded["reason"]) == (
        status,
        state,
        status,
        reason,
    )
    assert recorded["ended"] is not None


def sleep_long() -> None:
    print("begun")
    time.sleep(600)


def ignore_termination() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleep_long()


def start_deaf_processes() -> None:
    shell = 'trap "" TERM; while :; do sleep 0.1; done'
    subprocess.run(["/bin/sh", "-c", shell, "sh", record])


def detach() -> None:
    shell = (
        f'trap "" TERM; (setsid sh -c "while :; do sleep 0.1; done" {record} &) ; while :; do sleep 0.1; done'
    )
    subprocess.run(["/bin/sh", "-c", shell, "sh", record])


def fork_and_wait() -> None:
    for _ in range(3):
        if not os.fork():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.execv("/bin/sh", ["sh", "-c", "while :; do sleep 0.1; done", record])
    os.wait()


def finish_when_asked() -> None:
    def finish(*_: object) -> None:
        print("asked to end")
        sys.exit(0)

    signal.signal(signal.SIGTERM, finish)
    sleep_long()


@pytest.mark.parametrize(
    "handler",
    [
        *(sleep_long, ignore_termination, detach, finish_when_asked),
        *(pytest.param(each, marks=pytest.mark.slow) for each in (start_deaf_processes, fork_and_wait)),
    ],
)
def test_a_run_that_takes_too_long_is_ended_with_all_its_processes(run, mark, monkeypatch, handler):
    monkeypatch.setattr(sys.modules[__name__], "record", mark)
    code, recorded = run(handler, timeout="0.5")
    assert (code, recorded["state"], recorded["status"]) == (6, "timed-out", 6)
    assert recorded["reason"] == "timed out after 0.5 s"


def test_what_was_printed_before_and_when_asked_to_end_is_kept(run, output_of):
    run(finish_when_asked, timeout="0.5")
    assert output_of() == b"begun\nasked to end\n"


def test_a_function_may_have_a_whole_year(run):
    code, recorded = run(print_much, timeout=str(365 * 86_400))
    assert (code, recorded["state"], recorded["reason"]) == (0, "succeeded", None)


def fill_the_memory() -> None:
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def fill_the_memory_of_a_process() -> None:
    program = "kept = []\nwhile True: kept.append(bytearray(1 << 20))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "MemoryError" in done.stderr, done.stderr
    raise RuntimeError("as it should")


def note_what_little_memory_allows() -> None:
    try:
        bytearray(1 << 20)
    except MemoryError:
        print("no MiB more")


def test_a_function_without_any_memory_to_come_runs_in_what_python_holds_or_says_in_a_word_that_it_cannot(
    run, output_of
):
    code, recorded = run(note_what_little_memory_allows, memory="1")
    if code == 0:
        assert (recorded["state"], output_of()) == ("succeeded", b"no MiB more\n")
    else:  # how much room there is differs by Python
        assert (code, recorded["state"], recorded["reason"]) == (1, "failed", "MemoryError")


def test_a_run_has_no_more_memory_than_it_may(run):
    code, recorded = run(fill_the_memory, memory=str(64 << 20))
    assert (code, recorded["state"], recorded["reason"]) == (1, "failed", "MemoryError")
    _, recorded = run(fill_the_memory_of_a_process, memory=str(64 << 20))
    assert recorded["reason"] == "RuntimeError: as it should"


def compute_without_end() -> None:
    while True:
        pass


def test_a_run_has_no_more_processor_time_than_it_may(run):
    code, recorded = run(compute_without_end, cpu_seconds="1")
    assert (code, recorded["state"]) == (1, "failed")
    assert recorded["reason"] == "killed by SIGXCPU: it has used its 1 s of processor time"


def print_much() -> None:
    for number in range(100_000):
        print(f"{number:09d}")


def test_the_output_has_the_bound_that_the_run_sets(run, output_of):
    assert run(print_much, output=str(100_000))[0] == 0
    lines = output_of().split(b"\n")
    kept = [line for line in lines if len(line) == 9]
    assert kept == [b"%09d" % number for number in [*range(5_000), *range(95_000, 100_000)]]
    assert b"... 900000 bytes are left out ..." in lines


def print_without_end() -> None:
    subprocess.run(["/bin/sh", "-c", "while :; do echo working working working; done"])


def test_a_writer_without_end_is_ended_and_what_is_kept_is_bounded(driver, run, output_of):
    code, recorded = run(print_without_end, timeout="0.5", output=str(1 << 20))
    assert (code, recorded["state"]) == (6, "timed-out")
    assert (1 << 20) <= len(output_of()) <= (1 << 20) + 100


def show_surroundings() -> None:
    umask = os.umask(0)
    kept = {name: os.environ.get(name) for name in ("SITE", "LC_ALL", "HOME", "USER")}
    print(oct(umask), os.getpriority(os.PRIO_PROCESS, 0), kept, os.getpgid(0) == os.getpid(), os.getcwd())


def test_umask_nice_and_environment_are_those_of_the_run(run, output_of):
    run(show_surroundings, umask="077", nice="7", env_SITE="a b=c.é/\n")
    user = pwd.getpwuid(os.getuid())
    kept = {"SITE": "a b=c.é/\n", "LC_ALL": "C.UTF-8", "HOME": user.pw_dir, "USER": user.pw_name}
    assert output_of().decode() == f"0o77 7 {kept} True /\n"


def open_descriptors() -> None:
    print(sorted(map(int, os.listdir("/proc/self/fd")))[:-1])


def leave_a_process() -> None:
    print("from the function")
    waiting = f"until test -e {record}; do sleep 0.01; done; echo from the process"
    subprocess.Popen(["/bin/sh", "-c", waiting], start_new_session=True)


def test_a_process_may_outlive_a_run_that_ended_in_time(run, seen, output_of):
    assert run(leave_a_process, timeout="60")[0] == 0
    assert output_of() == b"from the function\n"
    seen.touch()
    wanted = b"from the function\nfrom the process\n"
    wait(lambda: output_of() == wanted, "both are kept", told=lambda: repr(output_of()))


def leave_a_process_that_prints_without_end() -> None:
    subprocess.Popen(["/bin/sh", "-c", "while :; do echo working; done", record])


def test_a_process_that_prints_without_end_does_not_keep_a_run(run, mark, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "record", mark)
    code, recorded = run(leave_a_process_that_prints_without_end, timeout="60")
    assert (code, recorded["state"]) == (0, "succeeded")
    for number in living(mark):
        os.kill(number, signal.SIGKILL)
    wait_until_gone(mark)


def test_a_run_whose_process_cannot_be_started_is_recorded(driver):
    token = driver.token(fail, ru=options(timeout="60"))
    command = [driver.stub, token, "eventName=mount"]
    driver.start(*map(str, command[1:]))  # so that each event is a later one
    failed = killing.failures(command, {"clone": [errno.EAGAIN]}, lambda: None, since=driver.stub, env={})
    ((end, _),) = failed
    assert end.status == 1
    assert (driver.runs[-1]["state"], driver.runs[-1]["status"]) == ("failed", 1)
    reason = "this run could not be supervised: BlockingIOError: [Errno 11] Resource temporarily unavailable"
    assert driver.runs[-1]["reason"] == reason


def test_a_user_that_is_unknown_on_the_node_is_refused(driver, seen):
    token = driver.token(fail, ru=options(run_as="nobody-of-this-name"))
    assert driver.start(token, "eventName=mount").returncode == 5
    run = driver.runs[0]
    assert (run["state"], run["status"]) == ("refused", 5)
    assert run["reason"] == "there is no user 'nobody-of-this-name' on this node"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may become any user")
def test_only_root_may_run_a_function_as_another_user(driver):
    assert driver.start(driver.token(fail, ru=options(run_as="root")), "eventName=mount").returncode == 5
    assert "only root may run a function as 'root'" in driver.runs[0]["reason"]


def test_a_priority_that_cannot_be_had_is_refused(driver, run):
    if os.geteuid() == 0:
        pytest.skip("root may have any priority")
    code, recorded = run(fail, nice="-5")
    assert (code, recorded["state"]) == (5, "refused")
    assert recorded["reason"].startswith("its user or limits cannot be had on this node: ")


def test_an_option_of_a_newer_release_is_refused(driver):
    assert driver.start(driver.token(fail, ru=options(wishes="3")), "eventName=mount").returncode == 4
    assert "has the run option 'wishes'" in driver.runs[0]["reason"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_function_ends_with_its_driver(driver, mark, monkeypatch, number):
    monkeypatch.setattr(sys.modules[__name__], "record", mark)
    token = driver.token(
        start_deaf_processes if number == signal.SIGTERM else sleep_long, ru=options(timeout="600")
    )
    with subprocess.Popen([str(driver.stub), token, "eventName=mount"], env={}) as running:
        output = driver.folder / "state" / "output"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if living(mark) or any(path.stat().st_size for path in output.glob("*")):
                break
            time.sleep(0.01)
        running.send_signal(number)
        assert running.wait(30) == (1 if number == signal.SIGTERM else -9)
    run = driver.runs[0]
    assert run["state"] == "interrupted"
    assert (run["reason"] == "the driver was told to end by SIGTERM") == (number == signal.SIGTERM)
    wait_until_gone(token)


def test_a_function_that_cannot_be_rebuilt_is_recorded(driver):
    token = driver.token(fail, ru=options(timeout="60"), py="3.11")
    header, body = token.split("@")[1:3]
    broken = sealing.seal(header, body[:-8])
    assert driver.start(broken, "eventName=mount").returncode == 1
    assert (driver.runs[0]["state"], driver.runs[0]["status"]) == ("failed", 1)


def tell_the_hour() -> None:
    print(time.strftime("%Z"))


def test_the_time_zone_that_a_run_has_counts(run, output_of):
    run(tell_the_hour, "eventName=mount", env_TZ="XYZ-5")
    assert output_of() == b"XYZ\n"

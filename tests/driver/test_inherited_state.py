"""What GPFS's daemon hands on to the driver, and what a handler finds of it."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

record = ""
"""Path of the file that handlers write what they saw to; captured by value."""

LIKE_A_DAEMON = """
import os, resource, signal, sys
for number in {ignored}:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.valid_signals()) - {{signal.SIGKILL, signal.SIGSTOP}})
{more}
os.execv(sys.argv[1], sys.argv[1:])
"""
EVERY_SIGNAL = "signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, 32, 33}"


ROOT = Path(__file__).parents[2]
LIKE_A_SHELL = """
import os, signal, sys
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, 32, 33}:
    signal.signal(number, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_SETMASK, ())
program = "import sys; from tests.driver import test_inherited_state as t; t.record = sys.argv[1]; t.list_signals()"
os.execv(sys.argv[1], [sys.argv[1], "-c", program, sys.argv[2]])
"""


def start_like_a_daemon(driver, handler: object, *, ignored: str = EVERY_SIGNAL, more: str = "") -> int:
    """Fire an event by a program that treats signals as a daemon with many threads does."""
    program = LIKE_A_DAEMON.format(ignored=ignored, more=more)
    words = [sys.executable, "-c", program, str(driver.stub), driver.token(handler), "eventName=mount"]
    return subprocess.run(words, env={}, stdin=subprocess.DEVNULL, timeout=60).returncode


def list_signals() -> None:
    import json
    import signal

    found = {
        "dispositions": {int(number): repr(signal.getsignal(number)) for number in signal.valid_signals()},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    }
    with open(record, "w") as file:
        json.dump(found, file)


def test_signals_are_as_in_any_python_program_whatever_gpfs_blocks_and_ignores(driver, seen):
    subprocess.run([sys.executable, "-c", LIKE_A_SHELL, sys.executable, str(seen)], check=True, cwd=ROOT)
    usual = json.loads(seen.read_text())
    assert usual["blocked"] == []
    assert start_like_a_daemon(driver, list_signals) == 0
    assert json.loads(seen.read_text()) == usual


def wait_for_an_alarm() -> None:
    import signal
    import time

    def ring(*_: object) -> None:
        raise TimeoutError("longer than it may")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    time.sleep(30)


def test_an_alarm_that_a_handler_sets_rings_though_gpfs_blocks_it(driver):
    assert start_like_a_daemon(driver, wait_for_an_alarm) == 1
    assert driver.runs[0]["reason"] == "TimeoutError: longer than it may"


def ask_for_a_status() -> int:
    return subprocess.run(["/bin/sh", "-c", "exit 7"]).returncode


def test_the_status_of_a_child_is_known_though_gpfs_ignores_the_end_of_children(driver):
    assert start_like_a_daemon(driver, ask_for_a_status, ignored="[signal.SIGCHLD]") == 0
    assert "returned 7" in driver.log


def write_into_a_closed_pipe() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.write(writing, b"x")


def test_a_closed_pipe_raises_as_in_any_python_program(driver):
    assert start_like_a_daemon(driver, write_into_a_closed_pipe, ignored="[]") == 1
    assert driver.runs[0]["reason"] == "BrokenPipeError: [Errno 32] Broken pipe"


def read_what_there_is() -> str:
    return sys.stdin.read() + sys.__stdin__.read()  # type: ignore[union-attr]


def test_there_is_an_empty_standard_input_though_gpfs_has_closed_its_own(driver):
    assert start_like_a_daemon(driver, read_what_there_is, more="os.close(0)") == 0
    assert "returned ''" in driver.log


WITHOUT_PROC = 'mount -t tmpfs none /proc || exit 77; exec "$@"'


def test_a_handler_runs_where_the_system_does_not_tell_which_descriptors_are_open(driver):
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", WITHOUT_PROC, "sh"]
    command = [*words, str(driver.stub), driver.token(read_what_there_is), "eventName=mount"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "returned ''" in driver.log


def list_priorities() -> None:
    import json
    import resource

    with open("/proc/self/oom_score_adj") as file:
        when_memory_runs_out = int(file.read())
    found = {
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "scheduling": os.sched_getscheduler(0),
        "when memory runs out": when_memory_runs_out,
        "open files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "processors": sorted(os.sched_getaffinity(0)),
    }
    with open(record, "w") as file:
        json.dump(found, file)


IN_A_HURRY = """
resource.setrlimit(resource.RLIMIT_NOFILE, (321, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
open("/proc/self/oom_score_adj", "w").write("700")
os.nice(6)
"""


def can_be_faster() -> bool:
    """Tell whether this user may take back that a process gives way to others."""
    give_way = "import os; os.nice(6); os.setpriority(os.PRIO_PROCESS, 0, 0); open('/proc/self/oom_score_adj', 'w').write('700'); open('/proc/self/oom_score_adj', 'w').write('0')"
    return subprocess.run([sys.executable, "-c", give_way], stderr=subprocess.DEVNULL).returncode == 0


def test_priorities_are_the_usual_ones_as_far_as_rights_allow_and_limits_are_those_of_gpfs(driver, seen):
    assert start_like_a_daemon(driver, list_priorities, more=IN_A_HURRY) == 0
    found = json.loads(seen.read_text())
    assert (found["open files"], found["processors"]) == (321, [min(os.sched_getaffinity(0))])
    if can_be_faster():
        assert (found["nice"], found["scheduling"], found["when memory runs out"]) == (0, os.SCHED_OTHER, 0)
    else:
        gave_way = min(os.getpriority(os.PRIO_PROCESS, 0) + 6, 19)
        assert (found["nice"], found["when memory runs out"] in (0, 700)) == (gave_way, True)


PROTECTED = """
os.setpriority(os.PRIO_PROCESS, 0, -10)
open("/proc/self/oom_score_adj", "w").write("-900")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may protect a process")
def test_a_handler_is_not_protected_as_gpfs_is(driver, seen):
    tried = subprocess.run([sys.executable, "-c", f"import os{PROTECTED}"], capture_output=True)
    if tried.returncode:
        pytest.skip("this root may not protect a process: it lacks CAP_SYS_NICE or CAP_SYS_RESOURCE")
    assert start_like_a_daemon(driver, list_priorities, more=PROTECTED) == 0
    found = json.loads(seen.read_text())
    assert (found["nice"], found["when memory runs out"]) == (0, 0)


def test_the_tests_know_the_signals_that_python_changes():
    assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] != 321

"""``arcapix-gpfs kill`` of processes that a journal calls runs; tests/journeys has those of the driver."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.registration import run_options, sealing

HERE = os.uname().nodename
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
)
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).wait()"
PLAIN = "import time; print(flush=True); time.sleep(600)"
WATCHING = (
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {PLAIN!r}]).wait(); print('watched')"
)

Begin = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Start a program that says when it is ready."""
    begun: list[subprocess.Popen[str]] = []

    def start(program: str, *words: str) -> subprocess.Popen[str]:
        started = subprocess.Popen(
            [sys.executable, "-c", program, *words], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        begun.append(started)
        assert started.stdout is not None
        assert started.stdout.readline() == "\n"
        return started

    yield start
    for started in begun:
        started.kill()
        started.wait()
        if started.stdout is not None:
            started.stdout.close()


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["kill", *words], catch_exceptions=False)


@pytest.fixture(autouse=True)
def alice(monkeypatch: pytest.MonkeyPatch, driver: Path) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")


def test_a_run_gets_sigterm_and_the_history_says_from_whom(traces, begin):
    begun = begin(PLAIN)
    name = traces.start(pid=begun.pid, node=HERE, callback="mail")
    done = run(name)
    assert (done.exit_code, done.stderr) == (0, "")
    reason = "killed by SIGTERM; alice has sent SIGTERM"
    assert done.stdout.startswith(f"{name} of mail: interrupted after ")
    assert done.stdout.endswith(f" s: {reason}\n")
    assert begun.wait(60) == -15
    found = traces.history.find(name)
    assert (found.state, found.reason) == ("interrupted", reason)


def test_what_does_not_end_gets_sigkill_and_so_does_what_it_has_started(traces, begin):
    begun = begin(PARENT)
    name = traces.start(pid=begun.pid, node=HERE)
    done = run(name, "--after", "200ms")
    assert done.stdout.endswith("; alice has sent SIGTERM and SIGKILL\n")
    assert begun.stdout is not None
    assert begun.stdout.read() == "", "whoever has it open is gone"


def test_json_is_the_run_as_the_history_has_it(traces, begin):
    name = traces.start(pid=begin(PLAIN).pid, node=HERE)
    (facts,) = json.loads(run(name, "--json", "--signal", "KILL").stdout)
    assert (facts["run"], facts["state"]) == (name, "interrupted")
    assert facts["reason"] == "killed by SIGKILL; alice has sent SIGKILL"


def test_the_process_that_watches_over_a_run_is_left_to_record_its_end(traces, begin):
    options = sealing.write_pairs(run_options.write(run_options.Run(timeout=5)))
    token = sealing.seal(f"id=x/py=3.11/ru={options}", "body")
    begun = begin(WATCHING, token)
    name = traces.start(pid=begun.pid, node=HERE)
    assert run(name).exit_code == 0
    assert begun.stdout is not None
    assert begun.stdout.read() == "watched\n"


def test_a_later_process_with_the_number_of_one_that_is_gone_is_none_of_the_runs(traces, begin):
    begun = begin(PLAIN)
    name = traces.start(pid=begun.pid, node=HERE, time=time.time() - 3600)
    done = run(name)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"arcapix-gpfs: run {name} does not run, it has ended: interrupted: ")
    assert begun.poll() is None


def test_a_run_that_has_ended_is_told_with_how(traces):
    name = traces.start()
    traces.end(name, "failed", 1, "ValueError: no disk")
    done = run(name)
    assert done.exit_code == 1
    assert (
        done.stderr == f"arcapix-gpfs: run {name} does not run, it has ended: failed: ValueError: no disk\n"
    )


def test_a_run_is_found_by_as_much_of_its_name_as_no_other_has(traces, begin):
    begun = begin(PLAIN)
    traces.ended(run="20261122T160501.000001-7")
    name = traces.start(run="20261122T160502.000001-8", pid=begun.pid, node=HERE)
    several = run("20261122T1605")
    assert several.exit_code == 1
    assert "2 runs begin with '20261122T1605'; give more of one" in several.stderr
    assert begun.poll() is None
    assert name in run("20261122T160502").stdout
    assert run("20270101").exit_code == 3


def test_for_a_run_that_is_not_here_other_nodes_are_named_and_no_other_run(traces):
    traces.ended(run="20261122T160501.000001-7")
    done = run("20261122T160559.000005-9")
    assert done.exit_code == 3
    assert (
        "for one of another node give --node; which, tells: arcapix-gpfs history --nodes all" in done.stderr
    )


def test_a_run_of_another_node_is_left_to_it(traces, begin):
    begun = begin(PLAIN)
    name = traces.start(pid=begun.pid, node="n2")
    done = run(name)
    assert (done.exit_code, done.stderr) == (
        1,
        f"arcapix-gpfs: run {name} is one of n2; end it there: --node n2\n",
    )
    assert begun.poll() is None


def test_only_an_attempt_at_an_event_can_be_discarded_with_it(traces, begin):
    begun = begin(PLAIN)
    name = traces.start(pid=begun.pid, node=HERE)
    done = run(name, "--discard")
    assert done.exit_code == 1
    assert done.stderr.endswith("is not tried again in any case; leave --discard out\n")
    assert begun.poll() is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--after", "1m"], "--after 1m is longer than anybody waits for this; give 30s at most"),
        (["--after", "soon"], "--after='soon' is not a duration"),
        (["--signal", "HUP"], "'HUP' is not one of 'TERM', 'INT', 'KILL'"),
        (["--node", "n1,n2"], "--node takes one name"),
    ],
)
def test_what_cannot_be_meant_is_an_error_of_usage(traces, words, said):
    done = run("x", *words)
    assert (done.exit_code, said in done.stderr) == (2, True)


def test_another_node_is_asked_with_the_name_of_who_asks(gpfs):
    lines: list[str] = []

    def elsewhere(argv: tuple[str, ...], timeout: float) -> process.Completed:
        if not argv[0].endswith("ssh"):
            return gpfs(argv, timeout)
        lines.append(argv[-1])
        return process.Completed(argv, 0, "x of mail: interrupted after 1.000 s\n", "")

    with process.using(elsewhere):
        done = run("x", "--node", "n2", "--after", "1s")
    assert (done.exit_code, done.stdout) == (0, "x of mail: interrupted after 1.000 s\n"), done.output
    [line] = lines
    assert line.endswith("kill --by alice --signal TERM --after 1s -- x")

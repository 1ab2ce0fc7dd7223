"""``arcapix-gpfs pending``, ``retry``, ``discard`` and ``recover``, on what a driver has really accepted."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import GiveUp
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.driver import pending_reader
from arcapix.fs.gpfs.driver.claims import Claims
from arcapix.fs.gpfs.driver.pending import FINISHED, PendingEvents
from arcapix.fs.gpfs.registration import sealing
from arcapix.fs.gpfs.runs import deliveries
from arcapix.fs.gpfs.runs.deliveries import Deliveries

record = ""

ARCAPIX = str(Path(sys.executable).with_name("arcapix-gpfs"))


def give_up_until_told() -> None:
    if not os.path.exists(record):
        raise GiveUp("not yet")


def hang() -> None:
    with open(record, "w") as file:
        file.write("x")
    time.sleep(300)


def hang_at_first() -> None:
    if not os.path.exists(record):
        hang()


@pytest.fixture
def cli(driver, monkeypatch):
    """Return a function that runs a command; where it becomes the driver, that is run to its end."""

    def become(path: Path, words: list[str]) -> None:
        done = driver.start(*words[1:], "--wait")
        assert (str(path), done.returncode, done.stderr) == (str(driver.stub), 0, "")

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, words)

    monkeypatch.setenv(DRIVER, str(driver.stub))
    monkeypatch.setattr(os, "execv", become)
    return run


@pytest.fixture
def failed(driver, seen) -> str:
    """An event that has failed."""
    token = driver.token(give_up_until_told, ru=sealing.Written("retries=2"))
    assert driver.start(token, "eventName=mount").returncode == 0
    assert driver.start("recover", "--wait").returncode == 0
    (run,) = driver.history.runs()
    assert run.state == "failed"
    return run.id


def test_what_has_failed_is_listed(cli, failed):
    heading, row = cli("pending").stdout.splitlines()
    assert heading.split() == ["ACCEPTED", "ID", "CALLBACK", "EVENT", "STATE", "ATTEMPTS", "DUE"]
    assert row.split()[1:] == [failed.rpartition(".")[0], "handler_1", "mount", "failed", "1", "of", "3", "-"]


def test_what_gpfs_says_moves_no_cursor(cli, driver, seen):
    token = driver.token(give_up_until_told, ru=sealing.Written("retries=2"))
    assert driver.start(token, "eventName=mou\x1b[2J\nnt").returncode == 0
    assert driver.start("recover", "--wait").returncode == 0
    assert "  mou\\x1b[2J\\nnt  " in cli("pending").stdout


def test_json_has_the_same(cli, failed):
    (facts,) = json.loads(cli("pending", "--json").stdout)
    assert (facts["id"], facts["run"]) == (failed.rpartition(".")[0], failed)
    assert (facts["event"], facts["state"], facts["attempts"], facts["most"]) == ("mount", "failed", 1, 3)


@pytest.mark.parametrize("name", ["the event", "the run"])
def test_a_failed_event_is_tried_again_when_somebody_asks_for_it(cli, driver, failed, seen, name):
    seen.touch()
    event = failed.rpartition(".")[0]
    assert cli("retry", event if name == "the event" else failed).stdout == f"{event} is tried again\n"
    assert [(run.state, run.attempt) for run in driver.history.runs()] == [("failed", 1), ("succeeded", 2)]
    assert cli("pending").stderr == "nothing is pending\n"


@pytest.mark.parametrize("command", ["retry", "discard"])
def test_json_has_the_event_that_was_dealt_with_and_its_node(cli, driver, failed, command):
    (run,) = driver.history.runs()
    assert json.loads(cli(command, failed, "--json").stdout) == [
        {"node": run.node, "id": failed.rpartition(".")[0]}
    ]


def test_it_has_as_many_attempts_again(cli, driver, failed):
    cli("retry", failed)
    (again,) = driver.history.runs()[1:]
    assert again.reason == "arcapix.fs.gpfs.GiveUp: not yet; attempt 1 of 3, the last"
    assert cli("pending").stdout.splitlines()[1].split()[5:8] == ["2", "of", "4"]


@pytest.mark.parametrize("command", ["retry", "recover"])
@pytest.mark.parametrize("redirection", [">&-", "| true", ">/dev/full"])
def test_what_is_asked_for_is_done_though_nobody_reads_about_it(
    driver, failed, seen, wait, command, redirection
):
    seen.touch()
    words = [ARCAPIX, command]
    if command == "retry":
        words.append(failed)
    else:
        Deliveries(driver.folder / "state").retry([failed])
    shell = ["/bin/bash", "-c", f"{shlex.join(words)} {redirection}"]
    subprocess.run(shell, env={DRIVER: str(driver.stub)}, stderr=subprocess.DEVNULL, check=False)
    wait(lambda: driver.history.runs()[-1].state == "succeeded", "it is tried again")


def test_a_discarded_event_is_not_tried_again_and_the_history_says_who_did_it(
    cli, driver, failed, monkeypatch
):
    monkeypatch.setenv("SUDO_USER", "operator")
    assert cli("discard", failed).stdout == f"discarded {failed.rpartition('.')[0]}\n"
    (run,) = driver.history.runs()
    assert (run.state, run.status, run.reason) == ("discarded", 1, "discarded by operator")
    assert cli("pending").stderr == "nothing is pending\n"
    assert driver.start("recover", "--wait").returncode == 0
    assert len(driver.history.runs()) == 1


def test_an_event_that_does_not_exist_is_named_with_the_nearest(cli, failed):
    event = failed.rpartition(".")[0]
    for command in ("retry", "discard"):
        result = cli(command, failed, event[:-1])
        assert result.exit_code == 3
        assert event[:-1] in result.stderr and event in result.stderr
    assert cli("pending").stdout.splitlines()[1].split()[4] == "failed"


def test_an_event_that_is_being_attempted_is_left_alone(cli, driver, seen, wait):
    token = driver.token(hang, ru=sealing.Written("retries=2"))
    assert driver.start(token, "eventName=mount").returncode == 0
    wait(seen.exists, "the function is called")
    (run,) = driver.history.runs()
    assert cli("pending").stdout.splitlines()[1].split()[4] == "running"
    for command in ("retry", "discard"):
        result = cli(command, run.id)
        assert (result.exit_code, "is being made; wait for its end" in result.stderr) == (1, True)
    os.kill(run.pid, signal.SIGKILL)
    wait(lambda: "waiting" in cli("pending").stdout, "it waits")
    assert cli("discard", run.id).exit_code == 0
    assert driver.history.runs()[0].state == "discarded"


HOLDER = """
import sys
from arcapix.fs.gpfs.driver.claims import Claims
print(Claims(sys.argv[1]).take(sys.argv[2]), flush=True)
sys.stdin.read()
"""


def test_the_process_of_an_attempt_that_has_just_ended_is_waited_for(cli, driver, failed):
    words = [
        sys.executable,
        "-c",
        HOLDER,
        str(driver.folder / "state" / "pending"),
        failed.rpartition(".")[0],
    ]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        threading.Timer(0.3, holder.stdin.close).start()
        assert cli("discard", failed).exit_code == 0
    assert driver.history.runs()[0].state == "discarded"


def test_an_event_that_is_finished_at_this_moment_is_left_alone(cli, driver, failed, monkeypatch):
    events = PendingEvents(str(driver.folder / "state"))
    (event,) = pending_reader.read(events)

    def finish(folder: str) -> Claims:
        events.settle(event, FINISHED)
        return Claims(folder)

    monkeypatch.setattr(deliveries, "Claims", finish)
    assert cli("discard", failed).exit_code == 3
    assert [run.state for run in driver.history.runs()] == ["failed"]


def test_recovery_says_what_was_killed_and_what_follows_and_does_it(cli, driver, seen, wait):
    token = driver.token(hang_at_first, ru=sealing.Written("retries=2"))
    assert driver.start(token, "eventName=mount").returncode == 0
    wait(seen.exists, "the function is called")
    (run,) = driver.history.runs()
    event = run.id.rpartition(".")[0]
    os.kill(run.pid, signal.SIGKILL)
    wait(lambda: driver.history.runs()[0].state == "interrupted", "it is dead")
    killed, due = cli("recover").stdout.splitlines()
    assert killed.startswith(f"run {run.id} of handler_1 is interrupted: its process is gone")
    assert due == f"event {event} of handler_1: attempt 2 of 3 is due now"
    assert [each.state for each in driver.history.runs()] == ["interrupted", "succeeded"]
    assert (cli("recover").stdout, cli("recover").stderr) == ("", "no event waits for an attempt\n")


def test_programs_read_what_recovery_has_found(cli, driver, seen, wait):
    token = driver.token(hang_at_first, ru=sealing.Written("retries=2"))
    assert driver.start(token, "eventName=mount").returncode == 0
    wait(seen.exists, "the function is called")
    (run,) = driver.history.runs()
    os.kill(run.pid, signal.SIGKILL)
    wait(lambda: driver.history.runs()[0].state == "interrupted", "it is dead")
    killed, event = json.loads(cli("recover", "--json").stdout)
    assert (killed["run"], killed["state"], killed["node"]) == (run.id, "interrupted", run.node)
    assert (event["id"], event["state"], event["node"]) == (run.id.rpartition(".")[0], "waiting", run.node)
    assert [each.state for each in driver.history.runs()] == ["interrupted", "succeeded"]
    assert (cli("recover", "--json").stdout, cli("recover", "--json").stderr) == ("[]\n", "")


def test_a_plain_run_that_was_killed_stays_interrupted_whatever_gets_its_number(cli, driver, seen, wait):
    process = driver.begin(driver.token(hang), "eventName=mount")
    wait(seen.exists, "the function is called")
    process.kill()
    process.wait()
    found = cli("recover")
    assert " of handler_1 is interrupted: " in found.stdout
    (run,) = driver.history.runs()
    assert (run.state, run.status, run.ended) == ("interrupted", None, None)
    record = (driver.folder / "state" / "journal").read_text().splitlines()[-1]
    assert record.split("\t")[3:5] == ["interrupted", "-"]
    assert cli("recover").stdout == ""


def test_where_nothing_was_ever_accepted_nothing_is_pending(cli):
    assert (cli("pending").stdout, json.loads(cli("pending", "--json").stdout)) == ("", [])

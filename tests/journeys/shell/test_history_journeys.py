"""From an event to what an administrator reads about it afterwards, by commands only."""

from __future__ import annotations

import json
import os
import signal
import subprocess

from ..shells import ARCAPIX

HANDLERS = """
from arcapix.fs.gpfs import Cluster, Filesystem

def report(fsName):
    print("mounted", fsName)
    return 5

def divide(fsName):
    return 1 / 0

def linger():
    import time
    print("begun")
    time.sleep(60)

Filesystem("mmfs1").onMount.new("report", report)
Filesystem("mmfs1").onMount.new("divide", divide)
Cluster().onUnmount.new("linger", linger)
"""


def history(shell, *options: str) -> list[dict[str, object]]:
    return json.loads(shell.ok(ARCAPIX, "history", "--json", *options))


def fire(shell, event: str, node: str, filesystem: str = "mmfs1") -> None:
    shell.ok(ARCAPIX, "emulate", "fire", event, "--node", node, f"fsName={filesystem}")


def test_what_ran_where_and_what_it_printed_can_be_read_afterwards(shell):
    shell.python(HANDLERS)
    fire(shell, "mount", "mynode")
    fire(shell, "mount", "n2")
    fire(shell, "mount", "n3", "mmfs2")
    shell.wait_idle()
    heading, *rows = shell.ok(ARCAPIX, "history").splitlines()
    assert heading.split()[:3] == ["STARTED", "RUN", "CALLBACK"]
    told = {tuple(row.split()[2:6]) for row in rows}
    assert told == {
        ("report", "mount", "filesystem:mmfs1", "succeeded"),
        ("divide", "mount", "filesystem:mmfs1", "failed"),
    }
    everywhere = history(shell, "--nodes", "all")
    assert (
        [run["node"] for run in everywhere]
        == sorted(run["node"] for run in everywhere)
        == ["mynode"] * 2 + ["n2"] * 2
    )
    (failed,) = history(shell, "--node", "n2", "--state", "failed")
    assert (failed["callback"], failed["reason"]) == ("divide", "ZeroDivisionError: division by zero")
    assert "in divide\n    return 1 / 0\n" in shell.ok(ARCAPIX, "output", failed["run"], "--node", "n2")
    (succeeded,) = history(shell, "--callback", "rep*")
    assert shell.ok(ARCAPIX, "output", succeeded["run"]) == "mounted mmfs1\nreturned 5\n"
    said = shell.fails(ARCAPIX, "output", failed["run"], status=3)
    assert said.startswith(f"arcapix-gpfs: no run '{failed['run']}'")

    shell.ok(ARCAPIX, "emulate", "crash", "n2")
    done = shell.run(ARCAPIX, "history", "--nodes", "all", "--json")
    assert done.returncode == 1
    assert {run["node"] for run in json.loads(done.stdout)} == {"mynode"}
    assert done.stderr.startswith("arcapix-gpfs: n2")
    assert "cannot be read: ssh: connect to host" in done.stderr

    shell.ok(ARCAPIX, "emulate", "stop")
    assert len(history(shell)) == 2, "reading one's own node needs no GPFS"


def test_a_run_can_be_watched_while_it_goes_on_and_says_so_when_it_was_killed(shell, wait):
    def run_that_is(state: str) -> dict[str, object]:
        options = ("--callback", "linger", "--state", state)
        return wait(lambda: history(shell, *options), f"the history tells of a run that is {state}")[0]

    shell.python(HANDLERS)
    follow = [ARCAPIX, "history", "--follow"]
    options = {"env": shell.environment(), "stdout": subprocess.PIPE, "text": True}
    with (
        subprocess.Popen(follow, **options) as table,
        subprocess.Popen([*follow, "--json"], **options) as lines,
    ):
        try:
            assert table.stdout.readline().split()[0] == "STARTED"
            fire(shell, "unmount", "mynode")
            assert " linger " in (row := table.stdout.readline())
            assert " running " in row
            run = json.loads(lines.stdout.readline())
            assert (run["callback"], run["state"], run["ended"]) == ("linger", "running", None)
            assert run_that_is("running")["run"] == run["run"]
            wait(lambda: shell.ok(ARCAPIX, "output", run["run"]) == "begun\n", "its output can be read")

            os.kill(run["pid"], signal.SIGKILL)
            assert " interrupted " in table.stdout.readline()
            assert json.loads(lines.stdout.readline())["state"] == "interrupted"
            assert run_that_is("interrupted")["reason"].startswith(
                "its process is gone and recorded no end: "
            )
            assert shell.ok(ARCAPIX, "output", run["run"]) == "begun\n"

            fire(shell, "mount", "mynode")
            states = {}
            while list(states.values()).count("running") or len(states) < 2:
                told = json.loads(lines.stdout.readline())
                states[told["callback"]] = told["state"]
            assert states == {"report": "succeeded", "divide": "failed"}
        finally:
            for process in (table, lines):
                process.send_signal(signal.SIGINT)
        assert (table.wait(timeout=20), lines.wait(timeout=20)) == (0, 0)

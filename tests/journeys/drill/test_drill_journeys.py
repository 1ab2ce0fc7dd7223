"""A drill on an emulated cluster of three nodes, by commands only, as an administrator makes one."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ..shells import ARCAPIX, Shell

HANDLERS = """
import os
from arcapix.fs.gpfs import Cluster, Event, Filesystem, Once, Run

def page(eventNode, event: Event):
    print(eventNode, event.drill, "ARCAPIX_GPFS_DRILL" in os.environ)

def fail_first(fsName, event: Event):
    if event.attempt == 1:
        raise RuntimeError("no mail server")

Cluster().onNodeLeave.new("page", page, run=Run(once=Once("10m", FOLDER)))
Cluster().onNodeLeave.new("page-n2", page, node="n2")
Filesystem("mmfs1").onMount.new("mail", fail_first, run=Run(retries=3))
"""


@pytest.fixture
def shell(directory: Path) -> Shell:
    started = Shell.start(directory, "--nodes", "n1,n2,n3")
    folder = directory.parent / "once"
    folder.mkdir(mode=0o700)
    started.python(HANDLERS.replace("FOLDER", repr(str(folder))))
    return started


def drilled(shell: Shell, *words: str, status: int = 0) -> list[dict[str, object]]:
    done = shell.run(ARCAPIX, "drill", *words, "--json")
    assert done.returncode == status, done
    return json.loads(done.stdout)


def history(shell: Shell, *options: str) -> list[dict[str, object]]:
    return json.loads(shell.ok(ARCAPIX, "history", "--json", "--nodes", "all", *options))


def test_a_global_event_is_played_on_every_node_and_a_real_one_afterwards_runs_as_if_nothing_had_been(shell):
    outcomes = drilled(shell, "nodeLeave", "eventNode=n3")
    assert sorted((str(one["node"]).partition(".")[0], one["callback"]) for one in outcomes) == [
        ("n1", "page"), ("n2", "page"), ("n2", "page-n2"), ("n3", "page"),
    ]  # fmt: skip
    of_page = [one for one in outcomes if one["callback"] == "page"]
    assert sorted(str(one["state"]) for one in of_page) == ["skipped", "skipped", "succeeded"]
    (ran,) = (one for one in of_page if one["state"] == "succeeded")
    node = str(ran["node"]).partition(".")[0]
    assert shell.ok(ARCAPIX, "output", ran["run"], "--node", node) == "n3.gpfs.test True True\n"

    shell.ok("mmshutdown", "-N", "n3")
    shell.wait_idle()
    runs = history(shell, "--callback", "page", "--event", "nodeLeave")
    real = [run for run in runs if not run["drill"]]
    assert sorted(str(run["state"]) for run in real) == ["skipped", "succeeded"]
    assert [run["drill"] for run in runs] == [True] * 3 + [False] * 2
    assert "nodeLeave(drill)" in shell.ok(ARCAPIX, "history", "--nodes", "all")


def test_a_local_event_is_played_here_and_what_fails_is_tried_again_as_a_drill(shell, wait):
    (outcome,) = drilled(shell, "mount", "fsName=mmfs1", status=1)
    assert (outcome["node"], outcome["state"]) == ("n1.gpfs.test", "retrying")
    assert str(outcome["reason"]).startswith("RuntimeError: no mail server; attempt 1 of 4")
    wait(lambda: [run["state"] for run in history(shell)] == ["retrying", "succeeded"], "it has succeeded")
    assert [run["drill"] for run in history(shell)] == [True, True]
    began = time.monotonic()
    (other,) = drilled(shell, "mount", "fsName=mmfs2")
    assert (other["run"], other["state"]) == (None, "skipped")
    assert time.monotonic() - began < 30, "nothing is waited for that does not come"


def test_a_drill_on_other_nodes_leaves_this_one_alone_and_a_node_that_is_gone_is_told(shell):
    assert {one["node"] for one in drilled(shell, "nodeLeave", "--node", "n2")} == {"n2.gpfs.test"}
    shell.ok(ARCAPIX, "emulate", "crash", "n3")
    done = shell.run(ARCAPIX, "drill", "nodeLeave", "--nodes", "all", "--callback", "page")
    assert done.returncode == 1
    assert done.stderr.startswith("arcapix-gpfs: n3.gpfs.test cannot be asked: ")
    assert {line.split()[0] for line in done.stdout.splitlines()[1:]} == {"n1.gpfs.test", "n2.gpfs.test"}


def test_a_paused_callback_is_named_as_paused(shell):
    shell.ok(ARCAPIX, "pause", "mail", "--reason", "new mail server")
    (outcome,) = drilled(shell, "mount", "fsName=mmfs1")
    assert (outcome["callback"], outcome["state"]) == ("mail", "skipped")
    assert str(outcome["reason"]).endswith(": new mail server")

"""Pauses on the nodes of a cluster, one of which is down when they are asked for."""

from __future__ import annotations

import json

from ..shells import ARCAPIX

HANDLER = """
from arcapix.fs.gpfs import Cluster

def report(fsName):
    print("mounted", fsName)

Cluster().onMount.new("report", report)
"""


AT_BOOT = ("paused", "--catch-up")
"""What a unit for systemd runs."""


def fired(shell, node: str) -> str:
    """Fire an event on a node, and return what became of it there."""
    shell.ok(ARCAPIX, "emulate", "fire", "mount", "--node", node, "fsName=mmfs1")
    shell.wait_idle()
    runs = json.loads(shell.ok(ARCAPIX, "history", "--node", node, "--callback", "report", "--json"))
    return runs[-1]["state"]


def test_a_node_that_was_down_asks_others_when_it_starts(shell):
    shell.python(HANDLER)
    shell.ok(ARCAPIX, "emulate", "crash", "n3")
    shell.fails(ARCAPIX, "pause", "report", "--nodes", "all", status=1)
    shell.ok("/bin/sh", "-c", "$ARCAPIX_GPFS_BIN/mmstartup -N n3")
    shell.wait_idle()
    done = shell.run(ARCAPIX, *AT_BOOT, node="n3")
    assert (done.returncode, done.stderr) == (
        0,
        "this node had missed a pause or resume, and knows of it now\n",
    )
    assert fired(shell, "n3") == "skipped"
    assert shell.run(ARCAPIX, *AT_BOOT, node="n3").stderr == "", "there is nothing that it has missed"


def test_a_node_that_meets_no_other_says_so(shell):
    for node in ("n2", "n3"):
        shell.ok(ARCAPIX, "emulate", "crash", node)
    said = shell.fails(ARCAPIX, *AT_BOOT)
    assert said.startswith(
        "arcapix-gpfs: no other node says whether this one has missed a pause; it is told by "
    )
    assert "n2.gpfs.test: " in said


def paused(shell) -> list[str]:
    done = shell.run(ARCAPIX, "paused", "--nodes", "all", "--json")
    return sorted(each["node"] for each in json.loads(done.stdout))


def test_a_named_node_is_paused_alone(shell):
    shell.python(HANDLER)
    shell.ok(ARCAPIX, "pause", "report", "--node", "n2", "--reason", "it's new", "--for", "1h")
    assert fired(shell, "n2") == "skipped"
    assert fired(shell, "n3") == "succeeded"
    (found,) = json.loads(shell.ok(ARCAPIX, "paused", "--node", "n2", "--json"))
    assert (found["reason"], found["skipped"], found["cluster"]) == ("it's new", 1, False)
    assert "1 event was let go" in shell.ok(ARCAPIX, "resume", "report", "--node", "n2")
    assert fired(shell, "n2") == "succeeded"


def test_a_node_that_was_down_is_named_and_learns_of_the_pause_later(shell):
    shell.python(HANDLER)
    shell.ok(ARCAPIX, "emulate", "crash", "n3")
    done = shell.run(ARCAPIX, "pause", "report", "--nodes", "all")
    assert (done.returncode, done.stdout) == (1, "paused report on 2 of 3 nodes\n")
    assert done.stderr.startswith("arcapix-gpfs: n3")
    assert "has not been told: " in done.stderr
    assert fired(shell, "mynode") == fired(shell, "n2") == "skipped"

    shell.ok("/bin/sh", "-c", "$ARCAPIX_GPFS_BIN/mmstartup -N n3")
    shell.wait_idle()
    assert fired(shell, "n3") == "succeeded", "nobody has told it"
    done = shell.run(ARCAPIX, "paused", "--nodes", "all", node="n2")
    assert done.returncode == 0
    assert done.stderr == "n3.gpfs.test had missed a pause or resume, and knows of it now\n"
    assert fired(shell, "n3") == "skipped"

    shell.ok(ARCAPIX, "emulate", "crash", "n2")
    shell.fails(ARCAPIX, "resume", "report", "--nodes", "all", status=1)
    assert fired(shell, "n3") == "succeeded"
    shell.ok("/bin/sh", "-c", "$ARCAPIX_GPFS_BIN/mmstartup -N n2")
    shell.wait_idle()
    assert fired(shell, "n2") == "skipped", "nobody has told it"
    assert paused(shell) == []
    assert fired(shell, "n2") == "succeeded"

"""A site with a cluster key: callbacks run while the key is changed, and not where they were not signed for."""

from __future__ import annotations

import json

from ..shells import ARCAPIX

HANDLER = """
from arcapix.fs.gpfs import Cluster

def report():
    print("here")

Cluster().callbacks.new("report", report, "mount", replace=True)
"""


def fired(shell, event: str) -> tuple[str, str]:
    """Fire an event on a node, and return what became of it there, and why."""
    shell.ok(ARCAPIX, "emulate", "fire", event, "--node", "n2", "fsName=mmfs1")
    shell.wait_idle()
    last = json.loads(shell.ok(ARCAPIX, "history", "--node", "n2", "--json"))[-1]
    return last["state"], last["reason"]


def test_events_are_handled_at_each_step_of_a_rotation(shell):
    shell.ok(ARCAPIX, "key", "create")
    shell.python(HANDLER)
    assert fired(shell, "mount")[0] == "succeeded"
    shell.ok(ARCAPIX, "key", "rotate")
    assert fired(shell, "mount")[0] == "succeeded"
    assert "signed report\n" in shell.ok(ARCAPIX, "key", "rotate")
    assert fired(shell, "mount")[0] == "succeeded"
    shell.python(HANDLER)
    assert shell.ok(ARCAPIX, "key", "rotate").startswith("the old key ends on ")
    assert fired(shell, "mount")[0] == "succeeded"
    assert "REMARKS" not in shell.ok(ARCAPIX, "list")


def test_a_token_that_was_copied_to_another_event_is_refused_and_marked(shell):
    shell.ok(ARCAPIX, "key", "create")
    shell.python(HANDLER)
    facts = json.loads(shell.ok(ARCAPIX, "show", "report", "--json"))
    listed = shell.ok("/bin/sh", "-c", "$ARCAPIX_GPFS_BIN/mmlscallback")
    parms = next(line.partition("= ")[2] for line in listed.splitlines() if line.strip().startswith("parms"))
    shell.ok(ARCAPIX, "delete", "report")
    add = '$ARCAPIX_GPFS_BIN/mmaddcallback again --command $0 --event unmount --parms "$1"'
    shell.ok("/bin/sh", "-c", add, facts["command"], parms)
    assert fired(shell, "unmount") == (
        "refused",
        "the token was signed for mount, and somebody has registered it for 'unmount'; delete the callback, or "
        "install the function again where the key is",
    )
    assert "other name, other events" in shell.ok(ARCAPIX, "list")

"""kill -9 of a reconcile at its system calls: the next one tells what is left to be told, and nothing twice."""

from __future__ import annotations

import itertools

import pytest

from ... import killing
from ..shells import ARCAPIX
from .conftest import Missing

TOLD = ["unmount of mmfs1: was not told to callback note; run"]
NOTHING = ["nothing was missed"]


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(311, id="some calls"),
        pytest.param(29, id="more calls", marks=(pytest.mark.slow, pytest.mark.timeout(1200))),
    ],
)
def test_a_reconcile_killed_at_a_call_and_the_next_one_tell_each_event_once(shell: Missing, step: int):
    shell.install("mount, unmount")
    state = shell.directory / "nodes" / "n2" / "state"
    outcomes = set()

    def miss_an_unmount() -> None:
        with shell.without_driver():
            shell.ok("mmumount", "mmfs1", "-N", "n2")

    miss_an_unmount()
    command = [ARCAPIX, "reconcile"]
    ends = killing.ends(command, since=state / "reconcile.lock", step=step, env=shell.environment("n2"))
    for count, end in zip(itertools.count(1), ends, strict=False):
        said = shell.reconcile("n2")
        outcomes.add(said == NOTHING)
        assert said in (TOLD, NOTHING), end
        assert shell.told("n2").count(("unmount", True)) == count, end
        assert shell.reconcile("n2") == NOTHING
        assert [path.name for path in state.glob("*.new")] == [], end
        shell.ok("mmmount", "mmfs1", "-N", "n2")
        shell.wait_idle()
        miss_an_unmount()
    assert end.status == 0, end.stderr
    assert outcomes == {False, True}

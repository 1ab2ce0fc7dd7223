"""kill -9 of a reconcile at its system calls: the next one tells what is left to be told, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ... import killing
from .conftest import RECONCILE, Missing

TOLD = ["unmount of mmfs1: was not told to callback note; run"]
NOTHING = ["nothing was missed"]


SAMPLE = (("reconcile.lock", 100), ("reconciled.", 1), ("reconcile.lock", 10_000))
"""Kills before anything is told, and between that and its being remembered; the last one ends by itself. A path
in the state folder, and at which call from the first that names it."""


def sampled(state: Path, environment: dict[str, str]) -> Iterator[killing.End]:
    for name, call in SAMPLE:
        yield killing.run(RECONCILE, call, since=state / name, env=environment)


def one_in_29(state: Path, environment: dict[str, str]) -> Iterator[killing.End]:
    yield from killing.ends(RECONCILE, since=state / "reconcile.lock", step=29, env=environment)


@pytest.mark.parametrize(
    "killed",
    [
        pytest.param(sampled, id="some calls"),
        pytest.param(one_in_29, id="more calls", marks=(pytest.mark.slow, pytest.mark.timeout(1200))),
    ],
)
def test_a_reconcile_killed_at_a_call_and_the_next_one_tell_each_event_once(shell: Missing, killed):
    shell.install("mount, unmount", ["n2"])
    state = shell.directory / "nodes" / "n2" / "state"
    outcomes = set()

    def miss_an_unmount() -> None:
        with shell.without_driver():
            shell.ok("mmumount", "mmfs1", "-N", "n2")

    miss_an_unmount()
    for count, end in enumerate(killed(state, shell.environment("n2")), 1):
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

"""What a node tells of itself."""

from __future__ import annotations

import os

import pytest

from arcapix.fs.gpfs import Cluster
from arcapix.fs.gpfs.administration.why import facts
from arcapix.fs.gpfs.deployment import cluster_key, installation
from arcapix.fs.gpfs.runs.pauses import Pauses


def alert() -> None:
    print("alert")


@pytest.fixture
def installed(gpfs, traces, driver, tmp_path, monkeypatch):
    """A callback, and the node's driver, which has a key of its own if one is made."""
    key = tmp_path / "gpfs.key"
    installation.install(tmp_path, {"key": str(key), "emulated": True})
    monkeypatch.setenv("ARCAPIX_GPFS_KEY", str(key))
    monkeypatch.setattr(facts.node_checks, "of_driver", lambda _: [])
    Cluster().onMount.new("alert", alert)
    return driver


def collected(driver) -> facts.NodeFacts:
    return facts.collect("alert", str(driver))


def test_the_newest_runs_of_the_callback_alone_are_told(installed, traces):
    traces.ended(callback="alert2")
    runs = [traces.ended(callback="alert") for _ in range(40)]
    assert [run.id for run in collected(installed).runs] == runs[-30:]


def test_a_token_that_is_taken_is_told(installed):
    found = collected(installed)
    assert (found.is_taken, found.key, found.unknown) == (True, [], [])


def test_a_key_that_came_after_the_callback_does_not_vouch_for_it(installed):
    cluster_key.create()
    found = collected(installed)
    assert not found.is_taken
    assert [mark for mark, _ in found.key] == ["not signed"]


def test_where_the_driver_requires_a_key_that_is_gone_no_token_is_taken(installed):
    installation.require_key(installed, True)
    found = collected(installed)
    assert not found.is_taken
    assert [mark for mark, _ in found.key] == ["not signed"]
    assert [check.check for check in found.checks] == ["key"]


def test_a_key_that_the_driver_cannot_use_is_a_problem(installed):
    cluster_key.create().chmod(0o644)
    (problem,) = collected(installed).checks
    assert (problem.check, problem.state) == ("key", "problem")


def test_pauses_and_accepted_events_are_told(installed):
    Pauses.of(installed).add(["alert"], None, "anna", "too loud")
    found = collected(installed)
    assert [pause.by for pause in found.pauses] == ["anna"]
    assert (found.pending, found.has_deliverer) == ([], False)


def test_runs_are_looked_for_under_the_name_in_the_token(installed, gpfs, traces):
    run = traces.ended(callback="alert")
    gpfs.callbacks["other"] = dict(gpfs.callbacks["alert"])
    assert [each.id for each in facts.collect("other", str(installed)).runs] == [run]


def test_an_interrupted_run_is_compared_with_what_the_kernel_says(installed, traces, monkeypatch):
    run = traces.start(callback="alert", node=os.uname().nodename)
    monkeypatch.setattr(facts.kernel_log, "killed_for_memory", lambda started: set(started))
    assert collected(installed).killed_for_memory == [run]


def test_what_cannot_be_told_is_said_and_the_rest_is_told(installed, gpfs, traces):
    run = traces.ended(callback="alert")
    gpfs.fails["mmlscallback"] = ["no quorum"] * 9
    found = collected(installed)
    assert [each.id for each in found.runs] == [run]
    assert found.unknown[0].startswith("how it is registered cannot be told: mmlscallback exited with")
    assert len(found.unknown) == 1


def test_facts_cross_a_process_boundary_whole(installed, traces):
    traces.ended(callback="alert")
    Pauses.of(installed).add(["alert"], None, "anna", "too loud")
    cluster_key.create()
    found = collected(installed)
    assert facts.NodeFacts.from_fields(found.fields()) == found

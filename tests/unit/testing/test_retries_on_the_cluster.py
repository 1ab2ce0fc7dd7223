"""Callbacks with retries on the cluster of `gpfs_cluster`: every attempt is seen, and waited for."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from arcapix.fs.gpfs import Cluster, GiveUp, RetryLater
from arcapix.fs.gpfs.testing import EmulatedCluster


def succeed_at_second(event) -> None:
    print(f"attempt {event.attempt}")
    if event.attempt == 1:
        raise RetryLater("50ms", "not yet")


def give_up() -> None:
    raise GiveUp("for ever")


def wait_an_hour() -> None:
    raise RetryLater("1h")


def test_each_attempt_is_a_run_and_the_cluster_is_idle_after_the_last(gpfs_cluster: EmulatedCluster) -> None:
    Cluster().callbacks.new("again", succeed_at_second, "mount", node="n1", run={"retries": 3})
    gpfs_cluster.fire("mount", node="n1")
    gpfs_cluster.wait_idle()
    first, second = gpfs_cluster.runs
    assert (first.state, first.status) == ("retrying", 1)
    assert (second.state, second.status, second.output) == ("succeeded", 0, "attempt 2\n")
    assert {first.callback, second.callback} == {"again"} and {first.node, second.node} == {"n1"}
    assert "attempt 1 of 4, the next in 0.1 s" in first.reason


def test_what_has_failed_is_waited_for_no_longer(gpfs_cluster: EmulatedCluster) -> None:
    Cluster().callbacks.new("never", give_up, "mount", node="n1", run={"retries": 3})
    gpfs_cluster.fire("mount", node="n1")
    gpfs_cluster.wait_idle()
    assert [run.state for run in gpfs_cluster.runs] == ["failed"]


def test_an_attempt_that_is_far_away_is_named(gpfs_cluster: EmulatedCluster) -> None:
    Cluster().callbacks.new("later", wait_an_hour, "mount", node="n1", run={"retries": 3})
    gpfs_cluster.fire("mount", node="n1")
    with pytest.raises(TimeoutError, match="not idle after 2 s: later, event mount, waiting"):
        gpfs_cluster.wait_idle(2)


def test_the_end_of_a_test_names_an_attempt_only_once_it_is_due(
    gpfs_cluster: EmulatedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    Cluster().callbacks.new("later", wait_an_hour, "mount", node="n1", run={"retries": 3})
    gpfs_cluster.fire("mount", node="n1")
    assert gpfs_cluster._wait(10, is_patient=False) == []
    assert [run.state for run in gpfs_cluster.runs] == ["retrying"]
    clock = SimpleNamespace(time=lambda: time.time() + 3601, monotonic=time.monotonic, sleep=time.sleep)
    with monkeypatch.context() as patch:
        patch.setattr("arcapix.fs.gpfs.testing.cluster.time", clock)
        assert gpfs_cluster._wait(0.1, is_patient=False) == ["later, event mount, waiting"]

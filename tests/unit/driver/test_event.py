"""The record of an event that a handler may ask for."""

from __future__ import annotations

from datetime import datetime

import pytest

from arcapix.fs.gpfs import Event

VARIABLES = {"eventName": "mount", "fsName": "mmfs1", "clusterName": "demo.gpfs.test"}


@pytest.fixture
def event() -> Event:
    return Event("mount", 1_780_000_000.5, "20260528T202640-7", "n1", VARIABLES, "logger")


def test_it_says_what_happened_where_and_when(event):
    assert (event.name, event.node, event.cluster, event.callback) == (
        "mount",
        "n1",
        "demo.gpfs.test",
        "logger",
    )
    assert event.time == datetime.fromtimestamp(1_780_000_000.5)
    assert (event.id, dict(event.variables)) == ("20260528T202640-7", VARIABLES)


def test_it_is_the_first_attempt_of_a_real_event_and_nothing_was_dropped(event):
    """What later releases will tell is there, and says what is true today."""
    assert (event.attempt, event.suppressed, event.drill, event.synthetic) == (1, 0, False, False)


def test_a_cluster_that_the_event_does_not_tell_is_none():
    assert Event("mount", 0.0, "r", "n1", {}, "logger").cluster is None


def test_it_is_read_only(event):
    with pytest.raises(AttributeError, match="an Event is read-only"):
        event.name = "unmount"
    with pytest.raises(TypeError):
        event.variables["fsName"] = "mmfs2"
    VARIABLES_BEFORE = dict(event.variables)
    VARIABLES["later"] = "x"
    try:
        assert dict(event.variables) == VARIABLES_BEFORE
    finally:
        del VARIABLES["later"]

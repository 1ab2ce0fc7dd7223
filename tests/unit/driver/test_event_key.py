"""What tells events apart: the callback, the event, what it is about, and not the node that it runs on."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs.driver import event_key
from arcapix.fs.gpfs.driver.decision import Firing
from arcapix.fs.gpfs.driver.main import CONFIGURATION


def key(callback: str = "alert", **values: str) -> str:
    firing = Firing(dict(CONFIGURATION))
    firing.callback = callback
    firing.event = values.pop("eventName", "lowDiskSpace")
    firing.values = values
    return event_key.of(firing)


@pytest.mark.parametrize("name", event_key.VARIABLES)
def test_events_about_something_else_are_told_apart(name: str) -> None:
    assert key(**{name: "a"}) != key(**{name: "b"})
    assert key(**{name: "a"}) == key(**{name: "a"})


def test_another_callback_or_event_is_told_apart() -> None:
    assert len({key(), key("other"), key(eventName="noDiskSpace")}) == 3


def test_the_node_that_it_runs_on_makes_no_difference() -> None:
    assert key(myNode="n1", fsName="mmfs1") == key(myNode="n2", fsName="mmfs1")


def test_what_gpfs_does_not_know_is_what_is_not_passed() -> None:
    assert key(fsName="UNDEFINED") == key(fsName="") == key()


def test_a_name_that_a_user_chooses_does_not_pass_for_two() -> None:
    assert key(fsName="a", filesetName="b") != key(fsName="a\tb") != key(filesetName="a")

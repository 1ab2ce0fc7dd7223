"""``Run(reconcile=)`` in the driver: an event that is told afterwards is marked, and nothing else about it differs."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs import Event
from arcapix.fs.gpfs.driver.records import SYNTHETIC
from arcapix.fs.gpfs.registration import sealing

record = ""
"""Path of the file that handlers write to; captured by value."""

MISSED = {SYNTHETIC: "1"}


def note(event: Event) -> None:
    with open(record, "a") as file:
        file.write(f"{event.name} {event.attempt} {event.synthetic}\n")


def note_and_fail_at_first(event: Event) -> None:
    note(event)
    if event.attempt == 1:
        raise RuntimeError("as it should")


@pytest.fixture
def told(driver, seen):
    """Return a function that has the driver told of a mount, and returns what the handler wrote."""

    def told(options: str, handler=note, environment=MISSED) -> list[str]:
        token = driver.token(handler, ((("event",),), {}), ru=sealing.Written(options))
        done = driver.start(token, "eventName=mount", env=environment)
        assert (done.returncode, done.stderr) == (0, "")
        return seen.read_text().splitlines() if seen.exists() else []

    return told


def test_the_function_and_the_journal_know_of_an_event_that_it_is_told_afterwards(told, driver) -> None:
    assert told("reconcile=1") == ["mount 1 True"]
    assert [(run["event"], run["state"], run["synthetic"]) for run in driver.runs] == [
        ("mount", "succeeded", True)
    ]


def test_an_event_of_gpfs_itself_is_no_synthetic_one(told, driver) -> None:
    assert told("reconcile=1", environment={}) == ["mount 1 False"]
    assert [run["synthetic"] for run in driver.runs] == [False]


def test_a_callback_that_does_not_ask_for_missed_events_knows_nothing_of_them(told) -> None:
    assert told("umask=022") == ["mount 1 False"]


def test_each_attempt_at_a_missed_event_is_marked(told, driver, seen, wait) -> None:
    told("retries=1.reconcile=1", note_and_fail_at_first)
    wait(lambda: [run["state"] for run in driver.runs] == ["retrying", "succeeded"], "it has succeeded")
    assert [run["synthetic"] for run in driver.runs] == [True, True]
    assert seen.read_text().splitlines() == ["mount 1 True", "mount 2 True"]


def test_what_is_skipped_is_marked_too(told, driver) -> None:
    told("every=3600.reconcile=1")
    told("every=3600.reconcile=1")
    assert [(run["state"], run["synthetic"]) for run in driver.runs] == [
        ("succeeded", True),
        ("skipped", True),
    ]

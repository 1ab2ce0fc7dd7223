"""``arcapix-gpfs events`` and ``variables``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import events
from arcapix.fs.gpfs.cli import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def lines(*words: str) -> list[str]:
    done = run(*words)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_every_event_has_a_line():
    heading, *rows = lines("events")
    assert heading.split("  ")[0] == "EVENT"
    assert [row.split()[0] for row in rows] == list(events.EVENTS)


def test_an_event_is_told_with_the_evidence_for_each_fact():
    told = lines("events", "lowDiskSpace")
    for line in (
        "event:      lowDiskSpace [doc]",
        "carried by: cluster [doc], node [doc], nodeclass [doc], filesystem [doc], pool [field]",
        "beware:     No policy with a THRESHOLD rule, no event. [doc]",
    ):
        assert line in told
    assert [line for line in told if line.startswith("how often:") and line.endswith("every 120 s")]


def test_an_event_is_found_in_any_letter_case():
    assert lines("events", "LOWDISKSPACE") == lines("events", "lowDiskSpace")


def test_of_a_misspelt_event_the_nearest_is_named():
    done = run("events", "lowDiskSpce")
    assert done.exit_code == 3
    assert done.stderr == "arcapix-gpfs: no event 'lowDiskSpce'; did you mean 'lowDiskSpace'?\n"


def test_of_an_event_that_people_expect_it_is_said_why_there_is_none():
    done = run("events", "SnapshotDeleted")
    assert done.exit_code == 1
    assert (
        "only the creation of a snapshot is an event; the nearest event is 'snapshotCreated'" in done.stderr
    )


@pytest.mark.parametrize("wanted", ["pool", "pool:mmfs1/system"])
def test_the_events_that_an_object_can_carry_are_listed(wanted):
    _, *rows = lines("events", "--object", wanted)
    assert [row.split()[0] for row in rows] == [one for one in events.EVENTS if events.supports("pool", one)]


def test_an_event_that_an_object_cannot_carry_is_refused():
    done = run("events", "mount", "--object", "pool:mmfs1/system")
    assert done.exit_code == 1
    assert done.stderr == "arcapix-gpfs: no pool can carry mount; it is about a file system\n"


def test_a_kind_of_object_that_is_none_is_a_wrong_option():
    done = run("events", "--object", "filesytem")
    assert done.exit_code == 2
    assert "did you mean 'filesystem'?" in done.stderr


def test_programs_get_an_array_of_all_events_or_of_one():
    every = json.loads(run("events", "--json").stdout)
    assert [one["event"] for one in every] == list(events.EVENTS)
    (one,) = json.loads(run("events", "lowdiskspace", "--json").stdout)
    assert one in every
    facts = events.EVENTS["lowDiskSpace"]
    assert (one["scope"], one["interval"], one["evidence"]) == ("local", 120, dict(facts.evidence))


def test_every_variable_has_a_line():
    _, *rows = lines("variables")
    assert [row.split()[0] for row in rows] == list(events.VARIABLES)


@pytest.mark.parametrize("name", ["fsName", "%fsName", "FSNAME"])
def test_a_variable_is_told_with_the_events_that_have_it(name):
    told = lines("variables", name)
    assert told[0] == "variable:   fsName [doc]"
    assert [line for line in told if line.startswith("events:") and "mount [field]" in line]


def test_of_a_misspelt_variable_the_nearest_is_named():
    done = run("variables", "fsNam")
    assert (done.exit_code, done.stderr) == (3, "arcapix-gpfs: no variable 'fsNam'; did you mean 'fsName'?\n")


def test_programs_get_an_array_of_all_variables_or_of_one():
    every = json.loads(run("variables", "--json").stdout)
    assert [one["variable"] for one in every] == list(events.VARIABLES)
    (one,) = json.loads(run("variables", "eventNode", "--json").stdout)
    assert one in every
    assert one["qualifiers"] == ["name", "shortName", "ip"]
    assert "nodeJoin" in one["events"]

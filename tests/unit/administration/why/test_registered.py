"""What is so for the whole cluster, whatever nodes say."""

from __future__ import annotations

import pytest

from arcapix.fs.gpfs import Cluster, Fileset, Filesystem
from arcapix.fs.gpfs.administration.why.registered import of_registration
from arcapix.fs.gpfs.registration import registry


def alert() -> None:
    print("alert")


def said(event: str | None = None) -> list[str]:
    found = of_registration(registry.find("alert"), event)
    return [f"{finding.state} {finding.text}" for finding in found]


def test_what_the_driver_compares_is_told(gpfs):
    gpfs.run("mmcrfileset mmfs1 projects")
    Fileset("mmfs1", "projects").onSoftQuotaExceeded.new("alert", alert)
    assert (
        "ok about fileset:mmfs1/projects, which is there: "
        "an event without fsName mmfs1 and filesetName projects leaves no trace"
    ) in said()


def test_which_node_is_the_manager_that_raises_an_event_is_told(gpfs):
    Filesystem("mmfs1").onLowDiskSpace.new("alert", alert)
    assert any(
        line.startswith("note lowDiskSpace, a local event, is raised on: file system manager, at present n1")
        for line in said()
    )


def test_which_node_alone_runs_it_is_told(gpfs):
    Cluster().onMount.new("alert", alert, run={"only_on": "clusterManager", "timeout": 9})
    assert "note runs with timeout 9 s, only on the clusterManager" in said()
    assert any(line.startswith("note only the clusterManager runs it, at present n1") for line in said())


def test_of_several_events_only_the_one_that_is_asked_about_is_told(gpfs):
    Cluster().callbacks.new("alert", alert, ["mount", "unmount"])
    assert not any("unmount, a local" in line for line in said("MOUNT"))
    assert any("mount, a local" in line for line in said("MOUNT"))


@pytest.mark.parametrize(("event", "near"), [("unmont", "mount"), ("quotaExceded", "softQuotaExceeded")])
def test_an_event_that_it_is_not_for_is_told_with_the_nearest(gpfs, event, near):
    Cluster().onMount.new("alert", alert)
    assert f"problem it is not registered for {event!r}; did you mean {near!r}?" in said(event)


def advised(event: str) -> str:
    (found,) = (one for one in of_registration(registry.find("alert"), event) if one.subject == "event")
    return found.advice


def test_the_advice_names_all_events_that_it_is_then_for(gpfs):
    Cluster().callbacks.new("alert", alert, ["mount", "unmount"])
    change = "register it for that, too: arcapix-gpfs change alert --event mount,unmount,"
    assert advised("startup") == f"{change}startup"
    assert advised("quotaExceded") == f"{change}softQuotaExceeded"
    assert advised("unmont") == "arcapix-gpfs why alert --event unmount"


def test_nobody_is_advised_to_register_for_what_is_no_event(gpfs):
    Cluster().onMount.new("alert", alert)
    assert "problem it is not registered for 'xyz', which is no event of GPFS that is known" in said("xyz")
    assert advised("xyz") == "see which events there are: arcapix-gpfs events"


def test_words_that_do_not_follow_the_token_are_a_problem(gpfs):
    Filesystem("mmfs1").onMount.new("alert", alert)
    token, *_ = gpfs.callbacks["alert"]["parms"].split()
    gpfs.callbacks.alter("alert", parms=f"{token} eventName=%eventName")
    assert any(line.startswith("problem the words after its token") for line in said())


def test_a_failed_listing_of_objects_is_no_problem(gpfs):
    Filesystem("mmfs1").onMount.new("alert", alert)
    gpfs.fails["mmlsfs"] = ["no quorum"] * 9
    lines = said()
    assert any(
        line.startswith("unknown whether there is what callbacks are about cannot be told") for line in lines
    )
    assert not any(line.startswith("problem") for line in lines)

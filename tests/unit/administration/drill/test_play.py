"""Real programs, started as a drill starts them; this file has no helper that a handler would carry along."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from arcapix.fs.gpfs import Cluster, Event, Filesystem, GPFSError, Run
from arcapix.fs.gpfs.administration.drill.plan import Drill, callbacks_of, named
from arcapix.fs.gpfs.administration.drill.play import Outcome, play
from arcapix.fs.gpfs.registration import registry
from arcapix.fs.gpfs.runs.history import History
from arcapix.fs.gpfs.runs.pauses import Pauses


def page(fsName: str, event: Event) -> None:
    print(fsName, event.drill)


def divide() -> None:
    _ = 1 / 0


def drilled(event: str = "mount", *callbacks: str, longest: float = 30.0, **values: str) -> list[Outcome]:
    drill = named(Drill(event, values, callbacks))
    return play(drill, callbacks_of(drill, registry.listed()), longest=longest)


def script(gpfs, tmp_path: Path, name: str, text: str, *options: str, event: str = "mount") -> None:
    path = tmp_path / f"{name}.sh"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    gpfs.run(f"mmaddcallback {name} --command {path} --event {event} {' '.join(options)}")


def told(outcomes: list[Outcome]) -> list[tuple[str, str, str]]:
    return [(outcome.callback, outcome.state, outcome.reason) for outcome in outcomes]


def test_a_function_runs_and_its_outcome_is_that_of_the_history(driver):
    Filesystem("mmfs1").onMount.new("page", page)
    (outcome,) = drilled(fsName="mmfs1")
    (run,) = History.of(driver).runs()
    assert (outcome.run, outcome.state, outcome.reason, outcome.status) == (run.id, "succeeded", "", 0)
    assert (outcome.node, outcome.seconds) == ("n1.localnet", run.seconds)
    assert run.drill
    assert dict(run.variables) == {"eventName": "mount", "fsName": "mmfs1"}


def test_a_function_that_fails_and_one_that_is_refused_say_why(driver):
    Cluster().onMount.new("divide", divide)
    assert told(drilled()) == [("divide", "failed", "ZeroDivisionError: division by zero")]
    (driver.parent / "gpfs.key").touch(0o600)
    ((_, state, reason),) = told(drilled())
    assert state == "refused"
    assert "gpfs.key is empty" in reason


def test_an_event_about_another_object_is_told_as_that_with_what_to_give(driver):
    Filesystem("mmfs1").onMount.new("page", page)
    assert told(drilled(fsName="mmfs2")) == [
        ("page", "skipped", "the event is not about its filesystem; give fsName=mmfs1")
    ]


def test_a_paused_callback_is_told_as_paused(driver):
    Filesystem("mmfs1").onMount.new("page", page)
    Pauses.of(driver).add(["page"], None, "root", "maintenance")
    ((_, state, reason),) = told(drilled(fsName="mmfs1"))
    assert state == "skipped"
    assert reason.startswith("paused by ") and reason.endswith(": maintenance")


def test_the_first_attempt_of_a_callback_that_is_tried_again_is_its_outcome(driver):
    Cluster().onMount.new("divide", divide, run=Run(retries=1))
    (outcome,) = drilled()
    assert (outcome.state, outcome.is_good()) == ("retrying", False)
    assert "attempt 1 of 2" in outcome.reason


def test_a_driver_that_is_not_there_and_a_script_that_cannot_be_started_are_failures(gpfs, driver, tmp_path):
    Cluster().onMount.new("divide", divide)
    script(gpfs, tmp_path, "closed", "")
    (tmp_path / "closed.sh").chmod(0o644)
    os.unlink(driver)
    first, second = drilled()
    assert (first.state, second.state) == ("failed", "failed")
    assert f"{driver} cannot be started" in first.reason
    assert second.reason == f"{tmp_path}/closed.sh cannot be started: Permission denied"
    assert (second.run, second.status, second.seconds) == (None, None, None)


def test_a_script_gets_its_words_and_knows_of_the_drill_and_of_nothing_else(gpfs, driver, tmp_path):
    script(
        gpfs, tmp_path, "note", 'pwd; umask; env; echo "$@"; exit 4', "--parms %eventName --parms f=%fsName"
    )
    (outcome,) = drilled(fsName="mmfs1")
    assert (outcome.run, outcome.state, outcome.status) == (None, "failed", 4)
    assert outcome.reason == "exited with status 4: mount f=mmfs1"
    script(gpfs, tmp_path, "show", f"{{ pwd; umask; env; }} > {tmp_path}/found")
    (found,) = drilled("mount", "show")
    folder, umask, *variables = (tmp_path / "found").read_text().splitlines()
    assert (found.state, folder, int(umask, 8)) == ("succeeded", "/", 0o022)
    names = {line.partition("=")[0] for line in variables}
    assert "ARCAPIX_GPFS_DRILL" in names
    assert names <= {"ARCAPIX_GPFS_DRILL", "ARCAPIX_GPFS_BIN", "TZ", "PWD", "OLDPWD", "SHLVL", "_"}


def test_a_script_that_a_signal_ends_is_a_failure(gpfs, driver, tmp_path):
    script(gpfs, tmp_path, "dies", "kill -9 $$")
    assert told(drilled()) == [("dies", "failed", "ended by signal 9")]


def test_callbacks_start_in_the_order_of_their_priorities_and_after_synchronous_ones(gpfs, driver, tmp_path):
    for name, options in (("last", ""), ("second", "--priority 2"), ("first", "--priority 1 --sync")):
        pause = "sleep 0.3;" if name == "first" else ""
        script(gpfs, tmp_path, name, f"{pause} echo {name} >> {tmp_path}/order", options)
    assert [outcome.callback for outcome in drilled()] == ["first", "second", "last"]
    assert (tmp_path / "order").read_text().split()[0] == "first"


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_what_goes_on_is_told_as_running_and_holds_up_what_gpfs_would_hold_up(gpfs, driver, tmp_path, wait):
    script(gpfs, tmp_path, "long", f"echo $$ > {tmp_path}/pid; exec sleep 60", "--sync --priority 1")
    script(gpfs, tmp_path, "next", "")
    try:
        assert told(drilled(longest=0.2)) == [
            ("long", "running", ""),
            ("next", "failed", "not started: long goes on, and GPFS would wait for its end"),
        ]
    finally:
        wait((tmp_path / "pid").exists, "it has told its number")
        os.kill(int((tmp_path / "pid").read_text()), 9)


def test_a_callback_that_is_for_other_nodes_is_left_out(gpfs, driver, tmp_path):
    script(gpfs, tmp_path, "there", "", "-N n2")
    script(gpfs, tmp_path, "here", "", "-N gateways")
    assert [outcome.callback for outcome in drilled()] == ["here"]


def test_an_outcome_travels_as_json_and_what_is_none_is_said(driver):
    Cluster().onMount.new("divide", divide)
    (outcome,) = drilled()
    fields = json.loads(json.dumps(outcome.fields()))
    assert fields["drill"] is True
    assert Outcome.from_fields(fields) == outcome
    for odd in ({}, [], "x", None):
        with pytest.raises(GPFSError, match="its answer is not the outcome of a drill"):
            Outcome.from_fields(odd)

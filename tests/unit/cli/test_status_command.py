"""``arcapix-gpfs status``: the cluster on one screen, of what its nodes answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import Cluster, Filesystem, commands
from arcapix.fs.gpfs.administration.checks import node_callbacks, node_checks
from arcapix.fs.gpfs.administration.checks.finding import Finding
from arcapix.fs.gpfs.administration.status import NodeStatus
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.look import status
from arcapix.fs.gpfs.commands import NodeRecord
from arcapix.fs.gpfs.exceptions import GPFSError
from arcapix.fs.gpfs.registration import journal, registry
from arcapix.fs.gpfs.runs.deliveries import PendingEvent
from arcapix.fs.gpfs.runs.history import History
from arcapix.fs.gpfs.runs.pauses import Pauses

EMPTY = NodeStatus([], [], [], [], [], []).fields()


class Nodes:
    """Three nodes: this one, and two that answer what a test says."""

    answers: dict[str, object] = {}

    def __init__(self, names: object = ()) -> None:
        self.names = names

    def gather(self, words: list[str], here: Callable[[], object]) -> list[tuple[NodeRecord, object]]:
        assert words == ["status", "--here"]
        records = [NodeRecord(number, f"n{number}", "", f"n{number}", "") for number in (1, 2, 3)]
        others = [(node, self.answers.get(node.daemon_name, EMPTY)) for node in records[1:]]
        return [(records[0], here()), *others]


@pytest.fixture
def daemons(monkeypatch):
    """The states of GPFS on nodes, as it tells them."""
    states = dict.fromkeys(("n1", "n2", "n3"), "active")
    monkeypatch.setattr(commands, "mmgetstate", lambda: states)
    return states


@pytest.fixture
def nodes(gpfs, driver, daemons, monkeypatch):
    monkeypatch.setattr(status, "Nodes", Nodes)
    monkeypatch.setattr(node_callbacks, "hanging", lambda paths: "")
    monkeypatch.setattr(node_checks, "of_driver", lambda driver: [Finding("driver", "ok", "is there")])
    monkeypatch.setattr(Nodes, "answers", {})
    return Nodes.answers


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["status", *words])


def lines(*words: str) -> list[str]:
    return run(*words).stdout.splitlines()


def below(title: str) -> list[str]:
    """The lines of a section."""
    found = lines()
    rest = found[found.index(title) + 1 :]
    return [line[2:] for line in rest[: next((n for n, one in enumerate(rest) if one[:1] != " "), None)]]


def test_where_nothing_is_wrong_the_first_line_says_so(nodes):
    assert lines() == ["nothing is wrong on 3 nodes", "registered: 0 callbacks"]
    assert run().exit_code == 0


def test_nodes_where_gpfs_does_not_run_are_wrong(nodes, daemons):
    daemons |= {"n1": "down", "n3": "arbitrating", "n9": "down"}
    assert lines()[0] == "wrong: GPFS is down on n1; GPFS is arbitrating on n3"
    told = {one["node"]: one["gpfs"] for one in json.loads(run("--json").stdout)[1:]}
    assert told == {"n1": "down", "n2": "active", "n3": "arbitrating"}
    del daemons["n1"]
    assert lines()[0] == "wrong: GPFS is unknown on n1; GPFS is arbitrating on n3"


def test_that_the_state_of_gpfs_cannot_be_told_is_said(nodes, monkeypatch):
    def fail() -> None:
        raise GPFSError("mmgetstate exited with status 1\nmore")

    monkeypatch.setattr(commands, "mmgetstate", fail)
    assert lines()[0] == "wrong: the state of GPFS cannot be told: mmgetstate exited with status 1"
    assert json.loads(run("--json").stdout)[1]["gpfs"] is None


def test_callbacks_are_counted_by_object(nodes):
    Filesystem("mmfs1").onMount.new("a", print)
    Filesystem("mmfs1").onUnmount.new("b", print)
    Cluster().onMount.new("c", "/bin/true")
    assert lines()[1] == "registered: 3 callbacks, 2 of filesystem:mmfs1, 1 of cluster"


def test_a_callback_that_cannot_run_is_named(nodes):
    with pytest.warns(Warning):
        Filesystem("mmfs9").onMount.new("a", print)
    first, _, remark = lines()
    assert first == "wrong: 1 callback with remarks"
    assert remark.startswith("  a: it will not run as long as there is no file system 'mmfs9'")


def test_failed_runs_are_counted_by_callback_with_the_last_reason(nodes, traces):
    for reason in ("the first", "the last"):
        traces.end(traces.start(callback="logger"), "failed", 1, reason)
    traces.end(traces.start(callback="other", time=time.time() - 90_000), "failed", 1, "long ago")
    assert lines()[0] == "wrong: 2 failed runs in the last 24 h"
    (line,) = below("failed in the last 24 h:")
    assert line.startswith("logger: 2 times, the last at ")
    assert " on n1 failed, mount: the last (" in line


def test_a_driver_that_cannot_be_started_is_wrong_on_each_node(nodes, monkeypatch):
    problem = Finding("executable", "problem", "the driver /d is not executable", "run: chmod 755 /d")
    nodes["n2"] = {**EMPTY, "wrong": [problem.fields()]}
    fine = Finding("driver", "ok", "is there")
    monkeypatch.setattr(node_checks, "of_driver", lambda driver: [fine, problem])
    first, second, *_ = lines()
    assert first == "wrong: 1 problem on nodes"
    assert second == "  n1, n2: the driver /d is not executable; run: chmod 755 /d"


def test_a_driver_that_is_gone_is_told_and_nothing_else_is_looked_at(nodes, monkeypatch):
    gone = Finding(
        "driver", "problem", "the driver /d does not exist", "run there: arcapix-gpfs driver install"
    )
    monkeypatch.setattr(node_checks, "of_driver", lambda driver: [gone])
    monkeypatch.setattr(History, "of", None)
    assert lines()[1] == "  n1: the driver /d does not exist; run there: arcapix-gpfs driver install"


def test_a_script_that_is_not_executable_is_wrong(nodes, script):
    Cluster().onMount.new("a", script)
    assert lines()[0] == "nothing is wrong on 3 nodes"
    Path(script).chmod(0o644)
    assert lines()[1].startswith(f"  n1: callback 'a' starts {script}, which is not executable; run: chmod ")


def test_a_callback_that_a_killed_change_has_left_out_is_wrong_with_the_way_back(nodes, gpfs):
    Cluster().onMount.new("lu", print)
    with journal.alone(), journal.kept([registry.find("lu")]):
        pass
    assert lines()[0] == "nothing is wrong on 3 nodes"
    del gpfs.callbacks["lu"]
    first, second, *_ = lines()
    assert first == "wrong: 1 problem on nodes"
    assert second.startswith("  n1: callback 'lu' is gone: a change of it was cut short, and ")
    assert second.endswith("; there run: arcapix-gpfs recover --definitions")


def test_what_hangs_is_named_among_the_first_lines(nodes, traces, here):
    traces.start(**{**here, "time": time.time() - 30})
    assert lines()[0] == "nothing is wrong on 3 nodes"
    run = traces.start(**{**here, "time": time.time() - 3700})
    first, second, *_ = lines()
    assert first == "wrong: 1 problem on nodes"
    assert second.startswith(f"  n1: logger hangs: run {run} goes on since ")
    assert second.endswith(f"; run: arcapix-gpfs kill {run} --node n1")


def test_failed_runs_of_other_nodes_are_added(nodes, traces, driver):
    traces.end(traces.start(callback="logger", node="n2"), "failed", 1, "there")
    nodes["n2"] = NodeStatus.of(driver).fields()
    (line,) = below("failed in the last 24 h:")
    assert line.startswith("logger: 2 times, the last at ")


def test_a_rehearsed_failure_is_not_counted(nodes, traces):
    traces.end(traces.start(mark="drill"), "failed", 1, "tried")
    assert lines()[0] == "nothing is wrong on 3 nodes"
    (line,) = below("last runs:")
    assert " failed, mount(drill)" in line


def test_what_was_let_go_is_told_and_is_not_wrong(nodes, traces):
    traces.end(traces.start(), "skipped", 0, "every 60 s: dropped in it so far: 4")
    assert lines()[0] == "nothing is wrong on 3 nodes"
    (line,) = below("let go in the last 24 h, as far as it is on record:")
    assert line.startswith("logger: once at ")
    assert "dropped in it so far: 4" in line


def test_what_runs_is_told_with_how_long(nodes, traces, here):
    run = traces.start(**{**here, "time": time.time() - 3700})
    (line,) = below("running:")
    assert line == f"logger on n1 for 1 h 1 min: mount ({run})"


def test_pauses_of_several_nodes_share_a_line(nodes, driver):
    Pauses.of(driver).add(["logger"], None, "root", "new disks")
    nodes["n2"] = NodeStatus.of(driver).fields()
    (line,) = below("paused:")
    assert line.startswith("logger on n1, n2 since ")
    assert line.endswith(", 0 let go, by root: new disks")


def test_events_that_wait_are_told_and_failed_ones_are_wrong(nodes):
    fields = {"event": "mount", "id": "x", "callback": "logger", "accepted": "2026-11-29T06:00:00+00:00"}
    more = {"state": "failed", "attempts": 4, "most": 4, "due": None, "run": "", "drill": False}
    event = PendingEvent.from_fields({**fields, **more})
    nodes["n3"] = {**EMPTY, "pending": [event.fields()]}
    assert lines()[0] == "wrong: 1 event that is not tried again"
    (line,) = below("accepted and not finished:")
    assert line.startswith("logger on n3: mount of ")
    assert line.endswith(" failed, 4 of 4 attempts made (x)")


def test_the_last_runs_of_all_nodes_are_shown_the_newest_last(nodes, traces, driver):
    for number in range(4):
        traces.ended(node="n2", callback=f"there-{number}", time=time.time() - 60 + 2 * number)
    nodes["n2"] = NodeStatus.of(driver).fields()
    traces.journal.unlink()
    for number in range(4):
        traces.ended(callback=f"here-{number}", time=time.time() - 59 + 2 * number)
    shown = [line.split()[0] for line in below("last runs:")]
    assert shown == ["here-1", "there-2", "here-2", "there-3", "here-3"]


def test_a_node_that_does_not_answer_is_one_line_and_the_status_is_1(nodes):
    nodes["n2"] = GPFSError("no route\nmore")
    done = run()
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0] == "wrong: 1 node that does not answer"
    assert done.stderr == "arcapix-gpfs: n2 does not answer: no route\n"


def test_a_node_of_another_release_is_told(nodes):
    nodes["n2"] = {"last": []}
    assert "n2 does not answer: its answer is of another release: " in run().stderr


def test_of_many_lines_the_rest_is_counted(nodes, traces):
    for number in range(13):
        traces.end(traces.start(callback=f"c{number}"), "failed", 1, "")
    assert below("failed in the last 24 h:")[-1] == "and 3 more: see --json"


def test_programs_get_an_array_of_the_cluster_and_of_each_node(nodes, traces):
    traces.end(traces.start(), "failed", 1, "why")
    nodes["n2"] = GPFSError("no route")
    cluster, *others = json.loads(run("--json").stdout)
    assert cluster["node"] is None
    assert cluster["wrong"] == ["1 failed run in the last 24 h", "1 node that does not answer"]
    assert [(one["node"], one["error"]) for one in others] == [("n1", None), ("n3", None), ("n2", "no route")]
    (failure,) = others[0]["failures"]
    assert (failure["callback"], failure["times"], failure["last"]["reason"]) == ("logger", 1, "why")
    assert others[1] == {"node": "n3", "error": None, "gpfs": "active", **EMPTY}


def test_another_node_is_told_of_this_one_alone(gpfs, driver, traces, monkeypatch):
    monkeypatch.setattr(commands, "mmlscluster", None)
    monkeypatch.setattr(node_checks, "of_driver", lambda driver: [Finding("driver", "ok", "is there")])
    traces.ended()
    assert len(json.loads(run("--here").stdout)["last"]) == 1

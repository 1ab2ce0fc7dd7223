"""``arcapix-gpfs why``, in this process; other nodes are played by a function."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import Cluster, Filesystem, GPFSError, Node
from arcapix.fs.gpfs.administration.why import facts
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands import ClusterRecord, NodeRecord, process, remote
from arcapix.fs.gpfs.exceptions import CallbackWarning


def alert(fsName: str) -> None:
    print(fsName)


def why(*words: str) -> Result:
    return CliRunner().invoke(main, ["why", *words])


PENDING = json.dumps({**facts.NodeFacts().fields(), "pending": [{}]})
"""Facts with an accepted event of which nothing is told."""


class Others:
    """The other nodes: what they print, and what they were asked."""

    def __init__(self) -> None:
        self.asked: dict[str, list[str]] = {}
        self.answers: dict[str, str] = {}
        self.unreachable: set[str] = set()

    def __call__(
        self, cluster: ClusterRecord, node: NodeRecord, words: Sequence[str], timeout: float
    ) -> process.Completed:
        name = node.daemon_name.partition(".")[0]
        self.asked[name] = list(words)
        if name in self.unreachable:
            raise GPFSError("ssh: no route to host\nat all")
        return process.Completed(tuple(words), 0, self.answers.get(name) or json.dumps(self.well()), "")

    def well(self) -> dict[str, object]:
        """The facts of a node on which it never ran."""
        return facts.NodeFacts(release=facts.release(), knows_runs=True).fields()


@pytest.fixture
def others(gpfs, traces, driver, monkeypatch) -> Others:
    """A cluster of three nodes, of which the first is this one, with runs in its journal."""
    found = Others()
    monkeypatch.setattr(remote, "run_on", found)
    monkeypatch.setattr(facts, "checks_of", lambda driver, record: [])
    monkeypatch.setattr(facts.node_callbacks, "hanging", lambda paths: "")
    return found


@pytest.fixture
def installed(others) -> Others:
    Filesystem("mmfs1").onMount.new("alert", alert)
    return others


def test_the_answer_goes_from_the_registration_to_the_last_run(installed, traces):
    traces.ended(callback="alert", event="mount")
    done = why("alert")
    assert (done.exit_code, done.stderr) == (0, "")
    first, about, event, run, never, last = done.stdout.splitlines()
    assert first.startswith("ok       registered for mount on every node, by ")
    assert about == (
        "ok       about filesystem:mmfs1, which is there: an event without fsName mmfs1 leaves no trace"
    )
    assert event == "note     mount, a local event, is raised on: node of the event (inferred)"
    assert run.startswith("ok       n1: its last run succeeded (run ")
    assert never == "note     never fired on n2, mynode"
    assert last == "all is well: nothing keeps it from running"


def test_other_nodes_are_asked_for_what_they_know_of_its_driver(installed, driver):
    why("alert")
    for node in ("n2", "mynode"):
        assert installed.asked[node][-5:] == ["why", "--facts", str(driver), "--", "alert"]


def test_only_the_nodes_that_are_named_are_asked(installed):
    assert "never fired on n2\n" in why("alert", "--node", "n2").stdout
    assert list(installed.asked) == ["n2"]


def test_what_nodes_are_asked_is_one_object_of_json(installed, traces, driver):
    run = traces.ended(callback="alert")
    found = json.loads(why("alert", "--facts", str(driver)).stdout)
    assert [each["run"] for each in found["runs"]] == [run]
    assert facts.NodeFacts.from_fields(found).fields() == found


def test_a_failed_run_is_the_status_1_and_the_last_line_says_how_to_read_it(installed, traces):
    run = traces.start(callback="alert")
    traces.end(run, "failed", 1, "KeyError: 'data'")
    done = why("alert")
    assert done.exit_code == 1
    assert "problem  n1: its last run failed: KeyError: 'data'" in done.stdout
    assert done.stdout.splitlines()[-1] == f"what to do: arcapix-gpfs output {run} --node n1"


def test_a_pause_is_found_with_the_command_that_ends_it(installed):
    assert CliRunner().invoke(main, ["pause", "alert"]).exit_code == 0
    done = why("alert", "--node", "localhost")
    assert done.exit_code == 1
    assert "problem  n1: it is paused by " in done.stdout
    assert done.stdout.splitlines()[-1] == "what to do: arcapix-gpfs resume alert --node n1"


def test_programs_get_one_array_of_objects(installed, traces):
    run = traces.start(callback="alert")
    traces.end(run, "failed", 1, "KeyError: 'data'")
    found = json.loads(why("alert", "--json").stdout)
    assert {tuple(each) for each in found} == {("node", "subject", "state", "text", "advice")}
    assert (found[0]["node"], found[0]["state"], found[0]["advice"]) == (None, "ok", None)
    (problem,) = (each for each in found if each["state"] == "problem")
    assert (problem["node"], problem["subject"]) == ("n1", "runs")
    assert problem["advice"] == f"arcapix-gpfs output {run} --node n1"


def test_a_node_that_does_not_answer_is_told_and_the_others_answers_are_shown(installed):
    installed.unreachable.add("n2")
    done = why("alert")
    assert (done.exit_code, done.stderr) == (
        1,
        "arcapix-gpfs: n2: it cannot be asked: ssh: no route to host\n",
    )
    assert "never fired on n1, mynode" in done.stdout
    assert "n2" not in done.stdout
    assert done.output.splitlines()[-2:] == [
        "arcapix-gpfs: n2: it cannot be asked: ssh: no route to host",
        "nothing is wrong on the nodes that have answered",
    ]
    found = json.loads(why("alert", "--json").stdout)
    assert (found[-1]["node"], found[-1]["state"]) == ("n2", "unknown")


@pytest.mark.parametrize("answer", ["Welcome!", "[]", "{}", PENDING, '{"release": "1", "runs": [1]}'])
def test_a_node_that_answers_nonsense_is_told(installed, answer):
    installed.answers["n2"] = answer
    done = why("alert")
    assert done.exit_code == 1
    assert done.stderr.startswith("arcapix-gpfs: n2: it cannot be asked: its answer ")


def test_what_could_not_be_told_is_the_status_1(installed):
    fields = {**installed.well(), "knows_runs": False, "unknown": ["what has run cannot be told: no rights"]}
    installed.answers["n2"] = json.dumps(fields)
    done = why("alert")
    assert (done.exit_code, done.stderr) == (1, "")
    assert "unknown  n2: what has run cannot be told: no rights\n" in done.stdout
    assert "never fired on n1, mynode\n" in done.stdout


def test_who_may_not_look_is_told_so_first(installed):
    fields = {**installed.well(), "knows_runs": False, "needs_root": True, "unknown": ["x cannot be told"]}
    installed.answers["n2"] = json.dumps(fields)
    first, *_, last = why("alert").stdout.splitlines()
    text = "this user may not read what the driver has recorded on n2: run this as root"
    assert first == f"problem  {text}"
    assert last == "what to do: run this as root"


def test_where_gpfs_refuses_this_user_nobody_is_told_to_start_it(installed, gpfs, monkeypatch):
    gpfs.fails["mmlscallback"] = ["only root may do that"] * 9
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    done = why("alert")
    assert "mmstartup" not in done.stdout
    assert done.stdout.splitlines()[-1] == "what to do: run this as root"


def test_of_a_node_that_does_not_raise_the_event_the_last_line_says_so(others):
    Filesystem("mmfs1").onLowDiskSpace.new("low", alert)
    assert why("low", "--event", "lowDiskSpace", "--node", "n1").exit_code == 0
    done = why("low", "--event", "lowDiskSpace", "--node", "n1", "--node", "n2")
    assert done.exit_code == 1
    text = "lowDiskSpace does not come on n2: at present it is raised on n1 alone"
    assert f"problem  {text}\n" in done.stdout
    assert done.stdout.splitlines()[-1] == f"what to do: {text}; see: arcapix-gpfs why low --node n1"


def test_where_any_node_raises_the_event_none_is_ruled_out(installed):
    assert "does not come" not in why("alert", "--node", "n2").stdout


def test_a_callback_that_is_not_registered_is_refused_with_the_nearest(installed):
    done = why("alrt")
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == "arcapix-gpfs: no callback 'alrt'; did you mean 'alert'?\n"


def test_an_event_that_it_is_not_registered_for_is_the_cause(installed):
    done = why("alert", "--event", "mont")
    assert done.exit_code == 1
    assert "problem  it is not registered for 'mont'; did you mean 'mount'?\n" in done.stdout
    assert done.stdout.splitlines()[-1] == "what to do: arcapix-gpfs why alert --event mount"
    last = why("alert", "--event", "quotaExceeded").stdout.splitlines()[-1]
    assert last.endswith(
        "register it for that, too: arcapix-gpfs change alert --event mount,softQuotaExceeded"
    )


def test_a_misspelt_file_system_is_the_cause(others):
    with pytest.warns(CallbackWarning):
        Filesystem("mfms1").onMount.new("alert", alert)
    done = why("alert")
    assert done.exit_code == 1
    assert "as there is no file system 'mfms1'; did you mean 'mmfs1'?\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("what to do: arcapix-gpfs delete alert; then install it")


def test_a_cut_token_is_the_cause_with_both_its_lengths(installed, gpfs):
    token, *words = gpfs.callbacks["alert"]["parms"].split()
    gpfs.callbacks.alter("alert", parms=" ".join([token[:150], *words]))
    done = why("alert")
    assert done.exit_code == 1
    assert f"problem  its token was cut: it has 150 characters instead of {len(token)}\n" in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "what to do: install 'alert' again: GPFS keeps less than was sent, so make it smaller"
    )


def test_nodes_that_it_is_not_registered_for_are_told_and_not_asked(others):
    Node("n1").onMount.new("alert", alert)
    done = why("alert")
    assert done.exit_code == 0
    assert "note     it never runs on n2, mynode: it is registered for n1" in done.stdout
    assert others.asked == {}
    done = why("alert", "--node", "n2")
    assert done.exit_code == 1
    assert "problem  it never runs on n2: it is registered for n1" in done.stdout
    advised = done.stdout.splitlines()[-1].partition("too: arcapix-gpfs ")[2]
    assert CliRunner().invoke(main, advised.split()).exit_code == 0
    assert why("alert", "--node", "n2").exit_code == 0


def test_of_a_script_is_said_where_its_runs_are_told(others, script):
    Cluster().onMount.new("alert", script)
    said = why("alert").stdout
    assert (
        f"note     it is a script, {script}: only GPFS's own log tells when it ran, and no pause holds it"
        in said
    )
    assert "never fired" not in said
    assert said.splitlines()[-1].startswith("nothing keeps it from running; whether GPFS has started it")
    Path(script).chmod(0o644)
    done = why("alert", "--node", "localhost")
    assert f"problem  n1: callback 'alert' starts {script}, which is not executable\n" in done.stdout
    assert done.stdout.splitlines()[-1] == f"what to do: on n1 run: chmod 755 {script}"


def test_where_gpfs_does_not_answer_this_node_tells_what_it_knows(installed, traces, gpfs):
    run = traces.start(callback="alert")
    traces.end(run, "failed", 1, "KeyError: 'data'")
    gpfs.fails["mmlscallback"] = ["no quorum"] * 9
    done = why("alert")
    assert done.exit_code == 1
    first, *_, last = done.stdout.splitlines()
    assert first.startswith(
        "problem  GPFS does not tell what is registered: mmlscallback exited with status 1"
    )
    assert "its last run failed: KeyError: 'data'" in done.stdout
    assert last.startswith("what to do first: see whether it runs: mmgetstate -a")

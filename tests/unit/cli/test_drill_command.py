"""``arcapix-gpfs drill``: what it asks of the node, of other nodes, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.rehearse import drill as command
from arcapix.fs.gpfs.commands import remote
from arcapix.fs.gpfs.commands.process import Completed


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["drill", *words])


@pytest.fixture
def scripts(gpfs, tmp_path: Path):
    """Register scripts by name and what they do."""

    def register(event: str, *options: str, **texts: str) -> None:
        for name, text in texts.items():
            path = tmp_path / f"{name}.sh"
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
            gpfs.run(f"mmaddcallback {name} --command {path} --event {event} {' '.join(options)}")

    return register


@pytest.fixture
def others(gpfs, monkeypatch):
    """What other nodes are asked, and answer."""
    asked: dict[str, list[str]] = {}
    answers: dict[str, str] = {}

    def run_on(_cluster, node, words, *, timeout):
        asked[node.daemon_name] = list(words)
        answer = answers.get(node.daemon_name)
        return Completed((), 1, "", "no route") if answer is None else Completed((), 0, answer, "")

    monkeypatch.setattr(remote, "run_on", run_on)
    return asked, answers


def test_what_became_of_each_callback_is_a_row_and_a_failure_is_the_status(scripts):
    scripts("mount", good="true", bad="echo no disk; exit 3")
    done = run("mount")
    heading, *rows = (line.split(None, 5) for line in done.stdout.splitlines())
    assert heading == command._HEADING
    assert [[row[1], row[2], row[3], *row[5:]] for row in rows] == [
        ["good", "-", "succeeded", "-"],
        ["bad", "-", "failed", "exited with status 3: no disk"],
    ]
    assert done.exit_code == 1
    assert run("mount", "--callback", "good").exit_code == 0


def test_json_has_the_fields_of_each_outcome(scripts):
    scripts("mount", good="true")
    (told,) = json.loads(run("mount", "--json").stdout)
    assert (told["callback"], told["event"], told["node"], told["state"]) == (
        "good", "mount", "n1.localnet", "succeeded",
    )  # fmt: skip
    assert (told["run"], told["drill"], told["reason"]) == (None, True, "")


def test_other_nodes_are_asked_the_same_under_one_name_and_those_that_do_not_answer_are_told(scripts, others):
    scripts("nodeLeave", good="true")
    asked, answers = others
    (mine,) = json.loads(run("nodeLeave", "--node", "n1", "--json").stdout)
    answers["n2.localnet"] = json.dumps([{**mine, "node": "n2.localnet"}])
    done = run("nodeLeave", "eventNode=n3", "--callback", "go*", "--only-python", "--json")
    assert "no Python callback" in done.stderr
    done = run("nodeLeave", "eventNode=n3", "--callback", "go*", "--json")
    assert [told["node"] for told in json.loads(done.stdout)] == ["n1.localnet", "n2.localnet"]
    assert "arcapix-gpfs: mynode.localnet cannot be asked: no route" in done.stderr
    assert done.exit_code == 1
    words = [words[words.index("drill") :] for words in asked.values()]
    name = words[0].pop(2), words[1].pop(2)
    assert name[0] == name[1]
    assert words == [["drill", "--id", "--callback", "go*", "--", "nodeLeave", "eventNode=n3"]] * 2


def test_where_gpfs_is_down_nothing_is_started_unless_the_node_is_named(scripts, gpfs, tmp_path):
    scripts("mount", touch=f"touch {tmp_path}/started")
    gpfs.run("mmshutdown -N n1")
    done = run("mount")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("arcapix-gpfs: GPFS is down on n1.localnet and starts nothing there; ")
    assert not (tmp_path / "started").exists()
    assert run("mount", "--node", "n1").exit_code == 0
    assert (tmp_path / "started").exists()


def test_an_answer_that_is_no_outcome_is_told_and_not_shown(scripts, others):
    scripts("mount", good="true")
    others[1]["n2.localnet"] = '[{"state": "succeeded"}]'
    done = run("mount", "--node", "n2")
    assert "n2.localnet cannot be asked: its answer is not the outcome of a drill" in done.stderr
    others[1]["n2.localnet"] = "3"
    assert "n2.localnet cannot be asked: its answer is no list: '3'" in run("mount", "--node", "n2").stderr


def test_a_callback_for_other_nodes_is_said_to_be_for_those(scripts):
    scripts("mount", "-N mynode", there="true")
    done = run("mount")
    assert (done.stdout, done.exit_code) == ("", 0)
    assert done.stderr.splitlines()[1:] == [
        "there is for none of these nodes; it is limited to mynode.localnet"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mount", "fsName"], "'fsName' is no variable with a value, such as fsName=mmfs1"),
        (["mount", "fsName=a", "fsName=b"], "fsName is given twice"),
        (["mount", "fsname=a"], "no variable 'fsname'; did you mean 'fsName'?"),
        (["mount", "myNode=n2"], "myNode cannot be given"),
        (["mount", "--node", "n1", "--nodes", "all"], "exclude each other"),
        (["mount", "--node", "n9"], "no node 'n9'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_started(scripts, tmp_path, words, said):
    scripts("mount", touch=f"touch {tmp_path}/started")
    done = run(*words)
    assert said in done.stderr
    assert done.exit_code not in (0, 1) or "cannot be given" in said
    assert not (tmp_path / "started").exists()


def test_a_doubtful_value_is_warned_about_and_the_drill_goes_on(scripts):
    scripts("mount", good="true")
    done = run("mount", "fsName=mmfs1")
    assert done.stderr.splitlines() == [
        "arcapix-gpfs: warning: none of the callbacks is given fsName",
        "mount is raised on: node of the event; played on this node, n1.localnet",
    ]
    assert done.exit_code == 0


def test_a_file_system_that_is_not_there_is_warned_about(scripts):
    scripts("lowDiskSpace", good="true")
    done = run("lowDiskSpace", "fsName=nosuch")
    assert "arcapix-gpfs: warning: there is no file system 'nosuch'" in done.stderr
    assert done.exit_code == 0


def test_where_nodes_are_named_nothing_is_said_of_where_the_event_is_raised(scripts):
    scripts("mount", good="true")
    assert run("mount", "--node", "n1").stderr == ""

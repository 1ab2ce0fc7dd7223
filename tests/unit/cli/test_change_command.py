"""``arcapix-gpfs change``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import Callback, Cluster, Filesystem, Run
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.registration import journal

from ..recorded_gpfs import CHANGING


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mounts.py"
    path.write_text("def note(fsName): print(fsName)\ndef tell(fsName, text): print(text)\n")
    return path


@pytest.fixture
def callback(gpfs, file: Path) -> Callback:
    words = [
        "add",
        "filesystem:mmfs1",
        "mount",
        f"{file}:note",
        "--id",
        "x",
        "--retries",
        "3",
        "--env",
        "A=1",
    ]
    assert CliRunner().invoke(main, words).exit_code == 0
    return Filesystem("mmfs1").callbacks["x"]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["change", *words], catch_exceptions=False)


def rows(*words: str) -> list[list[str]]:
    done = run("x", *words)
    assert (done.exit_code, done.stderr) == (0, "")
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["FIELD", "BEFORE", "AFTER"]
    return [line.split() for line in lines]


def test_all_is_changed_by_one_replacement_and_told(gpfs, callback):
    gpfs.taken()
    assert rows("--event", "mount,unmount", "--timeout", "5m", "-N", "n2", "--priority", "1.5") == [
        ["event", "mount", "mount,unmount"],
        ["on-nodes", "all", "n2.localnet"],
        ["priority", "-", "1.5"],
        ["timeout", "-", "300"],
    ]
    names = [words.split()[0] for words in gpfs.taken()]
    assert [name for name in names if name in CHANGING] == ["mmdelcallback", "mmaddcallback"]
    callback.refresh()
    assert callback.run == Run(retries=3, env={"A": "1"}, timeout=300)


def test_options_that_are_not_given_stay_and_default_takes_one_back(gpfs, callback):
    assert rows("--default", "retries", "--env", "B=2", "--alone") == [
        ["retries", "3", "-"],
        ["max-running", "-", "1"],
        ["env", "B", "-", "2"],
    ]
    callback.refresh()
    assert callback.run == Run(env={"A": "1", "B": "2"}, alone=True)
    assert rows("--default", "env", "--default", "max-running")[-2:] == [
        ["env", "A", "1", "-"],
        ["env", "B", "2", "-"],
    ]
    assert Cluster().callbacks["x"].run is None


def test_nodes_that_stay_are_not_told_in_whatever_form_they_were_given(gpfs, callback):
    assert rows("-N", "n1,n2") == [["on-nodes", "all", "n1.localnet,n2.localnet"]]
    assert rows("--event", "unmount") == [["event", "mount", "unmount"]]


def test_nodes_are_taken_back_to_all(gpfs, callback):
    rows("-N", "mynode")
    assert rows("--default", "on-nodes") == [["on-nodes", "mynode.localnet", "all"]]


def test_another_function_takes_the_place_of_the_one_before(gpfs, callback, file):
    assert rows("--function", f"{file}:tell", "--parms", "late") == [
        ["function", "mounts.note", "mounts.tell"],
        ["parms", "-", "late"],
    ]


def test_the_same_function_with_another_text_is_told(gpfs, callback, file):
    file.write_text("def note(fsName): print(fsName, 'again')\n")
    assert rows("--function", f"{file}:note") == [
        ["function", "mounts.note", "mounts.note,", "as", "it", "is", "now"]
    ]


def test_waiting_begins_and_ends_with_all_that_goes_with_it(gpfs, callback):
    rows("--default", "retries")
    assert rows("--sync", "--timeout", "30", "--onerror", "shutdown") == [
        ["sync", "-", "yes"],
        ["timeout", "-", "30"],
        ["onerror", "-", "shutdown"],
    ]
    assert rows("--timeout", "40") == [["timeout", "30", "40"]]
    assert [row[0] for row in rows("--no-sync")] == ["sync", "timeout", "onerror"]


def test_what_is_so_already_changes_nothing(gpfs, callback):
    gpfs.taken()
    done = run("x", "--retries", "3")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "nothing was changed: it is so already\n"
    assert gpfs.changing == 0


def test_json_is_an_array_of_what_is_different(gpfs, callback):
    assert json.loads(run("x", "--retries", "4", "--json").stdout) == [
        {"field": "retries", "before": "3", "after": "4"}
    ]
    assert json.loads(run("x", "--retries", "4", "--json").stdout) == []


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["x"], 2, "give what is to be changed, such as --retries 3 or --default retries"),
        (["xx", "--retries", "1"], 3, "no callback 'xx'; did you mean 'x'?"),
        (["x", "--event", "mout"], 2, "did you mean 'mount'?"),
        (["x", "--event", "startup"], 2, "Filesystem does not support 'startup'"),
        (["x", "--sync", "--timeout", "5"], 2, "retries goes only with an asynchronous callback"),
        (["x", "--retries", "2000"], 2, "--retries 2000 is not in 0 to 1000"),
        (["x", "--parms", "late"], 2, "the parms of 'x' are part of its function"),
        (["x", "--default", "colour"], 2, "'colour' is not one of"),
        (["x", "--timeout", "5s", "--default", "timeout"], 2, "--default timeout takes back what is given"),
        (["x", "--alone", "--default", "max-running"], 2, "--default max-running takes back what is given"),
        (
            ["x", "-N", "n1", "--default", "on-nodes"],
            2,
            "--default on-nodes takes back what is given with it",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(gpfs, callback, words, status, said):
    before = dict(gpfs.callbacks["x"])
    done = run(*words)
    assert said in done.stderr
    assert done.exit_code == status
    assert gpfs.callbacks["x"] == before


def test_parms_are_given_again_with_another_function(gpfs, callback, file):
    rows("--function", f"{file}:tell", "--parms", "late")
    done = run("x", "--function", f"{file}:note")
    assert done.exit_code == 2
    assert "it has parms: give them again with --parms, or give --default parms" in done.stderr
    assert rows("--function", f"{file}:note", "--default", "parms")


@pytest.fixture
def ended_before(monkeypatch):
    """Let another change of this node end just before the command gets the lock."""

    def ended_before(what) -> None:
        changes = [what]
        lock = journal.fcntl.flock

        def locked(*arguments: int) -> None:
            if changes:
                changes.pop()()
            lock(*arguments)

        monkeypatch.setattr(journal.fcntl, "flock", locked)

    return ended_before


def test_the_gap_of_another_change_is_waited_for(gpfs, callback, ended_before):
    there = gpfs.callbacks.pop("x")
    ended_before(lambda: gpfs.callbacks.setdefault("x", there))
    assert rows("--priority", "1.5") == [["priority", "-", "1.5"]]


def test_a_deletion_waits_for_the_gap_of_a_change(gpfs, callback, ended_before):
    there = gpfs.callbacks.pop("x")
    ended_before(lambda: gpfs.callbacks.setdefault("x", there))
    done = CliRunner().invoke(main, ["delete", "x"])
    assert (done.exit_code, done.stdout, set(gpfs.callbacks)) == (0, "deleted x\n", set())


def test_json_of_a_deletion_is_an_array_of_what_was_deleted(gpfs, callback, file):
    CliRunner().invoke(main, ["add", "mount", f"{file}:note", "--id", "y"])
    assert json.loads(CliRunner().invoke(main, ["delete", "y", "x", "--json"]).stdout) == [
        {"callback": "y"},
        {"callback": "x"},
    ]


def test_what_another_change_has_made_is_kept_and_not_told(callback, ended_before):
    ended_before(lambda: Cluster().callbacks["x"].change(event="unmount", run={"retries": 7}))
    assert rows("--nice", "5") == [["nice", "-", "5"]]
    changed = Cluster().callbacks["x"]
    assert (changed.events, changed.run) == (["unmount"], Run(retries=7, nice=5))

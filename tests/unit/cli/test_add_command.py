"""``arcapix-gpfs add``."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from arcapix.fs.gpfs import Cluster, Filesystem, Node, Once, Run
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.cli.act.add import add


@pytest.fixture
def function(tmp_path: Path) -> str:
    (tmp_path / "alerts.py").write_text("def mail(fsName, text='-'): print(fsName, text)\n")
    return f"{tmp_path}/alerts.py:mail"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["add", *words], catch_exceptions=False)


def added(*words: str) -> Run | None:
    done = run(*words, "--id", "x", "--replace")
    assert (done.exit_code, done.stdout) == (0, "x\n"), done.output
    return Cluster().callbacks["x"].run


def test_a_function_is_installed_for_an_object_and_its_identifier_is_printed(gpfs, function):
    done = run("filesystem:mmfs1", "mount,unmount", function)
    assert (done.exit_code, done.stderr) == (0, "")
    [callback] = Filesystem("mmfs1").callbacks
    assert done.stdout == f"{callback.id}\n"
    assert callback.id.startswith("mail_")
    assert (callback.events, callback.function) == (["mount", "unmount"], "alerts.mail")


def test_without_an_object_it_is_the_clusters(gpfs, function):
    assert added("mount", function) is None
    assert Cluster().callbacks["x"].owner == Cluster()


def test_nodes_parms_and_priority_are_those_of_the_api(gpfs, function):
    added("mount", function, "-N", "mynode,n2", "--parms", "%fsName", "--parms", "late", "--priority", "2")
    callback = Cluster().callbacks["x"]
    assert (callback.nodes, callback.parms, callback.priority) == (
        ["mynode.localnet", "n2.localnet"],
        ["%fsName", "late"],
        2,
    )
    added("node:n2", "mount", function)
    assert list(Node("n2").callbacks.keys()) == ["x"]


def test_a_script_is_native_and_its_timeout_is_that_of_gpfs(gpfs):
    done = run(
        "preMount", "/bin/true", "--id", "check", "--sync", "--timeout", "30s", "--onerror", "continue",
        "--parms", "%fsName",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    entry = gpfs.callbacks["check"]
    assert (entry["command"], entry["parms"]) == ("/bin/true", "%fsName")
    assert ("sync" in entry, entry["timeout"], entry["onerror"]) == (True, "30", "continue")


def test_every_field_of_run_that_works_is_an_option():
    names = {parameter.name for parameter in add.params}
    assert names >= {field.name for field in fields(Run) if field.init} - {"on_failure"} | {"alone"}
    assert names >= {f"once_{field.name}" for field in fields(Once)} - {"once_within"}
    for parameter in add.params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--timeout", "5m", "--retries", "3"], Run(timeout=300, retries=3)),
        (["--umask", "077", "--nice", "-5", "--memory", "512M"], Run(umask=0o077, nice=-5, memory="512M")),
        (
            ["--cpu-seconds", "60", "--output", "1M", "--every", "1h"],
            Run(cpu_seconds=60, output="1M", every="1h"),
        ),
        (["--alone", "--overflow", "skip"], Run(alone=True, overflow="skip")),
        (["--max-running", "4", "--only-on", "clusterManager"], Run(max_running=4, only_on="clusterManager")),
        (
            ["--reconcile", "--env", "LANG=C", "--env", "X=a=b"],
            Run(reconcile=True, env={"LANG": "C", "X": "a=b"}),
        ),
    ],
)
def test_an_option_is_the_field_of_run(gpfs, function, words, wanted):
    assert added("mount", function, *words) == wanted


def test_once_has_a_window_and_whatever_else_it_needs(gpfs, function, tmp_path):
    words = ["--once", "10m", "--once-folder", str(tmp_path), "--once-on-lost", "skip"]
    assert added("mount", function, *words) == Run(once=Once("10m", str(tmp_path), "skip"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mount"], "give [OBJECT] EVENT FUNCTION|SCRIPT, two or three words, not 1: mount"),
        (
            ["mount", "F", "--sync"],
            "--sync needs --timeout, in seconds: nobody knows how long GPFS waits without one",
        ),
        (["mount", "F", "--retries", "x"], "--retries 'x' is no whole number; give one such as 3"),
        (
            ["mount", "F", "--timeout", "x"],
            "--timeout 'x' is not a duration; give seconds, or text such as '500ms'",
        ),
        (["mount", "F", "--env", "x"], "--env 'x' sets no variable; give NAME=TEXT"),
        (["mount", "F", "--once-folder", "/x"], "--once-folder goes only with --once; give --once 10m"),
        (
            ["mount", "/bin/true", "--retries", "1"],
            "a run option is for functions, and GPFS starts /bin/true itself",
        ),
    ],
)
def test_what_does_not_fit_is_an_error_of_usage_in_the_words_of_the_command_line(gpfs, function, words, said):
    done = run(*[function if word == "F" else word for word in words])
    assert done.exit_code == 2
    assert f"Error: {said}" in done.stderr
    assert not gpfs.callbacks


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["filsystem:mmfs1", "mount", "F"], 1, "did you mean 'filesystem'?"),
        (["filesystem:mmsf1", "mount", "F"], 3, "no file system 'mmsf1'; did you mean 'mmfs1'?"),
        (["pool:mmfs1/sytem", "lowDiskSpace", "F"], 3, "no pool 'sytem'; did you mean 'system'?"),
        (["node:mynod", "mount", "F"], 3, "no node 'mynod'"),
        (["filesystem:mmfs1", "mout", "F"], 2, "the catalogue has no event 'mout'; did you mean 'mount'?"),
        (["filesystem:mmfs1", "mount", "F_"], 3, "no function 'mail_'; did you mean 'mail'?"),
        (["mount", "F", "--id", "mmx"], 2, "'mmx' begins with 'mm', which GPFS keeps for itself"),
    ],
)
def test_what_is_misspelt_is_told_and_nothing_is_installed(gpfs, function, words, status, said):
    done = run(*[word.replace("F", function, 1) if word in ("F", "F_") else word for word in words])
    assert said in done.stderr
    assert done.exit_code == status, done.stderr
    assert not gpfs.callbacks


def test_json_is_the_callback_as_list_has_it(gpfs, function):
    (told,) = json.loads(
        run("filesystem:mmfs1", "mount", function, "--id", "x", "--retries", "2", "--json").stdout
    )
    assert (told["id"], told["events"], told["about"], told["run"]) == (
        "x", ["mount"], "filesystem:mmfs1", {"retries": 2},
    )  # fmt: skip
    (listed,) = json.loads(CliRunner().invoke(main, ["list", "--json"]).stdout)
    assert {name: listed[name] for name in told} == told


def test_an_identifier_that_is_taken_is_told_with_the_way_out(gpfs, function):
    added("mount", function)
    done = run("mount", function, "--id", "x")
    assert done.exit_code == 4
    assert done.stderr.endswith("; give --replace, or another --id\n")


@pytest.mark.filterwarnings("default")
def test_an_event_that_only_gpfs_could_know_is_doubted_and_refused_by_gpfs(gpfs, function):
    done = run("mout", function)
    assert "warning: the catalogue has no event 'mout'; did you mean 'mount'?" in done.stderr
    assert done.exit_code == 5
    assert not gpfs.callbacks


@pytest.mark.parametrize(
    "words",
    [["add", "mount", "h.py"], ["run", "h.py", "--event", "mount"], ["change", "x", "--function", "h.py"]],
)
def test_what_names_no_function_is_an_error_of_usage(gpfs, script, words):
    Cluster().callbacks.new("x", script, "mount")
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "'h.py' names no function; give FILE.py:name or package.module:name" in done.stderr

"""What a shell is told when somebody presses the tabulator key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from arcapix.fs.gpfs import Cluster, Filesystem, commands
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands.environment import BIN
from arcapix.fs.gpfs.emulator import Emulator


def completed(words: list[str], incomplete: str) -> list[str]:
    completion = ShellComplete(main, {}, "arcapix-gpfs", "_ARCAPIX_GPFS_COMPLETE")
    return [item.value for item in completion.get_completions(words, incomplete)]


@pytest.fixture
def installed(gpfs):
    for name in ("logger", "login", "other"):
        Cluster().onMount.new(name, "/bin/true")
    return gpfs


def test_commands_are_completed():
    assert completed([], "hi") == ["history"]


@pytest.mark.parametrize(
    "words", [["show"], ["delete", "other"], ["pause"], ["resume"], ["history", "--callback"]]
)
def test_identifiers_of_callbacks_are_completed(installed, words):
    assert completed(words, "log") == ["logger", "login"]


def test_events_are_completed_in_any_case():
    assert completed(["history", "--event"], "lowd") == ["lowDiskSpace"]


@pytest.mark.parametrize(
    ("incomplete", "kinds"),
    [("", ["cluster", "filesystem:", "fileset:", "pool:"]), ("file", ["filesystem:", "fileset:"])],
)
def test_the_kinds_of_objects_that_runs_are_about_are_completed(incomplete, kinds):
    assert completed(["history", "--object"], incomplete) == kinds


def test_where_gpfs_does_not_answer_nothing_is_completed_and_nothing_told(installed, capsys):
    installed.fails["mmlscallback"] = ["no quorum", "no quorum either"]
    assert completed(["show"], "log") == []
    assert capsys.readouterr() == ("", "")


def test_variables_are_completed_in_any_case():
    assert completed(["variables"], "fsn") == ["fsName"]


def test_kinds_of_objects_are_completed():
    assert completed(["events", "--object"], "file") == ["filesystem", "fileset"]


def test_nodes_are_completed(gpfs):
    names = [node.admin_name for node in commands.mmlscluster().nodes]
    assert completed(["status", "--node"], "") == names
    assert completed(["status", "--node"], names[0]) == [name for name in names if name.startswith(names[0])]


def test_the_last_name_of_a_list_of_nodes_is_completed(gpfs):
    first, second, *_ = (node.admin_name for node in commands.mmlscluster().nodes)
    assert completed(["status", "--nodes"], "a") == ["all"]
    assert completed(["status", "--nodes"], f"{first},{second}") == [f"{first},{second}"]
    assert "all" not in "".join(completed(["status", "--nodes"], f"{first},"))


@pytest.mark.parametrize(
    ("begun", "found"),
    [
        ("files", ["filesystem:", "fileset:"]),
        ("clu", ["cluster"]),
        ("filesy", ["filesystem:mmfs1", "filesystem:mmfs2"]),
        ("filesystem:mmfs2", ["filesystem:mmfs2"]),
        ("fileset:mmfs1/", ["fileset:mmfs1/root", "fileset:mmfs1/projects"]),
        ("fileset:mmfs1/pr", ["fileset:mmfs1/projects"]),
        ("pool:mmfs2", ["pool:mmfs2/system"]),
        ("volume:", []),
    ],
)
def test_objects_are_completed_as_they_are_written(gpfs, begun, found):
    Filesystem("mmfs1").filesets.new("projects")
    assert completed(["history", "--object"], begun) == found


def test_what_add_takes_is_completed_word_by_word(gpfs):
    assert completed(["add"], "filesystem:mmfs1") == ["filesystem:mmfs1"]
    assert completed(["add", "filesystem:mmfs1"], "lowd") == ["lowDiskSpace"]
    completion = ShellComplete(main, {}, "arcapix-gpfs", "_ARCAPIX_GPFS_COMPLETE")
    (item,) = completion.get_completions(["add", "filesystem:mmfs1", "lowDiskSpace"], "han")
    assert (item.value, item.type) == ("han", "file")


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [
        (["variables"], "%FSN", ["%fsName"]),
        (["change", "logger", "--parms"], "fsn", ["%fsName"]),
        (["change", "logger", "--event"], "mount,unm", ["mount,unmount"]),
        (["drill", "mount"], "fs", ["fsName="]),
        (["drill", "mount"], "fsName=mmfs2", ["fsName=mmfs2"]),
        (["drill", "nodeLeave"], "eventNode=my", ["eventNode=mynode.localnet"]),
        (["drill", "mount"], "reason=my", []),
        (["run", "x.py:f", "--event", "mount"], "fs", ["fsName="]),
        (["run", "x.py:f", "--event", "mount"], "filesystem:mmfs2", ["filesystem:mmfs2"]),
        (["output", "--node"], "my", ["mynode.localnet"]),
        (["kill", "--node"], "my", ["mynode.localnet"]),
        (["add", "--on-nodes"], "mynode,gate", ["mynode,gateways"]),
    ],
)
def test_variables_and_their_values_lists_and_nodes_are_completed(gpfs, words, incomplete, found):
    assert completed(words, incomplete) == found


@pytest.mark.parametrize("words", [["add", "mount"], ["add", "mount,unmount"], ["run"]])
def test_the_functions_of_a_file_are_completed(tmp_path, words):
    file = tmp_path / "alerts.py"
    file.write_text(
        "def mail(fsName): ...\n\n\nasync def more(): ...\n\n\nclass A:\n    def method(self): ...\n"
    )
    assert completed(words, f"{file}:m") == [f"{file}:mail", f"{file}:more"]
    assert completed(words, f"{tmp_path}/none.py:m") == []


def test_what_an_emulated_cluster_is_told_is_completed(tmp_path):
    with Emulator(["n1", "n2", "other"], directory=tmp_path / "cluster") as emulator:
        there = ["--dir", str(emulator.place.directory)]
        assert completed(["emulate", "fire"], "lowd") == ["lowDiskSpace"]
        assert completed(["emulate", "fire", "mount"], "fs") == ["fsName="]
        assert completed(["emulate", "fire", "mount", *there, "--node"], "n") == ["n1", "n2"]
        assert completed(["emulate", "crash", *there], "o") == ["other"]
        assert completed(["emulate", "partition", *there], "n1,o") == ["n1,other"]
    assert completed(["emulate", "start", "--switch"], "command_d") == ["command_delay="]
    assert completed(["emulate", "log", "--dir", str(tmp_path / "none"), "--node"], "n") == []


BASH = """
eval "$(_ARCAPIX_GPFS_COMPLETE=bash_source {program})"
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
compopt() {{ printf '%s\\n' "$2"; }}
_arcapix_gpfs_completion {program}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="this machine has no bash")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("arcapix-gpfs hist", ["history"]),
        ("arcapix-gpfs history --sta", ["--state"]),
        ("arcapix-gpfs show lo", ["logger"]),
        ("arcapix-gpfs events LOWD", ["lowDiskSpace"]),
        ("arcapix-gpfs history --object filesystem : mm", ["mmfs1", "mmfs2"]),  # as bash takes it apart
        ("arcapix-gpfs history --object filesystem :", ["mmfs1", "mmfs2"]),
        ("arcapix-gpfs history --object filesystem:mm", ["filesystem:mmfs1", "filesystem:mmfs2"]),
        ("arcapix-gpfs add filesystem : mmfs1 mo", ["mount"]),
        ("arcapix-gpfs add mount han", ["default"]),  # files, which bash completes by itself
        ("arcapix-gpfs drill mount fs", ["nospace", "fsName="]),
        ("arcapix-gpfs drill mount fsName = mm", ["mmfs1", "mmfs2"]),
        ("arcapix-gpfs drill mount fsName =", ["mmfs1", "mmfs2"]),
        ("arcapix-gpfs emulate fire mo", ["mount"]),
    ],
)
def test_bash_completes(tmp_path, words, found):
    for name, said in {
        "mmlscallback": "logger\n\tcommand = /bin/true\n\tevent = mount\n",
        "mmlsfs": "mmlsfs::HEADER:version:reserved:reserved:deviceName:fieldName:data:remarks:\n"
        "mmlsfs::0:1:::mmfs1:defaultMountPoint:/mmfs1::\nmmlsfs::0:1:::mmfs2:defaultMountPoint:/mmfs2::\n",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\ncat <<'END'\n{said}END\n")
        (tmp_path / name).chmod(0o755)
    program = Path(sys.executable).with_name("arcapix-gpfs")
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH.format(program=program, words=words)],
        env={**os.environ, BIN: str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout.split(), done.stderr) == (found, "")

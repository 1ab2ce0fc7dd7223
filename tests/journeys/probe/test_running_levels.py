"""Levels 2 and 3 of the probe, as a program of its own: callbacks that run tell what GPFS does when an event comes."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from arcapix.fs.gpfs.administration.probe.snapshots import CALLBACKS

from ..shells import ARCAPIX, Shell

HABITS = {
    "event_order": "duplicated",
    "exec_environment": "inherit",
    "fsname_form": "dev",
    "node_list_separator": "blank",
    "node_value_form": "ip",
    "parms_quoting": "shell",
    "qualifiers": "off",
    "substitution_order": "substitute-first",
    "undefined_value": "empty",
    "unknown_variable": "UNDEFINED",
}
OTHERS = {
    "event_order": "delayed",
    "node_value_form": "number",
    "priority_rule": "larger-first",
    "propagation_delay": "2",
    "substitution_inside_word": "off",
    "undefined_value": "literal",
}
FURTHER = {"node_value_form": "short", "propagation_delay": "n1=3", "unknown_variable": "error"}
DEFAULT = {
    "event_order": "as-raised",
    "exec_environment": "empty",
    "fsname_form": "bare",
    "node_list_separator": "comma",
    "node_value_form": "long",
    "parms_quoting": "none",
    "priority_rule": "smaller-first",
    "propagation_delay": "0",
    "qualifiers": "on",
    "substitution_inside_word": "on",
    "substitution_order": "tokenise-first",
    "undefined_value": "UNDEFINED",
    "unknown_variable": "left",
}
pytestmark = pytest.mark.slow
KILLING = """
import os, signal, sys
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands import process

run, name, left = process.runner(), sys.argv[1], int(sys.argv[2])

def until_killed(argv, timeout):
    global left
    done = run(argv, timeout)
    left -= name in " ".join(argv)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

process.set_runner(until_killed)
main(["probe", "--yes", *sys.argv[3:]])
"""


def started(directory: Path, **switches: str) -> Shell:
    """A cluster, and a shell on a node that does not manage the file system."""
    words = [word for name, value in switches.items() for word in ("--switch", f"{name}={value}")]
    shell = Shell.start(directory, "--on", "n2", *words)
    shell.ok("mmaddcallback", "of_the_site", "--command", "/bin/true", "--event", "mount,snapshotCreated")
    return shell


def probe(shell: Shell, *words: str) -> tuple[int, dict[str, dict[str, Any]], str]:
    asking = shell.begin(ARCAPIX, "probe", "--json", "--yes", *words, TMPDIR=str(shell.folder))
    printed, told = asking.communicate(timeout=150)
    assert printed, told
    return asking.returncode, {one["key"]: one for one in json.loads(printed)}, told


def assert_clean(shell: Shell) -> None:
    assert [line for line in shell.sh("mmlscallback").splitlines() if line[:1].strip()] == ["of_the_site"]
    assert "arcapix" not in shell.ok("mmlssnapshot", "mmfs1")
    assert not list(shell.folder.glob("arcapix_probe_*"))
    assert "mounted on 3 nodes" in shell.ok("mmlsmount", "mmfs1")


@pytest.mark.parametrize(
    "switches",
    [HABITS, OTHERS, FURTHER, DEFAULT],
)
def test_what_callbacks_were_given_tells_the_habits_of_a_cluster(
    directory: Path, switches: dict[str, str]
) -> None:
    shell = started(directory, **switches)
    status, found, told = probe(shell, "--level", "2", "--filesystem", "mmfs1")
    named = {name: value.rpartition("=")[2] for name, value in switches.items()}
    assert {name: found[name]["answer"] for name in switches} == named
    assert status == ("larger-first" in switches.values())
    assert found["raised_on"]["answer"] == "manager"
    assert "  of_the_site of this site runs, too" in told
    assert_clean(shell)


def test_an_order_that_is_drawn_is_told_from_one_that_is_kept(directory: Path) -> None:
    shell = started(directory, priority_rule="shuffled", event_order="shuffled")
    answers = {
        probe(shell, "--level", "2", "--filesystem", "mmfs1")[1]["priority_rule"]["answer"] for _ in "12"
    }
    assert "shuffled" in answers  # one of both may by chance be that of the registration


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("mmcrsnapshot", 1),
        ("mmlsmgr", 1),
        *(("/ssh ", count) for count in (1, 2, 3, 4)),
        *(("snapshotCreated", count) for count in range(1, len(CALLBACKS) + 1)),
        ("mmdelcallback arcapix_probe_values", 1),
        ("mmdelsnapshot", 1),
    ],
)
def test_what_a_killed_level_2_leaves_the_next_run_removes(directory: Path, name: str, count: int) -> None:
    shell = started(directory)
    words = (name, count, "--level", "2", "--filesystem", "mmfs1")
    done = shell.run(sys.executable, "-c", KILLING, *words, TMPDIR=str(shell.folder))
    assert done.returncode == -signal.SIGKILL, done
    probe(shell)
    assert_clean(shell)


def test_a_file_system_that_does_not_exist_is_named_and_nothing_is_made(directory: Path) -> None:
    shell = started(directory)
    status, _, told = probe(shell, "--level", "2", "--filesystem", "mmfs9")
    assert status == 1
    assert "no file system 'mmfs9'; did you mean 'mmfs2'?" in told
    assert_clean(shell)


MOUNTING = ("--level", "3", "--filesystem", "mmfs1", "--node", "n3")


@pytest.mark.parametrize(
    "switches",
    [
        {"sync_timeout_action": "kill", "sync_timeout_default": "2"},
        {"sync_timeout_action": "leave", "sync_timeout_default": "3"},
        {"sync_timeout_action": "kill", "sync_timeout_default": "none"},
        {"sync_timeout_action": "leave", "sync_timeout_default": "30"},
        {"sync_timeout_action": "kill", "sync_timeout_default": "60"},
    ],
)
def test_an_unmount_and_a_mount_tell_what_synchronous_callbacks_may(
    directory: Path, switches: dict[str, str]
) -> None:
    shell = started(directory, **switches)
    status, found, told = probe(shell, *MOUNTING)
    assert {name: found[name]["answer"] for name in switches} == switches
    assert (found["failing_pre_event"]["answer"], found["mount_order"]["answer"]) == ("goes on", "kept")
    assert status == 0
    assert told.count("  of_the_site of this site runs, too") == 2
    assert_clean(shell)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        *(("preUnmount", count) for count in (1, 2)),
        ("mmlsmount", 1),
        ("mmumount", 1),
        ("mmmount", 1),
        ("mmdelcallback arcapix_probe_mounts", 1),
    ],
)
def test_what_a_killed_level_3_leaves_the_next_run_mounts_again(
    directory: Path, name: str, count: int
) -> None:
    shell = started(directory, sync_timeout_default="1")
    done = shell.run(sys.executable, "-c", KILLING, name, count, *MOUNTING, TMPDIR=str(shell.folder))
    assert done.returncode == -signal.SIGKILL, done
    probe(shell)
    assert_clean(shell)


def test_a_file_system_that_is_not_mounted_there_is_left_alone(directory: Path) -> None:
    shell = started(directory)
    shell.ok("mmumount", "mmfs1", "-N", "n3")
    status, _, told = probe(shell, *MOUNTING)
    assert status == 1
    assert "mmfs1 is not mounted on n3.gpfs.test; mount it there before level 3" in told
    assert "mounted on 2 nodes" in shell.ok("mmlsmount", "mmfs1")


@pytest.mark.parametrize("level", [2, 3])
def test_no_level_runs_a_command_that_it_has_not_announced(directory: Path, level: int) -> None:
    shell = started(directory, sync_timeout_default="1")
    words = ("--level", level, "--filesystem", "mmfs1", "--node", "n3")
    done = shell.run(ARCAPIX, "-v", "probe", "--yes", *words, TMPDIR=str(shell.folder))
    assert done.returncode == 0, done.stderr
    announced = re.findall(r"level \d runs at most \d+ commands, .*? \((.*)\)", done.stderr)
    most: Counter[str] = Counter()
    for counted in announced[2:]:
        most.update({name: int(count) for count, name in (one.split(" ", 1) for one in counted.split(", "))})
    _, _, told = done.stderr.partition("level 2: it makes")
    ran = Counter(re.findall(r" DEBUG arcapix.fs.gpfs.commands: (\w+)", told))
    ran["remote shell"] = ran.pop("ssh", 0)
    assert ran["mmcrsnapshot"] == 1
    assert ran["mmumount"] == level - 2
    assert ran <= most


def test_no_name_of_a_cluster_survives_in_a_report(directory: Path) -> None:
    names = "quetzal,zeppelin.moria.example"
    shell = Shell.start(directory, "--nodes", names, "--filesystem", "rohanfs", "--on", "zeppelin")
    callback = ("--command", "/opt/shire/run", "--event", "snapshotCreated", "--parms", "frodo %fsName")
    shell.ok("mmaddcallback", "gandalf", *callback)
    shell.ok("mmcrnodeclass", "mordor", "-N", "zeppelin")
    cluster = shell.ok("mmlscluster")
    report = shell.folder / "report"
    words = ("--level", "2", "--filesystem", "rohanfs", "--report", str(report))
    assert probe(shell, *words)[0] == 0
    text = report.read_text()
    secret = [
        "quetzal",
        "zeppelin",
        "moria",
        "rohan",
        "gandalf",
        "shire",
        "frodo",
        "mordor",
        str(shell.folder),
    ]
    secret += re.findall(r"\d+\.\d+\.\d+\.\d+", cluster)
    secret += re.findall(r"GPFS (?:cluster \w+|UID domain): +(\S+)", cluster)
    assert len(secret) == len(" ".join(secret).split()) >= 9 + 2 + 3
    assert [name for name in secret if name.lower() in text.lower()] == []
    assert "answered long (its daemon name); holds" in text

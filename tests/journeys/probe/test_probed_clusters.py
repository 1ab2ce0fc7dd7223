"""The probe as a program of its own on clusters of other processes: their habits, its announcements, and its death."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..shells import ARCAPIX, Shell

SAMPLE = {"list_event_form": "sorted", "N_class_storage": "expanded", "parms_max": "cut:2000"}
OTHERS = {
    "delete_unknown": "ignore",
    "duplicate_id": "replace",
    "list_empty": "sentence",
    "list_identifier_line": "no",
    "list_option_keys": "other",
    "list_parms_join": "lines",
    "message_stream": "stderr",
    "release": "4.2.3",
}
WITHOUT = {
    "command_check": "exists",
    "event_case": "exact",
    "list_Y": "off",
    "list_empty": "error",
    "list_long_value": "next-line",
    "list_node_form": "typed",
    "list_order": "alphabetical",
    "parms_max": "refuse:20000",
    "release": "6.0.0",
    "spec_file": "off",
    "unknown_variable": "error",
}
KILLING = """
import os, signal, sys
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands import process

run, left = process.runner(), int(sys.argv[1])

def until_killed(argv, timeout):
    global left
    done = run(argv, timeout)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

process.set_runner(until_killed)
main(["probe", "--level", "1", "--yes"])
"""


def started(directory: Path, **switches: str) -> Shell:
    words = [word for name, value in switches.items() for word in ("--switch", f"{name}={value}")]
    return Shell.start(directory, *words)


def probe(shell: Shell, *words: str) -> tuple[int, dict[str, dict[str, Any]], str]:
    done = shell.run(ARCAPIX, "probe", "--json", "--yes", *words, TMPDIR=str(shell.folder))
    return done.returncode, {one["key"]: one for one in json.loads(done.stdout)}, done.stderr


@pytest.mark.parametrize(
    "switches",
    [
        SAMPLE,
        pytest.param(OTHERS, marks=pytest.mark.slow),
        pytest.param(WITHOUT, marks=pytest.mark.slow),
    ],
)
def test_the_habits_of_a_cluster_are_found_out(directory: Path, switches: dict[str, str]) -> None:
    status, found, _ = probe(started(directory, **switches), "--level", "1")
    assert {name: found[name]["answer"] for name in switches} == switches
    assert status == ("N_class_storage" in switches)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    directory = tmp_path_factory.mktemp("p") / "cluster"
    shell = started(directory, parms_max="refuse:2000")
    shell.ok("mmaddcallback", "of_the_site", "--command", "/bin/true", "--event", "mount")
    yield shell
    shell.ok(ARCAPIX, "emulate", "destroy")


def assert_clean(shell: Shell) -> None:
    """Nothing of the probe is there, and what others have made is."""
    assert [line for line in shell.sh("mmlscallback").splitlines() if line[:1].strip()] == ["of_the_site"]
    assert "arcapix" not in shell.sh("mmlsnodeclass").lower()
    assert not list(shell.folder.glob("arcapix_probe_*"))


def test_a_level_runs_what_it_has_said_and_leaves_nothing(shared: Shell) -> None:
    done = shared.run(ARCAPIX, "-v", "probe", "--level", "1", "--yes", TMPDIR=str(shared.folder))
    assert done.returncode == 0
    announced = re.findall(
        r"level (\d) runs at most \d+ commands, \w+ of which \w+ \w+ \((.*)\)", done.stderr
    )
    assert [number for number, _ in announced] == ["0", "1"]
    parts = done.stderr.split("level 1: it registers")
    for (_, said), part in zip(announced, parts, strict=True):
        most = Counter({name: int(count) for count, name in (one.split() for one in said.split(", "))})
        ran = Counter(re.findall(r" DEBUG arcapix.fs.gpfs.commands: (\w+)", part))
        assert ran
        assert ran <= most
    assert_clean(shared)


@pytest.mark.parametrize(
    "count", [31, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 48) if n != 31)]
)
def test_what_a_killed_probe_leaves_the_next_one_removes(shared: Shell, count: int) -> None:
    done = shared.run(sys.executable, "-c", KILLING, count, TMPDIR=str(shared.folder))
    assert done.returncode == -signal.SIGKILL
    probe(shared)
    assert_clean(shared)

"""P10: how many instructions an event takes, counted by callgrind; the only figure that no load disturbs."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import targets
from .event_time import EVENT, WORDS
from .machine import ENVIRONMENT, base
from .targets import Result
from .workspace import SMALL, Workspace, substituted

_COLLECTED = re.compile(r"Collected : (\d+)")

_MANY = 1_000
_LOOKS = """
import posix, sys

class Firing:
    configuration = {{"state": {state!r}}}
    node = "node"

    def place(self, name):
        return str(self.configuration[name]).replace("{{node}}", self.node)

firing = Firing()
for _ in range(int(sys.argv[1])):
    posix.access(firing.place("state") + "/paused", posix.F_OK)
"""
"""Looks as the driver does, so many times."""


def measure(workspace: Workspace, runs: int) -> Result:
    """P10: the median of some runs, since the hash seed differs."""
    if shutil.which("valgrind") is None:
        return Result(targets.INSTRUCTIONS, None, note="needs valgrind; apt-get install valgrind")
    log = workspace.log("instructions")
    commands = {
        "base": base(),
        "driver": substituted(workspace.install(SMALL, {SMALL.path: str(log)}), **EVENT),
        "script": workspace.peer("log_event.py", "--log", str(log), "lowDiskSpace", "mmfs1"),
    }
    for pickler in workspace.picklers:
        commands[pickler] = workspace.pickled(pickler, SMALL, log, *WORDS)
    first = statistics.median([_first_event(workspace, commands["driver"]) for _ in range(runs)])
    for command in commands.values():
        count(command)  # what a first run makes, such as folders and files, is left out
    counted = {
        name: statistics.median([count(command) for _ in range(runs)]) for name, command in commands.items()
    }
    ratios = {name: figure / counted["base"] for name, figure in counted.items()}
    own = ratios.pop("driver")
    del ratios["base"]
    details: dict[str, object] = {"instructions": counted, "first event": first, "runs": runs}
    note = (
        f"base {counted['base'] / 1e6:.1f} million; a function's first event on a node, "
        f"which also checks the digest and compiles the text: {first / counted['base']:.2f}"
    )
    return Result(targets.INSTRUCTIONS, own, ratios, note=note, details=details)


def measure_look_for_pauses(workspace: Workspace) -> Result:
    """P18: what the driver's look for a file of pauses takes, as a share of the base."""
    if shutil.which("valgrind") is None:
        return Result(targets.LOOK_FOR_PAUSES, None, note="needs valgrind; apt-get install valgrind")
    program = workspace.folder / "look.py"
    program.write_text(_LOOKS.format(state=str(workspace.state)))
    command = [*base()[:-2], str(program)]
    without, with_looks = (count([*command, str(number)]) for number in (0, _MANY))
    return Result(targets.LOOK_FOR_PAUSES, (with_looks - without) / _MANY / count(base()))


def _first_event(workspace: Workspace, command: Sequence[str]) -> int:
    """Count a function's first event on a node, which keeps what it learned of the function."""
    shutil.rmtree(workspace.kept_functions, ignore_errors=True)
    return count(command)


def count(command: Sequence[str]) -> int:
    """Return how many instructions a command takes, from the start of its interpreter on."""
    first = Path(command[0])
    with first.open("rb") as file:
        beginning = file.readline()
    interpreter = beginning[2:].decode().split() if beginning.startswith(b"#!") else []
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run(
        [*valgrind, *interpreter, *command], env=ENVIRONMENT, check=True, capture_output=True, text=True
    )
    found = _COLLECTED.search(done.stderr)
    assert found is not None, done.stderr
    return int(found[1])

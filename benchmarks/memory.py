"""P8: the peak memory of a run, as GNU time reports it."""

from __future__ import annotations

import random
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import targets
from .event_time import EVENT, WORDS
from .machine import ENVIRONMENT, base
from .targets import Result
from .workspace import SMALL, Workspace, substituted

TIME = Path("/usr/bin/time")
"""A process is charged with its parent's memory until it starts its program, so the parent must be small."""


def measure(workspace: Workspace, rounds: int) -> Result:
    """P8, in rounds of random order."""
    if not TIME.exists():
        return Result(targets.MEMORY, None, note=f"needs {TIME}; apt-get install time")
    log = workspace.log("memory")
    commands = {
        "base": base(),
        "driver": substituted(workspace.install(SMALL, {SMALL.path: str(log)}), **EVENT),
        "script": workspace.peer("log_event.py", "--log", str(log), "lowDiskSpace", "mmfs1"),
    }
    for pickler in workspace.picklers:
        commands[pickler] = workspace.pickled(pickler, SMALL, log, *WORDS)
    found: dict[str, list[int]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name in random.sample(list(commands), len(commands)):
            found[name].append(_peak(commands[name]))
    medians = {name: statistics.median(figures) for name, figures in found.items()}
    ratios = {name: median / medians["base"] for name, median in medians.items()}
    own = ratios.pop("driver")
    del ratios["base"]
    details: dict[str, object] = {"KiB": medians, "rounds": rounds}
    return Result(targets.MEMORY, own, ratios, note=f"base {medians['base'] / 1024:.1f} MiB", details=details)


def _peak(command: Sequence[str]) -> int:
    """Return the most memory that a command used, in KiB."""
    done = subprocess.run(
        [str(TIME), "-f", "%M", *command], env=ENVIRONMENT, check=True, capture_output=True, text=True
    )
    return int(done.stderr.split()[-1])

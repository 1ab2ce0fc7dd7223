"""P21: what a program pays for importing the API, for installing a function, and for each further one."""

from __future__ import annotations

import random
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

import arcapix.fs.gpfs as api

from . import targets
from .event_time import ATTEMPTS
from .machine import base
from .paired import UNSTEADY, Program, ratio, run, unsteadiness
from .targets import Result
from .workspace import SMALL, STRICT_PYTHON, Workspace

_IMPORT = "import sys; sys.path.append({folder!r}); from arcapix.fs.gpfs import {name}"

_INSTALL = """

from arcapix.fs.gpfs import Filesystem

def seconds(call, *arguments):
    began = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - began

def new():
    Filesystem("mmfs1").onLowDiskSpace.new(small)

def batch(count):
    with Filesystem("mmfs1").callbacks.batch() as installing:
        for _ in range(count):
            installing.new(small, "lowDiskSpace")

def command():
    process.run("mmaddcallback", timeout=60.0)

first = seconds(new)
from arcapix.fs.gpfs.commands import process
print(first - seconds(command), (seconds(batch, 12) - seconds(batch, 2)) / 10)
"""
"""`small` goes before it. Nothing else is imported beforehand: what the first call imports is part of it."""


def measure(workspace: Workspace, rounds: int) -> list[Result]:
    """P21, in rounds of random order."""
    names = _names()
    program = workspace.program(SMALL, f"{workspace.text(SMALL)}{_INSTALL}")
    for _ in range(ATTEMPTS):
        times = _compare(workspace, names, program, rounds)
        void = unsteadiness(times["base"]) > UNSTEADY
        if not void:
            break
    ratios = {name: ratio(figures, times["base"]) for name, figures in times.items()}
    dearest = max(names, key=ratios.__getitem__)
    note = f"Filesystem {ratios['Filesystem']:.2f}; the dearest of the public names is {dearest}"
    details: dict[str, object] = {"names": {name: ratios[name] for name in names}}
    base_ms = {"base ms": 1e3 * statistics.median(times["base"]), "rounds": rounds}
    return [
        Result(targets.IMPORTING, ratios[dearest], void=void, note=note, details={**details, **base_ms}),
        Result(targets.INSTALLING, ratios["new"], void=void, details={**base_ms}),
        Result(targets.INSTALLING_MORE, ratios["further"], void=void, details={**base_ms}),
    ]


def _names() -> list[str]:
    """Return a public name for each module that has one."""
    return list({api._HOME.get(name, "exceptions"): name for name in reversed(api.__all__)}.values())


def _compare(
    workspace: Workspace, names: Sequence[str], program: Path, rounds: int
) -> dict[str, list[float]]:
    """Return seconds, by what takes them and by round; the first round does not count."""
    folder = str(Path(api.__file__).parents[3])
    programs = [Program("base", [base()])]
    for name in names:
        programs.append(Program(name, [[*base()[:-1], _IMPORT.format(folder=folder, name=name)]]))
    times: dict[str, list[float]] = {name: [] for name in ("base", *names, "new", "further")}
    for number in range(-1, rounds):
        found: dict[str, float] = {}
        for one in random.sample([*programs, None], len(programs) + 1):
            if one is None:
                found["new"], found["further"] = _installed(workspace, program)
            else:
                found[one.name], _, _ = run(one, number + 1)
        if number >= 0:
            for name, seconds in found.items():
                times[name].append(seconds)
    return times


def _installed(workspace: Workspace, program: Path) -> tuple[float, float]:
    """Return how many seconds the first installation of a program took, and each further one of a batch."""
    command = [*STRICT_PYTHON, str(program)]
    environment = workspace.environment(Path("/dev/null"))
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    first, further = map(float, done.stdout.split())
    return first, further

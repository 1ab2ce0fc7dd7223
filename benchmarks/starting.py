"""P20: what it takes to start the commands that people start all day, against importing click."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from arcapix.fs.gpfs.commands.environment import BIN
from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER

from . import targets
from .event_time import ATTEMPTS
from .machine import ENVIRONMENT
from .paired import UNSTEADY, Program, Times, compare, ratio, unsteadiness
from .targets import Result
from .workspace import SMALL, Workspace

COMMANDS = ("--help", "list", "history")
_ROWS = "mmlsfs::HEADER:version:reserved:reserved:deviceName:fieldName:data:remarks:\n" + "".join(
    f"mmlsfs::0:1:::{name}:defaultMountPoint:/{name}::\n" for name in ("mmfs1", "mmfs2")
)


def measure(workspace: Workspace, rounds: int) -> list[Result]:
    """P20, paired; ``list`` shows one function, whose object it looks for."""
    folder = workspace.folder / "starting"
    driver = installation.install(folder / "driver", {})
    mm = [
        _prints(folder / "mmlscallback", _listing(driver, workspace.install(SMALL))),
        _prints(folder / "mmlsfs", _ROWS),
    ]
    environment = {**ENVIRONMENT, BIN: str(folder), DRIVER: str(driver)}
    command = str(Path(sys.executable).with_name("arcapix-gpfs"))
    programs = [
        Program("click", [[sys.executable, "-c", "import click"]]),
        *(Program(word, [[command, word]], environment=environment, talks=True) for word in COMMANDS),
        *(Program(path.name, [[str(path)]], talks=True) for path in mm),
    ]
    for _ in range(ATTEMPTS):
        times = compare(programs, rounds)
        void = unsteadiness(times["click"].wall) > UNSTEADY
        if not void:
            break
    ratios = {word: ratio(_own(times, word, mm), times["click"].wall) for word in COMMANDS}
    dearest = max(COMMANDS, key=ratios.__getitem__)
    note = ", ".join(f"{word} {ratios[word]:.2f}" for word in COMMANDS)
    details: dict[str, object] = {
        "ratios": ratios,
        "click ms": 1e3 * statistics.median(times["click"].wall),
        "rounds": rounds,
    }
    return [Result(targets.STARTING, ratios[dearest], void=void, note=note, details=details)]


def _own(times: dict[str, Times], word: str, mm: list[Path]) -> list[float]:
    """Return the times of a command without those of the mm commands that it starts."""
    if word != "list":
        return times[word].wall
    apart = zip(*(times[path.name].wall for path in mm), strict=True)
    return [whole - sum(others) for whole, others in zip(times[word].wall, apart, strict=True)]


def _listing(driver: Path, words: list[str]) -> str:
    parms = " ".join(f"{name}=%{name}" for name in ("eventName", "fsName"))
    return f"small\n\tcommand = {driver}\n\tevent = lowDiskSpace\n\tparms = {words[1]} {parms}\n"


def _prints(program: Path, text: str) -> Path:
    """Write a program that prints a text, and starts nothing for that."""
    said = program.with_name(f"{program.name}.txt")
    said.write_text(text)
    program.write_text(f"#!/bin/sh\nwhile IFS= read -r line; do printf '%s\\n' \"$line\"; done < '{said}'\n")
    program.chmod(0o755)
    return program

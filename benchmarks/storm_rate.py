"""P7: a storm of events. Nothing may fail or get lost, and the rate must be that of starting Python."""

from __future__ import annotations

import random
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from arcapix.fs.gpfs.runs.history import History

from . import targets
from .machine import ENVIRONMENT, base
from .paired import UNSTEADY, ratio
from .targets import Result
from .workspace import HERE, STORMED, Workspace, substituted

_BLOCK = re.compile(rb"^\S+ run (\S+) of \S+ (begins: .*|ended: status 0 .*)$")


@dataclass(frozen=True)
class Storm:
    """The outcome of one storm.

    Attributes:
        rate: Events a second.
        failed: Events that ended with another status than 0.
        peak: The most memory that one event used, in KiB.
    """

    rate: float
    failed: int
    peak: int


def raise_storm(command: Sequence[str], events: int, in_flight: int) -> Storm:
    """Start this many events, at most this many of them at the same time."""
    starter = [sys.executable, "-I", "-S", str(HERE / "storm.py"), str(events), str(in_flight), *command]
    done = subprocess.run(starter, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    seconds, failed, peak = done.stdout.split()
    return Storm(events / float(seconds), int(failed), int(peak))


def measure(workspace: Workspace, events: int, in_flight: int, rounds: int) -> list[Result]:
    """P7: each round raises the same storm of the base, the driver and a Python script, in random order."""
    log, script_log = workspace.log("storm"), workspace.log("storm-script")
    driver = workspace.install(STORMED, {STORMED.path: str(log)})
    commands = {
        "base": base(),
        "driver": substituted(driver, eventName="lowDiskSpace", fsName="{number}"),
        "script": workspace.peer("log_event.py", "--log", str(script_log), "lowDiskSpace", "{number}"),
    }
    rates: dict[str, list[float]] = {name: [] for name in commands}
    lost = script_lost = peak = 0
    for _ in range(rounds):
        for name in random.sample(list(commands), len(commands)):
            for path in (log, script_log, workspace.journal, workspace.driver_log):
                path.unlink(missing_ok=True)
            found = raise_storm(commands[name], events, in_flight)
            rates[name].append(found.rate)
            if name == "driver":
                lost += found.failed + _missing(log, events) + _unrecorded(workspace, events)
                peak = max(peak, found.peak)
            elif name == "script":
                script_lost += found.failed + _missing(script_log, events)

    def against(name: str) -> float:
        return ratio(rates["driver"], rates[name])

    median = statistics.median(rates["driver"])
    note = f"{events} events, {in_flight} in flight, {rounds} rounds; median {median:.0f} events/s"
    details: dict[str, object] = {"rates": rates, "peak KiB": peak}
    void = max(rates["base"]) / min(rates["base"]) > UNSTEADY
    return [
        Result(targets.STORM_OF_BASE, against("base"), void=void, note=note, details=details),
        Result(targets.STORM_OF_SCRIPT, against("script"), void=void),
        Result(targets.STORM_LOST, lost, {"script": script_lost}),
    ]


def _missing(log: Path, events: int) -> int:
    """Return how many numbers do not occur exactly once."""
    numbers = Counter(line.split()[-1] for line in log.read_text().splitlines())
    return sum(numbers[str(number)] != 1 for number in range(events))


def _unrecorded(workspace: Workspace, events: int) -> int:
    """Return how many runs the journal or the log lacks, or records only in part."""
    runs = History(workspace.journal.parent, workspace.driver_log).runs()
    ended = sum(run.state == "succeeded" for run in runs)
    lines = workspace.driver_log.read_bytes().splitlines()
    blocks = Counter(match[1] for match in map(_BLOCK.match, lines) if match)
    whole = sum(blocks[run.id.encode()] == 2 for run in runs)
    return (events - ended) + (events - whole) + (len(lines) - 2 * events)

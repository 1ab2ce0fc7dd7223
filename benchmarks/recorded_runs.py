"""P19: the last 20 runs of one callback shown, where the node has recorded a million."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.driver import journal

from . import targets
from .machine import ENVIRONMENT
from .paired import UNSTEADY, WorkNotDone, unsteadiness
from .targets import Result
from .workspace import Workspace

RUNS = 1_000_000
CALLBACKS = 50
SHOWN = 20
JOURNAL_BYTES = 256 << 20
RARE = {RUNS // 4: "rare", RUNS // 3: "rare", RUNS // 2: "rare"}
"""By number, the runs of a callback that has not had one for long."""

_OVERLAPPING = 8
_PERIOD = 0.7
"""Seconds from one start to the next: the journal goes back eight days."""


def measure(workspace: Workspace, rounds: int) -> list[Result]:
    """P19: the command as a process, in rounds; what it prints is compared with what was recorded."""
    folder = workspace.folder / "recorded"
    driver = installation.install(folder, {"journal_bytes": JOURNAL_BYTES})
    size = _record(folder / "state")
    seconds: dict[str, list[float]] = {"callback-07": [], "rare": [], "none": []}
    wanted = {"callback-07": SHOWN, "rare": len(RARE), "none": 0}
    for _ in range(rounds):
        for callback, figures in seconds.items():
            figures.append(_show(driver, callback, wanted[callback]))
    medians = {callback: statistics.median(figures) for callback, figures in seconds.items()}
    note = (
        f"{size >> 20} MiB in three files; of a callback with {len(RARE)} runs, days ago, "
        f"{medians['rare']:.2f} s; with none, {medians['none']:.2f} s"
    )
    void = unsteadiness(seconds["callback-07"]) > UNSTEADY
    details: dict[str, object] = {"seconds": seconds, "rounds": rounds}
    return [Result(targets.RECORDED, medians["callback-07"], void=void, note=note, details=details)]


def _record(state: Path) -> int:
    """Write a journal that was moved aside twice, a third of the runs in each file; return its size."""
    records = _records()
    share = 2 * RUNS // (journal.GENERATIONS + 1)
    size = 0
    for name in ("journal.2", "journal.1", "journal"):
        with (state / name).open("wb") as file:
            file.writelines(islice(records, share if name != "journal" else None))
            size += file.tell()
    return size


def _records() -> Iterator[bytes]:
    """Yield the records of all runs; some run at the same time, so some run through a change of files."""
    running: list[str] = []
    began = time.time() - RUNS * _PERIOD
    for number in range(RUNS):
        started = began + number * _PERIOD
        pid = 1_000 + number % 30_000
        when = time.strftime("%Y%m%dT%H%M%S", time.localtime(started))
        running.append(f"{when}.{int(started % 1 * 1e6):06d}-{pid}")
        callback = RARE.get(number, f"callback-{number * 7 % CALLBACKS:02d}")
        values = {"eventName": "lowDiskSpace", "fsName": "mmfs1"}
        about = ("lowDiskSpace", "filesystem.mmfs1", "node1.site")
        yield journal.start_record(running[-1], started, callback, *about, pid, "root", 1, values)
        if len(running) > _OVERLAPPING:
            yield journal.end_record(running.pop(number % _OVERLAPPING), started + 0.1, "succeeded", 0, "")
    for run in running:
        yield journal.end_record(run, time.time(), "succeeded", 0, "")


def _show(driver: Path, callback: str, wanted: int) -> float:
    """Return how many seconds the command takes that shows the last runs of a callback."""
    program = Path(sys.executable).with_name("arcapix-gpfs")
    command = [program, "history", "--callback", callback, "--last", str(SHOWN)]
    began = time.perf_counter()
    done = subprocess.run(
        command, env={**ENVIRONMENT, DRIVER: str(driver)}, check=True, capture_output=True, text=True
    )
    taken = time.perf_counter() - began
    shown = [line for line in done.stdout.splitlines() if f" {callback} " in line and " succeeded " in line]
    if len(shown) != wanted:
        raise WorkNotDone(f"{len(shown)} runs of {callback} were shown, not {wanted}: {done.stderr}")
    return taken

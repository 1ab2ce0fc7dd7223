"""P13: 256 nodes that one event wakes at the same instant; one runs, the others wait for its end and leave.

A node is a process with a state folder of its own; all share the folder of the record.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.runs.history import History, RecordedRun

from . import targets
from .machine import ENVIRONMENT
from .paired import WorkNotDone
from .targets import Result
from .workspace import WOKEN, Workspace, substituted

NODES = 256
_NODE = "BENCHMARK_NODE"


def measure(workspace: Workspace) -> list[Result]:
    """P13: how long after the end of the one that ran the last of the others was decided."""
    log = workspace.log("woken")
    words = substituted(
        workspace.install(WOKEN, {WOKEN.path: str(log)}), eventName="nodeLeave", eventNode="n10"
    )
    folder = workspace.folder / "nodes"
    settings = {
        "state": f"{folder}/{{node}}/state",
        "log": f"{folder}/{{node}}/log",
        "key": str(workspace.folder / "gpfs.key"),
        "node_variable": _NODE,
        "once_folder": str(workspace.once_folder),
    }
    driver = installation.install(workspace.folder / "woken-driver", settings)
    command = [str(driver), *words[1:]]
    names = [f"n{number}" for number in range(NODES)]
    processes = [os.posix_spawn(command[0], command, {**ENVIRONMENT, _NODE: name}) for name in names]
    for process in processes:
        os.waitpid(process, 0)
    runs = [run for name in names for run in History(folder / name / "state", folder / name / "log").runs()]
    states = Counter(run.state for run in runs)
    if states != {"succeeded": 1, "skipped": NODES - 1} or len(log.read_text().splitlines()) != 1:
        raise WorkNotDone(f"of {NODES} nodes {dict(states)}; the function has written {log.read_text()!r}")
    return [_result(runs, log)]


def _result(runs: list[RecordedRun], log: Path) -> Result:
    ended = float(log.read_text().split()[0])
    begun_late = sum(run.started.timestamp() > ended for run in runs)
    decided = max(run.ended.timestamp() for run in runs if run.ended is not None)
    processors = len(os.sched_getaffinity(0))
    note = f"all on {processors} processors; {begun_late} of them had not begun when it ended"
    return Result(targets.WOKEN, decided - ended, void=begun_late > 0, note=note)

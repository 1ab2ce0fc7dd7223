"""Processes of the driver that play the nodes of a cluster: a state folder each, and one shared folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.driver import event_key, once_record
from arcapix.fs.gpfs.driver.once_record import Entry
from arcapix.fs.gpfs.registration import sealing
from arcapix.fs.gpfs.runs.history import History, RecordedRun

from .conftest import Driver, Handler


class Nodes:
    """Drivers that share a folder, each with a state of its own."""

    def __init__(self, folder: Path, driver: Driver) -> None:
        self.folder = folder
        self.driver = driver
        self.shared = folder / "shared"
        self.shared.mkdir()
        settings = {
            "state": f"{folder}/nodes/{{node}}/state",
            "log": f"{folder}/nodes/{{node}}/log",
            "key": str(folder / "gpfs.key"),
            "node_variable": "NODE",
            "once_folder": str(self.shared),
        }
        self.stub = installation.install(folder / "once", settings)

    def token(self, handler: Handler, *variables: str, **options: str) -> str:
        plan = tuple(("variable", name, "") for name in variables or ("fsName",))
        given = {"once": "600:run:30:", **options}
        return self.driver.token(
            handler,
            (plan, {}),
            ru=sealing.Written(sealing.write_pairs(list(given.items()))),
            vs=[*event_key.VARIABLES, "myNode"],
        )

    def begin(self, node: str, token: str, *words: str, drill: str = "") -> subprocess.Popen[bytes]:
        given = words or ("fsName=mmfs1",)
        played = ["drill", drill] if drill else []
        command = [str(self.stub), *played, token, "eventName=lowDiskSpace", *given, f"myNode={node}"]
        return subprocess.Popen(command, env={"NODE": node}, stderr=subprocess.DEVNULL)

    def run(self, node: str, token: str, *words: str, drill: str = "") -> int:
        with self.begin(node, token, *words, drill=drill) as process:
            return process.wait(60)

    def runs(self, node: str) -> list[RecordedRun]:
        folder = self.folder / "nodes" / node
        return History(folder / "state", folder / "log").runs()

    def states(self, *nodes: str) -> list[tuple[str, str]]:
        return [(run.state, run.reason) for node in nodes for run in self.runs(node)]

    def has_opened_record(self, driver: subprocess.Popen[bytes]) -> bool:
        """Tell whether a node waits for its turn, or has it."""
        try:
            files = list(Path(f"/proc/{function_of(driver)}/fd").iterdir())
            return any(os.readlink(file).startswith(str(self.shared)) for file in files)
        except OSError:
            return False

    def entries(self) -> list[Entry]:
        """Return what stands in the record."""
        content, size = (self.shared / "handler_1").read_bytes(), once_record._ENTRY_BYTES
        found = [Entry.of(content[place : place + size]) for place in range(size, len(content), size)]
        return [entry for entry in found if entry]


def function_of(driver: subprocess.Popen[bytes]) -> int:
    """Return the process of the function, which has a group of its own; 0 if there is none."""
    try:
        children = Path(f"/proc/{driver.pid}/task/{driver.pid}/children").read_text().split()
        return next((child for child in map(int, children) if os.getpgid(child) == child), 0)
    except OSError:
        return 0


def with_clock(stub: Path, seconds: int) -> Path:
    """Return a stub of a node whose clock is wrong."""
    wrong = f"import time\nright = time.time\ntime.time = lambda: right() + {seconds}\n"
    return changed(stub, f"clock{seconds}.py", wrong)


def changed(stub: Path, name: str, statements: str) -> Path:
    """Return another stub, which begins with these statements."""
    path = stub.with_name(name)
    first, _, rest = stub.read_text().partition("\n")
    path.write_text(f"{first}\n{statements}{rest}")
    path.chmod(0o755)
    return path

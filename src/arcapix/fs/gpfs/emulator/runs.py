"""The processes that callbacks are: started, waited for, recorded, killed with their node."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from arcapix.fs.gpfs.emulator.model import Callback, Node

T = TypeVar("T")

MANY = 512
"""How many callbacks run at the same time at most; a guard for the machine, not a rule of GPFS."""
KEPT = 10_000
"""How many records and output files are kept."""
PASSES = 20
"""How often processes are killed again that have forked meanwhile."""
PROC = Path("/proc")


@dataclass
class Run:
    """One process that GPFS started for a callback."""

    number: int
    callback: str
    node: str
    """Label of the node, for example n1."""
    event: str
    arguments: tuple[str, ...]
    """What followed the command."""
    sync: bool
    output: str
    """Path of the file with its standard output and standard error."""
    started: float
    pid: int = 0
    ended: float | None = None
    status: int | None = None
    """Exit status, negative for a signal, 126 or 127 if it could not be started; None while it runs."""
    timed_out: bool = False

    def record(self) -> dict[str, Any]:
        """The fields, for JSON."""
        return asdict(self)


class Runs:
    """All runs of a cluster.

    Args:
        outputs: Folder for their output.
        bin: Folder of the mm commands; names the cluster in the environment of its processes.
    """

    def __init__(self, outputs: Path, bin: Path) -> None:
        self.bin = bin
        self._outputs = outputs
        self._records: deque[Run] = deque(maxlen=KEPT)
        self._slots = threading.BoundedSemaphore(MANY)
        self._running = 0
        self._changed = threading.Condition()
        outputs.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.stem) for path in outputs.glob("*.out") if path.stem.isdigit()]
        self._number = max(numbers, default=0)

    def records(self) -> list[Run]:
        """The runs so far, in the order of their start."""
        with self._changed:
            return list(self._records)

    def environment(self, node: Node) -> dict[str, str]:
        """What tells a process which cluster and node it is on."""
        return {"ARCAPIX_GPFS_BIN": str(self.bin), "ARCAPIX_GPFS_NODE": node.label}

    def start(
        self,
        callback: Callback,
        node: Node,
        event: str,
        arguments: Sequence[str],
        *,
        inherit: bool,
        timeout: float | None = None,
        kill: bool = True,
    ) -> Run:
        """Start a callback; a synchronous one has ended, or run out of time, when this returns."""
        self._slots.acquire()
        with self._changed:
            self._number += 1
            output = self._outputs / f"{self._number}.out"
            run = Run(
                number=self._number,
                callback=callback.identifier,
                node=node.label,
                event=event,
                arguments=tuple(arguments),
                sync=callback.sync,
                output=str(output),
                started=time.time(),
            )
            if len(self._records) == KEPT:
                Path(self._records[0].output).unlink(missing_ok=True)
            self._records.append(run)
            self._running += 1
        try:
            process = self._spawn(callback, node, arguments, output, inherit)
        except OSError as error:
            output.write_text(f"{callback.command}: {error.strerror}\n")
            self._end(run, 127 if isinstance(error, FileNotFoundError) else 126)
            return run
        run.pid = process.pid
        if callback.sync:
            self._wait(run, process, timeout, kill)
        else:
            self._reap_later(run, process)
        return run

    def _spawn(
        self, callback: Callback, node: Node, arguments: Sequence[str], output: Path, inherit: bool
    ) -> subprocess.Popen[bytes]:
        with open(output, "wb") as file:
            return subprocess.Popen(
                [callback.command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd="/",
                env={**(os.environ if inherit else {}), **self.environment(node)},
                start_new_session=True,
                umask=0o022,
            )

    def _wait(self, run: Run, process: subprocess.Popen[bytes], timeout: float | None, kill: bool) -> None:
        try:
            self._end(run, process.wait(timeout))
        except subprocess.TimeoutExpired:
            run.timed_out = True
            if not kill:
                self._reap_later(run, process)
                return
            kill_session(process.pid)
            self._end(run, process.wait())

    def _reap_later(self, run: Run, process: subprocess.Popen[bytes]) -> None:
        threading.Thread(
            target=lambda: self._end(run, process.wait()), name=f"run {run.number}", daemon=True
        ).start()

    def _end(self, run: Run, status: int) -> None:
        with self._changed:
            run.status = status
            run.ended = time.time()
            self._running -= 1
            self._changed.notify_all()
        self._slots.release()

    def wait(self, timeout: float) -> bool:
        """Wait until no callback runs; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout)

    def processes(self, label: str | None = None) -> list[int]:
        """The processes of the cluster, or of one node, whatever session they moved to.

        They are known by their environment, or by the session of the callback that they come from. A shell of
        the administrator, whose environment names the cluster for its user, is no process of a node.
        """
        sessions = {
            run.pid: run.ended or float("inf")
            for run in self.records()
            if run.pid and label in (None, run.node)
        }
        return [
            pid for pid in _all_processes() if _of_session(pid, sessions) or _marked(pid, self.bin, label)
        ]

    def kill(self, label: str | None = None, *, spare: int = 0) -> None:
        """Kill every process of a node, or of the cluster; again until there is none, since they may fork.

        Args:
            label: The node; without, all nodes.
            spare: A process that is left alive, with those that it came from.
        """
        spared = _ancestry(spare)
        _kill_all(lambda: [pid for pid in self.processes(label) if pid not in spared])


def kill_session(leader: int) -> None:
    """Kill a process and all that stayed in its session; again until there is none, since they may fork."""
    _kill_all(lambda: [pid for pid in _all_processes() if _session(pid) == leader and not _is_zombie(pid)])


def _kill_all(find: Callable[[], list[int]]) -> None:
    for _ in range(PASSES):
        found = find()
        if not found:
            return
        for pid in found:
            _signal(pid)
        time.sleep(0.01)


def _all_processes() -> Iterator[int]:
    own = os.getpid()
    if PROC.is_dir():
        yield from (
            int(path.name) for path in PROC.iterdir() if path.name.isdigit() and int(path.name) != own
        )


def _ancestry(pid: int) -> set[int]:
    """A process and those that it came from."""
    found: set[int] = set()
    while pid > 1 and pid not in found:
        found.add(pid)
        fields = _stat(pid)
        pid = int(fields[1]) if fields else 0
    return found


def _session(pid: int) -> int | None:
    return _ignore_ended(lambda: os.getsid(pid))


def _is_zombie(pid: int) -> bool:
    fields = _stat(pid)
    return not fields or fields[0] == "Z"


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third one, the state, on; none of a process that has ended."""
    stat = _ignore_ended((PROC / str(pid) / "stat").read_text)
    return stat.rpartition(")")[2].split() if stat else []


def _of_session(pid: int, sessions: Mapping[int, float]) -> bool:
    """Tell whether a process comes from one of these runs: session -> end of the run.

    The number of an ended session may have gone to a stranger, who then started after that end.
    """
    session = _session(pid)
    if session is None or session not in sessions:
        return False
    fields = _stat(pid)
    if not fields:
        return False
    since_boot = float(fields[19]) / os.sysconf("SC_CLK_TCK")
    started = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
    return fields[0] != "Z" and started <= sessions[session]


def _marked(pid: int, bin: Path, label: str | None) -> bool:
    environment = _ignore_ended((PROC / str(pid) / "environ").read_bytes)
    if not environment:
        return False
    marks = environment.split(b"\0")
    if f"ARCAPIX_GPFS_BIN={bin}".encode() not in marks:
        return False
    if any(mark.startswith(b"ARCAPIX_GPFS_CLUSTER=") for mark in marks):
        return False
    return label is None or f"ARCAPIX_GPFS_NODE={label}".encode() in marks


def _signal(pid: int) -> None:
    _ignore_ended(lambda: os.kill(pid, signal.SIGKILL))


def _ignore_ended(question: Callable[[], T]) -> T | None:
    """Ask about a process that may have ended, or belong to another user."""
    try:
        return question()
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        return None

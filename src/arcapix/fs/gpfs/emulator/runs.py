"""The processes that callbacks are: started, waited for, recorded, killed with their node."""

from __future__ import annotations

import os
import subprocess
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from arcapix.fs.gpfs.emulator import processes
from arcapix.fs.gpfs.emulator.model import Callback, Node
from arcapix.fs.gpfs.emulator.place import Place

ASYNCHRONOUS = 128
"""How many asynchronous callbacks run at the same time; others wait. A guard for the machine, not of GPFS."""
MOST = 512
"""How many synchronous ones run at the same time, and asynchronous ones where a synchronous one follows."""
KEPT = 10_000
"""How many records and output files are kept."""
_OWN = "ARCAPIX_GPFS_"
"""What the variables begin with that tell a shell or a test, in which the emulator may run, of a cluster."""


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


@dataclass
class _Queue:
    """What is to be started on one node, in this order."""

    label: str
    starts: deque[Callable[[], Run | None]] = field(default_factory=deque)
    starting: threading.Lock = field(default_factory=threading.Lock)
    """Held while one of them is started, so that none comes before an earlier one."""


class Runs:
    """All runs of a cluster.

    Args:
        place: The cluster's folder.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._records: deque[Run] = deque(maxlen=KEPT)
        self._slots = threading.BoundedSemaphore(MOST)
        self._running = 0
        self._asynchronous = 0
        """How many of them are asynchronous, with those that are just being started."""
        self._waiting: dict[str, _Queue] = {}
        """The queues that are not empty, by label of the node: the first one is next."""
        self._queues: dict[str, _Queue] = {}
        self._unstarted = 0
        self._changed = threading.Condition()
        self.closed = False
        """Whether the cluster has ended: nothing is started any more."""
        place.outputs.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.stem) for path in place.outputs.glob("*.out") if path.stem.isdigit()]
        self._number = max(numbers, default=0)

    def records(self) -> list[Run]:
        """The runs so far, in the order of their start."""
        with self._changed:
            return list(self._records)

    def environment(self, node: Node) -> dict[str, str]:
        """What tells a process which cluster and node it is on."""
        return {"ARCAPIX_GPFS_BIN": str(self._place.bin), "ARCAPIX_GPFS_NODE": node.label}

    # -- whose turn it is

    def start_in_turn(self, label: str, start: Callable[[], Run | None]) -> None:
        """Start an asynchronous callback; after others have ended, where too many run.

        Args:
            label: The node.
            start: Calls `Runs.start`, and returns what that returns.
        """
        with self._changed:
            if self.closed:
                return
            queue = self._queues.setdefault(label, _Queue(label))
            queue.starts.append(start)
            self._waiting.setdefault(label, queue)
            self._unstarted += 1
        self._start_waiting()
        with queue.starting:
            pass  # another thread that was starting it has done so

    def catch_up(self, label: str) -> None:
        """Start what waits on a node even where many run, so that a synchronous callback can follow."""
        queue = self._queues.get(label)
        while queue is not None and self._start_next(queue, MOST):
            pass

    def _start_waiting(self) -> None:
        """Start what waits, as far as there is room: one of each node, then the next ones."""
        while True:
            with self._changed:
                if not self._waiting or self._asynchronous >= ASYNCHRONOUS:
                    return
                label, queue = next(iter(self._waiting.items()))
                self._waiting[label] = self._waiting.pop(label)
            self._start_next(queue, ASYNCHRONOUS)

    def _start_next(self, queue: _Queue, most: int) -> bool:
        """Start the first one of a queue; False if there is none, or no room."""
        with queue.starting:
            with self._changed:
                if not queue.starts or self._asynchronous >= most:
                    return False
                start = queue.starts.popleft()
                if not queue.starts:
                    self._waiting.pop(queue.label, None)
                self._asynchronous += 1
            begun = False
            try:
                begun = start() is not None
            except Exception:
                traceback.print_exc()  # to the daemon's log: who starts this may have nothing to do with it
            with self._changed:
                if not begun:
                    self._asynchronous -= 1
                self._unstarted -= 1
                self._changed.notify_all()
        return True

    def _forget(self, label: str | None) -> None:
        """Start nothing of what waits on a node, or on all."""
        with self._changed:
            for queue in [one for one in self._waiting.values() if label in (None, one.label)]:
                self._unstarted -= len(queue.starts)
                queue.starts.clear()
                del self._waiting[queue.label]
            self._changed.notify_all()

    # -- one run

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
    ) -> Run | None:
        """Start a callback; a synchronous one has ended, or run out of time, when this returns.

        Returns:
            Its run; None if the cluster has ended.
        """
        if callback.sync:
            self._slots.acquire()
        run = self._begin(callback, node, event, arguments)
        if run is None:
            if callback.sync:
                self._slots.release()
            return None
        try:
            process = self._spawn(callback, node, arguments, run.output, inherit)
        except OSError as error:
            with suppress(OSError):
                Path(run.output).write_text(f"{callback.command}: {error.strerror}\n")
            self._end(run, 127 if isinstance(error, FileNotFoundError) else 126)
            return run
        run.pid = process.pid
        if self.closed:  # meanwhile, and who closed it may not have seen this process
            processes.kill_session(process.pid)
        if callback.sync:
            self._wait(run, process, timeout, kill)
        else:
            self._reap_later(run, process)
        return run

    def _begin(self, callback: Callback, node: Node, event: str, arguments: Sequence[str]) -> Run | None:
        """The record of a run that is about to start; None if the cluster has ended."""
        with self._changed:
            if self.closed:
                return None
            self._number += 1
            run = Run(
                number=self._number,
                callback=callback.identifier,
                node=node.label,
                event=event,
                arguments=tuple(arguments),
                sync=callback.sync,
                output=str(self._place.outputs / f"{self._number}.out"),
                started=time.time(),
            )
            if len(self._records) == KEPT:
                Path(self._records[0].output).unlink(missing_ok=True)
            self._records.append(run)
            self._running += 1
            return run

    def _spawn(
        self, callback: Callback, node: Node, arguments: Sequence[str], output: str, inherit: bool
    ) -> subprocess.Popen[bytes]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
        with open(output, "wb") as file:
            return subprocess.Popen(
                [callback.command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd="/",
                env={**(inherited if inherit else {}), **self.environment(node)},
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
            processes.kill_session(process.pid)
            self._end(run, process.wait())

    def _reap_later(self, run: Run, process: subprocess.Popen[bytes]) -> None:
        def reap() -> None:
            self._end(run, process.wait())
            self._start_waiting()

        threading.Thread(target=reap, name=f"run {run.number}", daemon=True).start()

    def _end(self, run: Run, status: int) -> None:
        with self._changed:
            run.status = status
            run.ended = time.time()
            self._running -= 1
            if not run.sync:
                self._asynchronous -= 1
            self._changed.notify_all()
        if run.sync:
            self._slots.release()

    # -- all of them

    def wait(self, timeout: float) -> bool:
        """Wait until no callback runs and none waits for its turn; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running == self._unstarted == 0, timeout)

    def processes(self, label: str | None = None) -> list[int]:
        """The processes of the cluster, or of one node, whatever session they moved to.

        They are known by their environment, by the session of the callback that they come from, or by
        printing where it printed. A shell of the administrator, whose environment names the cluster for its
        user, is no process of a node.
        """
        runs = [run for run in self.records() if label in (None, run.node)]
        sessions = {run.pid: run.ended or float("inf") for run in runs if run.pid}
        outputs = {run.output for run in runs}
        marks = [f"ARCAPIX_GPFS_BIN={self._place.bin}"]
        if label is None:
            folders: tuple[str, ...] = (f"{self._place.outputs}/", f"{self._place.nodes}/")
        else:
            folders = (f"{self._place.node(label)}/",)
            marks.append(f"ARCAPIX_GPFS_NODE={label}")
        return [
            pid
            for pid in processes.others()
            if processes.is_of_session(pid, sessions)
            or processes.is_marked(pid, marks)
            or processes.prints_into(pid, outputs, folders)
        ]

    def kill(self, label: str | None = None, *, spare: int = 0) -> None:
        """Kill every process of a node, or of the cluster, and forget what waits there for its turn.

        Args:
            label: The node; without, all nodes.
            spare: A process that is left alive, with those that it came from.
        """
        self._forget(label)
        spared = processes.ancestry(spare)
        processes.kill_all(lambda: [pid for pid in self.processes(label) if pid not in spared])

    def close(self, *, spare: int = 0) -> None:
        """Kill every process of the cluster, and start no more.

        Args:
            spare: A process that is left alive, with those that it came from.
        """
        with self._changed:
            self.closed = True
        self.kill(spare=spare)

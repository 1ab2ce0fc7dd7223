"""The processes of callbacks: started, waited for, recorded, killed with their node."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from arcapix.fs.gpfs.emulator import ownership, processes
from arcapix.fs.gpfs.emulator.environment import BIN, NODE
from arcapix.fs.gpfs.emulator.model import Callback, Node
from arcapix.fs.gpfs.emulator.place import Place
from arcapix.fs.gpfs.emulator.turns import Turns

SYNCHRONOUS = 512
"""How many synchronous callbacks run at the same time. Protects the machine; GPFS has no such limit."""
KEPT = 10_000
"""How many records and output files are kept."""
_OWN = "ARCAPIX_GPFS_"
"""How the variables begin that tell a shell or a test, which the emulator may run in, about a cluster."""


@dataclass
class CallbackProcess:
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
        place: The cluster's folder.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._records: deque[CallbackProcess] = deque(maxlen=KEPT)
        self._slots = threading.BoundedSemaphore(SYNCHRONOUS)
        self._running = 0
        self._changed = threading.Condition()
        self.turns = Turns(self._changed)
        ownership.make_folder(place.outputs, 0o700)
        numbers = [int(path.stem) for path in place.outputs.glob("*.out") if path.stem.isdigit()]
        self._number = max(numbers, default=0)

    @property
    def closed(self) -> bool:
        """Whether the cluster has ended: nothing is started any more."""
        return self.turns.closed

    def records(self) -> list[CallbackProcess]:
        """The runs so far, in the order of their start."""
        with self._changed:
            return list(self._records)

    def environment(self, node: Node) -> dict[str, str]:
        """What tells a process which cluster and node it is on."""
        return {BIN: str(self._place.bin), NODE: node.label}

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
    ) -> CallbackProcess | None:
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
            with suppress(OSError), open(run.output, "a", opener=ownership.closed) as file:
                file.write(f"{callback.command}: {error.strerror}\n")
            self._end(run, 127 if isinstance(error, FileNotFoundError) else 126)
            return run
        run.pid = process.pid
        if self.closed:  # meanwhile, and whoever closed it may not have seen this process
            processes.kill_session(process.pid)
        if callback.sync:
            self._wait(run, process, timeout, kill)
        else:
            self._reap_later(run, process)
        return run

    def _begin(
        self, callback: Callback, node: Node, event: str, arguments: Sequence[str]
    ) -> CallbackProcess | None:
        """The record of a run that is about to start; None if the cluster has ended."""
        with self._changed:
            if self.closed:
                return None
            self._number += 1
            run = CallbackProcess(
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
        with open(output, "xb", opener=ownership.closed) as file:
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

    def _wait(
        self, run: CallbackProcess, process: subprocess.Popen[bytes], timeout: float | None, kill: bool
    ) -> None:
        try:
            self._end(run, process.wait(timeout))
        except subprocess.TimeoutExpired:
            run.timed_out = True
            if not kill:
                self._reap_later(run, process)
                return
            processes.kill_session(process.pid)
            self._end(run, process.wait())

    def _reap_later(self, run: CallbackProcess, process: subprocess.Popen[bytes]) -> None:
        def reap() -> None:
            self._end(run, process.wait())
            self.turns.start_waiting()

        threading.Thread(target=reap, name=f"run {run.number}", daemon=True).start()

    def _end(self, run: CallbackProcess, status: int) -> None:
        with self._changed:
            run.status = status
            run.ended = time.time()
            self._running -= 1
            self._changed.notify_all()
        if run.sync:
            self._slots.release()
        else:
            self.turns.one_ended()

    # -- all of them

    def wait(self, timeout: float) -> bool:
        """Wait until no callback runs and none waits for its turn; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running == self.turns.unstarted == 0, timeout)

    def processes(self, label: str | None = None) -> list[int]:
        """The processes of the cluster, or of one node, whatever session they moved to.

        They are known by their environment, by the session of the callback that they come from, or by
        printing where it printed. A shell of the administrator, whose environment names the cluster for its
        user, is no process of a node.
        """
        runs = [run for run in self.records() if label in (None, run.node)]
        sessions = self._sessions(runs)
        outputs = {run.output for run in runs}
        marks = [f"{BIN}={self._place.bin}"]
        if label is None:
            folders: tuple[str, ...] = (f"{self._place.outputs}/", f"{self._place.nodes}/")
        else:
            folders = (f"{self._place.node(label)}/",)
            marks.append(f"{NODE}={label}")
        return [
            pid
            for pid in processes.others()
            if processes.is_of_session(pid, sessions)
            or processes.is_marked(pid, marks)
            or processes.prints_into(pid, outputs, folders)
        ]

    @staticmethod
    def _sessions(runs: Sequence[CallbackProcess]) -> dict[int, float]:
        """The sessions that runs began, and when their leaders ended."""
        return {run.pid: run.ended or float("inf") for run in runs if run.pid}

    def kill(self, label: str | None = None, *, spare: int = 0) -> None:
        """Kill every process of a node, or of the cluster, and forget what waits there for its turn.

        Args:
            label: The node; by default all nodes.
            spare: A process that is left alive, with those that it came from.
        """
        self.turns.forget(label)
        spared = processes.ancestry(spare)
        processes.kill_all(lambda: [pid for pid in self.processes(label) if pid not in spared])

    def close(self, *, spare: int = 0) -> None:
        """Kill every process of the cluster, and start no more.

        Args:
            spare: A process that is left alive, with those that it came from.
        """
        self.turns.close()
        self.kill(spare=spare)

    def abandon(self) -> None:
        """Kill the sessions of all callbacks, and start no more; another cluster stands in the folder by now.

        What only names the folder may be that one's.
        """
        self.turns.close()
        self.turns.forget(None)
        sessions = self._sessions(self.records())
        processes.kill_all(
            lambda: [pid for pid in processes.others() if processes.is_of_session(pid, sessions)]
        )

"""The other side: a bare process that rebuilds and observes what programs capture, started once for many."""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.capture import checker
from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.commands.process import Completed

HERE = Path(__file__).parent
OBSERVER = (HERE / "observer.py").read_text()
TIME_LIMIT = 20.0


class Hang(BaseException):
    """Something has taken much longer than it can need; no handler of a program's may catch it."""


class Node:
    """Stands in for the processes that `capture.verify` would start, and runs what it has admitted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._errors = folder / "stderr"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def execute(self, argv: Sequence[str], timeout: float) -> Completed:
        """Do what `process.execute` does with the command line of the checker."""
        *_, program, given = argv
        assert program == checker.__file__
        job = self._folder / "job"
        job.write_bytes(Path(given).read_bytes())
        if self._process is None:
            self._start(str(job))
        status, output = self._ask("check", str(job))
        return Completed(tuple(argv), os.waitstatus_to_exitcode(status), output, self._said())

    def observe(self, captured: capture.Captured, own: Sequence[str]) -> str:
        """Rebuild a callable and call it with the observer; return what that saw."""
        path = self._folder / "callable"
        path.write_bytes(marshal.dumps((captured.form, captured.body, OBSERVER, tuple(own)), 2))
        status, output = self._ask("run", str(path))
        return output if status == 0 else f"the process has ended with status {status}: {self._said()}"

    def start(self) -> None:
        """Start the process, as the first check would."""
        if self._process is None:
            with process.using(self.execute):
                capture.verify(capture.capture(_nothing))

    def stop(self) -> None:
        """End the process, and what it may be waiting for."""
        if self._process is not None:
            with self._process:
                for child in self._children():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
                self._process.kill()
        self._process = None

    def _start(self, job: str) -> None:
        argv = [sys.executable, "-IS", str(HERE / "bare.py"), str(checker.__file__)]
        with open(self._errors, "ab") as errors:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env={}
            )
        self._ask("load", job)

    def _ask(self, verb: str, path: str) -> tuple[int, str]:
        assert self._process is not None
        os.truncate(self._errors, 0)
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None and answered is not None
        asked.write(f"{verb} {path}\n".encode())
        asked.flush()
        if not select.select([answered], [], [], TIME_LIMIT)[0]:
            raise Hang(f"the node does not come back from: {verb}")
        status, size = map(int, answered.readline().split())
        return status, answered.read(size).decode("utf-8", "surrogatepass")

    def _children(self) -> list[int]:
        assert self._process is not None
        path = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(child) for child in path.read_text().split()]

    def _said(self) -> str:
        return self._errors.read_text(errors="replace").strip()


def _nothing() -> None:
    pass

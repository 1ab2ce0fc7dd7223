from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

import pytest

from arcapix.fs.gpfs.deployment import installation
from arcapix.fs.gpfs.deployment.environment import DRIVER
from arcapix.fs.gpfs.driver import journal, stale_runs
from arcapix.fs.gpfs.driver.records import DRIVER_LOG
from arcapix.fs.gpfs.runs.history import History

NOBODY = 1 << 22
"""A process number that Linux does not give: its numbers end before it."""


class Traces:
    """What drivers leave on a node, written by a test."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.log = folder / "log" / "callbackdriver.log"
        self.journal = self.state / "journal"
        (self.state / "output").mkdir(parents=True)
        self.log.parent.mkdir(exist_ok=True)
        self.history = History(self.state, self.log)
        self._numbers = itertools.count(1)

    def start(
        self, run: str = "", *, maximum: int = journal.MAXIMUM_BYTES, mark: str = "", **facts: object
    ) -> str:
        """Record a start, by default of a process that is gone."""
        run = run or f"20261122T160501.{next(self._numbers):06d}-{NOBODY}"
        given: dict[str, object] = {
            "time": time.time(), "callback": "logger", "event": "mount", "about": "", "node": "n1",
            "pid": NOBODY, "user": "root", "attempt": 1, "variables": {},
        }  # fmt: skip
        record = journal.start_record(run, **{**given, **facts}, mark=mark)  # type: ignore[arg-type]
        self._append(record, maximum)
        return run

    def end(self, run: str, state: str = "succeeded", status: int = 0, reason: str = "") -> None:
        self._append(journal.end_record(run, time.time(), state, status, reason))

    def _append(self, record: bytes, maximum: int = journal.MAXIMUM_BYTES) -> None:
        journal.append(journal.open_to_append(str(self.journal), 0o600, maximum), record)

    def ended(self, *, maximum: int = journal.MAXIMUM_BYTES, **facts: object) -> str:
        run = self.start(maximum=maximum, **facts)
        self.end(run)
        return run

    def print(self, run: str, text: bytes) -> Path:
        path = self.output(run)
        path.write_bytes(text)
        return path

    def output(self, run: str, node: str = "n1") -> Path:
        return self.state / "output" / stale_runs.output_name(run, node)

    def block(
        self,
        run: str,
        text: str,
        callback: str = "logger",
        *,
        says_length: bool = True,
        offset: str = "+00:00",
    ) -> str:
        name = f"run {run} of {callback}"
        rest = f"{text}2026-11-22T16:05:02{offset} {name} ended: status 0 after 1.000 s\n"
        length = f"; {len(rest.encode())} bytes" if says_length else ""
        return f"2026-11-22T16:05:01{offset} {name} begins: event mount on n1, pid 7{length}\n{rest}"

    def write_log(self, *blocks: str, generation: str = "") -> None:
        with open(f"{self.log}{generation}", "a") as file:
            file.write("".join(blocks))


@pytest.fixture
def traces(tmp_path: Path) -> Traces:
    return Traces(tmp_path)


@pytest.fixture
def here() -> dict[str, object]:
    """The facts of a run whose process is alive: this one."""
    return {"pid": os.getpid(), "time": time.time()}


@pytest.fixture
def driver(traces: Traces, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A driver that the API finds, whose runs are those of `traces`."""
    stub = installation.install(tmp_path)
    monkeypatch.setenv(DRIVER, str(stub))
    monkeypatch.delenv(DRIVER_LOG, raising=False)
    return stub

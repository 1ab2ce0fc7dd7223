"""A node that reconciles: an emulated cluster, a journal that the test writes, and drivers that are not started."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from arcapix.fs.gpfs import Cluster, Run
from arcapix.fs.gpfs.administration.reconciliation import reconciler
from arcapix.fs.gpfs.cli import main
from arcapix.fs.gpfs.commands import process

from ...recorded_gpfs import RecordedGPFS, gpfs, small_cluster
from ...recorded_runs import Traces, traces

__all__ = ["gpfs", "small_cluster", "traces"]


def handler(*values: str) -> None:
    return None


class Node:
    """The node n1, with a callback that asks for what it has missed.

    Attributes:
        started: The words of each start of the driver, behind the token.
        problem: Why no driver can be started; None if they can.
    """

    def __init__(self, gpfs: RecordedGPFS, traces: Traces) -> None:
        self.gpfs = gpfs
        self.traces = traces
        self.started: list[list[str]] = []
        self.problem: OSError | None = None

    def install(self, events: str, identifier: str = "note", owner: object = None, **options: object) -> None:
        run = options.pop("run", Run(reconcile=True))
        (owner or Cluster()).callbacks.new(identifier, handler, events, run=run, **options)

    def start(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        if self.problem is not None:
            raise self.problem
        assert environment["ARCAPIX_GPFS_SYNTHETIC"] == "1" and "PATH" not in environment
        self.started.append(list(argv[2:]))

    def ran(self, event: str, callback: str = "note", mark: str = "", **variables: str) -> str:
        """Record that the callback was told of an event."""
        return self.traces.ended(event=event, callback=callback, mark=mark, variables=variables)

    def reconcile(self, *words: str) -> tuple[int, list[str], list[str]]:
        """Return status, standard output and standard error."""
        done = CliRunner().invoke(main, ["reconcile", *words])
        return done.exit_code, done.stdout.splitlines(), done.stderr.splitlines()

    def missed(self) -> list[str]:
        """Reconcile, and return what was missed."""
        status, said, wrong = self.reconcile()
        assert status == 0, wrong
        assert wrong == ([] if said else ["nothing was missed"])
        return [line.removesuffix(": was not told to callback note; run") for line in said]


@pytest.fixture
def node(gpfs: RecordedGPFS, traces: Traces, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Node:
    stub = f"#!{sys.executable} -ISXutf8\nmain(state={str(traces.state)!r}, log={str(traces.log)!r})\n"
    (tmp_path / "callbackdriver.py").write_text(stub)
    found = Node(gpfs, traces)
    monkeypatch.setattr(process, "start", found.start)
    monkeypatch.setattr(reconciler, "_PAUSE", 0.0)
    return found

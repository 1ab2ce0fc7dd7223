"""A cluster whose driver can be away while something happens."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from arcapix.fs.gpfs import emulated
from arcapix.fs.gpfs.deployment.installation import STUB
from arcapix.fs.gpfs.emulator import control

from ..shells import ARCAPIX, Shell

RECONCILE = (
    sys.executable,
    "-c",
    "from arcapix.fs.gpfs.cli import main; from arcapix.fs.gpfs.administration.reconciliation import reconciler;"
    "reconciler._PAUSE = 0.3; main(['reconcile', *__import__('sys').argv[1:]])",
)
"""The command, but that it looks again after less than two seconds: the emulator tells of everything at once."""

HANDLER = """
from arcapix.fs.gpfs import Cluster, Event, Run

def note(event: Event):
    print(event.name, event.synthetic, dict(event.variables))

Cluster().callbacks.new("note", note, {events!r}, run=Run(reconcile=True, **{options!r}))
"""


class Missing(Shell):
    """A shell whose nodes miss what happens while the driver is away."""

    def install(self, events: str, nodes: Sequence[str] = ("n1", "n2", "n3"), **options: object) -> None:
        """Install a callback that asks for what it has missed, and have nodes know how things are."""
        self.python(HANDLER.format(events=events, options=options))
        for node in nodes:
            self.reconcile(node)

    def reconcile(self, node: str, *options: str, status: int = 0) -> list[str]:
        """Reconcile on a node; return what it says, with what was wrong last."""
        done = self.run(*RECONCILE, *options, node=node)
        assert done.returncode == status, done
        return [*done.stdout.splitlines(), *done.stderr.splitlines()]

    def manager(self, filesystem: str) -> str:
        """The node that manages a file system."""
        rows = [line.split() for line in self.ok("mmlsmgr").splitlines()]
        return next(row[-1].strip("()") for row in rows if row[:1] == [filesystem])

    def told(self, node: str) -> list[tuple[str, bool]]:
        """The events that a node was told of, and whether that was afterwards; every run has succeeded."""

        def runs() -> list[dict[str, object]]:
            return json.loads(self.ok(ARCAPIX, "history", "--json", node=node))

        self.wait(
            lambda: all(run["state"] == "succeeded" for run in runs()), f"all runs of {node} have succeeded"
        )
        return [(str(run["event"]), bool(run["synthetic"])) for run in runs()]

    @contextmanager
    def without_driver(self) -> Iterator[None]:
        """Have no driver during the block."""
        stub = self.directory / "driver" / STUB
        away = stub.rename(stub.with_name("away"))
        try:
            yield
            self.wait_idle()
        finally:
            away.rename(stub)


@pytest.fixture
def shell(directory: Path) -> Missing:
    control.start(directory, nodes=("n1", "n2", "n3"), filesystems={"mmfs1": 1 << 20, "mmfs2": 1 << 20})
    emulated.install_driver(directory)
    return Missing(directory)

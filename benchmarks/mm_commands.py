"""P11: how many mm commands an API call costs, counted on an emulated cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from arcapix.fs.gpfs import Callback, Cluster, Filesystem, Node, Nodeclass
from arcapix.fs.gpfs.commands import process

from . import targets
from .targets import Result, Target


class Counter:
    """Runs commands as before, and keeps the names of the mm commands among them."""

    def __init__(self) -> None:
        self._runner = process.runner()
        self.names: list[str] = []

    def __call__(self, argv: tuple[str, ...], timeout: float) -> process.Completed:
        """Run a command."""
        name = Path(argv[0]).name
        if name.startswith("mm"):
            self.names.append(name)
        return self._runner(argv, timeout)


def handler(eventName: str) -> None:
    """Be installed."""


def measure() -> list[Result]:
    """P11: the most that a call of each kind costs, on the emulated cluster that the environment names."""
    counter = Counter()
    cluster = Cluster()

    def most(target: Target, *calls: Callable[[], object]) -> Result:
        counts = []
        for call in calls:
            counter.names.clear()
            call()
            counts.append(len(counter.names))
        return Result(target, max(counts), details={"counts": counts})

    with process.using(counter):
        first = most(targets.FIRST_NEW, lambda: Filesystem("mmfs1").onMount.new(handler))
        changed = cluster.callbacks.new("changed", handler, "mount")
        cluster.callbacks.new("elsewhere", handler, "mount", node="n2,n3")
        batch = cluster.callbacks.batch()
        with batch:
            for _ in range(10):
                batch.new(handler, "mount")
            counter.names.clear()
        batch_count = len(counter.names)
        deleted = most(targets.DELETING, cluster.callbacks.new(handler, "mount").delete)
        return [
            most(
                targets.LOOKING,
                lambda: list(cluster.callbacks),
                lambda: cluster.callbacks["changed"],
                lambda: "changed" in cluster.callbacks,
                lambda: len(cluster.onMount),
            ),
            most(targets.LOOKING_AT_NODE, lambda: list(Node("n1").callbacks)),
            most(targets.LOOKING_AT_CLASS, lambda: list(Nodeclass("quorumNodes").callbacks)),
            first,
            most(
                targets.NEW,
                lambda: cluster.callbacks.new(handler, "mount"),
                lambda: Filesystem("mmfs1").onMount.new(handler),
                lambda: Node("n1").onMount.new(handler),
                cluster.onMount.define(handler).create,
            ),
            most(
                targets.NEW_WITH_IDENTIFIER,
                lambda: cluster.callbacks.new("given", handler, "mount"),
                Callback("created", handler, "mount").create,
            ),
            most(
                targets.CHANGING,
                lambda: changed.add(event="unmount"),
                lambda: changed.remove(event="mount"),
                lambda: changed.change(priority=5),
            ),
            Result(targets.DELETING, max(deleted.measured or 0, batch_count), details={"batch": batch_count}),
        ]

"""Mistakes that a type checker must find. Each ignored line is wrong: if a checker accepts it, its ignore is unused."""

from __future__ import annotations

import arcapix.fs.gpfs as gpfs
from arcapix.fs.gpfs import (
    CacheFileset,
    Callback,
    Filesystem,
    IndependentFileset,
    Node,
    Nodeclass,
    Pool,
    Run,
    Snapshot,
    run_command,
)
from arcapix.fs.gpfs.callbacks.collection import EventCallbacks

run_command("mmdelsnapshot", "mmfs1", 5)  # type: ignore[arg-type]
run_command("mmlsfs", "all", timeout="60")  # type: ignore[arg-type]
run_command("mmlsfs", "all").stdout = ""  # type: ignore[misc]
misspelt = gpfs.Clustr  # type: ignore[attr-defined]

Filesystem(1)  # type: ignore[arg-type]
slip = Filesystem("mmfs1").quota  # type: ignore[attr-defined]
Filesystem("mmfs1").filesets["projects"] = IndependentFileset("mmfs1", "a")  # type: ignore[index]
Filesystem("mmfs1").filesets["projects"].maxInodes = 5  # type: ignore[misc]
Filesystem("mmfs1").filesets[5]  # type: ignore[index]
IndependentFileset("mmfs1", "a", maxInodes=1.5)  # type: ignore[arg-type]
IndependentFileset("mmfs1", "a").change(filesSoftLimit=[5])  # type: ignore[arg-type]
IndependentFileset("mmfs1", "a").change(4096)  # type: ignore[call-arg]
CacheFileset("mmfs1", "a")  # type: ignore[call-arg]
Snapshot("mmfs1")  # type: ignore[call-arg]
Snapshot("mmfs1", "a").delete(qos="maintenance")  # type: ignore[call-arg]
Pool("system")  # type: ignore[call-arg]
Node("n2", quorumCandidates=True)  # type: ignore[call-arg]
Node("n2").change(quorum=True)  # type: ignore[call-arg]
Nodeclass("group", [5])  # type: ignore[list-item]

Run(timeout=[30])  # type: ignore[arg-type]
Run(timeot=30)  # type: ignore[call-arg]
Run(timeout=30).timeout = 5  # type: ignore[misc]
Callback(print, "mount", run={"timeot": 30})  # type: ignore[call-overload]

not_of_a_pool = Pool("system", "mmfs1").onMount  # type: ignore[attr-defined]
no_event = Filesystem("mmfs1").onShutdwn  # type: ignore[attr-defined]
installed: Callback = Node("n2").onShutdown  # type: ignore[assignment]
Filesystem("mmfs1").onMount.define(print, "mount", "n2")  # type: ignore[call-overload]
attribute: EventCallbacks = Node("n2").onShutdown.new(print)  # type: ignore[assignment]

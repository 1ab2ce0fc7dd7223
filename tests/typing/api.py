"""The public API as a type checker sees it. Nothing here runs: ``mypy --strict`` and pyright must accept every line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import assert_type

from arcapix.fs.gpfs import (
    AlreadyExists,
    BadCallable,
    BadIdentifier,
    BindingError,
    CacheFileset,
    Callback,
    Callbacks,
    CallbackWarning,
    CaptureError,
    Cluster,
    Completed,
    DependentFileset,
    Event,
    EventCallbacks,
    Fileset,
    Filesystem,
    GPFSError,
    GPFSExecuteException,
    GPFSNotInstalled,
    IndependentFileset,
    Literal,
    Node,
    Nodeclass,
    NotFound,
    PayloadTooLarge,
    Pool,
    ReplaceFailed,
    Run,
    ScopeError,
    Secret,
    Snapshot,
    UnsupportedEvent,
    Variable,
    WrongCluster,
    run_command,
)
from arcapix.fs.gpfs.callbackable import callbackable
from arcapix.fs.gpfs.fileset import Filesets
from arcapix.fs.gpfs.filesystem import Filesystem as Filesystem2
from arcapix.fs.gpfs.filesystem import Filesystems
from arcapix.fs.gpfs.filesystem import IndependentFileset as IndependentFileset2
from arcapix.fs.gpfs.node import Nodes
from arcapix.fs.gpfs.nodeclass import Nodeclasses
from arcapix.fs.gpfs.pool import Pools
from arcapix.fs.gpfs.quota import FilesetQuota, GroupQuota, Quotas, UserQuota
from arcapix.fs.gpfs.snapshot import Snapshots

ERRORS: list[type[GPFSError]] = [
    AlreadyExists,
    BadCallable,
    BadIdentifier,
    BindingError,
    CaptureError,
    GPFSExecuteException,
    GPFSNotInstalled,
    NotFound,
    PayloadTooLarge,
    ReplaceFailed,
    ScopeError,
    UnsupportedEvent,
    WrongCluster,
]
WARNING: type[UserWarning] = CallbackWarning


def any_command() -> None:
    done = run_command("mmdf", "mmfs1", Path("-Y"), timeout=math.inf)
    assert_type(done, Completed)
    assert_type(done.argv, tuple[str, ...])
    assert_type(done.returncode, int)
    assert_type(done.stdout, str)
    assert_type(done.stderr, str)


def cluster() -> None:
    mine = Cluster("democluster")
    assert_type(mine.id, str)
    assert_type(mine.name, str)
    assert_type(mine.PrimaryConfigServer, str | None)
    assert_type(mine.manager, str)
    assert_type(mine.filesystems, Filesystems)
    assert_type(mine.nodes, Nodes)
    assert_type(mine.nodeclasses, Nodeclasses)
    assert_type(mine.callbacks, Callbacks)
    assert_type(mine.onShutdown, EventCallbacks)
    assert_type(mine.filesystems["mmfs1"], Filesystem)
    assert_type(mine.filesystems.get("mmfs1"), Filesystem | None)
    assert_type(list(mine.filesystems), list[str])
    assert_type(list(mine.nodes.values()), list[Node])
    assert_type(mine.nodes.localNode, Node)
    assert_type(mine.nodes.nodesUp, list[Node])
    mine.shutdown(unmountTimeout=60)


def nodes() -> None:
    node = Node()
    assert_type(node.id, int)
    assert_type(node.state, str)
    assert_type(node.onStartup, EventCallbacks)
    node.change(quorumCandidate=True, license="server")
    assert_type(Nodes().new("n9", quorum_candidate=True), Node)
    group = Nodeclass("group", [node, "n2"], [Nodeclass("other")])
    group.add(node)
    group.replace([node, group, "n3"])
    assert_type(group.memberNodes, list[str])
    assert_type(group.onMount, EventCallbacks)


def filesystem() -> None:
    mmfs1 = Filesystem("mmfs1")
    older: Filesystem = Filesystem2("mmfs1")
    assert_type(older.mountedOn, list[str])
    assert_type(mmfs1.manager, str | None)
    assert_type(mmfs1.filesets, Filesets)
    assert_type(mmfs1.pools, Pools)
    assert_type(mmfs1.snapshots, Snapshots)
    assert_type(mmfs1.quotas.user["ann"], UserQuota)
    assert_type(mmfs1.quotas.group["staff"], GroupQuota)
    assert_type(mmfs1.onSoftQuotaExceeded, EventCallbacks)
    assert_type(mmfs1.pools["system"].data, bool)
    assert_type(Pool("system", "mmfs1").onLowDiskSpace, EventCallbacks)


def filesets() -> None:
    listing = Filesets("mmfs1")
    as_mapping: Mapping[str, Fileset] = listing
    assert_type(as_mapping["projects"], Fileset)
    assert_type(listing.independent(), dict[str, IndependentFileset])
    assert_type(listing.cache(), dict[str, CacheFileset])
    assert_type(listing.new("newone", maxInodes="4096", comment=5, afmMode="read-only"), Fileset)
    fileset = IndependentFileset2("mmfs1", "newone", object(), maxInodes=4096, allocInodes="1024")
    fileset.create()
    fileset.link("/mmfs1/newone")
    fileset.change(maxInodes=8192, filesSoftLimit=10, blockHardLimit="10G", afmNumReadThreads=4)
    assert_type(fileset.path, str | None)
    assert_type(fileset.created, datetime | None)
    assert_type(fileset.quotas.fileset.new(filesSoftLimit=10, filesHardLimit=20), FilesetQuota)
    quotas: Quotas = fileset.quotas
    assert_type(bool(quotas), bool)
    assert_type(fileset.onSoftQuotaExceeded, EventCallbacks)
    assert_type(fileset.snapshots.new("nightly"), Snapshot)
    DependentFileset("mmfs1", "newone", inodeSpace="projects")
    CacheFileset("mmfs1", "newone", "/export", "gw1", protocol="gpfs", maxInodes=5)


def snapshots() -> None:
    snapshot = Snapshot("mmfs1", "nightly", "projects")
    snapshot.delete(qosClass="maintenance", nodes=[Node("n2"), "n3"])
    assert_type(snapshot.filesetName, str | None)
    Snapshots("mmfs1").destroy("nightly", nodes="n2")


def handler(event: Event, fsName: str, limit: int = 3) -> None:
    assert_type(event.time, datetime)


def secrets() -> None:
    assert_type(Secret.file("/etc/mail.password").value, str)


def callbacks(owner: callbackable) -> None:
    assert_type(owner.callbacks, Callbacks)
    callback = Cluster().callbacks.new(
        "watch", handler, ["mount", "unmount"], parms=[Variable("reason"), Literal(3)]
    )
    assert_type(callback, Callback)
    assert_type(Filesystem("mmfs1").onMount.new(handler), Callback)
    assert_type(Filesystem("mmfs1").onMount.define(handler, node="n2"), Callback)
    assert_type(callback.events, list[str])
    callback.add(event="startup", node=Node("n2"))
    assert_type(owner.callbacks["watch"], Callback)


def run_options() -> None:
    run = Run(timeout="5m", run_as="alerts", umask=0o077, memory="512M", cpu_seconds=60, env={"LANG": "C"})
    assert_type(run.timeout, float | None)
    assert_type(run.memory, int | None)
    callback = Cluster().callbacks.new("watch", handler, "mount", run=run)
    Callback("watch", handler, "mount", run={"timeout": 0.5, "output": "1M"})
    Node("n2").onMount.new(handler, run=run)
    callback.change(run=None)
    callback.change(run={"nice": 5})
    assert_type(callback.run, Run | None)
    if callback.run is not None:
        callback.change(run=replace(callback.run, timeout=5))

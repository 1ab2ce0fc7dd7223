"""A cluster with filesets, snapshots and quotas, in this process; every command line recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from arcapix.fs.gpfs.commands import process
from arcapix.fs.gpfs.emulator import Emulator
from arcapix.fs.gpfs.emulator.model import Disk, Pool, State

from ..recorded_gpfs import Arrangement, RecordedGPFS

NODES = {
    "mynode.localnet:quorum-manager": (1, "10.0.0.1"),
    "n2.localnet:quorum:n2-adm.localnet": (2, "10.0.0.2"),
    "n3.localnet:client": (7, "10.0.0.3"),
    "twin.localnet:client": (8, "10.0.0.4"),
    "twin.othernet:client": (9, "10.0.1.4"),
}
UP = ("mynode.localnet", "n2.localnet")
MADE = {
    "projects": datetime(2022, 12, 15, 9, 0, 1),
    "notes": datetime(2022, 12, 15, 9, 5, 1),
    "cache": datetime(2022, 12, 15, 9, 6, 1),
    ":nightly": datetime(2020, 11, 15, 2, 47, 48),
    ":weekly": datetime(2020, 11, 16, 2, 47, 48),
    "projects:nightly": datetime(2020, 11, 15, 2, 50),
    "root:@GMT-2026.01.31-23.59.59": datetime(2026, 1, 31, 23, 59, 59),
}
COMMANDS = (
    ("mmcrfileset", "mmfs1", "projects", "-t", "for all", "--inode-space", "new", "--inode-limit", "200000:65920"),
    ("mmlinkfileset", "mmfs1", "projects"),
    ("mmcrfileset", "mmfs1", "notes", "--inode-space", "projects"),
    ("mmcrfileset", "mmfs1", "cache", "--inode-space", "new", "-p", "afmTarget=nfs://gw1/export"),
    ("mmlinkfileset", "mmfs1", "cache"),
    ("mmcrsnapshot", "mmfs1", "nightly"),
    ("mmcrsnapshot", "mmfs1", "nightly", "-j", "projects"),
    ("mmcrsnapshot", "mmfs1", "weekly"),
    ("mmcrsnapshot", "mmfs1", "@GMT-2026.01.31-23.59.59", "-j", "root"),
    ("mmsetquota", "mmfs1:projects", "--block", "2M:4M", "--files", "40:50"),
    ("mmcrnodeclass", "gateways", "-N", "n2,n3"),
    ("mmcrnodeclass", "everything", "-N", "mynode,gateways"),
)  # fmt: skip


def name_cluster(state: State) -> None:
    """Call the cluster as IBM's documentation and published programs do, and let two of its nodes be up."""
    state.name, state.id, state.domain = "democluster.localnet", "2936932203756487754", "localnet"
    state.remote_shell, state.remote_copy = "/usr/bin/ssh", "/usr/bin/scp"
    for node, (number, ip) in zip(list(state.nodes.values()), NODES.values(), strict=True):
        node.number, node.ip = number, ip
        if node.name not in UP:
            node.state, node.mounts = "down", []
    state.next_node = 10
    state.cluster_manager = "mynode.localnet"
    state.filesystems["mmfs1"].manager = "n2.localnet"
    state.filesystems["mmfs1"].next_snapshot = 12
    state.filesystems["mmfs1"].pools["sata1"] = Pool("sata1", 65537, 64 << 20, metadata=False)
    state.filesystems["mmfs1"].disks["sata1_nsd1"] = Disk("sata1_nsd1", "sata1", 64 << 20, id=2)


def date(state: State) -> None:
    """Let filesets and snapshots have been made long ago."""
    filesystem = state.filesystems["mmfs1"]
    for one in (*filesystem.filesets.items(), *filesystem.snapshots.items()):
        if one[0] in MADE:
            one[1].created = MADE[one[0]].timestamp()


@pytest.fixture(scope="session")
def demo_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arrangement]:
    directory = tmp_path_factory.mktemp("gpfs") / "cluster"
    with Emulator(list(NODES), {"mmfs1": 64 << 20, "mmfs2": 64 << 20}, directory=directory) as emulator:
        arrangement = Arrangement(emulator)
        arrangement.arrange(name_cluster)
        for words in COMMANDS:
            done = emulator.run(words)
            assert done.returncode == 0, done
        arrangement.arrange(date)
        yield arrangement


@pytest.fixture
def gpfs(
    demo_cluster: Arrangement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RecordedGPFS]:
    """A cluster with filesets, snapshots and quotas; every call recorded."""
    monkeypatch.setenv("ARCAPIX_GPFS_BIN", str(tmp_path / "bin"))
    recorded = demo_cluster.begin()
    with process.using(recorded):
        yield recorded

"""What a cluster is: plain records, and their form on disk.

A `State` that the emulator has published is never altered. A change is made on a copy (`State.copy`), which
is saved and then takes the place of the old one; whoever reads needs no lock and never sees half a change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

NodeState: TypeAlias = Literal["active", "arbitrating", "down", "unknown"]

FORMAT = 1
"""Number of the format on disk; a cluster with another number is refused."""


@dataclass
class Node:
    """A node of the cluster; `state` is "unknown" after a crash, as other nodes cannot tell."""

    name: str
    """Daemon node name, as registered (long)."""
    number: int
    ip: str
    admin_name: str
    quorum: bool = False
    manager: bool = False
    perfmon: bool = False
    """Whether it has the sensors of the performance monitor: a designation, and nothing more here."""
    state: NodeState = "active"
    license: Literal["", "client", "fpo", "server"] = "server"
    mounts: list[str] = field(default_factory=list)
    """Names of the file systems mounted on this node, in the order of mounting."""
    side: int = 0
    """Nodes of different sides cannot reach each other; 0 unless the network is partitioned."""
    label: str = ""
    """Names the node's folder and processes: the short name, or the long one where two share a short one."""
    remount: list[str] = field(default_factory=list)
    """What was mounted when quorum was lost, to be mounted again with it."""
    fresh: bool = False
    """The daemon has been started and has not been active since."""
    started: float = 0.0
    """Seconds since the epoch: when the daemon was started last."""

    @property
    def running(self) -> bool:
        """Whether the daemon runs, with or without quorum."""
        return self.state in ("active", "arbitrating")

    @property
    def short(self) -> str:
        """The daemon name up to the first dot."""
        return self.name.partition(".")[0]

    @property
    def role(self) -> str:
        """What it is in the cluster: "quorum-manager", "quorum", "manager" or ""."""
        return "-".join(
            word for word, is_one in (("quorum", self.quorum), ("manager", self.manager)) if is_one
        )

    @property
    def designation(self) -> str:
        """As mmlscluster prints it: its role, and whether it has sensors, such as "manager-perfmon"."""
        return "-".join(word for word in (self.role, "perfmon" if self.perfmon else "") if word)

    def copy(self) -> Node:
        """A copy that shares nothing."""
        return replace(self, mounts=list(self.mounts), remount=list(self.remount))


@dataclass
class Nodeclass:
    """A user-defined node class; `nodes` holds daemon node names, `classes` names of classes inside it."""

    name: str
    nodes: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)

    def copy(self) -> Nodeclass:
        """A copy that shares nothing."""
        return replace(self, nodes=list(self.nodes), classes=list(self.classes))


@dataclass(frozen=True)
class Callback:
    """A registration, as given to mmaddcallback; options that were not given are ""."""

    identifier: str
    command: str
    events: tuple[str, ...]
    nodes: tuple[str, ...] = ()
    """Entries of -N: node names in their long form, class names; empty for all nodes."""
    nodes_typed: str = ""
    """The value of -N as it was typed."""
    parms: tuple[str, ...] = ()
    """One string for each --parms."""
    priority: str = ""
    sync: bool = False
    timeout: str = ""
    onerror: str = ""
    system: bool = False


@dataclass
class Pool:
    """A storage pool; `low` and `full` say that the space condition held when usage was last looked at."""

    name: str
    id: int
    size: int
    """Bytes."""
    threshold: int = 90
    """Per cent of the size above which lowDiskSpace is raised."""
    data: bool = True
    metadata: bool = True
    low: bool = False
    full: bool = False


@dataclass
class Disk:
    """A disk (NSD) of a file system."""

    name: str
    pool: str
    size: int
    """Bytes."""
    id: int = 1
    failure_group: str = "-1"
    status: str = "ready"
    availability: str = "up"
    servers: tuple[str, ...] = ()
    data: bool = True
    """Whether it holds data, if its pool may."""
    metadata: bool = True
    """Whether it holds metadata, if its pool may."""


@dataclass
class Fileset:
    """A fileset; `path` is the junction's absolute path, "" while unlinked."""

    name: str
    id: int
    root_inode: int
    path: str
    created: float
    """Seconds since the epoch."""
    parent: int | None = None
    """Id of the fileset that holds the junction."""
    comment: str = ""
    inode_space: int = 0
    """Id of the inode space; the owner of an inode space is an independent fileset."""
    independent: bool = False
    max_inodes: int = 0
    alloc_inodes: int = 0
    attributes: dict[str, str] = field(default_factory=dict)
    """What was given with -p, for example afmTarget."""


Kind: TypeAlias = Literal["USR", "GRP", "FILESET"]
"""Whose limits they are."""


@dataclass
class Quota:
    """Limits of one user, group or fileset, in bytes and files, 0 for none; for FILESET `fileset` is "".

    One without a name is the default of its kind. `over` names what was above its soft limit when usage was
    last looked at: "block", "files".
    """

    kind: Kind
    name: str
    id: int
    fileset: str = ""
    block_soft: int = 0
    block_hard: int = 0
    files_soft: int = 0
    files_hard: int = 0
    over: list[str] = field(default_factory=list)
    over_since: float = 0.0

    @property
    def key(self) -> str:
        """The key in `Filesystem.quotas`."""
        return f"{self.kind}:{self.fileset}:{self.name}"

    @property
    def is_limited(self) -> bool:
        """Whether it has any limit."""
        return any((self.block_soft, self.block_hard, self.files_soft, self.files_hard))


@dataclass
class Snapshot:
    """A snapshot; `fileset` is "" for one of the whole file system."""

    name: str
    id: int
    created: float
    status: str = "Valid"
    fileset: str = ""

    @property
    def key(self) -> str:
        """The key in `Filesystem.snapshots`."""
        return f"{self.fileset}:{self.name}"


@dataclass
class Filesystem:
    """A file system; `mount_point` is a plain folder that all nodes share."""

    name: str
    size: int
    """Bytes."""
    mount_point: str
    created: float
    """Seconds since the epoch."""
    uid: str = ""
    block_size: int = 4194304
    automount: bool = True
    max_nodes: int = 32
    manager: str = ""
    """Daemon node name of the file system manager; "" while no node can be one."""
    quotas_enforced: list[str] = field(default_factory=lambda: ["user", "group", "fileset"])
    perfileset_quota: bool = False
    snapshot_directory: str = ".snapshots"
    """Name of the folder with snapshots of the whole file system."""
    fileset_snapshot_directory: str = ".snapshots"
    snapshots_in_all_directories: bool = False
    global_snapshots_in: str = "rootfileset"
    next_fileset: int = 1
    next_snapshot: int = 1
    pools: dict[str, Pool] = field(default_factory=dict)
    disks: dict[str, Disk] = field(default_factory=dict)
    filesets: dict[str, Fileset] = field(default_factory=dict)
    quotas: dict[str, Quota] = field(default_factory=dict)
    """By key; one without a name has the default limits, for who has none of their own."""
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    @property
    def unlinked(self) -> str:
        """The folder, beside the mount point, for what belongs to unlinked filesets."""
        return f"{self.mount_point.rstrip('/').rpartition('/')[0]}/.unlinked/{self.name}"

    def shelf(self, fileset: Fileset) -> str:
        """The folder that holds the files of a fileset while it is unlinked."""
        return f"{self.unlinked}/{fileset.id}"

    def default_quota(self, kind: Kind, fileset: str = "") -> Quota:
        """The default limits of a kind, in a fileset or in the whole file system; perhaps none."""
        quota = Quota(kind, "", 0, fileset)
        return self.quotas.get(quota.key, quota)

    def kinds_with_defaults(self) -> set[Kind]:
        """The kinds that have default limits, in the whole file system or in a fileset."""
        return {quota.kind for quota in self.quotas.values() if not quota.name and quota.is_limited}

    def is_by_default(self, quota: Quota) -> bool:
        """Tell whether default limits hold for a quota: it has none of its own, and is not root's."""
        return (
            not quota.is_limited
            and quota.id != 0
            and self.default_quota(quota.kind, quota.fileset).is_limited
        )

    def in_force(self, quota: Quota) -> Quota:
        """A quota with the limits that hold: its own, or the default ones."""
        if not self.is_by_default(quota):
            return quota
        default = self.default_quota(quota.kind, quota.fileset)
        return replace(default, name=quota.name, id=quota.id, over=quota.over, over_since=quota.over_since)

    def copy(self) -> Filesystem:
        """A copy that shares nothing."""
        return replace(
            self,
            quotas_enforced=list(self.quotas_enforced),
            pools={name: replace(pool) for name, pool in self.pools.items()},
            disks={name: replace(disk) for name, disk in self.disks.items()},
            filesets={
                name: replace(one, attributes=dict(one.attributes)) for name, one in self.filesets.items()
            },
            quotas={key: replace(quota, over=list(quota.over)) for key, quota in self.quotas.items()},
            snapshots={key: replace(snapshot) for key, snapshot in self.snapshots.items()},
        )


@dataclass
class State:
    """A whole cluster. Nodes are keyed by daemon node name, file systems by device name without /dev/."""

    name: str
    id: str
    domain: str
    """What is appended to a node name without a dot."""
    nodes: dict[str, Node] = field(default_factory=dict)
    filesystems: dict[str, Filesystem] = field(default_factory=dict)
    nodeclasses: dict[str, Nodeclass] = field(default_factory=dict)
    free_disks: dict[str, Disk] = field(default_factory=dict)
    """Disks that belong to no file system."""
    callbacks: dict[str, Callback] = field(default_factory=dict)
    """In the order of registration."""
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    """What mmchconfig set: parameter -> node or class ("" for all) -> value."""
    switches: dict[str, str] = field(default_factory=dict)
    """Switches that differ from their default."""
    cluster_manager: str = ""
    next_node: int = 1
    shell_node: str = ""
    """The node of a shell that does not say which one it is on."""
    remote_shell: str = "/usr/bin/ssh"
    remote_copy: str = "/usr/bin/scp"

    def copy(self) -> State:
        """A copy to change; only the frozen callbacks are shared."""
        return replace(
            self,
            nodes={name: node.copy() for name, node in self.nodes.items()},
            filesystems={name: one.copy() for name, one in self.filesystems.items()},
            nodeclasses={name: one.copy() for name, one in self.nodeclasses.items()},
            free_disks={name: replace(disk) for name, disk in self.free_disks.items()},
            callbacks=dict(self.callbacks),
            settings={name: dict(values) for name, values in self.settings.items()},
            switches=dict(self.switches),
        )

    def active(self) -> list[Node]:
        """The nodes whose daemon is active, by number."""
        return [node for node in self.by_number() if node.state == "active"]

    def by_number(self) -> list[Node]:
        """All nodes in the order of their numbers."""
        return sorted(self.nodes.values(), key=lambda node: node.number)

    def quorum_nodes(self) -> list[Node]:
        """The quorum nodes, by number."""
        return [node for node in self.by_number() if node.quorum]

    def quorum(self) -> int:
        """How many quorum nodes must be up: more than half of them."""
        return len(self.quorum_nodes()) // 2 + 1


def to_json(state: State) -> bytes:
    """The form of a cluster on disk."""
    return json.dumps({"format": FORMAT, "state": state}, default=vars, separators=(",", ":")).encode()


def from_json(data: bytes) -> State:
    """Read what `to_json` wrote.

    Raises:
        ValueError: The text is no cluster, or one of another format.
    """
    document = json.loads(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"not a cluster of format {FORMAT}")
    record: dict[str, Any] = document["state"]
    return State(
        **{
            **record,
            "nodes": {name: Node(**one) for name, one in record["nodes"].items()},
            "filesystems": {name: _filesystem(one) for name, one in record["filesystems"].items()},
            "nodeclasses": {name: Nodeclass(**one) for name, one in record["nodeclasses"].items()},
            "free_disks": {name: _disk(one) for name, one in record.get("free_disks", {}).items()},
            "callbacks": {name: _callback(one) for name, one in record["callbacks"].items()},
        }
    )


def _callback(record: dict[str, Any]) -> Callback:
    lists = {name: tuple(record[name]) for name in ("events", "nodes", "parms")}
    return Callback(**{**record, **lists})


def _disk(record: dict[str, Any]) -> Disk:
    return Disk(**{**record, "servers": tuple(record["servers"])})


def _filesystem(record: dict[str, Any]) -> Filesystem:
    return Filesystem(
        **{
            **record,
            "pools": {name: Pool(**one) for name, one in record["pools"].items()},
            "disks": {name: _disk(one) for name, one in record["disks"].items()},
            "filesets": {name: Fileset(**one) for name, one in record["filesets"].items()},
            "quotas": {key: Quota(**one) for key, one in record["quotas"].items()},
            "snapshots": {key: Snapshot(**one) for key, one in record["snapshots"].items()},
        }
    )

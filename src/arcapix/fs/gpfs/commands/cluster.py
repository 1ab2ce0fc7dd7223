"""mmlscluster and mmlsmgr: what the cluster is, and who manages it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..exceptions import GPFSError
from . import listing
from .values import number, present
from .yformat import Listing

__all__ = ["ClusterRecord", "ManagerRecord", "NodeRecord", "mmlscluster", "mmlsmgr"]


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node as the cluster knows it.

    Attributes:
        number: It never changes; there are gaps.
        daemon_name: The name of the interface that the daemon uses, as registered: usually long.
        ip: The address of that interface.
        admin_name: The name that administration commands use.
        designation: ``"quorum-manager"``, ``"quorum"``, ``"manager"``, perhaps followed by other roles, or
            empty.
    """

    number: int
    daemon_name: str
    ip: str
    admin_name: str
    designation: str

    def names(self) -> tuple[str, ...]:
        """Return every name that GPFS accepts for this node; the short ones may fit several nodes."""
        short = (self.daemon_name.partition(".")[0], self.admin_name.partition(".")[0])
        return tuple(dict.fromkeys((self.daemon_name, self.admin_name, *short, self.ip, str(self.number))))

    @property
    def quorum(self) -> bool:
        """Whether it is a quorum node."""
        return bool(re.search(r"(?<!non)quorum", self.designation, re.IGNORECASE))

    @property
    def manager(self) -> bool:
        """Whether it may become a manager."""
        return "manager" in self.designation.lower()


@dataclass(frozen=True, slots=True)
class ClusterRecord:
    """The cluster that this node belongs to.

    Attributes:
        name: Its name.
        id: Its number, as text.
        uid_domain: Where its user numbers are valid.
        remote_shell: Path of the remote shell.
        remote_copy: Path of the remote copy program.
        primary_server: The configuration server, None if there is none.
        secondary_server: The second one.
        repository: ``"CCR"`` or ``"server-based"``.
        nodes: Every node.
    """

    name: str
    id: str
    uid_domain: str
    remote_shell: str
    remote_copy: str
    primary_server: str | None
    secondary_server: str | None
    repository: str
    nodes: tuple[NodeRecord, ...]


@dataclass(frozen=True, slots=True)
class ManagerRecord:
    """Who manages at the moment.

    Attributes:
        cluster_manager: Name of the cluster manager, in the form that the command prints.
        filesystems: File system, and the name of its manager.
    """

    cluster_manager: str
    filesystems: Mapping[str, str]


def mmlscluster() -> ClusterRecord:
    """Return the cluster and its nodes."""
    answer = listing.rows_or_text("mmlscluster", "-Y", plain=())
    return _plain_cluster(answer) if isinstance(answer, str) else _cluster(answer)


def _cluster(answer: Listing) -> ClusterRecord:
    summaries = answer.section("clusterSummary")
    if not summaries:
        raise GPFSError("cannot read the listing of mmlscluster: it names no cluster")
    summary = summaries[0]
    return ClusterRecord(
        name=summary.get("clusterName"),
        id=summary.get("clusterId"),
        uid_domain=summary.get("uidDomain"),
        remote_shell=summary.get("rshPath"),
        remote_copy=summary.get("rcpPath"),
        primary_server=present(summary.get("primaryServer")),
        secondary_server=present(summary.get("secondaryServer")),
        repository=summary.get("repositoryType"),
        nodes=tuple(
            NodeRecord(
                number=number(row.get("nodeNumber")),
                daemon_name=row.get("daemonNodeName"),
                ip=row.get("ipAddress"),
                admin_name=row.get("adminNodeName") or row.get("daemonNodeName"),
                designation=row.get("designation"),
            )
            for row in answer.section("clusterNode")
            if row.get("daemonNodeName")
        ),
    )


_PLAIN_KEY = re.compile(r"^\s+([A-Za-z][A-Za-z ]*):\s+(\S.*?)\s*$")
_PLAIN_NODE = re.compile(r"^\s*(\d+)\s+(\S+)\s+([\d.]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:]+)\s+(\S+)(?:\s+(\S+))?\s*$")


def _plain_cluster(text: str) -> ClusterRecord:
    found: dict[str, str] = {}
    nodes = []
    for line in text.split("\n"):
        if key := _PLAIN_KEY.match(line):
            found.setdefault(key[1].lower(), key[2])
        elif row := _PLAIN_NODE.match(line):
            nodes.append(NodeRecord(int(row[1]), row[2], row[3], row[4], row[5] or ""))
    if "gpfs cluster name" not in found:
        raise GPFSError("cannot read the listing of mmlscluster: it names no cluster")
    return ClusterRecord(
        name=found["gpfs cluster name"],
        id=found.get("gpfs cluster id", ""),
        uid_domain=found.get("gpfs uid domain", ""),
        remote_shell=found.get("remote shell command", ""),
        remote_copy=found.get("remote file copy command", ""),
        primary_server=present(found.get("primary server", "")),
        secondary_server=present(found.get("secondary server", "")),
        repository=found.get("repository type", ""),
        nodes=tuple(nodes),
    )


def mmlsmgr() -> ManagerRecord:
    """Return the managers of the cluster and of every file system."""
    answer = listing.rows_or_text("mmlsmgr", "-Y", plain=())
    if isinstance(answer, str):
        return _plain_managers(answer)
    return ManagerRecord(
        cluster_manager="".join(row.get("manager") for row in answer.section("clusterManager")[:1]),
        filesystems={
            row.get("filesystem", "filesystemName"): row.get("manager")
            for row in answer.section("filesystemManager")
            if row.get("manager")
        },
    )


_PLAIN_CLUSTER_MANAGER = re.compile(r"^\s*Cluster manager node:\s+(\S+)(?:\s+\((\S+)\))?", re.IGNORECASE)
_PLAIN_MANAGER = re.compile(r"^(\S+)\s+(\S+)\s+\((\S+)\)\s*$")


def _plain_managers(text: str) -> ManagerRecord:
    cluster_manager = ""
    filesystems = {}
    for line in text.split("\n"):
        if found := _PLAIN_CLUSTER_MANAGER.match(line):
            cluster_manager = found[2] or found[1]
        elif found := _PLAIN_MANAGER.match(line):
            filesystems[found[1]] = found[3]
    return ManagerRecord(cluster_manager, filesystems)

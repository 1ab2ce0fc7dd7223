"""``Cluster``: the GPFS cluster that this node belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import commands
from .callbackable import callbackable
from .callbacks.on_events import EveryEvent
from .commands.misuse import entry_points
from .commands.node_table import cluster_record, full_name
from .filesystem import Filesystems
from .model.identity import Configured, valid_name
from .model.keywords import known_keywords
from .node import Nodes
from .nodeclass import Nodeclasses

if TYPE_CHECKING:
    from .commands import ClusterRecord

__all__ = ["Cluster"]


@entry_points
class Cluster(callbackable, EveryEvent, Configured["ClusterRecord"]):
    """The cluster that this node belongs to; everything else is reached through it.

    A program runs in one cluster, so a name is only a check: at the first question to GPFS it must be the
    cluster's id, its name, or the first label of its name.

    Args:
        name: The cluster's name or id; None: whichever this node belongs to.

    Example:
        >>> from arcapix.fs.gpfs import Cluster
        >>> sorted(Cluster().filesystems)
        ['mmfs1', 'mmfs2']
    """

    kind = "cluster"

    @known_keywords()
    def __init__(self, name: str | None = None) -> None:
        self._name = None if name is None else valid_name("cluster", name)

    @property
    def _names(self) -> tuple[str, ...]:
        return () if self._name is None else (self._name,)

    @property
    def scope(self) -> tuple[str, ...]:
        """What callbacks installed here are about: ``("cluster",)``, everything."""
        return ("cluster",)

    def _read(self) -> ClusterRecord:
        return cluster_record(self._name)

    def _confirm(self) -> None:
        """Make sure, once, that a given name is that of this cluster.

        Raises:
            WrongCluster: It is not.
        """
        if self._name is not None:
            self._configured()

    @property
    def id(self) -> str:
        """The cluster's id, a long number, as text (``mmlscluster``).

        Raises:
            WrongCluster: The name given to the constructor is another cluster's.
        """
        return self._configured().id

    @property
    def clusterId(self) -> str:
        """The same as ``id``."""
        return self.id

    @property
    def name(self) -> str:
        """The cluster's full name (``mmlscluster``)."""
        return self._configured().name

    @property
    def UIDdomain(self) -> str:
        """The domain of user ids (``mmlscluster``)."""
        return self._configured().uid_domain

    @property
    def RemoteShellCmd(self) -> str:
        """The path of the remote shell command (``mmlscluster``)."""
        return self._configured().remote_shell

    @property
    def RemoteFileCopyCmd(self) -> str:
        """The path of the remote copy command (``mmlscluster``)."""
        return self._configured().remote_copy

    @property
    def PrimaryConfigServer(self) -> str | None:
        """The primary configuration server; None if the repository is CCR (``mmlscluster``)."""
        return self._configured().primary_server or None

    @property
    def SecondaryConfigServer(self) -> str | None:
        """The secondary configuration server, None if there is none (``mmlscluster``)."""
        return self._configured().secondary_server or None

    @property
    def RepositoryType(self) -> str:
        """How the configuration is kept: ``"CCR"`` or ``"server-based"`` (``mmlscluster``)."""
        return self._configured().repository

    @property
    def manager(self) -> str:
        """The full name of the node that is cluster manager now (``mmlsmgr -c``); asked each time."""
        cluster = self._configured()
        return full_name(cluster, commands.mmlsmgr().cluster_manager)

    @property
    def filesystems(self) -> Filesystems:
        """The file systems by name."""
        return Filesystems(self)

    @property
    def nodes(self) -> Nodes:
        """The nodes by name."""
        return Nodes(self)

    @property
    def nodeclasses(self) -> Nodeclasses:
        """The node classes that users made, by name."""
        return Nodeclasses(self)

    def startup(self) -> None:
        """Start GPFS on every node (``mmstartup -a``).

        Raises:
            GPFSExecuteException: It failed on some node.
        """
        self._confirm()
        commands.mmstartup()

    @known_keywords()
    def shutdown(self, unmountTimeout: int | None = None) -> None:
        """Unmount all file systems and stop GPFS on every node (``mmshutdown -a``).

        Args:
            unmountTimeout: Seconds to wait for the unmounting; None: GPFS's default.

        Raises:
            GPFSExecuteException: It failed on some node.
        """
        self._confirm()
        commands.mmshutdown(unmount_timeout=unmountTimeout)

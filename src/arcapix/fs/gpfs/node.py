"""``Node``: a node of the cluster; ``Nodes``: all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from . import commands
from .callbackable import callbackable
from .callbacks.on_events import EveryEvent
from .commands.misuse import entry_points
from .commands.node_names import LOCAL
from .commands.node_table import cluster_record, find_among, node_record
from .exceptions import GPFSExecuteException
from .model.collection import ClusterCollection
from .model.identity import Configured, valid_name
from .model.keywords import known_keywords
from .model.missing import why_not_created, why_not_found
from .model.steps import Step, take

if TYPE_CHECKING:
    from .commands import NodeRecord

__all__ = ["Node", "Nodes"]


@entry_points
class Node(callbackable, EveryEvent, Configured["NodeRecord"]):
    """A node of the cluster.

    Making the object asks GPFS nothing. The arguments after the name say how ``create()`` adds a new node;
    the properties with the same names say what GPFS has.

    Args:
        name: Any form of its name: long or short, daemon or admin name, IP address, number; ``"localhost"``
            is the node that the program runs on.
        quorumCandidate: Whether it can take part in the quorum.
        managerCandidate: Whether it can be a manager.
        adminNodeName: The name for administration commands; None: the same name.
        license: ``"server"``, ``"client"`` or ``"fpo"``; None: no license is designated.

    Example:
        >>> from arcapix.fs.gpfs import Node
        >>> Node("n2").state
        'active'
    """

    kind = "node"
    _local_name: str | None = None

    @known_keywords()
    def __init__(
        self,
        name: str = LOCAL,
        quorumCandidate: bool = False,
        managerCandidate: bool = False,
        adminNodeName: str | None = None,
        license: str | None = None,
    ) -> None:
        self._given_name = valid_name("node", name)
        self._designation = "-".join(
            word for word, wanted in (("quorum", quorumCandidate), ("manager", managerCandidate)) if wanted
        )
        self._admin_name = adminNodeName
        self._license = license

    @classmethod
    def _listed(cls, record: NodeRecord) -> Node:
        return cls(record.daemon_name)._knowing(record)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._given_name,)

    @property
    def scope(self) -> tuple[str, ...]:
        """Where callbacks installed here run: ``("node", name)``, the name as it was given."""
        return ("node", self._given_name)

    def _read(self) -> NodeRecord:
        return node_record(cluster_record(None), self.name)

    @property
    def id(self) -> int:
        """The node's number (``mmlscluster``).

        Raises:
            NotFound: The cluster has no such node.
            GPFSError: The name is the short name of several nodes.
        """
        return self._configured().number

    @property
    def name(self) -> str:
        """The name as it was given; for ``"localhost"`` the node's own name (``mmlsnode -N localhost``)."""
        if self._given_name != LOCAL:
            return self._given_name
        if self._local_name is None:
            self._local_name = commands.mmlsnode_local()
        return self._local_name

    @property
    def adminNodeName(self) -> str:
        """The name for administration commands (``mmlscluster``)."""
        return self._configured().admin_name

    @property
    def ipAddress(self) -> str:
        """The IP address of the daemon's interface (``mmlscluster``)."""
        return self._configured().ip

    @property
    def quorumCandidate(self) -> bool:
        """Whether it is a quorum node (``mmlscluster``)."""
        return self._configured().quorum

    @property
    def managerCandidate(self) -> bool:
        """Whether it is in the pool of managers (``mmlscluster``)."""
        return self._configured().manager

    @property
    def state(self) -> str:
        """The state of GPFS there now (``mmgetstate -N``); asked each time.

        ``"active"``, ``"down"``, ``"arbitrating"``, ``"unknown"``, or whatever else a release may say.
        """
        states = commands.mmgetstate((self._given_name,))
        return next(iter(states.values()), "unknown")

    def startup(self) -> None:
        """Start GPFS there (``mmstartup -N``).

        Raises:
            GPFSExecuteException: It failed.
        """
        commands.mmstartup((self._given_name,))

    def shutdown(self) -> None:
        """Unmount the file systems there and stop GPFS (``mmshutdown -N``).

        Raises:
            GPFSExecuteException: It failed.
        """
        commands.mmshutdown((self._given_name,))

    def create(self) -> None:
        """Add the node to the cluster (``mmaddnode``), and designate its license if one was given.

        Raises:
            AlreadyExists: The cluster has that node.
            GPFSExecuteException: The node could not be added; or it was added, but ``mmchlicense`` failed.
        """
        steps: list[Step] = [("the node was added", self._add)]
        if self._license is not None:
            steps.append(self._license_step(self._license))
        try:
            take(*steps)
        finally:
            self.refresh()

    def _add(self) -> None:
        descriptor = ":".join([self._given_name, self._designation, self._admin_name or ""]).rstrip(":")
        try:
            commands.mmaddnode(descriptor)
        except GPFSExecuteException as error:
            raise why_not_created("node", self._given_name, self._known_names, error) from None

    def delete(self) -> None:
        """Remove the node from the cluster (``mmdelnode``); GPFS must be down there.

        Raises:
            NotFound: The cluster has no such node.
        """
        name = self.name
        try:
            commands.mmdelnode(name)
        except GPFSExecuteException as error:
            raise why_not_found("node", name, self._known_names, error) from None
        self.refresh()

    @known_keywords()
    def change(
        self,
        *,
        quorumCandidate: bool | None = None,
        managerCandidate: bool | None = None,
        adminNodeName: str | None = None,
        license: str | None = None,
    ) -> None:
        """Change what is given, and leave the rest (one ``mmchnode``, then ``mmchlicense``).

        Args:
            quorumCandidate: Whether it can take part in the quorum.
            managerCandidate: Whether it can be a manager.
            adminNodeName: The name for administration commands.
            license: ``"server"``, ``"client"`` or ``"fpo"``.

        Raises:
            ValueError: A name or a license is invalid.
            GPFSExecuteException: A command failed; the message says what was done before.
        """
        options: list[str] = []
        if quorumCandidate is not None:
            options.append("--quorum" if quorumCandidate else "--nonquorum")
        if managerCandidate is not None:
            options.append("--manager" if managerCandidate else "--client")
        if adminNodeName is not None:
            options.append(f"--admin-interface={valid_name('node', adminNodeName)}")
        steps: list[Step] = []
        if options:
            steps.append((" ".join(options), lambda: commands.mmchnode(self.name, *options)))
        if license is not None:
            steps.append(self._license_step(license))
        try:
            take(*steps)
        finally:
            self.refresh()

    def refresh(self) -> None:
        """Forget the configuration that was read; the next question asks GPFS again."""
        super().refresh()
        self._local_name = None

    def _license_step(self, license: str) -> Step:
        kind = commands.operand(license)
        return (f"license {kind}", lambda: commands.mmchlicense(kind, self.name))

    def _known_names(self) -> list[str]:
        """Every form of every node's name, for telling whether this node exists."""
        return [form for node in cluster_record(None).nodes for form in node.names()]


@entry_points
class Nodes(ClusterCollection[Node]):
    """The nodes by daemon node name; each question is one ``mmlscluster``.

    ``[]`` and ``in`` take any form of a node's name.

    Example:
        >>> from arcapix.fs.gpfs import Cluster
        >>> [node.id for node in Cluster().nodes.values()]
        [1, 2, 3]
    """

    _what: ClassVar[str] = "node"

    def _listing(self) -> dict[str, Node]:
        cluster = self._cluster._read() if self._cluster is not None else cluster_record(None)
        return {record.daemon_name: Node._listed(record) for record in cluster.nodes}

    def _find(self, listing: Mapping[str, Node], key: object) -> Node | None:
        if isinstance(key, Node):
            key = key.name
        if not isinstance(key, str):
            return super()._find(listing, key)
        record = find_among([node._configured() for node in listing.values()], key)
        return listing[record.daemon_name] if record is not None else None

    @property
    def localNode(self) -> Node:
        """The node that this program runs on (``mmlsnode -N localhost``)."""
        self._confirm_cluster()
        return Node(commands.mmlsnode_local())

    @property
    def nodesUp(self) -> list[Node]:
        """The nodes whose state is ``"active"`` now (``mmgetstate -a``); asked each time."""
        listing = self._listed_now()
        active = (name for name, state in commands.mmgetstate().items() if state == "active")
        found = (self._find(listing, name) for name in active)
        return [node for node in found if node is not None]

    @known_keywords()
    def new(
        self,
        name: str,
        quorum_candidate: bool = False,
        manager_candidate: bool = False,
        admin_name: str | None = None,
        license: str | None = None,
    ) -> Node:
        """Add a node to the cluster (``mmaddnode``, and ``mmchlicense`` if a license is given).

        Args:
            name: Its daemon node name.
            quorum_candidate: Whether it can take part in the quorum.
            manager_candidate: Whether it can be a manager.
            admin_name: The name for administration commands.
            license: ``"server"``, ``"client"`` or ``"fpo"``.

        Raises:
            AlreadyExists: The cluster has that node.
        """
        self._confirm_cluster()
        node = Node(name, quorum_candidate, manager_candidate, admin_name, license)
        node.create()
        return node

    @known_keywords()
    def destroy(self, name: str) -> None:
        """Remove a node from the cluster (``mmdelnode``); GPFS must be down there.

        Args:
            name: Any form of its name.

        Raises:
            NotFound: The cluster has no such node.
        """
        self._confirm_cluster()
        Node(name).delete()

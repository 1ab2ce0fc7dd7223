"""``Node``: a machine of the cluster."""

from __future__ import annotations

from . import commands
from .commands import NodeRecord
from .exceptions import GPFSExecuteException
from .objects.collection import why_not_created, why_not_found
from .objects.identity import Configured, valid_name
from .objects.keywords import known_keywords
from .objects.steps import Step, take
from .on_events import EveryEvent
from .registration import node_names
from .registration.nodetable import cluster_record, node_record

__all__ = ["Node"]


class Node(EveryEvent, Configured[NodeRecord]):
    """A node of the cluster.

    Making the object asks GPFS nothing. The arguments after the name say how ``create()`` adds a new node;
    the properties of the same names say what GPFS has.

    Args:
        name: Any form of its name: long or short, daemon or admin name, IP address, number; ``"localhost"``
            is the node that the program runs on.
        quorumCandidate: Whether it can take part in the quorum.
        managerCandidate: Whether it can be a manager.
        adminNodeName: The name for administration commands; None: the same name.
        license: ``"server"``, ``"client"`` or ``"fpo"``; None: none is designated.

    Example:
        >>> from arcapix.fs.gpfs import Node
        >>> Node("n2").state
        'active'
    """

    kind = "node"

    @known_keywords()
    def __init__(
        self,
        name: str = node_names.LOCAL,
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
        return node_names.real(self._given_name)

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
        """The state of GPFS there now (``mmgetstate -N``); asked anew each time.

        ``"active"``, ``"down"``, ``"arbitrating"``, ``"unknown"``, and what else a release may say.
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
            GPFSExecuteException: The node could not be added; or it was, and ``mmchlicense`` failed.
        """
        steps: list[Step] = [("the node was added", self._add)]
        if self._license is not None:
            steps.append(self._license_step(self._license))
        try:
            take(*steps)
        finally:
            self._forget()

    def _add(self) -> None:
        descriptor = ":".join([self._given_name, self._designation, self._admin_name or ""]).rstrip(":")
        try:
            commands.mmaddnode(descriptor)
        except GPFSExecuteException as error:
            raise why_not_created("node", self._given_name, self._known_names, error) from error

    def delete(self) -> None:
        """Remove the node from the cluster (``mmdelnode``); GPFS must be down there.

        Raises:
            NotFound: The cluster has no such node.
        """
        name = self.name
        try:
            commands.mmdelnode(name)
        except GPFSExecuteException as error:
            raise why_not_found("node", name, self._known_names, error) from error
        self._forget()

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
            ValueError: A name or a license is none.
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
            self._forget()

    def _forget(self) -> None:
        self.refresh()
        node_names.forget()

    def _license_step(self, license: str) -> Step:
        kind = commands.process.operand(license)
        return (f"license {kind}", lambda: commands.mmchlicense(kind, self.name))

    def _known_names(self) -> list[str]:
        """Every form of every node's name, for telling whether this one is there."""
        return [form for node in cluster_record(None).nodes for form in node.names()]

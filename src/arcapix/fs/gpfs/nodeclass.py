"""``Nodeclass``: a named set of nodes; ``Nodeclasses``: those that users made."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, TypeAlias

from . import commands
from .callbackable import callbackable
from .callbacks.on_events import EveryEvent
from .commands.misuse import entry_points
from .exceptions import GPFSExecuteException, NotFound
from .model.collection import ClusterCollection
from .model.identity import Configured, valid_name
from .model.keywords import known_keywords
from .model.missing import why_not_created, why_not_found
from .node import Node

if TYPE_CHECKING:
    from .commands import NodeclassRecord

__all__ = ["Nodeclass", "Nodeclasses"]


class Members(NamedTuple):
    """What a node class consists of.

    Attributes:
        nodes: Names of nodes.
        classes: Names of other node classes.
    """

    nodes: tuple[str, ...]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, record: NodeclassRecord, class_names: Collection[str]) -> Members:
        """Tell nodes from classes: GPFS lists both in one row, and lets no class have a node's name."""
        return cls(
            tuple(member for member in record.members if member not in class_names),
            tuple(member for member in record.members if member in class_names),
        )


@entry_points
class Nodeclass(callbackable, EveryEvent, Configured[Members]):
    """A user's node class.

    Making the object asks GPFS nothing. The members given say what ``create()`` makes; the properties with
    the same names say what GPFS has.

    Args:
        name: Its name.
        memberNodes: Nodes, or their names.
        memberClasses: Node classes, or their names; GPFS allows one level of nesting.

    Example:
        >>> from arcapix.fs.gpfs import Nodeclass
        >>> Nodeclass("gateways", ["n2", "n3"]).create()
        >>> len(Nodeclass("gateways").memberNodes)
        2
    """

    kind = "nodeclass"

    @known_keywords()
    def __init__(
        self,
        name: str,
        memberNodes: Iterable[Node | str] | None = None,
        memberClasses: Iterable[Nodeclass | str] | None = None,
    ) -> None:
        self._name = valid_name("node class", name)
        self._wanted = [*_member_names(memberNodes or ()), *_member_names(memberClasses or ())]

    @classmethod
    def _listed(cls, name: str, members: Members) -> Nodeclass:
        return cls(name)._knowing(members)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self._name,)

    @property
    def scope(self) -> tuple[str, ...]:
        """Where callbacks installed here run: ``("nodeclass", name)``."""
        return ("nodeclass", self._name)

    def _read(self) -> Members:
        records = {record.name: record for record in commands.mmlsnodeclass()}
        if self._name not in records:
            raise NotFound("node class", self._name, records)
        return Members.of(records[self._name], records.keys())

    @property
    def id(self) -> str:
        """The same as ``name``."""
        return self._name

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def memberNodes(self) -> list[str]:
        """Names of the nodes in it (``mmlsnodeclass``).

        Raises:
            NotFound: There is no such class.
        """
        return list(self._configured().nodes)

    @property
    def memberClasses(self) -> list[str]:
        """Names of the node classes in it (``mmlsnodeclass``)."""
        return list(self._configured().classes)

    def create(self) -> None:
        """Make the class with the members given to the constructor (``mmcrnodeclass``).

        Raises:
            ValueError: There are no members.
            AlreadyExists: There is a class with that name.
        """
        if not self._wanted:
            raise ValueError(f"node class {self._name!r} needs a member; give memberNodes= or memberClasses=")
        try:
            commands.mmcrnodeclass(self._name, self._wanted)
        except GPFSExecuteException as error:
            raise why_not_created("node class", self._name, _class_names, error) from None
        self.refresh()

    def delete(self) -> None:
        """Delete the class, not its nodes (``mmdelnodeclass``).

        Raises:
            NotFound: There is no such class.
        """
        try:
            commands.mmdelnodeclass(self._name)
        except GPFSExecuteException as error:
            raise why_not_found("node class", self._name, _class_names, error) from None
        self.refresh()

    def add(self, member: Node | Nodeclass | str) -> None:
        """Add a member (``mmchnodeclass NAME add``).

        Args:
            member: A node, a node class, or the name of one.

        Raises:
            NotFound: There is no such class.
            GPFSExecuteException: GPFS refused.
        """
        self._change("add", [member])

    def remove(self, member: Node | Nodeclass | str) -> None:
        """Remove a member (``mmchnodeclass NAME delete``).

        Args:
            member: A node, a node class, or the name of one.

        Raises:
            NotFound: There is no such class.
            GPFSExecuteException: GPFS refused, as it does for the last member.
        """
        self._change("delete", [member])

    def replace(self, memberNodes: Iterable[Node | Nodeclass | str]) -> None:
        """Replace all members with these (``mmchnodeclass NAME replace``).

        Args:
            memberNodes: Nodes, node classes, or their names.

        Raises:
            ValueError: There are none.
            NotFound: There is no such class.
            GPFSExecuteException: GPFS refused.
        """
        self._change("replace", memberNodes)

    def _change(self, action: Literal["add", "delete", "replace"], members: Iterable[Member]) -> None:
        names = _member_names(members)
        if not names:
            raise ValueError(f"node class {self._name!r} needs a member; use delete() to get rid of it")
        try:
            commands.mmchnodeclass(self._name, action, names)
        except GPFSExecuteException as error:
            raise why_not_found("node class", self._name, _class_names, error) from None
        self.refresh()


Member: TypeAlias = Node | Nodeclass | str


def _member_names(members: Iterable[Member]) -> list[str]:
    listed = [members] if isinstance(members, str) else members
    return [member if isinstance(member, str) else member.name for member in listed]


def _class_names() -> list[str]:
    return [record.name for record in commands.mmlsnodeclass()]


@entry_points
class Nodeclasses(ClusterCollection[Nodeclass]):
    """The node classes that users made, by name, read-only; each question is one ``mmlsnodeclass``.

    Example:
        >>> from arcapix.fs.gpfs import Cluster, Nodeclass
        >>> Nodeclass("gateways") in Cluster().nodeclasses
        False
    """

    _what: ClassVar[str] = "node class"

    def _listing(self) -> dict[str, Nodeclass]:
        self._confirm_cluster()
        records = {record.name: record for record in commands.mmlsnodeclass()}
        return {
            name: Nodeclass._listed(name, Members.of(record, records.keys()))
            for name, record in records.items()
        }

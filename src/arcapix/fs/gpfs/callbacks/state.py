"""The two states of a callback: drafted, or installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..commands.node_names import NodeNames
from ..registration import incoming, registry
from ..registration.definition import Definition

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["Drafted", "Installed"]


class Drafted:
    """A callback that GPFS does not have: a definition.

    Attributes:
        definition: What it will be.
        names: The names of nodes, to tell what its nodes mean.
    """

    __slots__ = ("definition", "names")

    record = None

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.names = NodeNames()

    @property
    def identifier(self) -> str:
        """What it is called."""
        return self.definition.identifier


class Installed:
    """A callback that GPFS has.

    Args:
        identifier: What it is called.
        record: What GPFS has, as it was sent or listed; None until somebody asks for it.
        origin: The definition that it was installed from in this process, with the callable itself, or None.
        names: The names of nodes when it was listed, shared with the others of that listing.
        sent: Whether the record is what this process sent, as it was given, and not a listing.
    """

    __slots__ = ("_definition", "_record", "_sent", "identifier", "names", "origin")

    def __init__(
        self,
        identifier: str,
        record: CallbackRecord | None = None,
        origin: Definition | None = None,
        names: NodeNames | None = None,
        *,
        sent: bool = False,
    ) -> None:
        self.identifier = identifier
        self.origin = origin
        self.names = names or NodeNames()
        self._record = record
        self._sent = sent
        self._definition: Definition | None = None

    @property
    def record(self) -> CallbackRecord:
        """What GPFS has; listed at the first question unless it is known already.

        Raises:
            NotFound: GPFS has none with that identifier.
        """
        if self._record is None:
            self._record = registry.find(self.identifier)
        return self._record

    @property
    def seen(self) -> CallbackRecord | None:
        """What was sent or listed so far; GPFS is not asked."""
        return self._record

    @property
    def sent(self) -> CallbackRecord | None:
        """What this process sent, if nothing was listed since; it tells more than a listing."""
        return self._record if self._sent else None

    @property
    def definition(self) -> Definition:
        """What its record says."""
        if self._definition is None:
            self._definition = incoming.definition_of(self.record)
        return self._definition

    def renewed(self, record: CallbackRecord, *, same_function: bool, sent: bool) -> Installed:
        """Return the state after its record in GPFS has changed.

        Args:
            record: What GPFS has now.
            same_function: Whether it runs what it ran before, so that the callable is still known.
            sent: See `Installed`.
        """
        return Installed(self.identifier, record, self.origin if same_function else None, sent=sent)

    def deleted(self) -> Drafted:
        """Return what is left of it once GPFS no longer has it: a definition that can be created again."""
        return Drafted(
            self.definition if self.origin is None else incoming.renewed(self.origin, self.definition)
        )

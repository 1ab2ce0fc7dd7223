"""What a callback tells about itself, from its definition or from what GPFS lists. Looking runs nothing."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from arcapix.fs import gpfs  # loads public names on first use: the owner objects stand above

from ..binding import bind, native_parms, parms
from ..binding.callables import qualified_name
from ..commands.misuse import entry_points
from ..deployment import cluster_key, installation
from ..driver import token as tokens
from ..driver.verification import checked
from ..registration import header, listed, registry
from ..registration.definition import Definition
from ..registration.doubts import warn
from .state import Drafted, Installed

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from ..registration.owner import Owner
    from ..registration.run_options import Run

__all__ = ["CallbackProperties"]


@entry_points
class CallbackProperties:
    """The properties of a `Callback`, and what they are read from: its state."""

    __slots__ = ("_state",)

    _state: Drafted | Installed

    @property
    def _definition(self) -> Definition:
        return self._state.definition

    def _header(self) -> header.Header | None:
        record = self._state.record
        return None if record is None else _read_header(record)

    @property
    def id(self) -> str:
        """The identifier."""
        return self._state.identifier

    @property
    def name(self) -> str:
        """The same as `id`."""
        return self.id

    @property
    def events(self) -> list[str]:
        """The events, in their order; a fresh list each time, so that only `add` and `remove` change them."""
        return list(self._definition.events)

    @property
    def command(self) -> str:
        """The path of the program that GPFS starts; for a callable, the driver's.

        Raises:
            GPFSError: It is a callable that is not installed, and neither is the driver.
        """
        record = self._state.record
        if record is not None:
            return record.command
        command = self._definition.command
        return command if isinstance(command, str) else str(installation.driver_path())

    @property
    def function(self) -> str | None:
        """``module.qualname`` of the callable; None for a script, or if no header can be read."""
        found = self._header()
        if found is not None:
            return found.function
        command = self._definition.command
        return None if isinstance(command, str) else qualified_name(command)

    @property
    def kind(self) -> str:
        """``"callable"``, ``"script"``, or ``"foreign"``: our driver with a token that cannot be read.

        A file that is called like our driver, and is none of this node, is a script.
        """
        record = self._state.record
        if record is None:
            return listed.CALLABLE if self._definition.is_callable else listed.SCRIPT
        return listed.kind_of(record, self._header())

    @property
    def nodes(self) -> list[str]:
        """Where it may run, as GPFS lists it; empty for every node. A fresh list, as `events`."""
        record = self._state.record
        return list(self._definition.nodes if record is None else record.nodes)

    @property
    def node(self) -> str | None:
        """The same as `nodes`, joined by commas; None for every node."""
        return ",".join(self.nodes) or None

    @property
    def parms(self) -> list[str]:
        """The entries as given: variables as ``%name``, literals as text; for a script, the native words.

        A fresh list, as `events`.
        """
        found = self._header()
        if found is not None:
            return list(found.parms)
        record = self._state.record
        if record is not None:
            return list(record.parms)
        return _shown_parms(self._definition)

    @property
    def binding(self) -> list[tuple[str, str]]:
        """Pairs of parameter and source: ``%name``, ``literal``, or ``event`` for the record of the event.

        Empty for a script.

        Raises:
            BindingError: It is not installed, and cannot be in its present form.
        """
        found = self._header()
        if found is not None:
            return list(found.binding)
        definition = self._definition
        if isinstance(definition.command, str):
            return []
        return list(bind(definition.command, definition.parms, events=definition.events).shown)

    @property
    def priority(self) -> float | str | None:
        """The priority, None if there is none; as text if GPFS does not list a number."""
        return self._definition.priority

    @property
    def sync(self) -> bool:
        """Whether GPFS waits for its end."""
        return self._definition.sync

    @property
    def timeout(self) -> int | None:
        """Seconds that GPFS waits."""
        return self._definition.timeout

    @property
    def onerror(self) -> str | None:
        """What GPFS does when it fails."""
        return self._definition.onerror

    @property
    def form(self) -> str | None:
        """``"source"`` or ``"bytecode"``; None for a script, or if nothing was captured yet."""
        found = self._header()
        return None if found is None else "bytecode" if found.bytecode else "source"

    @property
    def run(self) -> Run | None:
        """The run options; None if there are none."""
        return self._definition.run

    @property
    def python(self) -> str | None:
        """The lowest Python version that runs it; for bytecode, the only one."""
        found = self._header()
        return None if found is None else found.python

    @property
    def installed_by(self) -> str | None:
        """The user who installed it."""
        found = self._header()
        return None if found is None else found.installed_by or None

    @property
    def installed_at(self) -> str | None:
        """When it was installed, UTC, as ``20261122T144200Z``."""
        found = self._header()
        return None if found is None else found.installed_at or None

    @property
    def owner(self) -> Owner:
        """The object it is about, or the one node or node class that it is limited to, or the cluster."""
        definition = self._definition
        kind, *names = definition.scope
        if kind == "filesystem":
            return gpfs.Filesystem(*names)
        if kind == "fileset":
            return gpfs.Fileset(*names)
        if kind == "pool":
            return gpfs.Pool(names[1], names[0])
        if len(definition.nodes) != 1:
            return gpfs.Cluster()
        [node] = definition.nodes
        is_node = kind == "node" if kind != "cluster" else self._state.names.is_node(node)
        return gpfs.Node(node) if is_node else gpfs.Nodeclass(node)

    @property
    def installed(self) -> bool:
        """Whether GPFS has it now, intact (one listing).

        If its token was cut or altered, it counts as not installed, with a `CallbackWarning`.
        """
        record = registry.get(self.id)
        if record is None:
            return False
        problem = self._problem(record)
        if problem:
            warn([f"callback {self.id!r} counts as not installed: {problem}"])
        return not problem

    def _problem(self, record: CallbackRecord) -> str:
        """Return what is wrong with the token that GPFS lists."""
        problem = header.problem_of(record)
        if problem:
            return problem
        known = self._state.seen if isinstance(self._state, Installed) else None
        if known is not None and header.read(known) and record.parms != known.parms:
            if record.parms[:1] != known.parms[:1]:
                return "its token is not the one that was sent"
            return "the words after its token are not those that were sent"
        found = header.read(record)
        if found is None:
            return ""
        if not header.is_complete(record, found):
            return "the words after its token are not those that it names"
        try:
            checked(record.parms[0], cluster_key.keys())
        except tokens.TokenError as error:
            return str(error)
        return ""

    def captured_text(self) -> tuple[str, str] | None:
        """Return the body of the token and its form, for code that shows it; None for a script.

        Raises:
            GPFSError: The token was altered, or this node cannot tell; no part of it is decoded.
        """
        record = self._state.record
        return None if record is None else listed.captured_text(record)

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, CallbackProperties) else NotImplemented

    def __hash__(self) -> int:
        return hash((CallbackProperties, self.id))

    def __reduce__(self) -> tuple[Callable[[str], CallbackProperties], tuple[str]]:
        if isinstance(self._state, Drafted):
            raise TypeError(
                f"callback {self.id!r} is not installed; only an installed one can be pickled, by its name"
            )
        return type(self)._named, (self.id,)

    @classmethod
    def _named(cls, identifier: str) -> CallbackProperties:
        """Return an installed callback of which only the identifier is known, as from a pickle."""
        callback = cls.__new__(cls)
        callback._state = Installed(identifier)
        return callback

    def __repr__(self) -> str:
        return (
            f"<Callback {self.id}, not installed>"
            if isinstance(self._state, Drafted)
            else f"<Callback {self.id}>"
        )


def _shown_parms(definition: Definition) -> list[str]:
    """Return the parms of a definition that is not installed, in readable form."""
    if isinstance(definition.command, str):
        return " ".join(native_parms(definition.parms)).split()
    given = parms.read(definition.parms)
    return [parms.shown(entry) for entry in (given.values() if isinstance(given, dict) else given)]


@functools.lru_cache(maxsize=64)
def _read_header(record: CallbackRecord) -> header.Header | None:
    return header.read(record)

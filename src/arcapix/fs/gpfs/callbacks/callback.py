"""``Callback``: one callback, as a definition or as GPFS has it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

from ..binding.parms import Literal, Variable
from ..commands.node_names import NodeNames
from ..exceptions import AlreadyExists
from ..registration import edits, header, incoming, outgoing, registry, replacement, sameness, unlisted
from ..registration.arguments import Command, EventNames, Keywords, Nodes, Parms
from ..registration.definition import Definition, define, doubts_about_onerror
from ..registration.doubts import warn
from .properties import CallbackProperties
from .state import Drafted, Installed

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["Callback", "Literal", "Variable"]

_FUNCTIONS_ONLY = (
    "replace=True replaces a function by a function only: delete it first, or use another identifier"
)


class Changes(TypedDict, total=False):
    """The keywords of `Callback.change`."""

    command: Command
    event: EventNames
    node: Nodes | None
    parms: Parms | None
    priority: float | None
    sync: bool | None
    timeout: int | None
    onerror: str | None
    run: None


class Callback(CallbackProperties):
    """One callback: a definition until `create`, then what GPFS has.

    One that came from GPFS is a snapshot of the moment when it was listed, or last changed through this
    object; `refresh` reads it again. Callbacks with the same identifier are equal.

    Args:
        callbackId: The identifier; if it is left out, it is made from the command's name.
        command: A callable, or the absolute path of a script.
        event: One event, several joined by commas, or a list.
        node: Where it may run: Node, Nodeclass, their names, or a list of these; None is every node.
        parms: Variables and literals for the parameters that are not named after a variable; ``parm`` is the
            same.
        priority: A number (``--priority``).
        sync: Whether GPFS waits for the end (``--sync``).
        timeout: Seconds that GPFS waits; only with ``sync=True``, and needed then (``--timeout``).
        onerror: What GPFS does when it fails: continue, quorumLoss or shutdown; only with ``sync=True``.

    Raises:
        TypeError, ValueError: An argument is invalid.
        BadIdentifier: The identifier cannot be used.
        UnsupportedEvent: The owner does not support an event.

    Example:
        >>> from arcapix.fs.gpfs import Callback
        >>> def logger(eventName):
        ...     print(eventName)
        >>> Callback("shutdown-logger", logger, "shutdown")
        <Callback shutdown-logger, not installed>
    """

    __slots__ = ()

    @overload
    def __init__(
        self,
        command: Command = ...,
        event: EventNames | None = ...,
        node: Nodes | None = ...,
        parms: Parms | None = ...,
        /,
        **keywords: Unpack[Keywords],
    ) -> None: ...

    @overload
    def __init__(
        self,
        callbackId: str | None,
        command: Command = ...,
        event: EventNames | None = ...,
        node: Nodes | None = ...,
        parms: Parms | None = ...,
        /,
        **keywords: Unpack[Keywords],
    ) -> None: ...

    def __init__(self, *positional: Any, **keywords: Any) -> None:
        self._state = Drafted(define("Callback", positional, keywords))

    @classmethod
    def _defined(cls, definition: Definition) -> Callback:
        """Return a callback that is not installed."""
        callback = cls.__new__(cls)
        callback._state = Drafted(definition)
        return callback

    @classmethod
    def _listed(cls, record: CallbackRecord, names: NodeNames | None = None) -> Callback:
        """Return a callback that GPFS has listed; its token is read when something in it is asked for."""
        callback = cls.__new__(cls)
        callback._state = Installed(record.identifier, record, names=names)
        return callback

    def create(self, *, replace: bool = False) -> None:
        """Bind, capture the callable as it is now, and install (one ``mmaddcallback``).

        If the identifier was given, one listing comes first.

        Args:
            replace: Whether one with that identifier is replaced, as by `change`, with the same gap: one of
                our callables by a callable, a script by a script. Nothing happens if it is the same already.

        Raises:
            ValueError: The callback has no event.
            BadCallable: The callable cannot be bound or captured; GPFS was not asked.
            AlreadyExists: There is one with that identifier; nothing was changed.
            GPFSExecuteException: GPFS refused.
        """
        definition = self._definition
        [prepared] = outgoing.verified([outgoing.prepare(definition)])
        doubts = [*prepared.doubts, *unfinished()]
        definition.confirm()
        with replacement.alone() if replace else contextlib.nullcontext():
            self._install(definition, prepared, doubts, replace=replace)

    def _install(
        self, definition: Definition, prepared: outgoing.Prepared, doubts: list[str], *, replace: bool
    ) -> None:
        every: list[CallbackRecord] = []
        if replace or isinstance(self._state, Installed) or not definition.generated:
            every = registry.listed()
        existing = next((record for record in every if record.identifier == self.id), None)
        if existing is None:
            warn(doubts)
            registry.add(prepared.record)
            self._sent(prepared.record, definition)
            return
        _refuse_existing(existing, prepared.record, replace)
        warn(doubts)
        if sameness.is_same(existing, prepared.record):
            self._sent(existing, definition)
            return
        listed = unlisted.Listed(incoming.definition_of(existing), existing, every)
        if not listed.is_script(prepared.record):
            before = listed.as_it_was(prepared.definition)
            replacement.put(existing, outgoing.carried(before), prepared.record)
        self._sent(prepared.record, definition)

    def _sent(self, record: CallbackRecord, definition: Definition) -> None:
        """Remember what was sent, and what it was made from, for creating it again after `delete`."""
        origin = None if definition.registered else definition
        self._state = Installed(self.id, record, origin, sent=True)

    def add(
        self, event: EventNames | None = None, node: Nodes | None = None, parms: Parms | None = None
    ) -> None:
        """Add events, nodes, or parms of a script; GPFS is not asked if they are known to be there.

        GPFS can only delete and add, so an event in the gap between the two is not seen.

        Args:
            event: One event, several joined by commas, or a list.
            node: Where else it may run: Node, Nodeclass, their names, or a list of these.
            parms: Further words for a script.

        Raises:
            TypeError: Nothing was given, or parms were given for a callable.
            NotFound: Somebody deleted it.
            UnsupportedEvent: The owner does not support an event.
            ValueError: It runs on every node, so adding a node would narrow it.
            ReplaceFailed: GPFS refused; the text says whether the callback is as it was.
            GPFSError: GPFS does not list all that the script was installed with: nothing was changed, and
                `change` has to restate it.
        """
        self._edit(edits.adding(self._definition, event, node, parms))

    def remove(
        self, event: EventNames | None = None, node: Nodes | None = None, parms: Parms | None = None
    ) -> None:
        """Take out events, nodes, or the parms of a script; the counterpart of `add`, with the same gap.

        Args:
            event: One event, several joined by commas, or a list.
            node: Where it should no longer run: Node, Nodeclass, their names, or a list of these.
            parms: Words that a script should no longer get.

        Raises:
            TypeError: Nothing was given, or parms were given for a callable.
            ValueError: It would lose its last event or its last node.
            NotFound: Somebody deleted it.
            ReplaceFailed: GPFS refused; the text says whether the callback is as it was.
            GPFSError: GPFS does not list all that the script was installed with: nothing was changed, and
                `change` has to restate it.
        """
        self._edit(edits.removing(self._definition, event, node, parms))

    def change(self, **given: Unpack[Changes]) -> None:
        """Set any of command, event, node, parms, priority, sync, timeout, onerror; an explicit None unsets.

        GPFS can only delete and add, so an event in the gap between the two is not seen. The function is
        carried over as it is, unless ``command`` gives another one, with ``parms`` if the callback has any.

        Args:
            **given: Keywords of `Callback`, except ``callbackId`` and ``parm``.

        Raises:
            TypeError: A keyword is unknown, or a callable's parms were given without ``command``.
            ValueError: No event is left, or values contradict each other.
            UnsupportedEvent: The owner does not support an event.
            BadCallable: The new callable cannot be bound or captured.
            NotFound: Somebody deleted it.
            ReplaceFailed: GPFS refused; the text says whether the callback is as it was.
            GPFSError: GPFS does not list all that the script was installed with: nothing was changed, and
                `change` has to restate it.
        """
        self._edit(edits.changing(self._definition, given), given)

    def _edit(self, edit: edits.Edit, restated: Mapping[str, object] | None = None) -> None:
        known = self._definition
        wanted = edit(known)
        if isinstance(self._state, Drafted):
            warn(doubts_about_onerror(wanted))
            self._state = Drafted(wanted)
            return
        if wanted == known and (self._state.sent or not restated):
            return
        with replacement.alone():
            self._replace(self._state, edit, restated or {})

    def _replace(self, installed: Installed, edit: edits.Edit, restated: Mapping[str, object]) -> None:
        """Apply an edit to what GPFS has now."""
        every = registry.listed()
        old = registry.named(self.id, every)
        definition = incoming.definition_of(old)
        listed = unlisted.Listed(definition, old, every, installed.sent)
        wanted = edit(definition)
        if wanted == definition and not listed.leaves_open(restated):
            self._adopt(installed, old)
            return
        wanted = edit(listed.completed(restated, wanted))
        [prepared] = outgoing.verified([outgoing.prepare(wanted)])
        warn([*prepared.doubts, *doubts_about_onerror(wanted), *unfinished()])
        if not (prepared.captured and sameness.is_same(old, prepared.record)):
            replacement.put(old, outgoing.carried(listed.as_it_was(wanted)), prepared.record)
        if prepared.captured:
            self._sent(prepared.record, wanted)
        else:
            self._adopt(installed, prepared.record, sent=True)

    def _adopt(self, installed: Installed, record: CallbackRecord, *, sent: bool = False) -> None:
        """Take over what GPFS has now; the callable stays known as long as it is still the same."""
        old = installed.seen
        same = old is not None and sameness.same_function(old, record)
        self._state = installed.renewed(record, same_function=same, sent=sent)

    def delete(self) -> None:
        """Delete it (one ``mmdelcallback``). The definition stays, and can be created again.

        Raises:
            NotFound: GPFS has none with that identifier.
        """
        left = self._state.deleted() if isinstance(self._state, Installed) else self._state
        registry.delete(self.id)
        self._state = left

    def refresh(self) -> None:
        """Read it again (one listing).

        Raises:
            NotFound: GPFS no longer has one with that identifier.
        """
        record = registry.find(self.id)
        installed = self._state if isinstance(self._state, Installed) else Installed(self.id)
        self._adopt(installed, record)


def _refuse_existing(existing: CallbackRecord, wanted: CallbackRecord, replace: bool) -> None:
    """Raise AlreadyExists, unless one of our functions, or a script, is to take the place of another."""
    functions = header.read(existing) is not None and header.read(wanted) is not None
    scripts = not header.is_driver(existing.command) and not header.is_driver(wanted.command)
    if replace and (functions or scripts):
        return
    hint = "" if functions or scripts else _FUNCTIONS_ONLY
    raise AlreadyExists("callback", existing.identifier, detail_of(existing), hint=hint)


def detail_of(record: CallbackRecord) -> str:
    """Return a few words that tell a callback from others: ``shutdown on mynode``."""
    return f"{','.join(record.events)} on {','.join(record.nodes) or 'every node'}"


def unfinished() -> list[str]:
    """Return what to say about callbacks whose change was cut short on this node."""
    return [
        f"a change of callback {identifier!r} was cut short; its definition is in {path}: "
        "run Cluster().callbacks.recover()"
        for identifier, path in replacement.unfinished().items()
    ]

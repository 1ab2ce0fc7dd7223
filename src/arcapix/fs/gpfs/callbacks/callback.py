"""``Callback``: one callback, as a definition or as GPFS has it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

from ..binding.parms import Literal, Variable
from ..commands.misuse import entry_points
from ..commands.node_names import NodeNames
from ..exceptions import AlreadyExists, GPFSError, GPFSExecuteException, NotFound
from ..model.keywords import known_keywords
from ..registration import (
    edits,
    header,
    incoming,
    journal,
    outgoing,
    presence,
    recovery,
    registry,
    replacement,
    room,
    sameness,
    unlisted,
)
from ..registration.arguments import FORMAL, Command, EventNames, Keywords, Nodes, Parms, shows_parameters
from ..registration.definition import Definition, define, doubts_about_options
from ..registration.doubts import warn
from ..registration.paused import PausesHere
from ..registration.run_options import Run, RunFields
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
    run: Run | RunFields | None


@entry_points
class Callback(CallbackProperties):
    """One callback: a definition until `create`, then what GPFS has.

    One that came from GPFS is a snapshot of the moment when it was listed, or last changed through this
    object; `refresh` reads it again. Callbacks with the same identifier are equal.

    Args:
        callbackId: The identifier; if it is left out, it is made from the command's name.
        command: A callable, or the absolute path of a script.
        event: One event, several joined by commas, or a list.
        node: Where it may run: Node, Nodeclass, their names, or a list of these; None is every node.
        parms: Variables and literals for the parameters that are not named after a variable.
        parm: Another name for ``parms``.
        priority: A number (``--priority``).
        sync: Whether GPFS waits for the end (``--sync``).
        timeout: Seconds that GPFS waits; only with ``sync=True``, and needed then (``--timeout``). A callable
            is ended a second earlier, or after half of them if that is later, and has failed.
        onerror: What GPFS does when it fails: continue, quorumLoss or shutdown; only with ``sync=True``.
        run: `Run`, or a mapping of its fields: limits of the run, and who runs it; only for a callable.

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

    @shows_parameters(FORMAL)
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

    @known_keywords()
    def create(self, *, replace: bool = False) -> None:
        """Bind, capture the callable as it is now, and install (one ``mmaddcallback``).

        If the identifier was given, one listing comes first. A program lists the objects of each kind once: a
        callback about what is not there gives a `CallbackWarning`. Where the token is longer than any that is
        known to have come back whole from this cluster, one listing follows: whether GPFS has kept all of it.

        Args:
            replace: Whether one with that identifier is replaced, as by `change`, with the same gap: one of
                our callables by a callable, a script by a script. Nothing happens if it is the same already.

        Raises:
            ValueError: The callback has no event.
            BadCallable: The callable cannot be bound or captured; GPFS was not asked.
            PayloadTooLarge: GPFS has cut its token; it was deleted again.
            AlreadyExists: There is one with that identifier; nothing was changed.
            ReplaceFailed: With ``replace``, as by `change`.
            GPFSExecuteException: GPFS refused.
        """
        definition = self._definition
        [prepared] = outgoing.verified([outgoing.prepare(definition)])
        definition.confirm()
        doubts = [*prepared.doubts, *recovery.unfinished(), *presence.doubts([definition])]
        doubts += PausesHere().doubts([definition])
        with journal.alone([self.id], needed=replace):
            if replace:
                replacement.repeated(self.id, lambda: self._put(definition, prepared, doubts))
            else:
                self._install(definition, prepared, doubts)
            journal.retire([self.id])

    def _install(self, definition: Definition, prepared: outgoing.Prepared, doubts: list[str]) -> None:
        if isinstance(self._state, Installed) or not definition.generated:
            existing = registry.get(self.id)
            if existing is not None:
                _refuse_existing(existing, prepared.record, replace=False)
        warn(doubts)
        room.add(prepared.record, prepared.largest)
        self._sent(prepared.record, definition)

    def _put(self, definition: Definition, prepared: outgoing.Prepared, doubts: list[str]) -> None:
        """Install it, or replace what GPFS has under its identifier."""
        since = time.monotonic()
        every = registry.listed()
        existing = next((record for record in every if record.identifier == self.id), None)
        if existing is not None:
            _refuse_existing(existing, prepared.record, replace=True)
        warn(doubts)
        doubts.clear()
        if existing is None:
            self._add_unless_taken(prepared)
            self._sent(prepared.record, definition)
            return
        if sameness.is_same(existing, prepared.record):
            self._sent(existing, definition)
            return
        listed = unlisted.Listed(incoming.definition_of(existing), existing, every)
        record = prepared.record
        if not listed.is_script(record):
            before = outgoing.unchanged(listed.as_it_was(prepared.definition))
            record = outgoing.replacing(record, existing)
            try:
                if listed.is_old:
                    since = time.monotonic()
                    replacement.look_again(existing)
                record = replacement.put(existing, before, record, since)
            except NotFound as error:
                raise replacement.Overtaken(None) from error
        self._sent(record, definition)

    def _add_unless_taken(self, prepared: outgoing.Prepared) -> None:
        try:
            room.add(prepared.record, prepared.largest)
        except GPFSExecuteException as error:
            there = registry.get(self.id)
            if there is None:
                raise
            raise replacement.Overtaken(there) from error

    def _sent(self, record: CallbackRecord, definition: Definition) -> None:
        """Remember what was sent, and what it was made from, for creating it again after `delete`."""
        origin = None if definition.registered else definition
        self._state = Installed(self.id, record, origin, sent=True)

    def add(
        self, event: EventNames | None = None, node: Nodes | None = None, parms: Parms | None = None
    ) -> None:
        """Add events, nodes, or parms of a script; GPFS is not asked if they are known to be there.

        GPFS can only delete and add, so an event in the gap between the two is not seen. If another node
        overwrites the change at the same instant, a `CallbackWarning` says so, and it is made again.

        Args:
            event: One event, several joined by commas, or a list.
            node: Where else it may run: Node, Nodeclass, their names, or a list of these.
            parms: Further words for a script.

        Raises:
            TypeError: Nothing was given, or parms were given for a callable.
            NotFound: Somebody deleted it.
            UnsupportedEvent: The owner does not support an event.
            ValueError: It runs on every node, so adding a node would narrow it.
            ReplaceFailed: GPFS refused, or other nodes kept changing it; the text says what is installed now.
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
            ReplaceFailed: GPFS refused, or other nodes kept changing it; the text says what is installed now.
            GPFSError: GPFS does not list all that the script was installed with: nothing was changed, and
                `change` has to restate it.
        """
        self._edit(edits.removing(self._definition, event, node, parms))

    def change(self, **given: Unpack[Changes]) -> None:
        """Set any of command, event, node, parms, priority, sync, timeout, onerror, run; None unsets.

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
            ReplaceFailed: GPFS refused, or other nodes kept changing it; the text says what is installed now.
            GPFSError: GPFS does not list all that the script was installed with: nothing was changed, and
                `change` has to restate it.
        """
        self._edit(edits.changing(self._definition, given), given)

    def _edit(self, edit: edits.Edit, restated: Mapping[str, object] | None = None) -> None:
        known = self._definition
        wanted = edit(known)
        if isinstance(self._state, Drafted):
            warn(doubts_about_options(wanted))
            self._state = Drafted(wanted)
            return
        if wanted == known and (self._state.sent or not restated):
            return
        doubts = outgoing.doubts_about_user(known, wanted)
        if wanted.command == known.command and wanted.parms != known.parms:
            doubts += outgoing.doubts_about_words(wanted)
        if wanted.registered and wanted.run != known.run:
            doubts += outgoing.doubts_about_once(wanted, Path(str(wanted.command)))
        change = _Change(edit, restated or {}, wanted, doubts)
        with journal.alone([self.id], needed=True):
            replacement.repeated(self.id, lambda: self._replace(change))
            journal.retire([self.id])

    def _replace(self, change: _Change) -> None:
        """Apply an edit to what GPFS has now."""
        installed = self._state
        assert isinstance(installed, Installed)
        since = time.monotonic()
        every = registry.listed()
        old = registry.named(self.id, every)
        definition = incoming.definition_of(old)
        if change.sent is not None and sameness.follows(old, change.sent):
            self._adopt(installed, old)
            return
        listed = unlisted.Listed(definition, old, every, installed.sent)
        wanted = change.edit(definition)
        if wanted == definition and not listed.leaves_open(change.restated):
            self._adopt(installed, old)
            return
        wanted = change.edit(listed.completed(change.restated, wanted))
        prepared = change.prepared(wanted)
        if prepared is None:
            self._replace(change)
            return
        warn(change.doubts(prepared))
        record = prepared.record
        if not (prepared.captured and sameness.is_same(old, record)):
            before = outgoing.unchanged(listed.as_it_was(wanted))
            change.sent = outgoing.replacing(record, old)
            if listed.is_old:
                since = time.monotonic()
                replacement.look_again(old)
            record = replacement.put(old, before, change.sent, since)
            if record is not change.sent:
                self._adopt(installed, record)
                return
        if prepared.captured:
            self._sent(record, wanted)
        else:
            self._adopt(installed, record, sent=True)

    def _adopt(self, installed: Installed, record: CallbackRecord, *, sent: bool = False) -> None:
        """Take over what GPFS has now; the callable stays known as long as it is still the same."""
        old = installed.seen
        same = old is not None and sameness.same_function(old, record)
        self._state = installed.renewed(record, same_function=same, sent=sent)

    def delete(self) -> None:
        """Delete it (one ``mmdelcallback``). The definition stays, and can be created again.

        A pause stays, too, and holds for the next callback of that name: a `CallbackWarning` says so.

        Raises:
            NotFound: GPFS has none with that identifier.
        """
        left = self._state.deleted() if isinstance(self._state, Installed) else self._state
        warn(PausesHere().outliving(self.id))
        with journal.alone([self.id]):
            registry.delete(self.id)
            journal.retire([self.id])
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
    raise AlreadyExists("callback", existing.identifier, replacement.described(existing), hint=hint)


class _Change:
    """One call of ``add``, ``remove`` or ``change``, however many attempts it takes.

    A new function is captured before GPFS lists anything, for the definition that is expected then: the
    listing that a change starts from is to be the last thing before its deletion.

    Args:
        edit: What it does to a definition.
        restated: What it was given, by keyword.
        expected: What it will make of the callback, if nobody else has changed it.
        doubts: What to warn about in any case.
    """

    def __init__(
        self, edit: edits.Edit, restated: Mapping[str, object], expected: Definition, doubts: list[str]
    ) -> None:
        self.edit = edit
        self.restated = restated
        self.sent: CallbackRecord | None = None
        self._doubts = doubts
        self._wanted: Definition | None = None
        self._prepared: outgoing.Prepared | None = None
        self._has_warned = False
        if not expected.registered:
            # What is wrong with it may be so in its present form only; the one that is listed decides.
            with contextlib.suppress(GPFSError, TypeError, ValueError):
                self._prepare(expected)

    def prepared(self, wanted: Definition) -> outgoing.Prepared | None:
        """Return what is to be sent; None if it took a capture to make it, so that the listing is old now."""
        if wanted.registered:
            return outgoing.prepare(wanted)
        if wanted == self._wanted:
            return self._prepared
        self._prepare(wanted)
        return None

    def _prepare(self, wanted: Definition) -> None:
        [self._prepared] = outgoing.verified([outgoing.prepare(wanted)])
        self._wanted = wanted

    def doubts(self, prepared: outgoing.Prepared) -> list[str]:
        """Return what to warn about, once."""
        if self._has_warned:
            return []
        self._has_warned = True
        about_options = doubts_about_options(prepared.definition)
        return [*self._doubts, *prepared.doubts, *about_options, *recovery.unfinished()]

"""``Callbacks``: those of an object, as GPFS lists them; ``EventCallbacks``: those for one event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from ..commands.misuse import entry_points
from ..commands.node_names import NodeNames
from ..driver.decision import SCOPES
from ..exceptions import GPFSError, NotFound
from ..model.listing import RemembersListing
from ..registration import durations, header, recovery, registry
from ..registration.arguments import (
    FORMAL,
    FORMAL_ON_EVENT,
    Command,
    EventKeywords,
    EventNames,
    Keywords,
    Nodes,
    Parms,
    shows_parameters,
)
from ..registration.definition import Definition, define
from ..registration.doubts import warn
from ..registration.owner import CLASS_OF, Owner
from .batch import Batch
from .callback import Callback
from .event_help import EventHelp, event_help

if TYPE_CHECKING:
    from ..commands import CallbackRecord

__all__ = ["Callbacks", "EventCallbacks"]

Default = TypeVar("Default")


@entry_points
class Callbacks(RemembersListing[Callback]):
    """The callbacks that belong to one object.

    A live view: each question is one listing, and nothing is kept. Iterating gives objects, in GPFS's order.

    Args:
        owner: The object: Cluster, Node, Nodeclass, Filesystem, Fileset or Pool.

    Example:
        >>> from arcapix.fs.gpfs import Cluster
        >>> for callback in Cluster().callbacks:
        ...     print(callback.id)
    """

    _method = "callbacks.new"

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    # Looking

    def __iter__(self) -> Iterator[Callback]:
        return self._begin(self.values())

    def __len__(self) -> int:
        length = self._length()
        return len(self.values()) if length is None else length

    def __bool__(self) -> bool:
        return bool(self.values())

    def __contains__(self, wanted: object) -> bool:
        if isinstance(wanted, Callback):
            wanted = wanted.id
        return isinstance(wanted, str) and wanted in self.keys()

    def __getitem__(self, identifier: str) -> Callback:
        if not isinstance(identifier, str):
            raise TypeError(
                f"a callback is looked up by its identifier, a str, not {type(identifier).__name__}"
            )
        found = {callback.id: callback for callback in self.values()}
        if identifier not in found:
            raise NotFound("callback", identifier, found)
        return found[identifier]

    @overload
    def get(self, identifier: str) -> Callback | None: ...

    @overload
    def get(self, identifier: str, default: Default) -> Callback | Default: ...

    def get(self, identifier: str, default: object = None) -> object:
        """Return the callback with an identifier, or the default.

        Args:
            identifier: The identifier.
            default: What is returned if this collection has no such callback.

        Raises:
            GPFSExecuteException: The listing failed.
        """
        try:
            return self[identifier]
        except NotFound:
            return default

    def keys(self) -> list[str]:
        """Return the identifiers."""
        return [callback.id for callback in self.values()]

    def values(self) -> list[Callback]:
        """Return the callbacks.

        A token that was cut on its way gives a `CallbackWarning`: its callback will not run.

        Raises:
            GPFSExecuteException: The listing failed; it never looks like an empty one.
        """
        self._owner._confirm()
        names = NodeNames()
        found = [record for record in registry.listed() if self._is_mine(record, names)]
        cut = ((record.identifier, header.problem_of(record)) for record in found)
        warn(f"callback {identifier!r} cannot run: {problem}" for identifier, problem in cut if problem)
        return [Callback._listed(record, names) for record in found]

    def items(self) -> list[tuple[str, Callback]]:
        """Return pairs of identifier and callback."""
        return [(callback.id, callback) for callback in self.values()]

    def _is_mine(self, record: CallbackRecord, names: NodeNames) -> bool:
        scope = self._owner.scope
        if scope[0] in SCOPES:
            return header.is_about(record, scope)
        if scope[0] == "node":
            return any(names.same(name, scope[1]) for name in header.nodes_of(record))
        if scope[0] == "nodeclass":
            nodes = header.nodes_of(record)
            return scope[1] in nodes or (len(nodes) > 0 and names.same_as_class(nodes, scope[1]))
        return True

    # Changing

    @overload
    def new(
        self,
        command: Command = ...,
        event: EventNames | None = ...,
        node: Nodes | None = ...,
        parms: Parms | None = ...,
        /,
        *,
        replace: bool = ...,
        **keywords: Unpack[Keywords],
    ) -> Callback: ...

    @overload
    def new(
        self,
        callbackId: str | None,
        command: Command = ...,
        event: EventNames | None = ...,
        node: Nodes | None = ...,
        parms: Parms | None = ...,
        /,
        *,
        replace: bool = ...,
        **keywords: Unpack[Keywords],
    ) -> Callback: ...

    @shows_parameters(FORMAL, Callback.__doc__, Callback.create.__doc__, replace=False)
    def new(self, *positional: Any, replace: bool = False, **keywords: Any) -> Callback:
        """Install a callback for this object and return it.

        Raises:
            TypeError, ValueError, GPFSError: See `Callback` and `Callback.create`.
        """
        definition = self._definition(self._method, positional, keywords, further=("replace",))
        callback = Callback._defined(definition)
        callback.create(replace=replace)
        return callback

    @overload
    def define(
        self,
        command: Command = ...,
        event: EventNames | None = ...,
        node: Nodes | None = ...,
        parms: Parms | None = ...,
        /,
        **keywords: Unpack[Keywords],
    ) -> Callback: ...

    @overload
    def define(
        self,
        callbackId: str | None,
        command: Command = ...,
        event: EventNames | None = ...,
        node: Nodes | None = ...,
        parms: Parms | None = ...,
        /,
        **keywords: Unpack[Keywords],
    ) -> Callback: ...

    @shows_parameters(FORMAL, Callback.__doc__)
    def define(self, *positional: Any, **keywords: Any) -> Callback:
        """Return a definition without installing it; its `Callback.create` does.

        Raises:
            TypeError, ValueError, BadIdentifier, UnsupportedEvent, ScopeError: See `Callback`.
        """
        return Callback._defined(
            self._definition(self._method.replace("new", "define"), positional, keywords)
        )

    def _definition(
        self,
        method: str,
        positional: tuple[object, ...],
        keywords: dict[str, object],
        further: tuple[str, ...] = (),
    ) -> Definition:
        definition = define(
            method,
            positional,
            keywords,
            scope=self._owner.scope,
            further=further,
            confirm=self._owner._confirm,
        )
        if not definition.events:
            raise TypeError(f"{method}() needs an event: {method}(command, event)")
        return definition

    def batch(self, *, spec_file: bool = True) -> Batch:
        """Return a context manager that installs many callbacks at once: all of them, or none.

        Args:
            spec_file: Whether one ``mmaddcallback -S`` installs them; otherwise, or where the probe has found
                that GPFS has no ``-S``, one command each.

        Example:
            >>> from arcapix.fs.gpfs import Cluster
            >>> with Cluster().callbacks.batch() as batch:
            ...     first = batch.new(print, "startup", parms=["%eventName"])
            ...     second = batch.new(print, "shutdown", parms=["%eventName"])
        """
        return Batch(self.define, spec_file=spec_file)

    def destroy(self, identifier: str) -> None:
        """Delete a callback of this collection (one listing, one ``mmdelcallback``).

        Args:
            identifier: Its identifier; through ``on<Event>``, too, the callback is deleted with all its
                events.

        Raises:
            NotFound: It is not in this collection.
        """
        self[identifier].delete()

    def recover(self, max_age: float | str = recovery.MAX_AGE) -> list[str]:
        """Add again what processes killed during a change left out on this node; return the identifiers.

        ``arcapix-gpfs recover --definitions`` does the same, and tells what it is going to do, and asks.

        What was changed or deleted with success on this node since then does not come back, nor does anything
        that GPFS lists in any form. A deletion on another node cannot be told from what is missing: after an
        hour a `CallbackWarning` gives the age of what came back. A batch that was cut short is undone, unless
        all of it is installed: that, too, is told by a warning.

        A change still in progress is left alone, and not mentioned. If two changes of one callback were cut
        short, the definition from before the later one comes back. What was cut short longer ago than
        `max_age` is left alone, and so is a file that cannot be read, belongs to another user than this one
        and root, may be written by others or lies where they may write, is about another cluster, or says
        what no listing of GPFS says: a warning names each, and the way out.

        Args:
            max_age: Seconds, or text such as ``"12h"``; a week by default, here and for the command.

        Raises:
            TypeError: These are not the callbacks of a Cluster, or the age is no duration.
            ValueError: The age is unreadable, no time at all, or more than 365 days.
            GPFSError: GPFS refuses one; the others are back nevertheless, and its file stays.
        """
        if self._owner.kind != "cluster":
            raise TypeError(
                "only Cluster().callbacks can recover(): what was cut short belongs to no other object"
            )
        oldest = durations.seconds("max_age", max_age, without="a week")
        self._owner._confirm()
        done = recovery.recover(oldest)
        undone = [
            f"a batch was cut short on this node; the part of it that was installed was deleted: {part}"
            for part in map(", ".join, done.deleted)
        ]
        warn([*done.left, *done.doubts, *undone])
        if done.failed:
            raise done.failed[0]
        return done.added

    def __repr__(self) -> str:
        try:
            listed = ", ".join(self.keys())
        except GPFSError as error:  # help and debuggers show objects where GPFS is down, too
            return f"<{self._title()}, which cannot be listed: {str(error).partition(chr(10))[0]}>"
        return f"<{self._title()}: {listed}>" if listed else f"<{self._title()}>"

    def _title(self) -> str:
        return f"{type(self).__name__} of {_shown(self._owner)}"


@entry_points
class EventCallbacks(Callbacks):
    """The callbacks of an object that list one event, whatever else they list: what ``on<Event>`` returns.

    Args:
        owner: The object.
        event: The event, as the catalogue spells it.
    """

    __doc__ = EventHelp(__doc__)

    def __init__(self, owner: Owner, event: str) -> None:
        super().__init__(owner)
        self._event = event
        self._attribute = "on" + event[0].upper() + event[1:]
        self._method = f"{self._attribute}.new"

    @overload  # type: ignore[override]
    def new(
        self, command: Command = ..., /, *, replace: bool = ..., **keywords: Unpack[EventKeywords]
    ) -> Callback: ...

    @overload
    def new(
        self,
        callbackId: str | None,
        command: Command = ...,
        /,
        *,
        replace: bool = ...,
        **keywords: Unpack[EventKeywords],
    ) -> Callback: ...

    @shows_parameters(FORMAL_ON_EVENT, Callback.__doc__, Callback.create.__doc__, replace=False)
    def new(self, *positional: Any, replace: bool = False, **keywords: Any) -> Callback:
        """Install a callback for this event of this object and return it.

        Raises:
            TypeError, ValueError, GPFSError: See `Callback` and `Callback.create`.
        """
        return super().new(*positional, replace=replace, **keywords)

    @overload  # type: ignore[override]
    def define(self, command: Command = ..., /, **keywords: Unpack[EventKeywords]) -> Callback: ...

    @overload
    def define(
        self, callbackId: str | None, command: Command = ..., /, **keywords: Unpack[EventKeywords]
    ) -> Callback: ...

    @shows_parameters(FORMAL_ON_EVENT, Callback.__doc__)
    def define(self, *positional: Any, **keywords: Any) -> Callback:
        """Return a definition for this event without installing it; its `Callback.create` does.

        Raises:
            TypeError, ValueError, BadIdentifier, UnsupportedEvent, ScopeError: See `Callback`.
        """
        return super().define(*positional, **keywords)

    def _definition(
        self,
        method: str,
        positional: tuple[object, ...],
        keywords: dict[str, object],
        further: tuple[str, ...] = (),
    ) -> Definition:
        return define(
            method,
            positional,
            keywords,
            scope=self._owner.scope,
            event=self._event,
            formal=FORMAL_ON_EVENT,
            further=further,
            confirm=self._owner._confirm,
        )

    def _is_mine(self, record: CallbackRecord, names: NodeNames) -> bool:
        return self._event.lower() in map(str.lower, record.events) and super()._is_mine(record, names)

    def __call__(self, *_positional: object, **_keywords: object) -> Callable[..., Callback]:
        """Say that `new` is what installs a callback."""
        raise TypeError(
            f"{self._attribute} is a collection of callbacks; install one by {self._attribute}.new(...)"
        )

    def _help(self) -> str:
        return event_help(self._event, self._owner.scope)

    def _title(self) -> str:
        return f"{super()._title()} for {self._event}"


def _shown(owner: Owner) -> str:
    """Return an object as messages name it: ``Fileset projects of mmfs1``."""
    kind, *names = owner.scope
    if kind == "cluster":
        return "Cluster"
    return f"{CLASS_OF[kind]} {names[-1]}" + (f" of {names[0]}" if len(names) > 1 else "")

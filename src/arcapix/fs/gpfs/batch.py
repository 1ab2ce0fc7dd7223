"""Many callbacks, installed by one command: all of them, or none."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack, overload

from . import commands
from .callback import Callback, detail_of, unfinished
from .exceptions import AlreadyExists, GPFSError, GPFSExecuteException
from .registration import payload, registry
from .registration.arguments import Command, EventNames, Keywords, Nodes, Parms
from .registration.doubts import warn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Batch"]


class Batch:
    """Collects callbacks in a ``with`` block and installs them when it ends; see `Callbacks.batch`."""

    def __init__(self, define: Callable[..., Callback], *, spec_file: bool) -> None:
        self._define = define
        self._spec_file = spec_file
        self._prepared: list[tuple[Callback, payload.Prepared]] = []

    @overload
    def new(
        self,
        command: Command = ...,
        event: EventNames | None = ...,
        node: Nodes | None = ...,
        parms: Parms | None = ...,
        /,
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
        **keywords: Unpack[Keywords],
    ) -> Callback: ...

    def new(self, *positional: Any, **keywords: Any) -> Callback:
        """Check and capture a callback now, install it when the block ends; arguments as of `Callbacks.new`.

        Raises:
            AlreadyExists: the batch has one of that identifier.
            TypeError, ValueError, GPFSError: see `Callbacks.new`; ``replace`` is not for a batch.
        """
        if keywords.pop("replace", False):
            raise TypeError(
                "a batch installs what is new; to replace a callback use callbacks.new(..., replace=True)"
            )
        callback = self._define(*positional, **keywords)
        if callback.id in self._identifiers():
            raise AlreadyExists("callback", callback.id, "in this batch")
        self._prepared.append((callback, payload.prepare(callback._facts())))
        callback._facts().confirm()
        return callback

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None and self._prepared:
            self._install()

    def _install(self) -> None:
        every = payload.verified([prepared for _, prepared in self._prepared])
        doubts = [doubt for prepared in every for doubt in prepared.doubts]
        doubts += unfinished()
        self._refuse_taken()
        warn(doubts)
        try:
            if self._spec_file:
                commands.mmaddcallback_spec([prepared.record for prepared in every])
            else:
                for prepared in every:
                    registry.add(prepared.record)
        except GPFSExecuteException as error:
            raise GPFSExecuteException(
                error.argv, error.returncode, error.stdout, error.stderr, note=self._clean_up()
            ) from error
        except BaseException:
            self._clean_up()
            raise
        for (callback, _), prepared in zip(self._prepared, every):
            callback._sent(prepared.record, callback._facts())
        self._prepared = []

    def _identifiers(self) -> set[str]:
        return {callback.id for callback, _ in self._prepared}

    def _refuse_taken(self) -> None:
        """Look whether identifiers that users gave are free (one listing)."""
        given = {callback.id for callback, _ in self._prepared if not callback._facts().generated}
        if not given:
            return
        for record in registry.listed():
            if record.identifier in given:
                raise AlreadyExists("callback", record.identifier, detail_of(record))

    def _clean_up(self) -> str:
        """Delete what of the batch was installed (one listing, one ``mmdelcallback``); say what is left."""
        try:
            mine = self._identifiers()
            left = [record.identifier for record in registry.listed() if record.identifier in mine]
        except GPFSError as error:
            return f"what of the batch was installed cannot be listed: {error}"
        if not left:
            return "nothing of the batch is installed"
        try:
            commands.mmdelcallback(*left)
        except GPFSError as error:
            return f"of the batch {', '.join(left)} may be installed, and could not be deleted: {error}"
        return "nothing of the batch is installed: what had been added was deleted again"

"""Many callbacks, installed by one command: all of them, or none."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack, overload

from .. import commands
from ..commands.misuse import entry_points
from ..exceptions import AlreadyExists, GPFSError, GPFSExecuteException, PayloadTooLarge
from ..registration import journal, outgoing, presence, recovery, registry, replacement, room, site
from ..registration.arguments import FORMAL, Command, EventNames, Keywords, Nodes, Parms, shows_parameters
from ..registration.doubts import warn
from ..registration.paused import PausesHere
from .callback import Callback

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..commands import CallbackRecord
    from ..registration.journal import Journal

__all__ = ["Batch"]

_NOT_KEPT = "if this program is killed, a part of the batch may stay: what it installs cannot be kept in"


@entry_points
class Batch:
    """Collects callbacks in a ``with`` block and installs them when it ends; see `Callbacks.batch`."""

    def __init__(self, define: Callable[..., Callback], *, spec_file: bool) -> None:
        self._define = define
        self._spec_file = spec_file
        self._prepared: list[tuple[Callback, outgoing.Prepared]] = []
        self._is_open = False

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

    @shows_parameters(FORMAL, Callback.__doc__)
    def new(self, *positional: Any, **keywords: Any) -> Callback:
        """Check and capture a callback now, install it when the block ends.

        Raises:
            AlreadyExists: The batch already has one with that identifier.
            TypeError, ValueError, GPFSError: See `Callbacks.new`; a batch does not take ``replace``.
            GPFSError: The block has not begun, or it has ended: nothing would install the callback.
        """
        if not self._is_open:
            raise GPFSError(
                "a batch installs its callbacks when its block ends, and this call is in none; "
                "use: with Cluster().callbacks.batch() as batch"
            )
        if keywords.pop("replace", False):
            raise TypeError(
                "a batch installs what is new; to replace a callback use callbacks.new(..., replace=True)"
            )
        callback = self._define(*positional, **keywords)
        if callback.id in self._identifiers():
            raise AlreadyExists("callback", callback.id, "in this batch", hint="use another identifier")
        self._prepared.append((callback, outgoing.prepare(callback._definition)))
        callback._definition.confirm()
        return callback

    def __enter__(self) -> Batch:
        self._is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_open = False
        if kind is None and self._prepared:
            self._install()

    def _install(self) -> None:
        every = outgoing.verified([prepared for _, prepared in self._prepared])
        doubts = [doubt for prepared in every for doubt in prepared.doubts]
        doubts += recovery.unfinished()
        definitions = [prepared.definition for prepared in every]
        doubts += [*presence.doubts(definitions), *PausesHere().doubts(definitions)]
        identifiers = self._identifiers()
        with journal.alone(identifiers), contextlib.ExitStack() as keeping:
            self._refuse_taken()
            warn(doubts)
            try:
                kept = keeping.enter_context(journal.kept([one.record for one in every], batch=True))
            except OSError as error:
                kept = None
                warn([f"{_NOT_KEPT} {journal.folder()}: {error.strerror}"])
            self._add(every, kept)
            journal.retire(identifiers)
        for (callback, _), prepared in zip(self._prepared, every):
            callback._sent(prepared.record, callback._definition)
        self._prepared = []

    def _add(self, every: list[outgoing.Prepared], kept: Journal | None) -> None:
        clean = False
        try:
            if self._spec_file and site.answer("spec_file") != "off":
                commands.mmaddcallback_spec([prepared.record for prepared in every])
            else:
                for prepared in every:
                    registry.add(prepared.record)
            records = [prepared.record for prepared in every]
            room.confirm(records, {one.record.identifier: one.largest for one in every})
            clean = True
        except GPFSExecuteException as error:
            clean, note = _clean_up(every)
            raise GPFSExecuteException(
                error.argv, error.returncode, error.stdout, error.stderr, note=note
            ) from None
        except PayloadTooLarge as error:
            clean, note = _clean_up(every)
            error.add_note(note)
            raise
        except BaseException:
            clean, _ = _clean_up(every)
            raise
        finally:
            if kept is not None and clean:
                kept.done()

    def _identifiers(self) -> set[str]:
        return {callback.id for callback, _ in self._prepared}

    def _refuse_taken(self) -> None:
        """Check whether the identifiers that users gave are free (one listing)."""
        given = {callback.id for callback, _ in self._prepared if not callback._definition.generated}
        if not given:
            return
        for record in registry.listed():
            if record.identifier in given:
                hint = "delete it first, or use another identifier"
                raise AlreadyExists("callback", record.identifier, replacement.described(record), hint=hint)


def _clean_up(every: list[outgoing.Prepared]) -> tuple[bool, str]:
    """Delete what was installed of a batch (one listing, one ``mmdelcallback``).

    Returns:
        Whether nothing is left, and what to say about it.
    """
    sent = {prepared.record.identifier: prepared for prepared in every}
    try:
        there = [record for record in registry.listed() if record.identifier in sent]
    except GPFSError as error:
        return False, f"what was installed of the batch cannot be listed: {error}"
    # Somebody may have taken a given identifier in the meantime; then that is why the command failed.
    ours = [record.identifier for record in there if _is_ours(record, sent[record.identifier])]
    others = [record.identifier for record in there if record.identifier not in ours]
    left = f"; left alone, since they are not what was sent: {', '.join(others)}" if others else ""
    if not ours:
        return True, f"nothing of the batch is installed{left}"
    try:
        commands.mmdelcallback(*ours)
    except GPFSError as error:
        return (
            False,
            f"{', '.join(ours)} of the batch may be installed, and could not be deleted: {error}{left}",
        )
    return True, f"nothing of the batch is installed: what had been added was deleted again{left}"


def _is_ours(there: CallbackRecord, sent: outgoing.Prepared) -> bool:
    if sent.definition.generated or registry.is_as_sent(there, sent.record):
        return True
    return bool(there.parms) and room.is_cut(there, sent.record)

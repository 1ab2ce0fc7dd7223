"""From a definition to what GPFS is given, and back.

A callable is bound, captured and made into a token here, once, when it is installed. A registered one is
carried on as the text that it is: nothing of it is decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import _token, installation, key, sealing
from ..binding import Binding, bind, native_parms, parms
from ..commands import CallbackRecord
from ..exceptions import GPFSError, PayloadTooLarge, ScopeError
from ..identifier import name_of
from . import header, node_names
from .definition import CLUSTER, Definition

if TYPE_CHECKING:
    from ..capture import Captured

__all__ = [
    "Prepared",
    "carried",
    "definition_of",
    "is_same",
    "number",
    "prepare",
    "renewed",
    "same_function",
    "shown_parms",
    "verified",
]


@dataclass(frozen=True)
class Prepared:
    """A callback that is ready to be sent.

    Attributes:
        definition: what it was made of, its nodes settled.
        record: what GPFS is given.
        doubts: what to warn of before anything is changed.
        binding: how the callable is called; None where nothing was captured.
        captured: the captured callable; None where nothing was.
    """

    definition: Definition
    record: CallbackRecord
    doubts: tuple[str, ...] = ()
    binding: Binding | None = None
    captured: Captured | None = None


def prepare(definition: Definition) -> Prepared:
    """Bind and capture a callable, or spell out a script; nothing is changed, no callback is listed.

    Raises:
        BadCallable, BindingError, CaptureError, PayloadTooLarge: the callable cannot be installed.
        ScopeError: ``node=`` contradicts the owner.
        GPFSError: no driver is installed, or the cluster key cannot be used.
    """
    if not definition.events:
        raise ValueError(f"callback {definition.identifier!r} has no event; give event=")
    if definition.registered:
        return Prepared(definition, carried(definition))
    if isinstance(definition.command, str):
        return _script(_placed(definition))
    from .. import capture

    driver = str(installation.driver_path())
    binding = bind(definition.command, definition.parms, events=definition.events)
    captured = capture.capture(definition.command, binding.plan)
    definition = _placed(definition)
    record = _callable(definition, driver, binding, captured)
    return Prepared(definition, record, (*binding.warnings, *captured.warnings), binding, captured)


def _callable(definition: Definition, driver: str, binding: Binding, captured: Captured) -> CallbackRecord:
    fields = header.compose(definition, binding, captured)
    token = sealing.make(fields, captured.body, key.read())
    if len(token) > sealing.LIMIT:
        raise PayloadTooLarge(name_of(definition.command), len(token), sealing.LIMIT, captured.sizes)
    return _record(definition, driver, header.words(token, fields["vs"]))


def verified(prepared: Sequence[Prepared]) -> list[Prepared]:
    """Rebuild captured callables in one new process, as the driver will, and return what is to be sent.

    Where the text of a function does not mean what is in memory, its bytecode is sent instead.

    Raises:
        CaptureError: one of them does not come out as it went in.
    """
    captured = [one.captured for one in prepared if one.captured is not None]
    if not captured:
        return list(prepared)
    from .. import capture

    interpreter = installation.interpreter_of(installation.driver_path())
    sound = iter(capture.verify(*captured, interpreter=interpreter))
    return [one if one.captured is None else _renewed(one, next(sound)) for one in prepared]


def _renewed(prepared: Prepared, captured: Captured) -> Prepared:
    """Return what is to be sent where the verification chose another form of the callable."""
    if captured is prepared.captured or prepared.binding is None:
        return prepared
    record = _callable(prepared.definition, prepared.record.command, prepared.binding, captured)
    doubts = (*prepared.binding.warnings, *captured.warnings)
    return replace(prepared, record=record, doubts=doubts, captured=captured)


def _script(definition: Definition) -> Prepared:
    path = str(definition.command)
    text = " ".join(native_parms(definition.parms))
    missing = f"{path} does not exist on this node; it has to, on every node where the callback can fire"
    doubts = () if Path(path).exists() else (missing,)
    return Prepared(definition, _record(definition, path, tuple(text.split())), doubts)


def carried(definition: Definition) -> CallbackRecord:
    """Return the record of a registered callback after a change, with a new header where it must be."""
    words = tuple(str(word) for word in definition.parms)
    if definition.token:
        try:
            words = (header.resealed(definition.token, definition, key.read), *words)
        except _token.TokenError as error:
            raise GPFSError(
                f"callback {definition.identifier!r} cannot be changed: {error}; "
                "change(command=..., parms=...) installs the function anew"
            ) from error
    return _record(definition, str(definition.command), words)


def _record(definition: Definition, command: str, words: tuple[str, ...]) -> CallbackRecord:
    return CallbackRecord(
        identifier=definition.identifier,
        command=command,
        events=definition.events,
        nodes=definition.nodes,
        parms=words,
        priority=header.priority_text(definition.priority),
        sync=definition.sync,
        timeout=definition.timeout,
        onerror=definition.onerror,
    )


def _placed(definition: Definition) -> Definition:
    """Return a definition with the node of its owner, and the real name of this node for ``localhost``."""
    nodes = tuple(dict.fromkeys(map(node_names.real, definition.nodes)))
    kind, *names = definition.scope
    if kind in ("node", "nodeclass"):
        owner = node_names.real(names[0]) if kind == "node" else names[0]
        if nodes and not _names_only(nodes, owner, kind):
            given = ",".join(definition.nodes)
            raise ScopeError(
                f"node={given!r} contradicts {kind} {names[0]!r}, the owner of the callback; "
                "leave it out, or use Cluster().callbacks.new(..., node=...)"
            )
        nodes = (owner,)
    return replace(definition, nodes=nodes)


def _names_only(nodes: tuple[str, ...], owner: str, kind: str) -> bool:
    if nodes == (owner,):
        return True
    return kind == "node" and len(nodes) == 1 and node_names.same(nodes[0], owner)


def definition_of(record: CallbackRecord) -> Definition:
    """Return the definition behind a listed callback.

    What GPFS may not show as it was given, the header of a callable keeps: nodes (a class may be listed as
    its members), priority, and what belongs to ``sync``.
    """
    found = header.read(record)
    definition = Definition(
        identifier=record.identifier,
        command=record.command,
        events=record.events,
        nodes=record.nodes,
        parms=record.parms,
        priority=number(record.priority),
        sync=record.sync,
        timeout=record.timeout,
        onerror=record.onerror,
        registered=True,
    )
    if found is None:
        return definition
    return replace(
        definition,
        nodes=found.nodes if found.nodes and record.nodes else record.nodes,
        parms=record.parms[1:],
        priority=number(found.priority),
        sync=found.sync,
        timeout=found.timeout,
        onerror=found.onerror,
        scope=found.owner or CLUSTER,
        token=record.parms[0],
    )


def number(priority: str | None) -> float | str | None:
    """Return a listed priority as a number; as the text that it is, where it is none."""
    if priority is None:
        return None
    try:
        return int(priority)
    except ValueError:
        pass
    try:
        return float(priority)
    except ValueError:
        return priority


def is_same(one: CallbackRecord, other: CallbackRecord) -> bool:
    """Tell whether two callables are the same but for who installed them, when, and with which interpreter.

    Args:
        one: what is installed.
        other: what was just made, with the key of the site.
    """
    mine, theirs = header.read(one), header.read(other)
    if mine is None or theirs is None or one.command != other.command or one.parms[1:] != other.parms[1:]:
        return False
    mine = replace(
        mine,
        installed_by=theirs.installed_by,
        installed_at=theirs.installed_at,
        made_with=theirs.made_with,
        python=theirs.python,
    )
    if mine != theirs:
        return False
    if {event.lower() for event in one.events} != {event.lower() for event in other.events}:
        return False
    return _is_sound(one.parms[0]) and _body(one) == _body(other)


def same_function(one: CallbackRecord, other: CallbackRecord) -> bool:
    """Tell whether two records run the same: the same script, or a function captured as the same text."""
    tokens = [record.parms[0] if header.read(record) else "" for record in (one, other)]
    if not all(tokens):
        return (one.command, one.parms) == (other.command, other.parms)
    return _token.split(tokens[0])[1] == _token.split(tokens[1])[1]


def renewed(given: Definition, there: Definition) -> Definition:
    """Return the definition that a callback was created from, with what has been changed since."""
    return replace(
        given,
        events=there.events,
        nodes=there.nodes,
        priority=there.priority,
        sync=there.sync,
        timeout=there.timeout,
        onerror=there.onerror,
    )


def shown_parms(definition: Definition) -> list[str]:
    """Return the parms of a definition that is not installed, as people read them."""
    if isinstance(definition.command, str):
        return " ".join(native_parms(definition.parms)).split()
    given = parms.read(definition.parms)
    return [parms.shown(entry) for entry in (given.values() if isinstance(given, dict) else given)]


def _is_sound(token: str) -> bool:
    try:
        _token.check(token, key.read())
    except _token.TokenError:
        return False
    return True


def _body(record: CallbackRecord) -> bytes:
    # Two releases of zlib may compress the same body to different texts.
    return _token.unpack(_token.split(record.parms[0])[1])

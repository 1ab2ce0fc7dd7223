"""Composes the header of a token: that of a new one, and another one for a token that is there already."""

from __future__ import annotations

import dataclasses
import os
import pwd
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .. import events as catalogue
from ..binding.callables import qualified_name
from ..driver import token as tokens
from ..driver.decision import SCOPES
from ..driver.verification import checked
from . import header, run_options, sealing

if TYPE_CHECKING:
    from ..binding import Binding
    from ..capture import Captured
    from ..commands import CallbackRecord
    from ..deployment.cluster_key import Key
    from .definition import Definition

__all__ = ["compose", "priority_text", "replacing", "resealed", "signed_with"]

_STAMP = "%Y%m%dT%H%M%SZ"


def compose(
    definition: Definition, binding: Binding, captured: Captured, *, signed: bool
) -> dict[str, str | list[str]]:
    """Return the fields of a new token's header, in their order.

    Args:
        definition: What it is to be.
        binding: How the callable is called.
        captured: The callable.
        signed: Whether it is made with the cluster key, so that it has to say for which events.
    """
    bytecode = captured.form == "bytecode"
    python = _version(captured.minimum)
    made_with = _version(sys.version_info[:2])
    assert not isinstance(definition.command, str)
    return {
        "id": definition.identifier,
        "fn": qualified_name(definition.command),
        "by": _installer(),
        "at": time.strftime(_STAMP, time.gmtime()),
        "py": python,
        "fm": "b" if bytecode else "",
        "mk": "" if made_with == python else made_with,
        "ow": sealing.write_names(definition.scope) if definition.scope[0] in SCOPES else "",
        "vs": _variables([*SCOPES.get(definition.scope[0], ()), *binding.variables], definition),
        "bd": sealing.Written(sealing.write_pairs([_written(pair) for pair in binding.shown])),
        "pm": list(binding.shown_parms),
        **_options(definition, signed=signed),
    }


def _written(pair: tuple[str, str]) -> tuple[str, str | None]:
    parameter, source = pair
    if source == f"%{parameter}":
        return parameter, None
    return parameter, "" if source == header.LITERAL else source


def _options(definition: Definition, *, signed: bool) -> dict[str, str | list[str]]:
    """Return the fields that a change may touch: what GPFS is told as well, but may list differently."""
    return {
        "ev": list(definition.events) if signed else [],
        "nd": list(definition.nodes),
        "pr": priority_text(definition.priority) or "",
        "sy": "1" if definition.sync else "",
        "to": "" if definition.timeout is None else str(definition.timeout),
        "oe": definition.onerror or "",
        "ru": sealing.Written(
            sealing.write_pairs(run_options.write(definition.run) if definition.run else ())
        ),
    }


def resealed(token: str, definition: Definition, read_keys: Callable[[], Sequence[Key]]) -> str:
    """Return a token whose header agrees with a definition: the same token if nothing differs.

    The body is carried over as text.

    Raises:
        TokenError: It was altered or made with another key, so nobody can vouch for it.
    """
    fields = tokens.fields(tokens.split(token)[0])
    options = _options(definition, signed=sealing.is_signed(token))
    wanted = {name: _written_option(value) for name, value in options.items()}
    if header.lowered(tokens.items(fields.get("ev"))) == header.lowered(tokens.items(wanted["ev"] or None)):
        wanted["ev"] = fields.get("ev", "")
    passed = tokens.items(fields.get("vs"))
    if not set(run_options.variables(definition.run, definition.events)) <= set(passed):
        wanted["vs"] = _written_option(_variables(passed, definition))
    if header.run_of(fields) == definition.run:  # a newer release may write them in another order
        wanted["ru"] = fields.get("ru", "")
    if all(_same(fields.get(name, ""), value) for name, value in wanted.items()):
        return token
    return _sealed_anew(token, {**fields, **wanted}, read_keys())


def replacing(
    record: CallbackRecord, old: CallbackRecord, read_keys: Callable[[], Sequence[Key]]
) -> CallbackRecord:
    """Return a record that is to take the place of another one, and names it if it is a callable.

    Raises:
        TokenError: See `resealed`.
    """
    if header.read(record) is None:
        return record
    token, *others = record.parms
    fields = {**tokens.fields(tokens.split(token)[0]), "rp": header.mark(old)}
    return dataclasses.replace(record, parms=(_sealed_anew(token, fields, read_keys()), *others))


def signed_with(token: str, record: CallbackRecord, keys: Sequence[Key], key: Key) -> str:
    """Return a token that is signed with another key, for the events that it is registered for.

    Args:
        token: The present one.
        record: The callback that it takes the place of.
        keys: Those that are valid, which the present one has to be made with.
        key: The one to sign with.

    Raises:
        TokenError: See `resealed`.
    """
    fields = tokens.fields(tokens.split(token)[0])
    if "ev" not in fields:
        fields["ev"] = _written_option(list(record.events))
    return _sealed_anew(token, {**fields, "rp": header.mark(record)}, keys, key)


def _sealed_anew(token: str, fields: Mapping[str, str], keys: Sequence[Key], key: Key | None = None) -> str:
    """Return a token with another header, signed with the first key or a given one; its body stays."""
    _, body, _ = checked(token, keys)
    key = key or (keys[0] if keys else None)
    written = "/".join(f"{name}={value}" for name, value in fields.items() if value)
    return sealing.seal(written, body, key.text if key else None)


def _written_option(value: str | list[str]) -> str:
    if isinstance(value, sealing.Written):
        return value
    entries = value if isinstance(value, list) else [value]
    return sealing.write_pairs([(entry, None) for entry in entries])


def _same(there: str, wanted: str) -> bool:
    return tokens.items(there) == tokens.items(wanted)


def _variables(names: Iterable[str], definition: Definition) -> list[str]:
    """Return what is passed besides eventName: first what GPFS makes, last what users choose."""
    needed = dict.fromkeys([*names, *run_options.variables(definition.run, definition.events)])
    needed.pop("eventName", None)
    return sorted(needed, key=catalogue.chosen_by_users)


def priority_text(priority: float | str | None) -> str | None:
    """Return a priority as it is given to GPFS."""
    if isinstance(priority, float):
        return f"{priority:f}".rstrip("0").rstrip(".")
    return None if priority is None else str(priority)


def _installer() -> str:
    """Return the user behind this process; under ``sudo``, the one who typed it."""
    user = os.getuid()
    if user == 0 and os.environ.get("SUDO_USER"):
        return os.environ["SUDO_USER"]
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _version(version: tuple[int, ...]) -> str:
    return f"{version[0]}.{version[1]}"

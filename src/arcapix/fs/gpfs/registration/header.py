"""The header of a token: what a mere listing tells about an installed function. Reading it runs nothing.

Fields have two letters, since every character travels through GPFS's configuration; empty ones are left out.

| field | holds | field | holds |
|---|---|---|---|
| id | identifier | bd | parameter and source, for people |
| fn | module and name of the function | pm | parms as given, for people |
| by | user who installed it | nd | nodes as given |
| at | time of installation, UTC | pr | priority |
| py | lowest Python, or the exact one of bytecode | sy | 1: GPFS waits |
| fm | b: bytecode | to | seconds that GPFS waits |
| mk | Python that made it, if another than py | oe | what GPFS does when it fails |
| ow | kind and names of the object it is about | vs | variables beyond eventName, in order |
| rp | mark of what it has replaced | ru | run options: name and text of each |
| ev | events as given, where the site has a key | | |
"""

from __future__ import annotations

import dataclasses
import os
import pwd
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .. import events as catalogue
from ..binding import Binding
from ..binding.callables import qualified_name
from ..deployment.environment import DRIVER, WORDS_APART
from ..deployment.installation import STUB
from ..driver import token as tokens
from ..driver.decision import SCOPES
from ..driver.verification import checked
from . import run_options, sealing
from .definition import Definition

if TYPE_CHECKING:
    from ..capture import Captured
    from ..commands import CallbackRecord
    from ..deployment.cluster_key import Key
    from .run_options import Run

__all__ = [
    "Header",
    "compose",
    "has_parms",
    "is_about",
    "is_complete",
    "is_driver",
    "lowered",
    "mark",
    "nodes_of",
    "priority_text",
    "problem_of",
    "read",
    "replacing",
    "resealed",
    "signed_with",
    "words",
]

words_apart = os.environ.get(WORDS_APART) == "1"
"""Whether a variable is sent as two words, ``name=`` and ``%name``: a GPFS may replace only whole words."""

_STAMP = "%Y%m%dT%H%M%SZ"
_LITERAL = "literal"


class Header(NamedTuple):
    """A header, once it is read.

    Attributes:
        identifier: The callback's when the token was made.
        function: ``module.qualname``.
        installed_by: The user.
        installed_at: The time, UTC, as ``20261122T144200Z``.
        python: The lowest version that runs it; for bytecode, the only one.
        made_with: The version that made it.
        bytecode: Whether its form is bytecode.
        owner: Kind and names of the object it is about; empty where it is about everything.
        variables: What it is passed besides ``eventName``.
        binding: Pairs of parameter and source.
        parms: The entries as given.
        events: The events that it was signed for; empty without a key, and in tokens of earlier releases.
        nodes: The nodes as given.
        priority: As text.
        sync: Whether GPFS waits.
        timeout: Seconds that GPFS waits.
        onerror: What GPFS does when it fails.
        replaced: The `mark` of the callback that it took the place of, if it was changed.
        run: The run options; None if there are none.
    """

    identifier: str
    function: str
    installed_by: str
    installed_at: str
    python: str
    made_with: str
    bytecode: bool
    owner: tuple[str, ...]
    variables: tuple[str, ...]
    binding: tuple[tuple[str, str], ...]
    parms: tuple[str, ...]
    events: tuple[str, ...]
    nodes: tuple[str, ...]
    priority: str | None
    sync: bool
    timeout: int | None
    onerror: str | None
    replaced: str
    run: Run | None


def is_driver(command: str) -> bool:
    """Tell whether a command is our driver, or a file with its name."""
    return command.endswith("/" + STUB) or command == os.environ.get(DRIVER)


def problem_of(record: CallbackRecord) -> str:
    """Return why a callback cannot run as it was sent, as GPFS may cut what it keeps; empty for a script.

    It looks only at the length of the token and the last word after it, since every listing asks this of
    every callback.
    """
    if not (record.parms and record.parms[0].startswith(f"{tokens.VERSION}.") and is_driver(record.command)):
        return ""
    damage = tokens.damage_of(record.parms[0])
    if damage:
        return f"its token was {damage}"
    if len(record.parms) == 1:
        return ""
    before, last = record.parms[-2:]
    name, equals, value = last.partition("=")
    whole = value == f"%{name}" if equals else last == f"%{before[:-1]}"
    return "" if whole else f"the words after its token were cut: the last one is {last!r}"


def read(record: CallbackRecord) -> Header | None:
    """Return the header of a callback; None for a script, and for a token that cannot be read."""
    if not record.parms or not is_driver(record.command):
        return None
    try:
        return _read(tokens.split(record.parms[0])[0])
    except (ValueError, KeyError):
        return None


def nodes_of(record: CallbackRecord) -> tuple[str, ...]:
    """Return the nodes of a callback as they were given: GPFS may list the members of a class instead."""
    if not (record.nodes or record.nowhere):
        return ()
    found = read(record)
    return found.nodes if found is not None and found.nodes else record.nodes


def is_about(record: CallbackRecord, scope: tuple[str, ...]) -> bool:
    """Tell whether a callback belongs to this file system, fileset or pool; only a match is read in full."""
    if not record.parms or not is_driver(record.command):
        return False
    written = "ow=" + sealing.write_names(scope)
    if written not in record.parms[0]:
        return False
    found = read(record)
    return found is not None and found.owner == scope


def lowered(events: Iterable[str]) -> set[str]:
    """Return events as they are compared: GPFS may give them in another case and order."""
    return {event.lower() for event in events}


def has_parms(token: str) -> bool:
    """Tell whether a callable was installed with parms."""
    return "pm" in tokens.fields(tokens.split(token)[0])


def _read(header: str) -> Header:
    fields = tokens.fields(header)

    def text(name: str) -> str:
        return tokens.text(fields.get(name, ""))

    def items(name: str) -> tuple[str, ...]:
        return tuple(tokens.items(fields.get(name)))

    python = tokens.text(fields["py"])
    owner = tuple(map(_name, tokens.items(fields.get("ow"), "surrogateescape")))
    if owner and len(owner) != 1 + len(SCOPES[owner[0]]):
        raise ValueError(f"an owner of kind {owner[0]!r} has other names")
    return Header(
        identifier=tokens.text(fields["id"]),
        function=text("fn"),
        installed_by=text("by"),
        installed_at=text("at"),
        python=python,
        made_with=text("mk") or python,
        bytecode=text("fm") == "b",
        owner=owner,
        variables=items("vs"),
        binding=tuple(
            (parameter, _source(parameter, source)) for parameter, source in sealing.pairs(fields.get("bd"))
        ),
        parms=items("pm"),
        events=items("ev"),
        nodes=items("nd"),
        priority=text("pr") or None,
        sync=text("sy") == "1",
        timeout=int(text("to")) if "to" in fields else None,
        onerror=text("oe") or None,
        replaced=text("rp"),
        run=_run(fields),
    )


def _run(fields: Mapping[str, str]) -> Run | None:
    return run_options.read(sealing.pairs(fields["ru"])) if "ru" in fields else None


def _name(text: str) -> str:
    """Return the name of an object from what the driver compares, the bytes of GPFS's words."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


def _source(parameter: str, written: str | None) -> str:
    if written is None:
        return f"%{parameter}"
    return written or _LITERAL


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
    return parameter, "" if source == _LITERAL else source


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
    if lowered(tokens.items(fields.get("ev"))) == lowered(tokens.items(wanted["ev"] or None)):
        wanted["ev"] = fields.get("ev", "")
    passed = tokens.items(fields.get("vs"))
    if not set(run_options.variables(definition.run, definition.events)) <= set(passed):
        wanted["vs"] = _written_option(_variables(passed, definition))
    if _run(fields) == definition.run:  # a newer release may write them in another order
        wanted["ru"] = fields.get("ru", "")
    if all(_same(fields.get(name, ""), value) for name, value in wanted.items()):
        return token
    return _sealed_anew(token, {**fields, **wanted}, read_keys())


def mark(record: CallbackRecord) -> str:
    """Return a few characters that tell a registered callable from what it was before, and will be later."""
    events = ",".join(sorted(event.lower() for event in record.events))
    return tokens.digest(
        f"{record.parms[0] if record.parms else ''} {events}".encode(errors="surrogateescape"), None
    )[:12]


def replacing(
    record: CallbackRecord, old: CallbackRecord, read_keys: Callable[[], Sequence[Key]]
) -> CallbackRecord:
    """Return a record that is to take the place of another one, and names it if it is a callable.

    Raises:
        TokenError: See `resealed`.
    """
    if read(record) is None:
        return record
    token, *others = record.parms
    fields = {**tokens.fields(tokens.split(token)[0]), "rp": mark(old)}
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
    return _sealed_anew(token, {**fields, "rp": mark(record)}, keys, key)


def _sealed_anew(token: str, fields: Mapping[str, str], keys: Sequence[Key], key: Key | None = None) -> str:
    """Return a token with another header, signed with the first key or a given one; its body stays."""
    _, body, _ = checked(token, keys)
    key = key or (keys[0] if keys else None)
    header = "/".join(f"{name}={value}" for name, value in fields.items() if value)
    return sealing.seal(header, body, key.text if key else None)


def _written_option(value: str | list[str]) -> str:
    if isinstance(value, sealing.Written):
        return value
    entries = value if isinstance(value, list) else [value]
    return sealing.write_pairs([(entry, None) for entry in entries])


def _same(there: str, wanted: str) -> bool:
    return tokens.items(there) == tokens.items(wanted)


def words(token: str, variables: Iterable[str]) -> tuple[str, ...]:
    """Return the native words of a callable: the token, then one word for each variable."""
    return (token, *_named(variables, words_apart))


def rearranged(token: str, old: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """Return the native words of a callable whose token has taken the place of another one.

    Args:
        token: The new one.
        old: The one before.
        others: The words that stood behind that.
    """
    passed, before = (tokens.items(tokens.fields(tokens.split(each)[0]).get("vs")) for each in (token, old))
    if passed == before:
        return (token, *others)
    return (token, *_named(passed, others == _named(before, True)))


def is_complete(record: CallbackRecord, found: Header) -> bool:
    """Tell whether all words that a header names follow its token, in either shape."""
    return record.parms[1:] in (_named(found.variables, False), _named(found.variables, True))


def _named(variables: Iterable[str], apart: bool) -> tuple[str, ...]:
    pieces = ["{0}=", "%{0}"] if apart else ["{0}=%{0}"]
    return tuple(piece.format(name) for name in ("eventName", *variables) for piece in pieces)


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

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

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..deployment.environment import DRIVER, WORDS_APART
from ..deployment.installation import STUB
from ..driver import token as tokens
from ..driver.decision import SCOPES
from . import sealing

if TYPE_CHECKING:
    from ..commands import CallbackRecord
    from .run_options import Run

__all__ = [
    "LITERAL",
    "Header",
    "has_parms",
    "is_about",
    "is_complete",
    "is_driver",
    "lowered",
    "mark",
    "nodes_of",
    "number",
    "problem_of",
    "read",
    "rearranged",
    "run_of",
    "words",
]

words_apart = {"1": True, "0": False}.get(os.environ.get(WORDS_APART, ""))
"""Whether a variable is sent as two words, ``name=`` and ``%name``: a GPFS may replace only whole words.

None: as the probe has found out.
"""

LITERAL = "literal"
"""What `Header.binding` has for a parameter that gets a literal."""


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
        run=run_of(fields),
    )


def run_of(fields: Mapping[str, str]) -> Run | None:
    """Return the run options among the fields of a header; None if there are none."""
    if "ru" not in fields:
        return None
    from . import run_options  # a listing without any is there in four fifths of the time

    return run_options.read(sealing.pairs(fields["ru"]))


def _name(text: str) -> str:
    """Return the name of an object from what the driver compares, the bytes of GPFS's words."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


def _source(parameter: str, written: str | None) -> str:
    if written is None:
        return f"%{parameter}"
    return written or LITERAL


def mark(record: CallbackRecord) -> str:
    """Return a few characters that tell a registered callable from what it was before, and will be later."""
    events = ",".join(sorted(event.lower() for event in record.events))
    return tokens.digest(
        f"{record.parms[0] if record.parms else ''} {events}".encode(errors="surrogateescape"), None
    )[:12]


def words(token: str, variables: Iterable[str], apart: bool = False) -> tuple[str, ...]:
    """Return the native words of a callable: the token, then one word for each variable, or two.

    Args:
        token: The token.
        variables: The variables.
        apart: Whether GPFS replaces only whole words, as far as is known; `words_apart` goes first.
    """
    return (token, *_named(variables, apart if words_apart is None else words_apart))


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


def number(priority: str | None) -> float | str | None:
    """Return a listed priority as a number, or unchanged if it is not a number."""
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

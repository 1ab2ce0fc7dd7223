"""What one entry of parms is: a variable that GPFS fills at the event, or a literal.

The names that GPFS published long ago are variables with or without a per cent sign; newer ones only with it;
everything else is a literal. ``Literal`` and ``Variable`` decide where the text alone would be misread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from .. import events
from ..exceptions import nearest

__all__ = [
    "Entry",
    "Literal",
    "Variable",
    "entries",
    "labels",
    "native_parms",
    "read",
    "read_entry",
    "shown",
    "unknown_variables",
]

_VARIABLE_WORD = re.compile(r"(?P<percent>%?)(?P<name>[A-Za-z][A-Za-z0-9_]*)(?:\.(?P<qualifier>[A-Za-z]+))?")
_VARIABLE_INSIDE = re.compile(r"%([A-Za-z]+)")
_SEPARATOR = re.compile(r"[\s,]+")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# Shorter unknown words after a per cent sign are formats such as %d, %s or %ms, not misremembered variables.
_SHORTEST_DOUBT = 3
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Literal:
    """A value for the handler that is never taken for a variable, whatever its text."""

    value: object


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that GPFS supplies at the event, known to the catalogue or not.

    Args:
        name: GPFS's name, without a leading per cent sign, perhaps with a qualifier: ``eventNode.ip``.

    Raises:
        ValueError: No variable can have that name.
    """

    name: str

    def __post_init__(self) -> None:
        match = _VARIABLE_WORD.fullmatch(self.name)
        if match is None:
            raise ValueError(
                f"{self.name!r} cannot be the name of a variable; give one word such as 'fsName'"
            )
        object.__setattr__(self, "name", self.name.removeprefix("%"))

    @property
    def base(self) -> str:
        """The name without its qualifier."""
        return self.name.partition(".")[0]

    @property
    def qualified(self) -> bool:
        """Whether the name has a qualifier."""
        return "." in self.name


Source: TypeAlias = Literal | Variable


class Entry(NamedTuple):
    """One entry of parms, once it is read.

    Attributes:
        given: What the user wrote.
        source: What it means.
        doubt: Why the user may have meant something else; empty if the meaning is clear.
    """

    given: object
    source: Source
    doubt: str = ""


def entries(parms: object) -> tuple[object, ...] | dict[str, object]:
    """Return the entries of parms as given: in order, or by parameter; a generator is used up.

    Args:
        parms: A list of entries or another iterable, a mapping from parameters to entries, or one entry.

    Raises:
        TypeError: It is none of these.
    """
    if parms is None:
        return ()
    if isinstance(parms, (str, Literal, Variable)):
        return (parms,)
    if isinstance(parms, Mapping):
        for name in parms:
            if not isinstance(name, str):
                raise TypeError(f"a key of parms is the name of a parameter, not {type(name).__name__}")
        return dict(parms)
    if isinstance(parms, Iterable) and not isinstance(parms, (bytes, bytearray)):
        return tuple(parms)
    raise TypeError(f"parms is a list of entries, not {type(parms).__name__}; put it in a list")


def read(parms: object) -> tuple[Entry, ...] | dict[str, Entry]:
    """Tell what each entry of parms is.

    Returns:
        The entries in order; for a mapping, by parameter.

    Raises:
        TypeError: Parms is none of these.
        ValueError: An entry is a misspelt variable.
    """
    given = entries(parms)
    if isinstance(given, dict):
        return {parameter: read_entry(entry) for parameter, entry in given.items()}
    return tuple(map(read_entry, given))


def labels(parms: object) -> dict[int, str]:
    """Return how a program writes each entry, such as ``parms[2]``, by the address of its value."""
    given = entries(parms)
    pairs = given.items() if isinstance(given, dict) else enumerate(given)
    return {
        id(entry.value if isinstance(entry, Literal) else entry): f"parms[{key!r}]" for key, entry in pairs
    }


def read_entry(given: object) -> Entry:
    """Tell what one entry is.

    Raises:
        ValueError: It is a misspelt variable, or has a qualifier that does not exist.
    """
    if isinstance(given, (Literal, Variable)):
        return Entry(given, given)
    if not isinstance(given, str):
        return Entry(given, Literal(given))
    word = _VARIABLE_WORD.fullmatch(given)
    if word is None:
        return Entry(given, Literal(given), _doubt_about_text(given))
    name, qualifier, percent = word["name"], word["qualifier"], bool(word["percent"])
    known = name in events.VARIABLES
    if qualifier is not None:
        known = known and name in events.NODE_VALUED and qualifier in events.QUALIFIERS
    if known and (percent or name in events.TAKEN_BY_NAME):
        return Entry(given, Variable(given))
    if known:
        return Entry(
            given,
            Literal(given),
            f"parms entry {given!r} is passed on as that text; write '%{given}' for the variable, "
            f"Literal({given!r}) for the text",
        )
    if not percent:
        return Entry(given, Literal(given))
    return Entry(given, Literal(given), _doubt_about_word(given, name, qualifier))


def _doubt_about_word(given: str, name: str, qualifier: str | None) -> str:
    """A word after a per cent sign that is not a variable: refuse a near miss, doubt a distant one."""
    text = f"Literal({given!r}) is the text"
    if name in events.VARIABLES:
        choice = (
            f"{qualifier!r} is not a qualifier, but {', '.join(events.QUALIFIERS)} are"
            if name in events.NODE_VALUED
            else f"{name!r} takes no qualifier, as it names no node"
        )
        raise ValueError(f"parms entry {given!r} is not a variable: {choice}; {text}")
    near = nearest(name, events.VARIABLES)
    if near:
        meant = f"%{near}" if qualifier is None else f"%{near}.{qualifier}"
        raise ValueError(f"parms entry {given!r} is not a variable; did you mean {meant!r}? {text}")
    if len(name) < _SHORTEST_DOUBT:
        return ""
    return (
        f"the catalogue has no variable {name!r}: parms entry {given!r} is passed on as that text; "
        f"write Variable({name!r}) if GPFS knows it, {text}"
    )


def _doubt_about_text(given: str) -> str:
    inside = [f"%{name}" for name in _VARIABLE_INSIDE.findall(given) if name in events.VARIABLES]
    if not inside:
        return ""
    apart = in_a_list(given)
    mend = apart or f"make {', '.join(dict.fromkeys(map(repr, inside)))} entries of their own"
    told = f"parms entry {given!r} is passed on as that text"
    return f"{told}: variables inside longer text are not replaced; {mend}"


def in_a_list(given: object) -> str:
    """Return the hint for a text that lists variables, as a script would get them; empty for any other."""
    words = _SEPARATOR.split(given.strip()) if isinstance(given, str) else []
    if len(words) < 2 or not all(map(_VARIABLE_WORD.fullmatch, words)) or "%" not in words[0]:
        return ""
    return f"give a list: parms={words!r}"


def unknown_variables(word: str) -> list[str]:
    """Return what is probably misspelt in a word for a script; GPFS may know more variables."""
    names = [name for name in _VARIABLE_INSIDE.findall(word) if name not in events.VARIABLES]
    near = {name: nearest(name, events.VARIABLES) for name in names if len(name) >= _SHORTEST_DOUBT}
    return [
        f"the catalogue has no variable '%{name}'; did you mean '%{meant}'?"
        for name, meant in near.items()
        if meant
    ]


def shown(entry: Entry) -> str:
    """Return the text that shows an entry to people: ``%name``, or the literal's text."""
    if isinstance(entry.source, Variable):
        return f"%{entry.source.name}"
    value = entry.source.value
    if isinstance(value, str):
        return str.__str__(value)
    try:
        text = repr(value)
    except Exception as error:  # the value's own code must not stop an installation
        return f"<{type(value).__name__}, its repr fails: {type(error).__name__}>"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def native_parms(parms: object) -> tuple[str, ...]:
    """Return the texts for ``mmaddcallback --parms`` of a script; GPFS splits them at white space.

    One of the variables that GPFS published long ago may be written with or without its per cent sign; any
    other text is sent as it is.

    Raises:
        TypeError: Parms is a mapping, or an entry is neither text nor a number.
        ValueError: GPFS cannot be given the entry.
    """
    given = entries(parms)
    if isinstance(given, dict):
        raise TypeError("a script takes its parms by position; give a list, not a mapping")
    return tuple(map(_native, given))


def _native(entry: object) -> str:
    if isinstance(entry, Variable):
        return f"%{entry.name}"
    value = entry.value if isinstance(entry, Literal) else entry
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(
            f"parms entry {value!r} is of type {type(value).__name__}; a script gets text and numbers"
        )
    if not value.strip():
        raise ValueError(
            f"parms entry {value!r} is empty, and GPFS would drop it; "
            "leave it out, or wrap the script in a function"
        )
    control = _CONTROL_CHARACTER.search(value)
    if control:
        raise ValueError(
            f"parms entry {value!r} holds {control.group()!r}, which no GPFS command can carry; "
            "wrap the script in a function"
        )
    taken = isinstance(entry, str) and value in events.TAKEN_BY_NAME
    return f"%{value}" if taken else str.__str__(value)

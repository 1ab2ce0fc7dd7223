"""The arguments of ``Callback``, ``new`` and ``define``: their order, their names, their types.

Published calls may leave out the identifier and still pass the rest by position. One rule covers them all: if
the first positional argument is a command (a callable, a path), the identifier was left out, and all move up
by one.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, TypeVar

from ..binding.parms import Literal, Variable, entries
from ..model.keywords import refuse_unknown_keywords
from .owner import Owner
from .run_options import Run, RunFields

Command: TypeAlias = Callable[..., object] | str | os.PathLike[str]
"""A callable, or the absolute path of a script."""
EventNames: TypeAlias = str | Iterable[str]
"""One event, several joined by commas, or an iterable of them."""
Nodes: TypeAlias = str | Owner | Iterable[str | Owner]
"""Node, Nodeclass or their names; one, several joined by commas, or an iterable of them."""
Parms: TypeAlias = str | Literal | Variable | Iterable[object] | Mapping[str, object]
"""Variables and literals, in order or by the names of parameters."""


class Options(TypedDict, total=False):
    """The keywords that have no place in the order."""

    parm: Parms | None
    priority: float | None
    sync: bool
    timeout: int | None
    onerror: str | None
    run: Run | RunFields | None


class EventKeywords(Options, total=False):
    """The keywords of a call whose event is already settled."""

    callbackId: str | None
    command: Command
    node: Nodes | None
    parms: Parms | None


class Keywords(EventKeywords, total=False):
    """Every keyword of a call."""

    event: EventNames | None


FORMAL = ("callbackId", "command", "event", "node", "parms")
FORMAL_ON_EVENT = ("callbackId", "command")
KEYWORDS = (*FORMAL, "parm", "priority", "sync", "timeout", "onerror", "run")
CHANGEABLE = ("command", "event", "node", "parms", "priority", "sync", "timeout", "onerror", "run")

_FURTHER: dict[str, object] = {
    "parms": None,
    "node": None,
    "parm": None,
    "priority": None,
    "sync": False,
    "timeout": None,
    "onerror": None,
    "run": None,
}
"""The keywords of every call, with what they default to."""
_MEANT = {"id": "callbackId", "name": "callbackId", "async": "sync", "nodes": "node", "function": "command"}
_ARGUMENT = re.compile(r"^ {4}(\w+): (.*\n(?: {8}.*\n)*)", re.MULTILINE)
_USE_CALLBACKS = (
    "the event comes from the attribute; for several events use callbacks.new(f, [...]) or cb.add(event=...)"
)


Method = TypeVar("Method", bound=Callable[..., Any])


def shows_parameters(
    formal: Sequence[str], *described: str | None, **keywords: object
) -> Callable[[Method], Method]:
    """Have `inspect.signature`, `help` and editors show what a method takes; `arrange` finds which is which.

    Args:
        formal: The formal order.
        *described: Documentations in which the arguments are described; the method's own is completed by it.
        **keywords: Keywords of the method's own, and what they default to.
    """

    def decorate(method: Method) -> Method:
        parameter = inspect.Parameter
        others = {**keywords, **{name: value for name, value in _FURTHER.items() if name not in formal}}
        method.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                parameter("self", parameter.POSITIONAL_OR_KEYWORD),
                *[parameter(name, parameter.POSITIONAL_OR_KEYWORD, default=None) for name in formal],
                *[parameter(name, parameter.KEYWORD_ONLY, default=value) for name, value in others.items()],
            ]
        )
        method.__doc__ = _describing(method.__doc__, described, [*formal, *others])
        return method

    return decorate


def _describing(text: str | None, sources: Iterable[str | None], names: Iterable[str]) -> str | None:
    """Return a documentation in which arguments are described as in others."""
    if text is None:
        return None
    described: dict[str, str] = {}
    for source in sources:
        arguments = inspect.cleandoc(source or "").partition("\nArgs:\n")[2].partition("\n\n")[0]
        described.update(_ARGUMENT.findall(f"{arguments}\n"))
    head, raises, rest = inspect.cleandoc(text).partition("Raises:\n")
    lines = [f"    {name}: {described[name]}" for name in names if name in described]
    return "".join([head, "Args:\n", *lines, "\n", raises, rest]) if lines else text


def is_command(value: object) -> bool:
    """Tell whether a first positional argument is the command, because the identifier was left out."""
    return (
        callable(value)
        or isinstance(value, os.PathLike)
        or (isinstance(value, str) and value.startswith("/"))
    )


def arrange(
    method: str,
    positional: Sequence[object],
    keywords: Mapping[str, object],
    formal: Sequence[str] = FORMAL,
    further: Sequence[str] = (),
) -> dict[str, object]:
    """Return the arguments of a call by name.

    Args:
        method: What messages call the method: ``"new"``.
        positional: The positional arguments.
        keywords: The keywords.
        formal: The formal order.
        further: Keywords that the method takes besides, and has taken out.

    Raises:
        TypeError: Too many arguments, one given twice, an unknown keyword, or no command.
    """
    on_event = formal is FORMAL_ON_EVENT
    if on_event and "event" in keywords:
        raise TypeError(f"{method}() takes no event=: {_USE_CALLBACKS}")
    known = [name for name in KEYWORDS if not (on_event and name == "event")]
    check_keywords(method, keywords, [*known, *further])
    names = formal[1:] if positional and is_command(positional[0]) else formal
    if len(positional) > len(names):
        reason = _USE_CALLBACKS if on_event else f"at most {', '.join(names)}"
        raise TypeError(f"{method}() was given {len(positional)} positional arguments: {reason}")
    given = dict(zip(names, positional))
    for name, value in keywords.items():
        if name in given:
            raise TypeError(f"{method}() got {name} by position and by keyword")
        given[name] = value
    if given.get("command") is None:
        raise TypeError(f"{method}() needs a command: a callable, or the absolute path of a script")
    return given


def check_keywords(method: str, keywords: Iterable[str], known: Sequence[str]) -> None:
    """Refuse a keyword that a method does not take, and name the one that was probably meant.

    Raises:
        TypeError: There is a keyword that the method does not take.
    """
    refuse_unknown_keywords(f"{method}()", keywords, known, _MEANT)


def parms_of(method: str, given: Mapping[str, object]) -> tuple[object, ...] | dict[str, object]:
    """Return parms as a tuple, or as a dict if a Mapping was given; a generator is used up.

    Raises:
        TypeError: Both spellings were given, or something that is not a list of entries.
    """
    if given.get("parm") is not None and given.get("parms") is not None:
        raise TypeError(f"{method}() got parms and parm, which is another name for it")
    value = given.get("parms")
    return entries(given.get("parm") if value is None else value)

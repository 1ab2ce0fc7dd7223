"""Which parameter of a callable gets which variable or literal, settled once, when the callback is installed.

The rules, in this order: a mapping's keys; the record of the event; variables by name; the rest of parms in
order; what is left goes to ``*args``, keyword-only parameters and ``**kwargs``. A call with gaps or leftovers
is refused. The driver only carries out the plan made here; it never looks at a signature.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from inspect import Parameter
from typing import NamedTuple, TypeAlias

from .. import events as catalogue
from ..exceptions import BindingError
from . import parms as entries_of
from .callables import name_of
from .parameters import Parameters, refuse_what_cannot_run
from .parms import Entry, Literal, Source, Variable, native_parms

__all__ = ["Binding", "Literal", "Variable", "bind", "native_parms"]

Item: TypeAlias = tuple[object, ...]
Plan: TypeAlias = tuple[tuple[Item, ...], dict[str, Item]]

_BY_POSITION = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)

# 'fs_name' is a slip for fsName; 'limit' is not one for blockLimit.
_SLIP = 0.85


class Binding(NamedTuple):
    """How a callable is called when the event fires.

    Attributes:
        plan: The positional items and the keyword items. An item is ``("variable", name, conversion)``, the
            same with the parameter's default as a fourth element, ``("literal", value)`` or ``("event",)``.
        variables: The variables that GPFS has to pass: first those that GPFS makes, last those that users
            choose.
        shown: For people: pairs of parameter and source, which is ``%name``, ``literal`` or ``event``.
        shown_parms: For people: the entries of parms as they were given.
        warnings: Doubts that stop nothing.
        event_record: Whether a parameter asks for the record of the event.
    """

    plan: Plan
    variables: tuple[str, ...]
    shown: tuple[tuple[str, str], ...]
    shown_parms: tuple[str, ...]
    warnings: tuple[str, ...]
    event_record: bool


def bind(
    function: Callable[..., object],
    parms: object = None,
    *,
    events: Iterable[str] = (),
    name: str | None = None,
) -> Binding:
    """Bind the parameters of a callable to parms.

    Args:
        function: What is to be called.
        parms: A list, mapping or single entry of variables and literals.
        events: The events of the callback, to warn of variables that none of them supplies.
        name: What messages call the function; by default its own name.

    Raises:
        BadCallable: It cannot be called, or calling it would run nothing.
        BindingError: A parameter gets no value, or an entry is left over.
        TypeError: Parms is not a list, a mapping or text.
        ValueError: An entry of parms is a misspelt variable.
    """
    name = name or name_of(function)
    refuse_what_cannot_run(name, function)
    given = entries_of.read(parms)
    entries = tuple(given.values()) if isinstance(given, dict) else given
    call = _Call(name, Parameters(function))
    if isinstance(given, dict):
        call.take_mapping(given)
    else:
        call.take_list(given)
    sources = [source for _, source in call.filled]
    needed = dict.fromkeys(source.name for source in sources if isinstance(source, Variable))
    doubts = [entry.doubt for entry in entries if entry.doubt]
    return Binding(
        plan=call.plan(),
        variables=tuple(sorted(needed, key=catalogue.chosen_by_users)),
        shown=tuple((parameter, _shown(source)) for parameter, source in call.filled),
        shown_parms=tuple(map(entries_of.shown, entries)),
        warnings=(*doubts, *call.doubts(), *_undefined(needed, tuple(events))),
        event_record=None in sources,
    )


class _Call:
    """A call that is being put together: every parameter gets a source, or turns out to be missing one.

    A source of None stands for the record of the event.
    """

    def __init__(self, name: str, parameters: Parameters) -> None:
        self._name = name
        self._parameters = parameters
        self._sources: dict[str, Source | None] = {}
        self._rest: list[Source] = []
        self._further: dict[str, Source] = {}
        self._missing: list[Parameter] = []
        self._left_over: list[Entry] = []
        self._left_keys: list[str] = []
        self._listed: tuple[Entry, ...] = ()

    def take_mapping(self, given: dict[str, Entry]) -> None:
        """Bind by the keys of a mapping, then by name."""
        if not self._parameters.known:
            way_out = f"{self._name!r} has no signature, so its parameters cannot be named; give a list"
            raise BindingError(self._name, left_over=given, hint=way_out)
        names = {p.name for p in self._parameters.slots}
        for key, entry in given.items():
            if key in names:
                self._sources[key] = entry.source
            elif self._parameters.accept_keyword(key):
                self._further[key] = entry.source
            else:
                self._left_keys.append(key)
        self._bind_by_name(frozenset())
        self._bind_in_order([])

    def take_list(self, entries: tuple[Entry, ...]) -> None:
        """Bind by name, then in order."""
        self._listed = entries
        if not self._parameters.known:
            self._rest = [entry.source for entry in entries]
            return
        used = self._bind_by_name(frozenset(filter(None, map(_unqualified, entries))))
        self._bind_in_order([entry for entry in entries if _unqualified(entry) not in used])

    def _bind_by_name(self, listed: frozenset[str]) -> set[str]:
        """Give parameters the record of the event or the variable of their name; return those variables."""
        used = set()
        for parameter in self._open():
            if self._parameters.conversion(parameter).event:
                self._sources[parameter.name] = None
            elif parameter.name in catalogue.TAKEN_BY_NAME or parameter.name in listed:
                self._sources[parameter.name] = Variable(parameter.name)
                used.add(parameter.name)
        return used

    def _bind_in_order(self, queue: list[Entry]) -> None:
        for parameter in self._open(*_BY_POSITION):
            self._take_next(parameter, queue)
        if self._parameters.rest is not None:
            self._rest = [entry.source for entry in queue]
            queue = []
        for parameter in self._open(Parameter.KEYWORD_ONLY):
            self._take_next(parameter, queue)
        for entry in queue:
            name = _unqualified(entry)
            if name and self._parameters.accept_keyword(name):
                self._further[name] = entry.source
            else:
                self._left_over.append(entry)
        if self._missing or self._left_over or self._left_keys:
            raise self._error()

    def _take_next(self, parameter: Parameter, queue: list[Entry]) -> None:
        if queue:
            self._sources[parameter.name] = queue.pop(0).source
        elif parameter.default is Parameter.empty:
            if parameter.name == "event":
                self._sources[parameter.name] = None
            else:
                self._missing.append(parameter)

    def _open(self, *kinds: object) -> list[Parameter]:
        """The parameters without a source, of all kinds or only of some."""
        return [
            p
            for p in self._parameters.slots
            if p.name not in self._sources and (p.kind in kinds or not kinds)
        ]

    @property
    def filled(self) -> list[tuple[str, Source | None]]:
        """Each parameter that gets something, in order, and its source."""
        if not self._parameters.known:
            return [(str(number), source) for number, source in enumerate(self._rest, 1)]
        pairs: list[tuple[str, Source | None]] = []
        for parameter in self._parameters.all:
            if parameter is self._parameters.rest:
                pairs += [(f"*{parameter.name}", source) for source in self._rest]
            elif parameter is self._parameters.further:
                pairs += self._further.items()
            elif parameter.name in self._sources:
                pairs.append((parameter.name, self._sources[parameter.name]))
        return pairs

    def plan(self) -> Plan:
        """Return the call: by position as far as possible, by keyword after the first omitted default."""
        positional: list[Item] = []
        keywords: dict[str, Item] = {}
        by_position_only = self._last_by_position_only()
        for index, parameter in enumerate(self._parameters.slots):
            if parameter.name not in self._sources:
                if index < by_position_only:
                    positional.append(("literal", parameter.default))
                continue
            item = self._item(parameter, self._sources[parameter.name])
            if index == len(positional) and parameter.kind in _BY_POSITION:
                positional.append(item)
            else:
                keywords[parameter.name] = item
        positional += [self._item(self._parameters.rest, source) for source in self._rest]
        keywords |= {
            name: self._item(self._parameters.further, source) for name, source in self._further.items()
        }
        return tuple(positional), keywords

    def _last_by_position_only(self) -> int:
        """The number of parameters up to the last one that gets a value and cannot be passed by name."""
        numbers = [
            number
            for number, p in enumerate(self._parameters.slots, 1)
            if p.kind is Parameter.POSITIONAL_ONLY and p.name in self._sources
        ]
        return max(numbers, default=0)

    def _item(self, parameter: Parameter | None, source: Source | None) -> Item:
        if source is None:
            return ("event",)
        if isinstance(source, Literal):
            return ("literal", source.value)
        if parameter is None:
            return ("variable", source.name, "")
        item = ("variable", source.name, self._parameters.conversion(parameter).code)
        return item if parameter.default is Parameter.empty else (*item, parameter.default)

    def doubts(self) -> Iterator[str]:
        """Yield a doubt for every annotation of a variable's parameter that converts nothing."""
        for parameter in self._parameters.all:
            if parameter is self._parameters.rest:
                sources: list[Source | None] = [*self._rest]
            elif parameter is self._parameters.further:
                sources = [*self._further.values()]
            else:
                sources = [self._sources.get(parameter.name)]
            if not any(isinstance(source, Variable) for source in sources):
                continue
            if not self._parameters.conversion(parameter).understood:
                annotation = parameter.annotation
                shown = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
                yield (
                    f"the annotation {shown!r} of parameter {parameter.name!r} converts nothing, the value "
                    "arrives as text; int, float and list[str] convert, each also with | None"
                )

    def _error(self) -> BindingError:
        return BindingError(
            self._name,
            missing=[p.name for p in self._missing],
            left_over=[*self._left_keys, *(entry.given for entry in self._left_over)],
            takes=[p.name for p in self._parameters.slots],
            hint=self._hint(),
        )

    def _hint(self) -> str:
        for entry in self._listed:
            hint = entries_of.in_a_list(entry.given)
            if hint:
                return hint
        for parameter in self._missing:
            hint = self._hint_for_missing(parameter)
            if hint:
                return hint
        for entry in self._left_over:
            source = entry.source
            if isinstance(source, Variable) and source.qualified and source.base in self._sources:
                return f"parameter {source.base!r} takes %{source.base} by its name; rename the parameter"
        fixed = [key for key in self._left_keys if self._parameters.is_fixed(key)]
        return f"{', '.join(map(repr, fixed))} is already fixed, and stays so" if fixed else ""

    def _hint_for_missing(self, parameter: Parameter) -> str:
        name = parameter.name
        if name == "self" and parameter is self._parameters.all[0]:
            return "pass a bound method, such as that of an object of the class"
        if name in catalogue.VARIABLES:
            return f"add '%{name}' to parms: only the variables that GPFS published long ago go by name alone"
        meant = _slip_for(name)
        if meant and meant not in self._sources:
            return f"did you mean {meant!r}? names are case-sensitive"
        if parameter.kind is Parameter.KEYWORD_ONLY and self._parameters.rest is not None:
            return f"*{self._parameters.rest.name} takes all of parms; use a mapping, parms={{{name!r}: …}}"
        if self._parameters.decorated:
            return (
                f"if the decorator gives {name!r}, delete __wrapped__ of what it returns, and list in parms "
                "what that takes"
            )
        return ""


def _unqualified(entry: Entry) -> str | None:
    """The name of an entry's variable, if it is a variable without a qualifier."""
    source = entry.source
    return source.name if isinstance(source, Variable) and not source.qualified else None


def _slip_for(name: str) -> str | None:
    from difflib import get_close_matches  # only a name that no variable has needs it

    folded = {variable.lower(): variable for variable in catalogue.TAKEN_BY_NAME}
    close = get_close_matches(name.replace("_", "").lower(), folded, n=1, cutoff=_SLIP)
    return folded[close[0]] if close else None


def _shown(source: Source | None) -> str:
    if source is None:
        return "event"
    return f"%{source.name}" if isinstance(source, Variable) else "literal"


def _undefined(variables: Iterable[str], events: tuple[str, ...]) -> Iterator[str]:
    """Doubts about variables that, as far as is known, have no value at any of the events."""
    supplied = frozenset[str]().union(*map(catalogue.variables_of, events))
    every_event_known = bool(events) and all(map(catalogue.canonical, events))
    for variable in variables:
        base = Variable(variable).base
        if base not in catalogue.VARIABLES:
            yield f"the catalogue has no variable {base!r}; %{variable} is asked for as it is"
        elif every_event_known and base not in supplied:
            whose = f"event {events[0]}" if len(events) == 1 else f"any of the events {', '.join(events)}"
            yield f"as far as is known, %{variable} has no value at {whose}"

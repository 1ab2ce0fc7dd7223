"""What a callable takes: its open parameters, what was fixed in advance, and what its annotations ask for."""

from __future__ import annotations

import dis
import functools
import inspect
import itertools
from collections.abc import Callable, Iterator
from inspect import Parameter
from types import CodeType, FunctionType, MethodType

from ..exceptions import BadCallable
from .annotation import Conversion, conversion

__all__ = ["Parameters", "refuse_what_cannot_run"]


class Parameters:
    """The parameters of a callable that a call may still fill.

    Attributes:
        known: Whether the callable has a signature at all; some of Python's own functions have none.
        all: Every parameter, in order.
        slots: Those that take one value each, except those that a partial's keywords have set.
        rest: ``*args``, if there is one.
        further: ``**kwargs``, if there is one.
        decorated: Whether they are those of a function inside another, which passes on whatever it gets.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        signature = _signature_of(function)
        self.known = signature is not None
        self.all: list[Parameter] = list(signature.parameters.values()) if signature else []
        self.all = _without_given(function, self.all)
        self.rest = next((p for p in self.all if p.kind is Parameter.VAR_POSITIONAL), None)
        self.further = next((p for p in self.all if p.kind is Parameter.VAR_KEYWORD), None)
        self.decorated = _passes_on(function)
        preset = _preset_keywords(function)
        self.slots = [
            p for p in self.all if p is not self.rest and p is not self.further and p.name not in preset
        ]
        self._named = preset | _names_inside(function)
        self._function = function
        self._conversions: dict[str, Conversion] = {}

    def accept_keyword(self, name: str) -> bool:
        """Whether ``**kwargs`` takes a value of that name: no parameter has it, open or fixed."""
        return self.further is not None and name not in self._named

    def is_fixed(self, name: str) -> bool:
        """Whether a partial, or the object of a bound method, has already set that parameter."""
        return name in self._named and all(p.name != name for p in self.slots)

    def conversion(self, parameter: Parameter) -> Conversion:
        """Return what the parameter's annotation asks for."""
        if parameter.name not in self._conversions:
            definition = _definition(self._function)
            self._conversions[parameter.name] = conversion(parameter.annotation, definition)
        return self._conversions[parameter.name]


def refuse_what_cannot_run(name: str, function: object) -> None:
    """Refuse what cannot be called, and what only makes a coroutine or a generator when called.

    Args:
        name: What the message calls it.
        function: The callable.

    Raises:
        BadCallable: It is one of those.
    """
    if not callable(function):
        raise BadCallable(name, f"an object of type {type(function).__name__} cannot be called")
    for layer in _layers(function):
        if _is(inspect.iscoroutinefunction, layer):
            raise BadCallable(
                name, "calling an async function runs nothing; call asyncio.run() in a plain one"
            )
        if _is(inspect.isgeneratorfunction, layer) or _is(inspect.isasyncgenfunction, layer):
            raise BadCallable(name, "calling a generator function runs nothing; use a function without yield")
        if (
            isinstance(layer, functools.partial)
            and _signature_of(layer) is None
            and _signature_of(layer.func)
        ):
            raise BadCallable(name, "the arguments of the partial do not fit the function in it")


def _is(kind: Callable[[object], bool], layer: object) -> bool:
    try:
        return kind(layer)
    except Exception:  # it claims to be a function, and answers with whatever it likes
        return False


def _signature_of(function: object) -> inspect.Signature | None:
    try:
        return inspect.signature(function)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        call = getattr(type(function), "__call__", None)  # noqa: B004
        # An object that answers every question gives something else for its signature.
        return _signature_of(MethodType(call, function)) if type(call) is FunctionType else None


def _passes_on(function: object) -> bool:
    """Tell whether a function takes anything, and claims the signature of another one that it holds."""
    if type(function) is not FunctionType or "__signature__" in vars(function):
        return False
    code, wrapped = function.__code__, vars(function).get("__wrapped__")
    takes_anything = not code.co_argcount and code.co_flags & inspect.CO_VARARGS
    return bool(takes_anything) and any(content is wrapped for content in _contents(function))


def _contents(function: FunctionType) -> Iterator[object]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a cell that is not filled yet
            continue


def _without_given(function: object, parameters: list[Parameter]) -> list[Parameter]:
    """Leave out the first parameters, as many as decorators give before what they pass on.

    Their code tells: ``function(limit, *args)`` makes a list of one for what comes before ``args``.
    """
    given = 0
    while _passes_on(function):
        assert isinstance(function, FunctionType)
        given += _count_before_rest(function.__code__)
        function = vars(function)["__wrapped__"]
    first = parameters[:given]
    return parameters[given:] if all(p.kind in _BY_POSITION for p in first) else parameters


def _count_before_rest(code: CodeType) -> int:
    """Return how many values stand before ``*args`` wherever it is passed on; 0 if that is not always so."""
    rest = code.co_varnames[code.co_kwonlyargcount]
    instructions = list(dis.get_instructions(code))
    before = {
        (previous.arg or 0) if previous.opname == "BUILD_LIST" else 0
        for previous, instruction in itertools.pairwise(instructions)
        if instruction.opname.startswith("LOAD_") and instruction.argval == rest
    }
    return before.pop() if len(before) == 1 else 0


_BY_POSITION = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def _layers(function: object) -> Iterator[object]:
    """A callable and what it wraps: the function of a partial, bound method, class or callable object."""
    inner: object | None = function
    while inner is not None:
        yield inner
        inner = _inside(inner)


def _inside(function: object) -> object | None:
    if isinstance(function, functools.partial):
        return function.func
    if isinstance(function, (MethodType, staticmethod)):
        return function.__func__
    if isinstance(function, FunctionType):
        return None
    # Slots of types written in C are not layers: they have no text and no parameters of their own.
    of = (function.__init__, function.__new__) if isinstance(function, type) else (type(function).__call__,)  # type: ignore[misc]
    return next((maker for maker in of if isinstance(maker, (FunctionType, functools.partial))), None)


def _definition(function: object) -> FunctionType | None:
    """The function whose text contains the annotations of a callable's signature."""
    *_, innermost = _layers(function)
    unwrapped = inspect.unwrap(innermost) if callable(innermost) else innermost
    if unwrapped is not innermost:
        return _definition(unwrapped)
    return innermost if isinstance(innermost, FunctionType) else None


def _preset_keywords(function: object) -> frozenset[str]:
    partials = (layer for layer in _layers(function) if isinstance(layer, functools.partial))
    return frozenset[str]().union(*(partial.keywords for partial in partials))


def _names_inside(function: object) -> frozenset[str]:
    """The names that a function takes by keyword, including those that an outer layer has already set."""
    signatures = filter(None, map(_signature_of, _layers(function)))
    return frozenset(
        p.name
        for signature in signatures
        for p in signature.parameters.values()
        if p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    )

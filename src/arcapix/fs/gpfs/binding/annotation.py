"""Which type a parameter asks for: the annotations that turn the text of a variable into a value."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Conversion", "conversion"]

_AS_TEXT = (inspect.Parameter.empty, str, typing.Any, object)

# The name of the class in a text that cannot be resolved, since it is usually imported only for type
# checkers.
_EVENT_NAMES = ("Event", "arcapix.fs.gpfs.Event")

# A text may stand for itself (x = "x"); nobody nests types as deep as this.
_DEEPEST = 30


class Conversion(NamedTuple):
    """What to do with a variable's text.

    Attributes:
        code: ``""`` (leave it), ``"int"``, ``"float"`` or ``"list"``; a ``?`` follows if None is allowed.
        event: Whether the parameter asks for the record of the event instead.
        understood: Whether that is all the annotation asks for.
    """

    code: str = ""
    event: bool = False
    understood: bool = True


_NOT_UNDERSTOOD = Conversion(understood=False)


class _Unresolved(Exception):
    """An annotation's text names something that does not exist."""


def conversion(annotation: object, function: types.FunctionType | None) -> Conversion:
    """Read the annotation of a parameter.

    Args:
        annotation: The annotation as the signature has it: a type, or the text of one.
        function: The function whose globals and closure give a text its meaning.
    """
    try:
        return _read(annotation, lambda text: _evaluated(text, function))
    except _Unresolved as unresolved:
        return Conversion(event=True) if str(unresolved) in _EVENT_NAMES else _NOT_UNDERSTOOD


def _read(annotation: object, evaluate: Callable[[str], object]) -> Conversion:
    annotation = _plain(annotation, evaluate)
    if any(annotation is known for known in _AS_TEXT):
        return Conversion()
    if annotation is int or annotation is float:
        return Conversion("int" if annotation is int else "float")
    if _is_event(annotation):
        return Conversion(event=True)
    origin = typing.get_origin(annotation)
    if origin is list:
        elements = [_plain(element, evaluate) for element in typing.get_args(annotation)]
        return Conversion("list") if elements == [str] else _NOT_UNDERSTOOD
    if origin is typing.Union or origin is types.UnionType:
        return _read_union(typing.get_args(annotation), evaluate)
    return _NOT_UNDERSTOOD


def _read_union(members: tuple[object, ...], evaluate: Callable[[str], object]) -> Conversion:
    others = [member for member in members if member is not types.NoneType]
    inner = _read(others[0], evaluate) if len(others) == 1 else _NOT_UNDERSTOOD
    if len(others) == len(members) or inner.event:
        return inner
    return Conversion(f"{inner.code.rstrip('?')}?", understood=inner.understood)


def _plain(annotation: object, evaluate: Callable[[str], object]) -> object:
    """The type behind texts, ``Annotated`` and ``NewType``."""
    for _ in range(_DEEPEST):
        if isinstance(annotation, str):
            annotation = evaluate(annotation)
        elif isinstance(annotation, typing.ForwardRef):
            annotation = evaluate(annotation.__forward_arg__)
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        else:
            break
    return annotation


def _is_event(annotation: object) -> bool:
    return (
        isinstance(annotation, type)
        and annotation.__name__ == "Event"
        and annotation.__module__.startswith("arcapix.fs.gpfs")
    )


def _evaluated(text: str, function: types.FunctionType | None) -> object:
    try:
        return eval(text, *_names(function))
    except Exception as error:  # whatever went wrong, the annotation has no meaning here
        raise _Unresolved(text.strip()) from error


def _names(function: types.FunctionType | None) -> tuple[dict[str, object], dict[str, object]]:
    """The globals and the names around a function, as its annotations see them."""
    if function is None:
        return {}, {}
    around = {parameter.__name__: parameter for parameter in getattr(function, "__type_params__", ())}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            around[name] = cell.cell_contents
        except ValueError:  # a cell that is not filled yet
            continue
    return function.__globals__, around

"""Refuses a keyword that a function does not take, naming the nearest one that it takes.

Python itself suggests one only from 3.13 on, and never where a function passes keywords through.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import ParamSpec, TypeVar, cast

from ..exceptions import nearest

__all__ = ["known_keywords", "refuse_unknown_keywords"]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def refuse_unknown_keywords(
    called: str, keywords: Iterable[str], taken: Sequence[str], meant: Mapping[str, str] = {}
) -> None:
    """Refuse a keyword that a function does not take, naming the nearest one that it takes.

    Args:
        called: How the message names the function.
        keywords: The keywords of the call.
        taken: The keywords that the function takes.
        meant: Names that others use, and the keywords that they mean.

    Raises:
        TypeError: There is a keyword that the function does not take.
    """
    for keyword in keywords:
        if keyword not in taken:
            near = meant.get(keyword, nearest(keyword, taken))
            mend = f"did you mean {near!r}?" if near in taken else f"it takes {', '.join(taken) or 'none'}"
            raise TypeError(f"{called} takes no keyword {keyword!r}; {mend}")


def known_keywords(
    *, passing: str = ""
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Decorate a method so that a keyword it does not take is a TypeError that names the nearest.

    Args:
        passing: Keywords that begin with this are left to the method's own ``**`` parameter.
    """

    def decorated(method: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        code = cast(FunctionType, method).__code__
        taken = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]

        @functools.wraps(method)
        def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            own = [keyword for keyword in kwargs if not (passing and keyword.startswith(passing))]
            refuse_unknown_keywords(_shown(method.__name__, args), own, taken)
            return method(*args, **kwargs)

        return call

    return decorated


def _shown(method: str, args: tuple[object, ...]) -> str:
    owner = type(args[0]).__name__ if args else ""
    return owner if method == "__init__" else f"{owner}.{method}"

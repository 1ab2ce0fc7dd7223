"""A keyword that nobody takes is refused by its name, with the nearest one that is taken.

Python's own refusal names a neighbour only from 3.13 on, and none where a function passes keywords through.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ..exceptions import nearest

__all__ = ["known_keywords"]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_BY_KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def known_keywords(
    *, passing: str = ""
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Decorate a method so that a keyword it does not take is a TypeError that names the nearest.

    Args:
        passing: Keywords that begin with this are left to the method's own ``**`` parameter.
    """

    def decorated(method: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @functools.cache
        def taken() -> tuple[str, ...]:
            parameters = list(inspect.signature(method).parameters.values())[1:]
            return tuple(parameter.name for parameter in parameters if parameter.kind in _BY_KEYWORD)

        @functools.wraps(method)
        def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            for keyword in kwargs:
                if keyword in taken() or (passing and keyword.startswith(passing)):
                    continue
                near = nearest(keyword, taken())
                mend = f"; did you mean {near!r}?" if near else f"; it takes {', '.join(taken()) or 'none'}"
                raise TypeError(f"{_shown(method.__name__, args)} takes no keyword {keyword!r}{mend}")
            return method(*args, **kwargs)

        return call

    return decorated


def _shown(method: str, args: tuple[object, ...]) -> str:
    owner = type(args[0]).__name__ if args else ""
    return owner if method == "__init__" else f"{owner}.{method}"

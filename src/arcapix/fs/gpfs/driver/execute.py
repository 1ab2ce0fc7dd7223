"""Executes captured text at a function's first event on a node, and hands out the compiled code.

This module has no ``__future__`` import, because ``exec`` would pass it on to the text.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any


def execute(text: str, namespace: "dict[str, Any]", compiled: "list[CodeType] | None", warns: bool) -> None:
    """Execute a text.

    Args:
        text: What ``capture`` wrote.
        namespace: Its globals.
        compiled: A list that the code is appended to, if it is wanted.
        warns: Whether compiling it gives a warning. The author has seen it; here it would only clutter the
            output.
    """
    if warns:
        _quietly(text, namespace, compiled)
    elif compiled is None:
        exec(text, namespace)
    else:
        _execute_and_keep(text, namespace, compiled)


def _execute_and_keep(text: str, namespace: "dict[str, Any]", compiled: "list[CodeType]") -> None:
    """Execute a text and keep its code, without `compile`, which would load the types of syntax trees."""

    def called(frame: "FrameType", event: str, _: object) -> None:
        if event == "call":
            sys.setprofile(None)
            compiled.append(frame.f_code)

    sys.setprofile(called)
    try:
        exec(text, namespace)
    finally:
        sys.setprofile(None)


def _quietly(text: str, namespace: "dict[str, Any]", compiled: "list[CodeType] | None") -> None:
    import _warnings

    ignored = ("ignore", None, Warning, None, 0)
    _warnings.filters.insert(0, ignored)
    try:
        execute(text, namespace, compiled, False)
    finally:
        if ignored in _warnings.filters:
            _warnings.filters.remove(ignored)

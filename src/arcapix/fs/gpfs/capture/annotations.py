"""The annotations of functions and classes; from Python 3.14 on, as they would be worked out.

There, the code of annotations runs only when somebody asks. Asking a class would change it, so its code is
asked; what names something that does not exist, as under ``TYPE_CHECKING``, is the text of its author.

The process that checks a capture uses it too, for each callable anew, so it imports next to nothing.
"""

from __future__ import annotations

import sys
from _weakref import ref

from .raw_state import held_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HELD_AS = ("__annotations__", "__annotations_cache__", "__annotate_func__")
"""Under which names a class keeps annotations, or the code that works them out."""

_by_code: dict[int, tuple[ref[Any], dict[str, object]]] = {}
"""What was worked out: identity -> owner, annotations; so that asking twice gives the same dict."""


def annotations_of(owner: Any) -> dict[str, object]:
    """Return the annotations of a function or class, not those of its bases."""
    if issubclass(type(owner), type):
        held = held_by(owner)
        for name in HELD_AS[:2]:
            if isinstance(held.get(name), dict):
                found: dict[str, object] = held[name]
                return found
        annotate = held.get("__annotate_func__")
        return _worked_out(owner, annotate) if callable(annotate) else {}
    try:
        annotations = owner.__annotations__  # a function keeps them, as it keeps those that were set
    except Exception:
        return _worked_out(owner, getattr(owner, "__annotate__", None))
    return annotations if isinstance(annotations, dict) else {}


def shared_by(owner: Any) -> int:
    """Return the identity of what an owner's wrappers share of its annotations: the dict, or its code."""
    if issubclass(type(owner), type):
        annotate = held_by(owner).get("__annotate_func__")
    else:
        annotate = getattr(owner, "__annotate__", None)
    return id(annotations_of(owner) if annotate is None else annotate)


def is_unknown(annotation: object) -> bool:
    """Tell whether an annotation was worked out although it names something that does not exist."""
    forward = getattr(sys.modules.get("annotationlib"), "ForwardRef", None)
    if forward is None:
        return False
    from typing import get_args  # which takes most of a check

    return type(annotation) is forward or any(map(is_unknown, get_args(annotation)))


def are_alike(one: dict[str, object], other: dict[str, object]) -> bool:
    """Tell whether two dicts of annotations hold the same."""
    return one.keys() == other.keys() and all(other[name] is value for name, value in one.items())


def _worked_out(owner: Any, annotate: Any) -> dict[str, object]:
    number = id(owner)
    known = _by_code.get(number)
    if known is None or known[0]() is not owner:
        found = _evaluated(owner, annotate)
        known = _by_code[number] = ref(owner, lambda _: _by_code.pop(number, None)), found
    return known[1]


def _evaluated(owner: Any, annotate: Any) -> dict[str, object]:
    try:
        return dict(annotate(1))
    except Exception:
        return _evaluated_as_far_as_known(owner, annotate)


def _evaluated_as_far_as_known(owner: Any, annotate: Any) -> dict[str, object]:
    import annotationlib  # type: ignore[import-not-found,unused-ignore]  # and with it several more modules

    call, form = annotationlib.call_annotate_function, annotationlib.Format
    try:
        found = call(annotate, form.FORWARDREF, owner=owner)
        texts = call(annotate, form.STRING, owner=owner)
    except Exception:
        return {}

    return {name: texts[name] if is_unknown(value) else value for name, value in found.items()}

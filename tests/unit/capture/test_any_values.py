"""Any graph of values comes back with the same types, values and sharing."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arcapix.fs.gpfs import capture
from arcapix.fs.gpfs.driver.rebuild import rebuild

Own = Callable[..., types.ModuleType]

ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(codec=None), max_size=8),
    st.binary(max_size=8),
    st.just(...),
)
KINDS = st.sampled_from(
    ["list", "dict", "tuple", "set", "frozenset", "instance", "slots", "stack", "setstate"]
)
PARTS = st.lists(st.one_of(ATOMS, st.integers(0, 11).map(lambda number: ("node", number))), max_size=4)

CLASSES = """
class Instance:
    pass

class Slots:
    __slots__ = ("items", "more")

class Stack(list):
    pass

class WithState:
    def __getstate__(self): return list(self.items)
    def __setstate__(self, state): self.items = tuple(state); self.count = seen(state)

def seen(state): return WORD, type(state).__name__

WORD = "set"

def f(): return roots
"""


def build(handlers: types.ModuleType, plan: list[tuple[str, list[Any]]]) -> list[Any]:
    """Make objects that refer to each other: mutable ones to any, the others to those before them."""
    made: list[Any] = []
    empty = {
        "list": list, "dict": dict, "instance": handlers.Instance, "slots": handlers.Slots, "stack": handlers.Stack
    }  # fmt: skip
    for kind, parts in plan:
        held = [_part(part, made, len(made)) for part in parts]
        if kind in ("set", "frozenset"):
            hashable = [item for item in held if _is_hashable(item)]
            made.append(set(hashable) if kind == "set" else frozenset(hashable))
        elif kind == "tuple":
            made.append(tuple(held))
        elif kind == "setstate":
            instance = handlers.WithState()
            instance.__setstate__([item for item in held if type(item).__module__ == "builtins"])
            made.append(instance)
        else:
            made.append(empty[kind]())
    for (kind, parts), target in zip(plan, made, strict=True):
        held = [_part(part, made, len(made)) for part in parts]
        if kind in ("list", "stack"):
            target.extend(held)
        elif kind == "dict":
            target.update((f"key {index}", item) for index, item in enumerate(held))
        elif kind == "instance":
            target.__dict__.update((f"item{index}", item) for index, item in enumerate(held))
        elif kind == "slots" and held:
            target.items = held[0]
    return made


def _part(part: Any, made: list[Any], limit: int) -> Any:
    return made[part[1] % limit] if type(part) is tuple and limit else (None if type(part) is tuple else part)


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return type(value).__module__ == "builtins"


def picture(value: object, seen: dict[int, int]) -> object:
    """Return what two graphs have in common if they are alike; objects are numbered in the order of meeting."""
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if value is None or value is ... or type(value) in (bool, int, float, complex, str, bytes):
        return type(value).__name__, repr(value)
    if type(value) is tuple and not value:
        return "()"
    if id(value) in seen:
        return "again", seen[id(value)]
    seen[id(value)] = len(seen)
    name = type(value).__name__
    if isinstance(value, set | frozenset):
        return name, sorted(repr(picture(item, dict(seen))) for item in value)
    if isinstance(value, dict):
        return name, [(picture(key, seen), picture(item, seen)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return name, [picture(item, seen) for item in value], picture(getattr(value, "__dict__", None), seen)
    state = [getattr(value, slot) for slot in ("items", "more") if hasattr(value, slot)]
    return name, picture(getattr(value, "__dict__", state), seen)


@pytest.mark.filterwarnings("ignore::arcapix.fs.gpfs.CallbackWarning")
def test_a_graph_of_values_comes_back_as_it_was(own: Own) -> None:
    handlers = own(CLASSES)

    @settings(max_examples=150, deadline=None, database=None)
    @given(st.lists(st.tuples(KINDS, PARTS), min_size=1, max_size=12))
    def check(plan: list[tuple[str, list[Any]]]) -> None:
        handlers.roots = build(handlers, plan)
        captured = capture.capture(handlers.f)
        assert captured.form == "source"
        assert captured.body == capture.capture(handlers.f).body
        again = rebuild(captured.body, captured.form)[0]()
        assert picture(again, {}) == picture(handlers.roots, {})

    check()

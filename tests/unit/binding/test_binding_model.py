"""Binding against a plain model: the eight steps of the specification, written down once more, naively."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from arcapix.fs.gpfs.binding import Literal, Variable, bind
from arcapix.fs.gpfs.driver.event import Event
from arcapix.fs.gpfs.exceptions import BindingError

NAMES = ["fsName", "eventName", "filesetName", "rgName", "custom", "event", "a", "b", "c"]
TAKEN = {"fsName", "eventName", "filesetName"}
ENTRIES: list[Any] = [
    "x", "", 5, None, "fsName", "%fsName", "%eventName", "%rgName", "%eventNode.ip", "eventNode.shortName",
    Literal("fsName"), Variable("custom"), Variable("fsName"), Variable("myNode.ip"),
]  # fmt: skip


@dataclass
class Parameter:
    name: str
    kind: str  # "position", "either", "rest", "keyword", "further"
    default: bool = False
    event: bool = False


@dataclass
class Shape:
    parameters: list[Parameter]
    fixed: int = 0
    preset: tuple[str, ...] = ()

    def function(self) -> Callable[..., Any]:
        parts, before = [], ""
        for p in self.parameters:
            if before == "position" != p.kind:
                parts.append("/")
            if p.kind == "keyword" and before not in ("keyword", "rest"):
                parts.append("*")
            stars = {"rest": "*", "further": "**"}.get(p.kind, "")
            annotation = ": Event" if p.event else ""
            default = f" = 'default {p.name}'" if p.default else ""
            parts.append(f"{stars}{p.name}{annotation}{default}")
            before = p.kind
        if before == "position":
            parts.append("/")
        namespace: dict[str, Any] = {"Event": Event}
        exec(f"def f({', '.join(parts)}): return dict(locals())", namespace)
        function: Callable[..., Any] = namespace["f"]
        if self.fixed or self.preset:
            positional = [f"fixed {number}" for number in range(self.fixed)]
            function = functools.partial(
                function, *positional, **{name: f"preset {name}" for name in self.preset}
            )
        return function


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    names = draw(st.permutations(NAMES))[: draw(st.integers(0, 6))]
    cuts = sorted(draw(st.lists(st.integers(0, len(names)), min_size=2, max_size=2)))
    kinds = ["position"] * cuts[0] + ["either"] * (cuts[1] - cuts[0]) + ["keyword"] * (len(names) - cuts[1])
    parameters = [
        Parameter(name, kind, draw(st.booleans()), draw(st.integers(0, 9)) == 0)
        for name, kind in zip(names, kinds)
    ]
    seen_default = False
    for p in parameters:
        if p.kind != "keyword":
            seen_default = p.default = p.default or seen_default
    rest = [Parameter("args", "rest")] if draw(st.booleans()) else []
    further = [Parameter("kw", "further")] if draw(st.booleans()) else []
    parameters[cuts[1] : cuts[1]] = rest
    shape = Shape(parameters + further)
    if draw(st.booleans()):
        shape.fixed = draw(st.integers(0, cuts[1]))
        named = [p.name for p in parameters[shape.fixed :] if p.kind in ("either", "keyword")]
        if named:
            shape.preset = tuple(draw(st.lists(st.sampled_from(named), max_size=2, unique=True)))
    return shape


parms = st.one_of(
    st.lists(st.sampled_from(ENTRIES), max_size=6),
    st.dictionaries(st.sampled_from([*NAMES, "title", "args"]), st.sampled_from(ENTRIES), max_size=4),
)


def variable(entry: Any) -> str | None:
    if isinstance(entry, Variable):
        return entry.name
    if isinstance(entry, str) and (entry == "fsName" or entry.startswith(("%", "eventNode."))):
        return entry.removeprefix("%")
    return None


def value(entry: Any) -> Any:
    name = variable(entry)
    if name is not None:
        return f"<{name}>"
    return entry.value if isinstance(entry, Literal) else entry


@dataclass
class Model:
    """Says what the function sees, or that the binding is refused."""

    shape: Shape
    seen: dict[str, Any] = field(default_factory=dict)
    wrong: bool = False

    def remaining(self) -> list[Parameter]:
        shape = self.shape
        positional = [p.name for p in shape.parameters if p.kind in ("position", "either")]
        for number, name in enumerate(positional[: shape.fixed]):
            self.seen[name] = f"fixed {number}"
        self.seen |= {name: f"preset {name}" for name in shape.preset}
        left, by_keyword_now = [], False
        for p in shape.parameters:
            if p.kind == "either" and p.name in shape.preset:
                by_keyword_now = True
            if p.kind == "rest" and by_keyword_now:  # Python has no way to reach *args any more
                self.seen[p.name] = ()
            elif p.name not in self.seen:
                left.append(
                    Parameter(p.name, "keyword", p.default, p.event)
                    if by_keyword_now and p.kind == "either"
                    else p
                )
        return left

    def run(self, parms: Any) -> dict[str, Any] | None:
        parameters = self.remaining()
        rest = next((p for p in parameters if p.kind == "rest"), None)
        further = next((p for p in parameters if p.kind == "further"), None)
        open_ = [p for p in parameters if p.kind not in ("rest", "further")]
        taken_away = {p.name for p in self.shape.parameters if p.kind in ("either", "keyword")}
        more: dict[str, Any] = {}
        if isinstance(parms, dict):
            for key, entry in parms.items():
                if any(p.name == key for p in open_):
                    self.seen[key] = value(entry)
                elif further and key not in taken_away:
                    more[key] = value(entry)
                else:
                    self.wrong = True
            queue = []
        else:
            queue = list(parms)
        unqualified = {variable(e) for e in queue if variable(e) and "." not in str(variable(e))}
        bound = set()
        for p in open_:
            if p.name in self.seen:
                continue
            if p.event:
                self.seen[p.name] = "the event"
            elif p.name in TAKEN or p.name in unqualified:
                self.seen[p.name] = f"<{p.name}>"
                bound.add(p.name)
        queue = [e for e in queue if variable(e) not in bound]
        for p in open_:
            if p.kind in ("position", "either"):
                self.next(p, queue)
        if rest:
            self.seen[rest.name] = tuple(value(e) for e in queue)
            queue = []
        for p in open_:
            if p.kind == "keyword":
                self.next(p, queue)
        for e in queue:
            name = variable(e)
            if name and "." not in name and further and name not in taken_away:
                more[name] = value(e)
            else:
                self.wrong = True
        if further:
            self.seen[further.name] = more
        return None if self.wrong else self.seen

    def next(self, p: Parameter, queue: list[Any]) -> None:
        if p.name in self.seen:
            return
        if queue:
            self.seen[p.name] = value(queue.pop(0))
        elif p.default:
            self.seen[p.name] = f"default {p.name}"
        elif p.name == "event":
            self.seen[p.name] = "the event"
        else:
            self.wrong = True


def plain(call: Callable[..., Any], function: Callable[..., Any], parms: Any) -> dict[str, Any] | None:
    try:
        binding = bind(function, parms)
    except BindingError as refusal:
        assert refusal.missing or refusal.left_over
        return None
    seen: dict[str, Any] = call(function, binding)
    used = {text[1:-1] for text in map(str, values_in(seen)) if text.startswith("<")}
    assert set(binding.variables) == used
    assert binding.event_record == ("the event" in list(values_in(seen)))
    return seen


def values_in(seen: dict[str, Any]) -> Any:
    for one in seen.values():
        yield from one.values() if isinstance(one, dict) else one if isinstance(one, tuple) else [one]


@settings(max_examples=1000, deadline=None)
@given(shape=shapes(), parms=parms)
def test_the_function_sees_what_the_steps_of_the_specification_say(
    shape: Shape, parms: Any, call: Callable[..., Any]
) -> None:
    assert plain(call, shape.function(), parms) == Model(shape).run(parms)


@settings(max_examples=300, deadline=None)
@given(shape=shapes(), parms=parms, undefined=st.sets(st.sampled_from([*NAMES, "eventNode.ip"])))
def test_an_undefined_variable_leaves_the_parameter_its_default(
    shape: Shape, parms: Any, undefined: set[str], call: Callable[..., Any]
) -> None:
    function = shape.function()
    try:
        binding = bind(function, parms)
    except BindingError:
        return
    usual = call(function, binding)
    seen = call(function, binding, **dict.fromkeys(undefined, "UNDEFINED"))
    defaults = {
        p.name: f"default {p.name}"
        for p in shape.parameters
        if p.default and p.name in inspect.signature(function).parameters
    }
    for name, before in usual.items():
        if isinstance(before, str) and before.startswith("<") and before[1:-1] in undefined:
            assert seen[name] == defaults.get(name, "UNDEFINED")
        elif not isinstance(before, (dict, tuple)):
            assert seen[name] == before


@settings(max_examples=200, deadline=None)
@given(entries=st.lists(st.sampled_from(ENTRIES), max_size=8))
def test_order_is_never_changed_for_a_function_that_takes_everything(
    entries: list[Any], call: Callable[..., Any]
) -> None:
    def everything(*args: Any) -> Any:
        return args

    assert call(everything, bind(everything, entries)) == tuple(map(value, entries))

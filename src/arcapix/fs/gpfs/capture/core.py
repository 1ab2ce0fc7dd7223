"""Captures a callable: its text and values, or bytecode where there is no text, or a refusal."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from types import CodeType
from typing import Literal

from ..binding.callables import name_of
from ..binding.parameters import Parameters
from ..exceptions import CaptureError
from . import document, surroundings
from .containers import refuse_own_keys
from .locate import NoSource, unit
from .minimum import Version
from .nodes import CALLABLE, Path
from .order import Circular
from .original import Original
from .references import Places, References
from .secret_names import named_in
from .walk import Locate, Walk

Form = Literal["source", "bytecode"]

_MAKE_INSIDE = "make it inside the function"


@dataclass(frozen=True)
class Captured:
    """A captured callable with its plan."""

    form: Form
    body: bytes
    """What the driver rebuilds, uncompressed."""
    minimum: Version
    """The lowest Python that can rebuild it; for bytecode, the only one."""
    warnings: tuple[str, ...] = ()
    """What the installer should be told."""
    sizes: tuple[tuple[str, int], ...] = ()
    """Names of what was captured, with sizes in bytes, largest first."""
    name: str = field(default="", repr=False, compare=False)
    origin: tuple[object, object] = field(default=(None, None), repr=False, compare=False)
    """The function and the plan themselves."""
    labels: Mapping[int, str] = field(default_factory=dict, repr=False, compare=False)
    """What entries of parms are called in `sizes`, by the addresses of their values."""
    original: Original = field(default_factory=Original, repr=False, compare=False)
    owners: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """For each step of the body, the path of the object that it makes or completes."""
    imports: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """Modules that the function imports when it runs."""
    modules: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """All modules that it needs on a node, those included."""


def capture(
    function: object,
    plan: object = (),
    variables: Collection[str] = (),
    name: str = "",
    labels: Mapping[int, str] = {},
) -> Captured:
    """Capture a callable and the plan of its arguments, in one graph, so that shared objects stay shared.

    Args:
        function: Any callable.
        plan: Nested tuples and dicts that may hold objects of the user's, such as literals and defaults.
        variables: The environment variables that it gets besides those that every function gets.
        name: What messages call it; by default its own name.
        labels: What `Captured.sizes` calls the literals of the plan, by the addresses of their values.

    Returns:
        The source form, or the bytecode form with a warning that says why.

    Raises:
        CaptureError: Something that the function uses cannot travel.
    """
    return _captured(name or name_of(function), function, plan, unit, labels, variables)


def as_compiled(captured: Captured, cause: str) -> Captured:
    """Return the same callable captured with the code that is in memory instead of its text.

    Raises:
        CaptureError: It cannot travel.
    """

    def no_text(code: CodeType, namespace: dict[str, object]) -> None:  # noqa: ARG001
        raise NoSource(cause)

    return _captured(captured.name, *captured.origin, no_text, captured.labels)


def _captured(
    name: str,
    function: object,
    plan: object,
    locate: Locate,
    labels: Mapping[int, str],
    variables: Collection[str] = (),
) -> Captured:
    try:
        walk, roots = _walked(name, function, plan, locate, variables)
        if marks := walk.marks():
            walk, roots = _walked(name, function, plan, locate, variables, marks)
        original = walk.naming.record([function, plan], name)
        for path in original.incomparable:
            walk.warn(f"whether the {path} of {name!r} comes back as it is cannot be checked")
        written = document.write(walk, roots, labels)
    except Circular as error:
        path = f"{error.node.path}, which is made from itself,"
        raise CaptureError(name, path, "", _MAKE_INSIDE) from None
    except document.OddName as error:
        path = f"{error.path or 'value'}, which has a name that is not a plain str,"
        raise CaptureError(name, path, "", "name it by one") from None
    except RecursionError:
        raise CaptureError(name, "object graph, which is nested too deeply,", "", _MAKE_INSIDE) from None
    minimum = written.minimum
    if walk.textless:
        minimum = sys.version_info[:2]
        only = f"{minimum[0]}.{minimum[1]}"
        walk.warn(f"{name!r} is captured as bytecode, which only Python {only} can run: {walk.textless}")
    return Captured(
        "bytecode" if walk.textless else "source",
        written.body,
        minimum,
        tuple(walk.warnings),
        written.sizes,
        name,
        (function, plan),
        labels,
        original,
        written.owners,
        walk.imports(),
        tuple(sorted({*map(str, walk.modules()), *walk.imports()})),
    )


def _walked(
    name: str,
    function: object,
    plan: object,
    locate: Locate,
    variables: Collection[str],
    marks: frozenset[int] = frozenset(),
) -> tuple[Walk, list[object]]:
    """Return the graph of a function and its plan, and what stands for the two."""
    walk = Walk(name, References(Places.of_this_interpreter()), locate, variables, marks)
    _doubt_installer(walk)
    _doubt_plan(walk, function, plan)
    roots = [walk.entry(function, CALLABLE), walk.entry(plan, Path("parms"))]
    walk.run()
    refuse_own_keys(walk)
    surroundings.look_at_files(walk)
    return walk, roots


def _doubt_installer(walk: Walk) -> None:
    if sys.flags.optimize:
        walk.warn(
            "this program runs under -O, the driver does not: asserts, and code that tests __debug__, "
            "will run on the node"
        )


def _doubt_plan(walk: Walk, function: object, plan: object) -> None:
    """Warn of secrets among the literals of parms: by the parameter, or by a name in the text itself."""
    if not (isinstance(plan, tuple) and len(plan) == 2 and isinstance(plan[1], dict)):
        return
    slots = Parameters(function).slots if callable(function) else []
    for name, item in [*zip_longest([slot.name for slot in slots], plan[0]), *plan[1].items()]:
        if isinstance(item, tuple) and item[:1] == ("literal",) and type(item[1]) is str and item[1]:
            walk.doubt_text(Path("literal for parameter", name))
            for inside in named_in([item[1]]):
                walk.doubt_text(Path("literal", inside))

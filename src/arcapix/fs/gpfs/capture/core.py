"""Captures a callable: its text and values, or bytecode where they do not suffice, or a refusal."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Literal

from ..binding.callables import name_of
from ..exceptions import CaptureError
from . import document
from .containers import refuse_own_keys
from .fingerprint import Fingerprint, fingerprint
from .locate import Locator
from .minimum import Version
from .nodes import CALLABLE, Path
from .order import Circular
from .references import Places, References
from .walk import Walk

Form = Literal["source", "bytecode"]


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
    fingerprint: Fingerprint = field(default=(), repr=False, compare=False)
    imports: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """Modules that the function imports when it runs."""


def capture(function: object, plan: object = ()) -> Captured:
    """Capture a callable and the plan of its arguments, in one graph, so that shared objects stay shared.

    Args:
        function: Any callable.
        plan: Nested tuples and dicts that may hold objects of the user's, such as literals and defaults.

    Returns:
        The source form, or the bytecode form with a warning that says why.

    Raises:
        CaptureError: Something that the function uses cannot travel.
    """
    name = name_of(function)
    walk = Walk(name, References(Places.of_this_interpreter()), Locator().unit)
    _doubt_installer(walk)
    _doubt_plan(walk, plan)
    try:
        roots = [walk.entry(function, CALLABLE), walk.entry(plan, Path("parms"))]
        walk.run()
        refuse_own_keys(walk)
        known = fingerprint(walk)
        if not walk.problems:
            written = document.write(walk, roots)
            return Captured(
                "source",
                written.body,
                written.minimum,
                tuple(walk.warnings),
                written.sizes,
                name,
                (function, plan),
                known,
                walk.imports(),
            )
    except Circular as error:
        walk.problems.append(str(error))
    except RecursionError:
        remedy = "make it inside the function"
        raise CaptureError(name, "object graph, which is nested too deeply,", "", remedy) from None
    return as_bytecode(name, function, plan, walk.problems[0], tuple(walk.warnings))


def as_bytecode(name: str, function: object, plan: object, cause: str, warnings: tuple[str, ...]) -> Captured:
    """Return the bytecode form, bound to this version of Python, with a warning that names the cause.

    Raises:
        CaptureError: It cannot travel even as bytecode.
    """
    from . import fallback

    body = fallback.dumps(name, function, plan, References(Places.of_this_interpreter()), cause)
    version = sys.version_info[:2]
    warning = (
        f"{name!r} is captured as bytecode, which only Python {version[0]}.{version[1]} can run: {cause}"
    )
    return Captured(
        "bytecode", body, version, (*warnings, warning), ((name, len(body)),), name, (function, plan)
    )


def _doubt_installer(walk: Walk) -> None:
    if sys.flags.optimize:
        walk.warn(
            "this program runs under -O, the driver does not: asserts, and code that tests __debug__, "
            "will run on the node"
        )


def _doubt_plan(walk: Walk, plan: object) -> None:
    """Warn of secrets among the literals that are given by parameter name."""
    keywords = plan[1] if isinstance(plan, tuple) and len(plan) == 2 else None
    for name, item in keywords.items() if isinstance(keywords, dict) else ():
        if isinstance(item, tuple) and item[:1] == ("literal",) and type(item[1]) is str and item[1]:
            walk.doubt_text(Path("literal for parameter", name))

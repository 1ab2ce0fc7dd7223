"""Writes a graph as the body of a token: the texts with their imports, and the steps, in marshal's form.

The form is described in `driver.rebuild`. Each text begins with its file's name, and each wrapper's first
line ends with the line of its def, both as comments: they cost the driver nothing, and `driver.traceback`
reads them when something has failed.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from ..driver import operations
from .containers import mark_plain
from .locate import Unit, preamble
from .minimum import Version, minimum_version
from .nodes import Node, Path, Space, UnitMark
from .order import Order
from .references import References
from .sizes import sizes
from .walk import Walk

_MARSHAL_VERSION = 2
"""Later ones depend on how often an object is referred to, and so on chance."""


@dataclass(frozen=True)
class Document:
    """The body of a source token, and what is known about it."""

    body: bytes
    minimum: Version
    sizes: tuple[tuple[str, int], ...]
    owners: tuple[str, ...]


@dataclass
class _Group:
    """The units of one file that live in one namespace."""

    space: Space
    future: tuple[str, ...]
    file: str
    units: list[Unit] = field(default_factory=list)
    codes: list[CodeType] = field(default_factory=list)
    """Code that has no text; no group has both."""


class OddName(Exception):
    """Something is named by an object that is not a plain text."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        super().__init__(str(path))


def _odd(step: Any, path: Path) -> Path | None:
    try:
        marshal.dumps(step, _MARSHAL_VERSION)
    except ValueError:
        return path
    return None


def write(walk: Walk, roots: list[object], labels: Mapping[int, str] = {}) -> Document:
    """Return the body for a graph whose functions all have their texts.

    Args:
        walk: The graph.
        roots: What stands in it for the function and its plan.
        labels: What to call an entry of parms where it takes room, by the address of its value.

    Raises:
        Circular: An object would have to exist before it is made.
        OddName: A name is not a plain text.
    """
    mark_plain(walk.nodes)
    groups = _groups(walk)
    numbers: dict[int, int] = {}
    sources: list[tuple[Any, ...]] = []
    for group in groups:
        for code in (*group.codes, *(unit.code for unit in group.units)):
            numbers[id(code)] = len(numbers)
        if group.codes:
            sources.append((group.space.number, tuple(group.codes)))
            continue
        names = " ".join(unit.path for unit in group.units)
        text = _text(group)
        sources.append((group.space.number, text, names))
    for node in walk.nodes:
        if node.operation == operations.FUNCTION:
            _leave_out_usual_name(walk, node)
    order = Order(walk.nodes, walk.spaces, lambda mark: numbers[id(mark.code)])
    function, plan = order.run(roots)
    spaces = (*(_written(space, walk.references) for space in walk.spaces), *_packages(walk))
    whole: Any = (tuple(sources), spaces, tuple(order.steps), function, plan)
    try:
        body = marshal.dumps(whole, _MARSHAL_VERSION)
    except ValueError:
        raise OddName(next(filter(None, map(_odd, order.steps, order.owners)), None)) from None
    minimum = max([walk.minimum, *(minimum_version(source[1]) for source in sources if len(source) > 2)])
    return Document(body, minimum, sizes(walk, _texts(groups), labels), tuple(map(str, order.owners)))


def _written(space: Space, references: References) -> tuple[str] | list[str] | str:
    """Return what stands for a namespace; an own module with a name to itself is registered under it."""
    if space.shared:
        return (space.name,)
    module = sys.modules.get(space.name)
    if module is None or vars(module) is not space.globals or references.holds(space.name):
        return space.name
    return [space.name]


def _packages(walk: Walk) -> Iterator[list[str]]:
    """Yield the packages that own modules lie in, which must be in `sys.modules` as well."""
    known = {space.name for space in walk.spaces}
    for space in walk.spaces:
        package = "" if space.shared else space.name.rpartition(".")[0]
        while package and package not in known:
            known.add(package)
            if not walk.references.holds(package):
                yield [package]
            package = package.rpartition(".")[0]


def _groups(walk: Walk) -> list[_Group]:
    groups: dict[tuple[int, tuple[str, ...], str], _Group] = {}
    for code, unit, space in walk.units.values():
        if unit is None:
            groups.setdefault((space.number, (), ""), _Group(space, (), "")).codes.append(code)
            continue
        key = (space.number, unit.future, unit.file)
        groups.setdefault(key, _Group(space, unit.future, unit.file)).units.append(unit)
    return list(groups.values())


def _text(group: _Group) -> str:
    """Return the text of a group, with the imports that its namespace needs."""
    bound = set().union(*(unit.imports for unit in group.units))
    lines = []
    if not group.space.shared:
        for name in sorted(bound):
            statement = _import_of(group.space, name)
            if statement is not None:
                lines.append(f"{statement}\n")
                bound.discard(name)
                group.space.done.add(name)
    head = preamble(group.future, bound)
    # A future import must come first; the import that is there only for the compiler need not.
    split = head.index("if 0:") if "if 0:" in head else len(head)
    wrappers = []
    for number, unit in enumerate(group.units):
        first, rest = unit.wrapper.split("\n", 1)
        wrappers.append(f"def k{number}{first}#{unit.line}\n{rest}")
    return "".join([f"#{_shown_file(group.file)}\n", head[:split], *lines, head[split:], *wrappers])


def _texts(groups: list[_Group]) -> Iterator[tuple[CodeType, Any]]:
    """Yield what travels of the code of each function and class."""
    for group in groups:
        yield from ((unit.code, unit.wrapper) for unit in group.units)
        yield from ((code, code) for code in group.codes)


def _shown_file(path: str) -> str:
    """Return a file's own name; with the folder, the body would depend on where the file lies."""
    return path.rpartition(os.sep)[2].replace("\n", " ").replace("\r", " ")


def _import_of(space: Space, name: str) -> str | None:
    """Return the import statement that binds a name to what is captured for it, if there is one."""
    entry = space.entries.get(name)
    is_wrapper = name[0] == "k" and name[1:].isdigit()
    if name in space.done or is_wrapper or not isinstance(entry, Node):
        return None
    if entry.operation == operations.MODULE:
        module, *below = map(str, entry.arguments)
        if name == module:
            return f"import {','.join(below or [module])}"
        if not below:
            parent, _, last = module.rpartition(".")
            return f"from {parent} import {last}" if parent and last == name else f"import {module} as {name}"
    if entry.operation == operations.REFERENCE:
        module, path = map(str, entry.arguments)
        if "." not in path:
            return f"from {module} import {path}" + (f" as {name}" if path != name else "")
    return None


def _leave_out_usual_name(walk: Walk, node: Node) -> None:
    """Leave out a function's qualified name where it is the default: the path of its unit."""
    mark = node.arguments[0]
    assert isinstance(mark, UnitMark)
    unit = walk.units[id(mark.code)][1]
    attributes = node.fills[0].arguments[0]
    assert isinstance(attributes, dict)
    if attributes.get("__qualname__") == (unit.path if unit else mark.code.co_qualname):
        del attributes["__qualname__"]

"""The graph of captured objects: nodes, namespaces, and the paths that name them to the user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import TypeGuard, cast

from ..driver import operations

Entry = object
"""A value that marshal can carry as it is, or a `Node`."""

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(...)})
MARKS = frozenset({str, bytes})
"""Those of them that programs compare by identity, as in ``value is MISSING``."""
CLASSES = frozenset({operations.CLASS, operations.ENUM, operations.NAMED_TUPLE})
"""The operations that make a class."""

_SHOWN_PIECES = 6


class Path:
    """Where an object was found: ``global 'cfg', attribute 'lock'``."""

    __slots__ = ("_before", "is_chosen", "kind", "name", "root")

    def __init__(
        self, kind: str, name: object = None, before: Path | None = None, is_chosen: bool = True
    ) -> None:
        self.kind = kind
        self.name = name
        self.is_chosen = is_chosen
        """Whether the name is the program's, and not that of an attribute in a class of a library."""
        self._before = before
        self.root: Path = self if before is None else before.root

    def __str__(self) -> str:
        pieces: list[str] = []
        path: Path | None = self
        while path is not None and len(pieces) < _SHOWN_PIECES:
            pieces.append(path._piece())
            path = path._before
        if path is not None:
            pieces += [self.root._piece()] if path is self.root else ["...", self.root._piece()]
        return ", ".join(reversed(pieces))

    def _piece(self) -> str:
        return self.kind if self.name is None else f"{self.kind} {shown(self.name)}"

    def lies_in_library(self) -> bool:
        """Tell whether the way to it leads through the attributes of a library's class."""
        return not all(path.is_chosen for path in self.upwards())

    def upwards(self) -> Iterator[Path]:
        """Yield this path, and those of the objects that it lies in."""
        path: Path | None = self
        while path is not None:
            yield path
            path = path._before

    def then(self, kind: str, name: object = None, is_chosen: bool = True) -> Path:
        """Return the path of something inside."""
        return Path(kind, name, self if self.kind else None, is_chosen)


CALLABLE = Path("")
"""The path of the callable itself, which messages name anyway."""


@dataclass(slots=True, eq=False)
class Fill:
    """A step that completes an object after it was made."""

    operation: str
    arguments: tuple[object, ...]
    with_making: bool = False
    """Whether its arguments may join those that make the object, if all they refer to exists by then."""
    needs: tuple[Node, ...] = ()
    """Objects that must be complete before it, because it runs code that looks at them."""
    copies: tuple[Node, ...] = ()
    """Objects that must have their attributes before it."""
    put_off: bool = False
    """Whether it is the part of another fill that was put off."""


@dataclass(slots=True, eq=False)
class Node:
    """One captured object, and how it is made and completed."""

    value: object
    path: Path
    operation: str = ""
    arguments: tuple[object, ...] = ()
    fills: list[Fill] = field(default_factory=list)
    needs: tuple[Node, ...] = ()
    """Objects that must be complete before it is made."""
    copies: tuple[Node, ...] = ()
    """Objects that must have their attributes before it is made, because its making copies those."""
    references: int = 1
    names: list[tuple[Space, str]] = field(default_factory=list)
    """For a function: the globals that it uses."""
    kept: object = None
    """Temporary objects that must live as long as the graph, which knows objects by their addresses."""
    items: tuple[Entry, ...] | None = None
    """For a plain container: what is in it; keys and values in turn."""
    inline: object = None
    """Once `is_inline`: what stands for the object wherever it is referred to."""
    is_inline: bool = False
    plain: object = None
    is_plain: bool = False
    number: int | None = None
    busy: bool = False

    def accompany(self, other: Entry) -> None:
        """Have another object made and completed too, which code reaches without naming it."""
        if isinstance(other, Node):
            self.fills.append(Fill(operations.SET_ATTRIBUTES, (), needs=(other,)))


@dataclass(slots=True, eq=False)
class Space:
    """One namespace of globals, of which only those that are used are captured."""

    number: int
    globals: dict[str, object]
    name: str
    shared: bool
    """Whether it belongs to a module that travels by name; then nothing in it is captured."""
    entries: dict[str, Entry] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    """Names that no longer need a step."""


@dataclass(frozen=True, eq=False)
class UnitMark:
    """Stands for the number of a unit in the arguments of a function's node."""

    code: CodeType


def nodes_in(argument: object) -> Iterator[Node]:
    """Iterate over the nodes that occur in arguments of a step."""
    if isinstance(argument, Node):
        yield argument
    elif type(argument) is tuple:
        for item in argument:
            yield from nodes_in(item)
    elif type(argument) is dict:
        for item in argument.values():
            yield from nodes_in(item)


def is_made_from_itself(node: Node) -> bool:
    """Tell whether an object would have to exist before it is made."""
    stack, seen = [node], set()
    while stack:
        for other in nodes_in(stack.pop().arguments):
            if other is node:
                return True
            if id(other) not in seen:
                seen.add(id(other))
                stack.append(other)
    return False


def shown(value: object) -> str:
    """Return the text that shows a value in a message, whatever its own code does."""
    try:
        return repr(value)
    except Exception:  # besides, Python refuses to write a very long int in decimal
        return f"<{type(value).__name__}>"


def is_module(value: object) -> TypeGuard[ModuleType]:
    """Tell whether a value really is a module, and does not just claim to be one."""
    return issubclass(type(value), ModuleType)


def name_of(node: Node) -> str:
    """Return the name of a function, for messages."""
    return cast("FunctionType", node.value).__qualname__
